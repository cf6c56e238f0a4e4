"""Magnetopause model of Shue et al.: r = r0 (2/(1 + cos theta))^alpha, theta from the X axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def shape(pressure_npa: float = 2.0, bz_nt: float = 0.0, *, year: int = 1998) -> tuple[float, float]:
    """Stand-off distance and flaring of the model.

    Parameters
    ----------
    pressure_npa : float [nPa]
        Dynamic pressure of the solar wind.
    bz_nt : float [nT, GSM]
        Of the interplanetary field.
    year : int
        1997 or 1998: which paper.

    Returns
    -------
    r0_re, alpha : float [R_E], [1]

    References
    ----------
    Shue et al. 1997, doi:10.1029/97JA00196, eqs. 10 and 11; Shue et al. 1998, doi:10.1029/98JA01103,
    eqs. 10 and 11.
    """
    scale = pressure_npa ** (-1 / 6.6)
    if year == 1997:
        slope = 0.013 if bz_nt >= 0 else 0.14
        return (11.4 + slope * bz_nt) * scale, (0.58 - 0.010 * bz_nt) * (1 + 0.010 * pressure_npa)
    if year == 1998:
        r0 = (10.22 + 1.29 * np.tanh(0.184 * (bz_nt + 8.14))) * scale
        return float(r0), float((0.58 - 0.007 * bz_nt) * (1 + 0.024 * np.log(pressure_npa)))
    raise ValueError(f"the model of {year}: there are those of 1997 and 1998")


def shue_normal(
    position: ArrayLike, pressure_npa: float = 2.0, bz_nt: float = 0.0, *, year: int = 1998
) -> Floats:
    """Outward normal of the surface of the model that goes through a position, of whatever size.

    Parameters
    ----------
    position : (3,) array_like [any length, GSM]
    pressure_npa, bz_nt, year
        As for :func:`shape`.

    Returns
    -------
    (3,) ndarray
        Gradient of ``ln r + alpha ln(1 + cos theta)``, of length 1; not the radial direction.
    """
    alpha = shape(pressure_npa, bz_nt, year=year)[1]
    where = np.asarray(position, dtype=np.float64)
    r = np.linalg.norm(where)
    radial = where / r
    cosine = radial[0]
    # d(cos theta)/dr_i = (X_i - cos theta r_i)/r
    gradient = radial + alpha * (np.array([1.0, 0.0, 0.0]) - cosine * radial) / (1 + cosine)
    return np.asarray(gradient / np.linalg.norm(gradient))
