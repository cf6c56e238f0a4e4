"""Write the synthetic REPT files of one probe, all days, and their truth."""

import json
from pathlib import Path

from magnetoflow.sample.rept_pad_files import write_probe
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    write_probe(Path(config["root"]), config["twin"])


run_job(main, snakemake)
