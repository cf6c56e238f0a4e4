"""Frozen dataclasses as JSON files, read back by their type hints; nothing is unpickled.

Arrays are base64 of their little-endian bytes, so that every digit and NaN comes back; times are nanoseconds.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import write_json

T = TypeVar("T")
NOT_FINITE = ("nan", "inf", "-inf")


class _Refused(Exception):  # noqa: N818 (never leaves this module)
    """A value that does not fit its type hint; `place` grows on the way out."""

    def __init__(self, why: str, place: str = "") -> None:
        self.why, self.place = why, place
        super().__init__(why)


def write_record(path: str | Path, record: object) -> None:
    """Write a frozen dataclass, the same bytes for the same values.

    Parameters
    ----------
    path : path
    record : dataclass
        Its fields are hinted as bool, int, float, str, datetime64, arrays, dataclasses, tuples, mappings with
        keys str or int, or None.

    Raises
    ------
    TypeError
        A value does not fit the hint of its field.
    """
    name = type(record).__name__
    try:
        value = _encode(record, type(record))
    except _Refused as error:
        raise TypeError(f"{name}{error.place}: {error.why}") from error
    write_json(path, {"record": name, "value": value})


def read_record(path: str | Path, cls: type[T]) -> T:
    """Read a dataclass that `write_record` wrote.

    Parameters
    ----------
    path : path
    cls : type
        Class of the record.

    Returns
    -------
    cls

    Raises
    ------
    MagnetoflowError
        The file cannot be read, is damaged, or holds another record; names the field.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("record") != cls.__name__:
            raise _Refused(f"not a record of {cls.__name__}")
        value: T = _decode(content.get("value"), cls)
    except _Refused as error:
        raise _unreadable(path, f"{cls.__name__}{error.place}: {error.why}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, str(error).splitlines()[0]) from error
    return value


def _unreadable(path: str | Path, why: str) -> MagnetoflowError:
    return MagnetoflowError(
        "record cannot be read",
        where=path,
        why=why,
        todo="delete the file, so that the workflow makes it anew",
    )


@cache
def _hints(cls: type) -> Mapping[str, Any]:
    known = get_type_hints(cls)
    return {field.name: known[field.name] for field in fields(cls)}


def _need(fits: bool, value: object, expected: str) -> None:
    if not fits:
        raise _Refused(f"found {type(value).__name__} {str(value)[:40]!r}, expected {expected}")


class _At:
    """Adds a step to the place of a refusal inside the block."""

    def __init__(self, step: str) -> None:
        self.step = step

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _Refused):
            error.place = self.step + error.place


def _encode(value: Any, hint: Any) -> Any:
    """Turn a value into what JSON holds."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if value is None else _encode(value, _some(args))
    if is_dataclass(hint) and isinstance(hint, type):
        _need(isinstance(value, hint), value, hint.__name__)
        result = {}
        for name, inner in _hints(hint).items():
            with _At(f".{name}"):
                result[name] = _encode(getattr(value, name), inner)
        return result
    if origin is tuple:
        _need(isinstance(value, tuple), value, "tuple")
        return [_item(_encode, *pair) for pair in _elements(value, args)]
    if origin is not None and issubclass(origin, Mapping):
        _need(isinstance(value, Mapping), value, "mapping")
        return {_key(name, args[0]): _item(_encode, name, one, args[1]) for name, one in value.items()}
    if origin is np.ndarray:
        return _encode_array(value, _kind(args))
    return _encode_scalar(value, hint)


def _decode(value: Any, hint: Any) -> Any:
    """Turn what JSON holds into a value of the type hint."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if value is None else _decode(value, _some(args))
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        _need(
            isinstance(value, dict) and value.keys() == hints.keys(), value, f"the fields of {hint.__name__}"
        )
        return hint(**{name: _field(value[name], name, inner) for name, inner in hints.items()})
    if origin is tuple:
        _need(isinstance(value, list), value, "list")
        return tuple(_item(_decode, *pair) for pair in _elements(value, args))
    if origin is not None and issubclass(origin, Mapping):
        _need(isinstance(value, dict), value, "mapping")
        return {_name(name, args[0]): _item(_decode, name, one, args[1]) for name, one in value.items()}
    if origin is np.ndarray:
        return _decode_array(value, _kind(args))
    return _decode_scalar(value, hint)


