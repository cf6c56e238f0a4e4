"""How fast a pulsating patch drifts, and how large it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from magnetoflow.aurora.patches import Seed, moved_series, velocity_grid
from magnetoflow.aurora.periods import Basis, detrend, explained_share

Floats = NDArray[np.float64]

COARSE, FINE = 0.1, 0.05
"""Steps of the search [block/frame]: over 30 frames a fine step is one and a half blocks."""
QUARTERS = 4
BLOCKS_ALIKE = 10
"""Blocks whose residuals in a moving square are alike: they are interpolated from the same ones."""
BLOCKS_FOLLOWED = 16


def search_drift(
    seed: Seed,
    steps: Floats,
    counts: NDArray[np.float32],
    basis: Basis,
    fastest: float,
) -> Floats:
    """Find the velocity along which a region's light is most periodic.

    Parameters
    ----------
    seed : Seed
        Where the region is at step 0.
    steps : (frame,) ndarray [frame]
        Cadences since the window's middle.
    counts : (frame, row, column) ndarray [count]
        NaN outside the sky.
    basis : Basis
        Of the frames.
    fastest : float [block/frame]

    Returns
    -------
    (2,) ndarray [block/frame]
        Along rows and columns.
    """
    chosen = np.argsort(-seed.weights, kind="stable")[:BLOCKS_FOLLOWED]
    rows, columns = seed.rows[chosen].astype(np.float64), seed.columns[chosen].astype(np.float64)
    weights = seed.weights[chosen] / seed.weights[chosen].sum()

    def best(velocities: Floats) -> Floats:
        light = moved_series(counts, steps, rows, columns, weights, velocities)
        lost = ~np.isfinite(light)
        if lost.any():
            held = np.maximum((~lost).sum(axis=1, keepdims=True), 1)
            light = np.where(lost, np.where(lost, 0.0, light).sum(axis=1, keepdims=True) / held, light)
        residual = detrend(light.T, basis)
        share = explained_share(residual, basis).max(axis=0)
        score = share**2 * (residual**2).sum(axis=0) * (1 - lost.mean(axis=1)) ** 2
        return np.asarray(velocities[score.argmax()], dtype=np.float64)

    coarse = best(velocity_grid(fastest, COARSE))
    return best(coarse + velocity_grid(1.5 * FINE, FINE))


def amplitude_map(box: Floats, curve: Floats, trend: Floats) -> Floats:
    """Strength of a light curve in each block of a square.

    Parameters
    ----------
    box : (sample, row, column) ndarray [count]
        Light that moves along with the patch; NaN outside the sky.
    curve : (sample,) ndarray
        Fitted light curve.
    trend : (sample, 3) ndarray
        Orthonormal trend functions of the samples.

    Returns
    -------
    (row, column) ndarray
        Regression on the curve, 1 where the light is the curve; NaN where any sample is missing.
    """
    flat = box.reshape(len(box), -1)
    own = curve - trend @ (trend.T @ curve)
    return np.asarray((own @ flat).reshape(box.shape[1:]) / np.maximum(own @ own, 1e-30), dtype=np.float64)


def half_area(strength: Floats, middle: tuple[int, int]) -> NDArray[np.bool_]:
    """Blocks with at least half of the largest strength, connected with the strongest near the middle."""
    filled = np.where(np.isfinite(strength), strength, 0.0)
    near = filled.copy()
    rows, columns = np.indices(filled.shape)
    near[np.hypot(rows - middle[0], columns - middle[1]) > 4] = 0.0
    top = np.unravel_index(near.argmax(), near.shape)
    if near[top] <= 0:
        return np.zeros(filled.shape, dtype=np.bool_)
    number, _ = ndimage.label(filled >= 0.5 * near[top])
    return np.asarray(number == number[top], dtype=np.bool_)


def refine_drift(
    box: Floats, curve: Floats, steps: Floats, strength: Floats, area: NDArray[np.bool_]
) -> tuple[Floats, float]:
    """Measure the drift that is left in a square moving along.

    The strength of the pulsation in each quarter of the window is registered on that of the whole window by
    least squares on its gradient (Lucas & Kanade 1981); a line through the four shifts is the velocity.

    Parameters
    ----------
    box, curve
        As in :func:`amplitude_map`.
    steps : (sample,) ndarray [frame]
    strength : (row, column) ndarray
        Of the whole window.
    area : (row, column) ndarray of bool
        Of the patch.

    Returns
    -------
    velocity : (2,) ndarray [block/frame]
        To be added to the velocity of the square.
    error : float [block/frame]
        1 sigma of each component, from the scatter of the shifts about the line and their formal errors;
        NaN where it cannot be measured.
    """
    used = ndimage.binary_dilation(area, iterations=2) & np.isfinite(strength)
    down, right = np.gradient(np.where(np.isfinite(strength), strength, 0.0))
    design = np.column_stack([strength[used], -down[used], -right[used]])
    nothing = np.zeros(2), float("nan")
    normal = design.T @ design
    if len(design) < 8 or np.linalg.det(normal) <= 1e-9 * np.prod(np.diag(normal)):
        return nothing
    inverse = np.linalg.inv(normal)
    light = box[:, used]
    bounds = np.linspace(0, len(steps), QUARTERS + 1).astype(int)
    shifts, formal, when = [], [], []
    for first, last in pairwise(bounds):
        own = curve[first:last] - curve[first:last].mean()
        part = own @ light[first:last] / np.maximum(own @ own, 1e-30)
        solved = inverse @ (design.T @ part)
        if solved[0] < 0.2:
            return nothing
        left = part - design @ solved
        shifts.append(solved[1:] / solved[0])
        formal.append(
            BLOCKS_ALIKE * (left @ left) / (len(design) - 3) * np.diag(inverse)[1:].mean() / solved[0] ** 2
        )
        when.append(steps[first:last].mean())
    moments = np.array(when) - np.mean(when)
    table = np.array(shifts)
    slope = moments @ table / (moments @ moments)
    scatter = ((table - table.mean(axis=0) - moments[:, None] * slope) ** 2).sum() / (2 * (QUARTERS - 2))
    variance = (scatter + np.mean(formal)) / (moments @ moments)
    return slope, float(np.sqrt(variance))
