"""Event lists: CSV files with the same column names as the keys of an event."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magnetoflow.errors import ConfigError

MAX_BYTES = 5_000_000
LONGEST_NAME, LONGEST_PATH = 255, 4095
"""Bytes; the limits of Linux."""


@dataclass(frozen=True)
class EventTable:
    """Rows of a CSV file and where they stand in it.

    Attributes
    ----------
    path : Path
        The file, as it was found.
    rows : list of dict
        Column name to text; empty cells are left out.
    lines : list of int
        Line on which each row ends.
    """

    path: Path
    rows: list[dict[str, str]]
    lines: list[int]


def user_path(name: str) -> Path:
    """Path with ``~`` replaced by a home folder.

    Raises
    ------
    ValueError
        No such home folder, or no file can have such a name.
    """
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        raise ValueError(f"no home folder {name[:40]!r}") from None
    longest = max((len(os.fsencode(one)) for one in path.parts), default=0)
    if longest > LONGEST_NAME or len(os.fsencode(path)) > LONGEST_PATH:
        raise ValueError(f"a name longer than {LONGEST_NAME} bytes, or a path longer than {LONGEST_PATH}")
    return path


def find_file(name: str, roots: Sequence[Path]) -> Path:
    """First existing ``root / name``; an absolute name stands for itself.

    Raises
    ------
    ConfigError
        None exists, or none can.
    """
    try:
        tried = [root / user_path(name) for root in roots]
        for path in tried:
            if path.is_file():
                return path
    except (OSError, ValueError) as error:
        raise ConfigError(f"file not found: {name[:200]}", why=str(error)) from error
    raise ConfigError(
        f"file not found: {name}",
        why="tried " + ", ".join(dict.fromkeys(str(path) for path in tried)),
        todo="relative paths start at the working directory",
    )


def read_events(path: Path, required: Sequence[str], optional: Sequence[str]) -> EventTable:
    """Read an event list.

    Parameters
    ----------
    path : Path
        CSV with a column row; UTF-8 (a byte-order mark is allowed), comma-separated, LF or CRLF.
    required, optional : sequence of str
        Columns that must and may be there, in any order.

    Returns
    -------
    EventTable
        Values are still text.

    Raises
    ------
    ConfigError
        Not readable as such a table; the message names file and row.
    """
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[dict[str, str]] = []
    ends: list[int] = []
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(path, header, required, optional)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise ConfigError(
                    "row with the wrong number of cells",
                    where=f"{path}:{lines.line_num}",
                    why=f"found {len(cells)}, the column row has {len(header)}",
                )
            pairs = zip(header, (cell.strip() for cell in cells), strict=True)
            rows.append({name: cell for name, cell in pairs if cell})
            ends.append(lines.line_num)
    except csv.Error as error:
        raise ConfigError("not a CSV row", where=f"{path}:{lines.line_num}", why=str(error)) from error
    return EventTable(path, rows, ends)


def repeated_ids(events: Sequence[Any]) -> list[tuple[int, str]]:
    """Index and message of each event whose id stands earlier in the list.

    Ids that differ in case only are repeats too: they are one folder on some file systems.
    """
    first: dict[str, int] = {}
    found = []
    for index, event in enumerate(events):
        name = event.get("id") if isinstance(event, dict) else None
        if not isinstance(name, str):
            continue
        earlier = first.setdefault(name.lower(), index)
        if earlier != index:
            found.append((index, f"repeated id: {name!r} is also the id of events[{earlier}]"))
    return found


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError("event list too large", where=path, why=f"{size} bytes; at most {MAX_BYTES}")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError("event list not readable", where=path, why=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ConfigError("event list is not UTF-8 text", where=path, why=str(error)) from error
    if "\0" in text:
        raise ConfigError("event list is not text", where=path, why="NUL bytes", todo="save it as CSV")
    return text


def _check_header(path: Path, header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in {*required, *optional}]
    repeated = sorted({name for name in header if header.count(name) > 1})
    reasons = [
        f"{label} column {', '.join(map(repr, names))}"
        for label, names in (("missing", missing), ("unknown", unknown), ("repeated", repeated))
        if names
    ]
    if reasons:
        raise ConfigError(
            "event list with other columns",
            where=f"{path}:1",
            why="; ".join(reasons),
            todo=f"columns, separated by commas: {', '.join(required)}; optional: {', '.join(optional)}",
        )
