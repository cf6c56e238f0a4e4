"""Loops of mean shift over pairs of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled

Floats = NDArray[np.float64]

MAX_CLIMB = 300


@compiled
def members(points: Floats, centres: Floats) -> Floats:
    """Squared distance of each point from each centre, (centre, point) ndarray."""
    n, q = points.shape
    squares = np.empty((len(centres), n))
    for i in range(len(centres)):
        for j in range(n):
            square = 0.0
            for a in range(q):
                square += (points[j, a] - centres[i, a]) ** 2
            squares[i, j] = square
    return squares


@compiled
def climbed(points: Floats, starts: Floats, bandwidth: float) -> tuple[Floats, NDArray[np.int64]]:
    """Move each start to the mean of the points within the bandwidth until it rests.

    Parameters
    ----------
    points : (n, q) ndarray
    starts : (m, q) ndarray
        Points, so that each has at least one neighbour: itself.
    bandwidth : float

    Returns
    -------
    ends : (m, q) ndarray
    inside : (m,) ndarray of int
        Number of points within the bandwidth of the end.
    """
    n, q = points.shape
    limit, rest = bandwidth * bandwidth, (1e-3 * bandwidth) ** 2
    ends, inside = starts.copy(), np.zeros(len(starts), dtype=np.int64)
    mean = np.empty(q)
    for i in range(len(starts)):
        for _ in range(MAX_CLIMB):
            count, mean[:] = 0, 0.0
            for j in range(n):
                square = 0.0
                for a in range(q):
                    square += (points[j, a] - ends[i, a]) ** 2
                if square <= limit:
                    count += 1
                    for a in range(q):
                        mean[a] += points[j, a]
            inside[i] = count
            moved = 0.0
            for a in range(q):
                moved += (mean[a] / count - ends[i, a]) ** 2
                ends[i, a] = mean[a] / count
            if moved <= rest:
                break
    return ends, inside
