"""Which settings were chosen otherwise than by default, and where that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.config.lines import Key, line_of, read_yaml
from magnetoflow.config.load import SHIPPED, check_config, merge_files
from magnetoflow.errors import ConfigError
from magnetoflow.io.stories.place import Place

LEFT_OUT = ("events", "figures", "movie", "spectrograms", "tplot")
"""Keys that choose no result, or that are told elsewhere."""


def choices(place: Place, *essential: str) -> list[str]:
    """Tell the settings of a study.

    Parameters
    ----------
    place : Place
    *essential : str
        Keys that are told where they have their default too: ``model.source``.
    """
    given = dict(flat(place.section))
    default = dict(flat(check_config(merge_files(SHIPPED)).model_dump(mode="json")[place.study]))
    lines = [
        f"{key}: {_shown(given[key])} (default)"
        for key in essential
        if key in given and given[key] == default.get(key)
    ]
    changed = [key for key, value in given.items() if value != default.get(key)]
    return [
        *(f"{key}: {_shown(given[key])} ({_told(place, key, given[key], default)})" for key in changed),
        *lines,
    ]


def _told(place: Place, key: str, value: Any, default: Mapping[str, Any]) -> str:
    return f"default {_shown(default.get(key))}; {origin(place, key, value)}"


def flat(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Keys with dots, and their values."""
    for name, value in section.items():
        if not above and name in LEFT_OUT:
            continue
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def origin(place: Place, key: str, value: Any) -> str:
    """Say in which file a value stands: one of this call, or one that the run kept."""
    path: Key = (place.study, *key.split("."))
    for file in reversed(place.files):
        found = _found(file, path)
        if found is not None and _shown(found[1]) == _shown(value):
            return f"{file}:{found[0]}"
    return "given to the run, in no file at hand"


def _found(file: Path, path: Key) -> tuple[int, Any] | None:
    """Line and value of a key in a file."""
    try:
        yaml = read_yaml(file)
    except ConfigError:
        return None
    depth, line = line_of(yaml, path)
    if depth < len(path):
        return None
    value: Any = yaml.data
    for part in path:
        value = value[part]
    return line, value


def cautions(*said: tuple[bool, str]) -> Sequence[str]:
    """Sentences whose condition holds."""
    return [text for holds, text in said if holds]
