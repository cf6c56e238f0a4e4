"""Shards: the parts of UTC dates that are one job each of ``aurora``. No numpy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from magnetoflow.config import CameraEvent

CameraDay = tuple[str, str]
Shard = tuple[str, str, str]


def shards_of(event: CameraEvent, hours: int) -> Iterator[tuple[Shard, tuple[datetime, datetime]]]:
    """Cut an event at the borders of shards.

    Parameters
    ----------
    event : CameraEvent
    hours : int
        Length of a shard, a divisor of 24.

    Yields
    ------
    (site, day, hour) : tuple of str
        ``("gill", "20140310", "06")``; the hour is the shard's first.
    (start, stop) : tuple of datetime
        Part of the event inside the shard.
    """
    length = timedelta(hours=hours)
    midnight = datetime.combine(event.start.date(), datetime.min.time(), UTC)
    begin = midnight + (event.start - midnight) // length * length
    while begin < event.stop:
        part = max(begin, event.start), min(begin + length, event.stop)
        yield (event.site, f"{begin:%Y%m%d}", f"{begin:%H}"), part
        begin += length


def joined(parts: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Sort intervals and join those that touch."""
    whole: list[tuple[datetime, datetime]] = []
    for start, stop in sorted(parts):
        if whole and start <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(stop, whole[-1][1])
        else:
            whole.append((start, stop))
    return whole


def dated(pattern: str, site: str, day: str) -> str:
    """Fill a path pattern with site, day, dated (YYYY/MM/DD) and dashed (YYYY-MM-DD)."""
    year, month, date_ = day[:4], day[4:6], day[6:]
    return pattern.format(
        site=site, day=day, dated=f"{year}/{month}/{date_}", dashed=f"{year}-{month}-{date_}"
    )
