"""The story of an event of ``mms_gmm``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from magnetoflow.io.small_tables import read_object, rows_if_there
from magnetoflow.io.stories.choices import choices
from magnetoflow.io.stories.files import file_sections, used_files
from magnetoflow.io.stories.gaps import Gap, gap_section, runs
from magnetoflow.io.stories.known import event_of
from magnetoflow.io.stories.place import Place, failure_rows, times_of
from magnetoflow.io.stories.recorded import later
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import Section, first_of, hours_between, number, percent, span, told_counts
from magnetoflow.io.stories.warnings import Facts, warnings
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.times import parse_utc
from magnetoflow.workflow.mms_gmm import PRODUCTS

WORDS = {
    "NO_IONS": "no valid ion spectrum: no label",
    "NO_FIELD": "no valid magnetic field: labelled from the spectrum alone",
    "MIXED_TABLES": "more than one energy table, interpolated to the most frequent one",
    "FLAGGED": "a spectrum was dropped for its error flags",
    "INVALID_VALUES": "fill values, or values outside the valid range, were left out",
    "REPEATED_TIMES": "repeated or disordered times in the files",
    "DAMAGED_FILE": "a damaged file covers the minute and was left out",
    "NO_LOW_CHANNELS": "no channel below 100 eV: the published ratio is not defined",
    "ZERO_SPECTRUM": "every flux is zero: treated as missing",
    "FEW_SAMPLES": "fewer spectra than usual",
    "EDGE": "the event starts or stops inside the minute",
    "FLAGGED_FIELD": "a field sample was blanked by its flag",
}
MINUTE = timedelta(minutes=1)
Rows = Sequence[Mapping[str, str]]


def names(place: Place) -> dict[str, str]:
    """Events by the names under which a story is asked for."""
    return {name: name for name in place.events}


def story(place: Place, name: str) -> tuple[str, Iterator[Section]]:
    """Title and sections of the story of an event.

    Parameters
    ----------
    place : Place
    name : str

    Raises
    ------
    ConfigError
        There is no such event.
    """
    event = place.events[event_of(place, name, names(place))]
    start, stop = times_of(event)
    length = hours_between(start, stop)
    title = f"mms_gmm/{name}: MMS{event['probe']}, {span(start, stop)} ({length}), {event['rate']}"
    return title, _sections(place, event)


def _sections(place: Place, event: Mapping[str, Any]) -> Iterator[Section]:
    name, work = event["id"], place.folder / "work" / event["id"]
    minutes = rows_if_there(work / "regions.csv")
    logs = [place.folder / "logs" / name]
    state = state_lines(
        [work / "status.json"],
        logs,
        [work / "regions.csv"],
        failure_rows(place, name),
    )
    used = used_files(place, event, list(PRODUCTS[event["rate"]].values()), [f"mms{event['probe']}"])
    model = read_object(place.folder / "model/model.json")
    crossings = [one for one in rows_if_there(place.folder / "crossings.csv") if one["event"] == name]
    changed = later(place, [place.folder / "crossings.csv", place.folder / "model/model.json"], logs)
    yield Section("State", [*state, place.made(), *filter(None, [changed])])
    flagged = sum(one["quality"] != "0" for one in minutes)
    known = sum(not int(one["quality"]) & Quality.NO_IONS for one in minutes)
    unknown = sum(one["named_label"] == "unknown" for one in minutes) - (len(minutes) - known)
    yield warnings(
        place,
        Facts(
            state[0],
            known,
            len(minutes),
            "minutes have ions",
            used,
            str(model.get("trained_on", "")),
            changed,
        ),
        (unknown > 0.1 * max(known, 1), f"{unknown} of {known} minutes with ions are unknown to the model"),
        (
            flagged > 0.1 * max(len(minutes), 1),
            f"{percent(flagged, len(minutes))} of the minutes carry a flag",
        ),
    )
    yield from file_sections(used)
    yield gap_section(_gaps(minutes), "every minute has ions and field") if minutes else Section("Gaps", [])
    yield Section(
        "Choices", [*_model(model), *choices(place, "model.source", "on_damaged", "cleaning.method")]
    )
    yield Section("Flags", _flags(minutes))
    yield Section("Regions", _regions(minutes))
    yield Section("Crossings", _crossings(crossings) if minutes else [])
    yield where(
        tables=[work / "regions.csv", work / "features.csv", place.folder / "crossings.csv"],
        figure=sorted(place.folder.glob(f"figures/{name}_regions.*")),
        logs=logs,
    )


def _gaps(minutes: Rows) -> list[Gap]:
    times = [parse_utc(one["time"]) for one in minutes]
    quality = [int(one["quality"]) for one in minutes]
    return [
        gap
        for bit, what in ((Quality.NO_IONS, "no ion spectrum"), (Quality.NO_FIELD, "no magnetic field"))
        for gap in runs(times, [bool(one & bit) for one in quality], MINUTE, what)
    ]


def _model(model: Mapping[str, Any]) -> list[str]:
    if not model:
        return []
    kind = f"a mixture of {len(model['regions'])} Gaussians"
    return [f"model {model['id']}, {kind}, trained on {model['trained_on']}"]


def _flags(minutes: Rows) -> list[str]:
    counts = {bit.name or "": sum(bool(int(one["quality"]) & bit) for one in minutes) for bit in Quality}
    if not any(counts.values()):
        return ["none"] if minutes else []
    return told_counts(counts, WORDS, len(minutes), "minutes")


def _regions(minutes: Rows) -> list[str]:
    """Minutes of each region, and how sure the labels are."""
    lines = []
    for region, count in Counter(one["named_label"] for one in minutes).most_common():
        sure = [
            float(one[f"p_{region}"])
            for one in minutes
            if one["named_label"] == region and one[f"p_{region}"]
        ]
        low = sum(one < 0.9 for one in sure)
        mean = (
            f", mean probability {number(sum(sure) / len(sure))}, {low} below 0.9"
            if sure and region != "unknown"
            else ""
        )
        lines.append(f"{region}: {count} minutes ({percent(count, len(minutes))}){mean}")
    cleaned = sum(one["raw_label"] != one["named_label"] for one in minutes)
    return [*lines, f"cleaning changed {cleaned} labels"] if minutes else []


def _crossings(crossings: Rows) -> list[str]:
    lines = [
        f"{one['time']} +- {number(one['uncertainty_s'])} s: {one['type']}, {one['from_region']} to "
        f"{one['to_region']}, confidence {number(one['confidence'])}"
        f"{'' if one['clean'] in ('1', 'True') else ', sides not stable'}"
        for one in crossings
    ]
    kinds = Counter(one["type"] for one in crossings)
    head = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return [f"{len(crossings)}: {head}", *first_of(lines, where="crossings.csv")] if lines else ["none"]
