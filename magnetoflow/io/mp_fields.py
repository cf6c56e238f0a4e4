"""Read magnetic and electric field and spacecraft potential of a magnetopause event, in GSE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.io import mms_burst
from magnetoflow.io.cdf import read_series
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.fpi_moments import check_shape, require
from magnetoflow.series import Series
from magnetoflow.times import format_utc


def read_field(paths: Sequence[Path], *, probe: int, rate: str, start: datetime, stop: datetime) -> Series:
    """Read the magnetic field.

    Parameters
    ----------
    paths : sequence of Path
        Checked FGM files.
    probe : int
        1 to 4.
    rate : str
        ``brst`` or ``srvy``.
    start, stop : datetime
        UTC, half open.

    Returns
    -------
    Series
        (time, 3) [nT, GSE]; samples that the FGM flag blanks out are NaN.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        Fewer than two samples lie in the interval.
    VariableError
        A variable is missing, or has another unit, frame or shape.
    """
    series = mms_burst.read_field(paths, probe=probe, rate=rate, start=start, stop=stop)
    return within(series, paths, start, stop)


def read_electric(
    paths: Sequence[Path], *, probe: int, rate: str, start: datetime, stop: datetime, min_quality: int
) -> Series:
    """Read the electric field in GSE, by its exact name; never in the axes of the spacecraft.

    Parameters
    ----------
    paths, probe, start, stop
        As for :func:`read_field`.
    rate : str
        ``brst`` or ``fast``.
    min_quality : int
        Samples of a lower quality (0 bad to 3 good) are NaN.

    Returns
    -------
    Series
        (time, 3) [mV/m, GSE].

    Raises
    ------
    MissingData, InsufficientData, VariableError
        As for :func:`read_field`.
    """
    series = mms_burst.read_electric(
        paths, probe=probe, rate=rate, start=start, stop=stop, min_quality=min_quality
    )
    return within(series, paths, start, stop)


def read_potential(paths: Sequence[Path], *, probe: int, start: datetime, stop: datetime) -> Series:
    """Read the potential of the spacecraft from EDP files, fast or burst, whichever they are.

    Returns
    -------
    Series
        (time,) [V].

    Raises
    ------
    MissingData, InsufficientData, VariableError
        As for :func:`read_field`.
    """
    names = [f"mms{probe}_edp_scpot_{rate}_l2" for rate in ("brst", "fast")]
    require(paths, names[1])
    held = CdfFile(paths[0]).variables
    name = names[0] if names[0] in held else names[1]
    series = read_series(paths, name, unit="V", start=start, stop=stop)
    check_shape(series.values, (), f"{paths[0]}, {name}")
    return within(series, paths, start, stop)


def within(series: Series, paths: Sequence[Path], start: datetime, stop: datetime) -> Series:
    """Cut a series to [start, stop).

    Raises
    ------
    InsufficientData
        Fewer than two records are left, or none that is not missing.
    """
    limits = [np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "ns") for one in (start, stop)]
    rows = slice(*(int(np.searchsorted(series.time, one)) for one in limits))
    time, values = series.time[rows], series.values[rows]
    if len(time) < 2 or not np.isfinite(values).any():
        held = f"{len(time)} records in {format_utc(start)} to {format_utc(stop)}"
        raise InsufficientData(
            "too few records in the interval" if len(time) < 2 else "every record in the interval is masked",
            where=f"{', '.join(path.name for path in paths)}, {series.name}",
            why=f"{held}, of {series.counts.get('records', 0)} in the files; {span_of(series)}",
            todo="choose another interval",
        )
    marks = {key: at[(at >= limits[0]) & (at < limits[1])] for key, at in series.marks.items()}
    return Series(series.name, time, values, series.unit, series.frame, series.counts, marks)


def span_of(series: Series) -> str:
    """First and last time of what was read."""
    if not len(series.time):
        return "none near the interval"
    return f"read from {series.time[0]} to {series.time[-1]}"
