"""Hidden states that last: forward-backward and Viterbi over frames or blocks of one segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES

Floats = NDArray[np.float64]


def lasting(stay: float, states: int = len(CLASSES)) -> Floats:
    """Transition matrix of states that stay with one probability, and else turn to any other alike."""
    table = np.full((states, states), (1 - stay) / (states - 1))
    np.fill_diagonal(table, stay)
    return table


def forward_backward(evidence: Floats, transition: Floats, start: Floats) -> Floats:
    """Posterior of the states, given all of the evidence.

    Parameters
    ----------
    evidence : (time, ..., state) ndarray
        Likelihood of each state, above 0; rows of ones where nothing is known.
    transition : (state, state) ndarray
        Probability from row to column.
    start : (state,) ndarray

    Returns
    -------
    (time, ..., state) ndarray

    References
    ----------
    Rabiner 1989, doi:10.1109/5.18626
    """
    forward, backward = np.empty_like(evidence), np.ones_like(evidence)
    now = start
    for step, seen in enumerate(evidence):
        now = (now if step == 0 else now @ transition) * seen
        now = now / now.sum(axis=-1, keepdims=True)
        forward[step] = now
    for step in range(len(evidence) - 2, -1, -1):
        now = (evidence[step + 1] * backward[step + 1]) @ transition.T
        backward[step] = now / now.sum(axis=-1, keepdims=True)
    both = forward * backward
    return np.asarray(both / both.sum(axis=-1, keepdims=True))


def viterbi(log_evidence: Floats, log_transition: Floats, log_start: Floats) -> NDArray[np.int64]:
    """Most probable sequence of states.

    Parameters
    ----------
    log_evidence : (time, state) ndarray
    log_transition : (state, state) ndarray
        From row to column.
    log_start : (state,) ndarray

    Returns
    -------
    (time,) ndarray of int64

    References
    ----------
    Viterbi 1967, doi:10.1109/TIT.1967.1054010
    """
    size = len(log_evidence)
    came_from = np.zeros(log_evidence.shape, dtype=np.int64)
    best = log_start + log_evidence[0]
    for step in range(1, size):
        reach = best[:, None] + log_transition
        came_from[step] = reach.argmax(axis=0)
        best = reach.max(axis=0) + log_evidence[step]
    states = np.empty(size, dtype=np.int64)
    states[-1] = best.argmax()
    for step in range(size - 1, 0, -1):
        states[step - 1] = came_from[step, states[step]]
    return states
