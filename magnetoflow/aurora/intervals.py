"""Intervals of pulsating aurora from smoothed probabilities of one site."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.frames import CADENCE_S
from magnetoflow.errors import VariableError

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class IntervalOptions:
    """How intervals are made.

    Attributes
    ----------
    threshold : float
        Least probability of pulsating aurora.
    min_length_s : float [s]
        Shorter intervals are dropped, after merging.
    merge_break_s : float [s]
        Frames below the threshold for at most this long do not divide an interval.
    max_gap_s : float [s]
        A longer time without frames always divides.
    cadence_s : float [s]
        Time that one frame stands for.
    """

    threshold: float = 0.5
    min_length_s: float = 120.0
    merge_break_s: float = 60.0
    max_gap_s: float = 60.0
    cadence_s: float = CADENCE_S


@dataclass(frozen=True)
class PulsatingInterval:
    """A stay of pulsating aurora in the sky of one site.

    Attributes
    ----------
    start, stop : datetime64[ns]
        UTC, half open: `stop` is one cadence after the last frame.
    confidence : float
        Mean probability of its frames: the expected share of them that is pulsating.
    frames : int
    gap_share : float
        Share of the interval without frames.
    """

    start: np.datetime64
    stop: np.datetime64
    confidence: float
    frames: int
    gap_share: float


def pulsating_intervals(
    time: ArrayLike, probability: ArrayLike, options: IntervalOptions | None = None
) -> list[PulsatingInterval]:
    """Find intervals of pulsating aurora.

    Parameters
    ----------
    time : (frame,) array_like of datetime64 [UTC]
        One site, any number of dates, strictly increasing.
    probability : (frame,) array_like
        Of pulsating aurora; NaN where missing: such frames count as not there.
    options : IntervalOptions, optional

    Returns
    -------
    list of PulsatingInterval
        In time order; no two overlap or touch.

    Raises
    ------
    VariableError
        Times are not strictly increasing, or shapes do not fit.
    """
    options = options or IntervalOptions()
    time, chance = np.asarray(time, dtype="datetime64[ns]"), np.asarray(probability, dtype=np.float64)
    if time.shape != chance.shape or time.ndim != 1:
        raise VariableError("times and probabilities do not fit", why=f"{time.shape} and {chance.shape}")
    there = np.isfinite(chance)
    time, chance = time[there], chance[there]
    if (np.diff(time) <= np.timedelta64(0, "ns")).any():
        raise VariableError("times of a site are not strictly increasing", todo="sort, each frame once")
    found = [_interval(time, chance, begin, end, options) for begin, end in _runs(time, chance, options)]
    shortest = _ns(options.min_length_s)
    return [one for one in found if one.stop - one.start >= shortest]


def _ns(seconds: float) -> np.timedelta64:
    return np.timedelta64(round(seconds * 1e9), "ns")


def _runs(time: Times, chance: Floats, options: IntervalOptions) -> list[tuple[int, int]]:
    """Frames [begin, end) above the threshold, cut at gaps, short breaks bridged."""
    above = chance >= options.threshold
    gap = np.diff(time) > _ns(options.max_gap_s)
    ends_here = np.concatenate([~(above[1:] & above[:-1]) | gap, [True]])
    starts_here = np.concatenate([[True], ends_here[:-1]])
    begins, ends = np.flatnonzero(above & starts_here), np.flatnonzero(above & ends_here) + 1
    gaps_before = np.concatenate([[0], np.cumsum(gap)])
    runs: list[tuple[int, int]] = []
    longest = _ns(options.merge_break_s)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if runs:
            last = runs[-1][1]
            whole = gaps_before[begin] == gaps_before[last - 1]
            if whole and time[begin] - time[last - 1] - _ns(options.cadence_s) <= longest:
                runs[-1] = (runs[-1][0], end)
                continue
        runs.append((begin, end))
    return runs


def _interval(
    time: Times, chance: Floats, begin: int, end: int, options: IntervalOptions
) -> PulsatingInterval:
    stop = time[end - 1] + _ns(options.cadence_s)
    if end < len(time):
        stop = min(stop, time[end])  # a clock that was set forward may bring the next frame early
    length = float((stop - time[begin]) / np.timedelta64(1, "s"))
    share = 1.0 - (end - begin) * options.cadence_s / length
    return PulsatingInterval(
        start=time[begin],
        stop=stop,
        confidence=float(chance[begin:end].mean()),
        frames=end - begin,
        gap_share=max(share, 0.0),
    )


def covered(time: ArrayLike, intervals: list[PulsatingInterval]) -> NDArray[np.bool_]:
    """Say of each time whether it lies in an interval (half open, in time order)."""
    time = np.asarray(time, dtype="datetime64[ns]")
    if not intervals:
        return np.zeros(time.shape, dtype=bool)
    edges = np.array([edge for one in intervals for edge in (one.start, one.stop)])
    if any(one.stop > other.start for one, other in pairwise(intervals)):
        raise VariableError("intervals overlap or are not in time order", todo="sort them by start")
    return np.asarray(np.searchsorted(edges, time, side="right") % 2 == 1)
