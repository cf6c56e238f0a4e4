"""Tables on disk: CSV with a column row, and the minute table as NetCDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.mms_gmm.minutes import MinuteTable

FORMULA = ("=", "+", "-", "@", "\t", "\r")
UNIT_NS: dict[Literal["s", "ms", "us", "ns"], int] = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
TIME_COLUMNS = ("time", "start", "stop", "Epoch")


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table, the same bytes for the same values.

    Parameters
    ----------
    path : path
    frame : DataFrame
        Times are written as ISO UTC with ``Z``; floats with the digits that bring them back; an empty field
        is missing. Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    with atomic_path(path) as part:
        _as_text(frame).to_csv(part, index=False, lineterminator="\n", encoding="utf-8")


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name, column in frame.items():
        if pd.api.types.is_datetime64_any_dtype(column):
            columns[name] = _iso(column)
        elif column.dtype == object or pd.api.types.is_string_dtype(column):
            columns[name] = column.map(_harmless)
        else:
            columns[name] = column
    return pd.DataFrame(columns, index=frame.index)


def _iso(times: pd.Series) -> pd.Series:
    """ISO text with as many decimals as the finest time of the column needs."""
    stamps = times.to_numpy().astype("datetime64[ns]")
    known = stamps[~np.isnat(stamps)].astype(np.int64)
    unit = next(unit for unit, size in UNIT_NS.items() if not (known % size).any())
    text = np.char.add(np.datetime_as_string(stamps, unit=unit), "Z")
    return pd.Series(text, index=times.index, dtype=object).mask(np.isnat(stamps))


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a table that `write_csv` wrote; columns of times become datetime64[ns], UTC without zone.

    Raises
    ------
    MagnetoflowError
        It is not such a table.
    """
    try:
        # neither an address nor a packed file, which pandas would fetch or unpack
        frame = pd.read_csv(Path(path).absolute(), encoding="utf-8", compression=None)
        for name in TIME_COLUMNS:
            if name in frame:
                times = pd.to_datetime(frame[name], utc=True, format="ISO8601")
                frame[name] = times.dt.tz_localize(None).astype("datetime64[ns]")
    except (OSError, ValueError) as error:
        raise MagnetoflowError("table cannot be read", where=path, why=str(error).splitlines()[0]) from error
    return frame


def read_csv_files(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Read tables of the same columns and put them together; those without rows give their columns only."""
    tables = [read_csv(path) for path in paths]
    filled = [table for table in tables if len(table)]
    if not filled:
        return tables[0] if tables else pd.DataFrame()
    return pd.concat(filled, ignore_index=True)


UNITS = {
    "energy_ev": "eV",
    "flux": "keV/(cm^2 s sr keV)",
    "b_nt": "nT",
    "position_gse_km": "km",
    "n_samples": "1",
    "n_b": "1",
    "quality": "1",
}
DIMENSIONS = {
    "energy_ev": ("time", "channel"),
    "flux": ("time", "channel"),
    "position_gse_km": ("time", "axis"),
}


def write_minutes(path: str | Path, minutes: MinuteTable, attrs: Mapping[str, str] | None = None) -> None:
    """Write a minute table as NetCDF-4, with units.

    Parameters
    ----------
    path : path
    minutes : MinuteTable
    attrs : mapping of str to str, optional
        Global attributes.
    """
    import xarray as xr  # most jobs read and write CSV only, and need not import it

    variables = {
        name: xr.Variable(DIMENSIONS.get(name, ("time",)), getattr(minutes, name), {"units": unit})
        for name, unit in UNITS.items()
    }
    dataset = xr.Dataset(variables, coords={"time": minutes.time}, attrs=dict(attrs or {}))
    encoding: dict[str, dict[str, Any]] = {"time": {"units": "seconds since 1970-01-01", "dtype": "int64"}}
    encoding |= {name: {"zlib": True, "complevel": 4} for name in ("flux", "energy_ev")}
    # made in memory: where the disk is full, HDF5 prints pages of its own and may crash at exit
    content = dataset.to_netcdf(engine="h5netcdf", encoding=encoding)
    with atomic_path(path) as part:
        part.write_bytes(content)


def read_file_names(path: str | Path) -> list[str]:
    """Names of the archive files behind a minute table."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return str(dataset.attrs.get("files", "")).split()
    except (OSError, ValueError) as error:
        raise MagnetoflowError("minute table cannot be read", where=path, why=str(error)) from error


def read_minutes(path: str | Path) -> MinuteTable:
    """Read a minute table that `write_minutes` wrote."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            dataset.load()
            columns = {name: dataset[name].to_numpy() for name in UNITS}
            time = dataset["time"].to_numpy().astype("datetime64[ns]")
    except (OSError, ValueError, KeyError) as error:
        raise MagnetoflowError("minute table cannot be read", where=path, why=str(error)) from error
    return MinuteTable(time=time, **columns)
