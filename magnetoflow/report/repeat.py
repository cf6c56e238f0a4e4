"""Options of a call, for hints that can be copied as they stand."""

from __future__ import annotations

import json
import shlex
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.config.lines import read_yaml

FOLDERS = {"archive": "sample", "results": "results", "data": "data"}
"""Keys with an option of their own, and what they are where nothing is given."""


def of_call(options: Namespace) -> str:
    """Options of a call of the command line; empty where none is given, else with a blank before them.

    Parameters
    ----------
    options : Namespace
        ``configfile``, ``set``, ``archive``, ``results``, ``data``.
    """
    words = [word for file in options.configfile for word in ("--configfile", str(file))]
    for key in FOLDERS:
        value = getattr(options, key)
        words += [f"--{key}", str(value)] if value is not None else []
    return _joined([*words, *(word for one in options.set for word in ("--set", one))])


def of_run(files: Sequence[str | Path], folders: Mapping[str, str]) -> str:
    """Options that stand for the configuration of a workflow, as :func:`of_call`.

    Parameters
    ----------
    files : sequence of path
        Its configuration files but those that come with magnetoflow. One that a call of the command line
        wrote is told as ``--set``: it may be gone afterwards.
    folders : mapping of str to str
        ``archive``, ``results`` and ``data`` in use.
    """
    words: list[str] = []
    for file in map(Path, files):
        if file.name.startswith("cli_"):
            given = {name: value for name, value in read_yaml(file).data.items() if name not in FOLDERS}
            words += [word for name, value in _leaves(given) for word in ("--set", f"{name}={value}")]
        else:
            words += ["--configfile", str(_near(file))]
    for key, shipped in FOLDERS.items():
        words += [f"--{key}", folders[key]] if folders[key] != shipped else []
    return _joined(words)


def _near(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _leaves(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Keys with dots, and their values as JSON, which is YAML as well."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value if isinstance(value, str) else json.dumps(value, default=str)


def _joined(words: Sequence[str]) -> str:
    return f" {shlex.join(words)}" if words else ""
