"""From counts to what a network sees: a fast linear chain, and the chain of the published labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.blocks import bin_blocks
from magnetoflow.aurora.clahe import TILES, clahe
from magnetoflow.aurora.frames import SHAPE, Frames, Planes
from magnetoflow.aurora.resize import resize
from magnetoflow.compiled import compiled

FAST, COMPATIBLE = "fast", "compatible"
THEMIS, PFRR = "themis", "pfrr"
SIZES = (32, 64, 128)
"""Of the fast chain."""
COMPATIBLE_SIZE = 224
COMPATIBLE_SIZES = range(128, 257, 4)
"""The network sees means of 4 by 4 pixels of them."""
CLIP = {THEMIS: 3.0, PFRR: 300.0}
TILES_OF = {THEMIS: 8, PFRR: 4}


@dataclass(frozen=True)
class Preprocess:
    """How frames become planes.

    Attributes
    ----------
    chain : str
        ``fast`` or ``compatible``.
    clip : float
        Of the equalisation, see :func:`magnetoflow.aurora.clahe.clahe`; the fast chain has none. Default 3,
        for ``pfrr`` 300.
    tiles : int
        Tiles along each side; default 8, for ``pfrr`` 4.
    size : int
        Rows and columns of a plane; default 64 (fast), 224 (compatible, as published).
    variant : str
        ``themis``, or ``pfrr`` for the Poker Flat camera as its labels were made: no mask.

    Raises
    ------
    ValueError
        A value is not among those allowed.
    """

    chain: str = FAST
    clip: float | None = None
    tiles: int | None = None
    size: int | None = None
    variant: str = THEMIS

    def __post_init__(self) -> None:
        if self.chain not in (FAST, COMPATIBLE) or self.variant not in CLIP:
            raise ValueError(f"unknown chain {self.chain!r} or variant {self.variant!r}")
        defaults = {
            "clip": CLIP[self.variant],
            "tiles": TILES_OF[self.variant],
            "size": 64 if self.chain == FAST else COMPATIBLE_SIZE,
        }
        for name, default in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        if self.size not in (SIZES if self.chain == FAST else COMPATIBLE_SIZES):
            raise ValueError(f"size {self.size} is not one of the {self.chain} chain")
        if self.tiles not in TILES or self.clip is None or not 0 < self.clip < np.inf:
            raise ValueError(f"clip {self.clip} must be positive, and tiles {self.tiles} one of {TILES}")


def prepare(frames: Frames, mask: NDArray[np.bool_] | None, options: Preprocess) -> Planes:
    """Preprocess frames, each by itself.

    Parameters
    ----------
    frames : Frames
    mask : (256, 256) ndarray of bool or None
        Pixels to use; None is all.
    options : Preprocess

    Returns
    -------
    Planes
        ``fast``: (frame, 2, size, size), mean counts of each block's unmasked pixels, and how far its
        brightest one is above that mean. ``compatible``: (frame, 1, size, size), 0 to 255. 0 where masked.
    """
    if mask is None or options.variant == PFRR:
        mask = np.ones(SHAPE, dtype=bool)
    if options.chain == FAST:
        images = bin_blocks(frames.images, mask, options.size or SIZES[1])
    else:
        images = compatible_images(frames.images, mask, options)[:, None]
    return Planes(frames.time, frames.flags, images)


def compatible_images(
    images: NDArray[np.uint16], mask: NDArray[np.bool_], options: Preprocess
) -> NDArray[np.float32]:
    """Images as the network of the published labels saw them: equalised, 8 bit, masked, resized.

    Parameters
    ----------
    images : (frame, 256, 256) ndarray of uint16 [count]
    mask : (256, 256) ndarray of bool
    options : Preprocess

    Returns
    -------
    (frame, size, size) ndarray of float32
        0 to 255.
    """
    equal = clahe(images, options.clip or CLIP[THEMIS], options.tiles or TILES_OF[THEMIS], mask)
    return resize(_eight_bits(equal, mask), options.size or COMPATIBLE_SIZE)


@compiled
def _eight_bits(images: NDArray[np.uint16], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(v + 128) // 257, which is v * 255 / 65535 rounded; 0 where masked."""
    out = np.empty(images.shape, dtype=np.uint8)
    for k in range(len(images)):
        for row in range(images.shape[1]):
            for column in range(images.shape[2]):
                # single precision is exact enough: a quotient is at least 1 / 257 below the next whole number
                value = (np.float32(images[k, row, column]) + np.float32(128)) / np.float32(257)
                out[k, row, column] = np.int32(value) * mask[row, column]
    return out
