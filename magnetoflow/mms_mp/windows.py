"""The field of all spacecraft around their crossings, aligned by them on equal steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.data import EventData, Floats, Times


@dataclass(frozen=True)
class Windows:
    """Field around the middles of the windows of one or more spacecraft.

    Attributes
    ----------
    probes : tuple of int
    b_nt : (spacecraft, time, 3) ndarray [nT, frame of the event]
        NaN where missing, or outside.
    offset_s : (time,) ndarray [s]
        Since the middle of each window.
    middle_s, half_s : (spacecraft,) ndarray [s]
        Middle since `EventData.time0`, and half of the length, of each window.
    cadence_s : float [s]
    """

    probes: tuple[int, ...]
    b_nt: Floats
    offset_s: Floats
    middle_s: Floats
    half_s: Floats
    cadence_s: float

    def scaled(self, factor: float) -> Floats:
        """(spacecraft, time, 3) field of windows of other lengths about the same middles."""
        inside = np.abs(self.offset_s) <= factor * self.half_s[:, None]
        kept = np.flatnonzero(inside.any(axis=0))
        if not len(kept):
            return self.b_nt[:, :0]
        part = slice(kept[0], kept[-1] + 1)
        return np.where(inside[:, part, None], self.b_nt[:, part], np.nan)

    def alone(self, place: int) -> Windows:
        """Window of one spacecraft, by its place in `probes`."""
        one = slice(place, place + 1)
        return Windows(
            self.probes[one], self.b_nt[one], self.offset_s, self.middle_s[one], self.half_s[one],
            self.cadence_s,
        )  # fmt: skip


def cut_windows(event: EventData, windows: Mapping[int, tuple[float, float]], longest: float) -> Windows:
    """Cut the field to windows.

    Parameters
    ----------
    event : EventData
    windows : mapping of int to tuple of float [s]
        Start and stop since `EventData.time0`, by probe.
    longest : float
        How many times longer than the windows the cut is, about the same middles.

    Returns
    -------
    Windows
        Of the spacecraft that have data there.

    Raises
    ------
    InsufficientData
        A window that does not end after its start, or no spacecraft with data in its window.
    """
    found: list[tuple[int, Floats, Floats, float, float]] = []
    for probe, (start, stop) in sorted(windows.items()):
        if not stop > start:
            raise InsufficientData(
                "window without length", where=f"MMS{probe}", why=f"from {start} to {stop} s"
            )
        middle, half = (start + stop) / 2, (stop - start) / 2
        series = event.spacecraft[probe].b
        low, high = _between(event, series.time, middle - longest * half, middle + longest * half)
        values = np.asarray(series.values[low:high, :3], dtype=np.float64)
        if np.isfinite(values).all(axis=1).any():
            found.append((probe, event.seconds(series.time[low:high]) - middle, values, middle, half))
    if not found:
        raise InsufficientData("no field in the windows of the crossings", where=f"event {event.id}")
    cadence = min(_cadence(offset) for _, offset, _, _, _ in found)
    places: list[NDArray[np.int64]] = [
        np.rint(offset / cadence).astype(np.int64) for _, offset, _, _, _ in found
    ]
    first, last = min(one[0] for one in places), max(one[-1] for one in places)
    b = np.full((len(found), int(last - first) + 1, 3), np.nan)
    for row, (place, (_, _, values, _, _)) in enumerate(zip(places, found, strict=True)):
        b[row, place - first] = values
    return Windows(
        tuple(one[0] for one in found), b, np.arange(first, last + 1) * cadence,
        np.array([one[3] for one in found]), np.array([one[4] for one in found]), cadence,
    )  # fmt: skip


def place_of(event: EventData, at: np.datetime64) -> Floats:
    """Mean position of the spacecraft [km], each at its row nearest to a time.

    Raises
    ------
    InsufficientData
        None has a position.
    """
    places = []
    for one in event.spacecraft.values():
        good = np.isfinite(one.position.values).all(axis=1)
        if good.any():
            nearest = np.abs(one.position.time[good] - at).argmin()
            places.append(one.position.values[good][nearest, :3])
    if not places:
        raise InsufficientData("no position of any spacecraft", where=f"event {event.id}")
    return np.asarray(np.mean(places, axis=0))


def _between(event: EventData, time: Times, start_s: float, stop_s: float) -> tuple[int, int]:
    low, high = np.searchsorted(time, [event.utc(start_s), event.utc(stop_s)])
    return int(low), int(high)


def _cadence(offset_s: Floats) -> float:
    return float(np.median(np.diff(offset_s))) if len(offset_s) > 1 else np.inf
