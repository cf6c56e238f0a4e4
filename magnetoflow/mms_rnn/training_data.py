"""What a training draws from labelled cuts: parts by family, and stretches under random conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.cuts import Cut, families, of_families, pieces
from magnetoflow.mms_rnn.noise import degrade, random_conditions

Floats = NDArray[np.float64]
Single = NDArray[np.float32]
Integers = NDArray[np.int64]
SHORTEST = 16
"""Stretches of fewer samples do not train."""
REFERENCE_ROWS = 40_000
"""Samples, about, that say what is usual."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes
    ----------
    architecture : {"gru", "elman"}
        Gated units in both directions, or the published kind: one direction.
    hidden, layers : int
        Units of each layer and direction; layers.
    epochs, steps : int
        Epochs, and steps of each.
    batch, length : int
        Stretches in a step, and their longest length [sample].
    rate, decay : float
        Highest learning rate (it rises over a tenth of the steps and falls to 0), and weight decay.
    families : int
        Families drawn from the analytic model for the training, where no cuts are given; an eighth as many,
        at least 15, validate, and as many of each set give the scores.
    held : float
        Share of the families of given cuts that validates, and share that gives the scores.
    degraded : bool
        Add noise, offsets and errors of the scaling (:mod:`magnetoflow.mms_rnn.noise`), in training and
        scores.
    most_false : float
        Largest share of the validation's samples outside the separatrices that may be found in one: the
        scores of the separatrices are lowered until it holds.
    seed : int
    """

    architecture: Literal["gru", "elman"] = "gru"
    hidden: int = 24
    layers: int = 2
    epochs: int = 20
    steps: int = 60
    batch: int = 96
    length: int = 128
    rate: float = 6e-3
    decay: float = 1e-4
    families: int = 1600
    held: float = 0.25
    degraded: bool = True
    most_false: float = 0.006
    seed: int = 0

    @property
    def others(self) -> int:
        """Families of the analytic model in each of the sets that do not train."""
        return max(15, self.families // 8)


def split(cuts: Sequence[Cut], options: TrainingOptions) -> tuple[list[Cut], list[Cut], list[Cut]]:
    """Cuts that train, that validate and that give the scores; those of a family are in one part only.

    Of two families one trains and one validates and gives the scores as well: the third part is empty.

    Raises
    ------
    InsufficientData
        Fewer than two families.
    """
    names = families(cuts)
    if len(names) < 2:
        raise InsufficientData(
            "a network cannot be trained on one family of cuts",
            where=", ".join(names) or "no cuts",
            why="families that take no part are needed to calibrate and to score",
            todo="give cuts of at least two families, such as two simulations or two times of one",
        )
    order = [names[k] for k in np.random.default_rng(options.seed).permutation(len(names))]
    count = min(max(1, round(options.held * len(names))), max(1, (len(names) - 1) // 2))
    last = count if len(names) == 2 else 2 * count
    parts = order[last:], order[:count], order[count:last]
    fitting, checking, held = (list(of_families(cuts, part)) for part in parts)
    return fitting, checking, held


def check_regions(cuts: Sequence[Cut]) -> None:
    """Refuse cuts that lack a region.

    Raises
    ------
    InsufficientData
    """
    there = {int(k) for one in cuts for k in np.unique(one.region)}
    missing = [name for k, name in enumerate(REGIONS) if k not in there]
    if missing:
        raise InsufficientData(
            "a region has no labelled samples to train on",
            where=", ".join(missing),
            why=f"families that train: {', '.join(families(cuts))[:200]}",
            todo="give cuts through each region in several families, or train with another seed",
        )


def stretches(cuts: Sequence[Cut]) -> list[tuple[int, slice]]:
    """Find stretches without a missing number, of which some samples are labelled: number of the cut, rows.

    Raises
    ------
    InsufficientData
        There is no such stretch of `SHORTEST` samples.
    """
    found = [
        (k, rows)
        for k, one in enumerate(cuts)
        for rows in pieces(one.features, SHORTEST)
        if (one.region[rows] >= 0).any()
    ]
    if not found:
        raise InsufficientData(
            "no stretch to train on",
            where=", ".join(families(cuts))[:200],
            why=f"none has {SHORTEST} samples without a missing number, some of them labelled",
        )
    return found


def reference_rows(cuts: Sequence[Cut], options: TrainingOptions) -> tuple[Floats, NDArray[np.int8]]:
    """Measured samples of the training, evenly chosen, with their regions."""
    rng = np.random.default_rng([options.seed, 3])
    every = max(1, sum(len(one.region) for one in cuts) // REFERENCE_ROWS)
    values = np.concatenate([_seen(one.features, options, rng)[::every] for one in cuts])
    truth = np.concatenate([one.region[::every] for one in cuts])
    known = np.isfinite(values).all(axis=1) & (truth >= 0)
    return values[known], truth[known]


def standard(values: Floats) -> tuple[Single, Single]:
    """Mean and spread of each input; a constant one is only shifted."""
    spread = values.std(axis=0)
    return values.mean(axis=0).astype(np.float32), np.where(spread > 1e-6, spread, 1.0).astype(np.float32)


def measured(
    cuts: Sequence[Cut], rng: np.random.Generator, options: TrainingOptions
) -> tuple[Floats, Integers, NDArray[np.int8]]:
    """Labelled samples of cuts under random conditions.

    Returns
    -------
    features : (sample, 14) ndarray
    segment : (sample,) ndarray of int64
        Number of the stretch without a gap.
    region : (sample,) ndarray of int8
    """
    values, known = [], []
    for one in cuts:
        values.append(_seen(one.features, options, rng))
        # a row of NaN after each cut: a stretch does not go on into the next cut
        known.append(np.append(np.isfinite(values[-1]).all(axis=1) & (one.region >= 0), False))
    there = np.concatenate(known)
    number = np.cumsum(there & ~np.concatenate([[False], there[:-1]]))[there]
    rows = np.concatenate([one[kept[:-1]] for one, kept in zip(values, known, strict=True)])
    truth = np.concatenate([one.region[kept[:-1]] for one, kept in zip(cuts, known, strict=True)])
    return rows, number, truth


def draw(
    cuts: Sequence[Cut],
    places: Sequence[tuple[int, slice]],
    options: TrainingOptions,
    rng: np.random.Generator,
) -> tuple[Floats, Integers]:
    """Stretches of equal length from random places, under random conditions.

    Parameters
    ----------
    cuts : sequence of Cut
    places : sequence of (int, slice)
        As :func:`stretches`.
    options : TrainingOptions
    rng : Generator

    Returns
    -------
    features : (stretch, sample, 14) ndarray
    region : (stretch, sample) ndarray of int64
    """
    chosen = [places[k] for k in rng.integers(len(places), size=options.batch)]
    length = min(options.length, *(one.stop - one.start for _, one in chosen))
    inputs = np.empty((options.batch, length, len(FEATURES)))
    labels = np.empty((options.batch, length), dtype=np.int64)
    for k, (number, one) in enumerate(chosen):
        first = int(rng.integers(one.start, one.stop - length + 1))
        inputs[k] = _seen(cuts[number].features[first : first + length], options, rng)
        labels[k] = cuts[number].region[first : first + length]
    return inputs, labels


def _seen(features: Floats, options: TrainingOptions, rng: np.random.Generator) -> Floats:
    return degrade(features, random_conditions(rng, gaps=False), rng) if options.degraded else features
