"""Which events there are: those of the configuration, and others that have files in the results folder."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.errors import ConfigError
from magnetoflow.io.stories.place import Place

NO_EVENTS = ("sample", "training", "camera_days", "discarded", "figures", "movies", "days")
"""Folders of logs and work that are of no event, or of no camera."""
SHOWN = 4
"""Names in a message."""
_DAY = re.compile(r"\d{8}")


def event_of(place: Place, name: str, known: Mapping[str, Any], elsewhere: Sequence[str] = ()) -> Any:
    """Look up an event among those that are known.

    Parameters
    ----------
    place : Place
    name : str
    known : mapping
        Events of the configuration by name.
    elsewhere : sequence of str, optional
        Other studies that have an event of this name.

    Raises
    ------
    ConfigError
        There is none of that name; its study, or near names, are given.
    """
    if name in known:
        return known[name]
    names = list(dict.fromkeys([*stray_names(place), *known]))
    if elsewhere:
        why = f"it is an event of {', '.join(elsewhere)}"
        todo = place.command(f"explain {elsewhere[0]}/{name}")
    else:
        near = near_names(name, names)
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        why = f"near names: {', '.join(near)}" if near else f"known are {', '.join(names[:SHOWN])}{more}"
        lists = f"{place.command(f'explain {place.study}')} lists all"
        other = "--configfile names the configuration of a run that is not finished"
        listed = (place.folder / "overview.csv").is_file()
        todo = "; ".join([*([lists] if listed else []), *([] if place.recorded else [other])])
    raise ConfigError(f"{name} is no event of {place.study}", where=place.folder, why=why, todo=todo)


def near_names(name: str, names: Sequence[str]) -> list[str]:
    """Find names that were perhaps meant; one that differs in case only is the first."""
    plain = {one.casefold(): one for one in reversed(names)}
    return [plain[one] for one in difflib.get_close_matches(name.casefold(), plain, n=SHOWN, cutoff=0.5)]


def stray_names(place: Place) -> list[str]:
    """List the events, or camera-days, that have a folder or log in the results, sorted."""
    parents = (place.folder / "logs", place.folder / "work")
    found = [one for parent in parents for one in sorted(parent.glob("*")) if one.is_dir()]
    names = {one.name for one in found if one.name not in NO_EVENTS}
    if place.study != "aurora":
        return sorted(names)
    days = {
        (site, day[0])
        for site in names
        for parent in parents
        for path in (parent / site).glob("*")
        if (day := _DAY.match(path.name))
    }
    return sorted(f"{site}_{day}" for site, day in days)


def files_of(place: Place, name: str) -> dict[str, list[Path]]:
    """Find what is there of an event: logs, work and results, figures."""
    folder = place.folder
    if place.study == "aurora":
        site, _, day = name.rpartition("_")
        if not _DAY.fullmatch(day):
            return {"logs": [], "files": [], "figures": []}
        patterns = {
            "logs": [f"logs/{site}/{day}*.log"],
            "files": [f"work/{site}/{day}*"],
            "figures": [f"figures/camera_days/{day}_{site}.*"],
        }
    else:
        same = [name, f"{name}_mms[1-4]"] if place.study == "mms_rnn" else [name]
        patterns = {
            "logs": [f"logs/{one}" for one in same],
            "files": [pattern for one in same for pattern in (f"work/{one}", one)],
            "figures": [f"figures/{one}" for one in (f"{name}_*", f"{name}.*", f"series/{name}.*")],
        }
    return {
        what: [one for pattern in some for one in sorted(folder.glob(pattern))]
        for what, some in patterns.items()
    }


def is_stray(place: Place, name: str) -> bool:
    """Whether there are files of an event of this name."""
    plain = re.fullmatch(r"[\w.-]+", name) is not None and name not in NO_EVENTS
    return plain and any(files_of(place, name).values())
