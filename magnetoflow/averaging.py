"""Bring a series to other times: means of bins, or linear interpolation; never across a gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
GAP = 1.5
"""Times further apart than this many cadences have a gap between them."""


def bin_average(
    time: Times,
    values: Floats,
    centres: Times,
    *,
    cadence_s: float,
    spacing_s: float | None = None,
    min_fill: float = 0.5,
) -> Floats:
    """Mean of the samples nearest to each of other times.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64[ns]
        Strictly increasing.
    values : (sample, ...) ndarray
        NaN where missing.
    centres : (bin,) ndarray of datetime64[ns]
        Strictly increasing. Bins are half open and end halfway between neighbours; at a gap and at the ends
        they end half a cadence off.
    cadence_s : float [s]
        Of `centres`.
    spacing_s : float, optional [s]
        Of `time`; the median step by default.
    min_fill : float
        A bin with a smaller share of the samples that it should hold is missing.

    Returns
    -------
    (bin, ...) ndarray of float64
        NaN where missing; each component by itself.

    Notes
    -----
    One pass: the cost grows with samples plus bins. Each bin is summed alone, so that far larger values
    elsewhere take no digits.
    """
    result = np.full((len(centres), *values.shape[1:]), np.nan)
    if len(time) == 0 or len(centres) == 0:
        return result
    lower, upper = _edges(centres, cadence_s)
    at = time.astype("datetime64[ns]").astype(np.int64)
    spacing = spacing_s or (float(np.median(np.diff(at))) / 1e9 if len(at) > 1 else cadence_s)
    rows = np.column_stack([np.searchsorted(at, lower), np.searchsorted(at, upper)]).ravel()
    good = np.isfinite(values)
    total = _sums(np.where(good, values, 0.0), rows)
    count = _sums(good.astype(np.float64), rows)
    expected = (upper - lower) / 1e9 / spacing
    shape = (-1, *[1] * (values.ndim - 1))
    enough = (count >= 1) & (count >= min_fill * expected.reshape(shape))
    np.divide(total, count, out=result, where=enough)
    return result


def _edges(centres: Times, cadence_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Begin and end of each bin [ns]."""
    at = centres.astype("datetime64[ns]").astype(np.int64)
    half = round(cadence_s * 5e8)
    middle = at[:-1] + np.diff(at) // 2
    gap = np.diff(at) > GAP * cadence_s * 1e9
    lower, upper = at - half, at + half
    lower[1:] = np.where(gap, lower[1:], middle)
    upper[:-1] = np.where(gap, upper[:-1], middle)
    return lower, upper


def _sums(values: Floats, rows: NDArray[np.int64]) -> Floats:
    """Sum between rows; `rows` holds begin and end of each bin by turns."""
    padded = np.concatenate([values, np.zeros((1, *values.shape[1:]))])  # an end may lie behind the last row
    total = np.add.reduceat(padded, rows, axis=0)[::2]
    total[rows[::2] == rows[1::2]] = 0.0  # reduceat gives the row itself where begin and end are one
    return np.asarray(total)


def interpolate(time: Times, values: Floats, centres: Times, *, max_gap_s: float) -> Floats:
    """Interpolate linearly between neighbouring samples.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64[ns]
        Strictly increasing.
    values : (sample, ...) ndarray
        NaN where missing.
    centres : (point,) ndarray of datetime64[ns]
    max_gap_s : float [s]
        Between samples further apart nothing is filled in.

    Returns
    -------
    (point, ...) ndarray of float64
        NaN before the first and after the last sample, in gaps, and beside a missing sample.
    """
    result = np.full((len(centres), *values.shape[1:]), np.nan)
    if len(time) == 0 or len(centres) == 0:
        return result
    at = time.astype("datetime64[ns]").astype(np.int64)
    wanted = centres.astype("datetime64[ns]").astype(np.int64)
    left = np.clip(np.searchsorted(at, wanted, side="right") - 1, 0, len(at) - 1)
    right = np.minimum(left + 1, len(at) - 1)
    step, offset = at[right] - at[left], wanted - at[left]
    exact = offset == 0
    inside = (offset > 0) & (offset < step) & (step <= round(max_gap_s * 1e9))
    weight = (offset[inside] / step[inside]).reshape(-1, *[1] * (values.ndim - 1))
    first, second = values[left[inside]], values[right[inside]]
    result[inside] = first + weight * (second - first)
    result[exact] = values[left[exact]]
    return result
