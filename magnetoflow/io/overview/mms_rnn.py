"""Overview of ``mms_rnn``: samples of all spacecraft, their flags and regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.io.overview.row import (
    Row,
    counted,
    named,
    read_events,
    sentences,
    share,
)
from magnetoflow.io.overview.states import state_of
from magnetoflow.io.overview.used import Shelf
from magnetoflow.io.small_tables import read_rows
from magnetoflow.mms_rnn.classes import REGIONS, UNKNOWN
from magnetoflow.mms_rnn.quality import FLAGS

Rows = Sequence[Mapping[str, str]]


def rows(config: Mapping[str, Any], tables: Mapping[str, str], manifests: Sequence[str | Path]) -> list[Row]:
    """One row per event, of all its spacecraft.

    Parameters
    ----------
    config : mapping
        ``events`` and ``source``.
    tables : mapping of str to path
        ``summary``, ``remarks``, ``failed``.
    manifests : sequence of path

    Returns
    -------
    list of Row
        ``labels`` are samples of the smoothed regions, ``missing_input`` without any.
    """
    summary: dict[str, list[dict[str, str]]] = {}
    for one in read_rows(tables["summary"]):
        summary.setdefault(one["event"], []).append(one)
    said = remarks_of(read_rows(tables["remarks"]))
    failures = read_rows(tables["failed"])
    shelf, found = Shelf(manifests), []
    for event in read_events(config):
        used = shelf.used(event.products, [f"mms{one}" for one in event.probes], event.start, event.stop)
        craft, lost = summary.get(event.id, []), failures_of(event.id, event.probes, failures)
        records = sum(int(one["samples"]) for one in craft)
        flags = {name: sum(int(one[f"samples_{name.lower()}"]) for one in craft) for name in FLAGS}
        seconds = sum(float(one["seconds"]) for one in craft)
        found.append(
            Row(
                study="mms_rnn",
                **named(event),
                state=state_of(records, [error for error, _ in lost]),
                files=len(used.files),
                missing=len(used.missing),
                damaged=len(used.damaged),
                covered=share(seconds, event.seconds * len(event.probes)),
                records=records,
                flagged=share(sum(int(one["samples_flagged"]) for one in craft), records),
                flags=counted(flags),
                labels=counted(regions_of(craft)),
                crossings=None,
                remarks=sentences([*(text for _, text in lost), *said.get(event.id, [])]),
                source=config["source"],
            )
        )
    return found


def remarks_of(table: Rows) -> dict[str, list[str]]:
    """Remarks by event, with the spacecraft."""
    said: dict[str, list[str]] = {}
    for one in table:
        probe = f"MMS{one['probe']}: " if one["probe"] else ""
        said.setdefault(one["event"], []).append(f"{probe}{one['remark']}")
    return said


def failures_of(event: str, probes: Sequence[str], failed: Rows) -> list[tuple[str, str]]:
    """Error and sentence of what failed of an event: a spacecraft, or all of it."""
    whose = {event: "", **{f"{event}_mms{probe}": f"MMS{probe} left out: " for probe in probes}}
    return [
        (one["error"], f"{whose[one['event']]}{one['reason']}") for one in failed if one["event"] in whose
    ]


def regions_of(craft: Rows) -> Counter[str]:
    """Count the samples in each smoothed region, from its time and that of a sample."""
    found: Counter[str] = Counter()
    for one in craft:
        seconds, samples = float(one["seconds"]), int(one["samples"])
        each = seconds / samples if seconds > 0 else 1.0
        spent = {name: float(one[f"seconds_{name}"]) for name in REGIONS}
        spent |= {UNKNOWN: float(one["unsure_seconds"]), "missing_input": float(one["seconds_missing_input"])}
        found.update({name: round(value / each) for name, value in spent.items()})
    return found
