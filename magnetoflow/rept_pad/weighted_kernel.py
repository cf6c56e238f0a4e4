"""Scores of single records by their counts: the loops, compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled

Floats = NDArray[np.float64]

STEPS, LIMIT, NEAR = 25, 1.5, 1e-3


@compiled
def _amplitude(counts: Any, background: Any, exposure: Any, curve: Any) -> float:  # one energy
    above, expected = 0.0, 0.0
    for angle in range(len(counts)):
        if math.isfinite(counts[angle]):
            above += counts[angle] - background[angle] * exposure[angle]
            expected += exposure[angle] * math.exp(curve[angle])
    return math.log(max(above, 1.0) / max(expected, 1e-300))


@compiled
def _invert(matrix: Any, inverse: Any) -> None:  # Gauss-Jordan; positive definite, so no pivots are sought
    size = len(matrix)
    for row in range(size):
        for column in range(size):
            inverse[row, column] = 1.0 if row == column else 0.0
    for pivot in range(size):
        scale = 1.0 / matrix[pivot, pivot]
        for column in range(size):
            matrix[pivot, column] *= scale
            inverse[pivot, column] *= scale
        for row in range(size):
            factor = matrix[row, pivot]
            if row == pivot or factor == 0.0:
                continue
            for column in range(size):
                matrix[row, column] -= factor * matrix[pivot, column]
                inverse[row, column] -= factor * inverse[pivot, column]


@compiled
def solve(
    counts: Any,
    exposure: Any,
    background: Any,
    signal: Any,
    group: Any,
    mean: Any,
    components: Any,
    floor: float,
    prior: float,
) -> tuple[Any, Any, Any, Any, Any]:
    """Find scores, their covariance and what the fit leaves, record by record.

    Expected counts of a bin are background + exposure exp(c + mean + components . z), with c, the level of
    the energy, free. Scores z are the mode of the Poisson likelihood times a normal prior (Fisher's scoring),
    with weights 1 / (total / net^2 + floor^2), so that a bin with many counts is trusted to `floor` at best.

    Parameters
    ----------
    counts, exposure : (n, energy, angle) ndarray
        Missing counts are NaN.
    background : (energy, angle) ndarray
        Per unit of exposure.
    signal : (n, energy) ndarray of bool
    group : (n,) ndarray of int
        Which of the mapped means and components holds for a record.
    mean : (group, energy, angle) ndarray
    components : (group, q, energy, angle) ndarray
    floor : float
    prior : float
        Precision of the prior of each score.

    Returns
    -------
    values : (n, q) ndarray
    covariance : (n, q, q) ndarray
    weight : (n, energy, angle) ndarray
        Inverse variance of ln(net counts); 0 where a bin says nothing.
    left : (n, energy, angle) ndarray
        Net counts over their expectation, less 1.
    level : (n, energy) ndarray
        c; NaN without signal.
    """
    n, energies, angles = counts.shape
    q = components.shape[1]
    values = np.zeros((n, q))
    covariance = np.zeros((n, q, q))
    weight = np.zeros((n, energies, angles))
    left = np.zeros((n, energies, angles))
    level = np.empty((n, energies))
    level[:] = np.nan
    z, slope, step = np.empty(q), np.empty(q), np.empty(q)
    matrix, along = np.empty((q, q)), np.empty(q)
    shift, tie = np.empty(energies), np.empty((energies, q))
    for record in range(n):
        z[:] = 0.0
        of, by = mean[group[record]], components[group[record]]
        for energy in range(energies):
            if signal[record, energy]:
                level[record, energy] = _amplitude(
                    counts[record, energy], background[energy], exposure[record, energy], of[energy]
                )
        for _step in range(STEPS):
            for one in range(q):
                slope[one] = -prior * z[one]
                for other in range(q):
                    matrix[one, other] = 0.0
            for energy in range(energies):
                if not signal[record, energy]:
                    continue
                total, first = 0.0, 0.0
                along[:] = 0.0
                shift[energy] = 0.0
                tie[energy] = 0.0
                for angle in range(angles):
                    got = counts[record, energy, angle]
                    if not math.isfinite(got):
                        continue
                    curve = level[record, energy] + of[energy, angle]
                    for one in range(q):
                        curve += by[one, energy, angle] * z[one]
                    net = exposure[record, energy, angle] * math.exp(min(max(curve, -60.0), 60.0))
                    net = max(net, 1e-12)
                    behind = background[energy, angle] * exposure[record, energy, angle]
                    w = 1.0 / ((net + behind) / (net * net) + floor * floor)
                    over = (got - net - behind) / net
                    weight[record, energy, angle] = w
                    left[record, energy, angle] = over
                    total += w
                    first += w * over
                    for one in range(q):
                        wa = w * by[one, energy, angle]
                        along[one] += wa
                        slope[one] += wa * over
                        for other in range(one + 1):
                            matrix[one, other] += wa * by[other, energy, angle]
                if total <= 0.0:
                    continue
                shift[energy] = first / total
                for one in range(q):
                    tie[energy, one] = along[one] / total
                    slope[one] -= along[one] * first / total
                    for other in range(one + 1):
                        matrix[one, other] -= along[one] * along[other] / total
            for one in range(q):
                matrix[one, one] += prior
                for other in range(one):
                    matrix[other, one] = matrix[one, other]
            _invert(matrix, covariance[record])
            reach = 0.0
            for one in range(q):
                step[one] = 0.0
                for other in range(q):
                    step[one] += covariance[record, one, other] * slope[other]
                reach = max(reach, abs(step[one]))
            for energy in range(energies):
                if signal[record, energy]:
                    for one in range(q):
                        shift[energy] -= tie[energy, one] * step[one]
                    reach = max(reach, abs(shift[energy]))
            brake = min(1.0, LIMIT / max(reach, 1e-12))
            for one in range(q):
                z[one] += brake * step[one]
            for energy in range(energies):
                if signal[record, energy]:
                    level[record, energy] += brake * shift[energy]
            if reach < NEAR:
                break
        for one in range(q):
            values[record, one] = z[one]
    return values, covariance, weight, left, level


@compiled
def _product(left: Any, right: Any, out: Any) -> None:
    for row in range(left.shape[0]):
        for column in range(right.shape[1]):
            total = 0.0
            for one in range(left.shape[1]):
                total += left[row, one] * right[one, column]
            out[row, column] = total


@compiled
def normal_equations(
    weight: Any, left: Any, values: Any, covariance: Any, group: Any, maps: Any, curves: Any
) -> tuple[Any, Any]:
    """Sum the equations of one step towards better curves (mean and components), each energy by itself.

    Parameters
    ----------
    weight, left : (n, energy, angle) ndarray
        As :func:`solve` gives them.
    values : (n, q) ndarray
    covariance : (n, q, q) ndarray
    group : (n,) ndarray of int
    maps : (group, angle, node) ndarray
    curves : (energy, node, 1 + q) ndarray
        Present mean and components.

    Returns
    -------
    matrix : (energy, node (1 + q), node (1 + q)) ndarray
        The lower triangle by nodes and curves is filled, the rest by symmetry.
    slope : (energy, node (1 + q)) ndarray
    """
    n, energies, angles = weight.shape
    nodes = maps.shape[2]
    size = values.shape[1] + 1
    matrix = np.zeros((energies, nodes * size, nodes * size))
    slope = np.zeros((energies, nodes * size))
    state, error, moment = np.ones(size), np.zeros((size, size)), np.empty((size, size))
    once, gap, tied = np.empty(nodes), np.empty(nodes), np.empty((nodes, nodes))
    bent, pull = np.empty((nodes, size)), np.empty((nodes, size))
    for record in range(n):
        seen = maps[group[record]]
        for one in range(1, size):
            state[one] = values[record, one - 1]
            for two in range(1, size):
                error[one, two] = covariance[record, one - 1, two - 1]
        for one in range(size):
            for two in range(size):
                moment[one, two] = error[one, two] + state[one] * state[two]
        for energy in range(energies):
            total, first = 0.0, 0.0
            for angle in range(angles):
                total += weight[record, energy, angle]
                first += weight[record, energy, angle] * left[record, energy, angle]
            if total <= 0.0:
                continue
            first /= total
            once[:] = 0.0
            gap[:] = 0.0
            tied[:] = 0.0
            for angle in range(angles):
                w = weight[record, energy, angle]
                if w <= 0.0:
                    continue
                over = w * (left[record, energy, angle] - first)
                for node in range(nodes):
                    part = seen[angle, node]
                    if part == 0.0:
                        continue
                    once[node] += w * part
                    gap[node] += over * part
                    for other in range(node + 1):
                        tied[node, other] += w * part * seen[angle, other]
            for node in range(nodes):
                for other in range(node + 1):
                    tied[node, other] -= once[node] * once[other] / total
                    tied[other, node] = tied[node, other]
            _product(curves[energy], error, bent)
            _product(tied, bent, pull)
            for node in range(nodes):
                for one in range(size):
                    at = node * size + one
                    slope[energy, at] += gap[node] * state[one] - pull[node, one]
                    for other in range(node + 1):
                        to = other * size
                        for two in range(size):
                            matrix[energy, at, to + two] += tied[node, other] * moment[one, two]
    for energy in range(energies):
        for row in range(nodes * size):
            for column in range(row + 1, nodes * size):
                matrix[energy, row, column] = matrix[energy, column, row]
    return matrix, slope
