"""Gradients over the interval of a crossing, and what normals and speeds are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.gradient_noise import Noise
from magnetoflow.mms_mp.normals import Normal

MOVING = 0.8
"""Correlation of change and gradient above which a layer moves as one."""


@dataclass(frozen=True)
class Interval:
    """Gradients within the interval of a crossing, on equal steps; NaN where missing.

    Attributes
    ----------
    gradient_nt_km : (time, 3, 3) ndarray [nT/km]
        Derivative along the first axis of the component on the second.
    curl_nt_km : (time, 3) ndarray [nT/km]
    b_nt : (time, 3) ndarray [nT]
        Mean of the spacecraft.
    step_s : float [s]
    noise : Noise
    reciprocal_1_km : (4, 3) ndarray [1/km]
    offset_km : (4, 3) ndarray [km]
        Of the spacecraft from the barycentre.
    position_km, v_sc_km_s : (3,) ndarray
        Of the barycentre.
    start, stop : datetime64[ns]
    min_ratio : float
    """

    gradient_nt_km: Floats
    curl_nt_km: Floats
    b_nt: Floats
    step_s: float
    noise: Noise
    reciprocal_1_km: Floats
    offset_km: Floats
    position_km: Floats
    v_sc_km_s: Floats
    start: np.datetime64
    stop: np.datetime64
    min_ratio: float


def without_curvature(interval: Interval, normal: Normal) -> Interval:
    """Take off what the second derivative of a moving plane layer adds to a linear gradient.

    Parameters
    ----------
    interval : Interval
    normal : Normal
        With the speed of the layer.

    Returns
    -------
    Interval
        Its gradient is less ``q b''/2`` with ``q = sum k_a (n . dr_a)^2`` over the spacecraft, b'' from the
        change of the gradient in time; the same where the speed is not known.

    Notes
    -----
    The term is along q, not along n, and does not average out of the current: for a tetrahedron of 15 km in a
    layer of half-width 400 km (case A, no noise) it turns the normal of the current by 0.87 degrees.
    """
    relative = normal.speed_km_s - float(normal.n @ interval.v_sc_km_s)
    if abs(normal.quality["correlation"]) < MOVING or not relative:
        return interval
    slope = np.einsum("tij,i->tj", interval.gradient_nt_km, normal.n)
    second = change_of(slope, interval.step_s) / -relative
    q = interval.reciprocal_1_km.T @ (interval.offset_km @ normal.n) ** 2
    gradient = interval.gradient_nt_km - q[:, None] * second[:, None, :] / 2
    curl = interval.curl_nt_km - np.cross(q, second) / 2
    return replace(interval, gradient_nt_km=gradient, curl_nt_km=curl)


def triples(gradient: Floats, b: Floats, step_s: float) -> tuple[Floats, Floats]:
    """Mean gradient and change of the field over two steps about each time.

    Parameters
    ----------
    gradient : (time, 3, 3) ndarray
    b : (time, 3) ndarray
    step_s : float [s]

    Returns
    -------
    gradient : (time, 3, 3) ndarray
        By Simpson's rule, so that both agree to the fourth order of the step; NaN at the ends and at gaps.
    change : (time, 3) ndarray [1/s]
    """
    mean, change = np.full_like(gradient, np.nan), np.full_like(b, np.nan)
    mean[1:-1] = (gradient[:-2] + 4 * gradient[1:-1] + gradient[2:]) / 6
    change[1:-1] = (b[2:] - b[:-2]) / (2 * step_s)
    return mean, change


def change_of(rows: Floats, step_s: float) -> Floats:
    """Differentiate in time, one-sided beside gaps; zero where nothing is known."""
    steps = np.pad(np.diff(rows, axis=0), ((1, 1), (0, 0)), constant_values=np.nan) / step_s
    known = np.isfinite(steps)
    total = np.where(known[1:], steps[1:], 0.0) + np.where(known[:-1], steps[:-1], 0.0)
    return np.asarray(total / np.maximum(known[1:].astype(np.int64) + known[:-1], 1))


def long_run(scores: Floats) -> Floats:
    """Covariance of the sum of terms that are correlated in time.

    Parameters
    ----------
    scores : (time, k) ndarray
        Of mean zero; a missing one counts as zero.

    Returns
    -------
    (k, k) ndarray
        With Bartlett weights, so that it is not negative.

    References
    ----------
    Newey & West 1987, doi:10.2307/1913610.
    """
    terms = np.nan_to_num(scores)
    count = max(int(np.isfinite(scores).all(axis=1).sum()), 1)
    lags = round(1.5 * count ** (1 / 3))
    total = terms.T @ terms
    for lag in range(1, min(lags, len(terms) - 1) + 1):
        shifted = terms[lag:].T @ terms[:-lag]
        total += (1 - lag / (lags + 1)) * (shifted + shifted.T)
    return np.asarray(total)
