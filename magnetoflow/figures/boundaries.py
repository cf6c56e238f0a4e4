"""Nominal magnetopause and bow shock, to draw beside orbits. Not aberrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def shue_magnetopause(
    theta: NDArray[np.float64], *, pressure_npa: float = 2.0, bz_nt: float = 0.0
) -> NDArray[np.float64]:
    """Distance of the magnetopause from the Earth's centre.

    Parameters
    ----------
    theta : ndarray [rad]
        Angle from the Sun-Earth line.
    pressure_npa : float [nPa]
        Solar wind dynamic pressure.
    bz_nt : float [nT, GSM]
        Interplanetary magnetic field, north component.

    Returns
    -------
    ndarray [RE]
        Distance.

    References
    ----------
    Shue et al. 1998, J. Geophys. Res. 103, 17691, doi:10.1029/98JA01103.
    """
    standoff = (10.22 + 1.29 * np.tanh(0.184 * (bz_nt + 8.14))) * pressure_npa ** (-1 / 6.6)
    flaring = (0.58 - 0.007 * bz_nt) * (1 + 0.024 * np.log(pressure_npa))
    return np.asarray(standoff * (2 / (1 + np.cos(theta))) ** flaring, dtype=np.float64)


def bow_shock(
    theta: NDArray[np.float64],
    *,
    magnetopause_re: float,
    mach: float = 8.0,
    gamma: float = 5 / 3,
    eccentricity: float = 0.81,
) -> NDArray[np.float64]:
    """Distance of the bow shock from the Earth's centre: a conic with the Earth in its focus.

    Parameters
    ----------
    theta : ndarray [rad]
        Angle from the Sun-Earth line.
    magnetopause_re : float [RE]
        Stand-off distance of the magnetopause.
    mach : float
        Upstream magnetosonic Mach number, above 1.
    gamma : float
        Polytropic index.
    eccentricity : float
        Of the conic.

    Returns
    -------
    ndarray [RE]
        Distance.

    References
    ----------
    Stand-off: Farris & Russell 1994, J. Geophys. Res. 99, 17681, doi:10.1029/94JA01020.
    Shape: Farris, Petrinec & Russell 1991, Geophys. Res. Lett. 18, 1821, doi:10.1029/91GL02090.
    """
    ratio = ((gamma - 1) * mach**2 + 2) / ((gamma + 1) * (mach**2 - 1))
    standoff = magnetopause_re * (1 + 1.1 * ratio)
    return np.asarray(standoff * (1 + eccentricity) / (1 + eccentricity * np.cos(theta)), dtype=np.float64)
