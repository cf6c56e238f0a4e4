"""Principal components of many vectors, in two passes over chunks: no copy of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData

Floats = NDArray[np.float64]

CHUNK = 16384
"""Vectors at a time: 27 MB of float64 for 204 values."""


@dataclass(frozen=True)
class Pca:
    """Principal components, centred and not scaled.

    Attributes
    ----------
    mean : (value,) ndarray
    components : (component, value) ndarray
        Orthonormal rows; the largest number of each is positive.
    explained_variance : (component,) ndarray
        Variance along each component, over n - 1.
    explained_variance_ratio : (component,) ndarray
        Its share of the variance of all values.
    """

    mean: Floats
    components: Floats
    explained_variance: Floats
    explained_variance_ratio: Floats

    def scores(self, vectors: NDArray[Any]) -> Floats:
        """Coordinates (n, component) along the components."""
        scores = np.empty((len(vectors), len(self.components)))
        for rows in chunks(len(vectors)):
            scores[rows] = (vectors[rows] - self.mean) @ self.components.T
        return scores

    def reconstruct(self, scores: Floats) -> Floats:
        """Vectors (n, value) that have these scores and nothing beyond the components."""
        return np.asarray(scores @ self.components + self.mean)


def fit_pca(vectors: NDArray[Any], components: int) -> Pca:
    """Find principal components.

    Parameters
    ----------
    vectors : (n, value) ndarray
        Finite.
    components : int

    Returns
    -------
    Pca

    Raises
    ------
    InsufficientData
        Values that are not finite, or fewer vectors or values than components.

    Notes
    -----
    Jolliffe and Cadima 2016, 10.1098/rsta.2015.0202, equation 2.1, by the covariance matrix: the squares of
    values far below the largest lose digits, which float64 sums over at most some 200 values can spare.
    """
    n, width = vectors.shape
    if not 1 <= components <= min(n - 1, width):
        raise InsufficientData(
            "principal components cannot be found",
            why=f"{components} asked for, of {n} vectors of {width} values",
            todo="ask for fewer components, or fit on more records",
        )
    mean, covariance = moments(vectors)
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = np.clip(variances[::-1], 0.0, None), axes[:, ::-1].T[:components]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    total = variances.sum()
    if not total > 0:
        raise InsufficientData(
            "principal components cannot be found",
            why=f"all {n} vectors are equal",
            todo="fit on records that differ",
        )
    kept = variances[:components]
    return Pca(mean, np.ascontiguousarray(axes * np.sign(largest)), kept, kept / total)


def moments(vectors: NDArray[Any]) -> tuple[Floats, Floats]:
    """Mean (value,) and covariance (value, value), over n - 1, of vectors.

    Parameters
    ----------
    vectors : (n, value) ndarray

    Returns
    -------
    mean, covariance : ndarray

    Raises
    ------
    InsufficientData
        Values that are not finite.
    """
    n, width = vectors.shape
    mean = np.sum([vectors[rows].sum(axis=0, dtype=np.float64) for rows in chunks(n)], axis=0) / n
    if not np.isfinite(mean).all():
        raise InsufficientData(
            "vectors to be reduced hold values that are not finite",
            where=f"values {np.flatnonzero(~np.isfinite(mean))[:5].tolist()} of {width}",
            why="NaN or infinity in at least one record",
            todo="leave out records without data, and fill missing bins",
        )
    covariance = np.zeros((width, width))
    for rows in chunks(n):
        centred = vectors[rows] - mean
        covariance += centred.T @ centred
    return mean, covariance / (n - 1)


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover `n` rows, in order."""
    return (slice(first, min(first + size, n)) for first in range(0, n, size))
