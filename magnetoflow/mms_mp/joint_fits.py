"""Times and widths of one passage at all spacecraft, with the covariance between spacecraft.

What all spacecraft see alike (a layer that is no tanh, waves carried along) shifts all times of a passage by
the same, if all are fitted in the same window about their own crossing. It does not count for lags, though it
makes up most of the error of each time where spacecraft are close together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.noise import covariance_of_estimates
from magnetoflow.mms_mp.passages import TanhFit
from magnetoflow.mms_mp.tanh_fit import MIN_POINTS

NARROWEST = 2.0
"""Least half-window, in w."""
MOST = 1500
"""Samples of a window; more are averaged over blocks."""
SMOOTH = 0.1
"""Changes slower than this, in w, are followed between the samples of two spacecraft."""
EVEN = 0.9
"""Slow noise has few independent values in a window: the covariances of its differences scatter, and are
replaced by their mean to this share."""
FLOOR = 0.05
"""Least eigenvalue of a covariance between spacecraft over their mean: estimates of few residuals scatter."""


@dataclass(frozen=True)
class JointFits:
    """Times and half-widths at several spacecraft.

    Attributes
    ----------
    probes : tuple of int
        Ascending.
    t_s, w_s : (spacecraft,) ndarray [s]
    covariance : (2 spacecraft, 2 spacecraft) ndarray [s^2]
        Of times, then half-widths.
    """

    probes: tuple[int, ...]
    t_s: Floats
    w_s: Floats
    covariance: Floats


def joint_fits(
    t_s: Mapping[int, Floats], values: Mapping[int, Floats], fits: Mapping[int, TanhFit]
) -> JointFits | None:
    """Fit all spacecraft in one window about their own crossings.

    Parameters
    ----------
    t_s : mapping of int to (time,) ndarray [s]
        By probe; of one cadence.
    values : mapping of int to (time,) ndarray
        What was fitted; NaN where missing.
    fits : mapping of int to TanhFit
        Good ones; each is refined by one step of Gauss-Newton.

    Returns
    -------
    JointFits or None
        None where there are fewer than two, or too few samples that all have.

    Notes
    -----
    Samples are paired with the nearest of the others. The residuals of each pair, one less the other, have a
    spectrum (:func:`magnetoflow.mms_mp.noise.covariance_of_estimates`) that gives the covariance of the
    differences of time and width; from those between all pairs follow the covariances but for a part common
    to all, which is taken from the fits one by one.
    """
    probes = tuple(sorted(fits))
    if len(probes) < 2:
        return None
    reach = min(min(one.t_c_s - one.start_s, one.stop_s - one.t_c_s) for one in fits.values())
    if not reach > NARROWEST * max(one.w_s for one in fits.values()):
        return None
    tau, residuals = _paired(t_s, values, fits, probes, reach)
    if len(tau) < MIN_POINTS:
        return None
    width = float(np.mean([fits[one].w_s for one in probes]))
    jump = np.array([fits[one].c for one in probes])
    jacobian = _jacobian(tau, width, jump)
    step = np.stack([np.linalg.lstsq(j, r, rcond=None)[0] for j, r in zip(jacobian, residuals, strict=True)])
    residuals = residuals - np.einsum("ktp,kp->kt", jacobian, step)
    own, _ = covariance_of_estimates(tau, jacobian, residuals, of=2)
    # in units of its own jump every spacecraft has the same derivatives
    pairs = list(combinations(range(len(probes)), 2))
    scaled = residuals / jump[:, None]
    apart = np.stack([scaled[a] - scaled[b] for a, b in pairs])
    same = np.repeat(_jacobian(tau, width, np.ones(1)), len(pairs), axis=0)
    between, independent = covariance_of_estimates(tau, same, apart, of=2)
    even = EVEN * (1 - float(np.mean(independent)) / len(tau))
    covariance = _assembled(len(probes), pairs, between[:, 2:, 2:], own[:, 2:, 2:], even)
    t_c, w = (np.array([getattr(fits[one], name) for one in probes]) for name in ("t_c_s", "w_s"))
    return JointFits(probes, t_c + step[:, 2], w + step[:, 3], covariance)


def _paired(
    t_s: Mapping[int, Floats],
    values: Mapping[int, Floats],
    fits: Mapping[int, TanhFit],
    probes: tuple[int, ...],
    reach: float,
) -> tuple[Floats, Floats]:
    """Time from the crossing, and residuals (spacecraft, time), of samples that all have."""
    first = t_s[probes[0]] - fits[probes[0]].t_c_s
    tau = first[np.abs(first) <= reach]
    rows = []
    for probe in probes:
        fit = fits[probe]
        since = t_s[probe] - fit.t_c_s
        # a little more than the window, for what is smoothed
        low, high = np.searchsorted(since, (-reach - fit.w_s, reach + fit.w_s))
        since = since[low:high]
        left = values[probe][low:high] - fit.a - fit.c * np.tanh(since / fit.w_s)
        cadence = float(np.median(np.diff(since)))
        at = np.clip(np.searchsorted(since, tau), 1, len(since) - 1)
        at = at - (tau - since[at - 1] < since[at] - tau)
        # between samples what is slow is followed; interpolation of all would take noise away
        slow = _smooth(left, round(SMOOTH * fit.w_s / cadence))
        follow = np.interp(tau, since, slow) - slow[at]
        rows.append(np.where(np.abs(since[at] - tau) > 0.6 * cadence, np.nan, left[at] + follow))
    residuals = np.stack(rows)
    known = np.isfinite(residuals).all(axis=0)
    tau, residuals = tau[known], residuals[:, known]
    size = max(-(-len(tau) // MOST), 1)
    blocks = len(tau) // size
    tau, residuals = tau[: blocks * size], residuals[:, : blocks * size]
    return tau.reshape(blocks, size).mean(axis=1), residuals.reshape(len(probes), blocks, size).mean(axis=2)


def _smooth(values: Floats, length: int) -> Floats:
    """Take a running mean, of what there is at ends and gaps."""
    ones = np.ones(max(length, 1))
    known = np.isfinite(values)
    total = np.convolve(np.where(known, values, 0.0), ones, "same")
    return np.asarray(total / np.maximum(np.convolve(known.astype(np.float64), ones, "same"), 1.0))


def _jacobian(tau: Floats, w: float, c: Floats) -> Floats:
    """(series, time, 4) derivatives by a, c, t_c and w."""
    u = tau / w
    shape = np.tanh(u)
    slope = c[:, None] / w * (shape**2 - 1)
    level = np.broadcast_to(np.stack([np.ones_like(u), shape], axis=-1), (len(c), len(tau), 2))
    return np.concatenate([level, slope[..., None], (slope * u)[..., None]], axis=-1)


def _assembled(count: int, pairs: list[tuple[int, int]], between: Floats, own: Floats, even: float) -> Floats:
    """Covariance from that of all differences, and the common part from those of single spacecraft.

    A share `even` of the former is that of spacecraft that are all alike.
    """
    difference = np.zeros((count, count, 2, 2))
    for (a, b), one in zip(pairs, between, strict=True):
        difference[a, b] = difference[b, a] = one
    centre = np.eye(count) - 1 / count
    spread = -0.5 * np.einsum("ac,cdij,db->iajb", centre, difference, centre)
    alike = np.einsum("iaja->ij", spread) / (count - 1)
    parts = ((1 - even) * spread).reshape(2 * count, 2 * count) + even * np.kron(alike, centre)
    values, vectors = np.linalg.eigh(parts)
    # two are zero, of the mean time and the mean width
    used = np.maximum(values, FLOOR * values.sum() / (2 * count - 2))
    parts = (vectors * used) @ vectors.T
    lone = np.einsum("iaja->ij", parts.reshape(2, count, 2, count)) / count
    common = own.mean(axis=0) - lone
    size, axes = np.linalg.eigh((common + common.T) / 2)
    common = (axes * np.maximum(size, 0.0)) @ axes.T
    return np.asarray(parts + np.kron(common, np.ones((count, count))))
