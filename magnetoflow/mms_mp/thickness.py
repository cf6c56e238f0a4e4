"""Thickness of the current layer: half-width h of ``tanh(x/h)``; full thickness 2 h, half maximum 1.763 h.

The speed that counts is that of the boundary relative to the spacecraft, V_n - v_sc . n.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.passages import Crossing, Thickness

MU0_NT_KM = 4e-7 * np.pi * 1e3
"""mu0 in nT km^-1 per nA m^-2."""
SIGNIFICANT = 5.0
"""Jumps and slopes of fewer errors than this are none."""


def relative_speed(
    speed_km_s: float, error_km_s: float, normal: Normal, v_sc_km_s: ArrayLike
) -> tuple[float, float]:
    """Take the motion of the spacecraft off the speed of the boundary.

    Parameters
    ----------
    speed_km_s, error_km_s : float [km/s]
        Along `normal`, in the frame of the Earth.
    normal : Normal
        Its tilts widen the error; an unknown covariance counts as none.
    v_sc_km_s : (3,) array_like [km/s]

    Returns
    -------
    speed, error : float [km/s]
    """
    v = np.asarray(v_sc_km_s, dtype=np.float64)
    drift = float(v @ normal.covariance @ v)
    drift = drift if np.isfinite(drift) else 0.0
    return speed_km_s - float(v @ normal.n), float(np.sqrt(error_km_s**2 + max(drift, 0.0)))


def thickness(
    crossing: Crossing,
    normal: Normal,
    speed_km_s: float,
    error_km_s: float,
    v_sc_km_s: ArrayLike,
    method: str,
) -> Thickness | None:
    """Half-width of the layer from the tanh fit of one crossing, h = w abs(V_n - v_sc . n).

    Parameters
    ----------
    crossing : Crossing
    normal : Normal
    speed_km_s, error_km_s : float [km/s]
        Of the boundary along `normal`, independent of the width of this fit.
    v_sc_km_s : (3,) array_like [km/s]
    method : str
        Of the speed.

    Returns
    -------
    Thickness or None
        None where fit or speed is unknown.
    """
    fit = crossing.fit
    u, u_error = relative_speed(speed_km_s, error_km_s, normal, v_sc_km_s)
    if not (fit.good and np.isfinite([fit.w_s, u, u_error]).all()):
        return None
    error = float(np.hypot(u * fit.w_error_s, fit.w_s * u_error))
    return Thickness(crossing.probe, fit.w_s * abs(u), error, fit.w_s, u, u_error, method)


def pair_thickness(
    enter_s: float, exit_s: float, errors_s: tuple[float, float], speed_km_s: float, error_km_s: float
) -> tuple[float, float]:
    """Thickness of a layer from its two edges, and its error [km]; speed relative to the spacecraft."""
    span = abs(exit_s - enter_s)
    return span * abs(speed_km_s), float(np.hypot(speed_km_s * np.hypot(*errors_s), span * error_km_s))


def current_sheet_half_width(
    half_jump_nt: float, half_jump_error_nt: float, j_peak_na_m2: float, j_error_na_m2: float
) -> tuple[float, float]:
    """Half-width of a sheet of peak current J that carries a half-jump c: h = c/(mu0 J), and its error [km].

    NaN where the current is below 5 of its errors.
    """
    if not abs(j_peak_na_m2) > SIGNIFICANT * j_error_na_m2:
        return np.nan, np.nan
    h = abs(half_jump_nt / (MU0_NT_KM * j_peak_na_m2))
    relative = np.hypot(half_jump_error_nt / half_jump_nt, j_error_na_m2 / j_peak_na_m2)
    return h, float(h * relative)


def gradient_half_width(
    t_s: ArrayLike, values: ArrayLike, scale_s: float, speed_km_s: float, error_km_s: float = 0.0
) -> tuple[float, float]:
    """Half-width from the steepest slope: half-jump over slope, times the speed; and its error.

    Parameters
    ----------
    t_s : (time,) array_like [s]
    values : (time,) array_like
        Over an interval whose first and last eighth lie on the plateaus. Rows with NaN are dropped.
    scale_s : float [s]
        Slopes are fitted to intervals of this length. It should be below the half-width in time w: at
        w it makes h 5 % too large, and noise makes the steepest of many slopes too steep.
    speed_km_s, error_km_s : float [km/s]
        Of the boundary relative to the spacecraft.

    Returns
    -------
    half_width, error : float [km]
        NaN where the jump is below 5 of its errors, or no slope stands out: noise has no thickness.
    """
    t, y = np.asarray(t_s, dtype=np.float64), np.asarray(values, dtype=np.float64)
    known = np.isfinite(t) & np.isfinite(y)
    t, y = t[known], y[known]
    edge = len(t) // 8
    slopes, slope_errors = _slopes(t, y, scale_s)
    if edge < 5 or not len(slopes):
        return np.nan, np.nan
    half_jump = float(y[-edge:].mean() - y[:edge].mean()) / 2
    noise = float(np.hypot(y[-edge:].std(), y[:edge].std())) / 2
    best = int(np.argmax(np.abs(slopes)))
    slope, slope_error = float(slopes[best]), float(slope_errors[best])
    jump_error = noise / np.sqrt(edge)
    stands_out = abs(half_jump) > max(SIGNIFICANT * jump_error, 2 * noise) and slope * half_jump > 0
    if not (stands_out and abs(slope) > SIGNIFICANT * slope_error):
        return np.nan, np.nan
    h = abs(half_jump / slope * speed_km_s)
    parts = (jump_error / half_jump, slope_error / slope, error_km_s / speed_km_s)
    return h, float(h * np.linalg.norm(parts))


def _slopes(t: Floats, y: Floats, scale_s: float) -> tuple[Floats, Floats]:
    """Slopes of straight lines through all samples of each interval of `scale_s`, and their errors."""
    if len(t) < 3:
        return np.zeros(0), np.zeros(0)
    first = np.arange(len(t))
    last = np.searchsorted(t, t + scale_s, side="right")
    whole = (last - first >= 3) & (t[last - 1] - t > 0.9 * scale_s)
    first, last = first[whole], last[whole]
    x, z = t - t.mean(), y - y.mean()
    sums = [np.concatenate([[0.0], np.cumsum(one)]) for one in (np.ones_like(x), x, z, x * x, x * z, z * z)]
    n, sx, sz, sxx, sxz, szz = (one[last] - one[first] for one in sums)
    power = sxx - sx**2 / n
    product = sxz - sx * sz / n
    slope = product / power
    left = np.maximum(szz - sz**2 / n - slope * product, 0.0)
    return slope, np.sqrt(left / np.maximum(n - 2, 1) / power)


def multi_scale_half_widths(
    t_s: ArrayLike,
    values: ArrayLike,
    scales_s: Sequence[float],
    speed_km_s: float,
    error_km_s: float = 0.0,
) -> dict[float, tuple[float, float]]:
    """Half-width and error [km] by scale [s], as :func:`gradient_half_width`; none for noise."""
    found = {
        scale: gradient_half_width(t_s, values, scale, speed_km_s, error_km_s) for scale in sorted(scales_s)
    }
    return {scale: one for scale, one in found.items() if np.isfinite(one).all()}
