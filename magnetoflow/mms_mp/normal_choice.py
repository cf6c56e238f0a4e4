"""Which of several normals is taken, and how far they are from one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from magnetoflow.mms_mp.axes import Orientation
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, angle_deg, unknown_normal

CANDIDATES = ("mva", "hybrid", "timing", "curlometer")
"""What ``auto`` chooses from: methods that measure the normal. ``mva_bn0`` and the models assume it; CTA, DA
and MTV are made of the same times as timing, or of the axes by variance."""
MODEL = "shue1998"
ASSUMED = ("shue1997", MODEL, "given", "published")
"""What no measurement makes doubtful."""
NOT_AT_HAND = "not at hand"
FAR_SIGMA = 3.0
"""Candidates farther from the chosen one than so many errors are named."""


def chosen_normal(
    normals: Sequence[Normal],
    method: str,
    *,
    largest_error_deg: float = 20.0,
    largest_model_angle_deg: float = 60.0,
) -> tuple[Normal, str]:
    """Take the normal that was asked for, or the best one.

    Parameters
    ----------
    normals : sequence of Normal
        With that of `MODEL`.
    method : str
        ``auto``, or of a normal.
    largest_error_deg, largest_model_angle_deg : float [deg]
        ``auto`` takes no normal with a larger stated error, or farther from the model.

    Returns
    -------
    normal : Normal
        Of several spacecraft where there is one, else of a single one. Not reliable where only the model is
        left.
    reason : str
    """
    before = ""
    if method != "auto":
        asked = _of(normals, method)
        if np.isfinite(asked.n).all():
            return asked, f"{method} as asked" + ("" if asked.reliable else f", not reliable: {asked.reason}")
        before = f"{method} was asked: {asked.reason}; "
    model = _of(normals, MODEL)
    doubts = {
        one.method: _doubt(one, model, largest_error_deg, largest_model_angle_deg)
        for one in (_of(normals, candidate) for candidate in CANDIDATES)
    }
    usable = [_of(normals, candidate) for candidate, doubt in doubts.items() if not doubt]
    if not usable:
        why = "; ".join(f"{one}: {doubt}" for one, doubt in doubts.items() if doubt != NOT_AT_HAND)
        reason = f"{before}no reliable normal from data{f' ({why})' if why else ''}: the model"
        return Normal(MODEL, None, model.n, model.covariance, reliable=False, reason=reason), reason
    best = min(usable, key=lambda one: one.error_deg)
    errors = ", ".join(f"{one.method} {one.error_deg:.2g}" for one in usable)
    reason = f"{before}smallest error of {errors} deg"
    for one in usable:
        apart = angle_deg(one.n, best.n)
        sigma = apart / max(float(np.hypot(one.error_deg, best.error_deg)), 1e-12)
        if one is not best and sigma > FAR_SIGMA:
            reason += f"; {one.method} is {apart:.2g} deg away ({sigma:.0f} sigma)"
    return best, reason


def angles_table(orientation: Orientation) -> list[dict[str, Any]]:
    """One row per normal: what it is, and how far from the chosen one.

    Parameters
    ----------
    orientation : Orientation

    Returns
    -------
    list of dict
        ``method``, ``probe`` (None for several), ``n_x``, ``n_y``, ``n_z``, ``error_deg``, ``start``,
        ``stop``, ``points``, ``speed_km_s``, ``speed_error_km_s``, ``angle_deg`` to the chosen N, ``sigma``
        (that angle over both errors), ``chosen``, ``reliable``, ``reason``.
    """
    chosen = orientation.lmn
    own = float(np.rad2deg(np.sqrt(max(chosen.covariance[0, 0], chosen.covariance[1, 1]))))
    rows = []
    for one in orientation.normals:
        apart = angle_deg(one.n, chosen.matrix[2])
        same = one.method == chosen.method and np.array_equal(one.n, chosen.matrix[2])
        both = float(np.hypot(one.error_deg, own))
        rows.append(
            {
                "method": one.method, "probe": one.probe,
                "n_x": float(one.n[0]), "n_y": float(one.n[1]), "n_z": float(one.n[2]),
                "error_deg": one.error_deg, "start": one.start, "stop": one.stop, "points": one.points,
                "speed_km_s": one.speed_km_s, "speed_error_km_s": one.speed_error_km_s,
                "angle_deg": apart, "sigma": 0.0 if same else apart / both if both > 0 else np.nan,
                "chosen": same, "reliable": one.reliable, "reason": one.reason,
            }
        )  # fmt: skip
    return rows


def angle_matrix(normals: Sequence[Normal]) -> tuple[list[str], Floats]:
    """Angles between all pairs of normals.

    Parameters
    ----------
    normals : sequence of Normal

    Returns
    -------
    labels : list of str
        ``mva``, or ``mva mms1`` for one spacecraft.
    angles : (normal, normal) ndarray [deg]
        NaN where one is unknown.
    """
    labels = [one.method + ("" if one.probe is None else f" mms{one.probe}") for one in normals]
    return labels, np.array([[angle_deg(a.n, b.n) for b in normals] for a in normals])


def doubted(
    normals: Sequence[Normal], largest_error_deg: float = 20.0, largest_model_angle_deg: float = 60.0
) -> list[Normal]:
    """Call normals from data not reliable that are hardly known, or far from the model."""
    model = next((one for one in normals if one.method == MODEL), None)
    if model is None:
        return list(normals)
    judged = []
    for one in normals:
        why = ""
        if one.reliable and one.method not in ASSUMED:
            why = _doubt(one, model, largest_error_deg, largest_model_angle_deg)
        judged.append(replace(one, reliable=False, reason=why) if why else one)
    return judged


def _doubt(one: Normal, model: Normal, largest_error_deg: float, largest_model_angle_deg: float) -> str:
    """Why a candidate is not taken; empty where it may be."""
    if not one.reliable:
        return one.reason
    if not one.error_deg <= largest_error_deg:
        return f"its error is {one.error_deg:.2g} deg"
    apart = angle_deg(one.n, model.n)
    return f"it is {apart:.0f} deg from the model" if apart > largest_model_angle_deg else ""


def _of(normals: Sequence[Normal], method: str) -> Normal:
    """Find the normal of a method: of several spacecraft, else of the only one; else unknown."""
    found = [one for one in normals if one.method == method]
    several = [one for one in found if one.probe is None]
    if several:
        return several[0]
    if len(found) == 1:
        return found[0]
    why = "; ".join(sorted({one.reason for one in found if one.reason})) or NOT_AT_HAND
    return unknown_normal(method, why)
