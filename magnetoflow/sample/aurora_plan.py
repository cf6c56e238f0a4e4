"""Which camera-days the sample of all-sky images holds: nights, scenes, planted faults, labels. No numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PRODUCT = "themis_asi"

DATA_FAULTS = (
    "missing_frame",
    "missing_minutes",
    "twin",
    "repeated",
    "wide",
    "clock_back",
    "black",
    "saturated",
)
"""Faults that leave every file readable."""

FILE_FAULTS = ("truncated", "crc", "size", "no_time")
"""Faults for which a file is refused, with its minute."""

CLOCK_STEP_S = 4
"""From the tenth frame of a minute with ``clock_back`` to its end, the clock is so much behind."""


@dataclass(frozen=True)
class PlannedScene:
    """One scene of a night.

    Attributes
    ----------
    kind, variant : str
        Class, and its variant in :data:`magnetoflow.sample.aurora_draw.VARIANTS`.
    minutes : float [min]
    """

    kind: str
    variant: str
    minutes: float


@dataclass(frozen=True)
class Fault:
    """One planted fault, in the minute files from `start` on.

    Attributes
    ----------
    kind : str
        One of `DATA_FAULTS` or `FILE_FAULTS`.
    start : datetime
        UTC, a whole minute.
    minutes : int
    """

    kind: str
    start: datetime
    minutes: int = 1

    def covers(self, minute: datetime) -> bool:
        """Whether the fault lies in a minute."""
        return self.start <= minute < self.start + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Night:
    """One night of one camera; it may cross midnight.

    Attributes
    ----------
    site : str
    start : datetime
        UTC.
    scenes : tuple of PlannedScene
    faults : tuple of Fault
    """

    site: str
    start: datetime
    scenes: tuple[PlannedScene, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def stop(self) -> datetime:
        """End of the last scene."""
        return self.start + timedelta(minutes=sum(one.minutes for one in self.scenes))


@dataclass(frozen=True)
class CameraDay:
    """The part of a night that lies on one UTC date.

    Attributes
    ----------
    site : str
    day : date
    start, stop : datetime
        UTC, half open.
    night : Night
    """

    site: str
    day: date
    start: datetime
    stop: datetime
    night: Night

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults planted on this date."""
        return tuple(one for one in self.night.faults if self.start <= one.start < self.stop)


def _night(site: str, start: str, scenes: str, *faults: tuple[str, str, int]) -> Night:
    """Night from compact rows: ``class/variant minutes, ...``; faults by kind, clock and minutes."""
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    planned = []
    for row in scenes.split(", "):
        name, minutes = row.split()
        kind, variant = name.split("/")
        planned.append(PlannedScene(kind, variant, float(minutes)))
    planted = []
    for fault, clock, length in faults:
        when = datetime.combine(begin.date(), datetime.strptime(clock, "%H:%M").time(), UTC)
        planted.append(Fault(fault, when + timedelta(days=when < begin), length))
    return Night(site, begin, tuple(planned), tuple(planted))


NIGHTS: tuple[Night, ...] = (
    _night(
        "gill", "2014-03-10T06:00",
        "no_aurora/clear 3, other_aurora/arc 4, pulsating/patches 5, other_aurora/static_patches 3, "
        "bad_viewing/cloud 3, no_aurora/lamp 2",
        ("wide", "06:02", 1), ("missing_frame", "06:04", 1), ("twin", "06:08", 1),
        ("missing_minutes", "06:16", 1),
    ),
    _night(
        "rank", "2014-03-10T06:00",
        "bad_viewing/snow 3, no_aurora/moonlit 3, other_aurora/substorm 4, pulsating/part 5, "
        "other_aurora/diffuse 3, no_aurora/clear 2",
        ("repeated", "06:05", 1), ("missing_frame", "06:11", 1), ("clock_back", "06:16", 1),
    ),
    _night(
        "gill", "2016-12-30T23:50",
        "other_aurora/arcs 3, other_aurora/rayed 4, pulsating/with_arc 6, no_aurora/haze 3, "
        "bad_viewing/cloud 4",
    ),
    _night(
        "rank", "2016-12-30T23:50",
        "no_aurora/clear 4, other_aurora/diffuse 4, pulsating/patches 5, bad_viewing/aurora_behind 4, "
        "no_aurora/lamp 3",
        ("missing_frame", "23:54", 1), ("missing_frame", "00:03", 1),
    ),
    _night(
        "gill", "2018-01-30T07:00",
        "bad_viewing/cloud_moon 4, no_aurora/moonlit 4, other_aurora/static_patches 3, pulsating/patches 5, "
        "other_aurora/substorm 4",
        ("black", "07:01", 1), ("saturated", "07:02", 1), ("missing_minutes", "07:09", 1),
    ),
    _night(
        "rank", "2018-01-30T07:00",
        "bad_viewing/moon 3, other_aurora/arcs 4, pulsating/patches 5, no_aurora/haze 4, bad_viewing/snow 4",
        ("truncated", "07:05", 1), ("crc", "07:13", 1), ("size", "07:14", 1), ("no_time", "07:18", 1),
    ),
)  # fmt: skip
"""The networks and smoothers that are shipped were trained on other sites and nights."""


