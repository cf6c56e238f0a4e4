"""Overlay configuration of one call: made of its options, checked, and written where Snakemake reads it."""

from __future__ import annotations

import hashlib
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from magnetoflow.cli import mms_mp, rept_pad
from magnetoflow.config import Config, check_config, merge_files
from magnetoflow.config.base import read_time
from magnetoflow.config.lines import MAX_DEPTH, merge, read_value
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ConfigError
from magnetoflow.io.atomic import write_text

_EVENT = ("probe", "start", "stop", "rate", "id")


def overlay_of(options: Namespace) -> dict[str, Any]:
    """Nested keys that the options of a call ask for.

    Raises
    ------
    ConfigError
        Options that contradict each other, or a ``--set`` that is not ``key=value``.
    """
    overlay: dict[str, Any] = {}
    for assignment in options.set:
        overlay = merge(overlay, _assigned(assignment))
    for key in ("archive", "results", "data"):
        if getattr(options, key) is not None:
            overlay[key] = getattr(options, key)
    if options.command == "mms_gmm" and (events := _events(options)) is not None:
        overlay = merge(overlay, {"mms_gmm": {"events": events}})
    if options.command == "mms_mp":
        section = mms_mp.section(options)
        for event in section["events"] if isinstance(section.get("events"), list) else ():
            event.setdefault("id", _span_id(event, "mp"))
        overlay = merge(overlay, {"mms_mp": section})
    if options.command == "rept_pad":
        pads = rept_pad.section(options)
        for event in pads["events"] if isinstance(pads.get("events"), list) else ():
            event.setdefault("id", _span_id(event, f"rept_{event['probe'].strip().lower()[-1:]}"))
        overlay = merge(overlay, {"rept_pad": pads})
    if options.command == "mms_rnn":
        overlay = merge(overlay, {"mms_rnn": _tail(options)})
    if options.command == "aurora":
        overlay = merge(overlay, {"aurora": _aurora(options)})
    return overlay


def check(overlay: dict[str, Any], configfiles: Sequence[Path]) -> Config:
    """Check the shipped configuration with overlays, as the workflow will.

    Raises
    ------
    ConfigError
        Lists every mistake; those of the options are named ``command line``.
    """
    files = [*SHIPPED, *configfiles]
    return check_config(merge(merge_files(files), overlay), files)


@contextmanager
def overlay_file(overlay: dict[str, Any], config: Config, study: str, *, keep: bool) -> Iterator[Path]:
    """Write an overlay for the time of a call.

    Parameters
    ----------
    overlay : dict
    config : Config
        The checked whole, which knows the results folder.
    study : str
    keep : bool
        Keep it in the study's work folder, as a record of how results were made; else it is removed.

    Yields
    ------
    Path
        Named after its content, so that a second call never changes the file of a first that still runs.
    """
    text = yaml.safe_dump(overlay, sort_keys=True)
    events = overlay.get(study, {}).get("events")
    name = (
        events[0]["id"]
        if isinstance(events, list)
        else "period"
        if isinstance(events, dict)
        else "configured"
    )
    file = f"cli_{name}_{hashlib.sha256(text.encode()).hexdigest()[:8]}.yaml"
    if keep:
        path = Path(config.results, study, "work", file)
        write_text(path, text)
        yield path
    else:
        with tempfile.TemporaryDirectory(prefix="magnetoflow_") as folder:
            path = Path(folder, file)
            write_text(path, text)
            yield path


def _assigned(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(
            f"--set {text}: not key=value", todo="write for example --set mms_gmm.model.source=fit"
        )
    if len(parts) > MAX_DEPTH:
        raise ConfigError("--set: key too long", why=f"more than {MAX_DEPTH} levels")
    nested: Any = read_value(value, f"--set {key.strip()[:200]}") if value.strip() else None
    for part in reversed(parts):
        nested = {part: nested}
    result: dict[str, Any] = nested
    return result


def _events(options: Namespace) -> list[dict[str, Any]] | str | None:
    given = [name for name in _EVENT if getattr(options, name) is not None]
    if options.events is not None:
        if given:
            raise ConfigError(f"--events excludes --{given[0]}", todo="give one event, or a list")
        return str(options.events)
    if not given:
        return None
    missing = [f"--{name}" for name in ("probe", "start", "stop") if name not in given]
    if missing:
        raise ConfigError(f"an event needs {' and '.join(missing)} too", why=f"found --{', --'.join(given)}")
    event = {name: getattr(options, name) for name in given}
    event.setdefault("rate", "fast")
    event.setdefault("id", _event_id(event))
    return [{name: event[name] for name in ("id", "probe", "start", "stop", "rate")}]


def _tail(options: Namespace) -> dict[str, Any]:
    """Section of the study: one event or a list, and the model."""
    section: dict[str, Any] = {}
    keys = {"start": "start", "stop": "stop", "probes": "probes", "b0_nt": "b0", "n0_cm3": "n0", "id": "id"}
    given = {key: getattr(options, name) for key, name in keys.items() if getattr(options, name) is not None}
    if "probes" in given:
        given["probes"] = mms_mp.probe_list(given["probes"])
    if options.events is not None:
        if given:
            raise ConfigError(
                f"--events excludes --{keys[next(iter(given))]}", todo="give one event, or a list"
            )
        section["events"] = options.events
    elif given:
        missing = [f"--{name}" for name in ("start", "stop") if name not in given]
        if missing:
            raise ConfigError(f"an event needs {' and '.join(missing)} too")
        given.setdefault("id", _span_id(given, "tail"))
        section["events"] = [given]
    if options.model is not None:
        section["model"] = {"source": options.model}
    return section


def _span_id(event: dict[str, Any], name: str) -> str:
    """``tail_20170711T223330_20170711T223415``; a placeholder where the check will refuse."""
    try:
        return "_".join([name, *(_stamp(read_time(event[name])) for name in ("start", "stop"))])
    except ValueError:
        return "event"


def _aurora(options: Namespace) -> dict[str, Any]:
    """Section of the study: a period, an event list or label spreadsheet, predictions, labels."""
    section: dict[str, Any] = {}
    given = [name for name in ("start", "stop", "sites") if getattr(options, name) is not None]
    if options.events is not None:
        if given:
            raise ConfigError(f"--events excludes --{given[0]}", todo="give a period, or a list")
        section["events"] = options.events
    elif given:
        missing = [f"--{name}" for name in ("start", "stop", "sites") if name not in given]
        if missing:
            raise ConfigError(
                f"a period needs {' and '.join(missing)} too", why=f"found --{', --'.join(given)}"
            )
        sites = [site for text in options.sites for site in text.split(",") if site]
        section["events"] = {"start": options.start, "stop": options.stop, "sites": sites}
    if options.predictions is not None:
        section["predictions"] = options.predictions
        section.setdefault("events", "predictions")
    if options.labels is not None:
        section["labels"] = {"files": options.labels}
    return section


def _event_id(event: dict[str, str]) -> str:
    """``mms1_20151017T0455_20151017T1642_fast``; a placeholder where the check will refuse."""
    try:
        times = [_stamp(read_time(event[name])) for name in ("start", "stop")]
    except ValueError:
        return "event"
    probe = event["probe"] if event["probe"].isdigit() else "x"
    return "_".join([f"mms{probe}", *times, event["rate"] if event["rate"].isalnum() else "x"])


def _stamp(time: datetime) -> str:
    text = f"{time:%Y%m%dT%H%M}"
    if time.microsecond:
        return f"{text}{time:%S%f}"
    return f"{text}{time:%S}" if time.second else text
