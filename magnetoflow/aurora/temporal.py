"""Inputs of the network: what a frame's sky looks like, and how each part of it changed within 30 s around.

Pulsating aurora is defined by its behaviour in time, so the order of the frames has to reach the network: per
block of the sky the autocovariance of the brightness at several lags. It is computed anew for each frame, in
one fixed order: results do not depend on how the stream of frames is cut into chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import GAP_S, Planes
from magnetoflow.aurora.inputs import ENOUGH, HALF, INPUTS, LAGS, SIDE_LAGS, WINDOW
from magnetoflow.aurora.temporal_sums import fill
from magnetoflow.errors import DataError

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

DARK = {"fast": 3000.0, "compatible": 0.0}
"""Level [count] that no pixel falls below, by chain; sky brightness is counted from it."""

FLOOR = {"fast": (300.0, 5.0, 1.0), "compatible": (10.0, 1.0, 0.2)}
"""Least sky brightness, excess of the brightest pixel, and noise, by chain: keeps an empty sky finite."""

COMPATIBLE_BLOCK = 4
USELESS = int(Flag.BLACK | Flag.SATURATED)


@dataclass(frozen=True)
class Batch:
    """Frames of one batch, in time order.

    Attributes
    ----------
    time : (frame,) ndarray of datetime64[ns]
    flags : (frame,) ndarray of uint16
        With SHORT_CONTEXT where it applies.
    inputs : (batch, row, column, input) ndarray of float32
        As many as the batch size whatever the number of frames; the rest is 0, as are frames without a view.
    """

    time: NDArray[np.datetime64]
    flags: NDArray[np.uint16]
    inputs: Floats


def two_channels(images: Floats, chain: str) -> Floats:
    """Mean and excess of the brightest pixel per block of the network's grid.

    Parameters
    ----------
    images : (frame, channel, row, column) ndarray of float32
        Of :class:`Planes`.
    chain : str
        ``fast`` has both already; ``compatible`` is reduced by blocks of 4 by 4, 224 to 56.

    Returns
    -------
    (frame, 2, row, column) ndarray of float32
    """
    if chain == "fast":
        return np.ascontiguousarray(images, np.float32)
    n, _, rows, columns = images.shape
    size = COMPATIBLE_BLOCK
    blocks = images.reshape(n, rows // size, size, columns // size, size)
    mean = blocks.mean(axis=(2, 4), dtype=np.float32)
    return np.stack([mean, blocks.max(axis=(2, 4)) - mean], axis=1)


def runs(time: NDArray[np.datetime64], flags: NDArray[np.uint16]) -> tuple[Integers, Integers]:
    """First frame of each frame's unbroken run, and the one after its last.

    A run ends at a gap of more than 1.5 cadences and at a frame without a view of the sky.
    """
    n = len(time)
    useless = (flags & USELESS) != 0
    cut = np.ones(n, bool)
    cut[1:] = (np.diff(time) > np.timedelta64(int(GAP_S * 1e9), "ns")) | useless[1:] | useless[:-1]
    starts = np.flatnonzero(cut)
    which = np.cumsum(cut) - 1
    return starts[which], np.append(starts[1:], n)[which]


def windows(start: Integers, stop: Integers) -> tuple[Integers, Integers]:
    """Frames that each frame's window begins and ends with (one after), inside its run."""
    low = np.clip(np.arange(len(start)) - HALF, start, np.maximum(start, stop - WINDOW))
    return low, np.minimum(stop, low + WINDOW)


def temporal_inputs(
    images: Floats, frames: Integers, low: Integers, high: Integers, chain: str, out: Floats, rows: Integers
) -> None:
    """Fill in the inputs of some frames.

    Parameters
    ----------
    images : (frame, 2, row, column) ndarray of float32
        Of :func:`two_channels`.
    frames, low, high : (output,) ndarray of int
        Frame, begin and end of its window.
    chain : str
        ``fast`` or ``compatible``: levels that the brightness is counted from.
    out : (any, row, column, input) ndarray of float32
        Zeros.
    rows : (output,) ndarray of int
        Where in `out` each frame's inputs go.
    """
    if not len(frames):
        return
    first = low.min()
    sky, pixels = sky_of(images[first : high.max()])
    sky_inputs(sky, pixels, frames - first, low - first, high - first, chain, out, rows)


def sky_of(images: Floats) -> tuple[Floats, Integers]:
    """Blocks of the sky, (frame, 2, block), and their places in the flat image; the rest is masked."""
    flat = images.reshape(len(images), 2, -1)
    pixels = np.flatnonzero((flat[:, 0] > 0).any(axis=0))
    return np.ascontiguousarray(flat[:, :, pixels]), pixels


