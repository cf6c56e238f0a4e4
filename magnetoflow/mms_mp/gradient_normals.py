"""Normal and speed of a boundary from gradients over an interval, with errors from what does not fit."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.gradient_interval import Interval, change_of, long_run, triples
from magnetoflow.mms_mp.normals import Normal, outward

EDGE = 0.005
"""Share of the squared current left out at either end of its integral."""


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
    of_change = np.trace(interval.noise.variance(change_of(slope, interval.step_s))) / 4
    error = np.sqrt(max(float(misfit[0, 0]), float(of_gradient + of_change))) / size
    correlation = -np.nansum(slope * change) / np.sqrt(np.nansum(slope**2) * np.nansum(change**2))
    return float(relative + n @ interval.v_sc_km_s), float(error), float(correlation)


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
