"""Distributions over look directions as omnidirectional values; scale between two spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.mms_mp.data import Floats
from magnetoflow.physics import PROTON_MASS_KG

EV_J = 1.602176634e-19
"""Energy of 1 eV [J]."""


def solid_angles_sr(polar_deg: ArrayLike, polar_step_deg: float, azimuth_step_deg: float) -> Floats:
    """Solid angle of each polar bin of a look direction.

    Parameters
    ----------
    polar_deg : (polar,) array_like [deg]
        Centres, 0 to 180.
    polar_step_deg, azimuth_step_deg : float [deg]

    Returns
    -------
    (polar,) ndarray [sr]
        ``(cos(lower) - cos(upper)) x azimuth step``; those of a whole sphere add up to 4 pi.
    """
    centre = np.deg2rad(np.asarray(polar_deg, dtype=np.float64))
    half = np.deg2rad(polar_step_deg) / 2
    return np.asarray(2 * np.sin(centre) * np.sin(half) * np.deg2rad(azimuth_step_deg))


def omnidirectional(values: Floats, polar_deg: ArrayLike, *, polar_axis: int, azimuth_axis: int) -> Floats:
    """Mean over all look directions, each weighted by its solid angle.

    Parameters
    ----------
    values : ndarray
        With one axis of polar and one of azimuthal bins, the latter all of one size; NaN where missing.
    polar_deg : (polar,) array_like [deg]
        Centres of bins of one size.
    polar_axis, azimuth_axis : int

    Returns
    -------
    ndarray
        Without both axes. Missing bins are left out of the mean; NaN where all are missing.

    Raises
    ------
    VariableError
        The number of polar angles differs from the length of their axis.
    """
    polar = np.asarray(polar_deg, dtype=np.float64)
    if polar.ndim != 1 or len(polar) != values.shape[polar_axis] or len(polar) < 2:
        raise VariableError(
            "polar angles that do not fit the distribution",
            why=f"found {polar.shape}, expected ({values.shape[polar_axis]},)",
        )
    weight = solid_angles_sr(polar, float(np.median(np.abs(np.diff(polar)))), 1.0)
    shape = [1] * values.ndim
    shape[polar_axis] = len(polar)
    weights = np.where(np.isfinite(values), weight.reshape(shape), 0.0)
    axes = (polar_axis, azimuth_axis)
    total = weights.sum(axis=axes)
    mean = np.sum(weights * np.nan_to_num(values), axis=axes) / np.where(total > 0, total, np.nan)
    return np.asarray(mean)


def scale_factor(values: ArrayLike, reference: ArrayLike) -> tuple[float, float]:
    """Factor that brings values to a reference: the median of the ratios, in logarithms.

    Parameters
    ----------
    values, reference : array_like
        Same shape; pairs that are not both positive are left out.

    Returns
    -------
    factor, error : float
        1-sigma error of the median of independent ratios, from their median absolute deviation.

    Raises
    ------
    InsufficientData
        No pair is usable.
    """
    a, b = np.asarray(values, dtype=np.float64).ravel(), np.asarray(reference, dtype=np.float64).ravel()
    used = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b)
    if not used.any():
        raise InsufficientData("no pair of positive values to compare", why=f"{len(a)} pairs")
    ratio = np.log(b[used] / a[used])
    middle = float(np.median(ratio))
    spread = 1.4826 * float(np.median(np.abs(ratio - middle)))
    factor = float(np.exp(middle))
    return factor, factor * spread * float(np.sqrt(np.pi / 2 / used.sum()))


def energy_flux(psd_s3_cm6: ArrayLike, energy_ev: ArrayLike, *, mass: float = 1.0) -> Floats:
    """Differential energy flux of a phase space density: 2 E^2 f/m^2.

    Parameters
    ----------
    psd_s3_cm6 : array_like [s^3/cm^6]
    energy_ev : array_like [eV]
        Broadcast against the density.
    mass : float [m_p]

    Returns
    -------
    ndarray [keV/(cm^2 s sr keV)]
    """
    # E/m in (cm/s)^2; the energy flux is E j = E (2 E/m^2) f per energy, the same number in eV/eV and keV/keV
    per_mass = np.asarray(energy_ev, dtype=np.float64) * EV_J * 1e4 / (mass * PROTON_MASS_KG)
    return np.asarray(2 * per_mass**2 * np.asarray(psd_s3_cm6, dtype=np.float64))
