"""Current density from the moments, and the work that the electric field does on it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.burst import Burst
from magnetoflow.physics import cross_mv_m, current_ua_m2, dot

Floats = NDArray[np.float64]
WorkField = Literal["brst", "fast"]


@dataclass(frozen=True)
class Currents:
    """Currents and work at the times of a burst; NaN where something is missing.

    Work is that on all, on ion (``j_i``) and on electron (``j_e``) current, by the field at the spacecraft
    (``dot_e``) and in the frame of the electrons (``dot_e_prime``); ``para`` and ``perp`` are its parts along
    and across the magnetic field.

    Attributes
    ----------
    j_gse_ua_m2, j_i_gse_ua_m2, j_e_gse_ua_m2 : (time, 3) ndarray [uA/m^2, GSE]
        e n_e (V_i - V_e), e n_e V_i, -e n_e V_e.
    e_gse_mv_m : (time, 3) ndarray [mV/m, GSE]
        The electric field that the work is computed with.
    e_prime_gse_mv_m : (time, 3) ndarray [mV/m, GSE]
        E + V_e x B.
    j_dot_e_nw_m3, j_dot_e_prime_nw_m3, ... : (time,) ndarray [nW/m^3]
    """

    j_gse_ua_m2: Floats
    j_i_gse_ua_m2: Floats
    j_e_gse_ua_m2: Floats
    e_gse_mv_m: Floats
    e_prime_gse_mv_m: Floats
    j_dot_e_nw_m3: Floats
    j_dot_e_para_nw_m3: Floats
    j_dot_e_perp_nw_m3: Floats
    j_dot_e_prime_nw_m3: Floats
    j_dot_e_prime_para_nw_m3: Floats
    j_dot_e_prime_perp_nw_m3: Floats
    j_i_dot_e_nw_m3: Floats
    j_i_dot_e_para_nw_m3: Floats
    j_i_dot_e_perp_nw_m3: Floats
    j_i_dot_e_prime_nw_m3: Floats
    j_i_dot_e_prime_para_nw_m3: Floats
    j_i_dot_e_prime_perp_nw_m3: Floats
    j_e_dot_e_nw_m3: Floats
    j_e_dot_e_para_nw_m3: Floats
    j_e_dot_e_perp_nw_m3: Floats
    j_e_dot_e_prime_nw_m3: Floats
    j_e_dot_e_prime_para_nw_m3: Floats
    j_e_dot_e_prime_perp_nw_m3: Floats


_SUFFIXES = {"_ua_m2": "uA/m^2", "_mv_m": "mV/m", "_nw_m3": "nW/m^3"}
UNITS = {
    one.name: next(unit for suffix, unit in _SUFFIXES.items() if one.name.endswith(suffix))
    for one in fields(Currents)
}
"""Unit of each array of :class:`Currents`."""


def currents(burst: Burst, work_field: WorkField = "fast") -> Currents:
    """Compute currents and work from the moments of one spacecraft.

    Parameters
    ----------
    burst : Burst
    work_field : {"fast", "brst"}
        Electric field of the survey product, as published, or of the burst product.

    Returns
    -------
    Currents
        uA/m^2 times mV/m is nW/m^3.
    """
    e = burst.e_fast_gse_mv_m if work_field == "fast" else burst.e_gse_mv_m
    b = burst.b_gse_nt
    flows = {
        "j": burst.v_i_gse_km_s - burst.v_e_gse_km_s,
        "j_i": burst.v_i_gse_km_s,
        "j_e": -burst.v_e_gse_km_s,
    }
    j = {name: current_ua_m2(burst.n_e_cm3, flow) for name, flow in flows.items()}
    prime = e + cross_mv_m(burst.v_e_gse_km_s, b)
    work: dict[str, Floats] = {}
    for name, current in j.items():
        for kind, field in (("dot_e", e), ("dot_e_prime", prime)):
            work |= _parts(f"{name}_{kind}", current, field, b)
    vectors = {f"{name}_gse_ua_m2": current for name, current in j.items()}
    return Currents(e_gse_mv_m=e, e_prime_gse_mv_m=prime, **vectors, **work)


def _parts(name: str, j: Floats, e: Floats, b: Floats) -> dict[str, Floats]:
    """Work, and its parts along and across the magnetic field."""
    squared = dot(b, b)
    squared[squared == 0] = np.nan  # no direction
    total, along = dot(j, e), dot(j, b) * dot(e, b) / squared
    return {f"{name}_nw_m3": total, f"{name}_para_nw_m3": along, f"{name}_perp_nw_m3": total - along}