def _field(value: Any, name: str, hint: Any) -> Any:
    with _At(f".{name}"):
        return _decode(value, hint)


def _item(turn: Any, step: object, value: Any, hint: Any) -> Any:
    with _At(f"[{step}]"):
        return turn(value, hint)


def _some(args: tuple[Any, ...]) -> Any:
    """Return the hint of ``hint | None``."""
    (inner,) = (one for one in args if one is not NoneType)
    return inner


def _elements(value: Any, args: tuple[Any, ...]) -> list[tuple[int, Any, Any]]:
    """Index, value and hint of each element of a tuple."""
    hints = [args[0]] * len(value) if args[1:] == (Ellipsis,) else list(args)
    _need(len(hints) == len(value), value, f"{len(hints)} elements")
    return [(index, one, hint) for index, (one, hint) in enumerate(zip(value, hints, strict=True))]


def _key(name: Any, hint: Any) -> str:
    _need(isinstance(name, (int, np.integer) if hint is int else str), name, f"key of {hint.__name__}")
    return str(name)


def _name(name: str, hint: Any) -> Any:
    if hint is not int:
        return name
    _need(name.removeprefix("-").isdecimal(), name, "whole number as key")
    return int(name)


def _kind(args: tuple[Any, ...]) -> np.dtype[Any]:
    """Type of the elements of ``NDArray[...]``, little-endian."""
    (scalar,) = get_args(args[1])
    return np.dtype("<M8[ns]") if scalar is np.datetime64 else np.dtype(scalar).newbyteorder("<")


def _encode_array(value: Any, kind: np.dtype[Any]) -> dict[str, Any]:
    _need(isinstance(value, np.ndarray), value, "array")
    _need(np.can_cast(value.dtype, kind, "safe"), value.dtype, str(kind))
    packed = np.ascontiguousarray(value, dtype=kind)
    text = base64.b64encode(packed.tobytes()).decode("ascii")
    return {"dtype": kind.str, "shape": list(value.shape), "base64": text}


def _decode_array(value: Any, kind: np.dtype[Any]) -> Any:
    _need(isinstance(value, dict) and value.keys() == {"dtype", "shape", "base64"}, value, "array")
    _need(value["dtype"] == kind.str, value["dtype"], kind.str)
    shape, text = value["shape"], value["base64"]
    whole = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
    _need(whole and isinstance(text, str), shape, "shape and text")
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _Refused(str(error)) from error
    if len(content) != math.prod(shape) * kind.itemsize:
        raise _Refused(f"found {len(content)} bytes, expected shape {shape} of {kind.str}")
    return np.frombuffer(content, dtype=kind).reshape(shape).astype(kind.newbyteorder("="))


def _encode_scalar(value: Any, hint: Any) -> Any:
    if hint is np.datetime64:
        _need(isinstance(value, np.datetime64), value, "datetime64")
        return int(value.astype("datetime64[ns]").astype(np.int64))
    if hint is bool:
        _need(isinstance(value, (bool, np.bool_)), value, "bool")
        return bool(value)
    if hint is int:
        _need(isinstance(value, (int, np.integer)) and not isinstance(value, bool), value, "int")
        return int(value)
    if hint is float:
        _need(isinstance(value, (int, float, np.integer, np.floating)), value, "float")
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if hint is str:
        _need(isinstance(value, str), value, "str")
        return str(value)
    raise _Refused(f"no way to write {hint}")


def _decode_scalar(value: Any, hint: Any) -> Any:
    if hint is float:
        _need(type(value) in (int, float) or value in NOT_FINITE, value, "number")
        return float(value)
    wanted = int if hint is np.datetime64 else hint
    _need(type(value) is wanted, value, wanted.__name__)
    if hint is not np.datetime64:
        return value
    _need(-(2**63) <= value < 2**63, value, "64-bit whole number")
    return np.datetime64(value, "ns")
