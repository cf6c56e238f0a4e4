"""Sums behind the mean distribution of each class, that do not depend on which records saw which angles.

Off the equator a record does not see the highest equatorial pitch angles, and the direction of B hides
others. A plain mean over the records that saw an angle would follow the levels of just these records. With
j = A g(a), A of the record and g of the class, each *pair* of angles that a record sees says g(a)/g(b)
whatever A is; so the sums are taken over pairs: of the flux at `a` over the records that see `a` and `b`.
They are of fixed size, they add over parts, and they keep groups of orbits apart, for errors (delete-a-group
jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.pad_fits import Levels

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GROUPS = 16
LOG_EDGES = np.round(np.arange(-8.0, 2.5001, 0.05), 2)
"""Edges of the histogram of ln flux relative to the record's own level; the first bin takes all below."""
ROWS = 8192


@dataclass(frozen=True)
class PadSums:
    """Sums of one part; all but the first two by class and energy.

    Attributes
    ----------
    pairs : (group, class, energy, angle, angle) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux above the background at the first angle, over records that see both.
    even_pairs : (group, class, energy, angle, angle) ndarray [1]
        The same of flux relative to the record's mean, records with signal only: all count alike.
    seen : (class, energy, angle) ndarray of int64
        Records that see the angle.
    noise : (class, energy, angle) ndarray [(cm^-2 s^-1 sr^-1 MeV^-1)^2]
        Variance of the sum of flux over these, from counts.
    flux : (class, energy, angle) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Sum of flux over these.
    records, with_signal : (class, energy) ndarray of int64
        Records that see any angle; those above the background.
    flux_90 : (class, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Sum over `records` of the flux in the bin nearest to 90 degrees that each sees.
    level : (class, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Sum over `records` of the level A, with the shapes given.
    histogram : (class, energy, angle, bin) ndarray of int64
        Records with signal by ln of flux / A.
    """

    pairs: Floats
    even_pairs: Floats
    seen: Integers
    noise: Floats
    flux: Floats
    records: Integers
    with_signal: Integers
    flux_90: Floats
    level: Floats
    histogram: Integers


def empty_pad_sums(classes: int, angles: int, energies: int) -> PadSums:
    """Give the sums of no record."""
    by = (classes, energies)
    pairs = (GROUPS, *by, angles, angles)
    bins = len(LOG_EDGES) - 1
    return PadSums(
        pairs=np.zeros(pairs),
        even_pairs=np.zeros(pairs),
        seen=np.zeros((*by, angles), dtype=np.int64),
        noise=np.zeros((*by, angles)),
        flux=np.zeros((*by, angles)),
        records=np.zeros(by, dtype=np.int64),
        with_signal=np.zeros(by, dtype=np.int64),
        flux_90=np.zeros(by),
        level=np.zeros(by),
        histogram=np.zeros((*by, angles, bins), dtype=np.int64),
    )


def pad_sums(p: Prepared, column: Integers, shapes: Floats | None, levels: Levels, classes: int) -> PadSums:
    """Sum the distributions of each class.

    Parameters
    ----------
    p : Prepared
    column : (t,) ndarray of int64
        Place of the class of each record, from 0; negative: not summed.
    shapes : (class, angle, energy) ndarray or None
        Mean distributions known so far, largest value 1, NaN where never seen: they give each record's
        level from the angles that it sees. None: the level is the mean over these, which is not the same for
        records that see different angles; only `level` and `histogram` follow it.
    levels : Levels
    classes : int
        Number of classes.
    """
    sums = empty_pad_sums(classes, len(p.angle_deg), len(p.energy_mev))
    if shapes is None:
        shapes = np.ones((classes, len(p.angle_deg), len(p.energy_mev)))
    group = p.block % GROUPS
    for key in np.unique(column[column >= 0] * GROUPS + group[column >= 0]):
        k, g = divmod(int(key), GROUPS)
        rows = np.flatnonzero((column == k) & (group == g))
        for start in range(0, len(rows), ROWS):
            _add(sums, p, rows[start : start + ROWS], (g, k), shapes[k], levels)
    return sums


def _add(
    sums: PadSums, p: Prepared, rows: Integers, place: tuple[int, int], shape: Floats, levels: Levels
) -> None:
    """Add records of one class and one group."""
    g, k = place
    measured = p.flux[rows].transpose(2, 1, 0).astype(np.float64)  # energy, angle, record
    counts = p.counts[rows].transpose(2, 1, 0).astype(np.float64)
    signal = p.signal[rows].T
    seen = np.isfinite(measured)
    flux = np.where(seen, measured - levels.background[:, None, None], 0.0)
    one = np.nan_to_num(levels.one_count)[:, None, None]
    unit = np.where(counts > 0, np.where(seen, measured, 0.0) / np.where(counts > 0, counts, 1.0), one)
    both = seen.astype(np.float64)
    sums.pairs[g, k] += flux @ both.transpose(0, 2, 1)
    sums.seen[k] += seen.sum(axis=2)
    sums.flux[k] += flux.sum(axis=2)
    sums.noise[k] += np.where(seen, unit * np.maximum(measured, 0.0), 0.0).sum(axis=2)
    any_seen = seen.any(axis=1)
    sums.records[k] += any_seen.sum(axis=1)
    sums.flux_90[k] += _nearest_90(flux, seen, p.angle_deg).sum(axis=1)
    mean = flux.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    used = signal & any_seen & (mean > 0)
    sums.with_signal[k] += used.sum(axis=1)
    even = np.where(used[:, None], flux / np.where(used, mean, 1.0)[:, None], 0.0)
    sums.even_pairs[g, k] += even @ both.transpose(0, 2, 1)
    known = seen & np.isfinite(shape.T)[:, :, None]
    expected = np.where(known, np.nan_to_num(shape.T)[:, :, None], 0.0).sum(axis=1)
    level = np.where(known, flux, 0.0).sum(axis=1) / np.where(expected > 0, expected, 1.0)
    level = np.where(expected > 0, level, 0.0)
    sums.level[k] += level.sum(axis=1)
    _add_histogram(sums.histogram[k], flux, seen & (used & (level > 0))[:, None], level)


def _nearest_90(flux: Floats, seen: NDArray[np.bool_], angle_deg: Floats) -> Floats:
    """Flux of the seen bin nearest to 90 degrees, (energy, record)."""
    order = np.argsort(np.abs(angle_deg - 90.0), kind="stable")
    first = seen[:, order].argmax(axis=1)
    return np.asarray(np.take_along_axis(flux[:, order], first[:, None], axis=1)[:, 0])


def _add_histogram(histogram: Integers, flux: Floats, used: NDArray[np.bool_], level: Floats) -> None:
    relative = flux / np.where(level > 0, level, 1.0)[:, None]
    step = LOG_EDGES[1] - LOG_EDGES[0]
    log = np.log(np.maximum(relative, 1e-9))
    bins = histogram.shape[-1]
    at = np.clip(((log - LOG_EDGES[0]) / step).astype(np.int64), 0, bins - 1)
    cell = np.arange(histogram.shape[0] * histogram.shape[1]).reshape(*histogram.shape[:2], 1) * bins
    histogram += np.bincount((cell + at)[used], minlength=histogram.size).reshape(histogram.shape)
