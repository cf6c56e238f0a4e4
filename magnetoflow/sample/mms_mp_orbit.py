"""Where the spacecraft of the magnetopause sample are: a Kepler orbit, and an array that changes slowly."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from magnetoflow.frames import gse_to_gsm
from magnetoflow.sample.magnetopause import tetrahedron_km
from magnetoflow.sample.mms_mp_plan import (
    ANCHOR,
    ANCHOR_POSITION_KM,
    ANCHOR_VELOCITY_KM_S,
    EVENTS,
    PROBES,
    CrossingEvent,
)

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

GM_KM3_S2 = 398600.4418
BENT = ((0.1428, (0.943, -1.201, -0.775, 1.033)), (0.007, (-1.384, 0.290, -0.290, 1.384)))
"""How far the spacecraft of a string are off its line, in two directions [km], by probe."""
STILL_S = 300.0
"""The array keeps its shape so long before and after an event."""


def utc(event: CrossingEvent, seconds: float = 0.0) -> np.datetime64:
    """UTC of a time since the start of an event [s], as datetime64[ns]."""
    time: np.datetime64 = np.datetime64(event.start.replace(tzinfo=None), "ns")
    time += np.timedelta64(round(1e9 * seconds), "ns")
    return time


@lru_cache(maxsize=len(EVENTS))
def rotation(event: CrossingEvent) -> Floats:
    """Matrix that turns GSE into the frame of an event, GSM at its middle: ``v = rotation @ v_gse``."""
    return gse_to_gsm(utc(event, event.duration_s / 2))


def offset_km(event: CrossingEvent, probe: int) -> Floats:
    """Place of a spacecraft relative to the orbit: (3,) ndarray [km, frame of the event]."""
    if event.array == "tetrahedron":
        return np.asarray(tetrahedron_km(event.edge_km)[probe - 1])
    around = np.array([utc(event, event.centre_s + one) for one in (-1.0, 1.0)])
    along = rotation(event) @ np.diff(orbit_gse_km(around), axis=0)[0]
    across = np.cross(along, (0.0, 0.0, 1.0))
    axes = [one / np.linalg.norm(one) for one in (along, across, np.cross(along, across))]
    # not quite a line, nor quite in a plane: the real array of 2019-01-27
    shares = (event.along_km[probe - 1], *(size * signs[probe - 1] for size, signs in BENT))
    return np.asarray(np.array(shares) @ axes)


def orbit_gse_km(time: Times) -> Floats:
    """Position on the common orbit.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]

    Returns
    -------
    (time, 3) ndarray [km, GSE]
        Of a Kepler orbit; that GSE turns by a degree a day is left out of its motion.
    """
    anchor = np.datetime64(ANCHOR.replace(tzinfo=None), "ns")
    turn = gse_to_gsm(anchor)
    r, v = np.asarray(ANCHOR_POSITION_KM) @ turn, np.asarray(ANCHOR_VELOCITY_KM_S) @ turn
    size = np.linalg.norm(r)
    axis = 1 / (2 / size - v @ v / GM_KM3_S2)
    motion = np.sqrt(GM_KM3_S2 / axis**3)
    # e cos E and e sin E at the anchor
    cosine, sine = 1 - size / axis, r @ v / np.sqrt(GM_KM3_S2 * axis)
    mean = motion * ((time - anchor) / np.timedelta64(1, "ns") / 1e9)
    change = mean + 0.0
    for _ in range(60):  # Newton on Kepler's equation for the change of E since the anchor
        error = change - cosine * np.sin(change) + sine * (1 - np.cos(change)) - mean
        step = error / (1 - cosine * np.cos(change) + sine * np.sin(change))
        change -= np.clip(step, -1, 1)
        if np.abs(step).max(initial=0.0) < 1e-14:
            break
    f = 1 - axis / size * (1 - np.cos(change))
    g = (mean - change + np.sin(change)) / motion
    return np.asarray(f[:, None] * r + g[:, None] * v)


def position_gse_km(probe: int, time: Times) -> Floats:
    """Position of a spacecraft at any time of the day.

    Parameters
    ----------
    probe : int
    time : (time,) ndarray of datetime64[ns]

    Returns
    -------
    (time, 3) ndarray [km, GSE]
        The orbit and the offset of the event; from one event to the next the offset changes smoothly, with
        two continuous derivatives.
    """
    return orbit_gse_km(time) + _offset_gse_km(probe, time)


def _offset_gse_km(probe: int, time: Times) -> Floats:
    """Offset from the orbit, (time, 3) ndarray [km, GSE]."""
    events = sorted(EVENTS, key=lambda one: one.start)
    offsets = [_event_offset_gse(event, probe) for event in events]
    found = np.broadcast_to(offsets[0], (time.size, 3)).copy()
    for (before, after), (old, new) in zip(pairwise(events), pairwise(offsets), strict=True):
        begin, end = utc(before, before.duration_s + STILL_S), utc(after, -STILL_S)
        share = np.clip((time - begin) / (end - begin), 0, 1)
        found += (share**3 * (10 - 15 * share + 6 * share**2))[:, None] * (new - old)
    return found


@lru_cache(maxsize=len(EVENTS) * len(PROBES))
def _event_offset_gse(event: CrossingEvent, probe: int) -> Floats:
    return np.asarray(offset_km(event, probe) @ rotation(event))


def velocity_gse_km_s(probe: int, time: Times) -> Floats:
    """Change of the GSE components of the position, (time, 3) ndarray [km/s], by differences over 1 s."""
    half = np.timedelta64(500, "ms")
    return position_gse_km(probe, time + half) - position_gse_km(probe, time - half)
