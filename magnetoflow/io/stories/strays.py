"""Events that have files in the results folder, and are not in the configuration: told from their logs."""

from __future__ import annotations

from collections.abc import Iterator

from magnetoflow.io.stories.known import files_of
from magnetoflow.io.stories.place import Place, failure_rows
from magnetoflow.io.stories.steps import state_lines, where
from magnetoflow.io.stories.text import Section

ABSENT = "not in this configuration; these files are of an earlier or other one: give its --configfile"
STATES = {"done": "no log of it has an error", "done, but a job failed": "a job failed"}
"""Without the configuration it is not known which files make the event done."""


def absent_line(place: Place, name: str) -> str:
    """Say that an event is not in the configuration, and which files of the command line were kept."""
    kept = sorted((place.folder / "work").glob(f"cli_{name}_*.yaml"))
    return f"{ABSENT}{f' ({kept[-1]})' if kept else ''}"


def story(place: Place, name: str) -> tuple[str, Iterator[Section]]:
    """Title and sections of what is known of an event without its configuration."""
    return f"{place.study}/{name}", _sections(place, name)


def _sections(place: Place, name: str) -> Iterator[Section]:
    found = files_of(place, name)
    statuses = [one for path in found["files"] for one in sorted(path.glob("**/status.json"))]
    state, *reasons = state_lines(statuses, found["logs"], [], failure_rows(place, name))
    made = [place.made()] if place.record else []
    yield Section("State", [absent_line(place, name), STATES.get(state, state), *reasons, *made])
    yield where(files=found["files"], figures=found["figures"], logs=found["logs"])
