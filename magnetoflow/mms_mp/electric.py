"""Electric drift, convection field, and the correction by the potential of the spacecraft."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.averaging import GAP, interpolate
from magnetoflow.mms_mp.data import Floats, Times, require_frame
from magnetoflow.mms_mp.resampling import average_onto, spacing_s
from magnetoflow.physics import cross_mv_m
from magnetoflow.series import Series

MIN_FIELD_NT = 0.5
"""Below this field the drift E x B/B^2 is not defined well."""


def exb_km_s(e_mv_m: ArrayLike, b_nt: ArrayLike, *, b_min_nt: float = MIN_FIELD_NT) -> Floats:
    """Drift 1000 E x B/B^2.

    Parameters
    ----------
    e_mv_m : (..., 3) array_like [mV/m]
    b_nt : (..., 3) array_like [nT], same frame
    b_min_nt : float [nT]
        NaN comes from a weaker field.

    Returns
    -------
    (..., 3) ndarray [km/s]
    """
    b = np.asarray(b_nt, dtype=np.float64)
    squared = np.sum(b * b, axis=-1, keepdims=True)
    strong = np.where(squared >= b_min_nt**2, squared, np.nan)
    return np.asarray(1e3 * np.cross(np.asarray(e_mv_m, dtype=np.float64), b) / strong)


def convection_mv_m(v_km_s: ArrayLike, b_nt: ArrayLike) -> Floats:
    """Electric field -V x B of a flow.

    Parameters
    ----------
    v_km_s : (..., 3) array_like [km/s]
    b_nt : (..., 3) array_like [nT], same frame

    Returns
    -------
    (..., 3) ndarray [mV/m]
    """
    return np.asarray(-cross_mv_m(v_km_s, b_nt))


def drift(e: Series, b: Series, *, b_min_nt: float = MIN_FIELD_NT) -> Series:
    """Drift E x B/B^2 at the times of the slower of both series.

    Parameters
    ----------
    e : Series
        (time, 3) [mV/m].
    b : Series
        (time, 3) [nT], same frame.
    b_min_nt : float [nT]

    Returns
    -------
    Series
        (time, 3) [km/s]. The faster series is averaged; nothing is carried across a gap.

    Raises
    ------
    VariableError
        The frames differ.
    """
    require_frame(b.frame or "", e, b)
    if len(e.time) < 2 or len(b.time) < 2:
        return Series("exb", e.time, np.full((len(e.time), 3), np.nan), "km/s", e.frame)
    step_e, step_b = spacing_s(e.time), spacing_s(b.time)
    if step_e >= step_b:
        drifts = exb_km_s(e.values, average_onto(b.time, b.values, e.time, step_e), b_min_nt=b_min_nt)
        return Series("exb", e.time, drifts, "km/s", e.frame)
    drifts = exb_km_s(average_onto(e.time, e.values, b.time, step_b), b.values, b_min_nt=b_min_nt)
    return Series("exb", b.time, drifts, "km/s", e.frame)


def drift_at(
    e: Series, b: Series, centres: Times, cadence_s: float, *, b_min_nt: float = MIN_FIELD_NT
) -> Floats:
    """Drift of the fields averaged over the measurements of another instrument.

    Parameters
    ----------
    e, b : Series
        (time, 3) [mV/m], [nT], same frame.
    centres : (measurement,) ndarray of datetime64[ns]
    cadence_s : float [s]
        Length of each measurement.
    b_min_nt : float [nT]

    Returns
    -------
    (measurement, 3) ndarray [km/s]
        NaN where either field is missing.

    Raises
    ------
    VariableError
        The frames differ.
    """
    require_frame(b.frame or "", e, b)
    field = average_onto(b.time, b.values, centres, cadence_s)
    return exb_km_s(average_onto(e.time, e.values, centres, cadence_s), field, b_min_nt=b_min_nt)


def without_potential(e: Series, potential: Series, *, mv_m_per_v: float = 0.01) -> Series:
    """Take ``mv_m_per_v`` times the potential of the spacecraft off every component of E.

    Parameters
    ----------
    e : Series
        (time, 3) [mV/m].
    potential : Series
        (time,) [V].
    mv_m_per_v : float [mV/m/V]

    Returns
    -------
    Series
        NaN where the potential is missing.

    Notes
    -----
    For comparison with results that were made so. An error of E that is equal on the axes of any frame has no
    known physical reason; the analysis leaves it off.
    """
    step = spacing_s(potential.time) if len(potential.time) > 1 else 0.0
    volts = interpolate(potential.time, potential.values, e.time, max_gap_s=GAP * step)
    return replace(e, values=e.values - mv_m_per_v * volts[:, None])
