"""Centres of k-means, the reference way of clustering, with soft probabilities beside its labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.rept_pad.data import Floats, Scores

MAX_ITERATIONS = 300
CHUNK = 65_536


@dataclass(frozen=True)
class Centres:
    """Centres of classes; errors of the scores are not used.

    Attributes
    ----------
    means : (k, q) ndarray [1]
        Ascending in the first score.
    sigma : float [1]
        Root mean square distance of a record from its centre along one score; the probabilities are those of
        equal, spherical Gaussians of this width.
    """

    means: Floats
    sigma: float

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.means)

    def log_density(self, scores: Scores) -> Floats:
        """Compute minus half the squared distance from each centre, (n, k) ndarray [sigma^2]."""
        return -0.5 * self._squares(scores.values) / self.sigma**2

    def posterior(self, scores: Scores) -> Floats:
        """Compute the probability of each class for each record, (n, k) ndarray, rows sum to 1."""
        logs = self.log_density(scores)
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def distance(self, scores: Scores) -> Floats:
        """Compute the distance from the nearest centre, (n,) ndarray [sigma]."""
        return np.asarray(np.sqrt(-2.0 * self.log_density(scores).max(axis=1)))

    def labels(self, scores: Scores) -> NDArray[np.int64]:
        """Find the nearest centre of each record, from 0, (n,) ndarray."""
        return np.asarray(self.log_density(scores).argmax(axis=1))

    def _squares(self, values: Floats) -> Floats:
        if values.ndim != 2 or values.shape[1] != self.means.shape[1]:
            raise ModelError(
                "scores do not fit the classes",
                why=f"scores of shape {values.shape}, centres of {self.means.shape[1]} scores",
                todo="reduce the records with the model's own reduction",
            )
        squares = np.empty((len(values), self.k))
        for first in range(0, len(values), CHUNK):
            rows = slice(first, first + CHUNK)
            squares[rows] = ((values[rows, None, :] - self.means[None]) ** 2).sum(axis=2)
        return squares


def fit_kmeans(scores: Scores, k: int, seed: int, *, n_init: int = 10) -> Centres:
    """Fit k-means.

    Parameters
    ----------
    scores : Scores
        Finite.
    k : int
        Number of classes.
    seed : int
        ``random_state``; the reference takes 0.
    n_init : int
        Number of starts; never left to scikit-learn, whose default depends on its version.

    Returns
    -------
    Centres

    Raises
    ------
    InsufficientData
        Fewer different records than classes, or a score is not finite.
    """
    from sklearn.cluster import KMeans  # labels are given without scikit-learn

    values = finite(scores.values, k)
    fit = KMeans(k, n_init=n_init, max_iter=MAX_ITERATIONS, random_state=seed).fit(values)
    return centres_of(values, np.asarray(fit.labels_), k)


def centres_of(values: Floats, labels: NDArray[np.int64], k: int) -> Centres:
    """Centres of records that have labels 0 to k - 1, each of which occurs."""
    means = np.stack([values[labels == j].mean(axis=0) for j in range(k)])
    square = float(((values - means[labels]) ** 2).mean())
    sigma = np.sqrt(square) or float(np.finfo(float).eps)
    return Centres(means[np.lexsort(means.T[::-1])], float(sigma))


def finite(values: Floats, k: int) -> Floats:
    """Scores that can be grouped into k classes.

    Raises
    ------
    InsufficientData
        Fewer different records than classes, or a score is not finite.
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values).all(axis=1)).sum())
        raise InsufficientData(
            "scores to cluster are not finite",
            why=f"{bad} of {len(values)} records",
            todo="leave out records without data",
        )
    different = len(np.unique(values[: 100 * k], axis=0))
    if different < k:
        different = len(np.unique(values, axis=0))
    if different < k:
        raise InsufficientData(
            "too few records to cluster",
            why=f"{different} different records for {k} classes",
            todo="add days, or ask for fewer classes",
        )
    return values
