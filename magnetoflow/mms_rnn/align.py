"""Bring all measurements of one spacecraft to the times of its electron moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP, bin_average, interpolate
from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.mms_rnn.burst import ELECTRON_CADENCE_S, Burst, missing_burst
from magnetoflow.mms_rnn.ions import Electrons, Ions, temperatures_ev, without_background
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.series import Series
from magnetoflow.times import format_utc

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
MEAN, POINT = "mean", "point"
MAX_STATE_STEP_S = 90.0
"""Positions come every 30 s; the orbit bends by 2 m in that time at 25 Earth radii."""


def burst_table(
    ions: Ions | None,
    electrons: Electrons,
    field: Series | None,
    electric: Series | None,
    electric_fast: Series | None,
    position: Series | None,
    *,
    start: datetime,
    stop: datetime,
    damaged: Sequence[tuple[datetime, datetime]] = (),
    averaging: str = MEAN,
) -> Burst:
    """Bring the measurements of one spacecraft to the centres of its electron measurements.

    Parameters
    ----------
    ions : Ions or None
        With penetrating radiation in them, which is subtracted here.
    electrons : Electrons
    field : Series or None
        (time, 3) [nT, GSE].
    electric, electric_fast : Series or None
        (time, 3) [mV/m, GSE] of the burst and of the survey product.
    position : Series or None
        (time, 3) [km, GSE].
    start, stop : datetime
        The event, UTC, half open.
    damaged : sequence of (datetime, datetime)
        Intervals of refused files, UTC, half open.
    averaging : str
        ``mean``: magnetic and burst electric field are averaged over the time between two electron samples,
        so that faster waves do not alias. ``point``: interpolated linearly, as in the published labels.

    Returns
    -------
    Burst
        A product that is None is missing and flagged.

    Raises
    ------
    InsufficientData
        There is no electron record in the event.
    ConfigError
        `averaging` is neither.

    Notes
    -----
    Ions, positions and the survey electric field (31.25 ms) are sampled no faster than the electrons: a bin
    of theirs may be empty without a gap, so they are interpolated in either case.
    """
    if averaging not in (MEAN, POINT):
        raise ConfigError(f"averaging is {averaging!r}", todo=f"choose {MEAN} or {POINT}")
    inside = (electrons.time >= _utc64(start)) & (electrons.time < _utc64(stop))
    time = electrons.time[inside]
    if not len(time):
        raise InsufficientData(
            "no electron record in the event",
            where=f"{format_utc(start)} to {format_utc(stop)}",
            why=f"{len(electrons.time)} records, all of other times",
            todo="choose another interval, or set skip_failed: true",
        )
    steps = np.diff(time) > np.timedelta64(round(GAP * electrons.cadence_s * 1e9), "ns")
    arrays = {
        "b_gse_nt": _field_at(field, time, electrons.cadence_s, averaging),
        "e_gse_mv_m": _field_at(electric, time, electrons.cadence_s, averaging),
        "e_fast_gse_mv_m": _field_at(electric_fast, time, electrons.cadence_s, averaging),
        "n_e_cm3": electrons.n_cm3[inside],
        "v_e_gse_km_s": electrons.v_gse_km_s[inside],
        "p_e_gse_npa": electrons.p_gse_npa[inside],
        "t_e_para_ev": electrons.t_para_ev[inside],
        "t_e_perp_ev": electrons.t_perp_ev[inside],
        "position_gse_km": _position_at(position, time),
    }
    ion_arrays, background = _ions_at(ions, field, time, averaging)
    arrays |= ion_arrays
    flags = _missing_flags(arrays) | background
    flags[1:] |= np.where(steps, FLAGS["GAP_BEFORE"], 0).astype(np.int32)
    for first, last in damaged:
        flags[(time >= _utc64(first)) & (time < _utc64(last))] |= FLAGS["DAMAGED_FILE"]
    segment = np.concatenate([[0], np.cumsum(steps)]).astype(np.int32)
    products = {
        "electrons": electrons, "ions": ions, "field": field, "electric": electric,
        "electric_fast": electric_fast,
    }  # fmt: skip
    counts = {
        f"{product}_{reason}": number
        for product, series in products.items()
        if series is not None
        for reason, number in series.counts.items()
    }
    return Burst(time=time, segment=segment, flags=flags, counts=counts, **arrays)


def field_table(field: Series, position: Series | None, *, start: datetime, stop: datetime) -> Burst:
    """Bring field and position alone to regular times, for a spacecraft without usable plasma moments.

    Parameters
    ----------
    field : Series
        (time, 3) [nT, GSE].
    position : Series or None
        (time, 3) [km, GSE].
    start, stop : datetime
        The event, UTC, half open.

    Returns
    -------
    Burst
        Every 30 ms; all but field and position is missing.
    """
    step = np.timedelta64(round(1e9 * ELECTRON_CADENCE_S), "ns")
    time = np.arange(_utc64(start) + step // 2, _utc64(stop), step)
    return replace(
        missing_burst(time),
        b_gse_nt=_field_at(field, time, ELECTRON_CADENCE_S, MEAN),
        position_gse_km=_position_at(position, time),
    )


def _utc64(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")


def _field_at(series: Series | None, time: Times, cadence_s: float, averaging: str) -> Floats:
    """Vectors at other times; averages need at least two samples in each."""
    if series is None or len(series.time) < 2:
        return np.full((len(time), 3), np.nan)
    spacing_s = float(np.median(np.diff(series.time).astype(np.int64))) / 1e9
    if averaging == MEAN and 2 * spacing_s <= cadence_s:
        return bin_average(series.time, series.values, time, cadence_s=cadence_s, spacing_s=spacing_s)
    return interpolate(series.time, series.values, time, max_gap_s=GAP * spacing_s)


def _position_at(position: Series | None, time: Times) -> Floats:
    if position is None:
        return np.full((len(time), 3), np.nan)
    return interpolate(position.time, position.values, time, max_gap_s=MAX_STATE_STEP_S)


def _ions_at(
    ions: Ions | None, field: Series | None, time: Times, averaging: str
) -> tuple[dict[str, Floats], NDArray[np.int32]]:
    """Ion moments at other times, and the flags of penetrating radiation."""
    shapes = {
        "n_i_cm3": (), "n_i_raw_cm3": (), "n_i_bg_cm3": (), "v_i_gse_km_s": (3,), "v_i_raw_gse_km_s": (3,),
        "p_i_gse_npa": (3, 3), "t_i_para_ev": (), "t_i_perp_ev": (),
    }  # fmt: skip
    if ions is None:
        missing = {name: np.full((len(time), *shape), np.nan) for name, shape in shapes.items()}
        return missing, np.zeros(len(time), dtype=np.int32)
    clean = without_background(ions)
    b_nt = _field_at(field, ions.time, ions.cadence_s, averaging)
    t_para, t_perp = temperatures_ev(clean.p_gse_npa, clean.n_cm3, b_nt)
    values = (
        clean.n_cm3, ions.n_cm3, ions.n_bg_cm3, clean.v_gse_km_s, ions.v_gse_km_s, clean.p_gse_npa,
        t_para, t_perp,
    )  # fmt: skip
    max_gap_s = GAP * ions.cadence_s
    arrays = {
        name: interpolate(ions.time, one, time, max_gap_s=max_gap_s)
        for name, one in zip(shapes, values, strict=True)
    }
    near = interpolate(ions.time, (clean.flags != 0).astype(np.float64), time, max_gap_s=max_gap_s) > 0
    return arrays, np.where(near, FLAGS["ION_BACKGROUND"], 0).astype(np.int32)


def _missing_flags(arrays: Mapping[str, Floats]) -> NDArray[np.int32]:
    """Flag the products without a value."""
    needed = {
        "ELECTRONS_MISSING": ("n_e_cm3", "v_e_gse_km_s"),
        "IONS_MISSING": ("n_i_cm3", "v_i_gse_km_s"),
        "B_MISSING": ("b_gse_nt",),
        "E_MISSING": ("e_gse_mv_m",),
        "FAST_E_MISSING": ("e_fast_gse_mv_m",),
    }
    flags = np.zeros(len(arrays["n_e_cm3"]), dtype=np.int32)
    for flag, names in needed.items():
        for name in names:
            values = arrays[name].reshape(len(flags), -1)
            flags[np.isnan(values).any(axis=1)] |= FLAGS[flag]
    return flags
