"""Mistakes in a configuration as text: file, line, key, what was found, what is allowed."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from magnetoflow.config.events import EventTable
from magnetoflow.config.lines import Key, YamlFile, line_of, value_at
from magnetoflow.errors import ConfigError

COMMAND_LINE = "command line"
MAX_SHOWN = 50

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80
_short.maxlevel = 2


@dataclass(frozen=True)
class Mistake:
    """One mistake: which key, what is wrong with it, and where it stands if that is known already."""

    key: Key
    text: str
    where: str | None = None


@dataclass(frozen=True)
class Places:
    """Where each value of a merged configuration comes from.

    Attributes
    ----------
    config : mapping
        The merged configuration.
    files : sequence of YamlFile
        In the order in which they were merged.
    merged : mapping
        What the files alone make.
    tables : mapping of str to EventTable
        Study to the CSV file of its events.
    """

    config: Mapping[str, Any]
    files: Sequence[YamlFile]
    merged: Mapping[str, Any]
    tables: Mapping[str, EventTable]

    def of(self, key: Key) -> str:
        """``file:line`` of a key, or ``command line``.

        A list is replaced as a whole by a later file, so a key inside one is looked up where the list stands.
        """
        table = self.tables.get(str(key[0])) if key else None
        if table and len(key) > 2 and key[1] == "events" and isinstance(key[2], int):
            return f"{table.path}:{table.lines[key[2]]}"
        first_index = next((n for n, part in enumerate(key) if isinstance(part, int)), len(key))
        anchor = key[:first_index]
        if self._from_command_line(anchor):
            return COMMAND_LINE
        depth, line, path = -1, 1, None
        for file in reversed(self.files):
            found, _ = line_of(file, anchor)
            if found > depth:
                depth, line, path = found, line_of(file, key)[1], file.path
        return f"{_shown(path)}:{line}" if path else "configuration"

    def _from_command_line(self, key: Key) -> bool:
        given, value = value_at(self.config, key)
        if not given or not self.files:
            return False
        in_files, from_files = value_at(self.merged, key)
        return not in_files or (value != from_files and repr(value) != repr(from_files))


def mistake(model: type[BaseModel], error: ErrorDetails) -> Mistake:
    """One error of pydantic in the words of the configuration."""
    key = tuple(part for part in error["loc"] if part != "[key]")
    found = f"found {_value(error['input'])}"
    kind, message = error["type"], error["msg"]
    if kind == "missing":
        text = "required key is missing"
    elif kind == "extra_forbidden":
        text = _unknown(str(key[-1]), _keys_at(model, key[:-1]))
    elif kind in {"model_type", "model_attributes_type", "dict_type"}:
        text = f"{found}; expected keys and values"
    elif kind in {"tuple_type", "list_type"}:
        text = f"{found}; expected a list"
    elif kind == "string_pattern_mismatch" and "[0-9a-fA-F]{6}" in message:
        text = f"{found}; expected a colour such as #0072B2"
    else:
        text = f"{found}; {_expectation(message)}"
    return Mistake(key, text)


def refuse(mistakes: Sequence[Mistake], places: Places) -> ConfigError:
    """One error that lists all mistakes."""
    number = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    shown = [
        f"  {one.where or places.of(one.key)}: {key_text(one.key)}: {one.text}"
        for one in mistakes[:MAX_SHOWN]
    ]
    if len(mistakes) > MAX_SHOWN:
        shown.append(f"  and {len(mistakes) - MAX_SHOWN} more")
    return ConfigError("\n".join([f"configuration refused, {number}", *shown]))


def key_text(key: Key) -> str:
    """``mms_gmm.events[3].start``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".") or "(top level)"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "nothing" if value is None else _short.repr(value)


def _expectation(message: str) -> str:
    if message.startswith("Value error, "):
        return message.removeprefix("Value error, ")
    return message.replace("Input should be ", "expected ").replace("a valid string", "text")


def _unknown(name: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, allowed, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"unknown key; {hint}allowed: {', '.join(allowed)}"


def _keys_at(model: type[BaseModel], key: Key) -> list[str]:
    current: Any = model
    for part in key:
        if isinstance(part, int):
            continue
        current = _model_in(current.model_fields[part].annotation)
    return list(current.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {tuple, list, Union, UnionType}:
        return next(m for m in map(_model_in, get_args(annotation)) if m is not None)
    return None


def _shown(path: Path) -> str:
    """Path relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
