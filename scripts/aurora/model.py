"""Provide the network: copy a checked one, or train one on labelled camera-days."""

import hashlib
import json
from pathlib import Path

import magnetoflow.aurora
from magnetoflow.aurora.preprocessing import Preprocess
from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import write_text
from magnetoflow.io.aurora_model_files import check_network
from magnetoflow.io.aurora_models import read_network, write_network
from magnetoflow.io.tables import read_csv
from magnetoflow.workflow.jobs import LOG, run_job

SHIPPED = Path(magnetoflow.aurora.__file__).parent / "model" / "network"
TRAINING = ("device", "epochs", "batch", "per_class", "seed")
NO_ROWS = "group,class,frames,recall,precision,f1\n"


def report(epoch):
    LOG.info(
        "epoch %d of %d: loss %.4f, validation loss %.4f, macro-F1 %.4f",
        *(epoch.number, epoch.epochs, epoch.loss, epoch.validation_loss, epoch.macro_f1),
    )


def trained(job, config):
    """Train on the sets, and score on nights that took no part."""
    # imports torch, which takes longer than to copy a network
    from magnetoflow.aurora.training import TrainingOptions
    from magnetoflow.io.aurora_training import train_on_sets

    given = config["preprocess"]
    text = f"{job.params.config} {job.params.code}"
    return train_on_sets(
        job.input.sets,
        Preprocess(**{name: given[name] for name in ("chain", "clip", "tiles", "size", "variant")}),
        TrainingOptions(**{name: config["model"][name] for name in TRAINING}),
        report,
        min_elevation_deg=None if given["mask"] == "none" else given["min_elevation_deg"],
        trained_on=f"{config['source']}, {len(job.input.sets)} labelled camera-days",
        recipe=hashlib.sha256(text.encode()).hexdigest(),
    )


def copied(config):
    """Network that the configuration names, as it was when the run was planned, and its evaluation."""
    source, named = config["model"]["source"], config["files"]
    if check_network(source, config["preprocess"], SHIPPED)["sha256"] != named["sha256"]:
        raise ModelError("the network changed during the run", where=named["folder"], todo="run again")
    folder = SHIPPED if source == "shipped" else Path(source)
    table = folder / "evaluation.csv"
    return read_network(folder), read_csv(table).to_dict("records") if table.is_file() else []


def main(job):
    config = json.loads(job.params.config)
    network, rows = trained(job, config) if config["model"]["source"] == "fit" else copied(config)
    write_network(Path(job.output.model).parent, network, rows)
    if not rows:
        write_text(job.output.evaluation, NO_ROWS)


run_job(main, snakemake)
