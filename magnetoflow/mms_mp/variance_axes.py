"""Axes by variance as normals and as L, M, N of an event, with their signs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, outward, unit
from magnetoflow.mms_mp.turns import tilts_of
from magnetoflow.mms_mp.variance import Variance

BOOTSTRAP_WIDER = 1.5
"""The formula takes noise to be alike along all axes and B . N constant: where the bootstrap finds errors so
much wider, it knows better."""
Interval = tuple[np.datetime64, np.datetime64]


def stated_turns(variance: Variance, excess: Floats | None = None) -> Floats:
    """Covariance of the turns to state: by formula, or by bootstrap where that is much wider.

    Parameters
    ----------
    variance : Variance
    excess : (2,) ndarray [rad^2], optional
        To add to the turns about the first and the second axis.

    Returns
    -------
    (3, 3) ndarray [rad^2]
    """
    turns = variance.covariance.copy()
    tilt, found = turns[:2, :2], variance.bootstrap[:2, :2]
    if np.trace(found) > BOOTSTRAP_WIDER**2 * np.trace(tilt):
        turns[:2, :2] = found
    if excess is not None:
        turns[[0, 1], [0, 1]] += excess
    return turns


def lmn_of(
    variance: Variance, position_km: Floats, interval: Interval, turns: Floats, unreliable: str
) -> Lmn:
    """Axes by variance with their signs: N outward, L northward.

    Parameters
    ----------
    variance : Variance
    position_km : (3,) ndarray [km]
    interval : tuple of datetime64
    turns : (3, 3) ndarray [rad^2]
        About the rows of `variance.axes`.
    unreliable : str
        Why, or empty.

    Returns
    -------
    Lmn
        ``mva``, or ``mva_bn0``.
    """
    n = outward(variance.axes[2], position_km)
    along = north(variance.axes[0])
    matrix = np.stack([along, np.cross(n, along), n])
    signs = np.sign(np.sum(matrix * variance.axes, axis=1))
    return Lmn(
        matrix,
        "mva_bn0" if variance.constraint else "mva",
        unreliable,
        turns * np.outer(signs, signs),
        *interval,
        variance.eigenvalues_nt2,
        float(n @ variance.mean_nt),
        variance.b_n_error_nt,
        not unreliable,
        variance.constraint,
    )


def axes_across(n: Floats, along: Floats) -> Floats:
    """Rows L, M, N with L along the part of a vector across N, northward."""
    first = north(unit(along - (along @ n) * n))
    return np.stack([first, np.cross(n, first), n])


def north(axis: Floats) -> Floats:
    """L of the sign with L.Z >= 0."""
    return -axis if axis[2] < 0 else axis


def normal_of(
    lmn: Lmn, probe: int | None, variance: Variance, quality: Mapping[str, float] | None = None
) -> Normal:
    """N of axes by variance as a normal, with what judges it."""
    formula, bootstrap = (
        float(np.rad2deg(np.sqrt(max(one[0, 0], one[1, 1])))) if np.isfinite(one).all() else np.nan
        for one in (variance.covariance, variance.bootstrap)
    )
    judged = {
        "ratio_12": variance.ratios[0],
        "ratio_23": variance.ratios[1],
        "independent": variance.independent,
        "formula_deg": formula,
        "bootstrap_deg": bootstrap,
        "block_s": variance.block_s,
        "b_n_nt": lmn.b_n_nt,
        "b_n_error_nt": lmn.b_n_error_nt,
        **(quality or {}),
    }
    return Normal(
        lmn.method, probe, lmn.matrix[2], tilts_of(lmn.covariance, lmn.matrix), lmn.start, lmn.stop,
        points=variance.points, quality=judged, reliable=lmn.reliable, reason=lmn.reason,
    )  # fmt: skip


def why_not(variance: Variance, least: tuple[float, float]) -> str:
    """Why axes by variance are not reliable; empty where they are."""
    parts = [
        f"l{i}/l{i + 1} is {found:.2g}, {asked:g} is needed"
        for i, (found, asked) in enumerate(zip(variance.ratios, least, strict=True), start=1)
        if not found >= asked
    ]
    return "; ".join(parts)
