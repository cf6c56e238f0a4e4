"""Keograms and ewograms: the pixel column and the pixel row through the zenith, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import SHAPE, Frames

WIDTH_PX = 3
COMPASS = ("N", "E", "S", "W")


@dataclass(frozen=True)
class Cut:
    """Where a keogram or ewogram runs through the image.

    Attributes
    ----------
    index : int [px]
        Column of a keogram, row of an ewogram.
    angle_deg : (256,) ndarray of float32 [deg]
        Elevation up to the zenith, 180 less elevation beyond it; NaN outside the lens or without a skymap.
    ends : (str, str)
        Compass points of the first and the last pixel within the lens; empty where unknown.
    """

    index: int
    angle_deg: NDArray[np.float32]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Keogram:
    """Cuts of frames, in time order; times between which frames are missing stay apart.

    Attributes
    ----------
    time : (frame,) ndarray of datetime64[ns]
        UTC, begin of the exposure.
    north_south, east_west : (frame, 256) ndarray of float32 [count]
        Keogram (pixel 0: row 0) and ewogram (pixel 0: column 0).
    keo_cut, ewo_cut : Cut
    """

    time: NDArray[np.datetime64]
    north_south: NDArray[np.float32]
    east_west: NDArray[np.float32]
    keo_cut: Cut
    ewo_cut: Cut


def zenith_pixel(elevation_deg: NDArray[np.floating] | None) -> tuple[int, int]:
    """Row and column of the highest elevation; the middle of the image without a skymap."""
    if elevation_deg is None or not np.isfinite(elevation_deg).any():
        return SHAPE[0] // 2, SHAPE[1] // 2
    row, column = np.unravel_index(np.nanargmax(elevation_deg), elevation_deg.shape)
    return int(row), int(column)


def cuts(
    elevation_deg: NDArray[np.floating] | None = None, azimuth_deg: NDArray[np.floating] | None = None
) -> tuple[Cut, Cut]:
    """Lay the keogram's column and the ewogram's row through the zenith of a skymap.

    Parameters
    ----------
    elevation_deg, azimuth_deg : (256, 256) ndarray [deg], optional
        Of the skymap, NaN outside the lens; azimuth clockwise from north. The cuts follow pixel columns and
        rows: a camera turned by some degrees keeps them turned.

    Returns
    -------
    keo_cut, ewo_cut : Cut
    """
    row, column = zenith_pixel(elevation_deg)
    return _cut(elevation_deg, azimuth_deg, (slice(None), column), row, ("N", "S")), _cut(
        elevation_deg, azimuth_deg, (row, slice(None)), column, ("", "")
    )


def _cut(
    elevation: NDArray[np.floating] | None,
    azimuth: NDArray[np.floating] | None,
    where: tuple[slice | int, slice | int],
    zenith: int,
    ends: tuple[str, str],
) -> Cut:
    index = next(place for place in where if not isinstance(place, slice))
    if elevation is None:
        return Cut(index, np.full(SHAPE[0], np.nan, dtype=np.float32), ends)
    angle = np.asarray(elevation[where], dtype=np.float32).copy()
    angle[zenith + 1 :] = 180 - angle[zenith + 1 :]
    if azimuth is not None:
        toward = azimuth[where]
        inside = np.flatnonzero(np.isfinite(toward) & np.isfinite(angle))
        if len(inside):
            ends = (_compass(toward[inside[0]]), _compass(toward[inside[-1]]))
    return Cut(index, angle, ends)


def _compass(azimuth_deg: float) -> str:
    return COMPASS[int(np.floor(azimuth_deg / 90 + 0.5)) % 4]


def keogram(frames: Frames, keo_cut: Cut, ewo_cut: Cut, width_px: int = WIDTH_PX) -> Keogram:
    """Cut frames along both lines, the median over a few pixels across each.

    Parameters
    ----------
    frames : Frames
    keo_cut, ewo_cut : Cut
        From :func:`cuts`.
    width_px : int [px]
        Pixels across the line, odd: one star or one hot pixel of three leaves no streak.

    Returns
    -------
    Keogram
        One line per frame.

    Raises
    ------
    ValueError
        ``width_px`` is even or below 1.
    """
    if width_px < 1 or width_px % 2 == 0:
        raise ValueError(f"the width of a keogram is odd, found {width_px}")
    half = width_px // 2
    across = slice(max(keo_cut.index - half, 0), keo_cut.index + half + 1)
    along = slice(max(ewo_cut.index - half, 0), ewo_cut.index + half + 1)
    return Keogram(
        frames.time,
        np.median(frames.images[:, :, across], axis=2).astype(np.float32),
        np.median(frames.images[:, along, :], axis=1).astype(np.float32),
        keo_cut,
        ewo_cut,
    )


def join(parts: Sequence[Keogram]) -> Keogram:
    """Put keograms of consecutive chunks of one camera together.

    Raises
    ------
    ValueError
        There is none, their cuts differ, or their times are not in order.
    """
    if not parts:
        raise ValueError("no keogram to join")
    first = parts[0]
    places = {(part.keo_cut.index, part.ewo_cut.index) for part in parts}
    time = np.concatenate([part.time for part in parts])
    if len(places) > 1 or (np.diff(time) <= np.timedelta64(0)).any():
        raise ValueError(f"keograms of cuts {sorted(places)} do not follow each other in time")
    return Keogram(
        time,
        np.concatenate([part.north_south for part in parts]),
        np.concatenate([part.east_west for part in parts]),
        first.keo_cut,
        first.ewo_cut,
    )
