"""Label spreadsheets: intervals that people labelled, in every layout of the published sheets.

A sheet is read where one of its first rows names the columns: date, classification (or type), start and end
frame, start and end time, camera (or site), confidence, notes; case, blanks and ``_`` do not matter. Frames
or times may be missing, not both; without a camera column the title of the sheet names the site. Other sheets
of the file (legends) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from magnetoflow.aurora.label_codes import CODES, NOTES, normal_code, possible_classes
from magnetoflow.aurora.label_rows import LabelRow, LabelTable, camera_days, joined, without_days
from magnetoflow.errors import ConfigError
from magnetoflow.io.label_cells import (
    confidence_of,
    day_time,
    frame_number,
    site_of,
    text_of,
    utc_date,
)
from magnetoflow.io.spreadsheets import Sheet, read_sheets

__all__ = ["LabelRow", "LabelTable", "camera_days", "joined", "read_label_sheet", "without_days"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date",),
    "site": ("camera", "site"),
    "code": ("classification", "type", "label", "class"),
    "start_frame": ("start frame",),
    "end_frame": ("end frame",),
    "start_time": ("start time",),
    "end_time": ("end time",),
    "confidence": ("confidence",),
    "note": ("notes", "note"),
}
"""What is read, and the names that its column has, in lower case."""

HEADER_WITHIN = 10
"""The column row is one of so many first rows that hold anything."""

_LAYOUT = (
    "columns: date, camera (or a sheet named after its site), classification, start frame and end frame or "
    "start time and end time; optional: confidence, notes"
)
_MOST = 5

T = TypeVar("T", int, datetime)


def read_label_sheet(path: str | Path, *, codes: Mapping[str, tuple[int, ...]] | None = None) -> LabelTable:
    """Read all labelled intervals of a spreadsheet.

    Parameters
    ----------
    path : path
        xlsx, or CSV with the same columns.
    codes : mapping of str to tuple of int, optional
        More codes, or other meanings: code to the indices of the classes that it leaves possible.

    Returns
    -------
    LabelTable
        Where a row's times contradict themselves (end before start) but its frames do not, the times are set
        aside and a remark says so: the published sheets have such rows.

    Raises
    ------
    ConfigError
        Not a spreadsheet, no label sheet in it, or rows that cannot be read; the message names file, sheet
        and row, what was found and what is allowed.
    """
    path = Path(path)
    meanings = {**CODES, **{normal_code(code): classes for code, classes in (codes or {}).items()}}
    rows: list[LabelRow] = []
    remarks: list[str] = []
    problems: list[tuple[str, str]] = []
    sheets = read_sheets(path)
    headers = {sheet.title: _header(path, sheet) for sheet in sheets}
    if not any(headers.values()):
        titles = ", ".join(repr(sheet.title) for sheet in sheets if sheet.title)
        why = "none of the first rows names its columns" + (f"; sheets: {titles}" if titles else "")
        raise ConfigError("no labels in this spreadsheet", where=path, why=why, todo=_LAYOUT)
    for sheet in sheets:
        header = headers[sheet.title]
        if header is None:
            remarks.append(f"{_place(path, sheet)}: not a label sheet, left out")
            continue
        for number, cells in _below(sheet, *header):
            place = f"{_place(path, sheet)}:{number}"
            try:
                row, remark = _row(header[1], cells, sheet.title, place, meanings)
            except ValueError as error:
                problems.append((place, str(error)))
                continue
            rows.append(row)
            remarks += [f"{place}: {remark}"] if remark else []
    _check(path, rows, problems)
    return LabelTable(tuple(rows), tuple(remarks))


def _place(path: Path, sheet: Sheet) -> str:
    return f"{path.name}:{sheet.title}" if sheet.title else path.name


def _check(path: Path, rows: list[LabelRow], problems: list[tuple[str, str]]) -> None:
    if problems:
        more = [f"{place}: {why}" for place, why in problems[1:_MOST]]
        rest = [f"and {len(problems) - _MOST} more rows"] if len(problems) > _MOST else []
        place, why = problems[0]
        raise ConfigError(
            "label sheet with rows that cannot be read",
            where=f"{path.parent / place}",
            why="; ".join([why, *more, *rest]),
            todo="correct these rows, or remove them",
        )
    if not rows:
        raise ConfigError("no labels in this spreadsheet", where=path, why="no rows below the column row")


def _header(path: Path, sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Row number of the column row and the place of each column; None for a legend."""
    for number, cells in sheet.rows[:HEADER_WITHIN]:
        names = [text_of(cell).casefold().replace("_", " ") for cell in cells]
        found = {
            key: [index for index, name in enumerate(names) if name in known]
            for key, known in COLUMNS.items()
        }
        if sum(bool(places) for places in found.values()) < 3:
            continue
        _check_columns(f"{path.parent / _place(path, sheet)}:{number}", sheet.title, found)
        return number, {key: places[0] for key, places in found.items() if places}
    return None


