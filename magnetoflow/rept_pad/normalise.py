"""Distributions as vectors without their level: the four normalisations of the vector reductions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import Floats, Prepared, Singles, take

NORMALISATIONS = ("max", "energy-max", "90", "log")
ROWS = 32768
"""Records worked on at a time."""
SCATTER = 0.3
"""Scatter of shapes in ln flux, against which the noise of counts is weighed in ``log``."""


def vectors(p: Prepared, normalise: str, *, floor: float = 1e-3, fill: Floats | None = None) -> Singles:
    """Flatten normalised distributions.

    Parameters
    ----------
    p : Prepared
    normalise : str
        ``max``: over the largest flux of the record, all angles and energies; ``energy-max``: each energy
        over its largest; ``90``: each energy over its bin nearest 90 degrees that is measured (above 1 for a
        butterfly); ``log``: log10 of the flux above the background less its mean over angles by counts,
        drawn towards `fill` by noise: N/(N + 1/SCATTER^2) of the difference stays. But for ``max``, energies
        without signal are missing.
    floor : float [1]
        Lowest flux, over the largest of its energy, that ``log`` takes for itself.
    fill : (angle*energy,) ndarray, optional
        What stands for missing bins: :func:`mean_vector` of the records that a model was fitted to. Left out:
        of the records given.

    Returns
    -------
    (n, angle*energy) ndarray of float32 [1]
        C order: all energies of the first angle, then of the next.

    Raises
    ------
    ConfigError
        Unknown `normalise`, or a `fill` of another length.
    """
    if normalise not in NORMALISATIONS:
        raise ConfigError(
            "unknown normalisation",
            where="rept_pad.reduce.normalise",
            why=f"{', '.join(NORMALISATIONS)} were expected, found {normalise!r}",
        )
    size = p.flux.shape[1] * p.flux.shape[2]
    middle = mean_vector(p, normalise, floor=floor) if fill is None else np.asarray(fill)
    if middle.shape != (size,):
        raise ConfigError(
            "the mean vector does not fit the grid",
            why=f"{size} numbers were expected, found an array of shape {middle.shape}",
        )
    out = np.empty((len(p), size), dtype=np.float32)
    for first in range(0, len(p), ROWS):
        some = take(p, slice(first, first + ROWS))
        values, weight = _normalised(some, normalise, floor)
        offset = (values.reshape(-1, size) - middle) * _kept(weight, normalise).reshape(-1, size)
        out[first : first + ROWS] = middle + np.where(np.isfinite(offset), offset, 0)
    return out


def mean_vector(p: Prepared, normalise: str, *, floor: float = 1e-3) -> Floats:
    """Mean of each bin over the records that have it, by counts for ``log``.

    Returns
    -------
    (angle*energy,) ndarray [1]
        0 for a bin that no record has.
    """
    size = p.flux.shape[1] * p.flux.shape[2]
    total, number = np.zeros(size), np.zeros(size)
    for first in range(0, len(p), ROWS):
        values, weight = _normalised(take(p, slice(first, first + ROWS)), normalise, floor)
        kept = np.where(np.isfinite(values), _kept(weight, normalise), 0)
        total += np.where(kept > 0, values * kept, 0).sum(axis=0, dtype=float).ravel()
        number += kept.sum(axis=0, dtype=float).ravel()
    return np.asarray(np.divide(total, number, out=np.zeros(size), where=number > 0))


def _kept(counts: Singles, normalise: str) -> Singles:
    """Share of a difference from the mean that stays."""
    return counts / (counts + np.float32(SCATTER**-2)) if normalise == "log" else np.ones_like(counts)


def _normalised(p: Prepared, normalise: str, floor: float) -> tuple[Singles, Singles]:
    """(n, angle, energy): values, NaN where missing, and counts."""
    if normalise == "max":
        level = _largest(p.flux, (1, 2))
        return p.flux / level, p.counts
    flux: Singles = np.where(p.signal[:, None, :], p.flux, np.float32(np.nan)).astype(np.float32)
    if normalise == "energy-max":
        return flux / _largest(flux, (1,)), p.counts
    if normalise == "90":
        level = _nearest_90(flux, p.angle_deg)
        return flux / level, p.counts
    return _logs(p, flux, floor)


def _logs(p: Prepared, flux: Singles, floor: float) -> tuple[Singles, Singles]:
    under = p.floor.astype(np.float32) if len(p.floor) else np.float32(0)
    net = flux - under
    logs = np.log10(np.maximum(net, np.float32(floor) * _largest(net, (1,))))
    share = np.clip(np.divide(net, flux, out=np.zeros_like(flux), where=flux > 0), 0, 1)
    counts = np.where(np.isfinite(logs), p.counts * share**2, 0).astype(np.float32)
    total = counts.sum(axis=1, keepdims=True)
    mean = np.where(counts > 0, logs * counts, 0).sum(axis=1, keepdims=True) / np.where(
        total > 0, total, np.nan
    )
    return (logs - mean).astype(np.float32), counts


def _largest(flux: Singles, axis: tuple[int, ...]) -> Singles:
    """Largest flux, NaN where nothing is above 0."""
    most = np.max(flux, axis=axis, keepdims=True, initial=0, where=np.isfinite(flux))
    most[~(most > 0)] = np.nan
    return np.asarray(most, dtype=np.float32)


def _nearest_90(flux: Singles, angle_deg: Floats) -> NDArray[np.float32]:
    """(n, 1, energy): flux of the measured bin nearest to 90 degrees, NaN where it is 0."""
    order = np.argsort(np.abs(angle_deg - 90), kind="stable")
    near = np.isfinite(flux[:, order]).argmax(axis=1)
    level = np.take_along_axis(flux, order[near][:, None, :], axis=1)
    level[~(level > 0)] = np.nan
    return level
