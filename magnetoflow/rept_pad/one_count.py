"""Flux that one count stands for, estimated from the data themselves."""

from __future__ import annotations

import numpy as np

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.rept_pad.data import Floats, Singles
from magnetoflow.rept_pad.folding import folding

FEW = 30.0
"""Only fluxes of at most so many counts show steps that differ from rounding."""
OFF_STEP = 0.02
"""Mean distance from whole steps, in steps, that still counts as steps; no steps give 0.25."""
NEEDED = 30
"""Fluxes, or pairs of them, that an estimate needs."""


def one_count_from_data(flux: Singles, angle_deg: Floats, energy_mev: Floats) -> Floats:
    """Estimate the flux of one count in one bin of each channel.

    Counts are whole, so that low fluxes come in steps; where they do not (fluxes that were averaged), it is
    the variance of the difference of left and right of 90 degrees over their sum, as for counts (Poisson).

    Parameters
    ----------
    flux : (t, angle, energy) ndarray [any]
    angle_deg : (angle,) ndarray [deg]
    energy_mev : (energy,) ndarray [MeV]

    Returns
    -------
    (energy,) ndarray [as given]

    Raises
    ------
    InsufficientData
        A channel shows neither.
    """
    found = np.array([_step(flux[:, :, e]) for e in range(flux.shape[2])])
    for e in np.flatnonzero(np.isnan(found)):
        found[e] = _scatter(flux[:, :, e], angle_deg)
    lost = ~np.isfinite(found)
    if lost.any():
        raise InsufficientData(
            "the flux of one count cannot be estimated",
            why=f"too few low fluxes at {', '.join(f'{one:g}' for one in energy_mev[lost])} MeV",
            todo="set prepare.counts to geometry, or give one flux for each channel",
        )
    return found


def _step(flux: Singles) -> float:
    """Step of the low fluxes of one channel, NaN where they come in none."""
    values = np.sort(flux[np.isfinite(flux) & (flux > 0)]).astype(float)
    if len(values) < NEEDED:
        return np.nan
    jumps = np.diff(np.concatenate([[0.0], values]))
    jumps = jumps[(jumps > 1e-4 * values) & (values <= FEW * values[0])]
    guess = jumps.min() if len(jumps) else np.nan
    low = values[values <= FEW * guess]
    number = np.round(low / guess)
    if len(low) < NEEDED or np.mean(np.abs(low / guess - number)) > OFF_STEP:
        return np.nan
    return float(low.sum() / number.sum())


def _scatter(flux: Singles, angle_deg: Floats) -> float:
    """Variance of left less right over their sum, from the fainter half of the pairs of one channel."""
    try:
        how = folding(angle_deg)
    except VariableError:
        return np.nan
    pairs = np.flatnonzero(how.left != how.right)
    left, right = flux[:, how.left[pairs]].astype(float), flux[:, how.right[pairs]].astype(float)
    total = left + right
    used = np.isfinite(total) & (total > 0)
    if used.sum() < NEEDED:
        return np.nan
    used &= total <= np.median(total[used])
    return float(((left - right)[used] ** 2).sum() / total[used].sum())
