"""Write the synthetic files of one probe-day, and their truth."""

import json
from datetime import date
from pathlib import Path

from snakemake.script import snakemake

from magnetoflow.sample.mms import write_probe_day
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    write_probe_day(Path(job.params.root), config["probe"], date.fromisoformat(config["day"]))


run_job(main, snakemake)
