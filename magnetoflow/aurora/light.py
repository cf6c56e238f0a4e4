"""Frames without light, and frames with too much of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.compiled import compiled

FULL = 65535
DARK_SPREAD = 300
"""Counts above the dark level that noise and hot pixels of a closed shutter stay below."""
BLACK_SHARE = 0.001
"""A frame is black where less than this share of the sky is brighter."""
SATURATED_SHARE = 0.1


def light_flags(
    images: NDArray[np.uint16], dark: NDArray[np.int64], sky: NDArray[np.bool_]
) -> NDArray[np.uint16]:
    """Flag black and saturated frames.

    Parameters
    ----------
    images : (frame, 256, 256) ndarray of uint16 [count]
    dark : (frame,) ndarray of int64 [count]
        Dark level of the camera.
    sky : (256, 256) ndarray of bool
        Pixels that count.

    Returns
    -------
    (frame,) ndarray of uint16
        ``BLACK`` and ``SATURATED``.
    """
    bright, full = _count(np.ascontiguousarray(images), dark + DARK_SPREAD, sky.astype(np.uint8)).T
    size = int(sky.sum())
    flags = np.zeros(len(images), dtype=np.uint16)
    flags[bright < BLACK_SHARE * size] |= np.uint16(Flag.BLACK)
    flags[full > SATURATED_SHARE * size] |= np.uint16(Flag.SATURATED)
    return flags


@compiled
def _count(images: NDArray[np.uint16], limit: NDArray[np.int64], sky: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the pixels of the sky above the limit, and those at 65535."""
    counts = np.zeros((len(images), 2), dtype=np.int64)
    for k in range(len(images)):
        above = np.uint16(min(max(limit[k], 0), 65535))
        for row in range(images.shape[1]):
            bright, full = np.uint16(0), np.uint16(0)
            for column in range(images.shape[2]):
                value, seen = images[k, row, column], np.uint16(sky[row, column])
                bright += seen & np.uint16(value > above)
                full += seen & np.uint16(value == np.uint16(65535))
            counts[k, 0] += bright
            counts[k, 1] += full
    return counts
