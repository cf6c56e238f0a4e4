"""Read FPI moments at the centres of the measurements, with the length of a measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import MissingData, VariableError
from magnetoflow.io.cdf import Wanted, read_records
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.integrity import brief

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Moments over time.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        Centre of each measurement, UTC.
    values : mapping of str to (time, ...) ndarray
    flags : (time,) ndarray
        Error flags; NaN where missing.
    cadence_s : float [s]
        Length of a measurement.
    counts : mapping of str to int
    """

    time: NDArray[np.datetime64]
    values: Mapping[str, Floats]
    flags: Floats
    cadence_s: float
    counts: Mapping[str, int]

    def flagged(self, bits: Sequence[int]) -> NDArray[np.bool_]:
        """Whether any of the bits is set, or the flags are missing; (time,) ndarray."""
        missing = np.isnan(self.flags)
        mask = sum(1 << bit for bit in bits)
        return np.asarray(missing | ((np.where(missing, 0, self.flags).astype(np.int64) & mask) != 0))


def read_moments(
    paths: Sequence[Path],
    instrument: str,
    wanted: Mapping[str, tuple[Wanted, tuple[int, ...] | None]],
    start: datetime,
    stop: datetime,
    *,
    rate: str = "brst",
) -> Moments:
    """Read moments whose centres lie in [start, stop).

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    instrument : str
        Begin of the names of variables, as ``mms1_des``.
    wanted : mapping of str to (Wanted, shape of a record)
        None stands for any shape.
    start, stop : datetime
        UTC.
    rate : str
        ``brst`` or ``fast``.

    Returns
    -------
    Moments

    Raises
    ------
    MissingData
        There is no file.
    VariableError
        A variable is missing, or has another unit, frame or shape.

    Notes
    -----
    FPI times are those of the begin: the files state how far the measurement reaches before and after.
    """
    flags = Wanted(f"{instrument}_errorflags_{rate}", "32-bit error flags")
    require(paths, flags.name)
    before, after = _span_us(paths)
    shift = timedelta(microseconds=(after - before) / 2)
    columns = [one for one, _ in wanted.values()]
    records = read_records(paths, [*columns, flags], start=start - shift, stop=stop - shift)
    values = {}
    for key, (one, shape) in wanted.items():
        values[key] = records.columns[one.name]
        if shape is not None:
            check_shape(values[key], shape, f"{paths[0]}, {one.name}")
    time = records.time + np.timedelta64((after - before) * 500, "ns")
    return Moments(time, values, records.columns[flags.name], (before + after) / 1e6, records.counts)


def require(paths: Sequence[Path], name: str) -> None:
    """Refuse to read from no file."""
    if not paths:
        raise MissingData(
            "no file to read",
            where=name,
            why="the list of files is empty",
            todo="choose another interval or archive, or set skip_failed: true",
        )


def check_shape(values: Floats, shape: tuple[int, ...], where: str) -> None:
    """Refuse records of another shape."""
    if values.shape[1:] != shape:
        raise VariableError(
            "variable has another shape",
            where=where,
            why=f"found {values.shape[1:]}, expected {shape}",
            todo="use the L2 product of the archive",
        )


def _span_us(paths: Sequence[Path]) -> tuple[int, int]:
    """How long each measurement begins before and ends after its time [us]."""
    files = [CdfFile(path) for path in paths]
    spans = {(_reach_us(file, "minus"), _reach_us(file, "plus")) for file in files}
    if len(spans) > 1:
        raise VariableError(
            "files of one event differ in how long a measurement takes",
            where=f"{', '.join(map(str, paths))}, Epoch_plus_var",
            why=f"before and after the time: {sorted(spans)} us",
            todo="split the event where the files change",
        )
    before, after = spans.pop()
    if before + after == 0:
        raise VariableError("measurements take no time", where=f"{paths[0]}, Epoch_plus_var", why="0 s")
    return before, after


def _reach_us(file: CdfFile, sign: str) -> int:
    name = f"Epoch_{sign}_var"
    where = f"{file.path}, {name}"
    if name not in file.variables:
        raise VariableError("the file does not say how long a measurement takes", where=where)
    unit = str(file.attributes(name).get("UNITS", "")).strip()
    if unit != "s":
        raise VariableError(
            "variable has another unit", where=where, why=f"found {brief(unit)!r}, expected 's'"
        )
    values = np.unique(file.values(name))
    if values.dtype.kind not in "iuf" or len(values) != 1 or not 0 <= values[0] <= 60:
        raise VariableError(
            "length of a measurement is not one number of seconds", where=where, why=brief(values)
        )
    return round(float(values[0]) * 1e6)
