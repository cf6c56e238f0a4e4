"""Read MMS burst products of one spacecraft: ion and electron moments, magnetic and electric field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.io import mms
from magnetoflow.io.cdf import Wanted, read_records
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.fpi_moments import check_shape, read_moments, require
from magnetoflow.mms_rnn.ions import Electrons, Ions
from magnetoflow.series import Series
from magnetoflow.times import format_utc

Floats = NDArray[np.float64]
FIELD_MARGIN, ION_MARGIN = timedelta(seconds=1), timedelta(seconds=0.5)
"""Fields and ions are read this far beyond an interval, so that its ends average and interpolate as the rest;
fields further, for the averages over ion measurements."""
STATE_MARGIN = timedelta(seconds=90)
"""Positions come every 30 s."""
FLAG_BITS = (0, 1, 11)
"""Flagged by hand, saturated, error of compression. Bit 7 of electrons says that the density is below
0.05 cm^-3, as in lobes and thin sheets of the tail: it masks nothing by default."""
MAX_T_E_EV = 30000.0
"""VALIDMAX of the electron temperature tensor; for temppara and tempperp the files state 1e30."""


def read_ions(
    paths: Sequence[Path],
    *,
    probe: int,
    start: datetime,
    stop: datetime,
    flag_bits: Sequence[int] = FLAG_BITS,
) -> Ions:
    """Read FPI DIS burst moments.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    probe : int
        1 to 4.
    start, stop : datetime
        UTC, half open; records with their centre within, and half a second beyond either end.
    flag_bits : sequence of int
        A record with any of these error-flag bits, or without flags, is masked.

    Returns
    -------
    Ions
        Masked records stay, as NaN: those flagged, and those with density or velocity missing, out of the
        valid range, or with a density that is not positive. ``counts`` tells ``flagged`` and ``unusable``.

    Raises
    ------
    MissingData
        There is no file.
    VariableError
        A variable is missing, or has another unit, frame or shape.
    """
    base = f"mms{probe}_dis"
    wanted = {
        "n": (Wanted(f"{base}_numberdensity_brst", "cm^-3"), ()),
        "v": (Wanted(f"{base}_bulkv_gse_brst", "km/s", "GSE"), (3,)),
        "p": (Wanted(f"{base}_prestensor_gse_brst", "nPa", "GSE"), (3, 3)),
        "n_bg": (Wanted(f"{base}_numberdensity_bg_brst", "cm^-3"), ()),
        "p_bg": (Wanted(f"{base}_pres_bg_brst", "nPa"), ()),
    }
    moments = read_moments(paths, base, wanted, start - ION_MARGIN, stop + ION_MARGIN)
    n, v, p, n_bg, p_bg = (moments.values[key] for key in wanted)
    flagged = moments.flagged(flag_bits)
    unusable = ~_positive(n) | np.isnan(v).any(axis=1)
    for values in (n, v, p, n_bg, p_bg):
        values[flagged | unusable] = np.nan
    counts = {
        **moments.counts,
        "flagged": int(flagged.sum()),
        "unusable": int((unusable & ~flagged).sum()),
    }
    return Ions(moments.time, n, n_bg, v, p, p_bg, moments.cadence_s, counts)


def read_electrons(
    paths: Sequence[Path],
    *,
    probe: int,
    start: datetime,
    stop: datetime,
    flag_bits: Sequence[int] = FLAG_BITS,
) -> Electrons:
    """Read FPI DES burst moments.

    Parameters
    ----------
    paths, probe, flag_bits
        As for :func:`read_ions`.
    start, stop : datetime
        UTC, half open; records with their centre within.

    Returns
    -------
    Electrons
        Masked records stay, as NaN: those flagged, and those with density, velocity or a temperature missing
        or out of the valid range, or a density or temperature that is not positive. All moments of a record
        are integrals over the same counts, so they are masked together. ``counts`` tells ``flagged``,
        ``unusable`` and, of the others, those masked for their ``temperature``.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        No record lies in the interval.
    VariableError
        A variable is missing, or has another unit, frame or shape.
    """
    base = f"mms{probe}_des"
    wanted = {
        "n": (Wanted(f"{base}_numberdensity_brst", "cm^-3"), ()),
        "v": (Wanted(f"{base}_bulkv_gse_brst", "km/s", "GSE"), (3,)),
        "p": (Wanted(f"{base}_prestensor_gse_brst", "nPa", "GSE"), (3, 3)),
        "t_para": (Wanted(f"{base}_temppara_brst", "eV"), ()),
        "t_perp": (Wanted(f"{base}_tempperp_brst", "eV"), ()),
    }
    moments = read_moments(paths, base, wanted, start, stop)
    if not len(moments.time):
        raise InsufficientData(
            "no electron record in the interval",
            where=f"{', '.join(map(str, paths))}, {base}_numberdensity_brst",
            why=f"{moments.counts['records']} records, none of {format_utc(start)} to {format_utc(stop)}",
            todo="choose another interval, or set skip_failed: true",
        )
    n, v, p, t_para, t_perp = (moments.values[key] for key in wanted)
    flagged = moments.flagged(flag_bits)
    unusable = ~_positive(n) | np.isnan(v).any(axis=1)
    absurd = ~(_positive(t_para, MAX_T_E_EV) & _positive(t_perp, MAX_T_E_EV))
    for values in (n, v, p, t_para, t_perp):
        values[flagged | unusable | absurd] = np.nan
    counts = {
        **moments.counts,
        "flagged": int(flagged.sum()),
        "unusable": int((unusable & ~flagged).sum()),
        "temperature": int((absurd & ~unusable & ~flagged).sum()),
    }
    return Electrons(moments.time, n, v, p, t_para, t_perp, moments.cadence_s, counts)


def _positive(values: Floats, limit: float = np.inf) -> NDArray[np.bool_]:
    return np.asarray((values > 0) & (values <= limit))


def read_field(
    paths: Sequence[Path], *, probe: int, rate: str = "brst", start: datetime, stop: datetime
) -> Series:
    """Read the vectors of FGM files.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    probe : int
        1 to 4.
    rate : str
        ``brst`` or ``srvy``.
    start, stop : datetime
        UTC, half open; and a second beyond either end.

    Returns
    -------
    Series
        (time, 3) [nT, GSE]; samples that the FGM flag blanks out, or that lack a component, are NaN.

    Raises
    ------
    MissingData, VariableError
        As for :func:`read_ions`.
    """
    vectors = Wanted(f"mms{probe}_fgm_b_gse_{rate}_l2", "nT", "GSE")
    flag = Wanted(f"mms{probe}_fgm_flag_{rate}_l2", "")
    require(paths, vectors.name)
    records = read_records(paths, [vectors, flag], start=start - FIELD_MARGIN, stop=stop + FIELD_MARGIN)
    values = records.columns[vectors.name]
    check_shape(values, (4,), f"{paths[0]}, {vectors.name}")
    flagged = ~(records.columns[flag.name] == 0)
    values = _whole(values[:, :3], flagged)
    counts = {**records.counts, "flagged": int(flagged.sum())}
    return Series(vectors.name, records.time, values, "nT", "GSE", counts, records.marks)


def read_electric(
    paths: Sequence[Path], *, probe: int, rate: str, start: datetime, stop: datetime, min_quality: int = 1
) -> Series:
    """Read the vectors of EDP files.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    probe : int
        1 to 4.
    rate : str
        ``brst`` or ``fast``.
    start, stop : datetime
        UTC, half open; and a second beyond either end.
    min_quality : int
        Samples of a lower quality (0 bad to 3 good; the worst where components have their own), or whose
        quality is missing, are NaN. Where no file states qualities, ``no_quality`` counts the samples.

    Returns
    -------
    Series
        (time, 3) [mV/m, GSE].

    Raises
    ------
    MissingData, VariableError
        As for :func:`read_ions`.
    """
    vectors, name = (
        Wanted(f"mms{probe}_edp_dce_gse_{rate}_l2", "mV/m", "GSE"),
        f"mms{probe}_edp_quality_{rate}_l2",
    )
    require(paths, vectors.name)
    holding = [file for path in paths if name in (file := CdfFile(path)).variables]
    wanted = [
        vectors,
        *[Wanted(name, str(one.attributes(name).get("UNITS", "")).strip()) for one in holding[:1]],
    ]
    records = read_records(paths, wanted, start=start - FIELD_MARGIN, stop=stop + FIELD_MARGIN)
    values = records.columns[vectors.name]
    check_shape(values, (3,), f"{paths[0]}, {vectors.name}")
    flagged = np.zeros(len(values), dtype=bool)
    if holding:
        quality = records.columns[name]
        flagged = ~(np.min(quality, axis=tuple(range(1, quality.ndim))) >= min_quality)
    counts = {
        **records.counts,
        "flagged": int(flagged.sum()),
        "no_quality": 0 if holding else len(values),
    }
    return Series(vectors.name, records.time, _whole(values, flagged), "mV/m", "GSE", counts, records.marks)


def _whole(vectors: Floats, masked: NDArray[np.bool_]) -> Floats:
    """Vectors with all components or none."""
    missing = masked | np.isnan(vectors).any(axis=1)
    return np.where(missing[:, None], np.nan, vectors)


def read_position(
    paths: Sequence[Path], *, probe: int, rate: str = "brst", start: datetime, stop: datetime
) -> Series | None:
    """Read the spacecraft position that FGM files carry, with 90 s beyond either end.

    Returns
    -------
    Series or None
        (time, 3) [km, GSE], every 30 s; None where the files hold no position.
    """
    series = mms.read_position(
        paths, probe=probe, rate=rate, start=start - STATE_MARGIN, stop=stop + STATE_MARGIN
    )
    if series is not None:
        check_shape(series.values, (3,), f"{paths[0]}, {series.name}")
    return series
