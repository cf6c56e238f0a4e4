"""Check one product of one day, and write its manifest."""

import json
from datetime import datetime
from pathlib import Path

from snakemake.script import snakemake

from magnetoflow.archive.manifests import build_manifest
from magnetoflow.io.atomic import write_json
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    day = datetime.strptime(config["day"], "%Y%m%d").date()
    write_json(
        job.output.manifest,
        build_manifest(config["source"], Path(config["root"]), config["product"], config["probe"], day),
    )


run_job(main, snakemake)
