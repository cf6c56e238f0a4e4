"""Overview of ``aurora``: frames of each camera-day, their flags and labels in time, pulsating intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, Flag
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
from magnetoflow.io.small_tables import read_rows
from magnetoflow.io.time_series import read_series
from magnetoflow.times import parse_utc

FRAME_S = 3.0
BITS = {bit.name or "": int(bit) for bit in Flag}
UNLABELLED = "unlabelled"

Counts = dict[str, Any]


def rows(config: Mapping[str, Any], tables: Mapping[str, Any]) -> list[Row]:
    """One row per camera-day, from tables and arrays of all camera-days only.

    Parameters
    ----------
    config : mapping
        ``events``, the camera-days (``gill_20140310``), and ``source``.
    tables : mapping of str to path
        ``quality``, ``intervals``, ``failed``, and the list ``series``: labels in time of each camera.

    Returns
    -------
    list of Row
        ``missing`` are minutes without a file, ``crossings`` intervals of pulsating aurora that overlap the
        day.
    """
    days = {name: found for path in paths_of(tables["series"]) for name, found in counts_of(path).items()}
    shards: dict[str, list[dict[str, str]]] = {}
    for one in read_rows(tables["quality"]):
        shards.setdefault(f"{one['site']}_{one['date'].replace('-', '')}", []).append(one)
    intervals = intervals_of(read_rows(tables["intervals"]))
    failures: dict[str, list[dict[str, str]]] = {}
    for one in read_rows(tables["failed"]):
        failures.setdefault("_".join(one["event"].split("_")[:2]), []).append(one)
    found = []
    for event in read_events(config):
        day, lost = days.get(event.id, {}), failures.get(event.id, [])
        files, missing, damaged = (
            sum(int(one[name]) for one in shards.get(event.id, []))
            for name in ("files", "absent_minutes", "refused")
        )
        frames = day.get("frames", 0)
        refused = [f"{damaged} of {files + damaged} files refused"] if damaged else []
        found.append(
            Row(
                study="aurora",
                **named(event),
                state=state_of(frames, [one["error"] for one in lost]),
                files=files if shards else int(frames > 0),
                missing=missing,
                damaged=damaged,
                covered=share(frames * FRAME_S, event.seconds),
                records=frames,
                flagged=share(day.get("flagged", 0), frames),
                flags=counted(day.get("flags", {})),
                labels=counted(day.get("labels", {})),
                crossings=intervals.get(event.id, 0),
                remarks=sentences([*(one["reason"] for one in lost), *refused]),
                source=config["source"],
            )
        )
    return found


def counts_of(path: str | Path) -> dict[str, Counts]:
    """Count frames, flags and labels of each camera-day of one camera."""
    time, values, about = read_series(path, ("label", "flags"))
    dates, first = np.unique(time.astype("datetime64[D]"), return_index=True)
    found = {}
    ends = [*first[1:], len(time)][: len(dates)]
    for date, begin, end in zip(dates, first, ends, strict=True):
        label, flags = values["label"][begin:end], values["flags"][begin:end]
        name = f"{about['site']}_{date.item():%Y%m%d}"
        found[name] = {
            "frames": int(end - begin),
            "flagged": int((flags != 0).sum()),
            "flags": {bit: int(((flags & value) > 0).sum()) for bit, value in BITS.items()},
            "labels": label_counts(label),
        }
    return found


def label_counts(label: NDArray[np.integer]) -> dict[str, int]:
    """Frames of each class, and those without a label."""
    counts = {name: int((label == k).sum()) for k, name in enumerate(CLASSES)}
    return {**counts, UNLABELLED: len(label) - sum(counts.values())}


def intervals_of(table: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Count the intervals of pulsating aurora that overlap each camera-day."""
    found: dict[str, int] = {}
    for one in table:
        start, stop = parse_utc(one["start"]), parse_utc(one["stop"])
        day = datetime(start.year, start.month, start.day, tzinfo=UTC)
        while day < stop:
            name = f"{one['site']}_{day:%Y%m%d}"
            found[name] = found.get(name, 0) + 1
            day += timedelta(days=1)
    return found
