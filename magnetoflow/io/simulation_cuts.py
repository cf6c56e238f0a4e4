"""A user's labelled cuts through simulations, as CSV.

Columns, in any order: ``cut`` (name of the cut; its rows follow one another), the fourteen features ``Bx`` to
``vez`` in the scaled units and axes of the study, and ``region`` (name or 0 to 5). Optional: ``family`` (cuts
of one simulation or time, never on both sides of a split; without it each cut is its own) and ``time``
(seconds, or ISO UTC; a step of more than 1.5 times the usual one ends a stretch). A row is one electron
sample. An empty feature is missing, an empty region is unlabelled. Other columns are not read.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from magnetoflow.errors import ConfigError, InsufficientData, MagnetoflowError
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.times import parse_utc

MAX_BYTES = 1_000_000_000
FEWEST = 32
"""Rows of a cut."""
GAP_STEPS = 1.5
LARGEST = 1e6
"""Scaled features are of the order of 1; fill values are beyond this."""
MOST_TYPICAL = 20.0
"""Median of the size of a scaled feature, at most."""
_NAMES = {name: k for k, name in enumerate(REGIONS)} | {str(k): k for k in range(len(REGIONS))} | {"": -1}
_REQUIRED = ("cut", *FEATURES, "region")
_LAYOUT = f"columns {', '.join(_REQUIRED)}; optional: family, time"


@dataclass(eq=False)
class _Rows:
    """Rows of one cut while it is read."""

    name: str
    family: str
    first: int
    values: array[float] = field(default_factory=lambda: array("d"))
    region: array[int] = field(default_factory=lambda: array("b"))
    seconds: array[float] = field(default_factory=lambda: array("d"))


def read_cuts(path: str | Path) -> list[Cut]:
    """Read labelled cuts.

    Parameters
    ----------
    path : path
        CSV, UTF-8, with the columns above.

    Returns
    -------
    list of Cut
        A cut with gaps in time is several of the same family.

    Raises
    ------
    ConfigError
        Not such a file; the message names file and row: wrong columns, a region that is none, a field that is
        no number, rows of a cut that are apart, times that do not increase.
    InsufficientData
        A cut with too few rows, or one family only: it cannot be split into training and validation.
    """
    path = Path(path)
    cuts = [part for rows in _read(path) for part in _stretches(path, rows)]
    if not cuts:
        raise InsufficientData("no cuts in this file", where=path, why="no rows below the column row")
    names = {one.family for one in cuts}
    if len(names) < 2:
        raise InsufficientData(
            "cuts of one family only",
            where=path,
            why=f"all are of {cuts[0].family[:50]!r}; families that take no part are needed for the scores",
            todo="give cuts of several families: simulations, or times of one that are far apart",
        )
    _check_scale(path, cuts)
    return cuts


def _check_scale(path: Path, cuts: Sequence[Cut]) -> None:
    """Refuse features that are not in units of B0, E0, n0 and v_A: they are of the order of 1."""
    for place, name in enumerate(FEATURES):
        values = np.concatenate([one.features[:, place] for one in cuts])
        known = np.abs(values[np.isfinite(values)])
        typical = float(np.median(known)) if len(known) else 0.0
        if typical > MOST_TYPICAL:
            raise ConfigError(
                "features that are not scaled",
                where=f"{path}, {name}",
                why=f"half of its values are beyond {typical:.3g}; scaled ones are of the order of 1",
                todo="divide B by B0, E by v_A B0, n by n0, V_i by v_A and V_e by 42.85 v_A",
            )


def _read(path: Path) -> list[_Rows]:
    """Cuts of a file, in its order."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError("file of cuts too large", where=path, why=f"{size} bytes; at most {MAX_BYTES}")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _cuts(path, _records(path, file))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror or "" if isinstance(error, OSError) else f"not UTF-8 text: {error}"
        raise ConfigError("cuts cannot be read", where=path, why=why, todo=_LAYOUT) from error


