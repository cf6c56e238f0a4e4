"""The story of an event of ``mms_mp``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.archive.mp_products import products_of
from magnetoflow.io.small_tables import read_object, rows_if_there
from magnetoflow.io.stories.choices import choices
from magnetoflow.io.stories.files import file_sections, used_files
from magnetoflow.io.stories.gaps import Gap, gap_section
from magnetoflow.io.stories.known import event_of
from magnetoflow.io.stories.mms_mp_results import (
    axes_lines,
    check_lines,
    doubts,
    normal_lines,
    passage_lines,
)
from magnetoflow.io.stories.place import Place, failure_rows, times_of
from magnetoflow.io.stories.recorded import later
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import Section, first_of, hours_between, percent, span
from magnetoflow.io.stories.warnings import Facts, warnings
from magnetoflow.times import parse_utc

COUNTED = {
    "flagged": "dropped for their error flags",
    "unusable": "not usable",
    "fill": "fill values",
    "out_of_range": "outside the valid range",
    "duplicates": "repeated times",
    "out_of_order": "times that go back",
    "bad_epoch": "without a time",
}
"""Columns ``file_...`` of quality.csv, in words."""
READ = ("mp_analysis.json", "quality.csv", "gaps.csv", "normals.csv", "metrics.json")
Rows = Sequence[Mapping[str, str]]


def names(place: Place) -> dict[str, str]:
    """Events by the names under which a story is asked for."""
    return {name: name for name in place.events}


def story(place: Place, name: str) -> tuple[str, Iterator[Section]]:
    """Title and sections of the story of an event.

    Raises
    ------
    ConfigError
        There is no such event.
    """
    event = place.events[event_of(place, name, names(place))]
    start, stop = times_of(event)
    craft = "MMS" + " ".join(map(str, event["probes"]))
    title = f"mms_mp/{name}: {craft}, {span(start, stop)} ({hours_between(start, stop)}), {event['rate']}"
    return title, _sections(place, event)


def _sections(place: Place, event: Mapping[str, Any]) -> Iterator[Section]:
    name, folder = event["id"], place.folder / event["id"]
    work = place.folder / "work" / name
    found, quality = read_object(folder / "mp_analysis.json"), rows_if_there(folder / "quality.csv")
    status, logs = [work / "analysed.json", work / "status.json"], [place.folder / "logs" / name]
    state = state_lines(status, logs, [folder / "mp_analysis.json"], failure_rows(place, name))
    changed = later(place, [folder / one for one in READ], logs)
    used = used_files(place, event, _products(place, event), [f"mms{one}" for one in event["probes"]])
    field = [one for one in quality if one["series"] == "field"]
    present = sum(1 - float(one["missing_share"]) for one in field if one["missing_share"])
    yield Section("State", [*state, *_status(found), place.made(), *filter(None, [changed])])
    yield warnings(
        place,
        Facts(
            state[0],
            present,
            len(event["probes"]),
            "the time of its spacecraft has magnetic field",
            used,
            later=changed,
        ),
        *doubts(found, folder),
    )
    yield from file_sections(used)
    yield (
        gap_section(_gaps(folder), "no series has a gap", str(folder / "gaps.csv"))
        if quality
        else Section("Gaps", [])
    )
    yield Section(
        "Choices",
        [
            *normal_lines(found),
            *choices(place, "lmn.method", "detection.detector", "load.electric", "on_damaged"),
        ],
    )
    yield Section("Flags", _flags(quality, folder / "quality.csv"))
    yield Section("Axes", axes_lines(found, folder))
    yield Section("Passages", passage_lines(found))
    yield Section("Checks", check_lines(found, folder))
    yield Section("Remarks", list(found.get("notes", [])))
    yield where(
        page=folder / "index.html",
        tables=[
            folder / "event.csv",
            folder / "normals.csv",
            folder / "timing.csv",
            folder / "mp_analysis.json",
        ],
        figures=folder / "figures",
        logs=logs,
    )


def _products(place: Place, event: Mapping[str, Any]) -> list[str]:
    load = place.section["load"]
    asked = {name: load[name] for name in ("ephemeris", "electric", "hpca", "potential")}
    return list(products_of(event["rate"], **asked).values())


def _status(found: Mapping[str, Any]) -> list[str]:
    status = found.get("status", "ok")
    return [] if status in ("ok", "failed") else [f"{status}: axes of the model, no timing, no thickness"]


def _gaps(folder: Path) -> list[Gap]:
    """Gaps of all series; those of several series of one spacecraft at the same time are one."""
    whose: dict[tuple[str, str, str], list[str]] = {}
    for one in rows_if_there(folder / "gaps.csv"):
        key = one["start"], one["stop"], one["probe"]
        whose.setdefault(key, []).append(one["series"].removesuffix("_density").removesuffix("_velocity"))
    return [
        Gap(
            parse_utc(_micro(start)),
            parse_utc(_micro(stop)),
            f"MMS{probe}, {', '.join(dict.fromkeys(series))}",
        )
        for (start, stop, probe), series in whose.items()
    ]


def _micro(text: str) -> str:
    """Time to the microsecond, as the standard library reads it."""
    head, dot, fraction = text.removesuffix("Z").partition(".")
    return f"{head}{dot}{fraction[:6]}Z"


def _flags(quality: Rows, path: Path) -> list[str]:
    """Series with records that miss a component, and what the files held; of plasma once, not by moment."""
    lines: dict[str, None] = {}
    for one in quality:
        masked = int(one["masked"])
        counts = [
            f"{one[f'file_{name}']} {words}" for name, words in COUNTED.items() if _some(one[f"file_{name}"])
        ]
        if masked or counts:
            name = one["series"].removesuffix("_density").removesuffix("_velocity")
            told = f"{masked} of {one['records']} records masked ({percent(masked, int(one['records']))})"
            files = f"; in the files: {', '.join(counts)}" if counts else ""
            lines[f"MMS{one['probe']} {name}: {told}{files}"] = None
    return first_of(list(lines), 12, where=str(path)) if lines else (["none"] if quality else [])


def _some(count: str) -> bool:
    return count not in ("", "0")
