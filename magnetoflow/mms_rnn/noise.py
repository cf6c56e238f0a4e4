"""What instruments and an imperfect scaling make of clean samples: noise, waves, offsets, gaps, tilt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.features import rescaled

Floats = NDArray[np.float64]

B, E, N, VI, VE = slice(0, 3), slice(3, 6), slice(6, 8), slice(8, 11), slice(11, 14)
STEP_S = 0.03
"""Time from one sample to the next."""
ION_STEPS = 5
"""Ion moments come every fifth sample and are interpolated."""
ION_SPREAD, ELECTRON_SPREAD = 0.7, 0.5
"""Thermal speeds by which counting noise becomes noise of velocity [v_A; v_A,e]."""
MOST_WHITE = 0.8
"""Strongest white noise of E that the training draws [E0]."""


@dataclass(frozen=True, eq=False)
class Conditions:
    """How a cut is measured and scaled.

    Attributes
    ----------
    e_white : float [E0]
        White noise of each component of E, rms of the samples of 30 ms.
    e_waves : float [E0]
        Largest amplitude of wave packets in E, of 0.5 to 12 Hz.
    e_offset : (3,) ndarray [E0]
    b_white : float [B0]
    electron_counts, ion_counts : float
        Counts of one measurement at the density n0.
    b0, n0 : float
        B0 and n0 that the samples are scaled by over the true ones.
    rotation : (3, 3) ndarray
        From the axes of the site to those used.
    gaps : int
        Gaps in all columns or in E alone, of 5 to 60 samples.
    """

    e_white: float = 0.0
    e_waves: float = 0.0
    e_offset: Floats = field(default_factory=lambda: np.zeros(3))
    b_white: float = 0.0
    electron_counts: float = np.inf
    ion_counts: float = np.inf
    b0: float = 1.0
    n0: float = 1.0
    rotation: Floats = field(default_factory=lambda: np.eye(3))
    gaps: int = 0


def random_conditions(
    rng: np.random.Generator, e_white: float | None = None, gaps: bool = True
) -> Conditions:
    """Draw conditions: B0 wrong by up to 15 %, n0 by up to a factor of 1.6, axes by up to 10 degrees.

    Parameters
    ----------
    rng : Generator
    e_white : float [E0], optional
        Drawn from 0 to 0.8 where it is not given.
    gaps : bool
        A third of the cuts gets one or two.
    """
    drawn = rng.uniform(0.0, MOST_WHITE)
    white = drawn if e_white is None else e_white
    return Conditions(
        e_white=white,
        e_waves=rng.uniform(0.0, 1.0) * max(white, 0.1),
        e_offset=rng.uniform(-0.06, 0.06, 3),
        b_white=rng.uniform(0.002, 0.02),
        electron_counts=float(np.exp(rng.uniform(*np.log((400, 6000))))),
        ion_counts=float(np.exp(rng.uniform(*np.log((300, 4000))))),
        b0=rng.uniform(0.85, 1.15),
        n0=float(np.exp(rng.uniform(-1, 1) * np.log(1.6))),
        rotation=tilt(rng, 10.0),
        gaps=int(rng.integers(1, 3)) * int(rng.random() < 1 / 3) if gaps else 0,
    )


def tilt(rng: np.random.Generator, most_deg: float) -> Floats:
    """Rotation by up to `most_deg` about a random axis (formula of Rodrigues)."""
    axis = rng.normal(size=3)
    x, y, z = axis / np.linalg.norm(axis)
    angle = np.deg2rad(rng.uniform(0, most_deg))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def degrade(features: Floats, conditions: Conditions, rng: np.random.Generator) -> Floats:
    """Measure clean samples.

    Parameters
    ----------
    features : (sample, 14) ndarray
    conditions : Conditions
    rng : Generator

    Returns
    -------
    (sample, 14) ndarray
        Noise of E and B is in units of the B0 and E0 used.
    """
    density = np.maximum(features[:, N], 1e-9)
    found = rescaled(features, conditions.b0, conditions.n0)
    for part in (B, E, VI, VE):
        found[:, part] = found[:, part] @ conditions.rotation.T
    rows = len(found)
    found[:, B] += conditions.b_white * rng.normal(size=(rows, 3))
    found[:, E] += conditions.e_white * rng.normal(size=(rows, 3)) + conditions.e_offset
    if conditions.e_waves:
        found[:, E] += _waves(rng, rows, conditions.e_waves)
    # relative noise of a density, and noise of a mean velocity over the thermal speed
    ion = 1 / np.sqrt(np.maximum(conditions.ion_counts * density[:, 0], 1.0))
    electron = 1 / np.sqrt(np.maximum(conditions.electron_counts * density[:, 1], 1.0))
    slow = _interpolated(rng, rows)
    found[:, 6] *= 1 + ion * slow[:, 0]
    found[:, 7] *= 1 + electron * rng.normal(size=rows)
    found[:, N] = np.maximum(found[:, N], 0.0)
    found[:, VI] += ION_SPREAD * ion[:, None] * slow[:, 1:]
    found[:, VE] += ELECTRON_SPREAD * electron[:, None] * rng.normal(size=(rows, 3))
    for _ in range(conditions.gaps):
        first, length = rng.integers(rows), rng.integers(5, 61)
        found[first : first + length, E if rng.random() < 0.5 else slice(None)] = np.nan
    return found


def _interpolated(rng: np.random.Generator, rows: int) -> Floats:
    """Noise of ion density and velocity: drawn at every fifth sample, linear in between."""
    knots = rng.normal(size=(rows // ION_STEPS + 2, 4))
    place = (np.arange(rows) + rng.integers(ION_STEPS)) / ION_STEPS
    low = np.minimum(place.astype(int), len(knots) - 2)
    share = (place - low)[:, None]
    return np.asarray(knots[low] * (1 - share) + knots[low + 1] * share)


def _waves(rng: np.random.Generator, rows: int, largest: float) -> Floats:
    """Draw up to four packets of plane waves."""
    step = np.arange(rows)
    total = np.zeros((rows, 3))
    for _ in range(int(rng.integers(1, 5))):
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        envelope = np.exp(-(((step - rng.uniform(0, rows)) / rng.uniform(10, 150)) ** 2))
        phase = 2 * np.pi * (float(np.exp(rng.uniform(*np.log((0.5, 12.0))))) * STEP_S * step + rng.random())
        total += largest * rng.uniform(0, 1) * (envelope * np.cos(phase))[:, None] * direction
    return total
