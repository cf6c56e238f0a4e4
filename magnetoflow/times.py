"""Times: UTC, ISO 8601, half-open intervals. No numpy here: the Snakefile imports this module."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from magnetoflow.errors import ConfigError


def parse_utc(text: str) -> datetime:
    """Read a UTC time from ISO 8601 text.

    Parameters
    ----------
    text : str
        ``2015-10-17T04:55``, with a blank instead of ``T``, with or without seconds, with or without ``Z``.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    ConfigError
        The text is not a time, or carries a zone other than UTC.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(
            f"not a time: {text!r}", why=str(error), todo="write UTC as 2015-10-17T04:55:00"
        ) from error
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    if time.utcoffset() != timedelta(0):
        raise ConfigError(
            f"time with a zone: {text!r}",
            why="times are UTC",
            todo="convert to UTC and write it with Z or without zone",
        )
    return time.astimezone(UTC)


def format_utc(time: datetime) -> str:
    """Write a time as ``2015-10-17T04:55:00Z``, with a fraction only where there is one."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def days_between(start: datetime, stop: datetime) -> list[date]:
    """UTC dates that overlap the half-open interval [start, stop)."""
    last = (stop - timedelta(microseconds=1)).date()
    return [start.date() + timedelta(days=n) for n in range((last - start.date()).days + 1)]