def _days(night: Night) -> list[CameraDay]:
    """Camera-days of a night."""
    days, start = [], night.start
    while start < night.stop:
        midnight = datetime.combine(start.date() + timedelta(days=1), datetime.min.time(), UTC)
        stop = min(midnight, night.stop)
        days.append(CameraDay(night.site, start.date(), start, stop, night))
        start = stop
    return days


CAMERA_DAYS: tuple[CameraDay, ...] = tuple(one for night in NIGHTS for one in _days(night))

DAMAGED_DAYS: tuple[tuple[str, date], ...] = (("rank", date(2018, 1, 30)),)
"""The camera-days with files that are refused."""

IMAGERS = {"gill": "themis19", "rank": "themis12", "gako": "themis20"}

SKYMAP_DAYS = (date(2013, 9, 1), date(2019, 1, 1))
"""From when the skymaps of each site hold: the nights need the first one, the second is too late."""

COMPATIBLE_SITE = "gako"
"""Site whose skymap the published mask was made of; it has no images here."""

CODES = {
    "no_aurora": "cs",
    "moonlit": "cm",
    "arc": "dis-sub",
    "arcs": "dis-sub",
    "rayed": "dis-sub",
    "substorm": "dis-sub",
    "diffuse": "diff",
    "static_patches": "diff",
    "pulsating": "p",
    "cloud": "cl",
    "cloud_moon": "cl",
    "aurora_behind": "cl",
    "bad_viewing": "bv",
}
"""Labeller's code of a variant, or else of a class."""

CLASSIFICATION_FOLDER = "themis/classifications"

UPDATED_SHEET = "themis/labels/classification-sample updated.xlsx"
PLAIN_SHEET = "themis/labels/classification-sample.xlsx"
INTERVALS_SHEET = "themis/labels/human_intervals.csv"

SHEET_DAYS: dict[str, tuple[tuple[str, date], ...]] = {
    UPDATED_SHEET: (("gill", date(2014, 3, 10)), ("rank", date(2014, 3, 10))),
    PLAIN_SHEET: (("gill", date(2016, 12, 30)), ("gill", date(2016, 12, 31))),
    INTERVALS_SHEET: (
        ("rank", date(2016, 12, 30)),
        ("rank", date(2016, 12, 31)),
        ("gill", date(2018, 1, 30)),
    ),
}
"""Label files below the root, and the camera-days that each one labels."""

LABEL_FILES: tuple[str, ...] = tuple(SHEET_DAYS)
LABELLED_DAYS: tuple[tuple[str, date], ...] = tuple(one for days in SHEET_DAYS.values() for one in days)

PREDICTED_DAYS: tuple[tuple[str, date], ...] = LABELLED_DAYS
"""Camera-days with a text file of the earlier published form."""


def camera_day(site: str, day: date) -> CameraDay | None:
    """Camera-day of the sample, or None where the sample has none."""
    return next((one for one in CAMERA_DAYS if (one.site, one.day) == (site, day)), None)


def prediction_file(site: str, day: date) -> str:
    """Path below the root of a camera-day's output in the earlier published form."""
    return f"{CLASSIFICATION_FOLDER}/{day:%Y/%m/%d}/{day:%Y%m%d}_{site}_themis_classifications.txt"


def is_demo_day(site: str, day: date) -> bool:
    """Whether the sample holds a camera-day."""
    return camera_day(site, day) is not None


def code_of(scene: PlannedScene) -> str:
    """Labeller's code of a scene."""
    return CODES.get(scene.variant, CODES.get(scene.kind, ""))


PREDICTION_FILES: tuple[str, ...] = tuple(prediction_file(*one) for one in PREDICTED_DAYS)
