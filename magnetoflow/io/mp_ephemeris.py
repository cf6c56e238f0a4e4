"""Positions and velocities of a spacecraft around an event, from MEC, definitive orbits or FGM files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from magnetoflow.errors import InsufficientData, MissingData, VariableError
from magnetoflow.frames import j2000_to_gse, rotate
from magnetoflow.io.cdf import Wanted, read_records
from magnetoflow.io.defeph import read_orbit
from magnetoflow.io.fpi_moments import check_shape, require
from magnetoflow.io.mms_burst import read_position
from magnetoflow.mms_mp.data import Floats
from magnetoflow.series import Series

MARGIN = timedelta(seconds=150)
"""Rows are read this far beyond either end of the event; they come every 30 or 60 s."""
SOURCES = ("mec", "defeph", "fgm")
"""In order of preference: FGM files state positions in single precision (steps of 4 to 8 m) and no
velocities."""


@dataclass(frozen=True)
class Ephemeris:
    """Rows around an event.

    Attributes
    ----------
    source : str
        One of `SOURCES`.
    position : Series
        (time, 3) [km, GSE].
    velocity : Series or None
        (time, 3) [km/s, GSE]: change of `position`.
    files : tuple of Path
    notes : tuple of str
        Why a better source was not used, and what the rows do not cover.
    """

    source: str
    position: Series
    velocity: Series | None
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def read_ephemeris(
    files: Mapping[str, Sequence[Path]],
    *,
    probe: int,
    field_rate: str,
    start: datetime,
    stop: datetime,
    source: str = "auto",
) -> Ephemeris:
    """Read the ephemeris of one spacecraft.

    Parameters
    ----------
    files : mapping of str to sequence of Path
        Checked files by ``mec``, ``defeph`` and ``field``.
    probe : int
        1 to 4.
    field_rate : str
        ``brst`` or ``srvy``: of the field files.
    start, stop : datetime
        UTC.
    source : str
        ``mec``, ``defeph``, ``fgm``; ``auto`` takes the first of them whose rows enclose the event, else the
        first that has rows.

    Returns
    -------
    Ephemeris

    Raises
    ------
    MissingData
        No source has two rows near the event.
    VariableError, CorruptFile
        A file that is there cannot be used.
    """
    readers: dict[str, Callable[[], Ephemeris]] = {
        "mec": partial(read_mec, files.get("mec", ()), probe, start, stop),
        "defeph": partial(read_defeph, files.get("defeph", ()), probe, start, stop),
        "fgm": partial(_read_fgm, files.get("field", ()), probe, field_rate, start, stop),
    }
    notes, short = [], []
    for name in SOURCES if source == "auto" else (source,):
        try:
            found = readers[name]()
        except (MissingData, InsufficientData) as error:
            notes.append(f"no position from {name}: {error.what}")
            continue
        uncovered = _uncovered(found.position, start, stop)
        if not uncovered:
            return Ephemeris(found.source, found.position, found.velocity, found.files, tuple(notes))
        notes.append(f"positions from {name} {uncovered}")
        short.append(found)
    if short:
        best = short[0]
        return Ephemeris(best.source, best.position, best.velocity, best.files, tuple(notes))
    raise MissingData(
        "no position of the spacecraft",
        where=f"MMS{probe}, {start:%Y-%m-%dT%H:%M:%S} to {stop:%Y-%m-%dT%H:%M:%S}",
        why="; ".join(notes),
        todo="add MEC or DEFEPH files, or leave the spacecraft out",
    )


def _uncovered(position: Series, start: datetime, stop: datetime) -> str:
    first, last = position.time[0], position.time[-1]
    begin, end = (np.datetime64(one.replace(tzinfo=None), "ns") for one in (start, stop))
    parts = []
    if first > begin:
        parts.append(f"begin {(first - begin) / np.timedelta64(1, 's'):.0f} s after the event")
    if last < end:
        parts.append(f"end {(end - last) / np.timedelta64(1, 's'):.0f} s before it")
    return " and ".join(parts)


def read_mec(paths: Sequence[Path], probe: int, start: datetime, stop: datetime) -> Ephemeris:
    """Read positions and velocities of MEC files.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        Fewer than two rows lie near the event.
    VariableError
        A variable is missing, or in another unit, frame or shape.
    """
    place, motion = (
        Wanted(f"mms{probe}_mec_r_gse", "km", "GSE"),
        Wanted(f"mms{probe}_mec_v_gse", "km/s", "GSE"),
    )
    require(paths, place.name)
    records = read_records(paths, [place, motion], start=start - MARGIN, stop=stop + MARGIN)
    for one in (place, motion):
        check_shape(records.columns[one.name], (3,), f"{paths[0]}, {one.name}")
    whole = np.isfinite(records.columns[place.name]).all(axis=1)
    whole &= np.isfinite(records.columns[motion.name]).all(axis=1)
    return _ephemeris(
        "mec",
        paths,
        Series(
            place.name, records.time[whole], records.columns[place.name][whole], "km", "GSE", records.counts
        ),
        records.columns[motion.name][whole],
    )


def _turning(position: Series) -> Floats:
    """Change of the coordinates of points at rest, as GSE turns with the Sun [km/s]."""
    half = np.timedelta64(500, "s")
    before, after = j2000_to_gse(position.time - half), j2000_to_gse(position.time + half)
    resting = rotate(np.swapaxes(j2000_to_gse(position.time), 1, 2), position.values)
    return np.asarray(rotate((after - before) / 1000.0, resting))


def read_defeph(paths: Sequence[Path], probe: int, start: datetime, stop: datetime) -> Ephemeris:
    """Read definitive orbits, turned from J2000 into GSE.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        Fewer than two rows lie near the event.
    CorruptFile
        A file is damaged.
    """
    require(paths, f"MMS{probe}_DEFEPH")
    orbit = read_orbit(paths, probe=probe, start=start - MARGIN, stop=stop + MARGIN)
    matrices = j2000_to_gse(orbit.time)
    position = rotate(matrices, orbit.position_km)
    counts = {"records": len(orbit.time) + orbit.duplicates, "duplicates": orbit.duplicates}
    series = Series(f"MMS{probe}_DEFEPH", orbit.time, position, "km", "GSE", counts)
    return _ephemeris("defeph", paths, series, rotate(matrices, orbit.velocity_km_s))


def _read_fgm(paths: Sequence[Path], probe: int, rate: str, start: datetime, stop: datetime) -> Ephemeris:
    require(paths, f"mms{probe}_fgm_r_gse_{rate}_l2")
    series = read_position(paths, probe=probe, rate=rate, start=start - MARGIN, stop=stop + MARGIN)
    if series is None:
        raise MissingData("the field files hold no position", where=f"{paths[0]}")
    whole = np.isfinite(series.values).all(axis=1)
    kept = Series(series.name, series.time[whole], series.values[whole], "km", "GSE", series.counts)
    return _ephemeris("fgm", paths, kept, None)


def _ephemeris(source: str, paths: Sequence[Path], position: Series, velocity: Floats | None) -> Ephemeris:
    if len(position.time) < 2:
        raise InsufficientData(
            "fewer than two rows near the event", where=f"{', '.join(path.name for path in paths)}"
        )
    motion = None
    if velocity is not None:
        change = _change(source, position, velocity)
        motion = Series(position.name, position.time, change, "km/s", "GSE")
    return Ephemeris(source, position, motion, tuple(paths))


def _change(source: str, position: Series, velocity: Floats) -> Floats:
    """Velocities as the change of the positions, where the file states those in a frame that does not turn.

    Which of both a file states shows in its positions; the difference is 0.013 km/s at 10 R_E, and up to 40 m
    between rows.
    """
    choices = (velocity, velocity + _turning(position))
    step = np.diff(position.time) / np.timedelta64(1, "s")
    moved = np.diff(position.values, axis=0) / step[:, None]
    apart = [float(np.median(np.linalg.norm(moved - (v[1:] + v[:-1]) / 2, axis=1))) for v in choices]
    speed = float(np.median(np.linalg.norm(moved, axis=1)))
    if min(apart) > 0.1 + 0.05 * speed:
        raise VariableError(
            "velocities are not those of the positions",
            where=f"{position.name}, {source}",
            why=f"they differ by {min(apart):.3f} km/s of {speed:.3f}",
            todo="replace the file by a good copy",
        )
    return choices[int(np.argmin(apart))]
