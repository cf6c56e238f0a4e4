"""Labelled arrays over time as NetCDF-4: written in one piece, read in parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path

NO_DATA = b"This is a netCDF dimension but not a netCDF variable"
"""Name of a dimension that has no values begins so."""
ERRORS = (OSError, ValueError, KeyError, RuntimeError)
"""What h5py raises at a file that is no HDF5 file, is cut off, or lacks a variable."""


def write_series(
    path: str | Path,
    time: NDArray[np.datetime64],
    variables: Mapping[str, tuple[tuple[str, ...], NDArray[Any], str]],
    attrs: Mapping[str, str] | None = None,
) -> None:
    """Write variables over time.

    Parameters
    ----------
    path : path
    time : (time,) ndarray of datetime64[ns]
        UTC.
    variables : mapping of str to (dimensions, values, unit)
        The first dimension may be ``time``.
    attrs : mapping of str to str, optional
        Global attributes.
    """
    import xarray as xr  # takes 0.4 s, which jobs that only read need not spend

    dataset = xr.Dataset(
        {
            name: xr.Variable(dims, values, {"units": unit})
            for name, (dims, values, unit) in variables.items()
        },
        coords={"time": ("time", time.astype("datetime64[ns]").astype(np.int64))},
        attrs=dict(attrs or {}),
    )
    dataset["time"].attrs["units"] = "nanoseconds since 1970-01-01"
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True}
        for name, (_, values, _) in variables.items()
        if values.size > 1000
    }
    # made in memory: where the disk is full, HDF5 prints pages of its own and may crash at exit
    content = dataset.to_netcdf(engine="h5netcdf", encoding=encoding)
    with atomic_path(path) as part:
        part.write_bytes(content)


def read_series(
    path: str | Path,
    names: tuple[str, ...] | None = None,
    *,
    start: np.datetime64 | None = None,
    stop: np.datetime64 | None = None,
) -> tuple[NDArray[np.datetime64], dict[str, NDArray[Any]], dict[str, str]]:
    """Read what `write_series` wrote, or a part of it.

    Parameters
    ----------
    path : path
    names : tuple of str, optional
        Variables; all by default.
    start, stop : datetime64, optional
        UTC, half open; times must increase.

    Returns
    -------
    time : (time,) ndarray of datetime64[ns]
    values : dict of str to ndarray
    attrs : dict of str to str

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    try:
        with h5py.File(path, "r", track_order=True) as file:
            time = file["time"][:].astype(np.int64).astype("datetime64[ns]")
            first = 0 if start is None else int(np.searchsorted(time, start.astype("datetime64[ns]")))
            last = len(time) if stop is None else int(np.searchsorted(time, stop.astype("datetime64[ns]")))
            part = slice(first, max(first, last))
            values = {
                name: file[name][part] if _over_time(file, name) else file[name][:]
                for name in names or _variables(file)
            }
            attrs = {key: _text(value) for key, value in file.attrs.items() if not key.startswith("_")}
    except ERRORS as error:
        raise MagnetoflowError("series cannot be read", where=path, why=str(error)) from error
    return time[part], values, attrs


def _variables(file: h5py.File) -> tuple[str, ...]:
    """Names of the variables but time; xarray would find them too, and take twenty times as long to open."""
    scales = {name: one.attrs.get("NAME", b"") for name, one in file.items()}
    return tuple(
        name for name, label in scales.items() if name != "time" and not bytes(label).startswith(NO_DATA)
    )


def _over_time(file: h5py.File, name: str) -> bool:
    """Whether the first dimension of a variable is time."""
    scales = file[name].attrs.get("DIMENSION_LIST", ())
    return len(scales) > 0 and file[scales[0][0]].name == "/time"


def _text(value: object) -> str:
    """Text of an attribute; HDF5 has a kind of its own for the empty one."""
    return "" if isinstance(value, h5py.Empty) else str(value)


def read_units(path: str | Path) -> dict[str, str]:
    """Units of the variables over time.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    try:
        with h5py.File(path, "r", track_order=True) as file:
            return {name: str(file[name].attrs["units"]) for name in _variables(file)}
    except ERRORS as error:
        raise MagnetoflowError("series cannot be read", where=path, why=str(error)) from error
