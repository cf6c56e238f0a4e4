"""Overview of ``rept_pad``: records, their flags and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from magnetoflow.io.overview.row import (
    Event,
    Row,
    bit_counts,
    counted,
    named,
    read_events,
    sentences,
    share,
)
from magnetoflow.io.overview.states import state_of
from magnetoflow.io.overview.used import Shelf
from magnetoflow.io.small_tables import read_rows
from magnetoflow.rept_pad.quality import FLAGS

GAP = 1.5


def rows(config: Mapping[str, Any], tables: Mapping[str, str], manifests: Sequence[str | Path]) -> list[Row]:
    """One row per event.

    Parameters
    ----------
    config : mapping
        ``events`` and ``source``.
    tables : mapping of str to path
        ``labels`` (Parquet), ``remarks``, ``failed``.
    manifests : sequence of path
        Empty where the data are an array file.

    Returns
    -------
    list of Row
        ``covered`` is the share without gaps, longer than 1.5 median steps, between records in which
        something was measured; ``labels`` are classes, with background and no data.
    """
    labels = read_labels(tables["labels"])
    said: dict[str, list[str]] = {}
    for one in read_rows(tables["remarks"]):
        said.setdefault(one["event"], []).append(one["remark"])
    failures = read_rows(tables["failed"])
    shelf, found = Shelf(manifests), []
    for event in read_events(config):
        used = shelf.used(event.products, [f"rbsp{one}" for one in event.probes], event.start, event.stop)
        records = labels.get(event.id)
        number = 0 if records is None else len(records)
        lost = [one for one in failures if one["event"].split(" ")[0] == event.id]
        found.append(
            Row(
                study="rept_pad",
                **named(event),
                state=state_of(number, [one["error"] for one in lost]),
                files=len(used.files),
                missing=len(used.missing),
                damaged=len(used.damaged),
                covered=0.0 if records is None else share(measured_s(records, event), event.seconds),
                records=number,
                flagged=None if records is None else share(int((records["quality"] != 0).sum()), number),
                flags="" if records is None else counted(bit_counts(records["quality"], FLAGS)),
                labels="" if records is None else counted(records["class_name"].value_counts()),
                crossings=None,
                remarks=sentences([*(one["reason"] for one in lost), *said.get(event.id, [])]),
                source=config["source"],
            )
        )
    return found


def read_labels(path: str | Path) -> dict[str, pd.DataFrame]:
    """Time, class and quality of the records, by event."""
    columns = ["event", "time", "class_name", "quality"]
    table = pq.read_table(path, columns=columns, read_dictionary=["event", "class_name"]).to_pandas()
    return {str(name): rows for name, rows in table.groupby("event", observed=True)}


def measured_s(records: pd.DataFrame, event: Event) -> float:
    """Time without gaps of more than `GAP` steps between records in which something was measured."""
    seen = records["time"][(records["quality"] & FLAGS["no_data"]) == 0]
    time = np.sort(seen.to_numpy().astype("datetime64[ns]").astype(np.int64)) * 1e-9
    if len(time) < 2:
        return 0.0
    step = float(np.median(np.diff(time)))
    between = np.diff(time)
    lost = float((between[between > GAP * step] - step).sum())
    ends = time[0] - event.start.timestamp(), event.stop.timestamp() - time[-1] - step
    return event.seconds - lost - float(sum(one for one in ends if one > step))
