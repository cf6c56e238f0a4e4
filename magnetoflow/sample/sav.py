"""Write IDL save files that hold one structure: what the skymaps of the sample need.

The layout is that of ``Unofficial Format Specification: IDL "SAVE" File`` (C. Markwardt), and of a
real skymap. Nothing is compressed; numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.io.atomic import atomic_path

_TYPES = {"uint8": 1, "int16": 2, "int32": 3, "float32": 4, "float64": 5, "uint16": 12}
_TEXT, _STRUCTURE = 7, 8
_ARRAY_FLAG, _STRUCTURE_FLAGS = 4, 4 | 16 | 32
_VARIABLE, _END, _TIMESTAMP, _VERSION = 2, 6, 10, 14
_MACHINE = ("x86_64", "linux", "8.0")

Value = str | np.generic | NDArray[Any] | Mapping[str, Any]


def write_sav(path: Path, name: str, tags: Mapping[str, Value], made: str) -> None:
    """Write a structure as an IDL save file; a file that already holds the same bytes is left alone.

    Parameters
    ----------
    path : Path
        Final name.
    name : str
        Of the variable; stored in capitals, as IDL does.
    tags : mapping of str to str, numpy scalar, ndarray or mapping
        Members: text, scalars of int32, float32 or float64, arrays of uint8, uint16, int16, int32, float32 or
        float64, and structures of the same.
    made : str
        Date that the file states.

    Raises
    ------
    TypeError
        A member is of another type.
    ArchiveError
        The file cannot be written.
    """
    content = _records(name, tags, made)
    if path.is_file() and path.read_bytes() == content:
        return
    with atomic_path(path) as part:
        part.write_bytes(content)


def _records(name: str, tags: Mapping[str, Value], made: str) -> bytes:
    """Content of a save file: each record says where the next one begins."""
    records = [
        (_TIMESTAMP, b"\0" * 1024 + _text(made) + _text("magnetoflow") + _text("synthetic")),
        (_VERSION, _long(10) + b"".join(_text(one) for one in _MACHINE)),
        (_VARIABLE, _variable(name, tags)),
    ]
    out = b"SR\x00\x04"
    for kind, content in records:
        out += struct.pack(">iIII", kind, len(out) + 16 + len(content), 0, 0) + content
    return out + struct.pack(">iIII", _END, 0, 0, 0)


def _long(*values: int) -> bytes:
    return struct.pack(f">{len(values)}i", *values)


def _padded(content: bytes) -> bytes:
    """Fill up to a multiple of four bytes."""
    return content + b"\0" * (-len(content) % 4)


def _text(value: str) -> bytes:
    """Text of a descriptor: its length, then the letters."""
    return _long(len(value)) + _padded(value.encode("latin-1"))


def _variable(name: str, tags: Mapping[str, Value]) -> bytes:
    """Content of a variable's record: name, description and data."""
    size = len(_data(tags))
    about = _long(_STRUCTURE, _STRUCTURE_FLAGS) + _array(size, 1, (1,)) + _structure(tags)
    return _text(name.upper()) + about + _long(7) + _data(tags)


def _array(size: int, count: int, shape: tuple[int, ...]) -> bytes:
    """Describe an array: IDL counts the fastest dimension first, and always stores eight."""
    dimensions = (*reversed(shape), *[1] * (8 - len(shape)))
    return _long(8, size, size, count, len(shape), 0, 0, 8, *dimensions)


def _kind(name: str, value: Value) -> tuple[int, int]:
    """Type code and flags of a member."""
    if isinstance(value, str):
        return _TEXT, 0
    if isinstance(value, Mapping):
        return _STRUCTURE, _STRUCTURE_FLAGS
    if value.dtype.name not in _TYPES:
        raise TypeError(f"{name}: no IDL type for {value.dtype}")
    return _TYPES[value.dtype.name], _ARRAY_FLAG if isinstance(value, np.ndarray) else 0


def _structure(tags: Mapping[str, Value]) -> bytes:
    """Describe a structure: members, their names, then arrays, then structures."""
    table, arrays, inner, offset = b"", b"", b"", 0
    for name, value in tags.items():
        table += _long(offset, *_kind(name, value))
        offset += len(_member(value))
        if isinstance(value, Mapping):
            arrays += _array(len(_data(value)), 1, (1,))
            inner += _structure(value)
        elif isinstance(value, np.ndarray):
            arrays += _array(value.nbytes, value.size, value.shape)
    names = b"".join(_text(name.upper()) for name in tags)
    return _long(9) + _text("") + _long(8, len(tags), offset) + table + names + arrays + inner


def _data(tags: Mapping[str, Value]) -> bytes:
    """Values of the members, one after the other."""
    return b"".join(_member(value) for value in tags.values())


def _member(value: Value) -> bytes:
    """Value of one member; 2-byte numbers take 4 bytes each, text has its length twice, bytes theirs."""
    if isinstance(value, str):
        return _long(len(value)) + (_text(value) if value else b"")
    if isinstance(value, Mapping):
        return _data(value)
    kind = value.dtype.name
    if kind in ("uint16", "int16"):
        return value.astype(">u4" if kind == "uint16" else ">i4").tobytes()
    content = np.asarray(value).astype(value.dtype.newbyteorder(">")).tobytes()
    return (_long(len(content)) if kind == "uint8" else b"") + _padded(content)
