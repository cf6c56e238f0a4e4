"""Analyse one event, and write what was found as JSON and tables."""

import json
import shutil
from pathlib import Path

from magnetoflow.errors import DataError
from magnetoflow.io.atomic import write_json
from magnetoflow.io.mp_event_files import read_event
from magnetoflow.io.mp_outputs import write_nothing, write_outputs
from magnetoflow.io.overlay import read_overlay
from magnetoflow.io.records import write_record
from magnetoflow.mms_mp.analysis import analyse
from magnetoflow.mms_mp.options import options_of
from magnetoflow.workflow.failures import read_status, status
from magnetoflow.workflow.jobs import LOG, run_job


def folder_of(job):
    """Folder of the event, with its folder of series as it was made anew."""
    series = Path(job.output.series)
    if series.exists():
        shutil.rmtree(series)
    series.mkdir(parents=True)
    return Path(job.output.result).parent


def main(job):
    config = json.loads(job.params.config)
    event = config["event"]
    outcome, analysis = read_status(job.input.status), None
    if not outcome["failed"]:
        try:
            data = read_event(job.input.event)
            analysis = analyse(data, options_of(config))
        except DataError as error:
            if not config["skip_failed"]:
                raise
            LOG.error("left out: %s", error)
            outcome = status(event["id"], error)
    folder = folder_of(job)
    if analysis is None:
        write_nothing(folder, event["id"], event["probes"], config["source"], outcome["reason"])
        write_json(job.output.analysis, {"failed": outcome["reason"]})
    else:
        overlay = config["overlay"]["path"] and read_overlay(config["overlay"]["path"])
        more = {"overlay": overlay, "keep": config["keep"]}
        write_outputs(folder, data, analysis, config["source"], event["probes"], **more)
        write_record(job.output.analysis, analysis)
        for note in analysis.notes:
            LOG.info("%s", note)
    said = [] if analysis is None else [*([] if analysis.passes else [analysis.status]), *analysis.notes]
    write_json(job.output.status, {**outcome, "remarks": said})


run_job(main, snakemake)
