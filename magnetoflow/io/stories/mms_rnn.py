"""The story of an event of ``mms_rnn``, or of one spacecraft in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from magnetoflow.io.overview.states import FAILED, NO_DATA
from magnetoflow.io.small_tables import read_object, rows_if_there
from magnetoflow.io.stories.choices import choices
from magnetoflow.io.stories.files import file_sections, used_files
from magnetoflow.io.stories.gaps import Gap, between, gap_section, runs
from magnetoflow.io.stories.known import event_of
from magnetoflow.io.stories.place import Place, failure_rows, times_of
from magnetoflow.io.stories.recorded import later
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import (
    Section,
    first_of,
    hours_between,
    number,
    percent,
    span,
    told_counts,
    with_error,
)
from magnetoflow.io.stories.warnings import Facts, warnings
from magnetoflow.mms_rnn.classes import REGIONS
from magnetoflow.mms_rnn.quality import FLAGS, MISSING_INPUT
from magnetoflow.times import parse_utc
from magnetoflow.workflow.mms_rnn import PRODUCTS

WORDS = {
    "GAP_BEFORE": "first sample after a gap",
    "ELECTRONS_MISSING": "electrons missing or masked: no label",
    "IONS_MISSING": "ions missing or masked: no label",
    "B_MISSING": "magnetic field missing: no label",
    "E_MISSING": "burst electric field missing: no label",
    "FAST_E_MISSING": "survey electric field missing",
    "ION_BACKGROUND": "penetrating radiation is more than half of the ions",
    "DAMAGED_FILE": "in the time of a refused file",
    "UNUSUAL": "unlike the training data: unknown",
    "UNSURE": "no region is probable enough: unknown",
}
STEP = timedelta(milliseconds=30)
READ = ("summary.csv", "intervals.csv", "remarks.csv", "model/model.json")
Rows = Sequence[Mapping[str, str]]


def names(place: Place) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Event and spacecraft by the names under which a story is asked for."""
    found = {}
    for name, event in place.events.items():
        probes = tuple(map(int, event["probes"]))
        found[name] = (name, probes)
        found |= {f"{name}_mms{probe}": (name, (probe,)) for probe in probes}
    return found


def story(place: Place, name: str) -> tuple[str, Iterator[Section]]:
    """Title and sections of the story of an event, or of an event and spacecraft.

    Raises
    ------
    ConfigError
        There is no such event.
    """
    known, probes = event_of(place, name, names(place))
    event = place.events[known]
    start, stop = times_of(event)
    craft = "MMS" + " ".join(map(str, probes))
    title = f"mms_rnn/{name}: {craft}, {span(start, stop)} ({hours_between(start, stop)})"
    return title, _sections(place, event, probes)


def _sections(place: Place, event: Mapping[str, Any], probes: Sequence[int]) -> Iterator[Section]:
    name, folder = event["id"], place.folder
    pairs = [f"{name}_mms{probe}" for probe in probes]
    labels = {
        p: rows_if_there(folder / one / f"mms{p}_labels.csv") for one, p in zip(pairs, probes, strict=True)
    }
    failures = [one for one in failure_rows(place, name) if one["event"] in (name, *pairs)]
    logs = [folder / "logs" / one for one in (name, *pairs)]
    tables = [folder / one / f"mms{p}_labels.csv" for one, p in zip(pairs, probes, strict=True)]
    state = state_lines([folder / "work" / one / "status.json" for one in pairs], logs, tables, failures)
    changed = later(place, [*tables, folder / name / "scaling.json", *(folder / one for one in READ)], logs)
    if state[0] in (FAILED, NO_DATA) and any(labels.values()):
        lacking = ", ".join(f"MMS{p}" for p, rows in labels.items() if not rows)
        state = [f"done without {lacking or 'some figures'}", *state[1:]]
    summary = [
        one
        for one in rows_if_there(folder / "summary.csv")
        if one["event"] == name and int(one["probe"]) in probes
    ]
    used = used_files(place, event, list(PRODUCTS.values()), [f"mms{p}" for p in probes])
    model, scales = read_object(folder / "model/model.json"), read_object(folder / name / "scaling.json")
    samples = sum(map(len, labels.values()))
    whole = len(probes) * (times_of(event)[1] - times_of(event)[0]) / STEP
    unknown = sum(one["unknown"] == "True" for rows in labels.values() for one in rows)
    yield Section("State", [*state, place.made(), *filter(None, [changed])])
    yield warnings(
        place,
        Facts(
            state[0],
            samples,
            whole,
            "the samples are there",
            used,
            str(model.get("trained_on", "")),
            changed,
        ),
        (unknown > 0.1 * max(samples, 1), f"{percent(unknown, samples)} of the samples have no region"),
        *((True, text) for text in _doubts(summary)),
        (
            bool(samples),
            "there is no class for 'no reconnection here': something else must say that it reconnects",
        ),
    )
    yield from file_sections(used)
    yield (
        gap_section(_gaps(labels, event), "no gap, and every sample has all inputs")
        if samples
        else Section("Gaps", [])
    )
    options = choices(place, "model.source", "model.window", "frame", "on_damaged", "skip_failed")
    yield Section("Choices", [*_scales(scales), *_model(model), *options])
    yield Section("Flags", _flags(labels))
    yield Section("Regions", [line for one in summary for line in _regions(one)])
    yield Section("Intervals", _intervals(rows_if_there(folder / "intervals.csv"), name, probes))
    remarks = [one for one in rows_if_there(folder / "remarks.csv") if one["event"] == name]
    yield Section(
        "Remarks",
        [f"MMS{one['probe']}: {one['remark']}" if one["probe"] else one["remark"] for one in remarks],
    )
    yield where(
        tables=[*(folder / one for one in pairs), folder / name / "scaling.json", folder / "summary.csv"],
        figures=[
            one
            for which in (*pairs, f"{name}_comparison", f"{name}_trajectory")
            for one in sorted(folder.glob(f"figures/{which}.*"))
        ],
        logs=logs,
    )


