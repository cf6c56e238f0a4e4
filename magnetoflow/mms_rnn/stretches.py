"""Mean of a quantity that several spacecraft saw over an event, with its error.

Samples 30 ms apart are not independent, nor are spacecraft a few tens of km apart: medians of long stretches
are averaged, and the spread of stretches and that of spacecraft make the error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Column = tuple[NDArray[np.datetime64], Floats]
"""Times and values of one spacecraft."""
OUTLIER = 4.0
"""Medians farther from that of all, in robust standard deviations, are left out."""


def medians(columns: Sequence[Column], stretches: int) -> Floats:
    """Medians by spacecraft and stretch; stretches hold about equal numbers of samples.

    Parameters
    ----------
    columns : sequence of (time, values)
        By spacecraft; NaN where missing; at least one value.
    stretches : int

    Returns
    -------
    (spacecraft, stretch) ndarray
        NaN where a spacecraft has nothing, and for outliers.
    """
    held = [time[np.isfinite(values)].astype(np.int64) for time, values in columns]
    times = np.sort(np.concatenate(held))
    edges = times[np.linspace(0, len(times) - 1, stretches + 1).astype(int)[1:-1]]
    table = np.full((len(columns), stretches), np.nan)
    for row, (time, values) in enumerate(columns):
        stretch = np.searchsorted(edges, time.astype(np.int64), side="right")
        for column in range(stretches):
            part = values[(stretch == column) & np.isfinite(values)]
            if len(part):
                table[row, column] = np.median(part)
    return _without_outliers(table)


def _without_outliers(table: Floats) -> Floats:
    """Blank out what lies far from the median."""
    distance = np.abs(table - np.nanmedian(table))
    spread = 1.4826 * np.nanmedian(distance)
    return np.where(distance <= OUTLIER * spread, table, np.nan) if spread > 0 else table


def clustered_mean(table: Floats) -> tuple[float, float]:
    """Mean of a table whose rows and whose columns each share an error of their own.

    Parameters
    ----------
    table : (spacecraft, stretch) ndarray
        NaN where missing.

    Returns
    -------
    mean, error : float
        The error sums the variances of the means over rows and over columns less that over single cells, and
        is widened by Student's t to hold the truth in 68 %. One row, or one column, has no spread of its own;
        a single cell has no error (NaN).

    References
    ----------
    Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29, 238, doi:10.1198/jbes.2010.07136, eq. 2.11.
    """
    residual = table - np.nanmean(table)
    number = int(np.isfinite(table).sum())
    rows, row_freedom = _cluster_variance(residual, number, 1)
    columns, column_freedom = _cluster_variance(residual, number, 0)
    if number < 2:
        return float(np.nanmean(table)), float("nan")
    cells = float(np.nansum(residual**2)) / (number * (number - 1))
    variance = max(rows + columns - cells, cells)
    if variance == 0:
        return float(np.nanmean(table)), 0.0
    parts = [(rows, row_freedom), (columns, column_freedom)]
    inverse = sum(part**2 / freedom for part, freedom in parts if freedom)
    freedom = max(variance**2 / inverse if inverse else float(number - 1), 1.0)
    return float(np.nanmean(table)), float(np.sqrt(variance)) * _student(freedom)


def _cluster_variance(residual: Floats, number: int, axis: int) -> tuple[float, int]:
    """Variance of the mean from sums over one axis, and its degrees of freedom; none for one cluster."""
    clusters = int(np.isfinite(residual).any(axis=axis).sum())
    if clusters < 2:
        return 0.0, 0
    sums = np.nansum(residual, axis=axis)
    return float(np.sum(sums**2)) / number**2 * clusters / (clusters - 1), clusters - 1


def _student(freedom: float) -> float:
    """Half width of the central 68 % of Student's t (Abramowitz & Stegun 1964, eq. 26.7.5, at one sigma)."""
    return 1 + 1 / (2 * freedom) + 1 / (4 * freedom**2) + 1 / (16 * freedom**3)
