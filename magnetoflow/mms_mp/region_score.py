"""Blended score of the three regions from B_L, density and He+, with the weights of the earlier toolkit."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.detection import DetectionOptions
from magnetoflow.mms_mp.plateaus import plateaus


def region_scores(
    t_s: Floats,
    b_l_nt: Floats,
    options: DetectionOptions,
    *,
    log_n: Floats | None = None,
    heplus: Floats | None = None,
    fraction: Floats | None = None,
) -> Floats:
    """Scores of magnetosphere, layer and sheath, 0 to 1.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
    b_l_nt : (time,) ndarray [nT]
        Smoothed; without NaN.
    options : DetectionOptions
    log_n : (time,) ndarray, optional
        Natural logarithm of the density in cm^-3, smoothed over `jump_scale_s`.
    heplus, fraction : (time,) ndarray, optional [cm^-3], [1]
        Density of He+ and its share of all ions; NaN where missing.

    Returns
    -------
    (time, 3) ndarray

    Notes
    -----
    Magnetosphere ``0.45 he_in + 0.25 frac_in + 0.20 (1 - b_sheath) + 0.10 (1 - jump)``, sheath
    ``0.45 he_out + 0.25 frac_out + 0.20 b_sheath + 0.10 jump``, layer ``0.40 b_neutral + 0.30 b_rotation +
    0.30 min(he_in, he_out)``. Each term is a soft step from 0 to 1 at its threshold. Terms without data are
    left out and the rest is scaled to a sum of weights of 1.
    """
    nothing = np.full(len(t_s), np.nan)
    he, part, density = (nothing if one is None else one for one in (heplus, fraction, log_n))
    b_sheath = _soft(-b_l_nt - options.tolerance_nt, options.flip_sigma_nt)
    b_neutral = _soft(options.tolerance_nt - np.abs(b_l_nt), options.flip_sigma_nt)
    slope = np.abs(np.gradient(b_l_nt, t_s)) if len(t_s) > 1 else np.zeros(len(t_s))
    rotation = _soft(slope - options.gradient_nt_s, options.gradient_sigma_nt_s)
    jump = _soft(density - plateaus(density)[0] - np.log(options.jump_ratio), options.jump_sigma)
    he_in = _soft(he - options.heplus_in_cm3, options.heplus_sigma_cm3)
    he_out = _soft(options.heplus_out_cm3 - he, options.heplus_sigma_cm3)
    part_in = _soft(part - options.fraction_in, options.fraction_sigma)
    part_out = _soft(options.fraction_out - part, options.fraction_sigma)
    magnetosphere = _blend((0.45, he_in), (0.25, part_in), (0.20, 1 - b_sheath), (0.10, 1 - jump))
    layer = _blend((0.40, b_neutral), (0.30, rotation), (0.30, np.minimum(he_in, he_out)))
    sheath = _blend((0.45, he_out), (0.25, part_out), (0.20, b_sheath), (0.10, jump))
    return np.stack([magnetosphere, layer, sheath], axis=1)


def _soft(excess: Floats, sigma: float) -> Floats:
    """Step from 0 to 1; NaN stays."""
    return np.asarray((1 + np.tanh(excess / sigma)) / 2)


def _blend(*terms: tuple[float, Floats]) -> Floats:
    weights = np.stack([np.where(np.isfinite(values), weight, 0.0) for weight, values in terms])
    values = np.stack([np.where(np.isfinite(values), values, 0.0) for _, values in terms])
    return np.asarray((weights * values).sum(axis=0) / weights.sum(axis=0))


def winner(scores: Floats, margin: float) -> Floats:
    """Level of the region with the largest score: 1, 0 or -1; another takes over with a lead of `margin`."""
    levels: list[float] = []
    held = -1
    for row, best in zip(scores.tolist(), scores.argmax(axis=1).tolist(), strict=True):
        if held < 0 or row[best] > row[held] + margin:
            held = best
        levels.append(1.0 - held)
    return np.array(levels)
