"""Provide the model: copy a checked one, or fit one to the events' features."""

import hashlib
import json
from pathlib import Path

import magnetoflow.mms_gmm
from magnetoflow.errors import ModelError
from magnetoflow.io.model_files import check_model
from magnetoflow.io.models import read_region_model, read_selection, write_region_model
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.workflow.jobs import run_job

SHIPPED = Path(magnetoflow.mms_gmm.__file__).parent / "model"


def fitted(features, config, code):
    """Fit a model to the features of all events."""
    # imports scikit-learn, which takes longer than to copy a model
    from magnetoflow.mms_gmm.fitting import FitOptions, fit_regions
    from magnetoflow.mms_gmm.tables import selection_frame

    options = {key: value for key, value in config["model"].items() if key != "source"}
    columns = {name: features[name].to_numpy() for name in features.columns}
    trained_on = f"{config['source']}, {features['event'].nunique()} events"
    recipe = hashlib.sha256(f"{json.dumps(options, sort_keys=True)} {code}".encode()).hexdigest()
    model, candidates = fit_regions(columns, FitOptions(**options), trained_on=trained_on, recipe=recipe)
    return model, selection_frame(candidates)


def copied(config):
    """Read the model that the configuration names, as it was when the run was planned."""
    source = config["model"]["source"]
    if check_model(source, config["model"]["features"], SHIPPED)["sha256"] != config["sha256"]:
        raise ModelError("the model changed during the run", where=config["folder"], todo="run again")
    folder = SHIPPED if source == "shipped" else Path(config["folder"])
    return read_region_model(folder), read_selection(folder)


def main(job):
    config = json.loads(job.params.config)
    if config["model"]["source"] == "fit":
        model, selection = fitted(read_csv(job.input.features), config, job.params.code)
    else:
        model, selection = copied(config)
    write_region_model(Path(job.output.model).parent, model)
    write_csv(job.output.selection, selection)


run_job(main, snakemake)
