"""Regions, and what follows from a sequence of labels: region lists and boundary crossings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

REGIONS = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
UNKNOWN = "unknown"

Floats = NDArray[np.float64]
Labels = NDArray[np.object_]
Times = NDArray[np.datetime64]

MINUTE = np.timedelta64(60_000_000_000, "ns")
SECOND = np.timedelta64(1_000_000_000, "ns")

CROSSINGS = {
    frozenset({"solar_wind", "ion_foreshock"}): "foreshock_boundary",
    frozenset({"solar_wind", "magnetosheath"}): "bow_shock",
    frozenset({"ion_foreshock", "magnetosheath"}): "bow_shock",
    frozenset({"magnetosheath", "magnetosphere"}): "magnetopause",
    frozenset({"solar_wind", "magnetosphere"}): "unresolved",
    frozenset({"ion_foreshock", "magnetosphere"}): "unresolved",
}
"""A jump from upstream of the bow shock to the magnetosphere hides two boundaries in one minute."""


@dataclass(frozen=True)
class Interval:
    """A stay in one region.

    Attributes
    ----------
    region : str
    start, stop : datetime64[ns]
        UTC; `stop` is the last second of the last minute, as published lists write it.
    minutes : int
    """

    region: str
    start: np.datetime64
    stop: np.datetime64
    minutes: int


@dataclass(frozen=True)
class Crossing:
    """A change of region.

    Attributes
    ----------
    time : datetime64[ns]
        UTC, the border between the last minute before and the first minute after; the middle of the unknown
        minutes between them where there are any.
    kind : str
        ``bow_shock``, ``magnetopause``, ``foreshock_boundary`` or ``unresolved``.
    from_region, to_region : str
    uncertainty_s : float [s]
        Half of the interval that the label sequence leaves open: at least half a minute.
    confidence : float
        Mean probability of the two regions, each over the stable minutes on its side.
    clean : bool
        Both sides are stable for the asked number of minutes, with few unknown ones.
    """

    time: np.datetime64
    kind: str
    from_region: str
    to_region: str
    uncertainty_s: float
    confidence: float
    clean: bool


def region_intervals(time: Times, label: Labels, min_minutes: int) -> list[Interval]:
    """Uninterrupted stays in one region.

    Parameters
    ----------
    time : (minute,) ndarray of datetime64[ns]
        Left edges of consecutive minutes of one event.
    label : (minute,) ndarray of str
        Region or ``unknown``.
    min_minutes : int [min]
        Shorter stays are left out.

    Returns
    -------
    list of Interval
        In time order, without unknown stays.
    """
    return [
        Interval(str(label[first]), time[first], time[last] + MINUTE - SECOND, last - first + 1)
        for first, last in _runs(time, label)
        if label[first] != UNKNOWN and last - first + 1 >= min_minutes
    ]


def _runs(time: Times, label: Labels) -> list[tuple[int, int]]:
    """First and last row of each run of equal labels in consecutive minutes."""
    if not len(label):
        return []
    breaks = np.flatnonzero((label[1:] != label[:-1]) | (np.diff(time) != MINUTE)) + 1
    edges = [0, *breaks.tolist(), len(label)]
    return [(a, b - 1) for a, b in pairwise(edges)]


def region_crossings(
    time: Times,
    label: Labels,
    probability: Floats,
    *,
    stable_minutes: int,
    max_unknown: float,
    max_gap: int = 3,
) -> list[Crossing]:
    """Find changes of region between neighbouring minutes, or across a few unknown ones.

    Parameters
    ----------
    time : (minute,) ndarray of datetime64[ns]
        Left edges of consecutive minutes of one event.
    label : (minute,) ndarray of str
    probability : (minute, len(REGIONS)) ndarray
        NaN where unknown.
    stable_minutes : int [min]
        Length of the window on each side for `confidence` and `clean`.
    max_unknown : float
        Largest share of unknown minutes on a clean side.
    max_gap : int [min]
        More unknown minutes in a row separate the event: what happened in them is not known.

    Returns
    -------
    list of Crossing
    """
    known = np.flatnonzero(label != UNKNOWN)
    found = []
    for before, after in pairwise(known.tolist()):
        if label[before] == label[after] or after - before - 1 > max_gap:
            continue
        open_from, open_to = time[before] + MINUTE // 2, time[after] + MINUTE // 2
        sides = (
            _side(label, probability, before, -1, stable_minutes),
            _side(label, probability, after, +1, stable_minutes),
        )
        found.append(
            Crossing(
                time=open_from + (open_to - open_from) // 2,
                kind=CROSSINGS[frozenset({str(label[before]), str(label[after])})],
                from_region=str(label[before]),
                to_region=str(label[after]),
                uncertainty_s=float((open_to - open_from) / SECOND) / 2,
                confidence=float(np.mean([confidence for confidence, _, _ in sides])),
                clean=all(stable and unknown <= max_unknown for _, stable, unknown in sides),
            )
        )
    return found


def _side(label: Labels, probability: Floats, at: int, step: int, size: int) -> tuple[float, bool, float]:
    """Confidence, stability and share of unknown minutes of the window on one side of a crossing."""
    window = np.arange(at, at + step * size, step)
    inside = window[(window >= 0) & (window < len(label))]
    same = inside[label[inside] == label[at]]
    confidence = float(np.nanmean(probability[same, REGIONS.index(str(label[at]))]))
    only_this = bool(np.isin(label[inside], [label[at], UNKNOWN]).all()) and len(inside) == size
    return confidence, only_this, float((label[inside] == UNKNOWN).mean())
