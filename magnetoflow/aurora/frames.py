"""Frames of one camera as the readers return them, and what preprocessing makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHAPE = (256, 256)
CADENCE_S = 3.0
GAP_S = 1.5 * CADENCE_S
"""Frames further apart than this have a gap between them."""


@dataclass(frozen=True)
class Frames:
    """Frames of one camera, in time order, each once.

    Attributes
    ----------
    site : str
        Four letters, ``gill``.
    time : (frame,) ndarray of datetime64[ns]
        Begin of the exposure, UTC, strictly increasing.
    images : (frame, 256, 256) ndarray of uint16 [count]
        Row 0 is north, as stored.
    flags : (frame,) ndarray of uint16
        Bits of :class:`magnetoflow.aurora.classes.Flag`.
    """

    site: str
    time: NDArray[np.datetime64]
    images: NDArray[np.uint16]
    flags: NDArray[np.uint16]

    def __len__(self) -> int:
        """Count frames."""
        return len(self.time)


@dataclass(frozen=True)
class Planes:
    """What a preprocessing chain makes of frames.

    Attributes
    ----------
    time : (frame,) ndarray of datetime64[ns]
        UTC, strictly increasing.
    flags : (frame,) ndarray of uint16
    images : (frame, channel, row, column) ndarray of float32
        ``fast``: channel 0 the mean counts of each block of pixels above the mask's elevation, channel 1 the
        excess of the block's brightest pixel over that mean; 0 outside the mask. ``compatible``: one channel,
        0 to 255, 0 outside the mask.
    """

    time: NDArray[np.datetime64]
    flags: NDArray[np.uint16]
    images: NDArray[np.float32]

    def __len__(self) -> int:
        """Count frames."""
        return len(self.time)