def _check_columns(where: str, title: str, found: Mapping[str, list[int]]) -> None:
    missing = [COLUMNS[key][0] for key in ("date", "code") if not found[key]]
    if not found["site"] and _title_site(title) is None:
        missing.append("camera")
    if not (found["start_frame"] and found["end_frame"]) and not (found["start_time"] and found["end_time"]):
        missing.append("start frame and end frame, or start time and end time")
    repeated = [COLUMNS[key][0] for key, places in found.items() if len(places) > 1 and key != "note"]
    lists = (("missing", missing), ("more than one", repeated))
    reasons = [f"{label}: {', '.join(names)}" for label, names in lists if names]
    if reasons:
        raise ConfigError("label sheet with other columns", where=where, why="; ".join(reasons), todo=_LAYOUT)


def _title_site(title: str) -> str | None:
    try:
        return site_of(title)
    except ValueError:
        return None


def _below(sheet: Sheet, header: int, columns: Mapping[str, int]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that fill one of the columns; sums and remarks below a table do not."""
    wanted = [index for key, index in columns.items() if key not in {"note", "confidence"}]
    for number, cells in sheet.rows:
        if number > header and any(index < len(cells) and text_of(cells[index]) for index in wanted):
            yield number, cells


def _row(
    columns: Mapping[str, int],
    cells: tuple[Any, ...],
    title: str,
    place: str,
    codes: Mapping[str, tuple[int, ...]],
) -> tuple[LabelRow, str]:
    """Row and remark; ValueError says what is wrong."""
    cell = {key: cells[index] if index < len(cells) else None for key, index in columns.items()}
    day = utc_date(cell["date"])
    code = text_of(cell["code"])
    possible = possible_classes(code, codes)
    if possible is None:
        raise ValueError(f"unknown code {code[:40]!r}; allowed: {', '.join(sorted(codes))}")
    frames = _ordered("frame", frame_number(cell.get("start_frame")), frame_number(cell.get("end_frame")))
    times, remark = _times(cell, day, may_fail=frames is not None)
    if frames is None and times is None:
        raise ValueError("neither frames nor times")
    notes = (text_of(cell.get("note")), NOTES.get(normal_code(code), ""))
    row = LabelRow(
        site=site_of(cell.get("site", title)),
        date=day,
        start_frame=frames[0] if frames else None,
        end_frame=frames[1] if frames else None,
        start_time=times[0] if times else None,
        end_time=times[1] if times else None,
        possible=possible,
        code=code,
        confidence=confidence_of(cell.get("confidence")),
        where=place,
        note="; ".join(text for text in notes if text),
    )
    return row, remark


def _times(
    cell: Mapping[str, Any], day: date, *, may_fail: bool
) -> tuple[tuple[datetime, datetime] | None, str]:
    begin, end = (day_time(cell.get(key), day) for key in ("start_time", "end_time"))
    try:
        return _ordered("time", begin, end), ""
    except ValueError as error:
        if not may_fail:
            raise
        return None, f"{error}; the frames are used"


def _ordered(what: str, begin: T | None, end: T | None) -> tuple[T, T] | None:
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        raise ValueError(f"{'start' if begin is None else 'end'} {what} is missing")
    if end < begin:
        raise ValueError(f"end {what} {_short(end)} before start {what} {_short(begin)}")
    return begin, end


def _short(value: int | datetime) -> str:
    return f"{value:%H:%M:%S}" if isinstance(value, datetime) else str(value)
