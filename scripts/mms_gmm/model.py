"""Provide the model: copy a checked one, or fit one to the events' features."""

import json
from pathlib import Path

from snakemake.script import snakemake

import magnetoflow.mms_gmm
from magnetoflow.errors import ModelError
from magnetoflow.io.models import read_region_model, read_selection, write_region_model
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_gmm.fitting import fit_regions
from magnetoflow.workflow.jobs import run_job
from magnetoflow.workflow.models import check_model

SHIPPED = Path(magnetoflow.mms_gmm.__file__).parent / "model"


def copied(config):
    """Read the model that the configuration names, as it was when the run was planned."""
    source = config["model"]["source"]
    if check_model(source, SHIPPED)["sha256"] != config["sha256"]:
        raise ModelError("the model changed during the run", where=config["folder"], todo="run again")
    folder = SHIPPED if source == "shipped" else Path(config["folder"])
    return read_region_model(folder), read_selection(folder)


def main(job):
    config = json.loads(job.params.config)
    if config["model"]["source"] == "fit":
        model, selection = fit_regions(read_csv(job.input.features), config["model"])
    else:
        model, selection = copied(config)
    write_region_model(Path(job.output.model).parent, model)
    write_csv(job.output.selection, selection)


run_job(main, snakemake)
