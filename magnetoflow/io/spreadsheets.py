"""Cells of small spreadsheets (xlsx, CSV) from people: values only, within limits; nothing in them is run."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from magnetoflow.errors import ConfigError

MAX_BYTES = 5_000_000
MAX_UNPACKED = 60_000_000
MAX_MEMBERS = 1000
MAX_SHEETS = 50
MAX_ROWS = 20_000
MAX_COLUMNS = 50
LAST_ROW = 1_048_576

_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file (xls) or an encrypted one"),
    (b"\x80", "a pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"<", "HTML or XML text"),
    (b"%PDF", "a PDF"),
)
_UNREADABLE = (
    OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ArithmeticError,
    AssertionError, EOFError, ParseError, zipfile.BadZipFile, zlib.error, StopIteration,
)  # fmt: skip
"""What zipfile, expat and openpyxl raise on damaged files."""


@dataclass(frozen=True)
class Sheet:
    """Rows of a sheet that hold anything.

    Attributes
    ----------
    title : str
        Empty for a CSV file.
    rows : list of (int, tuple)
        Row number as the spreadsheet program counts, and its cells.
    """

    title: str
    rows: list[tuple[int, tuple[Any, ...]]]


def read_sheets(path: str | Path) -> list[Sheet]:
    """Read all sheets of an xlsx file, or a CSV file as one sheet.

    Parameters
    ----------
    path : path
        What the file is, its first bytes say.

    Returns
    -------
    list of Sheet
        Cells as text, numbers, dates; of a formula, the value that was saved with it. Cells beyond column 50
        are not read.

    Raises
    ------
    ConfigError
        It is neither, is damaged or beyond the limits.
    """
    path = Path(path)
    content = _content(path)
    if content.startswith(b"PK\x03\x04"):
        return _workbook(path, content)
    for begin, kind in _FOREIGN:
        if content.lstrip().startswith(begin):
            raise _refusal(path, f"it is {kind}")
    return [Sheet("", list(_csv_rows(path, content)))]


def _refusal(path: Path, why: str, what: str = "not a spreadsheet that can be read") -> ConfigError:
    return ConfigError(what, where=path, why=why, todo="save it as xlsx, or as CSV (UTF-8, commas)")


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refusal(path, f"{size} bytes; at most {MAX_BYTES}", "spreadsheet too large")
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error
    if not content.strip():
        raise _refusal(path, "it is empty")
    return content


def _csv_rows(path: Path, content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(path, f"neither xlsx nor UTF-8 text: {error}") from error
    if "\0" in text:
        raise _refusal(path, "neither xlsx nor text: NUL bytes")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = 0
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                found += 1
                _check_rows(path, found, lines.line_num)
                yield lines.line_num, tuple(cells[:MAX_COLUMNS])
    except csv.Error as error:
        raise ConfigError("not a CSV row", where=f"{path}:{lines.line_num}", why=str(error)) from error


def _check_rows(path: Path, found: int, number: int) -> None:
    if found > MAX_ROWS or number > LAST_ROW:
        raise _refusal(
            path, f"row {number}; at most {MAX_ROWS} rows that hold anything", "spreadsheet too large"
        )


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    from openpyxl import load_workbook

    try:
        _check_members(path, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that it leaves out
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheets = book.worksheets
            if len(sheets) > MAX_SHEETS:
                raise _refusal(path, f"{len(sheets)} sheets; at most {MAX_SHEETS}", "spreadsheet too large")
            return [Sheet(str(sheet.title), list(_sheet_rows(path, sheet))) for sheet in sheets]
    except _UNREADABLE as error:
        raise _refusal(path, f"damaged xlsx: {type(error).__name__}: {str(error)[:200]}") from error


def _check_members(path: Path, content: bytes) -> None:
    """Refuse archives that unpack to too much, and XML that declares entities."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
            reason = f"{len(members)} parts that unpack to {unpacked} bytes; at most {MAX_UNPACKED}"
            raise _refusal(path, reason, "spreadsheet too large")
        if "xl/workbook.xml" not in archive.namelist():
            raise _refusal(path, "a zip archive without xl/workbook.xml")
        for member in members:
            if b"<!DOCTYPE" in archive.read(member).replace(b"\0", b""):
                raise _refusal(path, f"{member.filename[:80]} declares a document type")


def _sheet_rows(path: Path, sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    sheet.reset_dimensions()  # the size that the file claims is not trusted: it pads every row
    found, before = 0, None
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
        if cells is before:  # one object for the rows between; published sheets end with a million of them
            if number > LAST_ROW:
                _check_rows(path, found, number)
            continue
        before = cells
        if any(cell is not None and str(cell).strip() for cell in cells):
            found += 1
            _check_rows(path, found, number)
            yield number, cells
