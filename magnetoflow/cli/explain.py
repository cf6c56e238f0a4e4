"""``magnetoflow explain``: the story of an event in words, or a study's events as a table. Nothing is run."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from magnetoflow.cli.overlay import check, overlay_of
from magnetoflow.config.common import STUDIES
from magnetoflow.errors import ConfigError
from magnetoflow.io.small_tables import read_rows
from magnetoflow.io.stories import aurora, mms_gmm, mms_mp, mms_rnn, rept_pad, strays
from magnetoflow.io.stories.known import event_of, is_stray
from magnetoflow.io.stories.place import Place, find_place
from magnetoflow.io.stories.recorded import differs
from magnetoflow.io.stories.text import Section, percent, reason_parts, story_text
from magnetoflow.report.repeat import of_call

EXAMPLES = """\
examples
  magnetoflow explain
      every event of all studies that have results, one line each
  magnetoflow explain mms_gmm
      the events of one study
  magnetoflow explain mms_gmm/sample_mms1_20171103 --results out
      the story of one event: files, gaps, choices, flags, labels, failures
  magnetoflow explain aurora/gill_20140310
      of one camera and UTC date
"""
SHOWN = (
    "event",
    "probes",
    "start",
    "state",
    "covered",
    "records",
    "flagged",
    "crossings",
    "labels",
    "remarks",
)
STORIES: Mapping[str, Any] = {
    "mms_gmm": mms_gmm,
    "mms_mp": mms_mp,
    "mms_rnn": mms_rnn,
    "rept_pad": rept_pad,
    "aurora": aurora,
}
LONGEST = 60
"""Characters of a cell."""


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    configuration: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add ``explain``."""
    command = commands.add_parser(
        "explain",
        help="tell what an event was made from, what it lacked, and what came out",
        description=(
            "Tell the story of an event from the files of its results, or list a study's events. "
            "Nothing is run."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument(
        "names", nargs="*", metavar="STUDY[/EVENT]", help="default: all studies with results"
    )
    configuration(command)


def run(options: Namespace) -> int:
    """Print stories and tables.

    Returns
    -------
    int
        0.

    Raises
    ------
    ConfigError
        There is no such study or event, or it has no results.
    """
    config = check(overlay_of(options), options.configfile).model_dump(mode="json")
    given = of_call(options)
    names = options.names or _studies(config)
    sys.stdout.write("\n".join(_told(name, config, options.configfile, given) for name in names))
    return 0


def _studies(config: Mapping[str, Any]) -> list[str]:
    """Studies that have an overview."""
    found: list[str] = [
        study for study in STUDIES if Path(config["results"], study, "overview.csv").is_file()
    ]
    if not found:
        raise ConfigError(
            "no study has results",
            where=config["results"],
            todo="magnetoflow <study> makes them; --results names another folder",
        )
    return found


def _told(name: str, config: Mapping[str, Any], files: Sequence[Path], given: str) -> str:
    study, _, event = name.strip("/").partition("/")
    if study not in STUDIES:
        raise ConfigError(f"no study {study!r}", todo=f"name one of {', '.join(STUDIES)}, or <study>/<event>")
    try:
        place = find_place(study, config, files, given)
    except ConfigError as error:
        elsewhere = _elsewhere(study, event, config)
        if not elsewhere:
            raise
        todo = f"magnetoflow explain {elsewhere[0]}/{event}{given}"
        raise ConfigError(f"{event} is an event of {', '.join(elsewhere)}", todo=todo) from error
    return _story(place, event, config) if event else _table(place)


def _elsewhere(study: str, event: str, config: Mapping[str, Any]) -> list[str]:
    """Studies but one that have an event of a name."""
    return [one for one in STUDIES if event and one != study and _has(one, event, config)]


def _has(study: str, event: str, config: Mapping[str, Any]) -> bool:
    """Whether a study has an event of a name: in its results, or in the configuration."""
    try:
        place = find_place(study, config)
    except ConfigError:
        return event in {one["id"] for one in config[study]["events"]}
    return event in STORIES[study].names(place) or is_stray(place, event)


def _story(place: Place, event: str, config: Mapping[str, Any]) -> str:
    """Tell an event; one that is not in the configuration from its files."""
    names = STORIES[place.study].names
    if event not in names(place):
        if not is_stray(place, event):
            event_of(place, event, names(place), _elsewhere(place.study, event, config))
        return story_text(*strays.story(place, event))
    title, sections = STORIES[place.study].story(place, event)
    if place.recorded and place.configured and event not in names(replace(place, config=config)):
        sections = (_removed(one, place, event) if one.title == "State" else one for one in sections)
    return story_text(title, sections)


def _removed(state: Section, place: Place, event: str) -> Section:
    """Put to the state of an event that the configuration of the call no longer has it."""
    first, *rest = state.lines
    return Section(state.title, [strays.absent_line(place, event), f"as run.json has it: {first}", *rest])


def _table(place: Place) -> str:
    """Write the overview table of a study as aligned text."""
    study, path = place.study, place.folder / "overview.csv"
    if not path.is_file():
        makes = place.command(f"{study} overview.csv")
        raise ConfigError(f"no overview of {study} yet", where=path, todo=f"{makes}{place.needed} makes it")
    rows = read_rows(path)
    cells = [SHOWN, *([_cell(name, row[name]) for name in SHOWN] for row in rows)]
    wide = [max(len(row[k]) for row in cells) for k in range(len(SHOWN))]
    lines = [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in cells
    ]
    states = ", ".join(
        f"{sum(row['state'] == state for row in rows)} {state}"
        for state in ("done", "failed", "no data")
        if any(row["state"] == state for row in rows)
    )
    source = ", ".join(sorted({row["source"] for row in rows}))
    head = [f"{study}: {len(rows)} events ({states}), {source}; all columns: {path}"]
    if place.record and differs(path, place):
        head.append(
            f"not the table that run.json records (made later, or edited); do: {place.command(study)}"
        )
    return "\n".join([*head, *lines, ""])


def _cell(name: str, text: str) -> str:
    """Write a share as per cent, and cut what is long."""
    if name in ("covered", "flagged"):
        return percent(float(text), 1) if text else "-"
    if name == "remarks" and " why: " in text:
        what, *rest = reason_parts(text)
        text = f"{what}: {next(one for one in rest if one.startswith('why: ')).removeprefix('why: ')}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
