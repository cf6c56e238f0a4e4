"""Path of the boundary as the integral of a speed, with stretches, gaps and what its error is made of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP
from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.data import Floats

Rule = Literal["trapezoid", "simpson", "rectangle"]
IDL_PAD_S = 3.989999
"""What the IDL procedure adds at both ends of an interval."""
FEWEST = 10
"""Windows as long as a gap, below which the error across it is taken from the spread of speeds."""


@dataclass(frozen=True)
class Integral:
    """Integral of a speed over the samples that have one.

    Attributes
    ----------
    index : (sample,) ndarray of int
        Of the samples that are there.
    t_s, v_km_s : (sample,) ndarray [s], [km/s]
    segment : (sample,) ndarray of int
        Counts stretches without gaps.
    block : (sample,) ndarray of int
        Counts stretches between gaps that are not bridged.
    path_km : (sample,) ndarray [km]
        Since the first sample; of no meaning between blocks.
    gap_km2 : (sample,) ndarray [km^2]
        Variance that bridged gaps have added since the first sample.
    """

    index: NDArray[np.int64]
    t_s: Floats
    v_km_s: Floats
    segment: NDArray[np.int64]
    block: NDArray[np.int64]
    path_km: Floats
    gap_km2: Floats


def path_of(
    t_s: Floats,
    v_km_s: Floats,
    cadence_s: float,
    *,
    rule: Rule = "trapezoid",
    max_step_s: float | None = None,
    bridge_s: float = 0.0,
) -> Integral:
    """Integrate a speed.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
        Strictly increasing.
    v_km_s : (time,) ndarray [km/s]
        NaN where missing.
    cadence_s : float [s]
        Samples further apart than 1.5 of it have a gap between them.
    rule : str
        ``trapezoid``, ``simpson`` (a parabola through each three samples) or ``rectangle`` (the speed at the
        beginning of each step).
    max_step_s : float, optional [s]
        Split longer steps within a stretch by linear interpolation first.
    bridge_s : float [s]
        A gap up to this length is bridged by a straight line between the speeds at its sides; its error is
        that of such lines across unbroken data of the same series. Longer gaps end a block.

    Returns
    -------
    Integral

    Raises
    ------
    InsufficientData
        No sample is there.
    """
    index = np.flatnonzero(np.isfinite(v_km_s) & np.isfinite(t_s))
    if len(index) == 0:
        raise InsufficientData("no speed to integrate", why=f"{len(t_s)} samples, all missing")
    t, v = t_s[index], v_km_s[index]
    dt = np.diff(t)
    gap = dt > GAP * cadence_s
    segment = np.concatenate([[0], np.cumsum(gap)])
    block = np.concatenate([[0], np.cumsum(gap & (dt > bridge_s))])
    steps = np.where(gap & (dt > bridge_s), 0.0, dt * (v[1:] + v[:-1]) / 2)
    if rule != "trapezoid":
        edges = np.concatenate([[0], np.flatnonzero(gap) + 1, [len(t)]])
        for first, last in pairwise(edges.tolist()):
            steps[first : last - 1] = _steps(t[first:last], v[first:last], rule, max_step_s)
    path = np.concatenate([[0.0], np.cumsum(steps)])
    variance = np.zeros(len(dt))
    for k in np.flatnonzero(gap & (dt <= bridge_s)):
        variance[k] = _bridge_variance(t, v, segment, path, float(dt[k]), cadence_s)
    return Integral(index, t, v, segment, block, path, np.concatenate([[0.0], np.cumsum(variance)]))


def _steps(t: Floats, v: Floats, rule: Rule, max_step_s: float | None) -> Floats:
    """Integral over each step of one stretch."""
    if max_step_s is not None and len(t) > 1:
        parts = np.maximum(np.ceil(np.diff(t) / max_step_s).astype(np.int64), 1)
        start = np.concatenate([[0], np.cumsum(parts)])
        number = np.arange(start[-1] + 1)
        fine = np.interp(number, start, t)
        return np.asarray(np.add.reduceat(_plain_steps(fine, np.interp(fine, t, v), rule), start[:-1]))
    return _plain_steps(t, v, rule)


def _plain_steps(t: Floats, v: Floats, rule: Rule) -> Floats:
    dt = np.diff(t)
    if rule == "rectangle":
        return np.asarray(dt * v[:-1])
    if len(t) < 3:
        return np.asarray(dt * (v[1:] + v[:-1]) / 2)
    ahead = _parabola(dt[:-1], dt[1:], v[:-2], v[1:-1], v[2:])
    back = _parabola(dt[1:], dt[:-1], v[2:], v[1:-1], v[:-2])
    steps = np.empty(len(dt))
    steps[:-1], steps[-1] = ahead, back[-1]
    steps[1::2] = back[::2]
    return steps


def _parabola(h: Floats, then: Floats, a: Floats, b: Floats, c: Floats) -> Floats:
    """Integral from a to b, h apart, under the parabola through a, b, c."""
    whole = h + then
    return np.asarray(
        h
        / 6
        * ((3 - h / whole) * a + (3 + h / whole + h**2 / (then * whole)) * b - h**2 / (then * whole) * c)
    )


def _bridge_variance(
    t: Floats, v: Floats, segment: NDArray[np.int64], path: Floats, length_s: float, cadence_s: float
) -> float:
    """Mean square error of a straight line across windows as long as a gap."""
    last = np.searchsorted(t, t + length_s - 0.5 * cadence_s)
    first = np.flatnonzero(last < len(t))
    last = last[first]
    whole = (segment[first] == segment[last]) & (last > first)
    first, last = first[whole], last[whole]
    if len(first) >= FEWEST:
        line = (t[last] - t[first]) * (v[first] + v[last]) / 2
        return float(np.mean((path[last] - path[first] - line) ** 2))
    return float(length_s**2 * (np.var(v) if len(v) > 1 else v[0] ** 2))


def running_integral(t_s: Floats, values: Floats) -> Floats:
    """Trapezoid of (sample, ...) values since the first sample."""
    dt = np.diff(t_s).reshape(-1, *[1] * (values.ndim - 1))
    steps = dt * (values[1:] + values[:-1]) / 2
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(steps, axis=0)])


def random_km2(path: Integral, sigma_km_s: Floats) -> Floats:
    """Variance by independent errors of the speeds since the first sample, gaps included.

    Parameters
    ----------
    path : Integral
    sigma_km_s : (sample,) ndarray [km/s]
        Of `Integral.v_km_s`.

    Returns
    -------
    (sample,) ndarray [km^2]
        Differences are the variance between two samples, the weight of each end counted as half a step.
    """
    inside = np.diff(path.t_s) * (np.diff(path.segment) == 0)
    weight = (np.concatenate([[0.0], inside]) + np.concatenate([inside, [0.0]])) / 2
    own = (weight * sigma_km_s) ** 2
    return np.asarray(np.cumsum(own) - own / 2 + path.gap_km2)


def path_at(path: Integral, at_s: float) -> float:
    """Path at a time between samples of one block, under the trapezoid [km]; NaN elsewhere."""
    k = int(np.searchsorted(path.t_s, at_s, side="right")) - 1
    if k >= 0 and path.t_s[k] == at_s:
        return float(path.path_km[k])
    if k < 0 or k + 1 >= len(path.t_s) or path.block[k] != path.block[k + 1]:
        return float("nan")
    share = (at_s - path.t_s[k]) / (path.t_s[k + 1] - path.t_s[k])
    v0, v1 = path.v_km_s[k], path.v_km_s[k + 1]
    partial = (at_s - path.t_s[k]) * (v0 + share * (v1 - v0) / 2)
    return float(path.path_km[k] + partial)


def idl_path_km(
    t_s: Floats,
    v_km_s: Floats,
    start_s: float,
    stop_s: float,
    *,
    approaching: bool,
    pad_s: float = IDL_PAD_S,
) -> tuple[Floats, Floats]:
    """Displacement as the original IDL procedure has it, for comparison.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
    v_km_s : (time,) ndarray [km/s]
    start_s, stop_s : float [s]
        Interval; `pad_s` is added at both ends.
    approaching : bool
        The spacecraft nears the boundary: time runs backward, from the crossing at the end.
    pad_s : float [s]

    Returns
    -------
    t_s : (sample,) ndarray [s]
        Ascending.
    distance_km : (sample,) ndarray [km]
        Absolute value of the trapezoid since the first sample, or since the last when approaching.

    Raises
    ------
    InsufficientData
        No sample is in the window.
    """
    used = (t_s >= start_s - pad_s) & (t_s <= stop_s + pad_s) & np.isfinite(v_km_s)
    if not used.any():
        raise InsufficientData("no speed in the window", why=f"{start_s - pad_s} to {stop_s + pad_s} s")
    path = running_integral(t_s[used], v_km_s[used])
    return t_s[used], np.abs(path - (path[-1] if approaching else path[0]))
