"""Label the minutes of one event."""

import json
from pathlib import Path

from magnetoflow.io.models import read_region_model
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_gmm.labels import label_minutes, label_options
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    model = read_region_model(Path(job.input.model).parent)
    options = label_options(config["labels"], config["cleaning"])
    labels = label_minutes(read_csv(job.input.features), model, options)
    write_csv(job.output.regions, labels.assign(source=config["source"], model=model.title))


run_job(main, snakemake)
