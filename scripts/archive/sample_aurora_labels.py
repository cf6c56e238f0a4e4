"""Write label spreadsheets of the synthetic images, and text files as they were published for others."""

import json
from pathlib import Path

from magnetoflow.sample.aurora_labels import write_labels, write_predictions
from magnetoflow.workflow.jobs import run_job


def main(job):
    root = Path(json.loads(job.params.config)["root"])
    write_labels(root)
    write_predictions(root)


run_job(main, snakemake)
