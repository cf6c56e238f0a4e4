"""Overview of ``mms_gmm``: minutes, their quality and regions, crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.io.overview.row import (
    Row,
    bit_counts,
    counted,
    named,
    read_events,
    read_table,
    sentences,
    share,
)
from magnetoflow.io.overview.states import state_of
from magnetoflow.io.overview.used import Shelf
from magnetoflow.io.small_tables import read_rows
from magnetoflow.mms_gmm.quality import Quality

BITS = {bit.name or "": int(bit) for bit in Quality}


def rows(config: Mapping[str, Any], tables: Mapping[str, str], manifests: Sequence[str | Path]) -> list[Row]:
    """One row per event.

    Parameters
    ----------
    config : mapping
        ``events`` and ``source``.
    tables : mapping of str to path
        ``regions``, ``crossings``, ``failed``.
    manifests : sequence of path

    Returns
    -------
    list of Row
        ``covered`` is the share of minutes with ions, ``labels`` are those after cleaning.
    """
    minutes_of = read_table(tables["regions"], ["event", "named_label", "quality"])
    regions = {str(name): rows for name, rows in minutes_of.groupby("event", observed=True)}
    crossings = read_table(tables["crossings"], ["event"])["event"].value_counts()
    failed = {one["event"]: one for one in read_rows(tables["failed"])}
    shelf, found = Shelf(manifests), []
    for event in read_events(config):
        used = shelf.used(event.products, [f"mms{one}" for one in event.probes], event.start, event.stop)
        minutes, failure = regions.get(event.id), failed.get(event.id)
        records = 0 if minutes is None else len(minutes)
        bits = {} if minutes is None else bit_counts(minutes["quality"], BITS)
        found.append(
            Row(
                study="mms_gmm",
                **named(event),
                state=state_of(records, [failure["error"]] if failure else []),
                files=len(used.files),
                missing=len(used.missing),
                damaged=len(used.damaged),
                covered=share(records - bits["NO_IONS"], records) if records else 0.0,
                records=records,
                flagged=None if minutes is None else share(int((minutes["quality"] != 0).sum()), records),
                flags=counted(bits),
                labels="" if minutes is None else counted(minutes["named_label"].value_counts()),
                crossings=int(crossings.get(event.id, 0)),
                remarks=sentences([failure["reason"]] if failure else used.remarks()),
                source=config["source"],
            )
        )
    return found
