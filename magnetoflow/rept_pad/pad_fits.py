"""Index n, depth d of the dip, anisotropy and flux at 90 degrees of every record, with errors from counts."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.pad_curves import CurveFits, CurveOptions, bin_width_deg, fit_curves

Floats = NDArray[np.float64]


def count_flux(p: Prepared) -> Floats:
    """Flux of one count in each bin of the grid, over all records given.

    Returns
    -------
    (angle, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1 per count]
        Ratio of sums; a bin without counts takes the energy's ratio; NaN in an energy without counts.
    """
    seen = np.isfinite(p.flux) & (p.counts > 0)
    flux = np.where(seen, p.flux, 0.0).sum(axis=0, dtype=np.float64)
    counts = np.where(seen, p.counts, 0.0).sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = flux.sum(axis=0) / counts.sum(axis=0)
        return np.asarray(np.where(counts > 0, flux / counts, whole))


def without_background(p: Prepared, one_count: Floats) -> Floats:
    """Flux less that of the background; below 0 where fewer counts came than the background gives.

    Parameters
    ----------
    p : Prepared
    one_count : (angle, energy) ndarray
        Of :func:`count_flux`.

    Returns
    -------
    (t, angle, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        NaN where not seen.
    """
    held = np.where(np.isfinite(one_count), one_count, 0.0)
    return np.asarray(p.flux - p.background * held, dtype=np.float64)


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
    one_count: Floats | None = None,
    options: CurveOptions | None = None,
) -> CurveFits:
    """Fit the distribution of each record at one energy.

    Parameters
    ----------
    p : Prepared
    energy_mev : float [MeV]
        The nearest energy is taken.
    one_count : (angle, energy) ndarray, optional
        Of :func:`count_flux` for a longer time; of these records when left out.
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
    unit = (count_flux(p) if one_count is None else one_count)[:, at]
    flux, counts = p.flux[rows, :, at].astype(np.float64), p.counts[rows, :, at].astype(np.float64)
    values = flux - p.background[:, at] * unit
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(counts > 0, flux / counts, unit)
    variance = slope * unit * p.background[:, at]
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
