"""Times and half-widths of one passage over several spacecraft, and what fits to them share.

They are in the frame that moves with the array, where a boundary of half-width h passes with the speed
U(t) = A_0 + A_1 t + ...; t from the mean of the times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.mms_mp.data import Floats

CLOCK_S = 1e-6
"""Added to all errors: noise-free fits would leave nothing to weigh by."""
CHI2_95 = (0.0, 3.841, 5.991, 7.815)
"""95 % points of chi-square by degrees of freedom."""


@dataclass(frozen=True)
class Passage:
    """Times and half-widths of one passage over several spacecraft.

    Attributes
    ----------
    t_s, w_s : (spacecraft,) ndarray [s]
        Times from their mean; half-widths.
    r_km : (spacecraft, 3) ndarray [km]
        Positions in the frame that moves with the array, from their mean.
    centre_km : (3,) ndarray [km]
    v_sc_km_s : (3,) ndarray [km/s]
        Of the array.
    covariance : (2 spacecraft, 2 spacecraft) ndarray [s^2]
        Of times, then half-widths.
    """

    t_s: Floats
    w_s: Floats
    r_km: Floats
    centre_km: Floats
    v_sc_km_s: Floats
    covariance: Floats


def passage(
    t_s: ArrayLike, w_s: ArrayLike, covariance_s2: ArrayLike, positions_km: ArrayLike, v_sc_km_s: ArrayLike
) -> Passage:
    """Gather one passage.

    Parameters
    ----------
    t_s, w_s : (spacecraft,) array_like [s]
        Times and half-widths.
    covariance_s2 : (2 spacecraft, 2 spacecraft) array_like [s^2]
        Of times, then half-widths.
    positions_km : (spacecraft, 3) array_like [km]
        Of each spacecraft at its own time.
    v_sc_km_s : (3,) array_like [km/s]
        Mean velocity of the spacecraft.

    Returns
    -------
    Passage
        Without the spacecraft that lack a finite time, width, error or position.
    """
    t, w = (np.array(one, dtype=np.float64).reshape(-1) for one in (t_s, w_s))
    r = np.array(positions_km, dtype=np.float64).reshape(-1, 3)
    v = np.array(v_sc_km_s, dtype=np.float64)
    covariance = np.array(covariance_s2, dtype=np.float64).reshape(2 * len(t), 2 * len(t))
    errors = np.diag(covariance).reshape(2, -1)
    use = np.isfinite(t) & np.isfinite(w) & np.isfinite(r).all(axis=1) & np.isfinite(errors).all(axis=0)
    t, w, r, both = t[use], w[use], r[use], np.concatenate([use, use])
    centre = r.mean(axis=0) if len(t) else np.full(3, np.nan)
    t = t - (t.mean() if len(t) else 0.0)
    covariance = covariance[np.ix_(both, both)] + CLOCK_S**2 * np.eye(2 * len(t))
    return Passage(t, w, r - centre - t[:, None] * v, centre, v, covariance)


def integrals(t: Floats, order: int) -> Floats:
    """Integrals of 1, t, t^2 ... from 0: (time, order + 1)."""
    degree = np.arange(1, order + 2)
    return np.asarray(t[:, None] ** degree / degree)


def lowest_order(chi2: Callable[[int], float], free: int, order: int | None) -> int:
    """Lowest order that the data agree with at 95 %, of a fit with `free` less order degrees of freedom."""
    if order is not None:
        return min(order, free)
    return next((p for p in range(free) if chi2(p) <= CHI2_95[min(free - p, 3)]), free)


def propagated(f: Callable[[Floats], Floats], x: Floats, covariance: Floats) -> Floats:
    """Covariance of f(x), by central differences."""
    step = 0.1 * np.sqrt(np.diag(covariance))
    columns = [(f(x + h) - f(x - h)) / (2 * s) for h, s in zip(np.diag(step), step, strict=True)]
    jacobian = np.stack(columns, axis=1)
    return np.asarray(jacobian @ covariance @ jacobian.T)


def polynomial(coefficients: Floats, t: Floats) -> Floats:
    """Evaluate ``A_0 + A_1 t + ...``."""
    return np.asarray(t[:, None] ** np.arange(len(coefficients)) @ coefficients)


def half_widths(data: Passage, speed: Floats, error: float) -> dict[str, float]:
    """Mean half-width of the layer, its error, and its relative scatter between spacecraft."""
    h = np.abs(data.w_s * speed)
    part = np.mean(np.diag(data.covariance)[len(h) :] * speed**2) / len(h)
    return {
        "half_width_km": float(h.mean()),
        "half_width_error_km": float(np.sqrt(part + (data.w_s.mean() * error) ** 2)),
        "half_width_scatter": float(h.std() / h.mean()),
    }
