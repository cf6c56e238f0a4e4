"""Check one product of one day, and write its manifest."""

import json
from datetime import datetime
from pathlib import Path

from magnetoflow.archive import images
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.io.atomic import write_json, write_text
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    root, day = Path(config["root"]), datetime.strptime(config["day"], "%Y%m%d").date()
    if config["product"] == images.PRODUCT:
        content = images.build_image_manifest(config["source"], root, config["probe"], day)
    else:
        content = build_manifest(config["source"], root, config["product"], config["probe"], day)
    write_json(job.output.manifest, content)
    write_text(job.output.made, "The rules read from its time when the manifest was made by the workflow.\n")


run_job(main, snakemake)
