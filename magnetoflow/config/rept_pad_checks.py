"""Mistakes in ``rept_pad`` that no section sees alone: the mission, files that are named, lists of storms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from magnetoflow.config.events import EventTable, find_file, read_events
from magnetoflow.config.messages import Mistake
from magnetoflow.config.rept_pad import ReptPad, Storm

FIRST = datetime(2012, 9, 1, tzinfo=UTC)
LAST = datetime(2019, 10, 19, tzinfo=UTC)
"""The instruments were switched on on the first, and the last spacecraft was switched off on the second."""
PROBES = ("a", "b")


def listed_storms(section: dict[str, Any], roots: list[Path]) -> EventTable | None:
    """Rows of the CSV file that ``storms`` names; None where it is a list."""
    if not isinstance(section.get("storms"), str):
        return None
    return read_events(find_file(section["storms"], roots), list(Storm.model_fields), [])


def rept_mistakes(study: ReptPad) -> list[Mistake]:
    """Events outside the mission, and files or folders that are not there."""
    found = [] if study.array.file is not None else _outside_mission(study)
    for name, path in (("array", study.array.file), ("activity", study.activity.file)):
        if path is not None and not Path(path).is_file():
            text = f"no file {path!r}; allowed: null, an existing file"
            found.append(Mistake(("rept_pad", name, "file"), text))
    match = study.model.match
    if match is not None and not Path(match).is_dir():
        text = f"no folder {match!r}; allowed: null, the folder of an earlier model"
        found.append(Mistake(("rept_pad", "model", "match"), text))
    if match is not None and study.model.source != "fit":
        found.append(Mistake(("rept_pad", "model", "match"), "match is for source: fit"))
    if study.prepare.equator and not study.prepare.fold and study.array.file is None:
        text = "angles above 90 degrees cannot be mapped to the equator: set fold: true, or equator: false"
        found.append(Mistake(("rept_pad", "prepare", "equator"), text))
    if (study.reduce.method, study.cluster.method) == ("weighted", "kmeans"):
        text = "kmeans knows no errors of scores: with reduce.method weighted it finds how faint records are"
        found.append(Mistake(("rept_pad", "cluster", "method"), f"{text}; allowed: mixture"))
    return found


def _outside_mission(study: ReptPad) -> list[Mistake]:
    found = []
    for index, event in enumerate(study.events):
        if event.probe not in PROBES:
            text = f"no such spacecraft: {event.probe!r}; allowed: a, b (array.file set: any name)"
            found.append(Mistake(("rept_pad", "events", index, "probe"), text))
        for key, time in (("start", event.start), ("stop", event.stop)):
            if not FIRST <= time <= LAST:
                text = f"outside the mission, {FIRST:%Y-%m-%d} to {LAST:%Y-%m-%d}"
                found.append(Mistake(("rept_pad", "events", index, key), text))
    return found
