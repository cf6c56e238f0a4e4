"""Where fits start: scores without what errors add to them, whitened, and seeds far from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Floats, Scores

ROUNDS, TRIALS = 10, 3
LEAST_SHARE_KEPT = 0.25


def whitened(values: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Shift and scale values so that `mean` is 0 and `covariance` the unit matrix, (n, q) ndarray."""
    return np.linalg.solve(np.linalg.cholesky(covariance), (values - mean).T).T


def shrunk(scores: Scores, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Move each score towards the mean as far as its error asks for: what is not measured says nothing.

    Parameters
    ----------
    scores : Scores
    mean, covariance : (q,), (q, q) ndarray
        Of all records, without their errors.

    Returns
    -------
    values : (n, q) ndarray
        Expectation of the scores, in the whitened space of `mean` and `covariance`.
    information : (n,) ndarray [1]
        Trace of covariance / (covariance + error) over q: 1 for an exact record, 0 for one that says nothing.
    """
    root = np.linalg.cholesky(covariance)
    values = whitened(scores.values, mean, covariance)
    if scores.covariance is None:
        return values, np.ones(len(values))
    back = np.linalg.inv(root)
    gain = np.linalg.inv(np.eye(len(mean)) + back @ scores.covariance @ back.T)
    moved = np.einsum("nab,nb->na", gain, values)
    return moved, np.asarray(np.trace(gain, axis1=1, axis2=2) / len(mean))


def well_measured(information: Floats, least: float = 0.9) -> NDArray[np.int64]:
    """Find the records known at least as well as `least`, or the best quarter where these are fewer."""
    return np.flatnonzero(information >= min(least, float(np.quantile(information, 1.0 - LEAST_SHARE_KEPT))))


def groups(points: Floats, k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Group points around seeds that lie far from each other (k-means++), a few rounds of k-means.

    Returns
    -------
    (n,) ndarray of int
        From 0.
    """
    centres = _seeds(points, k, rng)
    for _ in range(ROUNDS):
        nearest = _squares(points, centres).argmin(axis=1)
        counts = np.bincount(nearest, minlength=k)
        sums = np.stack([np.bincount(nearest, column, k) for column in points.T], axis=1)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
    return np.asarray(_squares(points, centres).argmin(axis=1))


def _seeds(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Arthur and Vassilvitskii 2007: a next seed is drawn by its squared distance, the best of a few kept."""
    chosen = [points[rng.integers(len(points))]]
    nearest = _squares(points, chosen[0][None])[:, 0]
    for _ in range(k - 1):
        total = nearest.sum()
        tried = rng.choice(len(points), TRIALS, p=nearest / total if total > 0 else None)
        left = np.minimum(nearest[:, None], _squares(points, points[tried]))
        best = int(left.sum(axis=0).argmin())
        chosen.append(points[tried[best]])
        nearest = left[:, best]
    return np.stack(chosen)


def _squares(points: Floats, centres: Floats) -> Floats:
    return np.asarray(((points[:, None, :] - centres[None]) ** 2).sum(axis=2))
