"""Score a network on labelled cuts: macro-F1, false separatrices, calibration, by level of electric noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn.classes import REGIONS, SEPARATRICES
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.mms_rnn.network import Network, probabilities
from magnetoflow.mms_rnn.noise import degrade, random_conditions

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
NOISES = (0.0, 0.3, 0.5, 0.8)
"""White noise of E in the scores [E0, rms at 30 ms]."""
BINS, DRAWS = 10, 400
SIZE = len(REGIONS)


@dataclass(frozen=True, eq=False)
class Measured:
    """Labelled cuts under fixed conditions, one after the other.

    Attributes
    ----------
    features : (sample, 14) ndarray
        NaN in gaps.
    segment : (sample,) ndarray of int64
        Number of the cut.
    truth : (sample,) ndarray of int64
        -1 where unlabelled.
    family, shape, path : (sample,) ndarray of str
    """

    features: Floats
    segment: Counts
    truth: Counts
    family: NDArray[np.str_]
    shape: NDArray[np.str_]
    path: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network found, per noise level.

    Attributes
    ----------
    probabilities : (sample, 6) ndarray
        NaN where an input is missing.
    measured : Measured
    """

    probabilities: Floats
    measured: Measured


def measure(cuts: Sequence[Cut], noise_e0: float, seed: int, degraded: bool = True) -> Measured:
    """Measure cuts under random conditions with a given white noise of E.

    Parameters
    ----------
    cuts : sequence of Cut
    noise_e0 : float [E0]
    seed : int
        Conditions other than the noise of E are the same at all levels.
    degraded : bool
        False: as they are.
    """
    parts = []
    for k, one in enumerate(cuts):
        rng = np.random.default_rng([seed, 4, k])
        parts.append(
            degrade(one.features, random_conditions(rng, noise_e0), rng) if degraded else one.features
        )
    lengths = [len(one.region) for one in cuts]
    texts = (np.repeat([getattr(one, name) for one in cuts], lengths) for name in ("family", "shape", "path"))
    return Measured(
        np.concatenate(parts),
        np.repeat(np.arange(len(cuts)), lengths),
        np.concatenate([one.region for one in cuts]).astype(np.int64),
        *texts,
    )


def evaluate(
    network: Network,
    cuts: Sequence[Cut],
    seed: int = 0,
    degraded: bool = True,
    *,
    window: int | None = None,
    noises: Sequence[float] = NOISES,
) -> dict[float, Scores]:
    """Classify cuts at each noise level.

    Parameters
    ----------
    network : Network
    cuts : sequence of Cut
    seed : int
    degraded : bool
        False: as they are, once, as level 0.
    window : int or None
        As in :func:`magnetoflow.mms_rnn.network.logits`.
    noises : sequence of float [E0]
    """
    found = {}
    for noise in noises if degraded else (0.0,):
        measured = measure(cuts, noise, seed, degraded)
        found[noise] = Scores(
            probabilities(network, measured.features, measured.segment, window=window), measured
        )
    return found


def part(levels: Mapping[float, Scores], rows: NDArray[np.bool_]) -> dict[float, Scores]:
    """Scores of some samples of :func:`evaluate`."""
    return {
        noise: Scores(
            one.probabilities[rows],
            Measured(**{item.name: getattr(one.measured, item.name)[rows] for item in fields(Measured)}),
        )
        for noise, one in levels.items()
    }


def confusion(truth: ArrayLike, found: ArrayLike) -> Counts:
    """Count samples of each true (row) and found (column) region; negative ones do not count."""
    truth, found = np.asarray(truth, dtype=np.int64), np.asarray(found, dtype=np.int64)
    known = (truth >= 0) & (found >= 0)
    pairs = truth[known] * SIZE + found[known]
    return np.bincount(pairs, minlength=SIZE * SIZE).reshape(SIZE, SIZE).astype(np.int64)


def f1_scores(table: ArrayLike) -> Floats:
    """F1 of each region of matrices (..., 6, 6) of counts; NaN where it is neither true nor found."""
    table = np.asarray(table, dtype=np.float64)
    hit, both = np.diagonal(table, axis1=-2, axis2=-1), table.sum(-1) + table.sum(-2)
    return _share(2 * hit, both)


def macro_f1(truth: ArrayLike, found: ArrayLike) -> float:
    """Mean F1 of the regions that are true or found somewhere."""
    return float(np.nanmean(f1_scores(confusion(truth, found))))


def false_separatrix(table: ArrayLike) -> Floats:
    """Share of the samples outside the separatrices that are found in one, of matrices (..., 6, 6)."""
    table = np.asarray(table, dtype=np.float64)
    outside = [k for k in range(SIZE) if k not in SEPARATRICES]
    rows = table[..., outside, :]
    return _share(rows[..., list(SEPARATRICES)].sum((-2, -1)), rows.sum((-2, -1)))


