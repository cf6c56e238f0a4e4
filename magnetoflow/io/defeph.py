"""Read definitive orbits of MMS (DEFEPH): text, positions and velocities in the mean equator of J2000.

Such a file carries no checksum, so it is judged by what it says of itself: first and last time in its header,
two clocks that must agree, and velocities that must fit the positions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import CorruptFile, VariableError
from magnetoflow.io.cdf_times import J2000_NS, TT_MINUS_TAI_NS, to_utc
from magnetoflow.io.integrity import brief

Floats = NDArray[np.float64]
FRAME = "J2000"
LARGEST = 64 << 20
"""Bytes; a day has half a megabyte."""
DAY_NS = 86_400_000_000_000
EARTH_KM, FARTHEST_KM = 6371.2, 400_000.0
GM_KM3_S2 = 398_600.4418
MISFIT_KM = 0.02
"""How far a step may be from the mean of the velocities at its ends times its length, beyond what the
curvature of the orbit explains; a thruster that fires makes some metres of it."""
_HEADER = {"CentralBody": "Earth", "ReferenceFrame": "Mean of J2000", "PrincipalPlane": "Equatorial"}
_TIME = re.compile(r"(\d{4})-(\d{3})/(\d{2}):(\d{2}):(\d{2}\.\d{1,9})")
_COLUMNS = "Epoch (UTC) Epoch MMS TAI X Y Z VX VY VZ"
_UNITS = "Km Km Km Km/Sec Km/Sec Km/Sec"


@dataclass(frozen=True)
class Orbit:
    """Rows of one or more files, strictly increasing in time.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC.
    position_km : (time, 3) ndarray [km, mean equator and equinox of J2000]
    velocity_km_s : (time, 3) ndarray [km/s, the same]
    duplicates : int
        Rows of overlapping files that were left out.
    """

    time: NDArray[np.datetime64]
    position_km: Floats
    velocity_km_s: Floats
    duplicates: int = 0


def check_orbit(path: Path, probe: str) -> tuple[str, str]:
    """Refuse a damaged file; ISO times of its first and last row.

    Parameters
    ----------
    path : Path
    probe : str
        ``mms1``: the spacecraft that the file must name.

    Raises
    ------
    CorruptFile
        With the reason.
    """
    time = _parsed(path, probe).time
    first, last = (f"{np.datetime64(one, 'us')}Z" for one in (time[0], time[-1] + np.timedelta64(1, "us")))
    return first, last


def read_orbit(
    paths: Sequence[Path], *, probe: int, start: datetime | None = None, stop: datetime | None = None
) -> Orbit:
    """Read the rows of files of consecutive days.

    Parameters
    ----------
    paths : sequence of Path
    probe : int
        1 to 4.
    start, stop : datetime, optional
        Only rows in [start, stop).

    Returns
    -------
    Orbit
        Of rows with equal times, as at the ends of consecutive days, the first is kept.

    Raises
    ------
    CorruptFile
        A file is damaged.
    VariableError
        Rows of two files at one time are more than a kilometre apart.
    """
    parts = [_parsed(path, f"mms{probe}") for path in paths]
    time = np.concatenate([np.empty(0, "datetime64[ns]"), *(one.time for one in parts)])
    position = np.concatenate([np.empty((0, 3)), *(one.position_km for one in parts)])
    velocity = np.concatenate([np.empty((0, 3)), *(one.velocity_km_s for one in parts)])
    order = np.argsort(time, kind="stable")
    time, position, velocity = time[order], position[order], velocity[order]
    again = np.flatnonzero(np.diff(time) == np.timedelta64(0, "ns")) + 1
    apart = np.linalg.norm(position[again] - position[again - 1], axis=1)
    if (apart > 1.0).any():
        raise VariableError(
            "orbits of two files differ",
            where=f"{', '.join(map(str, paths))}, {time[again][apart.argmax()]}",
            why=f"positions {apart.max():.3f} km apart",
            todo="use the newest version of each day",
        )
    keep = np.ones(len(time), dtype=bool)
    keep[again] = False
    for limit, test in ((start, np.greater_equal), (stop, np.less)):
        if limit is not None:
            keep &= test(time, np.datetime64(limit.astimezone(UTC).replace(tzinfo=None), "ns"))
    return Orbit(time[keep], position[keep], velocity[keep], len(again))


def _parsed(path: Path, probe: str) -> Orbit:
    try:
        size = path.stat().st_size
        if not 0 < size <= LARGEST:
            raise CorruptFile(path, "empty file" if size == 0 else f"{size} bytes: no orbit of a day")
        text = path.read_bytes().decode("ascii")
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise CorruptFile(path, f"not an orbit as text: byte {error.start} is not ASCII") from error
    lines = text.splitlines()
    first = _check_header(path, lines, probe)
    if not text.endswith("\n"):
        raise CorruptFile(path, "the last line has no end: truncated")
    rows = [line.split() for line in lines[first:]]
    if not rows:
        raise CorruptFile(path, "no rows")
    for number, row in enumerate(rows):
        if len(row) not in (8, 9):  # the last column, mass, is mostly blank
            raise CorruptFile(path, f"line {first + number + 1} has {len(row)} columns, expected 8")
    time, elapsed_s = _times(path, rows, first)
    try:
        values = np.array([row[2:8] for row in rows], dtype=np.float64)
    except ValueError as error:
        raise CorruptFile(path, brief(f"a position or velocity is not a number: {error}")) from error
    _check_ends(path, lines[:first], rows)
    _check_motion(path, time, elapsed_s, values)
    return Orbit(time, values[:, :3], values[:, 3:])


def _check_header(path: Path, lines: Sequence[str], probe: str) -> int:
    """Row at which the table begins."""
    if not lines or lines[0].strip() != "Definitive Orbit Ephemeris":
        raise CorruptFile(
            path, f"not a definitive orbit: starts with {brief(lines[0] if lines else '', 40)!r}"
        )
    header = dict(_pair(line) for line in lines[1:20] if "=" in line)
    for key, wanted in {"Spacecraft": probe.upper(), **_HEADER}.items():
        if header.get(key) != wanted:
            raise CorruptFile(path, f"{key} is {brief(header.get(key), 40)!r}, expected {wanted!r}")
    for number, line in enumerate(lines[:30]):
        if " ".join(line.split()).startswith(_COLUMNS):
            units = lines[number + 1 : number + 2]
            if not " ".join("".join(units).split()).startswith(_UNITS):
                raise CorruptFile(path, f"units {brief(''.join(units), 80)!r}, expected {_UNITS!r}")
            return number + 2
    raise CorruptFile(path, f"no line of column names, expected {_COLUMNS!r}")


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key.strip(), value.strip()


def _utc(text: str) -> tuple[int, int] | None:
    """Day and time of day [ns], both of UTC since 1970; 86400 s and more inside a leap second."""
    match = _TIME.fullmatch(text)
    if match is None or not 1958 <= int(match[1]) <= 2200 or not 1 <= int(match[2]) <= 366:
        return None
    day = int(np.datetime64(match[1], "D").astype(int)) + int(match[2]) - 1
    seconds = (int(match[3]) * 60 + int(match[4])) * 60 + float(match[5])
    return day * DAY_NS, round(seconds * 1e9)


def _times(path: Path, rows: Sequence[Sequence[str]], first: int) -> tuple[NDArray[np.datetime64], Floats]:
    """UTC of the rows, from the first column, checked against the second, days of TAI; seconds of TAI."""
    read = [_utc(row[0]) for row in rows]
    try:
        days = np.array([row[1] for row in rows], dtype=np.float64)
    except ValueError as error:
        raise CorruptFile(path, brief(f"a time is not a number: {error}")) from error
    bad = [number for number, one in enumerate(read) if one is None]
    if bad:
        raise CorruptFile(
            path, f"line {first + bad[0] + 1} begins with {brief(rows[bad[0]][0], 40)!r}, no time"
        )
    if not np.isfinite(days).all() or (np.diff(days) <= 0).any() or not 15_000 < days[0] <= days[-1] < 60_000:
        raise CorruptFile(path, "times do not increase")
    whole = np.floor(days)
    since_1958 = whole.astype(np.int64) * DAY_NS + np.rint((days - whole) * DAY_NS).astype(np.int64)
    tai_1958 = np.datetime64("1958-01-01", "ns").astype(np.int64)
    by_tai = to_utc(since_1958 + tai_1958 - J2000_NS + TT_MINUS_TAI_NS)
    parts = np.array(read, dtype=np.int64)
    by_utc = parts.sum(axis=1).astype("datetime64[ns]")
    leap = parts[:, 1] >= DAY_NS  # cannot be written as datetime64
    apart = np.abs(by_utc - by_tai)[~leap]
    if len(apart) and apart.max() > np.timedelta64(1, "ms"):
        raise CorruptFile(path, "the two columns of times differ by more than leap seconds")
    time = np.where(leap, by_tai, by_utc)
    if (np.diff(time) <= np.timedelta64(0, "ns")).any():
        raise CorruptFile(path, "times do not increase")
    return np.asarray(time), (since_1958 - since_1958[0]) / 1e9


def _check_ends(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Compare first and last row with the times in the header: only there a cut between rows shows."""
    said = dict(_pair(line) for line in header if "=" in line)
    for key, row in (("StartTime", rows[0]), ("StopTime", rows[-1])):
        wanted = said.get(key, "").split(" ")[0]
        if wanted != row[0]:
            raise CorruptFile(
                path, f"{key} is {brief(wanted, 40)!r}, but the row has {brief(row[0], 40)!r}: truncated"
            )


