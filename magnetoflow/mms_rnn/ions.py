"""Ion and electron moments as measured, and ions without penetrating radiation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.quality import FLAGS

Floats = NDArray[np.float64]
RAM_NPA = 1.6726e-27 * 1e6 * 1e6 * 1e9
"""Proton mass times 1 cm^-3 times (1 km/s)^2 [nPa]."""
EV_PER_NPA_CM3 = 1e-15 / 1.3807e-23 / 11604.0
"""Temperature of a pressure of 1 nPa at 1 cm^-3 [eV]."""


@dataclass(frozen=True)
class Ions:
    """Ion moments with penetrating radiation in them.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        Centre of each measurement, UTC, strictly increasing.
    n_cm3, n_bg_cm3 : (time,) ndarray [cm^-3]
        Density, and the part of it that is penetrating radiation.
    v_gse_km_s : (time, 3) ndarray [km/s, GSE]
    p_gse_npa : (time, 3, 3) ndarray [nPa, GSE]
    p_bg_npa : (time,) ndarray [nPa]
        Pressure of the penetrating radiation, a scalar.
    cadence_s : float [s]
    counts : mapping of str to int
    """

    time: NDArray[np.datetime64]
    n_cm3: Floats
    n_bg_cm3: Floats
    v_gse_km_s: Floats
    p_gse_npa: Floats
    p_bg_npa: Floats
    cadence_s: float
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Electrons:
    """Electron moments.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        Centre of each measurement, UTC, strictly increasing.
    n_cm3 : (time,) ndarray [cm^-3]
    v_gse_km_s : (time, 3) ndarray [km/s, GSE]
    p_gse_npa : (time, 3, 3) ndarray [nPa, GSE]
    t_para_ev, t_perp_ev : (time,) ndarray [eV]
    cadence_s : float [s]
    counts : mapping of str to int
    """

    time: NDArray[np.datetime64]
    n_cm3: Floats
    v_gse_km_s: Floats
    p_gse_npa: Floats
    t_para_ev: Floats
    t_perp_ev: Floats
    cadence_s: float
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class IonsClean:
    """Ion moments without penetrating radiation, on the times of the measured ones.

    Attributes
    ----------
    n_cm3 : (time,) ndarray [cm^-3]
        NaN where nothing is left.
    v_gse_km_s : (time, 3) ndarray [km/s, GSE]
    p_gse_npa : (time, 3, 3) ndarray [nPa, GSE]
    flags : (time,) ndarray of int32
        ``ION_BACKGROUND`` where the radiation is more than half of the density, or all of it.
    """

    n_cm3: Floats
    v_gse_km_s: Floats
    p_gse_npa: Floats
    flags: NDArray[np.int32]


def without_background(ions: Ions) -> IonsClean:
    """Subtract penetrating radiation, taken to be isotropic and at rest.

    Parameters
    ----------
    ions : Ions

    Returns
    -------
    IonsClean
        ``n' = n - n_bg``, ``V' = V n/n'``, ``P' = P + m n V V - p_bg 1 - m n' V' V'``; missing where
        ``n' <= 0``.

    Notes
    -----
    MMS Calibration and Measurement Algorithms Document, section 4.5.7.5.
    """
    n, v = ions.n_cm3, ions.v_gse_km_s
    rest = n - ions.n_bg_cm3
    share = np.where(rest > 0, rest, np.nan)
    flow = v * (n / share)[:, None]
    pressure = ions.p_gse_npa + _ram(n, v) - ions.p_bg_npa[:, None, None] * np.eye(3) - _ram(share, flow)
    much = ions.n_bg_cm3 > 0.5 * n
    flags = np.where(much, FLAGS["ION_BACKGROUND"], 0).astype(np.int32)
    return IonsClean(share, flow, pressure, flags)


def _ram(n_cm3: Floats, v_km_s: Floats) -> Floats:
    """Dynamic pressure tensor ``m n V V`` [nPa]."""
    return np.asarray(RAM_NPA * n_cm3[:, None, None] * v_km_s[:, :, None] * v_km_s[:, None, :])


def temperatures_ev(p_npa: Floats, n_cm3: Floats, b_nt: Floats) -> tuple[Floats, Floats]:
    """Temperatures along and across the magnetic field.

    Parameters
    ----------
    p_npa : (time, 3, 3) ndarray [nPa]
    n_cm3 : (time,) ndarray [cm^-3]
        Of the same plasma as the pressure.
    b_nt : (time, 3) ndarray [nT]
        In the frame of the pressure; its length does not matter.

    Returns
    -------
    parallel, perpendicular : (time,) ndarray [eV]
        ``b.T.b`` and ``(tr T - b.T.b)/2``; NaN where either is not positive, and where the field is 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        along = b_nt / np.linalg.norm(b_nt, axis=1)[:, None]
        tensor = p_npa * (EV_PER_NPA_CM3 / n_cm3)[:, None, None]
        parallel = np.einsum("ti,tij,tj->t", along, tensor, along)
        perpendicular = (np.trace(tensor, axis1=1, axis2=2) - parallel) / 2
        good = (parallel > 0) & (perpendicular > 0)
    return np.where(good, parallel, np.nan), np.where(good, perpendicular, np.nan)