def _share(part: Floats, whole: Floats) -> Floats:
    """Divide; NaN where the whole is 0."""
    found = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def calibration_error(truth: ArrayLike, chances: ArrayLike, bins: int = BINS) -> float:
    """Mean distance of accuracy and winning probability in equal bins of it, weighted by samples.

    Raises
    ------
    InsufficientData
        No sample has a label and all inputs.

    References
    ----------
    Guo et al. 2017, On calibration of modern neural networks. doi:10.48550/arXiv.1706.04599
    """
    right_ones, table = np.asarray(truth, dtype=np.int64), np.asarray(chances, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(table).all(axis=1) & (right_ones >= 0))
    if not len(known):
        raise InsufficientData("nothing to score", why="no sample has a label and all inputs")
    top, right = table[known].max(axis=1), table[known].argmax(axis=1) == right_ones[known]
    place = np.minimum((top * bins).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(place, right - top, bins)).sum() / len(known))


def winners(table: Floats) -> Counts:
    """Most probable region of each sample; -1 where missing."""
    known = np.asarray(np.isfinite(table).all(axis=1))
    return np.where(known, np.where(known[:, None], table, 0.0).argmax(axis=1), -1)


def switches(found: Counts, segment: Counts) -> float:
    """Share of neighbours in a cut whose regions differ."""
    same = (segment[1:] == segment[:-1]) & (found[1:] >= 0) & (found[:-1] >= 0)
    return float((found[1:] != found[:-1])[same].mean()) if same.any() else 0.0


def evaluation_table(sets: Mapping[str, Mapping[float, Scores]]) -> pd.DataFrame:
    """Table of scores.

    Parameters
    ----------
    sets : mapping of str to mapping of float to Scores
        By name of the set and noise of E.

    Returns
    -------
    DataFrame
        Columns set, noise_e0, metric, value, error. Sets whose cuts have kinds are also split by shape and by
        path (accuracy: not every path meets every region). The error is the standard deviation over draws of
        families with replacement; it is empty where a set has one family.
    """
    rows = []
    for name, levels in sets.items():
        for noise, scores in levels.items():
            rows += [(name, noise, *one) for one in _metrics(scores)]
    return pd.DataFrame(rows, columns=["set", "noise_e0", "metric", "value", "error"])


def _metrics(scores: Scores) -> list[tuple[str, float, float]]:
    measured, found = scores.measured, winners(scores.probabilities)
    tables = _by(measured.family, measured.truth, found)
    drawn = np.random.default_rng(0).integers(len(tables), size=(DRAWS, len(tables)))
    total, some = tables.sum(axis=0), tables[drawn].sum(axis=1)
    f1, f1_some = f1_scores(total), f1_scores(some)
    accuracy, accuracy_some = (np.trace(x, axis1=-2, axis2=-1) / x.sum((-2, -1)) for x in (total, some))
    rows = [
        ("macro_f1", float(np.nanmean(f1)), _spread(np.nanmean(f1_some, axis=-1))),
        ("accuracy", float(accuracy), _spread(accuracy_some)),
        ("false_separatrix", float(false_separatrix(total)), _spread(false_separatrix(some))),
        ("calibration_error", calibration_error(measured.truth, scores.probabilities), np.nan),
        ("switches", switches(found, measured.segment), np.nan),
        ("samples", float(total.sum()), np.nan),
        ("families", float(len(tables)), np.nan),
    ]
    rows += [(f"f1_{name}", float(f1[k]), _spread(f1_some[:, k])) for k, name in enumerate(REGIONS)]
    if len(tables) == 1:
        rows = [(name, value, np.nan) for name, value, _ in rows]
    for kind in ("shape", "path"):
        names = getattr(measured, kind)
        kinds = [str(one) for one in np.unique(names)]
        for one in kinds if len(kinds) > 1 else []:
            mine = confusion(measured.truth[names == one], found[names == one])
            rows.append((f"accuracy_{kind}_{one}", float(np.trace(mine) / mine.sum()), np.nan))
    return rows


def _spread(values: Floats) -> float:
    """Give the standard deviation of the finite values."""
    known = values[np.isfinite(values)]
    return float(known.std()) if len(known) else float("nan")


def _by(names: NDArray[np.str_], truth: Counts, found: Counts) -> Counts:
    """Confusion of each family."""
    kinds, which = np.unique(names, return_inverse=True)
    known = (truth >= 0) & (found >= 0)
    pairs = (which[known] * SIZE + truth[known]) * SIZE + found[known]
    return np.bincount(pairs, minlength=len(kinds) * SIZE * SIZE).reshape(-1, SIZE, SIZE).astype(np.int64)


def confusion_table(sets: Mapping[str, Mapping[float, Scores]]) -> pd.DataFrame:
    """Confusion as rows: set, noise_e0, truth, predicted, samples, share of the true region's samples."""
    rows = []
    for name, levels in sets.items():
        for noise, scores in levels.items():
            table = confusion(scores.measured.truth, winners(scores.probabilities))
            for k, truth in enumerate(REGIONS):
                total = int(table[k].sum())
                rows += [
                    (
                        name,
                        noise,
                        truth,
                        REGIONS[j],
                        int(table[k, j]),
                        table[k, j] / total if total else np.nan,
                    )
                    for j in range(SIZE)
                ]
    return pd.DataFrame(rows, columns=["set", "noise_e0", "truth", "predicted", "samples", "share"])
