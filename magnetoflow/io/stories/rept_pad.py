"""The story of an event of ``rept_pad``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from magnetoflow.io.overview.states import FAILED, NO_DATA
from magnetoflow.io.small_tables import each_row, read_object, rows_if_there
from magnetoflow.io.stories.choices import choices
from magnetoflow.io.stories.files import file_sections, used_files
from magnetoflow.io.stories.gaps import Gap, between, gap_section
from magnetoflow.io.stories.known import event_of
from magnetoflow.io.stories.place import Place, failure_rows, times_of
from magnetoflow.io.stories.recorded import later
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import Section, hours_between, number, percent, span, told_counts, with_error
from magnetoflow.io.stories.warnings import Facts, warnings
from magnetoflow.rept_pad.quality import FLAGS
from magnetoflow.times import parse_utc

PRODUCT = "rbsp_rept_l3"
WORDS = {
    "missing_angles": "some pitch angle is missing",
    "few_counts": "no energy above the background: class background",
    "no_data": "nothing was measured",
    "no_l_star": "L* is missing",
    "no_mapping": "B is missing: not mapped to the equator",
    "time_out_of_order": "time repeated or going back",
    "proton_contamination": "below the L where protons contaminate: class background",
    "all_zero": "every bin is zero",
    "out_of_range": "values outside the valid range were masked",
    "asymmetric": "left and right of 90 degrees differ by more than chance",
    "far_from_classes": "far from every class",
}
READ = (
    *("quality.csv", "classes.csv", "remarks.csv"),
    *("model/model.json", "model/number.csv", "model/stability.csv"),
)
Rows = Sequence[Mapping[str, str]]
Record = tuple[str, str, int, str]
"""Time, class, quality, probability of the class."""


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
    craft, length = f"RBSP-{str(event['probe']).upper()}", hours_between(start, stop)
    title = f"rept_pad/{name}: {craft}, {span(start, stop)} ({length})"
    return title, _sections(place, event)


def _sections(place: Place, event: Mapping[str, Any]) -> Iterator[Section]:
    name, work = event["id"], place.folder / "work" / event["id"]
    parts = sorted(one for one in work.glob("*") if one.is_dir())
    records = [
        one for part in parts if (part / "labels.csv").is_file() for one in _records(part / "labels.csv")
    ]
    quality = [one for one in rows_if_there(place.folder / "quality.csv") if one["event"] == name]
    logs = [place.folder / "logs" / name]
    state = state_lines(
        [part / "status.json" for part in parts],
        logs,
        [part / "labels.csv" for part in parts] or [work],
        failure_rows(place, name),
    )
    if state[0] in (FAILED, NO_DATA) and records:
        state = ["done in part", *state[1:]]
    array = place.section["array"]["file"]
    used = used_files(place, event, [] if array else [PRODUCT], [f"rbsp{event['probe']}"])
    model = read_object(place.folder / "model/model.json")
    gaps = _gaps(records, event)
    lost = sum(gap.seconds for gap in gaps)
    whole = (times_of(event)[1] - times_of(event)[0]).total_seconds()
    far = sum(bool(one[2] & FLAGS["far_from_classes"]) for one in records)
    local = sum(bool(one[2] & FLAGS["no_mapping"]) for one in records)
    clustered = sum(one[1] not in ("background", "no data") for one in records)
    changed = later(place, [place.folder / one for one in READ], logs)
    yield Section("State", [*state, place.made(), *filter(None, [changed])])
    yield warnings(
        place,
        Facts(
            state[0],
            whole - lost,
            whole,
            "the event has records",
            used,
            str(model.get("trained_on", "")),
            changed,
        ),
        (
            far > 0.05 * max(clustered, 1),
            f"{percent(far, clustered)} of the clustered records are far from every class",
        ),
        (
            local > 0.1 * max(clustered, 1),
            f"{percent(local, clustered)} of them are not mapped to the equator",
        ),
        (
            place.section["model"]["source"] == "fit",
            "the classes were found in this run's own events: state that, and their stability",
        ),
    )
    yield from [Section("Files", [f"the array file {array}"])] if array else file_sections(used)
    yield gap_section(gaps, "no gap longer than 1.5 steps") if records else Section("Gaps", [])
    options = choices(place, "model.source", "reduce.method", "cluster.method", "on_missing", "on_damaged")
    yield Section("Choices", [*_model(place, model), *options])
    yield Section("Flags", _flags(records))
    yield Section("What was read", [_read(one) for one in quality])
    yield Section("Classes", _classes(place, records))
    remarks = rows_if_there(place.folder / "remarks.csv")
    yield Section("Remarks", [one["remark"] for one in remarks if one["event"] in ("", name)])
    yield where(
        tables=[
            *(part / "labels.csv" for part in parts),
            place.folder / "labels.csv",
            place.folder / "classes.csv",
        ],
        figure=sorted(place.folder.glob(f"figures/series/{name}.*")),
        logs=logs,
    )


def _records(path: Any) -> Iterator[Record]:
    for one in each_row(path):
        probability = one.get(f"p_{one['class_id']}", "")
        yield one["time"], one["class_name"], int(one["quality"]), probability


def _gaps(records: Sequence[Record], event: Mapping[str, Any]) -> list[Gap]:
    start, stop = times_of(event)
    measured = [parse_utc(one[0]) for one in records if not one[2] & FLAGS["no_data"]]
    return between(measured, start, stop, "no record, or nothing measured")


def _model(place: Place, model: Mapping[str, Any]) -> list[str]:
    """Say how the classes were found, why so many, and how stable they are."""
    if not model:
        return []
    lines = [
        f"model {model['id']}: {len(model['classes'])} classes by {model['clustering']} of "
        f"{model['reduction']} scores, trained on {model['trained_on']}"
    ]
    chosen = [one for one in rows_if_there(place.folder / "model/number.csv") if one["chosen"] == "True"]
    lines += [
        f"number of classes: {one['k']}, stability {with_error(one['stability'], one['stability_error'])}, "
        f"the smallest holds {percent(float(one['share_of_smallest']), 1)}"
        for one in chosen
        if one["stability"]
    ]
    pairs = [float(one["ari"]) for one in rows_if_there(place.folder / "model/stability.csv") if one["ari"]]
    if pairs:
        lines.append(
            f"refits to halves: mean agreement (adjusted Rand index) {number(sum(pairs) / len(pairs), 4)}"
        )
    return lines


def _flags(records: Sequence[Record]) -> list[str]:
    counts = {name: sum(bool(one[2] & bit) for one in records) for name, bit in FLAGS.items()}
    if not any(counts.values()):
        return ["none"] if records else []
    return told_counts(counts, WORDS, len(records), "records")


def _read(one: Mapping[str, str]) -> str:
    words = {
        "read_fill": "fill values",
        "read_out_of_range": "values out of range",
        "read_duplicates": "repeated times",
    }
    counts = [f"{one[name]} {text}" for name, text in words.items() if one[name] not in ("", "0")]
    days = [
        f"no file of {one['missing_days']}" if one["missing_days"] else "",
        f"damaged file of {one['damaged_days']}" if one["damaged_days"] else "",
    ]
    told = ", ".join([*counts, *(day for day in days if day)]) or "nothing to say"
    return f"part from {one['part']}: {one['files']} files, {one['records']} records; {told}"


def _classes(place: Place, records: Sequence[Record]) -> list[str]:
    """Count the records of each class, and tell how sure they are, and the shapes of the class by energy."""
    shapes = {one["class_name"]: one["shapes"] for one in rows_if_there(place.folder / "classes.csv")}
    seen: dict[str, list[str]] = {}
    for _, name, _, probability in records:
        seen.setdefault(name, []).append(probability)
    lines = []
    for name, chances in sorted(seen.items(), key=lambda one: -len(one[1])):
        sure = [float(one) for one in chances if one]
        mean = (
            f", mean probability {number(sum(sure) / len(sure))}, {sum(one < 0.9 for one in sure)} below 0.9"
            if sure
            else ""
        )
        told = f" ({shapes[name]})" if shapes.get(name) else ""
        lines.append(f"{name}: {len(chances)} records ({percent(len(chances), len(records))}){mean}{told}")
    return lines
