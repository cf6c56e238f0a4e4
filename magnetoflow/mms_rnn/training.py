"""Train a recurrent network on labelled cuts; families that take no part choose epoch and temperature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import nn

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn import distribution
from magnetoflow.mms_rnn.calibration import cross_entropy, fit_temperature, separatrix_offset
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.cuts import Cut, families
from magnetoflow.mms_rnn.distribution import Reference
from magnetoflow.mms_rnn.evaluation import Scores, confusion_table, evaluate, evaluation_table, macro_f1, part
from magnetoflow.mms_rnn.generator import HELD_PATHS, HELD_SHAPES, trajectories
from magnetoflow.mms_rnn.network import Network, logits
from magnetoflow.mms_rnn.training_data import (
    Single,
    TrainingOptions,
    check_regions,
    draw,
    measured,
    reference_rows,
    split,
    standard,
    stretches,
)

PUBLISHED = TrainingOptions(architecture="elman", hidden=42, layers=3, rate=2e-3)
"""The published network."""
QUICK = TrainingOptions(hidden=16, layers=1, epochs=3, steps=40, length=96, families=60, rate=1e-2)
"""For a look at the workflow: trains in seconds, scores are poor."""
ANALYTIC = "trajectories through an analytic model of reconnection sites"
"""What the network was trained on, where no cuts are given."""
SUMMARY = ("macro_f1", "false_separatrix", "calibration_error")
"""Scores that go into the network."""


@dataclass(frozen=True)
class Epoch:
    """Progress after one epoch: mean loss of training and validation, and the validation's macro-F1."""

    number: int
    epochs: int
    loss: float
    validation_loss: float
    macro_f1: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A trained network with what ships beside it.

    Attributes
    ----------
    network : Network
    reference : Reference
        Of the training features: how unusual is a sample?
    evaluation : DataFrame
        Columns set, noise_e0, metric, value, error.
    confusion : DataFrame
        Columns set, noise_e0, truth, predicted, samples, share.
    """

    network: Network
    reference: Reference
    evaluation: pd.DataFrame
    confusion: pd.DataFrame


class Layers(nn.Module):
    """Recurrent layers and one linear layer, with the names of the published weights."""

    def __init__(self, options: TrainingOptions) -> None:
        super().__init__()
        gru = options.architecture == "gru"
        kind = nn.GRU if gru else nn.RNN
        self.rnn = kind(len(FEATURES), options.hidden, options.layers, batch_first=True, bidirectional=gru)
        self.fc = nn.Linear(options.hidden * (1 + gru), len(REGIONS))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Scores before the softmax."""
        scores: torch.Tensor = self.fc(self.rnn(inputs)[0])
        return scores


def fit_network(
    cuts: Sequence[Cut] | None,
    options: TrainingOptions,
    progress: Callable[[Epoch], None] = lambda _: None,
    *,
    trained_on: str = "",
    recipe: str = "",
) -> Fit:
    """Train on given cuts, or on those of the analytic model, and score on families that took no part.

    Parameters
    ----------
    cuts : sequence of Cut or None
        None: drawn by :func:`magnetoflow.mms_rnn.generator.trajectories`.
    options : TrainingOptions
    progress : callable
        Called after each epoch.
    trained_on, recipe : str
        Go into the network.

    Returns
    -------
    Fit

    Raises
    ------
    InsufficientData
        Fewer than two families, or a region without samples in those that train.
    """
    if cuts is None:
        fitting = trajectories(options.seed, options.families, "training")
        checking = trajectories(options.seed, options.others, "validation")
        scored = {
            name: trajectories(options.seed, options.others, name) for name in ("held_out", "new_sites")
        }
    else:
        fitting, checking, held = split(cuts, options)
        scored = {"held_out": held} if held else {"validation": checking}
    network = train(fitting, checking, options, progress)
    scores = {name: evaluate(network, part, options.seed, options.degraded) for name, part in scored.items()}
    table = evaluation_table(scores | (by_kind(scores["held_out"]) if cuts is None else {}))
    network = replace(
        network, trained_on=trained_on or (ANALYTIC if cuts is None else "labelled cuts"), recipe=recipe,
        scores=summary(table, next(iter(scores))),
    )  # fmt: skip
    reference = distribution.fit(*reference_rows(fitting, options))
    return Fit(network, reference, table, confusion_table(scores))


