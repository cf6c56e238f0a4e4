"""How far labels agree between seeds, and between fits of resampled records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from magnetoflow.rept_pad.data import Floats, Scores

Labels = NDArray[np.int64]
Labeller = Callable[[Scores], Labels]


@dataclass(frozen=True)
class Stability:
    """Agreement of labels.

    Attributes
    ----------
    mean : float [1]
        Mean adjusted Rand index: 1 where labels are the same up to their numbers, 0 where by chance.
    error : float [1]
        Standard deviation of the index over the pairs or repeats; NaN for less than two.
    every : (pair,) ndarray [1]
    """

    mean: float
    error: float
    every: Floats


def pairwise_ari(fit: Callable[[int], Labels], seeds: Sequence[int]) -> Stability:
    """Agreement of the labels that `fit` gives to the same records with each pair of seeds.

    Parameters
    ----------
    fit : callable of seed to (n,) ndarray of int
    seeds : sequence of int
    """
    labels = [fit(seed) for seed in seeds]
    return _summary([adjusted_rand_score(a, b) for a, b in combinations(labels, 2)])


def bootstrap_ari(
    scores: Scores, labels: Labels, fit: Callable[[Scores, int], Labeller], repeats: int, seed: int
) -> Stability:
    """Agreement of labels with those of fits to records drawn with replacement.

    Parameters
    ----------
    scores : Scores
    labels : (n,) ndarray of int
        Of the fit to all.
    fit : callable of scores and seed to a callable of scores to labels
    repeats : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        drawn = np.sort(rng.integers(len(scores), size=len(scores)))
        labeller = fit(scores.rows(drawn), int(rng.integers(2**31)))
        found.append(adjusted_rand_score(labels, labeller(scores)))
    return _summary(found)


def _summary(found: Sequence[float]) -> Stability:
    every = np.asarray(found, dtype=np.float64)
    mean = float(every.mean()) if len(every) else float("nan")
    return Stability(mean, float(every.std(ddof=1)) if len(every) > 1 else float("nan"), every)
