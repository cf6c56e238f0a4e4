"""Scores of class probabilities against labels: accuracy, F1, calibration, confusion, flicker, bootstrap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.errors import InsufficientData, VariableError

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS, DRAWS = 15, 1000


@dataclass(frozen=True)
class Scores:
    """Scores over labelled frames.

    Attributes
    ----------
    frames : int
    accuracy, kappa, macro_f1 : float
        `macro_f1` is the mean over classes that are labelled or found.
    f1, recall, precision : (4,) ndarray
        NaN for a class that is neither labelled nor found (recall: not labelled; precision: not found).
    ece : float
        Expected calibration error of the winning probability; NaN where only labels were given.
    flicker : float
        Share of frames whose label differs from the frame before, of the same camera-day; NaN where unknown.
    confusion : (4, 4) ndarray of int64
        Rows true, columns found.
    """

    frames: int
    accuracy: float
    kappa: float
    macro_f1: float
    f1: Floats
    recall: Floats
    precision: Floats
    ece: float
    flicker: float
    confusion: Counts

    @property
    def pulsating_f1(self) -> float:
        """F1 of pulsating aurora."""
        return float(self.f1[PULSATING])


def confusion_matrix(truth: ArrayLike, found: ArrayLike) -> Counts:
    """Count frames by true (row) and found (column) class; frames without either (-1) do not count."""
    truth, found = np.asarray(truth, dtype=np.int64), np.asarray(found, dtype=np.int64)
    if truth.shape != found.shape or truth.ndim != 1:
        raise VariableError("labels do not fit", why=f"shapes {truth.shape} and {found.shape}")
    known = (truth >= 0) & (found >= 0)
    size = len(CLASSES)
    if max(truth.max(initial=0), found.max(initial=0)) >= size:
        raise VariableError("a label is no class", why=f"classes are 0 to {size - 1}, -1 is none")
    pairs = truth[known] * size + found[known]
    return np.bincount(pairs, minlength=size * size).reshape(size, size).astype(np.int64)


def confusion_by_camera_day(truth: ArrayLike, found: ArrayLike, day: ArrayLike) -> dict[str, Counts]:
    """Confusion of each camera-day, in the order of the names in `day` (one text per frame)."""
    truth, found, day = np.asarray(truth), np.asarray(found), np.asarray(day)
    return {str(name): confusion_matrix(truth[day == name], found[day == name]) for name in np.unique(day)}


def _share(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Divide; NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    found = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def _rates(confusion: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """Accuracy, kappa, macro-F1 and F1 of matrices (..., 4, 4) of counts."""
    table = np.asarray(confusion, dtype=np.float64)
    hit, true, got = np.diagonal(table, axis1=-2, axis2=-1), table.sum(-1), table.sum(-2)
    total = true.sum(-1)
    accuracy = _share(hit.sum(-1), total)
    chance = _share((true * got).sum(-1), total**2)
    f1 = _share(2 * hit, true + got)
    there = np.isfinite(f1)
    macro = _share(np.where(there, f1, 0.0).sum(-1), there.sum(-1))
    return accuracy, _share(accuracy - chance, 1 - chance), macro, f1


def score(
    truth: ArrayLike,
    probabilities: ArrayLike | None = None,
    *,
    found: ArrayLike | None = None,
    day: ArrayLike | None = None,
) -> Scores:
    """Score frames in time order.

    Parameters
    ----------
    truth : (frame,) array_like of int
        Class, -1 where unlabelled: such frames do not count, but flicker counts them.
    probabilities : (frame, 4) array_like, optional
        Rows of NaN (missing) do not count.
    found : (frame,) array_like of int, optional
        Found classes, where they are not the most probable ones.
    day : (frame,) array_like, optional
        Name of the camera-day of each frame, for flicker.

    Returns
    -------
    Scores

    Raises
    ------
    InsufficientData
        No frame has a label.
    VariableError
        Shapes do not fit.
    """
    truth = np.asarray(truth, dtype=np.int64)
    table = None if probabilities is None else np.asarray(probabilities, dtype=np.float64)
    labels = winners(table) if found is None else np.asarray(found, dtype=np.int64)
    matrix = confusion_matrix(truth, labels)
    frames = int(matrix.sum())
    if not frames:
        raise InsufficientData("nothing to score", why="no frame has a label", todo="give labelled frames")
    accuracy, kappa, macro, f1 = _rates(matrix)
    hit = np.diag(matrix)
    return Scores(
        frames=frames,
        accuracy=float(accuracy),
        kappa=float(kappa),
        macro_f1=float(macro),
        f1=f1,
        recall=_share(hit, matrix.sum(axis=1)),
        precision=_share(hit, matrix.sum(axis=0)),
        ece=float("nan") if table is None else expected_calibration_error(truth, table),
        flicker=float("nan") if day is None else flicker(labels, day),
        confusion=matrix,
    )


def winners(probabilities: ArrayLike | None) -> NDArray[np.int64]:
    """Most probable class of each row (the first of equals); -1 for rows of NaN."""
    if probabilities is None:
        raise VariableError("nothing to score", why="neither probabilities nor labels were given")
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(CLASSES):
        raise VariableError("not class probabilities", why=f"shape {table.shape}, expected (frame, 4)")
    known = np.asarray(np.isfinite(table).all(axis=1))
    return np.where(known, np.where(known[:, None], table, 0.0).argmax(axis=1), -1)


@dataclass(frozen=True)
class Reliability:
    """Frames in equal bins of the winning probability.

    Attributes
    ----------
    edges : (bin + 1,) ndarray
    frames : (bin,) ndarray of int64
    confidence, accuracy : (bin,) ndarray
        Mean winning probability, share of right labels; NaN in empty bins.
    """

    edges: Floats
    frames: Counts
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of accuracy and confidence, weighted by frames."""
        used = self.frames > 0
        distance = np.abs(self.accuracy[used] - self.confidence[used])
        return float((distance * self.frames[used]).sum() / self.frames.sum())