def sky_inputs(
    sky: Floats,
    pixels: Integers,
    frames: Integers,
    low: Integers,
    high: Integers,
    chain: str,
    out: Floats,
    rows: Integers,
) -> None:
    """Fill in the inputs of some frames as :func:`temporal_inputs`, from :func:`sky_of`."""
    levels, lags = np.array([DARK[chain], *FLOOR[chain]], np.float32), np.array((0, *LAGS))
    flat = out.reshape(len(out), -1, len(INPUTS))
    fill(sky, frames, low, high, lags, np.array(SIDE_LAGS), levels, pixels, flat, rows)


def batches(stream: Iterable[Planes], chain: str, size: int) -> Iterator[Batch]:
    """Batches of inputs for a stream of planes; pulls no more of it than it needs.

    Parameters
    ----------
    stream : iterable of Planes
        In time order.
    chain : str
    size : int [frame]
        Of each batch but the last.

    Yields
    ------
    Batch

    Raises
    ------
    DataError
        A chunk begins before the end of the one before it, holds a time twice, or has other dimensions.
    """
    waiting = _Waiting(chain)
    for planes in stream:
        for piece in _pieces(planes, size):
            waiting.add(piece)
            while waiting.ready(last=False) >= size:
                yield waiting.take(size, size)
    while (left := waiting.ready(last=True)) > 0:
        yield waiting.take(min(left, size), size)


def _pieces(planes: Planes, size: int) -> Iterator[Planes]:
    """Cut a chunk, its frames in the order of time."""
    order = np.argsort(planes.time, kind="stable")
    for first in range(0, len(planes), size):
        rows = order[first : first + size]
        yield Planes(planes.time[rows], planes.flags[rows], planes.images[rows])


class _Waiting:
    """Frames that are not answered yet, and those before them that their windows may reach."""

    def __init__(self, chain: str) -> None:
        self.chain = chain
        self.done = 0
        self.planes: Planes | None = None

    def add(self, piece: Planes) -> None:
        """Append frames; forget those that no window reaches any more."""
        reduced = Planes(piece.time, piece.flags, two_channels(piece.images, self.chain))
        if self.planes is not None:
            _check_order(self.planes, reduced)
            drop = max(self.done - WINDOW, 0)
            old = self.planes
            reduced = Planes(
                np.concatenate([old.time[drop:], reduced.time]),
                np.concatenate([old.flags[drop:], reduced.flags]),
                np.concatenate([old.images[drop:], reduced.images]),
            )
            self.done -= drop
        if (np.diff(reduced.time) <= np.timedelta64(0)).any():
            raise _order_error(reduced.time[0])
        self.planes = reduced

    def ready(self, last: bool) -> int:
        """Frames whose windows are known."""
        if self.planes is None:
            return 0
        n = len(self.planes)
        if last:
            return n - self.done
        start, stop = runs(self.planes.time, self.planes.flags)
        known = (stop < n) | (np.maximum(np.arange(n) - HALF, start) + WINDOW <= n)
        unknown = np.flatnonzero(~known)
        return int(unknown[0] if len(unknown) else n) - self.done

    def take(self, count: int, size: int) -> Batch:
        """Answer the next frames."""
        assert self.planes is not None
        planes, rows = self.planes, np.arange(self.done, self.done + count)
        start, stop = runs(planes.time, planes.flags)
        low, high = windows(start, stop)
        useful = rows[(planes.flags[rows] & USELESS) == 0]
        inputs = np.zeros((size, *planes.images.shape[2:], len(INPUTS)), np.float32)
        temporal_inputs(
            planes.images, useful, low[useful], high[useful], self.chain, inputs, useful - self.done
        )
        flags = planes.flags[rows].copy()
        flags[(useful - self.done)[(high - low)[useful] < ENOUGH]] |= np.uint16(Flag.SHORT_CONTEXT)
        self.done += count
        return Batch(planes.time[rows], flags, inputs)


def _check_order(old: Planes, new: Planes) -> None:
    """Refuse chunks that do not follow each other."""
    if len(new) and len(old) and new.time[0] <= old.time[-1]:
        raise _order_error(new.time[0])
    if new.images.shape[1:] != old.images.shape[1:]:
        raise DataError(
            "frames of one stream differ in size",
            where=str(new.time[0]) if len(new) else None,
            why=f"{new.images.shape[1:]} after {old.images.shape[1:]}",
            todo="prepare all frames of a shard with the same options",
        )


def _order_error(time: np.datetime64) -> DataError:
    return DataError(
        "frames are not in the order of time",
        where=str(time),
        why="a chunk does not begin after the one before it, or holds a time twice",
        todo="read the frames with magnetoflow.io.asi, which sorts them and keeps each once",
    )
