"""Join the shards of one camera-day, in our format and in the published one."""

import json

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.io.atomic import write_json
from magnetoflow.io.classification_files import HEADER_LINES
from magnetoflow.times import parse_utc
from magnetoflow.workflow.failures import read_status
from magnetoflow.workflow.jobs import run_job
from magnetoflow.workflow.merge import merge_csv, merge_published


def covers_all(intervals, manifest):
    """Whether the events cover all files of the date: else frames have not the numbers that sheets count."""
    if "span" in manifest:  # of the rest of the date the archive was not asked
        return False
    spans = [(parse_utc(start), parse_utc(stop)) for start, stop in intervals]
    slots = [parse_utc(entry["slot"]) for entry in manifest["files"]]
    return all(any(start <= slot < stop for start, stop in spans) for slot in slots)


def main(job):
    config = json.loads(job.params.config)
    merge_csv(job.input.frames, job.output.frames)
    merge_published(job.input.published, job.output.published, HEADER_LINES)
    statuses = [read_status(path) for path in job.input.status]
    refused = sum(one["counts"].get("refused", 0) for one in statuses)
    # a refused minute would shift the numbers of all frames behind it
    whole = refused == 0 and covers_all(config["intervals"], read_manifest(job.input.manifest))
    name = f"{job.wildcards.site}_{job.wildcards.day}"
    write_json(job.output.day, {"camera_day": name, "whole_day": whole})


run_job(main, snakemake)
