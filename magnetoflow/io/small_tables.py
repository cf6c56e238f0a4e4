"""Small tables and JSON files, read without numpy or pandas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from magnetoflow.errors import MagnetoflowError


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read the rows of a CSV table, as text; an empty field is empty text.

    Raises
    ------
    MagnetoflowError
        It is not there, or not such a table.
    """
    return list(each_row(path))


def each_row(path: str | Path) -> Iterator[dict[str, str]]:
    """Go through the rows of a CSV table.

    Raises
    ------
    MagnetoflowError
        As :func:`read_rows`.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream, strict=True)
    except (OSError, ValueError, csv.Error) as error:
        raise MagnetoflowError("table cannot be read", where=path, why=str(error)) from error


def rows_if_there(path: str | Path) -> list[dict[str, str]]:
    """Read the rows of a table; none where it is not there."""
    return read_rows(path) if Path(path).is_file() else []


def read_object(path: str | Path) -> dict[str, Any]:
    """Read a JSON object; an empty one where the file is not there.

    Raises
    ------
    MagnetoflowError
        It is no JSON object.
    """
    if not Path(path).is_file():
        return {}
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as error:
        raise MagnetoflowError("JSON file cannot be read", where=path, why=str(error)) from error
    return content
