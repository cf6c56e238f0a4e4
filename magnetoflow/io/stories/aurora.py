"""The story of an event, or of a camera-day, of ``aurora``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from magnetoflow.aurora.classes import Flag
from magnetoflow.io.overview.states import FAILED, NO_DATA
from magnetoflow.io.small_tables import each_row, read_object, rows_if_there
from magnetoflow.io.stories.aurora_files import image_lines, lost_lines
from magnetoflow.io.stories.aurora_results import interval_lines, label_lines, patch_lines, score_lines
from magnetoflow.io.stories.choices import choices
from magnetoflow.io.stories.gaps import Gap, between, gap_section
from magnetoflow.io.stories.known import event_of
from magnetoflow.io.stories.place import Place, failure_rows, times_of
from magnetoflow.io.stories.recorded import later
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import Section, duration, many, percent, span, told_counts
from magnetoflow.io.stories.warnings import Facts, warnings
from magnetoflow.times import days_between, parse_utc

WORDS = {
    "BLACK": "nothing above the dark level: labelled bad viewing",
    "SATURATED": "more than a tenth of the sky is saturated: labelled bad viewing",
    "CLOCK_BACK": "the camera's clock stood before the previous frame",
    "GAP_BEFORE": "first frame, or after a gap",
    "SHORT_CONTEXT": "too few neighbours in time: judged from its own brightness mostly",
    "SUN_UP": "the Sun is above the limit",
    "MOON_UP": "the Moon is up and lit",
    "NO_SKYMAP": "no mask: pixels near the horizon were used",
}
STEP = timedelta(seconds=3)
READ = (
    *("refused.csv", "daily.csv", "intervals.csv", "pulsation.csv", "confusion.csv", "evaluation.csv"),
    *("model/network/model.json", "model/smoother.json"),
)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Told:
    """Camera, dates and intervals of a story."""

    site: str
    days: tuple[str, ...]
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Time that is asked for."""
        return sum((stop - start).total_seconds() for start, stop in self.spans)


def names(place: Place) -> dict[str, Told]:
    """Events and camera-days by the names under which a story is asked for."""
    found: dict[str, Told] = {}
    of_days: dict[str, list[Span]] = {}
    for event in place.section["events"]:
        start, stop = times_of(event)
        days = tuple(f"{day:%Y%m%d}" for day in days_between(start, stop))
        found[event["id"]] = Told(event["site"], days, ((start, stop),))
        for day in days:
            begin = datetime.strptime(f"{day}+0000", "%Y%m%d%z")
            of_days.setdefault(f"{event['site']}_{day}", []).append(
                (max(start, begin), min(stop, begin + timedelta(days=1)))
            )
    for name, spans in of_days.items():
        site, _, day = name.partition("_")
        found[name] = Told(site, (day,), tuple(sorted(spans)))
    return found


def story(place: Place, name: str) -> tuple[str, Iterator[Section]]:
    """Title and sections of the story of an event or camera-day.

    Raises
    ------
    ConfigError
        There is no such event.
    """
    told: Told = event_of(place, name, names(place))
    start, stop = told.spans[0][0], told.spans[-1][1]
    return f"aurora/{name}: {told.site}, {span(start, stop)} ({duration(told.seconds)} asked for)", _sections(
        place, told
    )


