"""Fit of sin^n a (1 - d exp(-((a - 90)/w)^2)) to single distributions: the loops, compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from magnetoflow.compiled import compiled

NEAR = 1e-4
"""A step that is shorter in ln level, n and d is the last."""


@compiled
def _anisotropy(integrals: Any, place: int, rest: float, step: float, d: float) -> tuple[float, float, float]:
    """Anisotropy of the curve, and its derivatives by n and d."""
    value, rise = np.empty(4), np.empty(4)
    for i in range(4):
        gap = integrals[i, place + 1] - integrals[i, place]
        value[i], rise[i] = integrals[i, place] + rest * gap, gap / step
    below = value[2] - d * value[3]
    ratio = (value[0] - d * value[1]) / (2 * below)
    by_n = ((rise[0] - d * rise[1]) / 2 - ratio * (rise[2] - d * rise[3])) / below
    return ratio - 1, by_n, (-value[1] / 2 + ratio * value[3]) / below


@compiled
def _inverse(a: Any, out: Any) -> float:
    """Inverse of a symmetric 3 x 3 matrix, and its determinant."""
    out[0, 0] = a[1, 1] * a[2, 2] - a[1, 2] * a[1, 2]
    out[0, 1] = a[0, 2] * a[1, 2] - a[0, 1] * a[2, 2]
    out[0, 2] = a[0, 1] * a[1, 2] - a[0, 2] * a[1, 1]
    out[1, 1] = a[0, 0] * a[2, 2] - a[0, 2] * a[0, 2]
    out[1, 2] = a[0, 1] * a[0, 2] - a[0, 0] * a[1, 2]
    out[2, 2] = a[0, 0] * a[1, 1] - a[0, 1] * a[0, 1]
    determinant = a[0, 0] * out[0, 0] + a[0, 1] * out[0, 1] + a[0, 2] * out[0, 2]
    for j in range(3):
        for k in range(j, 3):
            out[j, k] /= determinant
            out[k, j] = out[j, k]
    return float(determinant)


@compiled
def _mix(log_weight: Any, value: Any, variance: Any, curves: Any, mean: Any, spread: Any, mixed: Any) -> None:
    """Mean and standard deviation over the widths, and mean curve."""
    most, total = -1e300, 0.0
    for w in range(len(log_weight)):
        most = max(most, log_weight[w])
    for w in range(len(log_weight)):
        total += math.exp(log_weight[w] - most)
    for w in range(len(log_weight)):
        chance = math.exp(log_weight[w] - most) / total
        for i in range(len(mean)):
            mean[i] += chance * value[w, i]
            spread[i] += chance * (variance[w, i] + value[w, i] * value[w, i])
        for a in range(len(mixed)):
            mixed[a] += chance * curves[w, a]
    for i in range(len(mean)):
        spread[i] = math.sqrt(max(spread[i] - mean[i] * mean[i], 0.0))


@compiled
def fit_rows(
    x: Any,
    seen: Any,
    fixed: Any,
    rising: Any,
    log_sine: Any,
    dips: Any,
    integrals: Any,
    grid: Any,
    prior: Any,
    centre: Any,
    largest: Any,
    low: Any,
    high: Any,
    relative_error: float,
    steps: Any,
) -> tuple[Any, Any, Any]:
    """Fit ln level, n and d of each row with each width of the dip, and average over the widths.

    Parameters
    ----------
    x, fixed, rising : (m, angle) ndarray
        Values relative to their mean; variance that does not depend on the curve, and that per value of it.
    seen : (m, angle) ndarray of bool
    log_sine : (grid, angle) ndarray
        Ln of the mean of sin^n over each bin.
    dips : (width, angle) ndarray
        Mean of the dip over each bin.
    integrals : (width, 4, grid) ndarray
        Of sin^n times sin^3 and cos^2 sin, without and with the dip.
    grid : (grid,) ndarray
        Values of n, evenly spaced.
    prior, centre, largest, low, high : (3,) ndarray
        Precision and mean of the prior, longest step, and limits of ln level, n and d.
    relative_error : float
    steps : (width,) ndarray of int
        Gauss-Newton steps.

    Returns
    -------
    mean, spread : (m, 4) ndarray
        Of n, d, anisotropy and ln of the value at 90 degrees.
    curve : (m, angle) ndarray
    """
    rows, angles = x.shape
    widths = len(dips)
    step = grid[1] - grid[0]
    mean, spread, mixed = np.zeros((rows, 4)), np.zeros((rows, 4)), np.zeros((rows, angles))
    value, variance = np.empty((widths, 4)), np.empty((widths, 4))
    weight, curves = np.empty(widths), np.empty((widths, angles))
    theta, normal, inverse, right = np.empty(3), np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    slope = np.empty(3)
    for m in range(rows):
        theta[0], theta[1], theta[2] = 0.2, 1.0, 0.0
        for w in range(widths):
            rounds, done = 0, False
            while True:
                exact = (theta[1] - grid[0]) / step
                place = min(int(exact), len(grid) - 2)
                rest = exact - place
                log_weight = 0.0
                for j in range(3):
                    right[j] = prior[j] * (centre[j] - theta[j])
                    log_weight -= 0.5 * prior[j] * (theta[j] - centre[j]) ** 2
                    for k in range(3):
                        normal[j, k] = 0.0
                    normal[j, j] = prior[j]
                for a in range(angles):
                    gap = log_sine[place + 1, a] - log_sine[place, a]
                    sine = math.exp(theta[0] + log_sine[place, a] + rest * gap)
                    curve = sine * (1 - theta[2] * dips[w, a])
                    curves[w, a] = curve
                    if not seen[m, a]:
                        continue
                    spread_2 = fixed[m, a] + rising[m, a] * curve + (relative_error * curve) ** 2
                    spread_2 = max(spread_2, 1e-12)
                    slope[0], slope[1], slope[2] = curve, curve * gap / step, -sine * dips[w, a]
                    left = x[m, a] - curve
                    log_weight -= 0.5 * (left * left / spread_2 + math.log(spread_2))
                    for j in range(3):
                        right[j] += slope[j] * left / spread_2
                        for k in range(3):
                            normal[j, k] += slope[j] * slope[k] / spread_2
                determinant = _inverse(normal, inverse)
                if done or rounds == steps[w]:
                    break
                rounds, done = rounds + 1, True
                for j in range(3):
                    move = 0.0
                    for k in range(3):
                        move += inverse[j, k] * right[k]
                    done = done and abs(move) < NEAR
                    move = min(max(move, -largest[j]), largest[j])
                    theta[j] = min(max(theta[j] + move, low[j]), high[j])
            weight[w] = log_weight - 0.5 * math.log(determinant)
            d = theta[2]
            value[w, 0], variance[w, 0] = theta[1], inverse[1, 1]
            value[w, 1], variance[w, 1] = d, inverse[2, 2]
            value[w, 2], by_n, by_d = _anisotropy(integrals[w], place, rest, step, d)
            variance[w, 2] = by_n * by_n * inverse[1, 1] + by_d * by_d * inverse[2, 2]
            variance[w, 2] += 2 * by_n * by_d * inverse[1, 2]
            at = -1 / (1 - d)
            value[w, 3] = theta[0] + math.log(1 - d)
            variance[w, 3] = inverse[0, 0] + at * at * inverse[2, 2] + 2 * at * inverse[0, 2]
        _mix(weight, value, variance, curves, mean[m], spread[m], mixed[m])
    return mean, spread, mixed
