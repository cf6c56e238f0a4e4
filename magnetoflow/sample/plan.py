"""Which probe-days the MMS sample holds: intervals, orbits, regions visited and planted faults. No numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

TRAINING, CALIBRATION, DEMO = "training", "calibration", "demo"

DATA_FAULTS = ("gap", "fill", "nan", "zeros", "bad_flag", "b_missing", "b_flagged", "out_of_order", "overlap")
"""Faults that change records; all but the last two leave minutes without usable values."""

TABLE_FAULTS = ("solar_wind_table", "alternating_table", "descending_table")
"""Energy tables other than the day's own; the records themselves are good."""

FILE_FAULTS = ("old_version",)
"""A second, older version of a file beside the newest one, with other content."""


@dataclass(frozen=True)
class Fault:
    """One planted fault.

    Attributes
    ----------
    kind : str
        One of `DATA_FAULTS`, `TABLE_FAULTS` or `FILE_FAULTS`.
    start, stop : datetime
        UTC, half open. ``descending_table`` and ``old_version`` concern the whole file that holds `start`;
        ``overlap`` repeats the records of the interval in the file that follows.
    """

    kind: str
    start: datetime
    stop: datetime


@dataclass(frozen=True)
class ProbeDay:
    """One day of one spacecraft.

    Attributes
    ----------
    probe : int
        1 to 4.
    day : date
        UTC.
    role : str
        ``training``, ``calibration`` or ``demo``; only demo days are written as files.
    start, stop : datetime
        Interval with data, UTC, half open.
    apogee_re, apogee_longitude_deg, apogee_at : float
        Apogee of the orbit [RE], its GSE longitude [deg], and its time as a fraction of the interval.
    visits : tuple of float
        Share of the time in lobe, plasma sheet, magnetosphere, magnetosheath and upstream of the bow shock.
    table : str
        Energy table of the day: ``standard``, ``low`` or ``shifted``.
    flips : int
        Planted one-minute visits to a neighbouring region.
    faults : tuple of Fault
        Planted faults.
    """

    probe: int
    day: date
    role: str
    start: datetime
    stop: datetime
    apogee_re: float
    apogee_longitude_deg: float
    apogee_at: float
    visits: tuple[float, float, float, float, float]
    table: str = "standard"
    flips: int = 0
    faults: tuple[Fault, ...] = ()


DAYSIDE = (0.0, 0.0, 0.25, 0.35, 0.40)
FLANK = (0.09, 0.12, 0.20, 0.29, 0.30)


