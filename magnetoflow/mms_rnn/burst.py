"""What one spacecraft measured in one event, on the times of its electron moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ELECTRON_CADENCE_S = 0.03
"""Of electron moments in burst data."""


@dataclass(frozen=True)
class Burst:
    """Measurements at the centres of the electron measurements; NaN where missing.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC, strictly increasing.
    segment : (time,) ndarray of int32
        Number of the stretch without a gap (1.5 times the cadence) in the electrons.
    flags : (time,) ndarray of int32
        Bits of :data:`magnetoflow.mms_rnn.quality.FLAGS`.
    b_gse_nt : (time, 3) ndarray [nT, GSE]
    e_gse_mv_m : (time, 3) ndarray [mV/m, GSE]
        From the burst product.
    e_fast_gse_mv_m : (time, 3) ndarray [mV/m, GSE]
        From the survey product.
    n_i_cm3, n_i_raw_cm3, n_i_bg_cm3, n_e_cm3 : (time,) ndarray [cm^-3]
        Ion density without penetrating radiation, as in the file, that background; electron density.
    v_i_gse_km_s, v_i_raw_gse_km_s, v_e_gse_km_s : (time, 3) ndarray [km/s, GSE]
    p_i_gse_npa, p_e_gse_npa : (time, 3, 3) ndarray [nPa, GSE]
        Ions without penetrating radiation.
    t_i_para_ev, t_i_perp_ev, t_e_para_ev, t_e_perp_ev : (time,) ndarray [eV]
    position_gse_km : (time, 3) ndarray [km, GSE]
    counts : mapping of str to int
        What was masked, dropped or found missing, by product and reason.
    """

    time: NDArray[np.datetime64]
    segment: NDArray[np.int32]
    flags: NDArray[np.int32]
    b_gse_nt: Floats
    e_gse_mv_m: Floats
    e_fast_gse_mv_m: Floats
    n_i_cm3: Floats
    n_i_raw_cm3: Floats
    n_i_bg_cm3: Floats
    n_e_cm3: Floats
    v_i_gse_km_s: Floats
    v_i_raw_gse_km_s: Floats
    v_e_gse_km_s: Floats
    p_i_gse_npa: Floats
    p_e_gse_npa: Floats
    t_i_para_ev: Floats
    t_i_perp_ev: Floats
    t_e_para_ev: Floats
    t_e_perp_ev: Floats
    position_gse_km: Floats
    counts: Mapping[str, int] = field(default_factory=dict)


UNITS = {
    "segment": "1",
    "flags": "1",
    "b_gse_nt": "nT",
    "e_gse_mv_m": "mV/m",
    "e_fast_gse_mv_m": "mV/m",
    "n_i_cm3": "cm^-3",
    "n_i_raw_cm3": "cm^-3",
    "n_i_bg_cm3": "cm^-3",
    "n_e_cm3": "cm^-3",
    "v_i_gse_km_s": "km/s",
    "v_i_raw_gse_km_s": "km/s",
    "v_e_gse_km_s": "km/s",
    "p_i_gse_npa": "nPa",
    "p_e_gse_npa": "nPa",
    "t_i_para_ev": "eV",
    "t_i_perp_ev": "eV",
    "t_e_para_ev": "eV",
    "t_e_perp_ev": "eV",
    "position_gse_km": "km",
}
"""Unit of each array over time."""


def empty_burst() -> Burst:
    """Record of an event that failed for its data: no samples."""
    return missing_burst(np.zeros(0, dtype="datetime64[ns]"))


def missing_burst(time: NDArray[np.datetime64]) -> Burst:
    """Record in which everything is missing at the given times."""
    shapes = {"position_gse_km": (3,), "p_i_gse_npa": (3, 3), "p_e_gse_npa": (3, 3)}
    shapes |= {name: (3,) for name in UNITS if name.startswith(("b_", "e_", "v_"))}
    whole = {"segment": np.int32, "flags": np.int32}
    arrays: dict[str, Any] = {
        name: np.full((len(time), *shapes.get(name, ())), 0 if name in whole else np.nan).astype(
            whole.get(name, np.float64)
        )
        for name in UNITS
    }
    return Burst(time=time, **arrays)
