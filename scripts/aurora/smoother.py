"""Provide the smoother: copy a checked one, make a plain one, or fit one on labelled camera-days."""

import json
from pathlib import Path

import magnetoflow.aurora
from magnetoflow.aurora.smoothing import MeanSmoother
from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import write_text
from magnetoflow.io.aurora_shards import parts_of_days
from magnetoflow.io.classifications import read_any
from magnetoflow.io.fit_smoother import fit_on_labels, labelled_days
from magnetoflow.io.label_sheets import read_label_sheet
from magnetoflow.io.smoother_files import check_smoother
from magnetoflow.io.smoothers import write_smoother
from magnetoflow.workflow.jobs import LOG, run_job

SHIPPED = Path(magnetoflow.aurora.__file__).parent / "model"


def fitted(job, config):
    """Fit on the labelled camera-days among the tables."""
    rows = [row for path in job.input.labels for row in read_label_sheet(path).rows]
    parts = parts_of_days(job.input.shards)
    days = labelled_days([read_any(path) for path in job.input.tables], rows, parts)
    uses = {"published": "winner", "sample": "four"}[config["kind"]]
    recipe = f"smoothing.source: fit, code {job.params.code}"
    frames = config["smoothing"]["frames"]
    about = fit_on_labels(days, job.output.smoother, uses=uses, frames=frames, recipe=recipe)
    LOG.info("%s, fitted on %s", about["id"], about["trained_on"])


def copied(job, config):
    """Copy the smoother that the configuration names, as it was when the run was planned."""
    source = config["smoothing"]["source"]
    shipped = SHIPPED / f"smoother_{config['kind']}.json"
    if check_smoother(source, shipped)["sha256"] != config["files"]["sha256"]:
        raise ModelError("the smoother changed during the run", where=source, todo="run again")
    path = shipped if source == "shipped" else Path(source)
    write_text(job.output.smoother, path.read_text(encoding="utf-8"))


def main(job):
    config = json.loads(job.params.config)
    source = config["smoothing"]["source"]
    if source == "fit":
        fitted(job, config)
    elif source in {"mean", "none"}:
        frames = 1 if source == "none" else config["smoothing"]["frames"]
        write_smoother(job.output.smoother, MeanSmoother(frames=frames), trained_on="nothing")
    else:
        copied(job, config)


run_job(main, snakemake)
