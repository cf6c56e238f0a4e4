"""Blocks of pixels: mean counts, and how far the brightest pixel is above the mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled


def bin_blocks(images: NDArray[np.uint16], mask: NDArray[np.bool_], size: int) -> NDArray[np.float32]:
    """Bin each image into size x size blocks.

    Parameters
    ----------
    images : (frame, 256, 256) ndarray of uint16 [count]
    mask : (256, 256) ndarray of bool
        Pixels that count.
    size : int
        A divisor of 256.

    Returns
    -------
    (frame, 2, size, size) ndarray of float32 [count]
        Mean over the pixels of each block inside the mask, and the largest of them less the mean; 0 in blocks
        without such a pixel.
    """
    width = images.shape[2] // size
    inside = mask.reshape(size, width, size, width).sum(axis=(1, 3))
    keep = np.where(mask, 0xFFFF, 0).astype(np.uint16)
    out = np.empty((len(images), 2, size, size), dtype=np.float32)
    _bin(np.ascontiguousarray(images), keep, np.maximum(inside, 1).astype(np.float32), width, out)
    return out


@compiled
def _bin(
    images: NDArray[np.uint16],
    keep: NDArray[np.uint16],
    inside: NDArray[np.float32],
    width: int,
    out: NDArray[np.float32],
) -> None:
    size, columns = len(inside), images.shape[2]
    total = np.empty(columns, dtype=np.uint32)
    most = np.empty(columns, dtype=np.uint16)
    for k in range(len(images)):
        for i in range(size):
            total[:] = 0
            most[:] = 0
            for row in range(i * width, (i + 1) * width):
                for column in range(columns):
                    value = images[k, row, column] & keep[row, column]
                    total[column] += value
                    most[column] = max(most[column], value)
            for j in range(size):
                counts, brightest = np.uint32(0), np.uint16(0)
                for column in range(j * width, (j + 1) * width):
                    counts += total[column]
                    brightest = max(brightest, most[column])
                mean = np.float32(counts) / inside[i, j]
                out[k, 0, i, j] = mean
                out[k, 1, i, j] = np.float32(brightest) - mean
