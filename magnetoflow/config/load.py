"""Check a merged configuration: every mistake found at once, each with its file and line."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

import magnetoflow
from magnetoflow.config.aurora_events import listed_events
from magnetoflow.config.common import STUDIES, Config
from magnetoflow.config.events import EventTable, find_file, read_events, repeated_ids
from magnetoflow.config.lines import YamlFile, merge, read_yaml
from magnetoflow.config.messages import Mistake, Places, mistake, refuse
from magnetoflow.config.rept_pad_checks import listed_storms, rept_mistakes
from magnetoflow.errors import ConfigError

REPOSITORY = Path(magnetoflow.__file__).resolve().parent.parent
"""Folder of the Snakefile."""

SHIPPED = tuple(
    REPOSITORY / "config" / name for name in ("config.yaml", *(f"{study}.yaml" for study in STUDIES))
)
"""The configuration that comes with the repository; overlays are merged over it."""


def check_config(config: dict[str, Any], files: Iterable[str | PathLike[str]] = ()) -> Config:
    """Check a configuration before anything runs.

    Parameters
    ----------
    config : dict
        Merged by Snakemake; it is not changed.
    files : iterable of path
        The YAML files it was merged from, a later one over an earlier one; those of the repository
        come first, wherever they stand, as Snakemake names them last. What no file says came from the
        command line.

    Returns
    -------
    Config
        Typed and frozen; event lists are read.

    Raises
    ------
    ConfigError
        Lists every mistake with file, line (row), key, what was found and what is allowed.
    """
    parsed = [read_yaml(file) for file in _in_merge_order(files)]
    written = config
    config, tables, mistakes = _with_events(config)
    places = Places(written, parsed, _merged(parsed), tables)
    repeats = [(file.path, key, line) for file in parsed for key, line in file.repeats]
    mistakes += [Mistake(key, "key stands twice", f"{path}:{line}") for path, key, line in repeats]
    mistakes += _repeated_events(config)
    try:
        checked = Config.model_validate(config)
    except ValidationError as error:
        # a mistake in what stands for events leaves none, which need not be said again
        known = {(one.key[0], "events") for one in mistakes}
        mistakes += [
            mistake(Config, detail)
            for detail in error.errors(include_url=False)
            if detail["type"] != "repeated_id" and not (detail["input"] == [] and detail["loc"] in known)
        ]
    else:
        try:
            mistakes += _wrong_folders(checked)
        except OSError as error:
            raise ConfigError("folder cannot be read", where=error.filename, why=error.strerror) from error
    if mistakes:
        raise refuse(mistakes, places)
    return checked


def merge_files(files: Iterable[str | PathLike[str]]) -> dict[str, Any]:
    """Read YAML files and merge them, a later one over an earlier one, as Snakemake does.

    Raises
    ------
    ConfigError
        One is not readable, or not YAML.
    """
    return _merged(read_yaml(Path(file)) for file in files)


def _in_merge_order(files: Iterable[str | PathLike[str]]) -> list[Path]:
    paths = [Path(file) for file in files]
    return sorted(paths, key=lambda path: path.resolve() not in SHIPPED)


def _with_events(
    config: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, EventTable], list[Mistake]]:
    """Replace the path of an event list by its rows, and what else may stand for events.

    A relative path starts at the working directory; the repository's own lists are found from anywhere.
    """
    config = dict(config)
    tables: dict[str, EventTable] = {}
    mistakes: list[Mistake] = []
    for study in STUDIES:
        section = config.get(study)
        if not isinstance(section, dict):
            continue
        if study == "aurora":
            events, found = listed_events(section, [Path(), REPOSITORY])
            mistakes += found
            if events is not None:
                config[study] = {**section, "events": events}
                continue
        if study == "rept_pad" and (storms := listed_storms(section, [Path(), REPOSITORY])):
            section = {**section, "storms": storms.rows}
            config[study] = section
        if not isinstance(section.get("events"), str):
            continue
        model: Any = Config.model_fields[study].annotation
        event: type[BaseModel] = model.model_fields["events"].annotation.__args__[0]
        required = [name for name, field in event.model_fields.items() if field.is_required()]
        optional = [name for name in event.model_fields if name not in required]
        table = read_events(find_file(section["events"], [Path(), REPOSITORY]), required, optional)
        config[study] = {**section, "events": table.rows}
        tables[study] = table
    return config, tables, mistakes


def _merged(files: Iterable[YamlFile]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in files:
        merged = merge(merged, file.data)
    return merged


def _repeated_events(config: dict[str, Any]) -> list[Mistake]:
    found = []
    for study in STUDIES:
        section = config.get(study)
        events = section.get("events") if isinstance(section, dict) else None
        for index, text in repeated_ids(events if isinstance(events, list) else []):
            found.append(Mistake((study, "events", index, "id"), text))
    return found


def _wrong_folders(config: Config) -> list[Mistake]:
    """Folders that must exist, and results that would be written into an archive that is only read."""
    found = []
    if config.archive not in {"sample", "remote"}:
        archive = Path(config.archive)
        if not archive.is_dir():
            text = f"no folder {config.archive!r}; allowed: sample, remote, an existing folder"
            found.append(Mistake(("archive",), text))
        for name in ("results", "data"):
            if Path(getattr(config, name)).resolve().is_relative_to(archive.resolve()):
                text = f"inside the archive folder {config.archive!r}, which is only read"
                found.append(Mistake((name,), text))
    found += rept_mistakes(config.rept_pad)
    for study in ("mms_gmm", "mms_rnn", "rept_pad", "aurora"):
        source = getattr(config, study).model.source
        found += _wrong_model(study, source) + _written_over(study, config.results, "source", source)
    found += _written_over("rept_pad", config.results, "match", config.rept_pad.model.match)
    cuts = config.mms_rnn.model.training.cuts
    if cuts is not None and not Path(cuts).is_file():
        text = f"no file {cuts!r}; allowed: null, an existing CSV file of labelled cuts"
        found.append(Mistake(("mms_rnn", "model", "training", "cuts"), text))
    smoother = config.aurora.smoothing.source
    if smoother not in {"shipped", "fit", "mean", "none"} and not Path(smoother).is_file():
        text = f"no file {smoother!r}; allowed: shipped, fit, mean, none, an existing smoother file"
        found.append(Mistake(("aurora", "smoothing", "source"), text))
    for index, name in enumerate(config.aurora.labels.files if config.aurora.labels.files != "auto" else ()):
        if not any((root / name).is_file() for root in (Path(), REPOSITORY)):
            found.append(Mistake(("aurora", "labels", "files", index), f"no file {name!r}"))
    overlay = config.mms_mp.overlay
    if overlay is not None and not Path(overlay).is_file():
        text = f"no file {overlay!r}; allowed: null, a JSON file of published normals"
        found.append(Mistake(("mms_mp", "overlay"), text))
    predictions = config.aurora.predictions
    if predictions is not None and not Path(predictions).is_dir():
        found.append(Mistake(("aurora", "predictions"), f"no folder {predictions!r}"))
    return found


def _written_over(study: str, results: str, key: str, folder: str | None) -> list[Mistake]:
    """Model that lies where this run writes its own: Snakemake deletes outputs before it makes them again."""
    own = Path(results, study, "model").resolve()
    if folder in {None, "shipped", "fit"} or not Path(str(folder)).resolve().is_relative_to(own):
        return []
    text = f"{folder!r} is where this run writes its model: copy the folder, or give another results folder"
    return [Mistake((study, "model", key), text)]


def _wrong_model(study: str, source: str) -> list[Mistake]:
    """Model that is no folder; a file may be the published weights of ``mms_rnn``, whose hash is checked."""
    path = Path(source)
    if source in {"shipped", "fit"} or path.is_dir() or (study == "mms_rnn" and path.is_file()):
        return []
    if path.is_file():
        lacking = f"{source!r} is a file, and pickles are refused"
    else:
        lacking = f"no folder {source!r}" if study != "mms_rnn" else f"no folder or file {source!r}"
    more = ", or the published weights file" if study == "mms_rnn" else ""
    shipped = "" if study == "rept_pad" else "shipped, "
    text = f"{lacking}; allowed: {shipped}fit, an existing model folder{more}"
    return [Mistake((study, "model", "source"), text)]
