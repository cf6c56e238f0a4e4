"""Check one product of one day, and write its manifest."""

import json
from datetime import datetime

from magnetoflow.archive.manifests import build_manifest
from magnetoflow.archive.source import source_root
from magnetoflow.io.atomic import write_json
from snakemake.script import snakemake

from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    root = source_root(config["archive"], job.params.data)
    day = datetime.strptime(config["day"], "%Y%m%d").date()
    write_json(
        job.output.manifest, build_manifest(config["source"], root, config["product"], config["probe"], day)
    )


run_job(main, snakemake)
