"""Records to fit a model on: from all blocks alike, and from all levels of counts in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Floats, Times
from magnetoflow.rept_pad.quality import DATA


def choose(
    state: NDArray[np.uint8],
    block: NDArray[np.int64],
    signal_counts: Floats,
    n: int,
    seed: int,
    time: Times | None = None,
) -> NDArray[np.int64]:
    """Choose records for a fit.

    Blocks give equally many as far as they hold so many. Within a block, records sorted by counts are taken
    at equal steps from a random start, so that faint and bright ones have their own shares.

    Parameters
    ----------
    state : (t,) ndarray of uint8
        Only ``DATA`` is chosen.
    block : (t,) ndarray of int64
    signal_counts : (t,) ndarray [count]
        As :func:`magnetoflow.rept_pad.background.signal_counts` gives them.
    n : int
        Records wanted; all of them where there are no more.
    seed : int
    time : (t,) ndarray of datetime64, optional
        Decides between records of equal counts, so that the choice is the same whatever the order of records.

    Returns
    -------
    (at most n,) ndarray of int
        Rows, ascending.
    """
    rows = np.flatnonzero(state == DATA)
    if len(rows) <= n:
        return rows
    tie = rows if time is None else time[rows].astype(np.int64)
    rows = rows[np.lexsort((tie, signal_counts[rows], block[rows]))]
    _, held = np.unique(block[rows], return_counts=True)
    rng = np.random.default_rng(seed)
    quota = _quotas(held, n, rng)
    first = np.cumsum(held) - held
    start = rng.random(len(held))
    steps = [
        at + np.floor((np.arange(wanted) + offset) * size / wanted).astype(np.int64)
        for at, size, wanted, offset in zip(first, held, quota, start, strict=True)
        if wanted
    ]
    return np.sort(rows[np.concatenate(steps)]) if steps else rows[:0]


def _quotas(held: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Share n among blocks: equal parts, none above what the block holds, the rest by lot."""
    low, high = 0, int(held.max())
    while low < high:  # the largest part that all can be given
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.minimum(held, middle).sum() <= n else (low, middle - 1)
    quota = np.minimum(held, low)
    more = rng.permutation(np.flatnonzero(held > quota))[: n - quota.sum()]
    quota[more] += 1
    return quota
