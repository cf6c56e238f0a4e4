"""Where the probes of the REPT sample are: a Kepler orbit in a centred tilted dipole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.rept_pad_plan import APOGEE_MLT, FIRST, LAG_S
from magnetoflow.sky import days_since_j2000, dipole_axis, sidereal_deg, sun_longitude

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

RE_KM, GM_KM3_S2, B0_NT = 6371.2, 398600.4418, 29900.0
PERIGEE_RE, APOGEE_RE, INCLINATION_DEG = 1.0 + 600.0 / RE_KM, 5.8, 10.0
_PERIGEE_FROM_NODE_DEG = 230.0


@dataclass(frozen=True)
class Places:
    """Places along the orbit and the dipole there.

    Attributes
    ----------
    geo_km : (t, 3) ndarray [km, GEO]
    l, mlt, mlat_deg : (t,) ndarray [1, hour, deg]
    b_nt, b_eq_nt : (t,) ndarray [nT]
        Of the place, and of the equator of its field line.
    i_re : (t,) ndarray [RE]
        Integral invariant of particles that mirror at the place.
    """

    geo_km: Floats
    l: Floats  # noqa: E741 (the field's own name)
    mlt: Floats
    mlat_deg: Floats
    b_nt: Floats
    b_eq_nt: Floats
    i_re: Floats


def places(probe: str, time: Times) -> Places:
    """Find the places of a probe, ``a`` or ``b``.

    Parameters
    ----------
    probe : str
    time : (t,) ndarray of datetime64, UTC
    """
    days = days_since_j2000(time)
    inertial = _inertial_re(time, LAG_S[probe])
    geo = _turned(inertial, -np.deg2rad(sidereal_deg(days)))
    axis = _turned(dipole_axis(days), np.deg2rad(sidereal_deg(days)))
    r = np.linalg.norm(inertial, axis=1)
    sine = np.einsum("ti,ti->t", inertial, axis) / r
    cosine2 = 1.0 - sine**2
    dusk = np.cross(axis, _sun(days))
    dusk /= np.linalg.norm(dusk, axis=1, keepdims=True)
    noon = np.cross(dusk, axis)
    hour = np.arctan2(np.einsum("ti,ti->t", inertial, dusk), np.einsum("ti,ti->t", inertial, noon))
    l_shell = r / cosine2
    latitude = np.arcsin(sine)
    return Places(
        RE_KM * geo,
        l_shell,
        np.mod(12.0 + 12.0 / np.pi * hour, 24.0),
        np.rad2deg(latitude),
        B0_NT / r**3 * np.sqrt(1.0 + 3.0 * sine**2),
        B0_NT / l_shell**3,
        l_shell * _invariant(np.abs(latitude)),
    )


def l_star(l_shell: Floats, activity: Floats) -> Floats:
    """L* that a model of the disturbed field would give; NaN on drift shells that are not closed.

    Parameters
    ----------
    l_shell, activity : (t,) ndarray
        The second from 0 to 1 at the storm's minimum.
    """
    shell = l_shell - 0.014 * (l_shell - 1.0) ** 2 * (1.0 + activity)
    return np.asarray(np.where(l_shell < 6.9 - 0.9 * activity, shell, np.nan))


def _inertial_re(time: Times, lag_s: float) -> Floats:
    """Position in the equator of date, (t, 3) ndarray [RE]; Newton on Kepler's equation."""
    axis = (PERIGEE_RE + APOGEE_RE) / 2.0
    e = (APOGEE_RE - PERIGEE_RE) / (APOGEE_RE + PERIGEE_RE)
    motion = np.sqrt(GM_KM3_S2 / (axis * RE_KM) ** 3)
    start = np.datetime64(FIRST, "ns")
    mean = motion * ((time - start) / np.timedelta64(1, "ns") / 1e9 - lag_s)
    mean = np.mod(mean + np.pi, 2.0 * np.pi) - np.pi
    anomaly = mean + e * np.sin(mean)
    for _ in range(12):
        anomaly -= (anomaly - e * np.sin(anomaly) - mean) / (1.0 - e * np.cos(anomaly))
    x, y = axis * (np.cos(anomaly) - e), axis * np.sqrt(1.0 - e**2) * np.sin(anomaly)
    turn, tilt = np.deg2rad(_PERIGEE_FROM_NODE_DEG), np.deg2rad(INCLINATION_DEG)
    along, across = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    flat = np.column_stack([along, across * np.cos(tilt), across * np.sin(tilt)])
    sun = _sun(days_since_j2000(np.array([start])))[0]
    apogee = np.arctan2(np.sin(turn + np.pi) * np.cos(tilt), np.cos(turn + np.pi))
    node = np.arctan2(sun[1], sun[0]) + np.deg2rad(15.0 * (APOGEE_MLT - 12.0)) - apogee
    return _turned(flat, np.full(len(time), node))


def _sun(days: Floats) -> Floats:
    """Direction of the Sun in the equator of date, (t, 3) ndarray."""
    longitude, tilt = sun_longitude(days), np.deg2rad(23.44)
    parts = [np.cos(longitude), np.sin(longitude) * np.cos(tilt), np.sin(longitude) * np.sin(tilt)]
    return np.column_stack(parts)


def _turned(vectors: Floats, angle: Floats) -> Floats:
    """Turn vectors about the Earth's axis by an angle [rad]."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors.T
    return np.column_stack([cosine * x - sine * y, sine * x + cosine * y, z])


def _invariant(latitude: Floats) -> Floats:
    """Integral of sqrt(1 - B/Bm) along a dipole line between mirror points, over L, interpolated."""
    table = np.linspace(0.0, np.pi / 3.0, 61)
    share = np.sin(np.linspace(0.0, np.pi / 2.0, 201))  # denser at the mirror point
    s = np.sin(table[:, None] * share)
    b = np.sqrt(1.0 + 3.0 * s**2) / (1.0 - s**2) ** 3
    held = np.sqrt(np.maximum(1.0 - b / b[:, -1:], 0.0)) * np.sqrt(1.0 + 3.0 * s**2) * np.sqrt(1.0 - s**2)
    return np.asarray(np.interp(latitude, table, 2.0 * np.trapezoid(held, table[:, None] * share, axis=1)))
