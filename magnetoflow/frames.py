"""Geocentric frames: solar ecliptic (GSE) and solar magnetospheric (GSM).

Both have X toward the Sun. GSE has Z toward the ecliptic pole of date; GSM has the dipole in its XZ plane.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.sky import days_since_j2000, dipole_axis, sidereal_deg

Floats = NDArray[np.float64]
ARCSECOND = np.pi / 648000


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
    ecliptic = _turn(inertial, 1, 2, -_obliquity(days))
    return _turn(ecliptic, 0, 1, -_sun_longitude(days))


def gse_to_gsm(time: ArrayLike) -> Floats:
    """Matrices that turn GSE into GSM; their transposes turn GSM into GSE.

    Parameters
    ----------
    time : (...) array_like of datetime64 [UTC]

    Returns
    -------
    (..., 3, 3) ndarray
        ``v_gsm = matrix @ v_gse``. Within 0.0004 deg of pyspedas 2.2.1 at 2,000 random times 2015-2025.

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


def j2000_to_gse(time: ArrayLike) -> Floats:
    """Matrices that turn mean equator and equinox of J2000, as of definitive orbits, into GSE.

    Parameters
    ----------
    time : (...) array_like of datetime64 [UTC]

    Returns
    -------
    (..., 3, 3) ndarray
        ``v_gse = matrix @ v_j2000``. Positions at 25 R_E, turned on into GSM, are within 1 km of those of
        pyspedas 2.2.1 at 2,000 random times 2015-2025.

    Notes
    -----
    Precession and nutation of 1976 and 1980 (the four largest terms) lead to the true equator of date; from
    there the mean obliquity leads to the ecliptic, as in SPEDAS. Without nutation the axes turn by up to 17
    arc seconds, 13 km at 25 R_E, in common to all spacecraft.

    References
    ----------
    Meeus 1998, Astronomical Algorithms, 2nd edition, eq. 21.2 and chapter 22.
    """
    days = days_since_j2000(time)
    century = days / 36525
    zeta, z, theta = (
        ARCSECOND * (first * century + second * century**2 + third * century**3)
        for first, second, third in (
            (2306.2181, 0.30188, 0.017998),
            (2306.2181, 1.09468, 0.018203),
            (2004.3109, -0.42665, -0.041833),
        )
    )
    node = np.deg2rad(125.04452 - 1934.136261 * century)
    sun, moon = np.deg2rad(280.4665 + 36000.7698 * century), np.deg2rad(218.3165 + 481267.8813 * century)
    longitude = ARCSECOND * (
        -17.20 * np.sin(node) - 1.32 * np.sin(2 * sun) - 0.23 * np.sin(2 * moon) + 0.21 * np.sin(2 * node)
    )
    tilt = ARCSECOND * (
        9.20 * np.cos(node) + 0.57 * np.cos(2 * sun) + 0.10 * np.cos(2 * moon) - 0.09 * np.cos(2 * node)
    )
    obliquity = _obliquity(days)
    rows = np.broadcast_to(np.eye(3), (*days.shape, 3, 3))  # row i: axis i of J2000, turned step by step
    for first, second, angle in (
        (0, 1, zeta), (2, 0, -theta), (0, 1, z), (1, 2, -obliquity), (0, 1, longitude),
        (1, 2, obliquity + tilt), (1, 2, -obliquity), (0, 1, -_sun_longitude(days)),
    ):  # fmt: skip
        rows = _turn(rows, first, second, np.asarray(angle)[..., None])
    return np.swapaxes(rows, -1, -2)


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


def _obliquity(days: Floats) -> Floats:
    """Mean obliquity of the ecliptic [rad]."""
    return np.asarray(np.deg2rad(23.439291 - 0.0130042 * days / 36525))


def _sun_longitude(days: Floats) -> Floats:
    """Longitude of the Sun on the mean ecliptic of date [rad], by Newcomb's elements, with aberration.

    As in SPEDAS: `magnetoflow.sky.sun_longitude` has nutation in it, which the mean equinox has not.
    """
    days = days + 36525.0  # since 1899-12-31T12:00
    century = days / 36525
    anomaly = np.deg2rad(358.475845 + 0.985600267 * days)
    centre = (1.91946 - 0.004789 * century) * np.sin(anomaly) + 0.020094 * np.sin(2 * anomaly)
    aberration = 0.005686 - 0.025e-4 * century
    return np.asarray(np.deg2rad(279.696678 + 0.9856473354 * days + centre - aberration))


def _turn(vectors: Floats, first: int, second: int, angle: Floats) -> Floats:
    """Turn vectors by an angle [rad] from one axis toward another."""
    turned = vectors.copy()
    cosine, sine = np.cos(angle), np.sin(angle)
    turned[..., first] = cosine * vectors[..., first] - sine * vectors[..., second]
    turned[..., second] = sine * vectors[..., first] + cosine * vectors[..., second]
    return turned
