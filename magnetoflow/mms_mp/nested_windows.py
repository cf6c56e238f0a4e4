"""Axes by variance of the windows of a crossing, and how they change with the length of the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, angle_deg, unknown_normal
from magnetoflow.mms_mp.turns import tilts_of
from magnetoflow.mms_mp.variance import Variance, minimum_variance
from magnetoflow.mms_mp.variance_axes import Interval, lmn_of, normal_of, stated_turns, why_not
from magnetoflow.mms_mp.windows import Windows

SIGNIFICANT = 3.0
"""A normal field of so many errors is there, and a constraint that it vanishes is wrong."""
SCATTER_WIDER = 3.0
"""Normals whose scatter exceeds their variance so many times do not estimate one normal."""
NEAR = 0.5, 1.5
"""Windows of these lengths, times the window, are asked whether the normal depends on the length."""


@dataclass(frozen=True)
class ByVariance:
    """Axes by variance of one spacecraft, or of several together.

    Attributes
    ----------
    probe : int or None
        None for several.
    probes : tuple of int
    free : Variance
    lmn : Lmn
    held : Lmn or None
        With ``<B_n> = 0``.
    normals : tuple of Normal
        Free, and with ``<B_n> = 0``.
    nested : list of (half length [s], Variance)
    """

    probe: int | None
    probes: tuple[int, ...]
    free: Variance
    lmn: Lmn
    held: Lmn | None
    normals: tuple[Normal, ...]
    nested: list[tuple[float, Variance]]


def by_variance(
    windows: Windows,
    probe: int | None,
    position_km: Floats,
    interval: Interval,
    *,
    parts: Sequence[Variance] = (),
    least: tuple[float, float],
    offset_error_nt: float,
    nested: tuple[float, ...],
    resamples: int,
    seed: int,
) -> ByVariance:
    """Find axes by variance, free and with ``<B_n> = 0``, in windows of several lengths.

    Parameters
    ----------
    windows : Windows
    probe : int or None
    position_km : (3,) ndarray [km]
    interval : tuple of datetime64
    parts : sequence of Variance
        Of the spacecraft one by one: where their normals differ, the error of all together is wider.
    least : tuple of float
        l1/l2 and l2/l3 from which on the axes are reliable.
    offset_error_nt : float [nT]
        Of the mean of the spacecraft, in the error of B_N.
    nested : tuple of float
        Lengths of further windows, times the window.
    resamples, seed : int
        Of the block bootstrap.

    Raises
    ------
    InsufficientData
        See :func:`magnetoflow.mms_mp.variance.minimum_variance`.
    """
    b, cadence = windows.scaled(1.0), windows.cadence_s
    free = minimum_variance(b, cadence_s=cadence, resamples=resamples, seed=seed)
    others = nested_axes(windows, nested)
    half = float(windows.half_s.mean())
    near = [one for one in others if NEAR[0] * half <= one[0] <= NEAR[1] * half]
    excess = np.maximum(scatter_excess(free, [one for _, one in near]), scatter_excess(free, parts))
    turns = stated_turns(free, excess)
    lmn = lmn_of(free, position_km, interval, turns, why_not(free, least))
    lmn = replace(lmn, b_n_error_nt=b_n_error(free, tilts_of(turns, free.axes), offset_error_nt))
    apart = [angle_deg(one.axes[2], free.axes[2], axes=True) for _, one in near]
    normals = [normal_of(lmn, probe, free, {"nested_deg": max(apart, default=np.nan)})]
    held = None
    try:
        zero = minimum_variance(b, cadence_s=cadence, zero_b_n=True)
    except InsufficientData as error:
        normals.append(unknown_normal("mva_bn0", error.what, probe))
    else:
        why = why_not(zero, least) or _crossed(lmn)
        held = lmn_of(zero, position_km, interval, stated_turns(zero), why)
        normals.append(normal_of(held, probe, zero))
    rows = sorted([*others, (half, free)], key=lambda one: one[0])
    return ByVariance(probe, windows.probes, free, lmn, held, tuple(normals), rows)


def _crossed(lmn: Lmn) -> str:
    """Why <B_n> = 0 does not hold: the field along the free normal; empty where that may be zero."""
    if not (lmn.reliable and abs(lmn.b_n_nt) > SIGNIFICANT * lmn.b_n_error_nt):
        return ""
    return f"<B_n> = 0 does not hold: B_N by variance is {lmn.b_n_nt:.2f} +- {lmn.b_n_error_nt:.2f} nT"


def b_n_error(variance: Variance, tilts: Floats, offset_error_nt: float) -> float:
    """1-sigma error of the mean field along a normal [nT].

    Parameters
    ----------
    variance : Variance
        Free; its noise along x3 stands for that along the normal.
    tilts : (3, 3) ndarray [rad^2]
        Covariance of the normal.
    offset_error_nt : float [nT]
    """
    tilted = float(variance.mean_nt @ tilts @ variance.mean_nt)
    return float(np.sqrt(variance.mean_error_nt**2 + tilted + offset_error_nt**2))


def nested_axes(windows: Windows, factors: tuple[float, ...]) -> list[tuple[float, Variance]]:
    """Axes of windows of other lengths about the same middles; those with too little data are left out.

    Returns
    -------
    list of (half length [s], Variance)
        The half length is the mean over the spacecraft.
    """
    found = []
    for factor in factors:
        try:
            one = minimum_variance(windows.scaled(factor), cadence_s=windows.cadence_s)
        except InsufficientData:
            continue
        found.append((factor * float(windows.half_s.mean()), one))
    return found


def scatter_excess(variance: Variance, others: Sequence[Variance]) -> Floats:
    """Variance of tilts between normals beyond what their own errors make.

    Parameters
    ----------
    variance : Variance
    others : sequence of Variance
        That should have the same normal: of windows near its length, or of the spacecraft one by one.

    Returns
    -------
    (2,) ndarray [rad^2]
        For the turns about the first two rows of `variance.axes`; zero where they agree.
    """
    if not others:
        return np.zeros(2)
    tilts = np.array([variance.axes[[1, 0]] @ one.axes[2] for one in others])
    squares = np.square(tilts).mean(axis=0)  # toward the second row: the turn about the first
    errors = np.mean([np.diag(one.covariance)[:2] for one in others], axis=0)
    apart = squares.sum() > SCATTER_WIDER * errors.sum()
    return np.maximum(squares - errors, 0.0) if apart else np.zeros(2)


def nested_rows(probe: int, nested: list[tuple[float, Variance]], chosen: Floats) -> list[dict[str, float]]:
    """Rows of `Orientation.nested` for one spacecraft; probe 0: all of them. Errors are without offsets."""
    rows = []
    for half, one in nested:
        sign = 1.0 if one.axes[2] @ chosen >= 0 else -1.0
        rows.append(
            {
                "probe": float(probe),
                "half_window_s": half,
                "points": float(one.points),
                "ratio_12": one.ratios[0],
                "ratio_23": one.ratios[1],
                "angle_deg": angle_deg(sign * one.axes[2], chosen),
                "error_deg": float(np.rad2deg(np.sqrt(max(one.covariance[0, 0], one.covariance[1, 1])))),
                "b_n_nt": sign * one.b_n_nt,
                "b_n_error_nt": one.b_n_error_nt,
            }
        )
    return rows
