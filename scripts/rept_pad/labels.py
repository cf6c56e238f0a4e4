"""Merge the labels of all parts, and list the parts that failed for their data."""

import json

import pandas as pd

from magnetoflow.errors import MissingData
from magnetoflow.io.label_tables import write_parquet
from magnetoflow.io.tables import read_csv_files, write_csv
from magnetoflow.workflow.failures import COLUMNS, failed, read_status, status
from magnetoflow.workflow.jobs import LOG, run_job
from magnetoflow.workflow.merge import merge_csv


def empty_events(quality, failures):
    """Errors of events of which no part holds a record, and none is listed as failed."""
    known = {one["event"].split(" ")[0] for one in failures}
    found = {}
    for event, rows in quality.groupby("event"):
        if rows["records"].sum() == 0 and event not in known:
            days = " ".join(rows["missing_days"].dropna().astype(str))
            found[event] = MissingData(
                "no distributions of the event",
                where=f"event {event}",
                why=f"no file, or no record, of {days}",
                todo="choose another interval or archive, or set rept_pad.skip_failed: true",
            )
    return found


def main(job):
    config = json.loads(job.params.config)
    failures = failed([read_status(path) for path in job.input.status])
    for event, error in empty_events(read_csv_files(job.input.quality), failures).items():
        if not config["skip_failed"]:
            raise error
        failures.append(status(event, error))
    for one in failures:
        LOG.warning("left out: %s: %s", one["event"], one["reason"])
    write_csv(job.output.failed, pd.DataFrame(failures, columns=list(COLUMNS)))
    merge_csv(job.input.labels, job.output.labels)
    write_parquet(job.input.labels, job.output.parquet)


run_job(main, snakemake)