def by_kind(levels: Mapping[float, Scores]) -> dict[str, dict[float, Scores]]:
    """Split held-out families of the generator: of a held-out shape, of a held-out path, of both."""
    measured_cuts = next(iter(levels.values())).measured
    shape, path = np.isin(measured_cuts.shape, HELD_SHAPES), np.isin(measured_cuts.path, HELD_PATHS)
    kinds = {"held_shape": shape & ~path, "held_path": path & ~shape, "held_both": shape & path}
    return {name: part(levels, rows) for name, rows in kinds.items()}


def summary(table: pd.DataFrame, name: str) -> dict[str, float]:
    """Scores of one set that go into a network, named by metric and noise of E."""
    kept = table[(table["set"] == name) & table["metric"].isin(SUMMARY)]
    return {f"{row.metric}_noise_{row.noise_e0:g}": float(row.value) for row in kept.itertuples()}


def train(
    fitting: Sequence[Cut],
    checking: Sequence[Cut],
    options: TrainingOptions,
    progress: Callable[[Epoch], None] = lambda _: None,
) -> Network:
    """Train a network.

    Parameters
    ----------
    fitting : sequence of Cut
        Stretches are drawn from these, measured anew under other conditions each time.
    checking : sequence of Cut
        Choose the epoch and the temperature.
    options : TrainingOptions
    progress : callable

    Returns
    -------
    Network
        Of the epoch with the least validation loss, with its temperature. The same for the same seed.

    Raises
    ------
    InsufficientData
        A region without samples in the cuts that train, or no epoch.
    """
    if options.epochs < 1:
        raise InsufficientData("a network needs at least one epoch", why=f"epochs {options.epochs}")
    check_regions(fitting)
    places = stretches(fitting)
    mean, scale = standard(reference_rows(fitting, options)[0])
    values, segment, truth = measured(checking, np.random.default_rng([options.seed, 2]), options)
    if not len(truth):
        raise InsufficientData("no labelled sample to validate on", where=", ".join(families(checking))[:200])
    least, best, best_scores = np.inf, Network(options.architecture, {}), np.empty(0)
    with _repeatable(options.seed):
        model = Layers(options)
        for number, loss in enumerate(_epochs(model, fitting, places, (mean, scale), options), 1):
            network = Network(options.architecture, _arrays(model), mean, scale)
            scores = logits(network, values, segment).astype(np.float64)
            checked = cross_entropy(scores, truth, 1.0)
            progress(Epoch(number, options.epochs, loss, checked, macro_f1(truth, scores.argmax(axis=1))))
            if checked < least or number == 1:
                least, best, best_scores = checked, network, scores
    lowered = separatrix_offset(best_scores, truth, options.most_false)
    bias = best.arrays["fc.bias"] - lowered
    scores = best_scores - lowered
    return replace(best, arrays={**best.arrays, "fc.bias": bias}, temperature=fit_temperature(scores, truth))


def _epochs(
    model: Layers,
    cuts: Sequence[Cut],
    places: Sequence[tuple[int, slice]],
    inputs: tuple[Single, Single],
    options: TrainingOptions,
) -> Iterator[float]:
    """Train epoch after epoch; mean loss of each."""
    rng = np.random.default_rng([options.seed, 1])
    mean, scale = inputs
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=options.decay)
    total = options.epochs * options.steps
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total, pct_start=0.1)
    for _ in range(options.epochs):
        losses = []
        for _ in range(options.steps):
            values, labels = draw(cuts, places, options, rng)
            if (labels < 0).all():
                continue
            scores = model(torch.from_numpy(((values - mean) / scale).astype(np.float32)))
            loss = nn.functional.cross_entropy(
                scores.flatten(0, 1), torch.from_numpy(labels).flatten(), ignore_index=-1
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        yield float(np.mean(losses))


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """One thread, one seed, repeatable operations; afterwards torch is as before."""
    strict, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(strict)
            torch.set_num_threads(threads)


def _arrays(model: nn.Module) -> dict[str, Single]:
    return {name: one.detach().numpy().copy() for name, one in model.state_dict().items()}