def _check_motion(path: Path, time: NDArray[np.datetime64], elapsed_s: Floats, values: Floats) -> None:
    position, velocity = values[:, :3], values[:, 3:]
    r, v = np.linalg.norm(position, axis=1), np.linalg.norm(velocity, axis=1)
    if not (
        np.isfinite(values).all() and (r > EARTH_KM).all() and (r < FARTHEST_KM).all() and (v < 12).all()
    ):
        raise CorruptFile(path, "a position or velocity is not that of a satellite of the Earth")
    step = np.diff(elapsed_s)
    if len(step) and step.max() > 1.5 * np.median(step):
        at = time[step.argmax()]
        raise CorruptFile(path, f"rows are missing after {at}: {step.max():.0f} s to the next")
    middle = (velocity[1:] + velocity[:-1]) / 2 * step[:, None]
    misfit = np.linalg.norm(np.diff(position, axis=0) - middle, axis=1)
    curvature = GM_KM3_S2 * np.maximum(v[1:], v[:-1]) / np.minimum(r[1:], r[:-1]) ** 3
    allowed = MISFIT_KM + step**3 / 3 * curvature
    if (misfit > allowed).any():
        row = int(np.argmax(misfit - allowed))
        raise CorruptFile(
            path, f"position and velocity disagree by {misfit[row]:.3f} km after {time[row]}: changed"
        )
