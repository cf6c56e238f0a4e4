"""Read MMS products: FPI ion spectra, FGM field and position."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.io.cdf import Wanted, read_records, read_series
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.series import IonSpectra, Series
from magnetoflow.times import format_utc

Floats = NDArray[np.float64]


def read_dis_spectra(
    paths: Sequence[Path],
    *,
    probe: int,
    rate: str,
    flag_bits: Sequence[int],
    start: datetime,
    stop: datetime,
    spectrum: str = "omni",
) -> IonSpectra:
    """Read ion energy spectra of FPI DIS moments files.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    probe : int
        1 to 4.
    rate : str
        ``fast`` or ``brst``.
    flag_bits : sequence of int
        A record with any of these error-flag bits, or without flags, is dropped.
    start, stop : datetime
        UTC, half open.
    spectrum : str
        ``omni``, or one of the six directions ``px`` to ``mz``.

    Returns
    -------
    IonSpectra

    Raises
    ------
    VariableError
        A variable is missing, or has another unit or shape.
    InsufficientData
        No record lies in the interval.
    """
    base = f"mms{probe}_dis"
    flux = Wanted(f"{base}_energyspectr_{spectrum}_{rate}", "keV/(cm^2 s sr keV)")
    energy = Wanted(f"{base}_energy_{rate}", "eV")
    flags = Wanted(f"{base}_errorflags_{rate}", "32-bit error flags")
    records = read_records(paths, [flux, energy, flags], start=start, stop=stop)
    values, table = records.columns[flux.name], records.columns[energy.name]
    if not len(records.time):
        raise InsufficientData(
            "no ion record in the interval",
            where=f"{', '.join(map(str, paths))}, {flux.name}",
            why=f"{records.counts['records']} records, none of {format_utc(start)} to {format_utc(stop)}",
            todo="choose another interval, or set skip_failed: true",
        )
    if values.shape != table.shape or values.ndim != 2:
        raise VariableError(
            "spectra and energies differ in shape",
            where=f"{paths[0]}, {flux.name}",
            why=f"spectra {values.shape[1:]}, energies {table.shape[1:]}",
            todo="replace the file by a good copy",
        )
    values, table = _ascending(values, table)
    flagged = _flagged(records.columns[flags.name], flag_bits)
    values[flagged] = np.nan
    return IonSpectra(
        time=records.time,
        flux=values,
        energy_ev=table,
        counts={**records.counts, "flagged": int(flagged.sum())},
        marks={**records.marks, "flagged": records.time[flagged]},
    )


def _ascending(values: Floats, table: Floats) -> tuple[Floats, Floats]:
    """Sort each record by energy; energies that are missing come last, with their flux masked."""
    order = np.argsort(table, axis=1, kind="stable")
    table = np.take_along_axis(table, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    return np.where(np.isfinite(table), values, np.nan), table


def _flagged(flags: Floats, bits: Sequence[int]) -> NDArray[np.bool_]:
    missing = np.isnan(flags)
    mask = sum(1 << bit for bit in bits)
    return np.asarray(missing | ((np.where(missing, 0, flags).astype(np.int64) & mask) != 0))


def read_fgm(paths: Sequence[Path], *, probe: int, rate: str, start: datetime, stop: datetime) -> Series:
    """Read the field strength of FGM files.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    probe : int
        1 to 4.
    rate : str
        ``srvy`` or ``brst``.
    start, stop : datetime
        UTC, half open.

    Returns
    -------
    Series
        |B| [nT]; samples that the FGM flag blanks out are NaN, their times in ``marks["flagged"]``.
    """
    field = Wanted(f"mms{probe}_fgm_b_gse_{rate}_l2", "nT", "GSE")
    flag = Wanted(f"mms{probe}_fgm_flag_{rate}_l2", "")
    records = read_records(paths, [field, flag], start=start, stop=stop)
    strength = np.array(records.columns[field.name][:, 3])
    flagged = ~(records.columns[flag.name] == 0)
    strength[flagged] = np.nan
    return Series(
        name=field.name,
        time=records.time,
        values=strength,
        unit="nT",
        counts={**records.counts, "flagged": int(flagged.sum())},
        marks={**records.marks, "flagged": records.time[flagged]},
    )


def read_position(
    paths: Sequence[Path], *, probe: int, rate: str, start: datetime, stop: datetime
) -> Series | None:
    """Read the spacecraft position that FGM files carry.

    Returns
    -------
    Series or None
        (time, 3) [km, GSE]; None where the files hold no position.
    """
    name = f"mms{probe}_fgm_r_gse_{rate}_l2"
    holding = [path for path in paths if name in CdfFile(path).variables]
    if not holding:
        return None
    series = read_series(holding, name, unit="km", frame="GSE", start=start, stop=stop)
    return Series(name, series.time, series.values[:, :3], "km", "GSE", series.counts, series.marks)
