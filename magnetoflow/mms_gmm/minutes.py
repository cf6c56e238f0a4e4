"""One row per UTC minute: mean ion spectrum and mean field strength, with what is known against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.series import IonSpectra, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Times = NDArray[np.datetime64]

MINUTE = np.timedelta64(60_000_000_000, "ns")
LOW_EV = 100.0
MARKS = {"flagged": Quality.FLAGGED, "invalid": Quality.INVALID_VALUES, "repeated": Quality.REPEATED_TIMES}


@dataclass(frozen=True)
class MinuteTable:
    """Minute means of one event.

    Attributes
    ----------
    time : (minute,) ndarray of datetime64[ns]
        Left edge of the UTC minute.
    energy_ev : (minute, channel) ndarray [eV]
        Energy table of the mean spectrum, ascending; NaN where the minute has no spectrum.
    flux : (minute, channel) ndarray [keV/(cm^2 s sr keV)]
        Mean omnidirectional ion energy flux; NaN where missing.
    b_nt : (minute,) ndarray [nT]
        Mean field strength; NaN where missing.
    position_gse_km : (minute, 3) ndarray [km, GSE]
        Spacecraft position; NaN where unknown.
    n_samples : (minute,) ndarray of int64
        Number of valid spectra.
    n_b : (minute,) ndarray of int64
        Number of valid field samples.
    quality : (minute,) ndarray of int64
        Bits of :class:`magnetoflow.mms_gmm.quality.Quality`.
    """

    time: NDArray[np.datetime64]
    energy_ev: NDArray[np.float64]
    flux: NDArray[np.float64]
    b_nt: NDArray[np.float64]
    position_gse_km: NDArray[np.float64]
    n_samples: NDArray[np.int64]
    n_b: NDArray[np.int64]
    quality: NDArray[np.int64]


def minute_table(
    spectra: IonSpectra,
    field: Series | None,
    position: Series | None,
    start: datetime,
    stop: datetime,
    *,
    damaged: Sequence[tuple[datetime, datetime]] = (),
) -> MinuteTable:
    """Average spectra and field over the UTC minutes that overlap an event.

    Parameters
    ----------
    spectra : IonSpectra
        Ion spectra [keV/(cm^2 s sr keV]), each with its own energy table.
    field : Series or None
        Field strength [nT].
    position : Series or None
        Spacecraft position [km, GSE].
    start, stop : datetime
        The event, UTC, half open. Samples outside are not used.
    damaged : sequence of (datetime, datetime)
        Intervals of damaged files that were left out.

    Returns
    -------
    MinuteTable
        One row per minute, gaps included.
    """
    begin, end = datetime64(start), datetime64(stop)
    time = np.arange(begin.astype("datetime64[m]"), end, np.timedelta64(1, "m")).astype("datetime64[ns]")
    inside = (spectra.time >= begin) & (spectra.time < end) & np.isfinite(spectra.flux).any(axis=1)
    energy, flux, n_samples, mixed = _mean_spectra(
        _row_of(spectra.time[inside], time), spectra.energy_ev[inside], spectra.flux[inside], len(time)
    )
    zero = (n_samples > 0) & (np.nan_to_num(flux).sum(axis=1) == 0)
    flux[zero] = np.nan
    b_nt, n_b = _mean_field(field, time, begin, end)

    quality = np.zeros(len(time), dtype=np.int64)
    quality[(n_samples == 0) | zero] |= Quality.NO_IONS
    quality[zero] |= Quality.ZERO_SPECTRUM
    quality[n_b == 0] |= Quality.NO_FIELD
    quality[mixed] |= Quality.MIXED_TABLES
    quality[(n_samples > 0) & ~(energy < LOW_EV).any(axis=1)] |= Quality.NO_LOW_CHANNELS
    quality[_few(n_samples)] |= Quality.FEW_SAMPLES
    quality[(time < begin) | (time + MINUTE > end)] |= Quality.EDGE
    for name, bit in MARKS.items():
        quality[_marked(spectra.marks.get(name), time, begin, end)] |= bit
    if field is not None:
        quality[_marked(field.marks.get("flagged"), time, begin, end)] |= Quality.FLAGGED_FIELD
    for first, last in damaged:
        quality[(time + MINUTE > datetime64(first)) & (time < datetime64(last))] |= Quality.DAMAGED_FILE
    return MinuteTable(time, energy, flux, b_nt, _position(position, time), n_samples, n_b, quality)


def datetime64(time: datetime) -> np.datetime64:
    """UTC time as numpy counts it."""
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")


def _row_of(times: Times, minutes: Times) -> Ints:
    """Row of the minute that holds each time; all times lie inside the table."""
    return (times - minutes[0]) // MINUTE if len(minutes) else np.zeros(0, dtype=np.int64)


def _mean_spectra(row: Ints, energy_ev: Floats, flux: Floats, size: int) -> tuple[Floats, Floats, Ints, Ints]:
    """Energy table, mean flux and number of spectra of each minute, and the minutes with several tables."""
    channels = flux.shape[1]
    n_samples = np.bincount(row, minlength=size)
    table, energy_rows = np.unique(energy_ev, axis=0, return_inverse=True)
    first_row = np.searchsorted(row, np.arange(size))
    energy = np.full((size, channels), np.nan)
    held = n_samples > 0
    energy[held] = energy_ev[first_row[held]]
    lowest = np.full(size, len(table))
    highest = np.full(size, -1)
    np.minimum.at(lowest, row, energy_rows.ravel())
    np.maximum.at(highest, row, energy_rows.ravel())
    mixed = np.flatnonzero(highest > lowest)
    flux = flux.copy()
    for minute in mixed:
        records = slice(first_row[minute], first_row[minute] + n_samples[minute])
        energy[minute] = _most_frequent(energy_ev[records])
        flux[records] = [
            to_table(e, f, energy[minute]) for e, f in zip(energy_ev[records], flux[records], strict=True)
        ]
    return energy, _mean_by_row(row, flux, size), n_samples, mixed


def _most_frequent(tables: Floats) -> Floats:
    """Find the table that most records use; of equally frequent ones the first to appear."""
    _, first, count = np.unique(tables, axis=0, return_index=True, return_counts=True)
    return np.asarray(tables[first[count == count.max()].min()])


def to_table(energy_ev: Floats, flux: Floats, target_ev: Floats) -> Floats:
    """Move a spectrum to another energy table.

    Parameters
    ----------
    energy_ev, flux : (channel,) ndarray [eV], [keV/(cm^2 s sr keV)]
        The spectrum, energies ascending.
    target_ev : (channel,) ndarray [eV]
        The other table.

    Returns
    -------
    (channel,) ndarray
        Log-log interpolation; linear in flux where a neighbour counted nothing, because the logarithm of zero
        would rule the mean. NaN outside the energies of the spectrum.
    """
    if np.array_equal(energy_ev, target_ev):
        return flux
    x, at = np.log(energy_ev), np.log(target_ev)
    linear = np.interp(at, x, flux, left=np.nan, right=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithmic = np.exp(np.interp(at, x, np.log(flux), left=np.nan, right=np.nan))
    upper = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
    empty = (flux[upper] == 0) | (flux[upper - 1] == 0)
    return np.where(empty, linear, logarithmic)


def _mean_by_row(row: Ints, values: Floats, size: int) -> Floats:
    """Mean of the finite values of each row of the minute table, column by column."""
    means = np.full((size, values.shape[1]), np.nan)
    for column, channel in enumerate(values.T):
        good = np.isfinite(channel)
        count = np.bincount(row[good], minlength=size)
        total = np.bincount(row[good], weights=channel[good], minlength=size)
        np.divide(total, count, out=means[:, column], where=count > 0)
    return means


def _mean_field(
    field: Series | None, time: Times, begin: np.datetime64, end: np.datetime64
) -> tuple[Floats, Ints]:
    if field is None:
        return np.full(len(time), np.nan), np.zeros(len(time), dtype=np.int64)
    good = (field.time >= begin) & (field.time < end) & np.isfinite(field.values)
    row = _row_of(field.time[good], time)
    mean = _mean_by_row(row, field.values[good][:, None], len(time))[:, 0]
    return mean, np.bincount(row, minlength=len(time))


def _few(n_samples: Ints) -> NDArray[np.bool_]:
    """Minutes with fewer than half of the usual number of spectra, but some."""
    held = n_samples > 0
    if not held.any():
        return held
    return held & (n_samples < 0.5 * np.median(n_samples[held]))


def _marked(marks: Times | None, time: Times, begin: np.datetime64, end: np.datetime64) -> Ints:
    if marks is None or not len(marks):
        return np.zeros(0, dtype=np.int64)
    return np.unique(_row_of(marks[(marks >= begin) & (marks < end)], time))


POSITION_GAP = np.timedelta64(5 * 60_000_000_000, "ns")


def _position(position: Series | None, time: Times) -> Floats:
    """Position at mid minute, interpolated between samples that are at most five minutes apart."""
    if position is None or len(position.time) < 2:
        return np.full((len(time), 3), np.nan)
    good = np.isfinite(position.values).all(axis=1)
    known, values = position.time[good].astype(np.int64), position.values[good]
    middle = (time + MINUTE // 2).astype(np.int64)
    at = np.stack([np.interp(middle, known, v, left=np.nan, right=np.nan) for v in values.T], axis=1)
    upper = np.clip(np.searchsorted(known, middle), 1, len(known) - 1)
    at[known[upper] - known[upper - 1] > POSITION_GAP.astype(np.int64)] = np.nan
    return at


def no_minutes(channels: int = 32) -> MinuteTable:
    """Table of an event that was left out: no rows."""
    count, flag = np.zeros(0, dtype=np.int64), np.zeros(0)
    wide = np.zeros((0, channels))
    time = np.zeros(0, dtype="datetime64[ns]")
    return MinuteTable(time, wide, wide, flag, np.zeros((0, 3)), count, count, count)
