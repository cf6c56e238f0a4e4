"""Train the network that ships: ``python -m magnetoflow.sample.train_mms_rnn [FOLDER] [--published PATH]``.

Every cut is drawn from an analytic model; held-out families have a shape or a path that is in no training. No
sample event and no real data take part.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

import magnetoflow.mms_rnn
from magnetoflow.io.rnn_models import write_model
from magnetoflow.io.rnn_weights import read_published
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_rnn.analytic import fields, reference_path, true_region
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.mms_rnn.evaluation import confusion_table, evaluate, evaluation_table
from magnetoflow.mms_rnn.generator import HELD_PATHS, HELD_SHAPES, trajectories
from magnetoflow.mms_rnn.network import Network
from magnetoflow.mms_rnn.training import ANALYTIC, SUMMARY, Epoch, fit_network
from magnetoflow.mms_rnn.training_data import TrainingOptions
from magnetoflow.workflow.code_hash import code_hash

FOLDER = Path(magnetoflow.mms_rnn.__file__).parent / "model"
SCRIPT = "magnetoflow/sample/train_mms_rnn.py"
OPTIONS = TrainingOptions(seed=20262)
NOTES = (
    "Trained on an analytic model of symmetric reconnection sites and on no simulation: scores on it say "
    "nothing of real events.",
    f"Held-out families have the shape {', '.join(HELD_SHAPES)} or the paths {', '.join(HELD_PATHS)}, which "
    "are in no training; their sites are drawn from the ranges of the training. The truth is geometry: "
    "exhaust below 1.05 half widths, inflow beyond 1.75.",
    "Noise of the scores: white in each component of E as stated, wave packets up to that amplitude, "
    "counting noise, B0 wrong by up to 15 %, n0 by up to a factor of 1.6, axes by up to 10 degrees.",
    "A label depends on the samples before and after it: a GRU reads each segment in both directions.",
)
LOG = logging.getLogger(__name__)


def reference_cut() -> Cut:
    """Cross the site of the analytic model with its default numbers."""
    x, y = reference_path()
    return Cut(fields(x, y), true_region(x, y), "reference")


def recipe_hash(options: TrainingOptions) -> str:
    """Hash of everything that decides the weights."""
    text = f"{json.dumps(asdict(options), sort_keys=True)} {code_hash(SCRIPT)}"
    return hashlib.sha256(text.encode()).hexdigest()


def report(epoch: Epoch) -> None:
    """Log the progress of an epoch."""
    LOG.info(
        "epoch %d of %d: loss %.4f, validation loss %.4f, macro-F1 %.4f",
        epoch.number, epoch.epochs, epoch.loss, epoch.validation_loss, epoch.macro_f1,
    )  # fmt: skip


def compared(network: Network, options: TrainingOptions) -> list[str]:
    """Lines on how another network does on the held-out families."""
    cuts = trajectories(options.seed, options.others, "held_out")
    table = evaluation_table({"held_out": evaluate(network, cuts, options.seed, window=network.window)})
    wide = table[table["metric"].isin(SUMMARY)].pivot_table(
        index="noise_e0", columns="metric", values="value"
    )
    return [
        f"Published weights on the same families, noise {noise:g} E0: macro-F1 {row.macro_f1:.3f}, false "
        f"separatrix {row.false_separatrix:.4f}, calibration error {row.calibration_error:.3f}."
        for noise, row in zip(wide.index, wide.itertuples(), strict=True)
    ]


def main(arguments: Sequence[str]) -> None:
    """Train the network and write it to the folder named, or to that of the package."""
    parser = argparse.ArgumentParser(prog="python -m magnetoflow.sample.train_mms_rnn")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--published", type=Path, help="file of the published weights, to score beside ours")
    parser.add_argument("--epochs", type=int, default=OPTIONS.epochs)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    options = replace(OPTIONS, epochs=chosen.epochs)
    fit = fit_network(None, options, report, trained_on=ANALYTIC, recipe=recipe_hash(options))
    reference = {"reference_crossing": evaluate(fit.network, [reference_cut()], options.seed)}
    evaluation = pd.concat([fit.evaluation, evaluation_table(reference)], ignore_index=True)
    confusion = pd.concat([fit.confusion, confusion_table(reference)], ignore_index=True)
    notes = [*NOTES, *(compared(read_published(chosen.published), options) if chosen.published else [])]
    LOG.info("scores %s", fit.network.scores)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    write_model(
        chosen.folder,
        fit.network,
        fit.reference,
        evaluation=evaluation.round({"value": 6, "error": 6}),
        notes=notes,
    )
    write_csv(chosen.folder / "confusion.csv", confusion.round({"share": 6}))


if __name__ == "__main__":
    main(sys.argv[1:])
