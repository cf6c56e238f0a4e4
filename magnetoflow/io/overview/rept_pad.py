"""Overview of ``rept_pad``: records, their flags and classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from magnetoflow.io.overview.row import (
    Row,
    bit_counts,
    counted,
    named,
    read_events,
    read_failures,
    read_rows,
    sentences,
    share,
    state_of,
)
from magnetoflow.io.overview.used import Shelf
from magnetoflow.rept_pad.quality import FLAGS


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
        ``covered`` is the time of the records in which something was measured, each as long as the median
        step; ``labels`` are classes, with background and no data.
    """
    labels = read_labels(tables["labels"])
    said: dict[str, list[str]] = {}
    for one in read_rows(tables["remarks"]):
        said.setdefault(one["event"], []).append(one["remark"])
    failures = read_failures(tables["failed"])
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
                covered=0.0 if records is None else share(measured_s(records), event.seconds),
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


def measured_s(records: pd.DataFrame) -> float:
    """Time of the records in which something was measured."""
    time = np.sort(records["time"].to_numpy().astype("datetime64[ns]").astype(np.int64))
    step = float(np.median(np.diff(time))) * 1e-9 if len(time) > 1 else 0.0
    return step * float(((records["quality"] & FLAGS["no_data"]) == 0).sum())