def _at(day: date, clock: str) -> datetime:
    """Time of day as an aware UTC time."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=UTC)


def _fault(kind: str, day: date, start: str, minutes: float) -> Fault:
    """Fault that lasts some minutes."""
    begin = _at(day, start)
    return Fault(kind, begin, begin + timedelta(minutes=minutes))


def _probe_day(
    probe: int,
    day: str,
    role: str,
    interval: tuple[str, str],
    orbit: tuple[float, float, float],
    visits: tuple[float, float, float, float, float],
    table: str = "standard",
    flips: int = 0,
    faults: tuple[tuple[str, str, float], ...] = (),
) -> ProbeDay:
    """Probe-day from the compact rows below."""
    when = date.fromisoformat(day)
    planted = tuple(_fault(kind, when, start, minutes) for kind, start, minutes in faults)
    start, stop = (_at(when, clock) for clock in interval)
    return ProbeDay(probe, when, role, start, stop, *orbit, visits, table, flips, planted)


_DEMO = (
    _probe_day(
        1,
        "2017-11-03",
        DEMO,
        ("04:01:12", "16:00:00"),
        (12.4, 10.0, 0.48),
        DAYSIDE,
        "standard",
        4,
        (
            ("gap", "09:12:20", 500 / 60),
            ("fill", "05:31:00", 3),
            ("nan", "11:44:00", 2),
            ("b_missing", "07:20:00", 12),
            ("b_flagged", "13:05:00", 6),
            ("out_of_order", "10:30:10", 0.5),
            ("old_version", "08:30:00", 1),
        ),
    ),
    _probe_day(
        1,
        "2017-11-24",
        DEMO,
        ("06:00:00", "18:30:00"),
        (25.2, 24.0, 2.3),
        DAYSIDE,
        "standard",
        4,
        (
            ("solar_wind_table", "16:10:00", 35),
            ("zeros", "08:20:00", 3),
            ("overlap", "11:57:00", 3),
            ("bad_flag", "13:40:00", 3),
        ),
    ),
    _probe_day(
        3,
        "2018-02-06",
        DEMO,
        ("02:00:00", "15:30:00"),
        (25.2, -62.0, 2.05),
        FLANK,
        "standard",
        4,
        (
            ("alternating_table", "09:00:00", 40),
            ("gap", "04:33:10", 15),
            ("b_missing", "11:10:00", 8),
            ("descending_table", "12:30:00", 1),
        ),
    ),
    _probe_day(
        4,
        "2018-12-19",
        DEMO,
        ("10:00:00", "21:15:00"),
        (12.4, -25.0, 0.55),
        DAYSIDE,
        "shifted",
        4,
        (
            ("fill", "14:21:30", 4),
            ("zeros", "17:02:00", 2),
            ("nan", "12:12:00", 1),
            ("overlap", "15:58:00", 2),
        ),
    ),
)

_ORBITS = ((12.4, 0.0, 0.5), (25.2, 35.0, 2.05), (12.4, -40.0, 0.45), (25.2, -20.0, -1.0), (25.2, 70.0, 2.0))
_TABLES = ("standard", "standard", "standard", "shifted", "low")


def _drawn(role: str, rows: tuple[tuple[int, str], ...], offset: int) -> tuple[ProbeDay, ...]:
    """Days that are simulated only: the orbits and tables take turns."""
    days = []
    for number, (probe, day) in enumerate(rows, start=offset):
        orbit = _ORBITS[number % len(_ORBITS)]
        visits = FLANK if abs(orbit[1]) > 50 or number % 4 == 3 else DAYSIDE
        table = _TABLES[(number * 2) % len(_TABLES)]
        days.append(_probe_day(probe, day, role, ("03:00:00", "17:00:00"), orbit, visits, table))
    return tuple(days)


_TRAINING = _drawn(
    TRAINING,
    (
        (1, "2015-11-20"),
        (2, "2015-12-14"),
        (3, "2016-01-09"),
        (4, "2016-02-17"),
        (1, "2016-10-25"),
        (2, "2016-11-30"),
        (3, "2016-12-21"),
        (4, "2017-01-15"),
        (2, "2017-02-08"),
        (3, "2017-12-12"),
        (1, "2018-01-23"),
        (4, "2018-03-02"),
        (1, "2018-11-17"),
        (2, "2018-12-05"),
        (3, "2019-02-03"),
        (4, "2019-02-24"),
        (1, "2019-11-12"),
        (2, "2019-12-09"),
        (3, "2020-01-05"),
        (4, "2020-02-11"),
        (1, "2020-03-08"),
        (2, "2020-11-22"),
        (3, "2020-12-18"),
        (4, "2021-01-27"),
    ),
    0,
)
_CALIBRATION = _drawn(
    CALIBRATION,
    (
        (2, "2018-04-04"),
        (3, "2018-11-08"),
        (1, "2019-01-17"),
        (4, "2019-03-20"),
        (1, "2020-04-02"),
        (2, "2021-02-15"),
    ),
    2,
)

PROBE_DAYS: tuple[ProbeDay, ...] = _DEMO + _TRAINING + _CALIBRATION


def sample_day(probe: int, day: date) -> ProbeDay | None:
    """Probe-day of the sample, or None where the sample has none."""
    found = (one for one in PROBE_DAYS if (one.probe, one.day) == (probe, day))
    return next(found, None)
