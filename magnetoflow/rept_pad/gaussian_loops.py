"""Loops over records and Gaussian classes where each record has an error covariance of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-9
"""A record adds nothing to the sums of a class to which it belongs with a smaller probability."""


@compiled
def densities(
    values: Floats, errors: Floats, log_weights: Floats, means: Floats, spreads: Floats
) -> tuple[Floats, Floats]:
    """Log of weight times density, and squared Mahalanobis distance, of each record in each class.

    Parameters
    ----------
    values : (n, q) ndarray [1]
    errors : (n, q, q) or (1, q, q) ndarray
        Error covariance of each record, or one for all.
    log_weights : (k,) ndarray
    means, spreads : (k, q), (k, q, q) ndarray

    Returns
    -------
    log_density, squared_distance : (n, k) ndarray
    """
    n, q = values.shape
    k = len(means)
    own = 1 if len(errors) > 1 else 0
    logs, squares = np.empty((n, k)), np.empty((n, k))
    root, y = np.empty((q, q)), np.empty(q)
    constant = 0.5 * q * np.log(2.0 * np.pi)
    for i in range(n):
        for j in range(k):
            half_log_det, square = 0.0, 0.0
            for a in range(q):
                for b in range(a + 1):
                    total = spreads[j, a, b] + errors[i * own, a, b]
                    for c in range(b):
                        total -= root[a, c] * root[b, c]
                    root[a, b] = np.sqrt(total) if a == b else total / root[b, b]
                part = values[i, a] - means[j, a]
                for c in range(a):
                    part -= root[a, c] * y[c]
                y[a] = part / root[a, a]
                square += y[a] * y[a]
                half_log_det += np.log(root[a, a])
            squares[i, j] = square
            logs[i, j] = log_weights[j] - half_log_det - 0.5 * square - constant
    return logs, squares


@compiled
def expectation(
    values: Floats, errors: Floats, log_weights: Floats, means: Floats, spreads: Floats
) -> tuple[float, Floats, Floats, Floats, Floats]:
    """Add up over the records what one step of extreme deconvolution needs.

    With T = spread + error and u = T^-1 (value - mean): responsibilities, u, u u' and T^-1, each weighted by
    the responsibility (Bovy et al. 2011, doi:10.1214/10-AOAS439, eq. 16, with the spread taken out).

    Parameters
    ----------
    values, errors, log_weights, means, spreads
        As for :func:`densities`.

    Returns
    -------
    log_likelihood : float
    total : (k,) ndarray
    first : (k, q) ndarray
    second, inverse : (k, q, q) ndarray
    """
    n, q = values.shape
    k = len(means)
    own = 1 if len(errors) > 1 else 0
    total, first = np.zeros(k), np.zeros((k, q))
    second, inverse = np.zeros((k, q, q)), np.zeros((k, q, q))
    roots, ys, logs = np.zeros((k, q, q)), np.empty((k, q)), np.empty(k)
    u, lower = np.empty(q), np.zeros((q, q))
    constant = 0.5 * q * np.log(2.0 * np.pi)
    likelihood = 0.0
    for i in range(n):
        highest = -np.inf
        for j in range(k):
            log_density = log_weights[j] - constant
            for a in range(q):
                for b in range(a + 1):
                    entry = spreads[j, a, b] + errors[i * own, a, b]
                    for c in range(b):
                        entry -= roots[j, a, c] * roots[j, b, c]
                    roots[j, a, b] = np.sqrt(entry) if a == b else entry / roots[j, b, b]
                part = values[i, a] - means[j, a]
                for c in range(a):
                    part -= roots[j, a, c] * ys[j, c]
                ys[j, a] = part / roots[j, a, a]
                log_density -= 0.5 * ys[j, a] * ys[j, a] + np.log(roots[j, a, a])
            logs[j] = log_density
            highest = max(highest, log_density)
        norm = 0.0
        for j in range(k):
            norm += np.exp(logs[j] - highest)
        norm = highest + np.log(norm)
        likelihood += norm
        for j in range(k):
            share = np.exp(logs[j] - norm)
            if share < NEGLIGIBLE:
                continue
            total[j] += share
            root = roots[j]
            for a in range(q):  # lower triangle of the inverse of the root
                lower[a, a] = 1.0 / root[a, a]
                for b in range(a):
                    entry = 0.0
                    for c in range(b, a):
                        entry -= root[a, c] * lower[c, b]
                    lower[a, b] = entry / root[a, a]
            for a in range(q):
                entry = 0.0
                for c in range(a, q):
                    entry += lower[c, a] * ys[j, c]
                u[a] = entry
            for a in range(q):
                first[j, a] += share * u[a]
                for b in range(a + 1):
                    entry = 0.0
                    for c in range(a, q):
                        entry += lower[c, a] * lower[c, b]
                    inverse[j, a, b] += share * entry
                    second[j, a, b] += share * u[a] * u[b]
    for j in range(k):
        for a in range(q):
            for b in range(a):
                inverse[j, b, a] = inverse[j, a, b]
                second[j, b, a] = second[j, a, b]
    return likelihood, total, first, second, inverse
