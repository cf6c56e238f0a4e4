"""Lines of a million points with as many as the paper can show: no spike is lost, no gap is bridged."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from magnetoflow.figures.style import MM
from magnetoflow.figures.time_axis import day_number

Floats = NDArray[np.float64]
DOTS_PER_INCH = 300
GAP = 1.5
"""Samples further apart than this many median steps are not joined."""


def envelope(x: Floats, y: Floats, bins: int) -> tuple[Floats, Floats]:
    """Thin a line to the first, last, smallest and largest point of each bin of x.

    Parameters
    ----------
    x : (point,) ndarray
        Not falling, finite.
    y : (point,) ndarray
        NaN where missing.
    bins : int
        Bins of equal width; one for each column of pixels, or more.

    Returns
    -------
    x, y : (kept,) ndarray
        Points of the input in their order, with a NaN wherever a bin holds one; all of them where there are
        fewer than five for each bin.

    References
    ----------
    Jugel et al. 2014, doi:10.14778/2732951.2732953: the picture of these points is that of all.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    if len(x) < 5 * bins or x[-1] <= x[0]:
        return x, y
    place = np.minimum(((x - x[0]) * (bins / (x[-1] - x[0]))).astype(np.int64), bins - 1)
    known = np.flatnonzero(np.isfinite(y))
    lost = np.flatnonzero(np.isnan(y))
    kept = [lost[_starts(place[lost])]]
    if len(known):
        begin = _starts(place[known])
        values, count = y[known], np.diff(np.append(begin, len(known)))
        kept += [known[begin], known[begin + count - 1]]
        for extreme in (np.minimum, np.maximum):
            equal = np.flatnonzero(values == np.repeat(extreme.reduceat(values, begin), count))
            kept.append(known[equal[_starts(place[known[equal]])]])
    rows = np.unique(np.concatenate(kept))
    return x[rows], y[rows]


def _starts(place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows at which a new bin begins."""
    return np.flatnonzero(np.diff(place, prepend=-1))


def broken(time: NDArray[np.datetime64], values: Floats) -> tuple[Floats, Floats]:
    """Days and values with a NaN in each gap, so that no line joins its sides.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64[ns]
        Increasing.
    values : (sample,) ndarray
    """
    days = day_number(time)
    if len(time) < 3:
        return days, values
    step = np.diff(time).astype(np.int64)
    after = np.flatnonzero(step > GAP * np.median(step)) + 1
    return np.insert(days, after, days[after - 1]), np.insert(values, after, np.nan)


def draw_envelope(
    axes: Axes, time: NDArray[np.datetime64], values: Floats, width_mm: float, **look: Any
) -> None:
    """Draw a series as a line that stops at gaps and missing values; a sample alone is a dot.

    Parameters
    ----------
    axes : Axes
        Its x axis is in days, see :func:`magnetoflow.figures.time_axis.day_number`.
    time : (sample,) ndarray of datetime64[ns]
        Increasing.
    values : (sample,) ndarray
    width_mm : float [mm]
        Of the figure; sets how many points are drawn.
    **look
        For ``Axes.plot``.
    """
    if len(time) == 0:
        return
    days, shown = envelope(*broken(time, values), max(1, round(width_mm * MM * DOTS_PER_INCH)))
    line = axes.plot(days, shown, **{"linewidth": 0.7, **look})[0]
    known = np.isfinite(shown)
    lone = known & ~np.concatenate([[False], known[:-1]]) & ~np.concatenate([known[1:], [False]])
    if lone.any():
        dots: dict[str, Any] = {"color": line.get_color(), "markersize": 2.0, "zorder": line.get_zorder()}
        axes.plot(days[lone], shown[lone], ".", **dots)
