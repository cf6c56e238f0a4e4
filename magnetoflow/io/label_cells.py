"""One cell of a label sheet as date, time, frame number or confidence, in all the ways people write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from magnetoflow.aurora.sites import SITES

MAX_FRAME = 28_799
"""A UTC day at one frame each 3 s has frames 0 to this."""

MORE_SITES = ("pfrr",)
"""Cameras of published label sheets that are not of the THEMIS network: Poker Flat."""

_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)
_TIME = re.compile(r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(\.\d{1,6})?)?")
_DAY = timedelta(days=1)


def text_of(cell: Any) -> str:
    """Text without blanks around it; empty for an empty cell."""
    return "" if cell is None else str(cell).strip()


def whole_number(cell: Any) -> int:
    """Read ``'05138 '``, ``86`` or ``86.0``.

    Raises
    ------
    ValueError
        Another value.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and float(cell).is_integer():
        return int(cell)
    text = text_of(cell)
    if re.fullmatch(r"[0-9]{1,9}(\.0*)?", text):
        return int(text.partition(".")[0])
    raise ValueError(f"{text[:40]!r} is not a whole number")


def frame_number(cell: Any) -> int | None:
    """Frame number within a UTC day, or None for an empty cell.

    Raises
    ------
    ValueError
        Not such a number.
    """
    if not text_of(cell):
        return None
    number = whole_number(cell)
    if not 0 <= number <= MAX_FRAME:
        raise ValueError(f"frame {number} is outside the day: a UTC day has frames 0 to {MAX_FRAME}")
    return number


def utc_date(cell: Any) -> date:
    """Read a date from a date cell, ``20200129`` as text or number, or ``2020-01-29``.

    Raises
    ------
    ValueError
        Another value, or a year outside 2000 to 2099.
    """
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    else:
        text = text_of(cell).removesuffix(".0")
        if not re.fullmatch(r"\d{8}|\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(f"{text[:40]!r} is not a date; write 2020-01-29 or 20200129")
        day = date.fromisoformat(text)
    if not _FIRST <= day <= _LAST:
        raise ValueError(f"{day} is not between {_FIRST} and {_LAST}")
    return day


def day_time(cell: Any, day: date) -> datetime | None:
    """Moment of a UTC date, or None for an empty cell.

    Parameters
    ----------
    cell : object
        ``08:19:18``, ``4.08.36``, ``11:21``, a time cell, or a date cell whose date is not looked at (the
        spreadsheet program puts the day of typing there).
    day : date

    Raises
    ------
    ValueError
        Not a time of the day.
    """
    if not text_of(cell):
        return None
    since = _since_midnight(cell)
    if not timedelta(0) <= since <= _DAY:
        raise ValueError(f"time {text_of(cell)[:40]!r} is outside the day")
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + since


def _since_midnight(cell: Any) -> timedelta:
    if isinstance(cell, timedelta):
        return cell
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return timedelta(
            hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond
        )
    if isinstance(cell, float) and 0 <= cell < 1:
        return timedelta(seconds=round(cell * 86_400))
    found = _TIME.fullmatch(text_of(cell).removesuffix("Z"))
    if found is None:
        raise ValueError(f"{text_of(cell)[:40]!r} is not a time; write 08:19:18")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if hours > 24 or minutes > 59 or seconds > 59:
        raise ValueError(f"time {text_of(cell)[:40]!r} is outside the day")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds + float(found[4] or 0))


def confidence_of(cell: Any) -> float | None:
    """Read the labeller's confidence, or None for an empty cell.

    Raises
    ------
    ValueError
        Not a number.
    """
    text = text_of(cell)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"confidence {text[:40]!r} is not a number")
    return value


def site_of(cell: Any) -> str:
    """Read a site of a camera.

    Raises
    ------
    ValueError
        Not a known site.
    """
    name = text_of(cell).lower()
    known = (*SITES, *MORE_SITES)
    if name not in known:
        raise ValueError(f"unknown site {name[:40]!r}; allowed: {', '.join(known)}")
    return name
