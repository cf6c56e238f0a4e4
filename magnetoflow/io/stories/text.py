"""Sections of a story, and how times, numbers and long lists are written in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from magnetoflow.times import format_utc

MOST = 8
"""Lines of a list that are shown."""
WIDTH = 110


@dataclass(frozen=True)
class Section:
    """A part of a story: a title, and one line per fact."""

    title: str
    lines: Sequence[str]


def story_text(title: str, sections: Iterable[Section]) -> str:
    """Write a story: its title, then each section that has lines."""
    parts = [title]
    for section in sections:
        if section.lines:
            parts += ["", section.title, *(line for one in section.lines for line in _wrapped(one))]
    return "\n".join(parts) + "\n"


def _wrapped(line: str) -> list[str]:
    """Break a sentence that is too long between words; paths stay whole."""
    indent = " " * (2 + len(line) - len(line.lstrip(" ")))
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def first_of(lines: Sequence[str], most: int = MOST, *, where: str = "") -> list[str]:
    """Show the first lines of a list, and say how many more there are, and where."""
    if len(lines) <= most + 1:
        return list(lines)
    return [*lines[:most], f"... and {len(lines) - most} more{f', in {where}' if where else ''}"]


def duration(seconds: float) -> str:
    """Write a length of time: ``0.41 s``, ``5 min 3 s``, ``12 h``, ``3 d 4 h``."""
    if abs(seconds) < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2])


def clock(time: datetime | str) -> str:
    """Write a time in UTC, to the millisecond, without a fraction that is zero."""
    if isinstance(time, str):
        head, dot, fraction = time.removesuffix("Z").partition(".")
        digits = fraction[:3].rstrip("0") if dot else ""
        return f"{head}{'.' + digits if digits else ''}Z"
    return clock(format_utc(time))


def span(start: datetime | str, stop: datetime | str) -> str:
    """Write an interval; a common date once."""
    begin, end = clock(start), clock(stop)
    return f"{begin} to {end.split('T')[1] if begin[:10] == end[:10] else end}"


def number(value: float | str | None, digits: int = 3) -> str:
    """Write a number with so many significant digits; what is missing as ``-``."""
    if value is None or value == "":
        return "-"
    return f"{float(value):.{digits}g}"


def with_error(value: float | str | None, error: float | str | None, unit: str = "") -> str:
    """Write ``-65.0 +- 0.03 km/s``, as many decimals as the error has, of two digits."""
    if value in (None, ""):
        return "-"
    end = f" {unit}" if unit else ""
    if error in (None, "") or float(error or 0) <= 0:
        return f"{number(value, 4)}{end} (no error stated)"
    text = f"{float(error or 0):.2g}"
    places = len(text.partition(".")[2]) if "e" not in text else 4
    return f"{float(value or 0):.{places}f} +- {text}{end}"


def percent(part: float, whole: float) -> str:
    """Write a share; what is neither nothing nor all is not rounded to that."""
    if not whole:
        return "-"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    if 99.9 < share < 100:
        return "> 99.9 %"
    return f"{share:.3g} %"


def many(count: int, thing: str) -> str:
    """Write a number of things: ``1 file``, ``2 files``."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def reason_parts(text: str) -> list[str]:
    """Split the message of an error, in one line, into what happened, where, why, and what to do."""
    return [one.strip() for one in re.split(r" (?=(?:where|why|do): )", text)]


def told_counts(counts: Mapping[str, int], words: Mapping[str, str], whole: int, unit: str) -> list[str]:
    """Write each count with its meaning, largest first."""
    found = sorted(((-count, name) for name, count in counts.items() if count))
    wide = max((len(name) for _, name in found), default=0)
    return [
        f"{name:{wide}}  {-count} {unit if count < -1 else unit.removesuffix('s')} "
        f"({percent(-count, whole)}){': ' + words[name] if name in words else ''}"
        for count, name in found
    ]


def hours_between(start: datetime, stop: datetime) -> str:
    """Write the length of an interval."""
    return duration((stop - start) / timedelta(seconds=1))
