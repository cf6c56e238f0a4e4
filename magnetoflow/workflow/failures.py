"""Events that failed for their data: their status, the table of them, and the lines that end a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FEW_FRAMES = 20
COLUMNS = ("event", "error", "reason")


def read_status(path: str | Path) -> dict[str, Any]:
    """Read an event's ``status.json``: ``event``, ``failed``, ``error``, ``reason``."""
    status: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return status


def status(event: str, error: Exception | None = None) -> dict[str, Any]:
    """Content of an event's ``status.json``."""
    return {
        "event": event,
        "failed": error is not None,
        "error": type(error).__name__ if error else None,
        "reason": " ".join(str(error).split()) if error else None,
    }


def failed(statuses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the statuses of failed events."""
    return [one for one in statuses if one["failed"]]


def refused_line(quality: Path) -> list[str]:
    """Say how many files were refused, if any; nothing where the table is not there."""
    if not quality.is_file():
        return []
    with quality.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    refused = sum(int(row["refused"]) for row in rows)
    files = sum(int(row["files"]) for row in rows)
    table = quality.with_name("refused.csv")
    return (
        [f"refused: {refused} of {files + refused} files, named with their reasons in {table}"]
        if refused
        else []
    )


def mismatch_lines(labels: Path) -> list[str]:
    """Name the camera-days whose labels count other frames than are at hand; a few do not matter."""
    if not labels.is_file():
        return []
    with labels.open(encoding="utf-8", newline="") as stream:
        return [
            f"labels of {row['camera_day']}: {row['frames_labelled']} frames, at hand {row['frames_found']}"
            for row in csv.DictReader(stream)
            if abs(int(row["excess"])) > FEW_FRAMES
        ]


def remark_lines(remarks: Path, most: int = 12) -> list[str]:
    """Say what should be known of events; the table has all of it."""
    if not remarks.is_file():
        return []
    with remarks.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    said = [
        f"{row['event']}{' MMS' + row['probe'] if row['probe'] else ''}: {row['remark']}"
        for row in rows[:most]
    ]
    return said + ([f"and {len(rows) - most} more remarks in {remarks}"] if len(rows) > most else [])


def lines(path: Path) -> list[str]:
    """One line per row of ``failed.csv``; none where the file is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            f"left out: {row['event']}: {row['error']}: {row['reason']}" for row in csv.DictReader(stream)
        ]
