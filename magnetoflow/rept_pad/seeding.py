"""Where fits start: whitened scores, records that are well measured, and seeds far from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Floats, Scores

ROUNDS = 10
LEAST_SHARE_KEPT = 0.1


def whitened(values: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Shift and scale values so that `mean` is 0 and `covariance` the unit matrix, (n, q) ndarray."""
    return np.linalg.solve(np.linalg.cholesky(covariance), (values - mean).T).T


def information(scores: Scores, covariance: Floats) -> Floats:
    """Compute how well each record is known against the spread of all.

    Parameters
    ----------
    scores : Scores
    covariance : (q, q) ndarray
        Spread of all records without their errors.

    Returns
    -------
    (n,) ndarray [1]
        Trace of spread / (spread + error) over q: 1 for an exact record, 0 for one that says nothing.
    """
    if scores.covariance is None:
        return np.ones(len(scores))
    shrink = np.linalg.solve(
        covariance + scores.covariance, np.broadcast_to(covariance, scores.covariance.shape)
    )
    return np.asarray(np.trace(shrink, axis1=1, axis2=2) / len(covariance))


def well_measured(scores: Scores, covariance: Floats, least: float = 0.9) -> NDArray[np.int64]:
    """Find the records whose :func:`information` is at least `least`; never less than a tenth of all."""
    known = information(scores, covariance)
    return np.flatnonzero(known >= min(least, float(np.quantile(known, 1.0 - LEAST_SHARE_KEPT))))


def start_labels(
    scores: Scores, mean: Floats, covariance: Floats, k: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Group records around seeds that lie far from each other (k-means++), in whitened scores.

    Parameters
    ----------
    scores : Scores
    mean, covariance : (q,), (q, q) ndarray
        Of all records.
    k : int
    rng : Generator

    Returns
    -------
    (n,) ndarray of int
        Group of each record; -1 for those that are poorly measured.
    """
    rows = well_measured(scores, covariance)
    points = whitened(scores.values[rows], mean, covariance)
    centres = _seeds(points, k, rng)
    for _ in range(ROUNDS):
        nearest = _squares(points, centres).argmin(axis=1)
        counts = np.bincount(nearest, minlength=k)
        sums = np.stack([np.bincount(nearest, column, k) for column in points.T], axis=1)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
    labels = np.full(len(scores), -1)
    labels[rows] = _squares(points, centres).argmin(axis=1)
    return labels


def _seeds(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Arthur and Vassilvitskii 2007: each next seed with a chance in proportion to its squared distance."""
    chosen = [points[rng.integers(len(points))]]
    nearest = _squares(points, chosen[0][None])[:, 0]
    for _ in range(k - 1):
        total = nearest.sum()
        share = nearest / total if total > 0 else None
        chosen.append(points[rng.choice(len(points), p=share)])
        nearest = np.minimum(nearest, _squares(points, chosen[-1][None])[:, 0])
    return np.stack(chosen)


def _squares(points: Floats, centres: Floats) -> Floats:
    return np.asarray(((points[:, None, :] - centres[None]) ** 2).sum(axis=2))