def reliability(truth: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Reliability:
    """Reliability table of labelled frames.

    Raises
    ------
    InsufficientData
        No frame has a label.

    References
    ----------
    Guo et al. 2017, On calibration of modern neural networks. doi:10.48550/arXiv.1706.04599
    """
    truth, table = np.asarray(truth, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    found = winners(table)
    known = np.flatnonzero((truth >= 0) & (found >= 0))
    if not len(known):
        raise InsufficientData("nothing to score", why="no frame has a label", todo="give labelled frames")
    top = table[known, found[known]]
    place = np.minimum((top * bins).astype(np.int64), bins - 1)
    frames = np.bincount(place, minlength=bins)
    right = np.bincount(place, truth[known] == found[known], bins)
    return Reliability(
        edges=np.linspace(0, 1, bins + 1),
        frames=frames.astype(np.int64),
        confidence=_share(np.bincount(place, top, bins), frames),
        accuracy=_share(right, frames),
    )


def expected_calibration_error(truth: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> float:
    """Mean distance between winning probability and accuracy in equal bins, weighted by frames."""
    return reliability(truth, probabilities, bins).error


def flicker(labels: ArrayLike, day: ArrayLike) -> float:
    """Share of frames whose label differs from that of the frame before, inside camera-days."""
    labels, day = np.asarray(labels), np.asarray(day)
    same = day[1:] == day[:-1]
    return float((labels[1:] != labels[:-1])[same].mean()) if same.any() else 0.0


@dataclass(frozen=True)
class Bound:
    """Limits of a score when camera-days are drawn again."""

    low: float
    high: float


def bootstrap(
    confusions: Mapping[str, Counts],
    *,
    against: Mapping[str, Counts] | None = None,
    draws: int = DRAWS,
    level: float = 0.9,
    seed: int = 0,
) -> dict[str, Bound]:
    """Intervals of accuracy, kappa, macro-F1 and PA F1 by drawing camera-days with replacement.

    Parameters
    ----------
    confusions : mapping of str to (4, 4) ndarray
        One per camera-day: frames of one camera-day are not independent, camera-days nearly are.
    against : mapping of str to (4, 4) ndarray, optional
        Another labelling of the same camera-days: intervals are of the gain over it.
    draws : int
    level : float
        Share of draws inside the interval.
    seed : int

    Returns
    -------
    dict of str to Bound
        ``accuracy``, ``kappa``, ``macro_f1``, ``pulsating_f1``.

    References
    ----------
    Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 13 (percentile interval).
    """
    drawn = np.random.default_rng(seed).integers(len(confusions), size=(draws, len(confusions)))
    found = _drawn(confusions, drawn)
    if against is not None and against.keys() != confusions.keys():
        raise VariableError("two labellings are not of the same camera-days")
    if against is not None:
        other = _drawn({name: against[name] for name in confusions}, drawn)
        found = {name: values - other[name] for name, values in found.items()}
    limits = [50 * (1 - level), 50 * (1 + level)]
    return {name: Bound(*map(float, np.nanpercentile(values, limits))) for name, values in found.items()}


def _drawn(confusions: Mapping[str, Counts], drawn: Counts) -> dict[str, Floats]:
    tables = np.stack(list(confusions.values()))
    accuracy, kappa, macro, f1 = _rates(tables[drawn].sum(axis=1))
    return {"accuracy": accuracy, "kappa": kappa, "macro_f1": macro, "pulsating_f1": f1[:, PULSATING]}


def bootstrap_calibration(
    truth: ArrayLike,
    probabilities: ArrayLike,
    day: ArrayLike,
    *,
    draws: int = DRAWS,
    level: float = 0.9,
    seed: int = 0,
) -> Bound:
    """Interval of the calibration error by drawing camera-days with replacement, as :func:`bootstrap`."""
    truth, table, day = np.asarray(truth), np.asarray(probabilities), np.asarray(day)
    labelled = (truth >= 0) & np.isfinite(table).all(axis=1)
    parts = [reliability(truth[mine], table[mine]) for name in np.unique(day[labelled])
             if (mine := labelled & (day == name)).any()]  # fmt: skip
    excess = np.stack([np.nan_to_num((one.accuracy - one.confidence) * one.frames) for one in parts])
    frames = np.array([one.frames.sum() for one in parts])
    drawn = np.random.default_rng(seed).integers(len(parts), size=(draws, len(parts)))
    errors = np.abs(excess[drawn].sum(axis=1)).sum(axis=1) / frames[drawn].sum(axis=1)
    return Bound(*map(float, np.percentile(errors, [50 * (1 - level), 50 * (1 + level)])))
