"""Where the results of a study are, what its run recorded, and which events it has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from magnetoflow.errors import ConfigError
from magnetoflow.io.small_tables import read_object, rows_if_there
from magnetoflow.times import parse_utc

CONFIG, COMMIT, CHANGED = "#config/", "#code/commit", "#code/changed"
"""Ids of `run.json`."""
OF_RUN = " (with the --configfile and --set of the run)"
PART_OF = {"mms_rnn": "_mms", "rept_pad": " ", "aurora": "_"}
"""What stands between the name of an event and its part in ``failed.csv``."""


@dataclass(frozen=True)
class Place:
    """The results of one study.

    Attributes
    ----------
    study : str
    folder : Path
        ``<results>/<study>``.
    data : Path
        Folder of manifests.
    config : mapping
        Configuration of the run, as recorded, or that of the call: ``archive``, and the study's section.
    recorded : bool
        Whether `config` is what the run recorded.
    record : mapping
        Entities of ``run.json`` by their id.
    files : sequence of Path
        Configuration files in which the origin of a value is looked up.
    given : str
        Options of the call that choose configuration and folders, as a shell reads them.
    other : bool
        Whether the configuration of the call is not the recorded one.
    """

    study: str
    folder: Path
    data: Path
    config: Mapping[str, Any]
    recorded: bool = False
    record: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Sequence[Path] = ()
    given: str = ""
    other: bool = False

    @property
    def section(self) -> Mapping[str, Any]:
        """Section of the study."""
        section: Mapping[str, Any] = self.config[self.study]
        return section

    @property
    def events(self) -> dict[str, Mapping[str, Any]]:
        """Events by id."""
        return {one["id"]: one for one in self.section["events"]}

    @property
    def instead(self) -> str:
        """What stands for the archive: text files in a folder, or an array file; empty where nothing does."""
        array = self.section.get("array") or {}
        return str(self.section.get("predictions") or array.get("file") or "")

    @property
    def configured(self) -> bool:
        """Whether the call names a configuration."""
        return "--configfile " in self.given or "--set " in self.given

    @property
    def needed(self) -> str:
        """What must be put to a command of a call that names no configuration."""
        same = self.recorded and not self.other
        return "" if same or self.configured else OF_RUN

    def command(self, words: str) -> str:
        """Write a command with the options of the call, to be copied."""
        return f"magnetoflow {words}{self.given}"

    def made(self) -> str:
        """Say when the results were made, and with which code."""
        if not self.record:
            return "no run.json: the study's run is not finished, so its configuration is that of this call"
        run, commit = self.record.get("#run", {}), self.record.get(COMMIT, {}).get("value")
        version = self.record.get("#magnetoflow", {}).get("softwareVersion", "?")
        changed = " with edited files" if self.record.get(CHANGED, {}).get("value") else ""
        code = f"commit {str(commit)[:12]}{changed}" if commit else "commit not known"
        end = str(run.get("endTime", "?")).replace("+00:00", "Z")
        return (
            f"made until {end} by magnetoflow {version}, {code}; "
            f"{self.command(f'why {self.study}')}{self.needed} says what would be made again"
        )


def find_place(study: str, config: Mapping[str, Any], files: Sequence[Path] = (), given: str = "") -> Place:
    """Find the results of a study.

    Parameters
    ----------
    study : str
    config : mapping
        The checked configuration of the call, as JSON.
    files : sequence of Path
        Configuration files of the call.
    given : str
        Its options, which hints repeat.

    Raises
    ------
    ConfigError
        The study has no results.
    """
    folder = Path(config["results"], study)
    if not any((folder / name).exists() for name in ("logs", "work", "run.json", "overview.csv")):
        raise ConfigError(
            f"no results of {study}",
            where=folder,
            todo=f"magnetoflow {study}{given} makes them; --results names another folder",
        )
    graph = read_object(folder / "run.json").get("@graph", [])
    record = {one["@id"]: one for one in graph if isinstance(one, dict) and "@id" in one}
    recorded = _config_of(record, study)
    used = {**config, **recorded} if recorded else config
    overlays = sorted((folder / "work").glob("cli_*.yaml"))
    data, kept = Path(config["data"]), str(recorded.get("data") or "")
    if kept and not (data / "manifests").is_dir() and Path(kept).is_dir():
        data = Path(kept)
    other = bool(recorded) and _plain(config[study], recorded[study]) != _plain(
        recorded[study], recorded[study]
    )
    return Place(study, folder, data, used, bool(recorded), record, [*files, *overlays], given, other)


def _plain(section: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Take some keys of a section, with its events by their id: their order changes nothing."""
    some = {key: section.get(key) for key in keys}
    return {**some, "events": {one["id"]: one for one in section["events"]}}


def _config_of(record: Mapping[str, Mapping[str, Any]], study: str) -> dict[str, Any]:
    """Read the configuration that a run recorded; nothing where it did not."""
    values = {
        str(one["name"]): json.loads(one["value"])
        for name, one in record.items()
        if name.startswith(CONFIG) and isinstance(one.get("value"), str)
    }
    section = {
        name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{study}.")
    }
    if "events" not in section:
        return {}
    return {**{name: value for name, value in values.items() if "." not in name}, study: section}


def times_of(event: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Start and stop of an event of a configuration."""
    return parse_utc(str(event["start"])), parse_utc(str(event["stop"]))


def failure_rows(place: Place, *names: str) -> list[dict[str, str]]:
    """Rows of ``failed.csv`` of an event, or of its parts."""
    end = PART_OF.get(place.study)
    return [
        one
        for one in rows_if_there(place.folder / "failed.csv")
        if any(one["event"] == name or (end and one["event"].startswith(f"{name}{end}")) for name in names)
    ]
