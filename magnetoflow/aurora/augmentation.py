"""Inputs of drawn samples, with cameras and skies that the labelled sequences do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.inputs import INPUTS, WINDOW
from magnetoflow.aurora.sequences import Draw, LabelledSequence
from magnetoflow.aurora.temporal import DARK, FLOOR, sky_inputs, windows

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Augmentation:
    """How far samples are changed.

    Attributes
    ----------
    gain : float
        The light is multiplied by up to this and down to its inverse.
    sky : float
        Light added, in units of the chain's least sky brightness, at most.
    noise : float
        Standard deviation of the noise added, in units of the chain's least noise, at most.
    share : float
        Share of the samples with sky or noise added, each.
    short : float
        Share of the samples whose window is shorter.
    flips : bool
        Turn and mirror the image.
    """

    gain: float = 1.4
    sky: float = 10.0
    noise: float = 40.0
    share: float = 0.3
    short: float = 0.08
    flips: bool = True


def sample_inputs(
    sequences: Sequence[LabelledSequence],
    draws: Sequence[Draw],
    chain: str,
    augmentation: Augmentation | None,
    rng: np.random.Generator,
) -> Floats:
    """Make the inputs of drawn samples.

    Parameters
    ----------
    sequences : sequence of LabelledSequence
    draws : sequence of Draw
    chain : str
    augmentation : Augmentation or None
        None leaves the sequences as they are.
    rng : numpy.random.Generator

    Returns
    -------
    (sample, row, column, input) ndarray of float32
    """
    out = np.zeros((len(draws), *sequences[0].shape, len(INPUTS)), np.float32)
    for k, draw in enumerate(draws):
        one = sequences[draw.sequence]
        sky, frame = _window(one.sky, draw.frame)
        if augmentation and rng.random() < augmentation.short:
            sky, frame = _shorter(sky, frame, rng)
        if draw.shuffled:
            order = rng.permutation(len(sky))
            sky, frame = sky[order], int(np.flatnonzero(order == frame)[0])
        if augmentation:
            sky = _other_camera(sky, chain, augmentation, rng)
        rows, low, high = (np.array([value]) for value in (frame, 0, len(sky)))
        sky_inputs(sky, one.pixels, rows, low, high, chain, out, np.array([k]))
        if augmentation and augmentation.flips:
            turned = np.rot90(out[k], int(rng.integers(4)))
            out[k] = turned[::-1].copy() if rng.random() < 0.5 else turned.copy()
    return out


def _window(sky: Floats, frame: int) -> tuple[Floats, int]:
    """Window of a frame within its sequence, and where in the window it stands."""
    n = len(sky)
    low, high = windows(np.zeros(n, np.int64), np.full(n, n))
    return sky[low[frame] : high[frame]], frame - int(low[frame])


def _shorter(sky: Floats, frame: int, rng: np.random.Generator) -> tuple[Floats, int]:
    """Cut a window to some frames around its own."""
    length = min(int(rng.integers(5, WINDOW)), len(sky))
    first = int(np.clip(frame - rng.integers(length), 0, len(sky) - length))
    return sky[first : first + length], frame - first


def _other_camera(sky: Floats, chain: str, options: Augmentation, rng: np.random.Generator) -> Floats:
    """Change gain, brightness of the sky and noise."""
    dark, (least_sky, _, least_noise) = DARK[chain], FLOOR[chain]
    gain = np.float32(np.exp(rng.uniform(-1, 1) * np.log(options.gain)))
    added = np.float32(dark) * (1 - gain)
    if rng.random() < options.share:
        added += np.float32(rng.uniform(0, options.sky) * least_sky)
    changed = sky * gain
    changed[:, 0] += added
    if rng.random() < options.share:
        sigma = np.float32(rng.uniform(0, options.noise) * least_noise)
        changed[:, 0] += sigma * rng.standard_normal(changed[:, 0].shape, dtype=np.float32)
    # above 0, which would mean outside the mask
    np.maximum(changed[:, 0], np.float32(1e-3), out=changed[:, 0])
    return changed
