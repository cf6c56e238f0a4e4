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
HIGHEST_CORRELATION = 0.8
"""Of neighbouring stretches; so few do not tell higher ones."""


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
    """Average a table whose rows and whose columns each share an error of their own.

    Parameters
    ----------
    table : (spacecraft, stretch) ndarray
        Stretches in order of time; NaN where missing.

    Returns
    -------
    mean, error : float
        The variance is that of the means of rows, plus that of the means of columns, less what both hold of
        the noise of single cells. That of columns is raised for neighbours that resemble each other, and the
        error by Student's t to hold the truth in 68 %. Where there is one cell the error is NaN.

    References
    ----------
    Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29, 238, doi:10.1198/jbes.2010.07136, section 2.
    """
    mean, number = float(np.nanmean(table)), int(np.isfinite(table).sum())
    if number < 2:
        return mean, float("nan")
    residual = table - mean
    rows, row_freedom = _cluster_variance(residual, 1)
    columns, column_freedom = _cluster_variance(residual, 0)
    inflation = _inflation(residual)
    cells = _cell_variance(residual) / number
    variance = max(rows + inflation * (columns - cells), cells)
    parts = [(rows, float(row_freedom)), (inflation * columns, max(column_freedom / inflation, 1.0))]
    inverse = sum(part**2 / freedom for part, freedom in parts if part > 0)
    if variance == 0 or inverse == 0:
        return mean, 0.0
    return mean, float(np.sqrt(variance)) * _student(max(variance**2 / inverse, 1.0))


def _means(residual: Floats, axis: int) -> Floats:
    """Means over one axis, of the clusters that hold anything."""
    held = np.isfinite(residual).any(axis=axis)
    return np.asarray(np.nanmean(residual[held] if axis == 1 else residual[:, held], axis=axis))


def _cell_variance(residual: Floats) -> float:
    """Variance of what remains of the cells without means of rows and columns."""
    held = residual[np.isfinite(residual).any(axis=1)][:, np.isfinite(residual).any(axis=0)]
    freedom = (held.shape[0] - 1) * (held.shape[1] - 1)
    if freedom == 0:
        return 0.0
    rest = held - _means(held, 1)[:, None] - _means(held, 0)
    return float(np.nansum(rest**2) / freedom)


def _inflation(residual: Floats) -> float:
    """Factor for the variance of a mean of stretches that resemble their neighbours, as in an AR(1) process.

    The correlation of so few is found too small, by about (1 + 3 rho)/n, which is added (Marriott & Pope
    1954, doi:10.1093/biomet/41.3-4.390).
    """
    means = _means(residual, 0)
    total = float(np.sum(means**2))
    if len(means) < 3 or total == 0:
        return 1.0
    found = float(np.sum(means[1:] * means[:-1])) / total
    correlation = np.clip(found + (1 + 3 * found) / len(means), 0.0, HIGHEST_CORRELATION)
    return float((1 + correlation) / (1 - correlation))


def _cluster_variance(residual: Floats, axis: int) -> tuple[float, int]:
    """Variance of the mean from sums over one axis, and its degrees of freedom; none for one cluster."""
    clusters = int(np.isfinite(residual).any(axis=axis).sum())
    if clusters < 2:
        return 0.0, 0
    sums, number = np.nansum(residual, axis=axis), int(np.isfinite(residual).sum())
    return float(np.sum(sums**2)) / number**2 * clusters / (clusters - 1), clusters - 1


def _student(freedom: float) -> float:
    """Half width of the central 68 % of Student's t (Abramowitz & Stegun 1964, eq. 26.7.5, at one sigma)."""
    return 1 + 1 / (2 * freedom) + 1 / (4 * freedom**2) + 1 / (16 * freedom**3)
