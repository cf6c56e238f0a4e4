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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError, VariableError
from magnetoflow.rept_pad.data import Floats, Prepared, Singles
from magnetoflow.rept_pad.folding import bin_edges_deg, passes_90
from magnetoflow.rept_pad.quality import FLAGS

ROWS = 8192
"""Records worked on at a time."""
ROUNDING = 1e-9
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
        Pitch angles pass 90 degrees, or there is only one.
    VariableError
        The flux of one count is not known.
    """
    if p.equatorial:
        return p
    if len(p.one_count) != len(p.energy_mev):
        raise VariableError(
            "these records cannot be mapped to the equator",
            why="they do not say which flux one count stands for",
            todo="prepare them again from the measured distributions",
        )
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
        Pitch angles pass 90 degrees, or there is only one.
    """
    if passes_90(angle_deg) or len(angle_deg) < 2:
        raise ConfigError(
            "these pitch angles cannot be mapped to the equator",
            where="prepare.equator",
            why=f"two or more between 0 and 90 degrees are needed, found {np.round(angle_deg, 3).tolist()}",
            todo="set prepare.fold to true, or prepare.equator to false",
        )
    shift = -np.log(np.where(mappable(b_ratio), np.minimum(b_ratio, 1.0), 1.0))
    edges = np.radians(bin_edges_deg(angle_deg))
    bins = flux / np.asarray(one_count, dtype=float)
    seen = np.isfinite(bins)
    same = (seen == seen[:, :, :1]).all(axis=(1, 2))
    out, worth = np.empty_like(bins), np.empty_like(bins)
    out[same], worth[same] = _at_equator(bins[same], counts[same], shift[same], edges)
    if not same.all():  # energies that lack angles of their own: each as a record
        odd = (_by_energy(bins[~same]), _by_energy(counts[~same]), np.repeat(shift[~same], bins.shape[2]))
        shape = (-1, bins.shape[2], bins.shape[1])
        for target, values in zip((out, worth), _at_equator(*odd, edges), strict=True):
            target[~same] = np.swapaxes(values.reshape(shape), 1, 2)
    return (out * one_count).astype(np.float32), worth.astype(np.float32)


def _by_energy(values: NDArray[Any]) -> NDArray[Any]:
    """(t, angle, energy) as (t energy, angle, 1)."""
    return np.swapaxes(values, 1, 2).reshape(-1, values.shape[1], 1)


def _at_equator(bins: Floats, counts: Singles, shift: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Take counts per native bin at the equator from the lines, and the counts they are worth.

    ln(n + LINEAR_BELOW) is ln(n) for many counts and follows n for few; that the mean of a logarithm of
    counts lies low is set right to second order.
    """
    seen = np.isfinite(bins[:, :, 0])
    line = _lines(shift, edges, seen)
    given = np.isfinite(line[:, :, 0])
    line[~given] = 0
    bins, held = np.where(seen[:, :, None], bins, 0), np.where(seen[:, :, None], counts, 0)
    exposure = np.divide(held, bins, out=np.ones_like(bins), where=bins > 0)
    spread = bins / exposure / (bins + LINEAR_BELOW) ** 2
    level = np.exp(line @ np.log(bins + LINEAR_BELOW) + (line * (1 - line) / 2) @ spread)
    value = np.maximum(level - LINEAR_BELOW, 0)
    variance = level**2 * (line**2 @ spread)
    shared = np.abs(line) / np.maximum(np.abs(line).sum(axis=1, keepdims=True), 1)
    worth = np.divide(value**2, variance, out=np.zeros_like(value), where=variance > 0)
    worth = np.minimum(worth, shared @ held)
    value[~given], worth[~given] = np.nan, np.nan
    return value, worth


def _places(edges: Floats) -> Floats:
    """Logarithm of the mean of sin^2 over each bin."""
    low, high = edges[:-1], edges[1:]
    return np.asarray(np.log(0.5 - (np.sin(2 * high) - np.sin(2 * low)) / (4 * (high - low))))


def _lines(shift: Floats, edges: Floats, seen: NDArray[np.bool_]) -> Floats:
    """(t, grid bin, local bin): weights that give the line's value, NaN where it is not given."""
    place = _places(edges)
    last = len(place) - 1
    target = place + shift[:, None]
    near = np.searchsorted((place[1:] + place[:-1]) / 2, target)
    up = ((target >= place[near]) & (near < last)) | (near == 0)
    side = np.where(up, near + 1, near - 1)
    weight = _cover(shift, edges) * seen[:, None, :]
    pair = np.zeros_like(weight)  # where less than two bins are covered: the line through the nearest two
    np.put_along_axis(pair, side[:, :, None], np.take_along_axis(seen, side, axis=1)[:, :, None], axis=2)
    np.put_along_axis(pair, near[:, :, None], 1, axis=2)
    used = weight > 0
    weight = np.where(np.sum(used, axis=2, keepdims=True) < 2, pair, weight)
    weight /= weight.sum(axis=2, keepdims=True)
    apart = place - (weight @ place)[:, :, None]
    spread = (weight * apart**2).sum(axis=2)
    off = target - weight @ place
    slope = np.divide(off, spread, out=np.zeros_like(off), where=spread > 0)
    used = weight > 0
    lowest, highest = place[used.argmax(axis=2)], place[last - used[:, :, ::-1].argmax(axis=2)]
    reach = REACH * np.abs(place[side] - place[near])
    inside = (target >= lowest) & (target <= highest)
    good = np.take_along_axis(seen, near, axis=1) & (inside | (np.abs(target - place[near]) <= reach))
    line = weight * (1 + slope[:, :, None] * apart)
    line[~good] = np.nan
    return np.asarray(line)


def _cover(shift: Floats, edges: Floats) -> Floats:
    """(t, grid bin, local bin): angle of the local bin that the grid bin covers [rad]."""
    local = np.arcsin(np.minimum(np.sin(edges) * np.exp(shift / 2)[:, None], 1))
    low, high = local[:, :-1, None], local[:, 1:, None]
    cover = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    return np.asarray(np.where(cover > ROUNDING, cover, 0))
