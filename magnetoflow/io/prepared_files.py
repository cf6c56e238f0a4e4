"""Prepared distributions as NetCDF-4: written in one piece, read whole or in chunks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.rept_pad.data import Prepared

CUBE = ("time", "angle", "energy")
VARIABLES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "time": (("time",), "i8", "nanoseconds since 1970-01-01"),
    "flux": (CUBE, "f4", "cm^-2 s^-1 sr^-1 MeV^-1"),
    "counts": (CUBE, "f4", "count"),
    "background": (("angle", "energy"), "f8", "count"),
    "signal": (("time", "energy"), "u1", "1"),
    "state": (("time",), "u1", "1"),
    "block": (("time",), "i8", "1"),
    "angle_deg": (("angle",), "f8", "deg"),
    "energy_mev": (("energy",), "f8", "MeV"),
    "l": (("time",), "f8", "1"),
    "l_star": (("time",), "f8", "1"),
    "mlt": (("time",), "f8", "hour"),
    "mlat_deg": (("time",), "f8", "deg"),
    "b_ratio": (("time",), "f8", "1"),
    "quality": (("time",), "u2", "1"),
    "one_count": (("energy",), "f8", "cm^-2 s^-1 sr^-1 MeV^-1"),
    "floor": (("energy",), "f8", "cm^-2 s^-1 sr^-1 MeV^-1"),
}
"""Dimensions, type and unit of what a file holds."""
OPTIONAL = ("one_count", "floor")
"""Empty where not known: then the file has none."""
GEOMETRY = ("equatorial", "folded")
ROWS = 2048
"""Records in one compressed piece of the file."""
ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What h5py raises at a file that is no HDF5 file, is cut off, or lacks a variable."""


def write_prepared(path: str | Path, prepared: Prepared, attrs: Mapping[str, str] | None = None) -> None:
    """Write prepared distributions; equal ones give equal bytes.

    Parameters
    ----------
    path : path
    prepared : Prepared
    attrs : mapping of str to str, optional
        Global attributes.

    Raises
    ------
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    content = io.BytesIO()  # made in memory: where the disk is full, HDF5 may crash at exit
    with h5netcdf.File(content, "w") as file:
        file.attrs.update({**(attrs or {}), **{name: int(getattr(prepared, name)) for name in GEOMETRY}})
        sizes = dict(zip(CUBE, prepared.flux.shape, strict=True))
        file.dimensions = sizes
        for name, (dims, kind, unit) in VARIABLES.items():
            values = np.ascontiguousarray(getattr(prepared, name)).astype(kind, copy=False)
            if name in OPTIONAL and not values.size:
                continue
            packing: dict[str, Any] = {}
            if dims[0] == "time" and values.size:
                chunk = (min(ROWS, len(values)), *values.shape[1:])
                packing = {"chunks": chunk, "compression": "gzip", "compression_opts": 1, "shuffle": True}
            variable = file.create_variable(name, dims, data=values, **packing)
            variable.attrs["units"] = unit
    with atomic_path(path) as part:
        part.write_bytes(content.getbuffer())


def read_prepared(path: str | Path) -> Prepared:
    """Read what :func:`write_prepared` wrote.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    with _Opened(path) as file:
        return _rows(path, file, slice(None))


def read_attrs(path: str | Path) -> dict[str, str]:
    """Global attributes that :func:`write_prepared` was given.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    with _Opened(path) as file:
        try:
            found = {key: _text(value) for key, value in file.attrs.items()}
        except ERRORS as error:
            raise _unreadable(path, error) from error
    return {key: value for key, value in found.items() if not key.startswith("_") and key not in GEOMETRY}


def count_records(path: str | Path) -> int:
    """Count the records of a file.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    with _Opened(path) as file:
        return _count(path, file)


class _Opened:
    """An HDF5 file; h5py opens it ten times as fast as h5netcdf."""

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def __enter__(self) -> h5py.File:
        try:
            self.file = h5py.File(self.path, "r")
        except ERRORS as error:
            raise _unreadable(self.path, error) from error
        return self.file

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _count(path: str | Path, file: h5py.File) -> int:
    try:
        return len(file["time"])
    except ERRORS as error:
        raise _unreadable(path, error) from error


def _rows(path: str | Path, file: h5py.File, rows: slice) -> Prepared:
    try:
        sizes = dict(zip(CUBE, file["flux"].shape, strict=True))
        found: dict[str, Any] = {}
        for name, (dims, kind, _) in VARIABLES.items():
            if name in OPTIONAL and name not in file:
                continue
            stored = file[name]
            if stored.dtype != np.dtype(kind) or stored.shape != tuple(sizes[one] for one in dims):
                raise ValueError(f"{name} is {stored.dtype} of the shape {stored.shape}")
            found[name] = stored[rows] if dims[0] == "time" else stored[...]
        found |= {name: bool(file.attrs[name]) for name in GEOMETRY}
    except ERRORS as error:
        raise _unreadable(path, error) from error
    found["time"] = found["time"].astype("datetime64[ns]")
    found["signal"] = found["signal"].astype(bool)
    return Prepared(**found)


def _text(value: object) -> str:
    """Text of an attribute; HDF5 has a kind of its own for the empty one."""
    return "" if isinstance(value, h5py.Empty) else str(value)


def _unreadable(path: str | Path, error: BaseException) -> MagnetoflowError:
    return MagnetoflowError(
        "prepared records cannot be read",
        where=path,
        why=f"{type(error).__name__} {error}",
        todo="delete the file; the next run prepares it again",
    )
