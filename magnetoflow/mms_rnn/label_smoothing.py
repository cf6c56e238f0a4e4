"""Labels that last: a vote of the neighbours, or states that seldom change. Gaps are never crossed."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.classes import REGIONS

Floats = NDArray[np.float64]
Labels = NDArray[np.int8]
Smoothing = Literal["none", "majority", "hmm"]
SMOOTHINGS: tuple[Smoothing, ...] = ("none", "majority", "hmm")


def smooth(
    probabilities: Floats,
    trusted: NDArray[np.bool_],
    piece: NDArray[np.integer],
    method: Smoothing,
    samples: float,
) -> Labels:
    """Smooth labels within each piece.

    Parameters
    ----------
    probabilities : (time, 6) ndarray
    trusted : (time,) ndarray of bool
        Samples that count; the others are labelled by their neighbours alone.
    piece : (time,) ndarray of int
        Ascending number of the stretch without a gap or a missing sample; negative: in none, not labelled.
    method : {"none", "majority", "hmm"}
        The most frequent label among the neighbours (of equals, the sample's own, then the first); or the
        most probable sequence of states that stay for `samples` on average and turn to any other alike.
    samples : float
        Width of the window of the vote, or mean stay.

    Returns
    -------
    (time,) ndarray of int8
        Index of the region; -1 where there is none.

    References
    ----------
    Viterbi 1967, doi:10.1109/TIT.1967.1054010
    """
    labels = np.full(len(piece), -1, dtype=np.int8)
    inside = np.flatnonzero(piece >= 0)
    for rows in np.split(inside, np.flatnonzero(np.diff(piece[inside])) + 1):
        if not trusted[rows].any():
            continue
        if method == "none":
            labels[rows] = np.where(trusted[rows], probabilities[rows].argmax(axis=1), -1)
        elif method == "majority":
            labels[rows] = _vote(probabilities[rows].argmax(axis=1), trusted[rows], samples)
        else:
            labels[rows] = _most_probable(probabilities[rows], trusted[rows], samples)
    return labels


def _vote(label: NDArray[np.int64], trusted: NDArray[np.bool_], samples: float) -> Labels:
    """Most frequent trusted label within half a window on both sides; -1 without any."""
    half, rows = int(samples // 2), np.arange(len(label))
    votes = np.zeros((len(label) + 1, len(REGIONS)))
    votes[1:][rows, label] = trusted
    sums = np.cumsum(votes, axis=0)
    count = sums[np.minimum(rows + half + 1, len(label))] - sums[np.maximum(rows - half, 0)]
    count[rows, label] += 0.5 * (trusted & (count[rows, label] > 0))
    return np.where(count.any(axis=1), count.argmax(axis=1), -1).astype(np.int8)


def _most_probable(probabilities: Floats, trusted: NDArray[np.bool_], samples: float) -> Labels:
    """Viterbi's sequence. Only the best state and the same state can come before, all others being alike."""
    states = len(REGIONS)
    seen = np.where(trusted[:, None], np.log(np.maximum(probabilities, 1e-12)), 0.0)
    leave = min(1 / max(samples, 1.0), (states - 1) / states)
    stay, turn = np.log(1 - leave), np.log(leave / (states - 1))
    before, best = np.empty((len(seen), states), dtype=np.int8), np.zeros(states)
    own = np.arange(states, dtype=np.int8)
    for step, now in enumerate(seen):
        champion = int(best.argmax())
        turned = best + stay < best[champion] + turn
        before[step] = np.where(turned, champion, own)
        best = np.where(turned, best[champion] + turn, best + stay) + now
    labels = np.empty(len(seen), dtype=np.int8)
    labels[-1] = best.argmax()
    for step in range(len(seen) - 1, 0, -1):
        labels[step - 1] = before[step, labels[step]]
    return labels
