"""List all events: what was found, what should be known of them, and which failed."""

import json
import re

import pandas as pd

from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_mp.report import EVENT_ROW
from magnetoflow.workflow.failures import COLUMNS as FAILED_COLUMNS
from magnetoflow.workflow.failures import failed, read_status
from magnetoflow.workflow.jobs import LOG, run_job


def spacecraft(text):
    """Spacecraft and sentence of a note such as ``MMS1: no potential``."""
    match = re.fullmatch(r"MMS([1-4](?: [1-4])*)[:,]? (.*)", text, re.DOTALL)
    return (match[1], match[2]) if match else ("", text)


def main(job):
    config = json.loads(job.params.config)
    statuses = [read_status(path) for path in job.input.statuses]
    tables = [table for table in map(read_csv, job.input.events) if len(table)]
    events = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(EVENT_ROW))
    for name in (one for one in events if one.startswith("crossing_mms")):
        # a spacecraft that never crossed has numbers, all missing, instead of texts
        events[name] = pd.to_datetime(events[name].astype("string").str.removesuffix("Z"))
    write_csv(job.output.events, events)
    rows = [(one["event"], *spacecraft(text)) for one in statuses for text in one["remarks"]]
    for event, probe, text in rows:
        LOG.warning("%s %s %s", event, probe, text)
    remarks = pd.DataFrame(rows, columns=["event", "probe", "remark"])
    write_csv(job.output.remarks, remarks.assign(source=config["source"]))
    write_csv(job.output.failed, pd.DataFrame(failed(statuses), columns=list(FAILED_COLUMNS)))


run_job(main, snakemake)
