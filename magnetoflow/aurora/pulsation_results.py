"""Pulsating patches as tables: one row per patch, one per pulse, one per minute; speed over ground."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.frames import CADENCE_S

Floats = NDArray[np.float64]
MINUTE = np.timedelta64(60_000_000_000, "ns")
EARTH_RADIUS_KM = 6371.2


@dataclass(frozen=True)
class Patch:
    """One pulsating patch in one window.

    Attributes
    ----------
    row, column : float [px]
        Centre at the window's middle, in pixels of the full image.
    area_px : float [px]
        Area with at least half of the largest amplitude.
    period_s, period_error_s : float [s]
        As observed; the true period may be any of ``aliases_s``.
    aliases_s : str
        ``7.5;5;2.14``, see :func:`magnetoflow.aurora.periods.aliases`.
    amplitude_count : float [count]
        Brightest less darkest phase, mean of the area; not corrected for the exposure.
    on_s, off_s : float [s]
        Mean time above and below half amplitude; NaN where no whole one was seen.
    duty : float
        on_s / (on_s + off_s).
    row_px_frame, column_px_frame, drift_error_px_frame : float [px/frame]
        Drift of the centre and the 1-sigma error of each component.
    share : float
        Of the variance explained by the period.
    log10_chance : float
        Of noise to explain as much anywhere in the search of the window.
    pulses : tuple of (datetime64[ns], datetime64[ns])
        On and off times, half amplitude at mid-exposure, of the pulses that the window holds whole.
    """

    row: float
    column: float
    area_px: float
    period_s: float
    period_error_s: float
    aliases_s: str
    amplitude_count: float
    on_s: float
    off_s: float
    duty: float
    row_px_frame: float
    column_px_frame: float
    drift_error_px_frame: float
    share: float
    log10_chance: float
    pulses: tuple[tuple[np.datetime64, np.datetime64], ...]


@dataclass(frozen=True)
class Window:
    """Patches of one window.

    Attributes
    ----------
    start, stop : datetime64[ns]
        Half open.
    frames : int
        Frames within it.
    judged : bool
        False: too few frames to say anything.
    sky_px : float [px]
        Area that was looked at.
    patches : tuple of Patch
        Most significant first.
    """

    start: np.datetime64
    stop: np.datetime64
    frames: int
    judged: bool
    sky_px: float
    patches: tuple[Patch, ...]


COLUMNS = ("start", "stop", *(field.name for field in fields(Patch) if field.name != "pulses"))
MINUTE_COLUMNS = ("time", "judged", "patches", "pulses_begun", "area_share", "period_s", "period_spread_s")


def patch_table(windows: Iterable[Window]) -> pd.DataFrame:
    """List patches.

    Parameters
    ----------
    windows : iterable of Window

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: begin and end of the window (datetime64[ns], UTC), then those of
        :class:`Patch` without the pulses.
    """
    rows = [
        (window.start, window.stop, *(getattr(patch, name) for name in COLUMNS[2:]))
        for window in windows
        for patch in window.patches
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def pulse_table(windows: Iterable[Window]) -> pd.DataFrame:
    """List pulses.

    Returns
    -------
    DataFrame
        ``start``, ``stop`` (half amplitude, datetime64[ns], UTC), ``row``, ``column`` [px] of the patch at
        its window's middle, ``window`` (begin of that window); in the order of windows and patches.
    """
    rows = [
        (on, off, patch.row, patch.column, window.start)
        for window in windows
        for patch in window.patches
        for on, off in patch.pulses
    ]
    return pd.DataFrame(rows, columns=["start", "stop", "row", "column", "window"])


def minute_table(windows: Sequence[Window]) -> pd.DataFrame:
    """Summarise patches per minute.

    Parameters
    ----------
    windows : sequence of Window

    Returns
    -------
    DataFrame
        One row per minute that a window touches: ``time``, ``judged`` (its window had frames enough),
        ``patches`` of its window, ``pulses_begun`` within the minute, ``area_share`` of the sky covered,
        ``period_s`` and ``period_spread_s`` [s] (median, and half the range of the middle 68 %, of the
        window's patches; NaN without any). Windows of 3 minutes give 3 rows that differ in the pulses only.
    """
    rows = []
    for window in windows:
        periods = np.array([patch.period_s for patch in window.patches])
        begun = np.array([on for patch in window.patches for on, _ in patch.pulses], dtype="datetime64[ns]")
        middle, low, high = np.quantile(periods, [0.5, 0.16, 0.84]) if len(periods) else [np.nan] * 3
        share = sum(patch.area_px for patch in window.patches) / window.sky_px if window.sky_px else 0.0
        for minute in np.arange(window.start.astype("datetime64[m]"), window.stop, np.timedelta64(1, "m")):
            time = minute.astype("datetime64[ns]")
            count = int(((begun >= time) & (begun < time + MINUTE)).sum())
            rows.append((time, window.judged, len(window.patches), count, share, middle, (high - low) / 2))
    return pd.DataFrame(rows, columns=list(MINUTE_COLUMNS))


def ground_velocity(
    patch: Patch, latitude_deg: NDArray[np.floating], longitude_deg: NDArray[np.floating], height_km: float
) -> tuple[float, float]:
    """Turn a patch's drift into a velocity over ground.

    Parameters
    ----------
    patch : Patch
    latitude_deg, longitude_deg : (257, 257) ndarray [deg]
        Of the pixels' corners at ``height_km``, from a skymap; NaN outside the lens.
    height_km : float [km]
        Assumed height of the aurora; an error of 10 km changes the speed by about 10 %.

    Returns
    -------
    north, east : float [km/s]
        NaN where the map has no value within 8 pixels of the patch.
    """
    row, column = round(patch.row), round(patch.column)
    size = latitude_deg.shape[0]
    low, high = (max(row - 8, 0), max(column - 8, 0)), (min(row + 9, size - 1), min(column + 9, size - 1))
    corners = [(low[0], column), (high[0], column), (row, low[1]), (row, high[1])]
    if not all(0 <= one < size for pair in corners for one in pair):
        return float("nan"), float("nan")
    phi, lam = (np.deg2rad([float(grid[pair]) for pair in corners]) for grid in (latitude_deg, longitude_deg))
    radius = EARTH_RADIUS_KM + height_km
    here = phi.mean()

    def rate(first: int, second: int, pixels: int) -> Floats:
        turned = (lam[second] - lam[first] + np.pi) % (2 * np.pi) - np.pi
        return np.array([phi[second] - phi[first], turned * np.cos(here)]) * radius / pixels

    down, right = rate(0, 1, high[0] - low[0]), rate(2, 3, high[1] - low[1])
    north, east = (down * patch.row_px_frame + right * patch.column_px_frame) / CADENCE_S
    return float(north), float(east)
