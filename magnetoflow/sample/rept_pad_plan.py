"""Which days of REPT electrons the sample holds, and the storm planted in them. No numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PROBES = ("a", "b")
FIRST, COUNT = date(2013, 3, 13), 10
DAYS = tuple(FIRST + timedelta(days=one) for one in range(COUNT))
APOGEE_MLT = 18.0
"""At dusk by choice, not as it was: the dayside is on the way out, the nightside on the way in."""
LAG_S = {"a": 0.0, "b": 11500.0}
"""How long after the first probe the other one is at a place of the orbit."""

CADENCE_S = 60
"""Every sixth spin or so is kept: each record is one spin."""
SPIN_S = 10.9
SEED = 20130313


@dataclass(frozen=True)
class Storm:
    """A planted storm.

    Attributes
    ----------
    id : str
    onset, minimum, end : datetime
        UTC: start and end of the main phase, end of the recovery.
    """

    id: str
    onset: datetime
    minimum: datetime
    end: datetime


STORM = Storm(
    "sample_storm",
    datetime(2013, 3, 17, 6, tzinfo=UTC),
    datetime(2013, 3, 17, 20, tzinfo=UTC),
    datetime(2013, 3, 22, tzinfo=UTC),
)
EVENTS = {"sample_rept_a": "a", "sample_rept_b": "b"}
"""Probe of each event; an event is all days."""

SWAPPED_DAY = ("b", date(2013, 3, 15))
"""The file of this probe-day has its energy axis before its angle axis."""
NO_L_STAR_DAYS = (("b", date(2013, 3, 20)), ("b", date(2013, 3, 21)))
"""L* of these probe-days is fill."""
EPOCH_TYPES = {"a": "CDF_EPOCH", "b": "CDF_TIME_TT2000"}


def is_sample_day(probe: str, day: date) -> bool:
    """Whether the sample has this probe, ``a`` or ``b``, on this UTC date."""
    return probe in PROBES and day in DAYS
