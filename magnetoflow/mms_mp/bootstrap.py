"""Errors of axes by variance from resampled blocks of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.principal import constrained_axes, principal_axes

MOST_BLOCKS, FEWEST_BLOCKS = 256, 12
"""More blocks cost time and add nothing; with fewer, their number limits the error."""
CORRELATION_LENGTHS = 5.0
"""Length of a block in units of the correlation of the noise."""


def bootstrap_turns(
    b_nt: Floats, axes: Floats, *, zero_b_n: bool, correlation: float, resamples: int, seed: int
) -> tuple[Floats, int]:
    """Covariance of the turns of axes over resampled blocks.

    Parameters
    ----------
    b_nt : (spacecraft, time, 3) ndarray [nT]
        On equal steps; a block is the same time of all spacecraft. Rows with NaN are left out.
    axes : (3, 3) ndarray
        Axes of all samples, as rows.
    zero_b_n : bool
        Hold the mean field along the normal at zero.
    correlation : float [steps]
        Samples for one independent one; blocks are several times longer.
    resamples, seed : int

    Returns
    -------
    covariance : (3, 3) ndarray [rad^2]
        Of the turns about the rows of `axes`. That about the last, between the two axes across the normal,
        also holds what other parts of the same profile would give; it is wider than by noise alone.
    length : int [steps]
        Of a block.

    References
    ----------
    Kawano & Higuchi 1995, doi:10.1029/94GL02969 (bootstrap of axes by variance); Kuensch 1989,
    doi:10.1214/aos/1176347265 (blocks).
    """
    steps = b_nt.shape[1]
    number = int(np.clip(steps / (CORRELATION_LENGTHS * correlation), FEWEST_BLOCKS, MOST_BLOCKS))
    length = max(-(-steps // number), 1)
    sums = _block_sums(b_nt, length)
    blocks = len(sums)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(blocks, size=(resamples, blocks), dtype=np.int32)
    drawn += np.arange(resamples, dtype=np.int32)[:, None] * blocks
    counts = (
        np.bincount(drawn.ravel(), minlength=resamples * blocks).reshape(resamples, blocks).astype(np.float64)
    )
    totals = (counts @ sums.reshape(blocks, -1)).reshape(resamples, -1, 13)
    size, first = totals[..., :1], totals[..., 1:4]
    second = totals[..., 4:].reshape(*totals.shape[:-1], 3, 3)
    products = second - first[..., :, None] * first[..., None, :] / np.maximum(size, 1)[..., None]
    variance = products.sum(axis=1) / size.sum(axis=1)[..., None]
    if zero_b_n:
        found = constrained_axes(variance, first.sum(axis=1) / size.sum(axis=1))[1]
    else:
        found = principal_axes(variance)[1]
    turns = _turns(found, axes)
    # the axes of all samples take up part of the noise of each block
    return np.asarray(np.cov(turns.T) * blocks / max(blocks - 3, 1)), length


def _block_sums(b_nt: Floats, length: int) -> Floats:
    """(block, spacecraft, 13) numbers, sums and sums of products about the mean of each spacecraft."""
    good: NDArray[np.bool_] = np.asarray(np.isfinite(b_nt).all(axis=2))
    size = np.maximum(good.sum(axis=1), 1)[:, None, None]
    values = np.where(good[..., None], b_nt, 0.0)
    offset = values.sum(axis=1, keepdims=True) / size
    values = np.where(good[..., None], b_nt - offset, 0.0)
    terms = np.concatenate(
        [
            good[..., None],
            values,
            (values[..., :, None] * values[..., None, :]).reshape(*values.shape[:2], 9),
        ],
        axis=2,
    )
    begins = np.arange(0, b_nt.shape[1], length)
    return np.asarray(np.swapaxes(np.add.reduceat(terms, begins, axis=1), 0, 1))


def _turns(found: Floats, axes: Floats) -> Floats:
    """(resample, 3) turns about the rows of `axes` [rad]."""
    signs = np.sign(np.einsum("rij,ij->ri", found, axes))
    sines = np.cross(axes, found * signs[..., None]).sum(axis=1) / 2
    return np.asarray(sines @ axes.T)
