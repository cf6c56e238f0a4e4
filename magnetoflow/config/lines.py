"""YAML files with the lines of their keys: read safely, with limits, and repeated keys refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from magnetoflow.errors import ConfigError

Key = tuple[str | int, ...]
"""Path of a value: ``("mms_gmm", "events", 3, "start")``."""

MAX_BYTES = 5_000_000
MAX_NODES = 500_000
MAX_DEPTH = 40
MAX_VALUE = 100_000
"""Characters of a value on the command line."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class YamlFile:
    """A YAML file: its content, and the nodes that know their lines."""

    path: Path
    data: dict[str, Any]
    node: yaml.MappingNode | None
    repeats: list[tuple[Key, int]]


def read_yaml(path: Path) -> YamlFile:
    """Read a configuration file with a safe loader.

    Parameters
    ----------
    path : Path
        At most 5 MB, at most 500,000 values once aliases are followed.

    Returns
    -------
    YamlFile
        With the keys that stand twice and their lines, which YAML itself lets pass.

    Raises
    ------
    ConfigError
        Not readable, not YAML, too large, or no mapping.
    """
    node, data = _safely(_text(path), path)
    if node is None:
        return YamlFile(path, {}, None, [])
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError("not a configuration", where=f"{path}:1", why="expected keys and values")
    return YamlFile(path, data, node, list(_repeats(node, ())))


def read_value(text: str, where: str) -> Any:
    """Read a value that is given as YAML on the command line, with the same limits.

    Raises
    ------
    ConfigError
        Not YAML, or too large.
    """
    if len(text) > MAX_VALUE:
        raise ConfigError("value too large", where=where, why=f"{len(text)} characters; at most {MAX_VALUE}")
    return _safely(text, where)[1]


def _safely(text: str, where: Path | str) -> tuple[yaml.Node | None, Any]:
    """Node and value of a text, once its depth and its size are checked."""
    try:
        _check_depth(text, where)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None, None
            _expanded_size(node, where, {}, frozenset())
            return node, loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"{where}:{mark.line + 1}" if mark else str(where)
        raise ConfigError("not YAML", where=line, why=error.problem or error.context) from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ConfigError("not YAML", where=where, why=str(error).splitlines()[0]) from error


def line_of(file: YamlFile, key: Key) -> tuple[int, int]:
    """How much of a key a file holds, and where.

    Parameters
    ----------
    file : YamlFile
    key : tuple of str and int

    Returns
    -------
    depth : int
        Number of leading parts of the key that stand in the file.
    line : int
        Line of the deepest of them, from 1.
    """
    node: yaml.Node | None = file.node
    line = 1
    for depth, part in enumerate(key):
        found = _child(node, part)
        if found is None:
            return depth, line
        line, node = found
    return len(key), line


def value_at(data: Any, key: Iterable[str | int]) -> tuple[bool, Any]:
    """Whether nested dictionaries and lists hold a key, and its value."""
    for part in key:
        inside = (
            part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        )
        if not inside:
            return False, None
        data = data[part]
    return True, data


def merge(base: dict[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one configuration over another as Snakemake does: dictionaries merge, all else is replaced."""
    merged = dict(base)
    for key, value in overlay.items():
        below = merged.get(key)
        if isinstance(value, Mapping):
            merged[key] = merge(below if isinstance(below, dict) else {}, value)
        else:
            merged[key] = value
    return merged


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError(
                "configuration file too large", where=path, why=f"{size} bytes; at most {MAX_BYTES}"
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError("configuration file not readable", where=path, why=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ConfigError("configuration file is not UTF-8 text", where=path, why=str(error)) from error


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _check_depth(text: str, path: Path | str) -> None:
    """Refuse deep nesting before nodes are composed: the composer of libyaml recurses on the C stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ConfigError("nested too deep", where=path, why=f"more than {MAX_DEPTH} levels")


def _expanded_size(node: yaml.Node, path: Path | str, known: dict[int, int], above: frozenset[int]) -> int:
    """Count values as if each alias were written out, visiting each node once."""
    if id(node) in known:
        return known[id(node)]
    where = f"{path}:{node.start_mark.line + 1}"
    if id(node) in above:
        raise ConfigError("alias inside itself", where=where)
    below = above | {id(node)}
    size = 1 + sum(_expanded_size(child, path, known, below) for child in _children(node))
    if size > MAX_NODES:
        raise ConfigError(
            "too many values", where=where, why=f"more than {MAX_NODES} once aliases are written out"
        )
    known[id(node)] = size
    return size


def _repeats(node: yaml.Node, key: Key) -> Iterable[tuple[Key, int]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for name, value in node.value:
            part = str(name.value)
            if part in seen and part != "<<":
                yield (*key, part), name.start_mark.line + 1
            seen.add(part)
            yield from _repeats(value, (*key, part))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _repeats(value, (*key, index))


def _child(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in reversed(node.value):
            if name.value == str(part):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item.start_mark.line + 1, item
    return None
