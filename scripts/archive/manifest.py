"""Check one product of one day, or bring it, and write its manifest."""

import json
import sys
from datetime import datetime
from pathlib import Path

from magnetoflow.archive import images
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.archive.remote.settings import from_environment
from magnetoflow.archive.source import REMOTE
from magnetoflow.io.atomic import write_json, write_text
from magnetoflow.workflow.jobs import LOG, run_job


def brought(root, path):
    """Manifest of files of the remote archives, which are fetched where they are not there yet."""
    from magnetoflow.archive.remote.days import Day, remote_manifest  # half of the time of a local job

    day = Day.of_manifest(path)

    def say(line):
        LOG.info("%s", line)
        if sys.stderr.isatty():
            sys.stderr.write(f"{day.product} {day.probe} {day.day}: {line}\n")

    content = remote_manifest(from_environment(), root, day, say)
    for entry in content["files"]:
        LOG.info("%s %s %s", entry["status"], entry["path"], entry["reason"] or f"{entry['size']} bytes")
    return content


def main(job):
    config = json.loads(job.params.config)
    root = Path(config["root"])
    if config["source"] == REMOTE:
        content = brought(root, job.output.manifest)
    else:
        day = datetime.strptime(config["day"], "%Y%m%d").date()
        if config["product"] == images.PRODUCT:
            content = images.build_image_manifest(config["source"], root, config["probe"], day)
        else:
            content = build_manifest(config["source"], root, config["product"], config["probe"], day)
    write_json(job.output.manifest, content)
    # the content must differ too, or what depends on a stamp of files that were brought seems unchanged
    when = f"{content['made']}\n" if config["source"] == REMOTE else ""
    text = "The rules read from its time when the manifest was made by the workflow.\n"
    write_text(job.output.made, f"{text}{when}")


run_job(main, snakemake)
