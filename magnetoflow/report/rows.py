"""Rows of finished tables, and the words that say their numbers. Standard library only: rules import it."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

Row = dict[str, str]
CHUNK = 1 << 20
MOST_LISTED = 8
"""Kinds that a sentence lists."""


def read_rows(path: Path, most: int | None = None) -> list[Row]:
    """Rows of a table, at most `most`; none where there is no table."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(islice(csv.DictReader(stream), most))


def count_rows(path: Path) -> int:
    """Count rows below the column row, without reading them as a table."""
    if not path.is_file():
        return 0
    with path.open("rb") as stream:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(CHUNK), b""))
    return max(lines - 1, 0)


def whole(text: str | None) -> int:
    """Whole number of a cell; 0 where it is empty."""
    return int(float(text)) if text else 0


def numbers_of(rows: Iterable[Row], column: str) -> list[float]:
    """Finite numbers of a column."""
    cells = (row.get(column) for row in rows)
    return [value for value in (float(cell) for cell in cells if cell) if math.isfinite(value)]


def middle(rows: Iterable[Row], column: str, unit: str = "") -> str:
    """Median of a column in words; ``not known`` where it holds no number."""
    values = numbers_of(rows, column)
    return with_unit(median(values), unit) if values else "not known"


def with_unit(value: float, unit: str = "") -> str:
    """Write a number with three digits, and its unit."""
    text = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {unit}" if unit else text


def cell(text: str | None, unit: str = "", error: str | None = None) -> str:
    """Write the number of a cell, its error and its unit; ``not known`` where it is empty."""
    if not text:
        return "not known"
    words = with_unit(float(text)) + (f" ± {float(error):.2g}" if error else "")
    return f"{words} {unit}" if unit else words


def counted(number: int, one: str, many: str = "") -> str:
    """``1 event``, ``4 events``, ``no event``."""
    return f"{number or 'no'} {one if number < 2 else many or one + 's'}"


def amount(number: int, many: str) -> str:
    """``1 minute``, ``0 minutes``: a number and what it counts, which ends in s."""
    return f"{number} {many.removesuffix('s') if number == 1 else many}"


def share(part: float, whole_: float) -> str:
    """Share in percent; ``-`` of nothing."""
    return f"{100 * part / whole_:.3g} %" if whole_ else "-"


def tally(text: str | None) -> Counter[str]:
    """Read counts of a cell ``name:count name:count``."""
    found: Counter[str] = Counter()
    for name, number in re.findall(r"(\S.*?):(\d+)(?:\s|$)", text or ""):
        found[name] += int(number)
    return found


def listed(counts: Mapping[str, int], *, shares: bool = False) -> str:
    """Say counts, the largest first; ``none`` where there are none."""
    total = sum(counts.values())
    ordered = sorted(((n, name) for name, n in counts.items() if n), key=lambda one: (-one[0], one[1]))
    said = [f"{name} {n}" + (f" ({share(n, total)})" if shares else "") for n, name in ordered]
    return in_line(said) or "none"


def in_line(words: Sequence[str]) -> str:
    """Join words by commas; those beyond `MOST_LISTED` are counted."""
    more = [f"and {len(words) - MOST_LISTED} more"] if len(words) > MOST_LISTED else []
    return ", ".join([*words[:MOST_LISTED], *more])


def kinds(rows: Iterable[Row], column: str) -> Counter[str]:
    """How often each value of a column occurs."""
    return Counter(row[column] for row in rows if row.get(column))
