"""Errors of a normal as tilts in space, and as turns about the axes L, M, N."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.mms_mp.data import Floats

# a small turn (a, b, c) about L, M, N moves N by b along L and by -a along M
TILT = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def turns_of(covariance: ArrayLike, axes: ArrayLike, about_n: float) -> Floats:
    """Covariance of the turns about L, M, N.

    Parameters
    ----------
    covariance : (3, 3) array_like [rad^2]
        Of the unit vector N, in the frame of the event.
    axes : (3, 3) array_like
        Rows L, M, N.
    about_n : float [rad^2]
        Variance of the turn about N.

    Returns
    -------
    (3, 3) ndarray [rad^2]
    """
    rows = np.asarray(axes, dtype=np.float64)
    turns = TILT.T @ (rows @ np.asarray(covariance) @ rows.T) @ TILT
    turns[2, 2] = about_n
    return np.asarray(turns)


def tilts_of(turns: ArrayLike, axes: ArrayLike) -> Floats:
    """Covariance of the unit vector N in the frame of the event, from that of the turns.

    Parameters
    ----------
    turns : (3, 3) array_like [rad^2]
    axes : (3, 3) array_like
        Rows L, M, N.

    Returns
    -------
    (3, 3) ndarray [rad^2]
    """
    rows = np.asarray(axes, dtype=np.float64)
    return np.asarray(rows.T @ TILT @ np.asarray(turns) @ TILT.T @ rows)