def _records(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Give number and cells of each row that is not blank."""
    reader = csv.reader(lines, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise _row_error(path, reader.line_num, f"not a CSV row: {error}") from error


def _cuts(path: Path, records: Iterator[tuple[int, list[str]]]) -> list[_Rows]:
    header = next(records, (1, []))[1]
    missing = [name for name in _REQUIRED if header.count(name) != 1]
    if missing:
        why = f"not one column each of {', '.join(missing)}; there are: {', '.join(header)[:300]}"
        raise ConfigError("not a file of labelled cuts", where=f"{path}:1", why=why, todo=_LAYOUT)
    place = {name: header.index(name) for name in (*_REQUIRED, "family", "time") if name in header}
    features = [place[name] for name in FEATURES]
    cuts: dict[str, _Rows] = {}
    now: _Rows | None = None
    for number, cells in records:
        try:
            if len(cells) != len(header):
                raise ValueError(f"{len(cells)} fields, the column row has {len(header)}")
            name = cells[place["cut"]]
            kind = (cells[place["family"]] if "family" in place else "") or name
            if now is None or name != now.name:
                now = cuts[name] = _new(cuts, name, kind, number)
            if kind != now.family:
                raise ValueError(f"cut {name[:50]!r} is of family {now.family[:50]!r} and {kind[:50]!r}")
            now.values.extend(_number(cells[k], header[k]) for k in features)
            now.region.append(_region(cells[place["region"]]))
            if "time" in place:
                _append_time(now.seconds, cells[place["time"]])
        except ValueError as error:
            raise _row_error(path, number, str(error)) from error
    return list(cuts.values())


def _new(cuts: dict[str, _Rows], name: str, kind: str, number: int) -> _Rows:
    if not name:
        raise ValueError("no name in column cut")
    if name in cuts:
        raise ValueError(f"cut {name[:50]!r} goes on after another one; its rows must be together")
    return _Rows(name, kind, number)


def _number(cell: str, name: str) -> float:
    """Read the number of a field; NaN where it is empty."""
    try:
        value = float(cell or "nan")
    except ValueError:
        value = math.inf
    if abs(value) >= LARGEST or "_" in cell:
        raise ValueError(f"{name} is {cell[:50]!r}, not a number within ±{LARGEST:g}")
    return value


def _region(cell: str) -> int:
    found = _NAMES.get(cell.lower())
    if found is None:
        raise ValueError(f"region {cell[:50]!r}; one of {', '.join(REGIONS)}, 0 to 5, or empty")
    return found


def _append_time(seconds: array[float], cell: str) -> None:
    try:
        value = float(cell)
    except ValueError:
        try:
            value = parse_utc(cell).timestamp()
        except (ValueError, MagnetoflowError):
            value = math.nan
    if not math.isfinite(value) or (seconds and value <= seconds[-1]):
        raise ValueError(f"time is {cell[:50]!r}, not a time after that of the row before")
    seconds.append(value)


def _row_error(path: Path, number: int, why: str) -> ConfigError:
    return ConfigError(
        "labelled cuts with a row that cannot be read", where=f"{path}:{number}", why=why, todo=_LAYOUT
    )


def _stretches(path: Path, rows: _Rows) -> Iterator[Cut]:
    """Stretches of one cut without a gap in time."""
    count = len(rows.region)
    if count < FEWEST:
        raise InsufficientData(
            "a cut with too few rows",
            where=f"{path}:{rows.first}",
            why=f"cut {rows.name[:50]!r} has {count} rows; at least {FEWEST}",
            todo="sample it as a spacecraft would, one row for each electron measurement",
        )
    values = np.array(rows.values).reshape(count, len(FEATURES))
    region = np.array(rows.region, dtype=np.int8)
    edges: Sequence[int] = (0, count)
    if len(rows.seconds):
        steps = np.diff(np.array(rows.seconds))
        edges = (0, *(np.flatnonzero(steps > GAP_STEPS * np.median(steps)) + 1).tolist(), count)
    for first, last in pairwise(edges):
        yield Cut(values[first:last], region[first:last], rows.family, rows.name)
