"""Mean distribution of each class from sums over pairs of angles, its error, and quantiles of the records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.pad_sums import LOG_EDGES, PadSums

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIRST_ROUNDS, ROUNDS = 5, 30
TOLERANCE = 1e-7
LEAST = 1e-9
"""Share of the mean of all pairs that each pair has at least, so that logarithms exist."""
FEWEST_GROUPS = 4
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class MeanPads:
    """Mean distributions; NaN where an angle was never seen, or no record is above the background.

    Attributes
    ----------
    angle_deg, energy_mev : (angle,), (energy,) ndarray [deg, MeV]
    mean, mean_error : (class, angle, energy) ndarray [1]
        Largest value 1. Every count alike: strong records weigh more. Background is subtracted. The error, of
        the shape with its sum held, is from groups of orbits, and not less than that of counts.
    even, even_error : (class, angle, energy) ndarray [1]
        The same, every record with signal alike; in the scale of `mean`.
    flux : (class, angle, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Mean over the records of their level, times `mean`.
    quantiles : (3, class, angle, energy) ndarray [1]
        0.1, 0.5 and 0.9 of flux relative to the record's own level, in the scale of `mean`, noise of counts
        included; 0 where that many bins have no counts.
    seen, records : (class, angle, energy), (class, energy) ndarray of int64
        Records that see the angle; any angle.
    flux_90 : (class, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Mean over the records of the flux in the bin nearest to 90 degrees that they see.
    """

    angle_deg: Floats
    energy_mev: Floats
    mean: Floats
    mean_error: Floats
    even: Floats
    even_error: Floats
    flux: Floats
    quantiles: Floats
    seen: Integers
    records: Integers
    flux_90: Floats


def mean_pads(sums: PadSums, angle_deg: Floats, energy_mev: Floats, shapes: Floats | None = None) -> MeanPads:
    """Give the mean distributions.

    Parameters
    ----------
    sums : PadSums
    angle_deg, energy_mev : (angle,), (energy,) ndarray [deg, MeV]
    shapes : (class, angle, energy) ndarray or None
        As given to :func:`magnetoflow.rept_pad.pad_sums.pad_sums`: the scale of levels and histograms.
    """
    mean, spread = _with_groups(sums.pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        counted = mean * np.sqrt(sums.noise) / sums.flux
    error = np.fmax(np.nan_to_num(spread), counted)
    even, even_spread = _with_groups(sums.even_pairs)
    even_error = np.fmax(np.nan_to_num(even_spread), counted * even / mean)
    reference = np.ones_like(mean) if shapes is None else shapes.transpose(0, 2, 1)
    scale = _ratio(mean, reference)
    even_scale = _ratio(mean, even)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = sums.level / sums.records
        flux_90 = sums.flux_90 / sums.records
    quantiles = _quantiles(sums.histogram) * scale
    return MeanPads(
        angle_deg=angle_deg,
        energy_mev=energy_mev,
        mean=mean.transpose(0, 2, 1),
        mean_error=error.transpose(0, 2, 1),
        even=(even * even_scale).transpose(0, 2, 1),
        even_error=(even_error * even_scale).transpose(0, 2, 1),
        flux=(level[:, :, None] * mean / scale).transpose(0, 2, 1),
        quantiles=np.where(np.isfinite(mean), quantiles, np.nan).transpose(0, 1, 3, 2),
        seen=sums.seen.transpose(0, 2, 1),
        records=sums.records,
        flux_90=flux_90,
    )


def shape_from_pairs(pairs: Floats) -> Floats:
    """Shape g from sums over pairs of angles.

    Parameters
    ----------
    pairs : (..., angle, angle) ndarray
        Sum of the values at the first angle over records that see both, which is proportional to g of the
        first angle times their levels.

    Returns
    -------
    (..., angle) ndarray
        Largest value 1; NaN for angles never seen. Solves sum_b R_ab = g_a sum_b (R_ab + R_ba)/(g_a + g_b),
        the most likely shape where each pair shares its counts as g_a : g_b (Bradley & Terry 1952,
        10.1093/biomet/39.3-4.324), by steps of Hunter (2004, 10.1214/aos/1079120141), then of Newton. Where
        all records see all angles, it is the plain sum.
    """
    angles = pairs.shape[-1]
    seen = (pairs != 0) | (np.swapaxes(pairs, -1, -2) != 0)
    seen &= ~np.eye(angles, dtype=np.bool_)
    scale = np.where(seen, np.maximum(pairs, 0.0), 0.0).sum(axis=(-2, -1), keepdims=True)
    scale /= np.maximum(seen.sum(axis=(-2, -1), keepdims=True), 1)
    known = seen.any(axis=-1) & (scale[..., 0] > 0)
    won = np.where(seen, np.maximum(pairs, 0.0) / np.where(scale > 0, scale, 1.0) + LEAST, 0.0)
    both, total = won + np.swapaxes(won, -1, -2), won.sum(axis=-1)
    g = np.where(known, total / np.maximum(seen.sum(axis=-1), 1), 0.0)
    for _ in range(FIRST_ROUNDS):
        pair = g[..., :, None] + g[..., None, :]
        g = total / np.maximum((both / np.where(pair > 0, pair, 1.0)).sum(axis=-1), 1e-300)
        g /= np.maximum(g.max(axis=-1, keepdims=True), 1e-300)
    log = np.log(np.where(known, g, 1.0))
    for _ in range(ROUNDS):
        step = _newton_step(log, both, total, known)
        log += step
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            break
    log -= np.where(known, log, -np.inf).max(axis=-1, keepdims=True, initial=-1e300)
    return np.where(known, np.exp(np.where(known, log, 0.0)), np.nan)


def _newton_step(log: Floats, both: Floats, total: Floats, known: NDArray[np.bool_]) -> Floats:
    """Step of ln g towards the most likely shape; the mean of ln g stays."""
    chance = 1.0 / (1.0 + np.exp(np.clip(log[..., None, :] - log[..., :, None], -700, 700)))
    pull = np.where(known, total - (both * chance).sum(axis=-1), 0.0)
    shared = both * chance * (1.0 - chance)
    matrix = -shared
    index = np.arange(log.shape[-1])
    matrix[..., index, index] += shared.sum(axis=-1) + np.where(known, 0.0, 1.0)
    matrix += np.where(known[..., :, None] & known[..., None, :], 1.0 / log.shape[-1], 0.0)
    # angles whose pairs share next to nothing: the matrix must still be regular
    matrix[..., index, index] += 1e-12
    step = np.linalg.solve(matrix, pull[..., None])[..., 0]
    return np.clip(step, -1.0, 1.0)


def _with_groups(pairs: Floats) -> tuple[Floats, Floats]:
    """Shape of all groups, and its error by leaving out one group after the other (jackknife)."""
    total = pairs.sum(axis=0)
    mean = shape_from_pairs(total)
    filled = np.flatnonzero(pairs.any(axis=(1, 2, 3, 4)))
    if len(filled) < FEWEST_GROUPS:
        return mean, np.full_like(mean, np.nan)
    left = shape_from_pairs(total - pairs[filled])
    left *= _ratio(mean, left)
    used = np.asarray(pairs[filled].any(axis=(3, 4)))[..., None]
    number = used.sum(axis=0)
    around = np.where(used, left - mean, 0.0)
    spread = np.sqrt((number - 1) / np.maximum(number, 1) * (around**2).sum(axis=0))
    return mean, np.where(number >= FEWEST_GROUPS, spread, np.nan)


def _ratio(first: Floats, second: Floats) -> Floats:
    """Factor that gives `second` the scale of `first`, from the angles that both have."""
    both = np.isfinite(first) & np.isfinite(second)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(both, first, 0.0).sum(axis=-1, keepdims=True)
        return np.asarray(found / np.where(both, second, 0.0).sum(axis=-1, keepdims=True))


def _quantiles(histogram: Integers) -> Floats:
    """Quantiles of the relative flux, (3, class, energy, angle)."""
    below = np.cumsum(histogram, axis=-1)
    total = below[..., -1]
    out = np.full((len(QUANTILES), *total.shape), np.nan)
    step = LOG_EDGES[1] - LOG_EDGES[0]
    for number, share in enumerate(QUANTILES):
        wanted = share * total
        place = (below < wanted[..., None]).sum(axis=-1)
        place = np.minimum(place, histogram.shape[-1] - 1)
        inside = np.take_along_axis(histogram, place[..., None], axis=-1)[..., 0]
        before = np.take_along_axis(below, place[..., None], axis=-1)[..., 0] - inside
        part = (wanted - before) / np.maximum(inside, 1)
        value = np.exp(LOG_EDGES[0] + (place + part) * step)
        out[number] = np.where(total > 0, np.where(place == 0, 0.0, value), np.nan)
    return out
