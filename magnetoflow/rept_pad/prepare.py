"""From distributions as measured to distributions that can be compared with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad import blocks
from magnetoflow.rept_pad.background import by_channel, floor_flux, one_count_flux, significant
from magnetoflow.rept_pad.data import Distributions, Floats, Prepared, Singles
from magnetoflow.rept_pad.equator import ROWS, mappable, to_equator
from magnetoflow.rept_pad.folding import Folding, fold, folding, no_folding
from magnetoflow.rept_pad.one_count import one_count_from_data
from magnetoflow.rept_pad.quality import BACKGROUND, DATA, FLAGS, NO_DATA

NOT_A_FLUX = 1e20
"""No flux is so high: 1e31 and its like stand for missing."""
ASYMMETRY = 0.1
"""Difference of left and right, over their sum, that is not worth a flag however sure it is."""
ASYMMETRY_SIGMA = 5.0


@dataclass(frozen=True)
class PrepareOptions:
    """How distributions are prepared.

    Attributes
    ----------
    fold : bool
        Put pitch angles left and right of 90 degrees together.
    equator : bool
        Map pitch angles to the magnetic equator; needs angles from 0 to 90 degrees.
    min_valid_bins : float [1]
        A record with a smaller share of measured bins (after folding) holds no data.
    counts : str or sequence of float [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux of one count: ``geometry``, ``data`` (estimated from the records given, so not the same for each
        chunk: give the result of :func:`one_count` instead) or one for each channel.
    geometric_factor_cm2_sr, bin_seconds, relative_width : float [cm^2 sr, s, 1]
        For ``geometry``.
    background : str or sequence of float [cm^-2 s^-1 sr^-1 MeV^-1]
        ``rept``, ``none`` or one for each channel.
    signal_sigma, min_counts : float [1, count]
        An energy has signal if the counts of a record are this many errors and, per native bin, this many
        counts above the background.
    proton_l : float [1]
        Below this L protons contaminate electrons: flagged, and no energy counts as signal. 0: nowhere.
    block : str
        ``orbit`` or ``hours``.
    block_hours : float [hour]
        Length of a block, or of an orbit.
    """

    fold: bool = True
    equator: bool = True
    min_valid_bins: float = 0.5
    counts: str | Sequence[float] = "geometry"
    geometric_factor_cm2_sr: float = 0.2
    bin_seconds: float = 0.32
    relative_width: float = 0.25
    background: str | Sequence[float] = "rept"
    signal_sigma: float = 5.0
    min_counts: float = 1.0
    proton_l: float = 2.5
    block: str = "orbit"
    block_hours: float = 9.0


def one_count(d: Distributions, options: PrepareOptions) -> Floats:
    """Flux of one count in one native bin, as the options say.

    Returns
    -------
    (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
    """
    if options.counts == "geometry":
        return one_count_flux(
            d.energy_mev, options.geometric_factor_cm2_sr, options.bin_seconds, options.relative_width
        )
    if options.counts == "data":
        return one_count_from_data(d.flux, d.angle_deg, d.energy_mev)
    return by_channel(options.counts, d.energy_mev, "prepare.counts", zero=False)


def prepare(d: Distributions, options: PrepareOptions) -> Prepared:
    """Clean, fold and map distributions; count, and find the energies and records with signal.

    Parameters
    ----------
    d : Distributions
    options : PrepareOptions

    Returns
    -------
    Prepared
        Every record, in order. A record depends on no other, but for its block and for ``counts: data``.

    Raises
    ------
    ConfigError, VariableError
        Options and grid do not fit each other.
    InsufficientData
        ``counts: data``, and the data do not tell.
    """
    how = folding(d.angle_deg) if options.fold else no_folding(d.angle_deg)
    unit, floor = one_count(d, options), floor_flux(d.energy_mev, options.background)
    shape = (len(d), len(how.angle_deg), len(d.energy_mev))
    flux, counts = np.empty(shape, np.float32), np.empty(shape, np.float32)
    signal = np.empty((shape[0], shape[2]), dtype=np.bool_)
    state, quality = np.empty(len(d), np.uint8), np.empty(len(d), np.uint16)
    for first in range(0, len(d), ROWS):
        rows = slice(first, first + ROWS)
        raw = _cleaned(d.flux[rows])
        local, exposure = fold(raw, how)
        signal[rows] = _signal(local, exposure, unit, floor, options)
        signal[rows] &= ~(d.l[rows] < options.proton_l)[:, None]
        state[rows] = _state(local, exposure, signal[rows], options.min_valid_bins)
        signal[rows] &= (state[rows] == DATA)[:, None]
        quality[rows] = d.quality[rows] | _flags(d, rows, raw, state[rows], options.proton_l)
        quality[rows] |= FLAGS["asymmetric"] * _asymmetric(raw, how, unit, signal[rows])
        flux[rows], counts[rows] = local, local / unit.astype(np.float32) * exposure
        if options.equator:
            flux[rows], counts[rows] = to_equator(
                flux[rows], counts[rows], d.b_ratio[rows], how.angle_deg, unit
            )
    return Prepared(
        time=d.time,
        flux=flux,
        counts=counts,
        background=how.bins[:, None] * (floor / unit)[None, :],
        signal=signal,
        state=state,
        block=blocks.assign(d.time, d.l, options.block, options.block_hours),
        angle_deg=how.angle_deg,
        energy_mev=d.energy_mev,
        l=d.l,
        l_star=d.l_star,
        mlt=d.mlt,
        mlat_deg=d.mlat_deg,
        b_ratio=d.b_ratio,
        quality=quality,
        equatorial=options.equator,
        folded=options.fold,
        one_count=unit,
        floor=floor,
    )


def _cleaned(flux: Singles) -> Singles:
    """Copy of a flux, NaN also where a reader left a fill value or a negative one."""
    good = (flux >= 0) & (flux < NOT_A_FLUX)
    return np.asarray(np.where(good, flux, np.nan), dtype=np.float32)


def _signal(
    local: Singles, exposure: NDArray[np.uint8], unit: Floats, floor: Floats, options: PrepareOptions
) -> NDArray[np.bool_]:
    """(t, energy): whether a record's counts in this energy stand above the background."""
    bins = exposure.sum(axis=1, dtype=np.float64)
    counts = np.nansum(local * exposure, axis=1, dtype=np.float64) / unit
    return significant(counts, bins * (floor / unit), bins, options.signal_sigma, options.min_counts)


def _state(
    local: Singles, exposure: NDArray[np.uint8], signal: NDArray[np.bool_], min_valid: float
) -> NDArray[np.uint8]:
    share = np.mean(exposure > 0, axis=(1, 2))
    empty = (share == 0) | (share < min_valid) | ~np.any(local > 0, axis=(1, 2))
    return np.where(empty, NO_DATA, np.where(signal.any(axis=1), DATA, BACKGROUND)).astype(np.uint8)


def _flags(
    d: Distributions, rows: slice, raw: Singles, state: NDArray[np.uint8], proton_l: float
) -> NDArray[np.uint16]:
    missing: NDArray[np.bool_] = np.all(np.isnan(raw), axis=2)
    measured = ~np.all(missing, axis=1)
    found = {
        "missing_angles": measured & np.any(missing, axis=1),
        "few_counts": state == BACKGROUND,
        "no_data": state == NO_DATA,
        "no_l_star": ~np.isfinite(d.l_star[rows]),
        "no_mapping": ~mappable(d.b_ratio[rows]),
        "proton_contamination": d.l[rows] < proton_l,
        "all_zero": measured & ~np.any(raw > 0, axis=(1, 2)),
    }
    total = np.zeros(len(state), dtype=np.uint16)
    for name, where in found.items():
        total |= np.where(where, FLAGS[name], 0).astype(np.uint16)
    return total


def _asymmetric(flux: Singles, how: Folding, unit: Floats, signal: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """1 where left and right of 90 degrees differ by more than chance and :data:`ASYMMETRY` explain."""
    pairs = np.flatnonzero(how.left != how.right)
    counts = unit.astype(np.float32)
    left, right = flux[:, how.left[pairs]] / counts, flux[:, how.right[pairs]] / counts
    total = left + right
    used = np.isfinite(total) & (total > 0) & signal[:, None, :]
    chi2 = (left - right) ** 2 / np.where(used, total + (ASYMMETRY * total) ** 2, 1)
    number = used.sum(axis=(1, 2))
    excess = np.where(used, chi2, 0).sum(axis=(1, 2)) - number
    return np.asarray(excess > ASYMMETRY_SIGMA * np.sqrt(2 * np.maximum(number, 1)), dtype=np.uint16)
