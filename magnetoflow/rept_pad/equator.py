"""Pitch angles mapped to the magnetic equator, onto the grid that all records share.

Along a field line sin^2(a_eq) = sin^2(a) B_eq/B, and flux at mapped angles is equal (Liouville). With
t = ln(mean of sin^2 over the bin) the map is one shift by ln(B_eq/B), and ln(sin^n) is a straight line in t:
so ln flux is taken by a straight line in t, fitted to the local bins that the grid's bin covers, weighted by
how much of each it covers.

A grid angle is given where the local bin nearest to it was measured. Above the highest local bin it is given
up to :data:`REACH` of the last step in t: on the grid of REPT the bin of 90 degrees is kept down to
B_eq/B = 0.989 (by the line through the two highest bins, worth fewer counts) and is NaN below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled
from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import Floats, Prepared, Singles
from magnetoflow.rept_pad.folding import bin_edges_deg, passes_90
from magnetoflow.rept_pad.quality import FLAGS

ROWS = 32768
"""Records worked on at a time."""
REACH = 1 / 3
"""How far a line may leave the local bins it was fitted to, in steps of the local grid."""
LINEAR_BELOW = 4.0
"""Counts per native bin below which flux is interpolated rather than its logarithm, which 0 has not."""
RATIO_ABOVE_ONE = 1.05
"""B_eq/B up to here is taken as 1 (field model and measurement differ); above it the record is not mapped."""


def loss_cone_deg(l_shell: Floats) -> Floats:
    """Equatorial loss cone of a dipole, particles lost at the surface.

    Parameters
    ----------
    l_shell : (t,) ndarray [1]

    Returns
    -------
    (t,) ndarray [deg]
        arcsin([L^5 (4L - 3)]^(-1/4)) (Roederer 1970); NaN where L is missing or below 1.
    """
    shell = np.where(np.asarray(l_shell, dtype=float) >= 1, l_shell, np.nan)
    return np.asarray(np.degrees(np.arcsin((shell**5 * (4 * shell - 3)) ** -0.25)))


def mappable(b_ratio: Floats) -> NDArray[np.bool_]:
    """Say for each record whether its B_eq/B can be used."""
    with np.errstate(invalid="ignore"):
        return np.asarray((b_ratio > 0) & (b_ratio <= RATIO_ABOVE_ONE))


def mapped(p: Prepared) -> Prepared:
    """Map prepared records to the equator.

    Parameters
    ----------
    p : Prepared
        By local pitch angle, 0 to 90 degrees. Records that are mapped already are given back.

    Returns
    -------
    Prepared
        State, signal and background as before; a record whose B_eq/B cannot be used stays local, flagged
        ``no_mapping``.

    Raises
    ------
    ConfigError
        Pitch angles pass 90 degrees.
    """
    if p.equatorial:
        return p
    flux, counts = np.empty_like(p.flux), np.empty_like(p.counts)
    for first in range(0, len(p), ROWS):
        rows = slice(first, first + ROWS)
        flux[rows], counts[rows] = to_equator(
            p.flux[rows], p.counts[rows], p.b_ratio[rows], p.angle_deg, p.one_count
        )
    lost = np.where(mappable(p.b_ratio), 0, FLAGS["no_mapping"]).astype(np.uint16)
    return replace(p, flux=flux, counts=counts, quality=p.quality | lost, equatorial=True)


def to_equator(
    flux: Singles, counts: Singles, b_ratio: Floats, angle_deg: Floats, one_count: Floats
) -> tuple[Singles, Singles]:
    """Map flux and counts to the equator.

    Parameters
    ----------
    flux : (t, angle, energy) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
        By local pitch angle.
    counts : (t, angle, energy) ndarray of float32 [count]
    b_ratio : (t,) ndarray [1]
        B_eq/B. Records where it cannot be used stay as they are.
    angle_deg : (angle,) ndarray [deg]
        Local grid and grid at the equator, 0 to 90.
    one_count : (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux that one count in one native bin stands for.

    Returns
    -------
    flux : (t, angle, energy) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
        NaN at angles that cannot be seen.
    counts : (t, angle, energy) ndarray of float32 [count]
        Counts that the flux is worth, (flux / its error)^2. Neighbours share local bins: counts of a local
        bin are given out once at most, so that the sum over angles never grows.

    Raises
    ------
    ConfigError
        Pitch angles pass 90 degrees.
    """
    if passes_90(angle_deg):
        raise ConfigError(
            "pitch angles above 90 degrees cannot be mapped to the equator",
            where="prepare.equator",
            why="the map needs angles from 0 to 90 degrees",
            todo="set prepare.fold to true, or prepare.equator to false",
        )
    out, worth = np.full_like(flux, np.nan), np.full_like(flux, np.nan)
    shift = -np.log(np.where(mappable(b_ratio), np.minimum(b_ratio, 1.0), 1.0))
    edges = np.radians(bin_edges_deg(angle_deg))
    unit = np.ascontiguousarray(one_count, dtype=np.float64)
    local = np.ascontiguousarray(flux), np.ascontiguousarray(counts)
    _map(*local, shift, _places(edges), edges, unit, out, worth)
    return out, worth


def _places(edges: Floats) -> Floats:
    """Logarithm of the mean of sin^2 over each bin."""
    low, high = edges[:-1], edges[1:]
    return np.log(0.5 - (np.sin(2 * high) - np.sin(2 * low)) / (4 * (high - low)))


@compiled
def _map(
    flux: Singles,
    counts: Singles,
    shift: Floats,
    place: Floats,
    edges: Floats,
    unit: Floats,
    out: Singles,
    worth: Singles,
) -> None:
    angles, energies = flux.shape[1:]
    line = np.empty((angles, angles))
    given = np.empty(angles)
    seen = np.empty(angles, dtype=np.bool_)
    bins = np.empty(angles)
    exposure = np.empty(angles)
    logs = np.empty(angles)
    for k in range(len(flux)):
        fresh = True
        for e in range(energies):
            changed = fresh
            for i in range(angles):
                valid = np.isfinite(flux[k, i, e])
                changed = changed or valid != seen[i]
                seen[i] = valid
            if changed:
                _lines(shift[k], place, edges, seen, line, given)
                fresh = False
            for i in range(angles):
                bins[i] = flux[k, i, e] / unit[e] if seen[i] else 0.0
                exposure[i] = counts[k, i, e] / bins[i] if bins[i] > 0 else 1.0
                logs[i] = np.log(bins[i] + LINEAR_BELOW)
            for j in range(angles):
                if np.isnan(line[j, 0]):
                    continue
                value, worth[k, j, e] = _value(line[j], given, bins, logs, exposure)
                out[k, j, e] = value * unit[e]


@compiled
def _value(line: Floats, given: Floats, bins: Floats, logs: Floats, exposure: Floats) -> tuple[float, float]:
    """Take counts per native bin from one line, and the counts that this is worth."""
    total, bias, carried = 0.0, 0.0, 0.0
    for i in range(len(line)):
        if line[i] != 0:
            spread = bins[i] / exposure[i] / (bins[i] + LINEAR_BELOW) ** 2
            total += line[i] * logs[i]
            bias += line[i] * (1 - line[i]) * spread / 2
            carried += abs(line[i]) * given[i] * bins[i] * exposure[i]
    level = np.exp(total + bias)
    value = max(level - LINEAR_BELOW, 0.0)
    variance = 0.0
    for i in range(len(line)):
        if line[i] != 0:
            slope = line[i] * level / (bins[i] + LINEAR_BELOW)
            variance += slope * slope * bins[i] / exposure[i]
    worth = value * value / variance if variance > 0 else 0.0
    return value, min(worth, carried)


@compiled
def _lines(
    shift: float, place: Floats, edges: Floats, seen: NDArray[np.bool_], line: Floats, given: Floats
) -> None:
    """Weight of each local bin in each bin of the grid, NaN where it cannot be given.

    `given` is the share of a local bin's counts that one unit of weight takes.
    """
    angles = len(place)
    stretch = np.exp(shift / 2)
    weight = np.empty(angles)
    low = np.arcsin(min(1.0, np.sin(edges[0]) * stretch))
    given[:] = 0
    for j in range(angles):
        high = np.arcsin(min(1.0, np.sin(edges[j + 1]) * stretch))
        target = place[j] + shift
        near, off = _nearest(target, place)
        line[j] = np.nan
        if seen[near]:
            for i in range(angles):
                cover = min(high, edges[i + 1]) - max(low, edges[i])
                weight[i] = max(cover, 0.0) if seen[i] else 0.0
            _fit_line(target, near, off, place, seen, weight, line[j])
        if not np.isnan(line[j, 0]):
            given += np.abs(line[j])
        low = high
    for i in range(angles):
        given[i] = 1 / max(given[i], 1.0)


@compiled
def _nearest(target: float, place: Floats) -> tuple[int, float]:
    """Local bin next to a place, and how many steps of the local grid the place is from it."""
    last = len(place) - 1
    near = 0
    for i in range(1, last + 1):
        if abs(target - place[i]) < abs(target - place[near]):
            near = i
    other = near + 1 if (target > place[near] and near < last) or near == 0 else near - 1
    return near, abs(target - place[near]) / abs(place[other] - place[near])


@compiled
def _fit_line(
    target: float,
    near: int,
    off: float,
    place: Floats,
    seen: NDArray[np.bool_],
    weight: Floats,
    line: Floats,
) -> None:
    """Weights by which a straight line through the weighted bins gives its value at `target`."""
    last = len(place) - 1
    if np.count_nonzero(weight) < 2:  # nothing but the edge of the local grid: the line through its two bins
        side = near + 1 if (target > place[near] and near < last) or near == 0 else near - 1
        weight[near] = 1.0
        if seen[side]:
            weight[side] = 1.0
    total, mean = weight.sum(), (weight * place).sum() / weight.sum()
    spread = (weight * (place - mean) ** 2).sum()
    inside = place[weight > 0].min() <= target <= place[weight > 0].max()
    if not inside and off > REACH:
        return
    slope = (target - mean) / spread if spread > 0 else 0.0
    for i in range(last + 1):
        line[i] = weight[i] / total + slope * weight[i] * (place[i] - mean)
