"""Normal and speed of a boundary from gradients over an interval, with errors from what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.gradient_noise import Noise
from magnetoflow.mms_mp.normals import Normal, outward

EDGE = 0.005
"""Share of the squared current left out at either end of its integral."""
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
    second = _change(slope, interval.step_s) / -relative
    q = interval.reciprocal_1_km.T @ (interval.offset_km @ normal.n) ** 2
    gradient = interval.gradient_nt_km - q[:, None] * second[:, None, :] / 2
    curl = interval.curl_nt_km - np.cross(q, second) / 2
    return replace(interval, gradient_nt_km=gradient, curl_nt_km=curl)


def derivative_normal(interval: Interval) -> Normal:
    """Direction of the largest directional derivative, and the speed that the change in time gives along it.

    Parameters
    ----------
    interval : Interval

    Returns
    -------
    Normal
        Method ``mdd``. Its quality: ``ratio_12`` and ``ratio_23`` of the directional derivatives,
        ``correlation`` of the change in time with the gradient.

    Notes
    -----
    With ``b' = G^T n`` the normal solves ``sum P G b' = 0``, P taking off the part along n. Its error is that
    by the noise of the quiet time, or by the long-run variance of these terms where that is larger: then the
    layer is not plane. The speed is ``-sum b' . dB/dt / sum b'^2``, plus that of the array.
    """
    gradient = _known(interval.gradient_nt_km)
    count = len(gradient)
    moment = np.einsum("tij,tkj->ik", gradient, gradient) - count * interval.noise.gradient
    values, vectors = np.linalg.eigh(moment)
    n = outward(vectors[:, 2], interval.position_km)
    inverse = _inverse(vectors[:, :2], values[2] - values[:2])
    slope = np.einsum("tij,i->tj", interval.gradient_nt_km, n)
    scores = np.einsum("tij,tj->ti", interval.gradient_nt_km, slope)
    baselines = interval.reciprocal_1_km.T @ interval.reciprocal_1_km
    noise = baselines * np.trace(interval.noise.variance(slope))
    covariance = inverse @ _larger(noise, long_run(scores - interval.noise.gradient @ n), inverse) @ inverse
    speed, speed_error, correlation = _speed(interval, n, float(n @ baselines @ n))
    ratios = _ratios(np.einsum("tij,tkj->ik", gradient, gradient))
    return _normal(
        "mdd",
        interval,
        n,
        covariance,
        (speed, speed_error),
        {"ratio_12": ratios[0], "ratio_23": ratios[1], "correlation": correlation},
        ""
        if ratios[0] >= interval.min_ratio
        else f"the field varies along two axes alike: ratio {ratios[0]:.2f}",
        count,
    )


def current_normal(interval: Interval) -> Normal:
    """Direction along which no current flows, and the speed that the integral of the current gives.

    Parameters
    ----------
    interval : Interval

    Returns
    -------
    Normal
        Method ``curlometer``. Its quality: ``ratio_12`` and ``ratio_23`` of the rms current along the axes;
        the normal hangs on ``ratio_23``.

    Notes
    -----
    In a plane layer ``J . n = 0``, so n is the axis of the least second moment of J, without taking off the
    mean. The tangential field changes by ``-V mu0 integral(J dt) x n``, V being the speed along n in the
    frame of the array.
    """
    curl = _known(interval.curl_nt_km)
    count = len(curl)
    moment = np.einsum("ti,tj->ij", curl, curl)
    values, vectors = np.linalg.eigh(moment - count * interval.noise.curl)
    n = outward(vectors[:, 0], interval.position_km)
    inverse = _inverse(vectors[:, 1:], values[1:] - values[0])
    along = interval.curl_nt_km @ n
    scores = interval.curl_nt_km * along[:, None] - interval.noise.curl @ n
    noise = _baseline(interval, n) * interval.noise.variance(interval.curl_nt_km)
    covariance = inverse @ _larger(noise, long_run(scores), inverse) @ inverse
    ratios = _ratios(moment)
    return _normal(
        "curlometer",
        interval,
        n,
        covariance,
        _integral_speed(interval, n),
        {"ratio_12": ratios[0], "ratio_23": ratios[1]},
        "" if ratios[1] >= interval.min_ratio else f"the current keeps to one line: ratio {ratios[1]:.2f}",
        count,
    )


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


def _speed(interval: Interval, n: Floats, baseline: float) -> tuple[float, float, float]:
    """Speed along n, its error, and the correlation of change and gradient."""
    gradient, change = triples(interval.gradient_nt_km, interval.b_nt, interval.step_s)
    slope = np.einsum("tij,i->tj", gradient, n)
    good = np.isfinite(slope).all(axis=1) & np.isfinite(change).all(axis=1)
    if not good.any():
        return np.nan, np.nan, np.nan
    slope[~good] = change[~good] = np.nan
    # Simpson's weights keep (1 + 16 + 1)/36 of the square of white noise
    size = np.nansum(slope**2) - good.sum() / 2 * float(n @ interval.noise.gradient @ n)
    relative = -np.nansum(slope * change) / size
    misfit = long_run(np.sum(slope * (change + relative * slope), axis=1)[:, None])
    of_gradient = relative**2 * baseline * np.trace(interval.noise.variance(slope))
    of_change = np.trace(interval.noise.variance(_change(slope, interval.step_s))) / 4
    error = np.sqrt(max(float(misfit[0, 0]), float(of_gradient + of_change))) / size
    correlation = -np.nansum(slope * change) / np.sqrt(np.nansum(slope**2) * np.nansum(change**2))
    return float(relative + n @ interval.v_sc_km_s), float(error), float(correlation)


def _change(rows: Floats, step_s: float) -> Floats:
    """Differentiate in time, one-sided beside gaps; zero where nothing is known."""
    steps = np.pad(np.diff(rows, axis=0), ((1, 1), (0, 0)), constant_values=np.nan) / step_s
    known = np.isfinite(steps)
    total = np.where(known[1:], steps[1:], 0.0) + np.where(known[:-1], steps[:-1], 0.0)
    return np.asarray(total / np.maximum(known[1:].astype(np.int64) + known[:-1], 1))


def _integral_speed(interval: Interval, n: Floats) -> tuple[float, float]:
    """Speed along n from the change of the field and the integral of the current; NaN across gaps."""
    slope = -np.cross(n, interval.curl_nt_km)
    share = np.nancumsum(np.sum(slope**2, axis=1))
    first, last = np.searchsorted(share, np.array([EDGE, 1 - EDGE]) * share[-1])
    weights = np.full(last - first + 1, interval.step_s)
    weights[[0, -1]] /= 2
    total = weights @ slope[first : last + 1]
    change = interval.b_nt[last] - interval.b_nt[first]
    size = float(np.linalg.norm(total))
    relative = -float(change @ total) / size**2
    noise = _baseline(interval, np.cross(n, total / size)) * interval.noise.variance(weights[:, None])[0, 0]
    misfit = long_run((interval.curl_nt_km[first : last + 1] @ n)[:, None])[0, 0] * interval.step_s**2
    error = abs(relative) * np.sqrt(max(float(noise), float(misfit))) / size
    return float(relative + n @ interval.v_sc_km_s), float(error)


def _baseline(interval: Interval, axis: Floats) -> float:
    """Variance of the curl along an axis that noise of variance 1 makes [1/km^2]."""
    return float(np.sum(np.cross(interval.reciprocal_1_km, axis) ** 2))


def _larger(noise: Floats, misfit: Floats, inverse: Floats) -> Floats:
    """Whichever turns the normal more."""
    return max(noise, misfit, key=lambda one: float(np.trace(inverse @ one @ inverse)))


def _inverse(axes: Floats, gaps: Floats) -> Floats:
    """Turn of an eigenvector by a change of its matrix: sum of e e^T over the gaps of the eigenvalues."""
    return np.asarray((axes / gaps) @ axes.T)


def _ratios(moment: Floats) -> tuple[float, float]:
    """Ratios of the roots of the eigenvalues, the largest first."""
    third, second, first = np.sqrt(np.clip(np.linalg.eigvalsh(moment), 0.0, None))
    return float(np.divide(first, second)), float(np.divide(second, third))


def _known(rows: Floats) -> Floats:
    return np.asarray(rows[np.isfinite(rows).reshape(len(rows), -1).all(axis=1)])


def _normal(
    method: str,
    interval: Interval,
    n: Floats,
    covariance: Floats,
    speed: tuple[float, float],
    quality: dict[str, float],
    reason: str,
    points: int,
) -> Normal:
    across = np.eye(3) - np.outer(n, n)
    covariance = across @ covariance @ across
    # along a normal that is tilted the boundary has less speed, by 1 - cos(tilt)
    tilted = (speed[0] - float(n @ interval.v_sc_km_s)) * float(np.trace(covariance)) / 2
    return Normal(
        method,
        None,
        n,
        covariance,
        start=interval.start,
        stop=interval.stop,
        speed_km_s=speed[0],
        speed_error_km_s=float(np.hypot(speed[1], tilted)),
        points=points,
        quality=quality,
        reliable=not reason,
        reason=reason,
    )
