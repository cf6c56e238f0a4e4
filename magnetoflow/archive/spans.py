"""Which part of a day a manifest of a remote archive holds, as its name says. No numpy here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from magnetoflow.errors import ArchiveError

Span = tuple[datetime, datetime]
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """Begin of a UTC date."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def part_of(day: date, start: datetime, stop: datetime) -> str:
    """Part of a day that [start, stop) asks for, as a name.

    Parameters
    ----------
    day : date
        UTC.
    start, stop : datetime
        UTC, half open; cut at the day's borders, and widened to whole seconds.

    Returns
    -------
    str
        ``223330_224000``; empty where it is the whole day. An interval that begins after the day asks for
        what reaches over its end: ``240000_240000``.
    """
    begin = midnight(day)
    low = min(max(start.replace(microsecond=0), begin), begin + DAY)
    high = max(low, min(stop, begin + DAY))
    if high.microsecond:
        high = high.replace(microsecond=0) + timedelta(seconds=1)
    if (low, high) == (begin, begin + DAY):
        return ""
    return f"{_clock(low - begin)}_{_clock(high - begin)}"


def _clock(since_midnight: timedelta) -> str:
    seconds = int(since_midnight.total_seconds())
    return f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"


def read_day(name: str) -> tuple[date, Span | None]:
    """Date and part of a manifest's name: ``20170711`` or ``20170711_223330_224000``.

    Raises
    ------
    ArchiveError
        It is no such name.
    """
    match = re.fullmatch(r"(\d{8})(?:_(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d))?", name)
    try:
        if match is None:
            raise ValueError("expected YYYYMMDD or YYYYMMDD_hhmmss_hhmmss")
        day = datetime.strptime(match[1], "%Y%m%d").date()
    except ValueError as error:
        raise ArchiveError(f"not the name of a manifest: {name!r}", why=str(error)) from error
    if match[2] is None:
        return day, None
    numbers = [int(one) for one in match.groups()[1:]]
    low, high = (timedelta(hours=h, minutes=m, seconds=s) for h, m, s in (numbers[:3], numbers[3:]))
    return day, (midnight(day) + low, midnight(day) + high)
