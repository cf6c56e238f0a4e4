"""Analytic model of a symmetric reconnection site, in scaled units: fields, flows, and the true region.

Lengths in ion inertial lengths; x along the outflow, y normal to the sheet, z out of the plane; the X-line at
the origin. It is a description for tests and training, not a solution of the equations of motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.classes import FEATURES

Floats = NDArray[np.float64]
ROOT_MASS_RATIO = 42.85
"""Square root of the ion-to-electron mass ratio by which electron velocities are scaled."""


@dataclass(frozen=True)
class Site:
    """Numbers of the model; the defaults are those of the reference crossing.

    Attributes
    ----------
    half_width, opening : float
        Half thickness of the exhaust at the X-line [d_i], and its growth per d_i of ``|x|``.
    b_normal, b_hall, b_guide : float [B0]
        Amplitudes of the reconnected, the Hall quadrupole and the guide field.
    e_hall, e_reconnection, e_extra : float [E0]
        Hall field at the separatrices; out-of-plane field of the inflow, and what the exhaust adds.
    n_inflow, n_exhaust, n_cavity : float [n0]
        Density of the inflow, what the exhaust adds, what the separatrix lacks.
    v_outflow, v_inflow, v_out_of_plane : float [v_A]
        Ion speeds.
    ve_beam, ve_current, ve_drift : float [v_A,e]
        Electrons: inflow along the separatrices, out-of-plane jet at the X-line, drift of the exhaust.
    acceleration, normal_length, jet_length : float [d_i]
        Lengths over which outflow and normal field saturate, and of the electron jet.
    """

    half_width: float = 0.6
    opening: float = 0.12
    b_normal: float = 0.25
    b_hall: float = 0.3
    b_guide: float = 0.0
    e_hall: float = 1.4
    e_reconnection: float = 0.1
    e_extra: float = 0.12
    n_inflow: float = 0.15
    n_exhaust: float = 0.3
    n_cavity: float = 0.07
    v_outflow: float = 0.75
    v_inflow: float = 0.1
    v_out_of_plane: float = 0.1
    ve_beam: float = 0.1
    ve_current: float = 0.2
    ve_drift: float = 0.02
    acceleration: float = 2.5
    normal_length: float = 2.0
    jet_length: float = 1.5


def exhaust_half_width(x: Floats, site: Site) -> Floats:
    """Half thickness of the exhaust at ``x`` [d_i]."""
    return np.asarray(site.half_width + site.opening * np.abs(x))


def fields(x: Floats, y: Floats, site: Site | None = None) -> Floats:
    """Features at places of the model.

    Parameters
    ----------
    x, y : (place,) ndarray [d_i]
        Along the outflow, and normal to the sheet (southward).
    site : Site, optional

    Returns
    -------
    (place, 14) ndarray
        In the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`, scaled.
    """
    site = site or Site()
    h = exhaust_half_width(x, site)
    inside = np.exp(-((y / h) ** 2))
    separatrix = np.exp(-(((np.abs(y) - 1.35 * h) / (0.3 * h)) ** 2))
    hall_b = np.exp(-(((np.abs(y) - h) / (0.5 * h)) ** 2))
    density = site.n_inflow + site.n_exhaust * inside - site.n_cavity * separatrix
    vix = site.v_outflow * np.tanh(x / site.acceleration) * inside
    columns = {
        "Bx": -np.tanh(y / h),
        "By": -site.b_normal * np.tanh(x / site.normal_length) * inside,
        "Bz": site.b_guide - site.b_hall * np.tanh(x / site.normal_length) * np.sign(y) * hall_b,
        "Ex": np.zeros_like(x),
        "Ey": -site.e_hall * np.sign(y) * separatrix,
        "Ez": site.e_reconnection + site.e_extra * inside,
        "ni": density,
        "ne": density,
        "vix": vix,
        "viy": -site.v_inflow * np.tanh(y) * (1 - inside),
        "viz": site.v_out_of_plane * inside,
        "vex": vix / ROOT_MASS_RATIO - site.ve_beam * np.tanh(x) * separatrix,
        "vey": np.zeros_like(x),
        "vez": -site.ve_current * np.exp(-((x / site.jet_length) ** 2)) * inside - site.ve_drift * inside,
    }
    return np.column_stack([columns[name] for name in FEATURES])


def true_region(x: Floats, y: Floats, site: Site | None = None) -> NDArray[np.int8]:
    """Region by geometry alone: exhaust below 1.05 half widths, inflow beyond 1.75, separatrix between.

    Returns
    -------
    (place,) ndarray of int8
        Indices of :data:`magnetoflow.mms_rnn.classes.REGIONS`.
    """
    distance = np.abs(y) / exhaust_half_width(x, site or Site())
    exhaust = np.where(x > 0, 1, 4)
    inflow, separatrix = np.where(y < 0, 0, 2), np.where(y < 0, 3, 5)
    region = np.where(distance < 1.05, exhaust, np.where(distance > 1.75, inflow, separatrix))
    return np.asarray(region, dtype=np.int8)


def reference_path(samples: int = 3000) -> tuple[Floats, Floats]:
    """Path of the reference crossing, north to south and tailward to earthward.

    Returns
    -------
    x, y : (samples,) ndarray [d_i]
    """
    s = np.linspace(0.0, 1.0, samples)
    y = np.interp(s, [0, 0.15, 0.3, 0.42, 0.58, 0.7, 0.85, 1], [-3.5, -3, -0.9, -0.15, 0.15, 0.9, 3, 3.5])
    x = np.interp(s, [0, 0.42, 0.58, 1], [-6, -4, 4, 6])
    return x, y
