"""Index n, depth d of the dip, anisotropy and flux at 90 degrees of every record, with errors from counts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.pad_curves import CurveFits, CurveOptions, bin_width_deg, fit_curves

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """What one count and the background are worth.

    Attributes
    ----------
    one_count : (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux of one count in one native bin.
    background : (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux that the background gives on the average, the same from all directions.
    """

    one_count: Floats
    background: Floats


def levels_of(p: Prepared) -> Levels:
    """Levels of records on their grid: those that they carry, or estimated from them.

    Parameters
    ----------
    p : Prepared
        Not mapped, where it does not carry them: mapped bins have fewer counts than were counted.

    Returns
    -------
    Levels
        Estimated: the flux per count in the bins where it is largest, which are not folded; NaN in an energy
        without counts.
    """
    if len(p.one_count) and len(p.floor):
        return Levels(p.one_count, p.floor)
    alone = (np.abs(p.angle_deg - 90.0) < 0.05) | (not p.folded)
    native = (p.background / np.where(alone, 1.0, 2.0)[:, None]).mean(axis=0)
    unit = _largest_ratio(p)
    return Levels(unit, np.where(native > 0, native * unit, 0.0))


def _largest_ratio(p: Prepared) -> Floats:
    seen = np.isfinite(p.flux) & (p.counts > 0)
    flux = np.where(seen, p.flux, 0.0).sum(axis=0, dtype=np.float64)
    counts = np.where(seen, p.counts, 0.0).sum(axis=0, dtype=np.float64)
    ratio = np.where(counts > 0, flux / np.maximum(counts, 1e-300), -1.0).max(axis=0)
    return np.asarray(np.where(ratio > 0, ratio, np.nan))


def energy_index(energy_mev: Floats, wanted_mev: float) -> int:
    """Place of the energy that is nearest to the wanted one.

    Raises
    ------
    ConfigError
        None lies within a fifth of it.
    """
    place = int(np.abs(np.asarray(energy_mev) - wanted_mev).argmin())
    if abs(energy_mev[place] - wanted_mev) > 0.2 * wanted_mev:
        raise ConfigError(
            f"no energy near {wanted_mev:g} MeV",
            why=f"the data have {', '.join(f'{one:g}' for one in energy_mev)} MeV",
            todo="choose one of these for the fits",
        )
    return place


def fit_pads(
    p: Prepared,
    energy_mev: float,
    *,
    levels: Levels | None = None,
    options: CurveOptions | None = None,
) -> CurveFits:
    """Fit the distribution of each record at one energy.

    Parameters
    ----------
    p : Prepared
    energy_mev : float [MeV]
        The nearest energy is taken.
    levels : Levels, optional
        Those of :func:`levels_of` when left out.
    options : CurveOptions, optional

    Returns
    -------
    CurveFits
        One row per record; NaN where the energy is not above the background. `flux_90` is as measured where
        the bin nearest to 90 degrees is seen, else that of the fitted curve.

    Raises
    ------
    ConfigError
        The data have no such energy.
    """
    at = energy_index(p.energy_mev, energy_mev)
    rows = np.flatnonzero(p.signal[:, at])
    levels = levels or levels_of(p)
    unit, background = float(levels.one_count[at]), float(levels.background[at])
    flux, counts = p.flux[rows, :, at].astype(np.float64), p.counts[rows, :, at].astype(np.float64)
    values = flux - background
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(counts > 0, flux / counts, unit)
    variance = slope * background
    found = fit_curves(values, variance, slope, p.angle_deg, options)
    found = _with_measured_90(found, values, variance + slope * np.maximum(values, slope), p.angle_deg)
    return CurveFits(*(_spread(getattr(found, one.name), rows, len(p)) for one in fields(found)))


def _with_measured_90(found: CurveFits, values: Floats, variance: Floats, angle_deg: Floats) -> CurveFits:
    nearest = int(np.abs(angle_deg - 90.0).argmin())
    if abs(angle_deg[nearest] - 90.0) > bin_width_deg(angle_deg):
        return found
    measured = values[:, nearest]
    known = np.isfinite(measured)
    return replace(
        found,
        flux_90=np.where(known, measured, found.flux_90),
        flux_90_error=np.where(known, np.sqrt(variance[:, nearest]), found.flux_90_error),
    )


def _spread(column: Floats, rows: NDArray[np.intp], count: int) -> Floats:
    out = np.full((count, *column.shape[1:]), np.nan)
    out[rows] = column
    return out