def _sections(place: Place, told: Told) -> Iterator[Section]:
    folder, site = place.folder, told.site
    tables = [_table(folder, site, day) for day in told.days]
    shards = [
        one for day in told.days for one in sorted((folder / "work" / site / day).glob("*/status.json"))
    ]
    logs = [one for day in told.days for one in sorted((folder / "logs" / site).glob(f"{day}_*.log"))]
    failures = failure_rows(place, *(f"{site}_{day}" for day in told.days))
    frames = [one for table in dict.fromkeys(tables) for one in _frames(table, told)]
    state = state_lines(shards, logs, tables, failures)
    if state[0] in (FAILED, NO_DATA) and frames:
        state = ["done in part", *state[1:]]
    network, smoother = (
        read_object(folder / "model/network/model.json"),
        read_object(folder / "model/smoother.json"),
    )
    flags = [int(one["flags"] or 0) for one in frames]
    refused = [
        one
        for one in rows_if_there(folder / "refused.csv")
        if one["site"] == site and _inside(one["slot"], told)
    ]
    seconds = len(frames) * STEP.total_seconds()
    trained = str(network.get("trained_on", "")) if place.section["predictions"] is None else ""
    useless = sum(bool(one & (Flag.BLACK | Flag.SATURATED | Flag.NO_SKYMAP)) for one in flags)
    changed = later(place, [*tables, *(folder / one for one in READ)], logs)
    yield Section("State", [*state, place.made(), *filter(None, [changed])])
    yield warnings(
        place,
        Facts(state[0], seconds, told.seconds, "the time has frames", None, trained, changed),
        (bool(refused), f"damaged and left out: {many(len(refused), 'file')}"),
        (
            useless > 0.1 * max(len(flags), 1),
            f"{percent(useless, len(flags))} of the frames are black, saturated or without mask",
        ),
        (
            "synthetic" in str(smoother.get("trained_on", "")),
            f"the smoother was fitted on {smoother.get('trained_on')}",
        ),
    )
    yield Section("Files", image_lines(place, site, told.days, told.spans))
    yield Section("Missing or damaged", lost_lines(place, site, told.days, told.spans, refused))
    yield (
        gap_section(_gaps(frames, told), "no gap of more than 1.5 frames") if frames else Section("Gaps", [])
    )
    options = choices(
        place, "model.source", "preprocess.mask", "preprocess.chain", "smoothing.source", "on_damaged"
    )
    yield Section("Choices", [*_models(place, network, smoother), *options])
    yield Section("Flags", _flags(flags))
    yield Section("Labels", label_lines(folder, site, told.days, frames))
    yield Section("Intervals of pulsating aurora", interval_lines(folder, site, told.spans))
    yield Section("Pulsating patches", patch_lines(folder, site, told.spans))
    yield Section("Against human labels", score_lines(folder, site, told.days))
    yield where(
        tables=[*dict.fromkeys(tables), folder / "smoothed" / f"{site}.csv", folder / "intervals.csv"],
        figures=[
            one for day in told.days for one in sorted(folder.glob(f"figures/camera_days/{day}_{site}.*"))
        ],
        logs=logs,
    )


def _table(folder: Path, site: str, day: str) -> Path:
    """Table of the frames of a camera-day; of text files that stand for images that of the camera."""
    path = folder / "frames" / day[:4] / day[4:6] / day[6:] / f"{day}_{site}_frames.csv"
    smoothed = folder / "smoothed" / f"{site}.csv"
    return path if path.exists() or not smoothed.exists() else smoothed


def _frames(path: Path, told: Told) -> Iterator[Mapping[str, str]]:
    if path.is_file():
        yield from (one for one in each_row(path) if _inside(one["time"], told))


def _inside(text: str, told: Told) -> bool:
    """Whether a time lies in the intervals; dates are compared first, as they are most."""
    if f"{text[:4]}{text[5:7]}{text[8:10]}" not in told.days:
        return False
    time = parse_utc(text)
    return any(start <= time < stop for start, stop in told.spans)


def _gaps(frames: Sequence[Mapping[str, str]], told: Told) -> list[Gap]:
    times = [parse_utc(one["time"]) for one in frames]
    return [
        gap
        for start, stop in told.spans
        for gap in between([one for one in times if start <= one < stop], start, stop, "no frame", STEP)
    ]


def _models(place: Place, network: Mapping[str, Any], smoother: Mapping[str, Any]) -> list[str]:
    lines = []
    if place.section["predictions"] is not None:
        lines.append(f"single labels are those of the text files in {place.section['predictions']}")
    elif network:
        lines.append(f"network {network['id']}, trained on {network['trained_on']}")
    if smoother:
        lines.append(f"smoother {smoother['id']} ({smoother['kind']}), fitted on {smoother['trained_on']}")
    return lines


def _flags(flags: Sequence[int]) -> list[str]:
    counts = {bit.name or "": sum(bool(one & bit) for one in flags) for bit in Flag}
    if not any(counts.values()):
        return ["none"] if flags else []
    return told_counts(counts, WORDS, len(flags), "frames")
