"""Overview of ``mms_mp``: field records, masked ones of all series, crossings of all spacecraft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.io.overview.row import (
    Row,
    counted,
    named,
    paths_of,
    read_events,
    sentences,
    share,
)
from magnetoflow.io.overview.states import state_of
from magnetoflow.io.overview.used import Shelf
from magnetoflow.io.small_tables import read_rows

Rows = Sequence[Mapping[str, str]]


def rows(
    config: Mapping[str, Any],
    tables: Mapping[str, Any],
    manifests: Sequence[str | Path],
) -> list[Row]:
    """One row per event.

    Parameters
    ----------
    config : mapping
        ``events`` and ``source``.
    tables : mapping of str to path
        ``remarks``, ``failed``, and lists ``quality`` and ``crossings``: one table per event, in their order.
    manifests : sequence of path

    Returns
    -------
    list of Row
        ``covered`` and ``records`` are of the magnetic field, ``flags`` count records of each series that
        miss a component, ``labels`` crossings by their sense.
    """
    failed = {one["event"]: one for one in read_rows(tables["failed"])}
    said: dict[str, list[str]] = {}
    for one in read_rows(tables["remarks"]):
        probe = f"MMS{one['probe']}: " if one["probe"] else ""
        said.setdefault(one["event"], []).append(f"{probe}{one['remark']}")
    shelf, found = Shelf(manifests), []
    of_events = zip(
        read_events(config), paths_of(tables["quality"]), paths_of(tables["crossings"]), strict=True
    )
    for event, quality_path, crossings_path in of_events:
        used = shelf.used(event.products, [f"mms{one}" for one in event.probes], event.start, event.stop)
        quality, failure = read_rows(quality_path), failed.get(event.id)
        field = [one for one in quality if one["series"] == "field"]
        records = sum(int(one["records"]) for one in field)
        masked = masked_records(quality)
        types = Counter(one["type"] for one in read_rows(crossings_path))
        found.append(
            Row(
                study="mms_mp",
                **named(event),
                state=state_of(records, [failure["error"]] if failure else []),
                files=len(used.files),
                missing=len(used.missing),
                damaged=len(used.damaged),
                covered=covered(field, len(event.probes)),
                records=records,
                flagged=share(sum(masked.values()), sum(int(one["records"]) for one in quality)),
                flags=counted(masked),
                labels=counted(types),
                crossings=sum(types.values()),
                remarks=sentences([failure["reason"]] if failure else said.get(event.id, [])),
                source=config["source"],
            )
        )
    return found


def covered(field: Rows, probes: int) -> float | None:
    """Share of the time of all spacecraft that have been asked for with magnetic field."""
    present = sum(1 - float(one["missing_share"]) for one in field if one["missing_share"])
    return share(present, probes)


def masked_records(quality: Rows) -> Counter[str]:
    """Count the records that miss a component, by series."""
    found: Counter[str] = Counter()
    for one in quality:
        found[one["series"]] += int(one["masked"])
    return found
