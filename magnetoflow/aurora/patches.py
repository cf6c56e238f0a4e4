"""Where light varies in a window of frames, and the light of a patch that drifts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from magnetoflow.compiled import compiled

Floats = NDArray[np.float64]

LINKED = 0.6
"""Least correlation of a block with the seed to belong to its patch."""
NOISE_QUANTILE, NOISE_TIMES = 0.1, 3.0


@dataclass(frozen=True)
class Seed:
    """A region that varies as one.

    Attributes
    ----------
    rows, columns : (block,) ndarray of int64
        Blocks of the region.
    weights : (block,) ndarray of float64
        Strength of the common variation in each, sum 1.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Floats


def find_seeds(counts: NDArray[np.float32], sky: NDArray[np.bool_], most: int) -> list[Seed]:
    """Find regions that brighten and fade together, the strongest first.

    Parameters
    ----------
    counts : (frame, row, column) ndarray [count]
        About a minute of frames.
    sky : (row, column) ndarray of bool
        Blocks to look at.
    most : int
        Number of regions at which to stop.

    Returns
    -------
    list of Seed
        Each grown from the block of largest high-pass variance that no earlier one holds.
    """
    series = counts[:, sky].astype(np.float64)
    if len(series) < 4 or series.shape[1] == 0:
        return []
    ramp = np.linspace(-1, 1, len(series))
    ramp /= np.linalg.norm(ramp)
    series -= series.mean(axis=0)
    series -= ramp[:, None] * (ramp @ series)
    spread = np.sqrt((series**2).mean(axis=0))
    unit = series / np.maximum(spread * np.sqrt(len(series)), 1e-12)
    floor = NOISE_TIMES * np.quantile(spread, NOISE_QUANTILE)
    place = np.argwhere(sky)
    free = spread > max(floor, 1e-6)
    grid = np.zeros(sky.shape)
    seeds: list[Seed] = []
    while free.any() and len(seeds) < most:
        seed = int(np.where(free, spread, -1).argmax())
        alike = unit.T @ unit[:, seed]
        strength = alike * spread
        part = (alike > LINKED) & (strength > 0.5 * spread[seed])
        grid[:] = 0
        grid[sky] = part
        number, _ = ndimage.label(grid)
        region = number[sky] == number[tuple(place[seed])]
        free &= ~region
        free[seed] = False
        rows, columns = place[region].T
        seeds.append(Seed(rows, columns, strength[region] / strength[region].sum()))
    return seeds


@compiled
def _sample(counts, frame, row, column):  # type: ignore[no-untyped-def]
    """Interpolate bilinearly between block centres; NaN where any of the four is NaN or outside."""
    top, left = int(row), int(column)
    if row < 0 or column < 0 or top + 1 >= counts.shape[1] or left + 1 >= counts.shape[2]:
        return np.nan
    down, right = row - top, column - left
    upper = (1 - right) * counts[frame, top, left] + right * counts[frame, top, left + 1]
    lower = (1 - right) * counts[frame, top + 1, left] + right * counts[frame, top + 1, left + 1]
    return (1 - down) * upper + down * lower


@compiled
def moved_series(counts, steps, rows, columns, weights, velocities):  # type: ignore[no-untyped-def]
    """Light of a set of blocks that moves along, for each of several velocities.

    Parameters
    ----------
    counts : (frame, row, column) ndarray of float32
        NaN outside the sky.
    steps : (frame,) ndarray of float64 [frame]
        Time from the moment at which the blocks stand at ``rows``, ``columns``, in cadences.
    rows, columns, weights : (block,) ndarray of float64
    velocities : (velocity, 2) ndarray of float64 [block/frame]
        Along rows and columns.

    Returns
    -------
    (velocity, frame) ndarray of float64
        NaN where less than half of the weight lies in the sky.
    """
    series = np.empty((len(velocities), len(steps)))
    for number in range(len(velocities)):
        for frame in range(len(steps)):
            total, held = 0.0, 0.0
            down, right = velocities[number, 0] * steps[frame], velocities[number, 1] * steps[frame]
            for block in range(len(rows)):
                value = _sample(counts, frame, rows[block] + down, columns[block] + right)
                if not np.isnan(value):
                    total += weights[block] * value
                    held += weights[block]
            series[number, frame] = total / held if held >= 0.5 else np.nan
    return series


@compiled
def moved_box(counts, steps, row, column, half, velocity):  # type: ignore[no-untyped-def]
    """Square of blocks that moves along with a patch.

    Parameters
    ----------
    counts, steps
        As in :func:`moved_series`.
    row, column : float [block]
        Middle of the square at step 0.
    half : int [block]
        The square has ``2 * half + 1`` blocks a side.
    velocity : (2,) ndarray of float64 [block/frame]

    Returns
    -------
    (frame, 2 * half + 1, 2 * half + 1) ndarray of float64
        NaN outside the sky.
    """
    size = 2 * half + 1
    box = np.empty((len(steps), size, size))
    for frame in range(len(steps)):
        top = row - half + velocity[0] * steps[frame]
        left = column - half + velocity[1] * steps[frame]
        for down in range(size):
            for right in range(size):
                box[frame, down, right] = _sample(counts, frame, top + down, left + right)
    return box


@lru_cache(maxsize=16)
def velocity_grid(fastest: float, step: float) -> Floats:
    """Velocities within a disk, (velocity, 2), the slowest first."""
    line = np.arange(-np.floor(fastest / step), np.floor(fastest / step) + 1) * step
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    speed = np.hypot(*grid.T)
    grid, speed = grid[speed <= fastest + 1e-9], speed[speed <= fastest + 1e-9]
    return np.asarray(grid[np.argsort(speed, kind="stable")], dtype=np.float64)
