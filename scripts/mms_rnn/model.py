"""Provide the network: copy a checked one, take over the published weights, or train one."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import magnetoflow.mms_rnn
from magnetoflow.errors import ModelError
from magnetoflow.io.rnn_model_files import check_model
from magnetoflow.io.rnn_models import read_model, write_model
from magnetoflow.io.rnn_weights import read_published
from magnetoflow.io.simulation_cuts import read_cuts
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_rnn.evaluation import confusion_table, evaluate, evaluation_table
from magnetoflow.mms_rnn.generator import trajectories
from magnetoflow.mms_rnn.training_data import TrainingOptions
from magnetoflow.workflow.jobs import LOG, run_job

SHIPPED = Path(magnetoflow.mms_rnn.__file__).parent / "model"
SCORED = ("held_out", "new_sites")
SCORED_FAMILIES, SCORED_SEED = 60, 1
"""Families of the analytic model on which a network that comes without scores is tried."""

PUBLISHED_NOTES = (
    "evaluation.csv and confusion.csv: scores on cuts through the analytic model of magnetoflow, which this "
    "network never saw; they say nothing of its own data.",
    "ood_score is the distance from the training data of the network that ships with magnetoflow.",
)


def report(epoch):
    LOG.info(
        "epoch %d of %d: loss %.4f, validation loss %.4f, macro-F1 %.4f",
        *(epoch.number, epoch.epochs, epoch.loss, epoch.validation_loss, epoch.macro_f1),
    )


def trained(job, config):
    """Train on a user's cuts or on the analytic model, and score on families that took no part."""
    # imported here: torch takes seconds, and a copied network needs none of it
    from magnetoflow.mms_rnn.training import PUBLISHED, fit_network

    options = dict(config["model"]["training"])
    path, digest = options.pop("cuts"), options.pop("cuts_sha256", None)
    start = TrainingOptions()
    if options["architecture"] == "elman":
        start = PUBLISHED
        del options["hidden"], options["layers"]
    cuts = None if path is None else read_cuts(path)
    text = f"{job.params.config} {job.params.code}"
    fit = fit_network(
        cuts,
        replace(start, **options),
        report,
        trained_on="" if path is None else f"{Path(path).name}, sha256 {digest[:16]}",
        recipe=hashlib.sha256(text.encode()).hexdigest(),
    )
    scores = fit.evaluation[fit.evaluation["metric"] == "macro_f1"]["value"]
    if len(scores) and scores.max() < 0.5:
        LOG.warning("macro-F1 of the network is %.2f at best: do not use its labels", scores.max())
    return fit.network, fit.reference, fit.evaluation, fit.confusion, ()


def copied(config):
    """Network that the configuration names, as it was when the run was planned, and its scores."""
    source, named = config["model"]["source"], config["files"]
    if check_model(source, config["model"]["sha256"], SHIPPED)["sha256"] != named["sha256"]:
        raise ModelError("the network changed during the run", where=source, todo="run again")
    if named["kind"] == "published":
        # what is unusual is told by the training data of the shipped network: the published ones are unknown
        network, reference = read_published(source, config["model"]["sha256"]), read_model(SHIPPED)[1]
        return network, reference, *scored(network), PUBLISHED_NOTES
    folder = SHIPPED if source == "shipped" else Path(source)
    tables = [folder / "evaluation.csv", folder / "confusion.csv"]
    network, reference = read_model(folder)
    if all(path.is_file() for path in tables):
        return network, reference, *map(read_csv, tables), ()
    return network, reference, *scored(network), ()


def scored(network):
    """Scores on the analytic model."""
    sets = {name: trajectories(SCORED_SEED, SCORED_FAMILIES, name) for name in SCORED}
    found = {name: evaluate(network, cuts, SCORED_SEED) for name, cuts in sets.items()}
    return evaluation_table(found), confusion_table(found)


def main(job):
    config = json.loads(job.params.config)
    found = trained(job, config) if config["model"]["source"] == "fit" else copied(config)
    network, reference, evaluation, confusion, notes = found
    write_model(Path(job.output.model).parent, network, reference, evaluation=evaluation, notes=notes)
    write_csv(job.output.confusion, confusion)


run_job(main, snakemake)
