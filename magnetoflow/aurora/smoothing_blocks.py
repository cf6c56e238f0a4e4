"""Frames of one site in segments and one-minute blocks: sums from which windows of any length are cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.errors import VariableError

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Times = NDArray[np.datetime64]

SUM_ERROR = 1e-3
"""Published text and float32 round; rows further from 1 are no probabilities."""
SUMS = ("frames", "mean", "square", "changes", "pulsating_changes", "confidence", "entropy")
COUNT, MEAN, SQUARE, CHANGES, CERTAINTY = (
    slice(0, 1),
    slice(1, 5),
    slice(5, 9),
    slice(9, 11),
    slice(11, 13),
)
"""Columns of :attr:`Blocks.sums`."""


@dataclass(frozen=True)
class Blocks:
    """Sums over the frames of each block of time.

    Blocks of a segment lie side by side in time; those in which no frame fell have sums of 0.

    Attributes
    ----------
    time : (block,) ndarray of datetime64[ns]
        Middle of the block, UTC.
    length_s : float [s]
    segment : (block,) ndarray of int64
    first, last : (block,) ndarray of int64
        First block of the block's segment, and one after its last.
    sums : (block, 13) ndarray
        Frames; per class the probability and its square; changes of the most probable class, changes from or
        to pulsating; winning probability and entropy.
    of_frame : (frame,) ndarray of int64
        Block of each frame.
    """

    time: Times
    length_s: float
    segment: Index
    first: Index
    last: Index
    sums: Floats
    of_frame: Index

    def __len__(self) -> int:
        """Count blocks."""
        return len(self.time)


def spread_confidence(prediction: ArrayLike, confidence: ArrayLike) -> Floats:
    """Class probabilities of which only the winner is known: the other classes share the rest.

    Parameters
    ----------
    prediction : (frame,) array_like of int
    confidence : (frame,) array_like
        Probability of the winner.

    Returns
    -------
    (frame, 4) ndarray
    """
    winner, top = np.asarray(prediction, dtype=np.int64), np.asarray(confidence, dtype=np.float64)
    table = np.repeat((1 - top)[:, None] / (len(CLASSES) - 1), len(CLASSES), axis=1)
    table[np.arange(len(winner)), winner] = top
    return table


def keep_winner(probabilities: Floats) -> Floats:
    """Reduce probabilities to what published outputs hold: the winner, the rest shared by the others."""
    return spread_confidence(probabilities.argmax(axis=1), probabilities.max(axis=1))


def check_frames(time: ArrayLike, probabilities: ArrayLike) -> tuple[Times, Floats]:
    """Check times and class probabilities of frames.

    Returns
    -------
    time : (frame,) ndarray of datetime64[ns]
    probabilities : (frame, 4) ndarray of float64

    Raises
    ------
    VariableError
        Shapes do not fit, a time is missing, or a row is neither probabilities nor NaN.
    """
    time, table = np.asarray(time, dtype="datetime64[ns]"), np.asarray(probabilities, dtype=np.float64)
    if time.ndim != 1 or table.shape != (len(time), len(CLASSES)):
        raise VariableError("times and probabilities do not fit", why=f"shapes {time.shape}, {table.shape}")
    if np.isnat(time).any():
        raise VariableError("frames without a time", why=f"{np.isnat(time).sum()} of {len(time)}")
    known = table[~np.isnan(table).any(axis=1)]
    if ((known < 0) | (known > 1 + SUM_ERROR)).any() or (np.abs(known.sum(axis=1) - 1) > SUM_ERROR).any():
        raise VariableError(
            "rows that are not class probabilities", why="outside 0 to 1, or their sum is not 1"
        )
    return time, table


def segment_numbers(time: Times, max_gap_s: float) -> Index:
    """Count, for each of ascending times, the gaps before it that are longer than `max_gap_s` [s]."""
    # compared in seconds: an endless limit is allowed
    gap = np.diff(time) / np.timedelta64(1, "s") > max_gap_s
    return np.concatenate([[0], np.cumsum(gap)]).astype(np.int64)[: len(time)]


def make_blocks(time: Times, probabilities: Floats, length_s: float, max_gap_s: float) -> Blocks:
    """Sum frames into blocks.

    Parameters
    ----------
    time : (frame,) ndarray of datetime64[ns]
        Strictly increasing; any number of dates.
    probabilities : (frame, 4) ndarray
        Without NaN.
    length_s : float [s]
    max_gap_s : float [s]
        A longer time without frames divides segments.

    Returns
    -------
    Blocks
    """
    length = np.timedelta64(round(length_s * 1e9), "ns")
    segment = segment_numbers(time, max_gap_s)
    tick = (time - np.datetime64(0, "ns")) // length
    starts = np.flatnonzero(np.diff(segment, prepend=-1))
    ends = np.append(starts[1:], len(time)) - 1
    sizes = tick[ends] - tick[starts] + 1 if len(time) else np.zeros(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    of_frame = (tick - np.repeat(tick[starts], np.diff(np.append(starts, len(time))))) + offsets[segment]
    number = np.repeat(np.arange(len(starts)), sizes)
    place = np.arange(offsets[-1]) - offsets[:-1][number]
    columns = _columns(probabilities, segment)
    sums = np.stack([np.bincount(of_frame, column, offsets[-1]) for column in columns], axis=1)
    return Blocks(
        time=np.datetime64(0, "ns") + (tick[starts][number] + place) * length + length // 2,
        length_s=length_s,
        segment=number,
        first=offsets[:-1][number],
        last=offsets[1:][number],
        sums=sums.astype(np.float64),
        of_frame=of_frame,
    )


def _columns(table: Floats, segment: Index) -> list[Floats]:
    """Columns of :data:`SUMS`, per frame."""
    winner = table.argmax(axis=1)
    follows = np.diff(segment, prepend=-1) == 0
    before = np.concatenate([winner[:1], winner[:-1]])
    changed = follows & (winner != before)
    pulsating = changed & ((winner == PULSATING) | (before == PULSATING))
    entropy = -(table * np.log(np.maximum(table, 1e-6))).sum(axis=1)
    flags = [changed.astype(np.float64), pulsating.astype(np.float64)]
    return [np.ones(len(table)), *table.T, *(table**2).T, *flags, table.max(axis=1), entropy]


def window_means(blocks: Blocks, before: int, after: int) -> Floats:
    """Means over the frames of a window around each block, cut at the ends of its segment.

    Parameters
    ----------
    blocks : Blocks
    before, after : int [block]
        The window is [block - before, block + after).

    Returns
    -------
    (block, 13) ndarray
        As :attr:`Blocks.sums`, divided by the frames; the first column holds the frames.
    """
    total = np.concatenate([np.zeros((1, blocks.sums.shape[1])), blocks.sums.cumsum(axis=0)])
    own = np.arange(len(blocks))
    part = total[np.minimum(own + after, blocks.last)] - total[np.maximum(own - before, blocks.first)]
    frames = part[:, COUNT]
    return np.hstack([frames, part[:, 1:] / np.maximum(frames, 1)])
