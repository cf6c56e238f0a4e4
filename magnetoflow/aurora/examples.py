"""The most certain frames of each class, kept while a stream of frames passes by."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.frames import SHAPE, Frames

APART = np.timedelta64(60, "s")
"""Examples of one class are at least so far apart, so that they do not show the same scene."""


class Examples:
    """Keep the images of the most probable frames of each class.

    Frames are shown first, and judged later, in the same order: a network looks at its neighbours as well.

    Parameters
    ----------
    most : int
        Frames per class.
    """

    def __init__(self, most: int = 3) -> None:
        self.most = most
        self._waiting: dict[int, NDArray[np.uint16]] = {}
        self._kept: list[list[tuple[float, int, NDArray[np.uint16]]]] = [[] for _ in CLASSES]

    def show(self, frames: Frames) -> None:
        """Hold frames until they are judged."""
        nanoseconds = frames.time.astype("datetime64[ns]").astype(np.int64)
        self._waiting.update(zip(nanoseconds.tolist(), frames.images, strict=True))

    def judge(
        self,
        time: NDArray[np.datetime64],
        probabilities: NDArray[np.float32],
        usable: Iterable[bool],
    ) -> None:
        """Keep or drop frames that were shown.

        Parameters
        ----------
        time : (frame,) ndarray of datetime64[ns]
        probabilities : (frame, 4) ndarray
        usable : (frame,) iterable of bool
            False: never an example.
        """
        nanoseconds = time.astype("datetime64[ns]").astype(np.int64).tolist()
        for moment, chances, good in zip(nanoseconds, probabilities, usable, strict=True):
            image = self._waiting.pop(moment)
            if good:
                best = int(chances.argmax())
                self._offer(self._kept[best], (float(chances[best]), moment, image.copy()))

    def _offer(
        self,
        kept: list[tuple[float, int, NDArray[np.uint16]]],
        one: tuple[float, int, NDArray[np.uint16]],
    ) -> None:
        apart = APART // np.timedelta64(1, "ns")
        near = [other for other in kept if abs(other[1] - one[1]) < apart]
        if any(other[0] >= one[0] for other in near):
            return
        kept[:] = [other for other in kept if abs(other[1] - one[1]) >= apart]
        kept.append(one)
        kept.sort(key=lambda example: (-example[0], example[1]))
        del kept[self.most :]

    def arrays(
        self,
    ) -> tuple[NDArray[np.datetime64], NDArray[np.int8], NDArray[np.float32], NDArray[np.uint16]]:
        """Return times, classes, probabilities and images, by class and falling probability."""
        rows = [(index, *one) for index, kept in enumerate(self._kept) for one in kept]
        return (
            np.array([row[2] for row in rows], np.int64).astype("datetime64[ns]"),
            np.array([row[0] for row in rows], np.int8),
            np.array([row[1] for row in rows], np.float32),
            np.array([row[3] for row in rows], np.uint16).reshape(len(rows), *SHAPE),
        )