def _doubts(summary: Rows) -> list[str]:
    """Name spacecraft whose labels are not stable, or not sure."""
    said = []
    for one in summary:
        stable, sure, craft = one["share_stable"], one["median_confidence"], f"MMS{one['probe']}"
        if stable and float(stable) < 0.8:
            said.append(f"{craft}: {percent(1 - float(stable), 1)} of the labels change with other B0 and n0")
        if sure and float(sure) < 0.8:
            said.append(f"{craft}: the median confidence is {number(sure)}")
    return said


def _gaps(labels: Mapping[int, Rows], event: Mapping[str, Any]) -> list[Gap]:
    start, stop = times_of(event)
    found = []
    for probe, rows in labels.items():
        times: list[datetime] = [parse_utc(one["time"]) for one in rows]
        found += between(times, start, stop, f"MMS{probe}, no electron record", STEP)
        missing = [bool(int(one["flags"]) & MISSING_INPUT) for one in rows]
        found += runs(times, missing, STEP, f"MMS{probe}, an input is missing")
    return found


def _scales(scales: Mapping[str, Any]) -> list[str]:
    """Say whether B0 and n0 were given or derived, and what the data say; and which axes were used."""
    if not scales:
        return []
    if scales.get("scaling") is None:
        return [f"no scales: {scales['reason']}"]
    lines = [_scale(scales, "b0", "nt", "nT"), _scale(scales, "n0", "cm3", "cm^-3")]
    units = scales["units"]
    lines.append(
        f"so v_A = {number(units['v_a_km_s'])} km/s, E0 = {number(units['e0_mv_m'])} mV/m, "
        f"d_i = {number(units['d_i_km'])} km"
    )
    lmn = scales.get("lmn")
    if lmn:
        said = "used" if lmn["reliable"] else "not used, GSM instead"
        lines.append(f"local axes {said}{': ' + lmn['reason'] if lmn.get('reason') else ''}")
    return lines


def _scale(scales: Mapping[str, Any], stem: str, end: str, unit: str) -> str:
    """Write one of the scales, with its origin."""
    used, derived = scales["scaling"], scales["from_data"].get(f"{stem}_{end}")
    value, method = used[f"{stem}_{end}"], used[f"{stem}_method"]
    name = stem.replace("b", "B")
    if method != "given":
        return f"{name} = {with_error(value, used[f'{stem}_error_{end}'], unit)}, derived: {method}"
    data = f"; the data say {with_error(derived['value'], derived['error'], unit)}" if derived else ""
    return f"{name} = {number(value, 4)} {unit}, given{data}"


def _model(model: Mapping[str, Any]) -> list[str]:
    return [f"network {model['id']} ({model['kind']}), trained on {model['trained_on']}"] if model else []


def _flags(labels: Mapping[int, Rows]) -> list[str]:
    flags = [int(one["flags"]) for rows in labels.values() for one in rows]
    counts = {name: sum(bool(one & bit) for one in flags) for name, bit in FLAGS.items()}
    if not any(counts.values()):
        return ["none"] if flags else []
    return told_counts(counts, WORDS, len(flags), "samples")


def _regions(one: Mapping[str, str]) -> list[str]:
    """Time of one spacecraft in each region, and how sure that is."""
    spent = sorted(((float(one[f"seconds_{name}"]), name) for name in REGIONS), reverse=True)
    told = ", ".join(f"{name} {seconds:.3g} s" for seconds, name in spent if seconds)
    work = with_error(one["mean_j_dot_e_prime_nw_m3"], one["error_j_dot_e_prime_nw_m3"], "nW/m^3")
    lines = [f"MMS{one['probe']}: {told or 'no region'}; unknown {number(one['unsure_seconds'])} s"]
    if one["median_confidence"]:
        stable = percent(float(one["share_stable"] or 0), 1)
        lines.append(
            f"  median confidence {number(one['median_confidence'])}, {stable} stable against other B0 and "
            f"n0, {one['switches']} switches, frame {one['frame']}; mean J.E' {work}"
        )
    return lines


def _intervals(rows: Rows, name: str, probes: Sequence[int]) -> list[str]:
    mine = [one for one in rows if one["event"] == name and int(one["probe"]) in probes]
    lines = [
        f"MMS{one['probe']}, {span(one['start'], one['stop'])}: {one['region']}, "
        f"confidence {number(one['mean_confidence'])}"
        for one in mine
    ]
    return [f"{len(mine)} stays in one region", *first_of(lines, where="intervals.csv")] if mine else []
