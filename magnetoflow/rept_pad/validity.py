"""Indices of how well labels separate the records, and how far two labellings agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from magnetoflow.rept_pad.data import Scores

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Validity:
    """Indices of separation; NaN where fewer than two classes occur.

    Attributes
    ----------
    calinski_harabasz : float
        Between over within variance; larger is better (1974, doi:10.1080/03610927408827101).
    davies_bouldin : float
        Mean likeness of a class to its nearest; smaller is better (1979, doi:10.1109/TPAMI.1979.4766909).
    silhouette : float
        From -1 to 1; larger is better (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7).
    rows : int
        Records used.
    """

    calinski_harabasz: float
    davies_bouldin: float
    silhouette: float
    rows: int


def validity(scores: Scores, labels: Labels, *, seed: int = 0, max_rows: int = 3000) -> Validity:
    """Compute the indices on records drawn at random, for the silhouette takes all pairs.

    Parameters
    ----------
    scores : Scores
    labels : (n,) ndarray of int
        Negative: not used.
    seed, max_rows : int
    """
    rows = np.flatnonzero(labels >= 0)
    if len(rows) > max_rows:
        rows = np.sort(np.random.default_rng(seed).choice(rows, max_rows, replace=False))
    values, chosen = scores.values[rows], labels[rows]
    if not 2 <= len(np.unique(chosen)) < len(rows):
        return Validity(float("nan"), float("nan"), float("nan"), len(rows))
    return Validity(
        float(calinski_harabasz_score(values, chosen)),
        float(davies_bouldin_score(values, chosen)),
        float(silhouette_score(values, chosen)),
        len(rows),
    )


def adjusted_rand(a: Labels, b: Labels) -> float:
    """Compute the adjusted Rand index of two labellings (Hubert and Arabie 1985, doi:10.1007/BF01908075)."""
    return float(adjusted_rand_score(a, b))


def matched(truth: Labels, labels: Labels) -> dict[int, int]:
    """Pair labels with classes of the truth so that most records agree (Hungarian method).

    Returns
    -------
    dict of int to int
        Class of the truth of each label that has a partner.
    """
    rows, columns = np.unique(labels), np.unique(truth)
    table = confusion(truth, labels)
    i, j = linear_sum_assignment(-table.T)
    return {int(rows[a]): int(columns[b]) for a, b in zip(i, j, strict=True)}


def confusion(truth: Labels, labels: Labels) -> NDArray[np.int64]:
    """Count records of each class of the truth in each label, (truth, label) ndarray, both ascending."""
    columns, a = np.unique(truth, return_inverse=True)
    rows, b = np.unique(labels, return_inverse=True)
    return np.bincount(a * len(rows) + b, minlength=len(columns) * len(rows)).reshape(len(columns), len(rows))
