"""Plasma formulas in the units of the files: nT, cm^-3, km/s, mV/m, uA/m^2, nPa.

Constants have the values with which the published scalings were made, so that ours equal them in every digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MU0 = 4e-7 * np.pi
"""Vacuum permeability [H/m]."""
PROTON_MASS_KG = 1.6726219e-27
MASS_RATIO = 1836.0
"""Proton mass over electron mass, as the published scaling of electron velocities has it."""
UA_M2_PER_CM3_KM_S = 1.6e-4
"""Elementary charge, as the published current densities have it: 0.14 % below 1.602176634e-19 C."""
INERTIAL_LENGTH_KM = 227.7
"""Proton inertial length at 1 cm^-3."""
NT2_PER_NPA = 2 * MU0 * 1e9
"""Square of the field [nT^2] whose pressure is 1 nPa."""
UA_M2_PER_NT_KM = 1e-6 / MU0
"""Current density whose field has a curl of 1 nT/km."""


def alfven_speed_km_s(b_nt: ArrayLike, n_cm3: ArrayLike, ion_mass: float = 1.0) -> Floats:
    """Alfven speed B/(mu0 n m)^1/2.

    Parameters
    ----------
    b_nt : array_like [nT]
    n_cm3 : array_like [cm^-3]
        Number density of the ions; NaN comes from one that is not positive.
    ion_mass : float [m_p]
        Mean mass of the ions.

    Returns
    -------
    ndarray [km/s]
    """
    density = 1e6 * _positive(n_cm3) * ion_mass * PROTON_MASS_KG
    return np.asarray(1e-12 * _array(b_nt) / np.sqrt(MU0 * density))


def ion_inertial_length_km(n_cm3: ArrayLike, ion_mass: float = 1.0) -> Floats:
    """Ion inertial length, 227.7 km/n^1/2 for protons.

    Parameters
    ----------
    n_cm3 : array_like [cm^-3]
        NaN comes from a density that is not positive.
    ion_mass : float [m_p]

    Returns
    -------
    ndarray [km]
    """
    return np.asarray(INERTIAL_LENGTH_KM * np.sqrt(ion_mass) / np.sqrt(_positive(n_cm3)))


def cross_mv_m(v_km_s: ArrayLike, b_nt: ArrayLike) -> Floats:
    """V x B; the field in the frame of a flow is E + V x B.

    Parameters
    ----------
    v_km_s : (..., 3) array_like [km/s]
    b_nt : (..., 3) array_like [nT], same frame

    Returns
    -------
    (..., 3) ndarray [mV/m]
    """
    return np.asarray(1e-3 * np.cross(_array(v_km_s), _array(b_nt)))


def current_ua_m2(n_cm3: ArrayLike, v_km_s: ArrayLike) -> Floats:
    """Compute the current density e n V of singly charged particles.

    Parameters
    ----------
    n_cm3 : (...) array_like [cm^-3]
    v_km_s : (..., 3) array_like [km/s]

    Returns
    -------
    (..., 3) ndarray [uA/m^2]
    """
    return np.asarray(UA_M2_PER_CM3_KM_S * _array(n_cm3)[..., None] * _array(v_km_s))


def total_pressure_field_nt(b_nt: ArrayLike, p_npa: ArrayLike) -> Floats:
    """Field that alone would have the pressure of field and plasma: (B^2 + 2 mu0 P)^1/2.

    Parameters
    ----------
    b_nt : (..., 3) array_like [nT]
    p_npa : (...) array_like [nPa]

    Returns
    -------
    (...) ndarray [nT]
    """
    squared = np.sum(np.square(b_nt), axis=-1) + NT2_PER_NPA * _array(p_npa)
    return np.sqrt(np.where(squared >= 0, squared, np.nan))


def dot(a: ArrayLike, b: ArrayLike) -> Floats:
    """Scalar product over the last axis; NaN where a component is missing."""
    return np.asarray(np.sum(np.multiply(a, b), axis=-1), dtype=np.float64)


def _positive(n_cm3: ArrayLike) -> Floats:
    density = _array(n_cm3)
    return np.where(density > 0, density, np.nan)


def _array(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
