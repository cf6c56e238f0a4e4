"""Whether the tables that a story reads are those that ``run.json`` records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from magnetoflow.io.crate.work_times import LINE
from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.stories.place import OF_RUN, Place
from magnetoflow.io.stories.steps import logs_below

LARGE = 50_000_000
"""Bytes above which a file that is older than ``run.json`` is told by its size alone."""
AFTER = ("figure", "figures", "series", "viewer", "page", "tplot")
"""Logs of jobs for which ``run.json`` does not wait."""


def later(place: Place, tables: Iterable[Path], logs: Iterable[Path]) -> str:
    """Name what is not as the run recorded it; empty where all is, or nothing was recorded.

    Parameters
    ----------
    place : Place
    tables : iterable of Path
        Files that the story reads; those that are not recorded are passed over.
    logs : iterable of Path
        Logs, or folders of logs, of the event: what a job made after the record was written is not in it.
    """
    if not place.record:
        return ""
    names = [
        path.relative_to(place.folder).as_posix()
        for path in dict.fromkeys(tables)
        if path.is_file() and differs(path, place)
    ]
    names += [
        f"what the job {path.stem} made ({path})" for path in logs_below(logs) if _ended_after(path, place)
    ]
    if not names:
        return ""
    which = "" if place.configured else OF_RUN
    return (
        f"tables are not those that run.json records (made later, or edited): {', '.join(names)}; "
        f"settings below may not be theirs; do: {place.command(place.study)}{which}"
    )


def differs(path: Path, place: Place) -> bool:
    """Whether a file's content is not the recorded one; sizes are compared first."""
    known: Mapping[str, Any] = place.record.get(quote(path.relative_to(place.folder).as_posix()), {})
    if "sha256" not in known:
        return False
    found = path.stat()
    if str(found.st_size) != known.get("contentSize", str(found.st_size)):
        return True
    record = (place.folder / "run.json").stat()
    if found.st_size > LARGE and found.st_mtime_ns <= record.st_mtime_ns:
        return False
    return bool(sha256_of(path) != known["sha256"])


def _ended_after(log: Path, place: Place) -> bool:
    """Whether a job that ``run.json`` waits for ended after it was written, as its log says."""
    recorded = place.record.get("#run", {}).get("endTime")
    if log.stem in AFTER or not recorded:
        return False
    ends = [when.decode() for when, word in LINE.findall(log.read_bytes()) if word == b"done"]
    return bool(ends) and f"{ends[-1]}+00:00" > str(recorded)
