"""Which frames to keep for training, and how to split them: whole nights of one site, never frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import UNLABELLED
from magnetoflow.aurora.frames import CADENCE_S

TRIALS = 200
EVERY = 60_000
"""Splits: all are looked at where there are no more, else so many draws."""

_NS_PER_DEGREE = 240 * 10**9
"""The Sun moves 1 degree in 4 minutes."""


def night_of(time: NDArray[np.datetime64], longitude_deg: float) -> NDArray[np.datetime64]:
    """Date of the evening of the night that each time is in.

    Parameters
    ----------
    time : (frame,) ndarray of datetime64
        UTC.
    longitude_deg : float [deg]
        East.

    Returns
    -------
    (frame,) ndarray of datetime64[D]
        Changes at local mean noon: two UTC dates of an American site share a night.
    """
    local = time.astype("datetime64[ns]") + np.timedelta64(round(longitude_deg * _NS_PER_DEGREE), "ns")
    return (local - np.timedelta64(12, "h")).astype("datetime64[D]")


def thinned(
    label: NDArray[np.int8],
    *,
    blocks: int,
    minutes: float,
    interval: NDArray[np.int32] | None = None,
    cadence_s: float = CADENCE_S,
) -> NDArray[np.bool_]:
    """Choose at most some blocks of each labelled interval, evenly spread over it.

    Parameters
    ----------
    label : (frame,) ndarray of int8
        In time order.
    blocks : int
        At most so many of each interval.
    minutes : float [min]
        Length of a block, counted in frames.
    interval : (frame,) ndarray of int32, optional
        Number of the interval of each frame, where neighbours with the same label are to count apart.
    cadence_s : float [s]

    Returns
    -------
    (frame,) ndarray of bool
        Frames to keep; none without label.
    """
    length = max(1, round(minutes * 60 / cadence_s))
    changed = label[1:] != label[:-1]
    if interval is not None:
        changed |= interval[1:] != interval[:-1]
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(label)]
    keep = np.zeros(len(label), bool)
    for first, last in pairwise(edges):
        if first == last or label[first] == UNLABELLED:
            continue
        if last - first <= blocks * length:
            keep[first:last] = True
            continue
        for k in range(blocks):
            begin = first + int((k + 0.5) * (last - first) / blocks - length / 2)
            keep[begin : begin + length] = True
    return keep


def split_groups(
    groups: Mapping[str, Sequence[int]], seed: int, fractions: Sequence[float] = (0.7, 0.15, 0.15)
) -> tuple[tuple[str, ...], ...]:
    """Split groups (a night of a site each) into training, validation, test.

    Parameters
    ----------
    groups : mapping of str to sequence of int
        Name of a group to its number of frames of each class.
    seed : int
    fractions : sequence of float
        Share of the groups in each part; they sum to 1.

    Returns
    -------
    tuple of tuple of str
        Names of each part, sorted. Of all splits (where there are too many, of a number of draws) the one
        that leaves the fewest classes out of a part, and then the one closest to `fractions`; a class of too
        few groups is in the first part, then the last. The same for the same names, counts and seed,
        whatever their order.

    Raises
    ------
    ValueError
        Fewer groups than parts, or fractions that do not sum to 1.
    """
    names = sorted(groups)
    parts = len(fractions)
    if len(names) < parts:
        raise ValueError(f"{len(names)} groups cannot be split into {parts} parts")
    if abs(sum(fractions) - 1) > 1e-9 or min(fractions) <= 0:
        raise ValueError(f"fractions {list(fractions)} are not shares that sum to 1")
    has = np.array([[count > 0 for count in groups[name]] for name in names])
    rng = np.random.default_rng(seed)
    wanted = np.maximum(np.array(fractions) * len(names), 1)
    if parts ** len(names) <= EVERY:
        every = np.indices((parts,) * len(names)).reshape(len(names), -1).T
        draws = every[rng.permutation(len(every))]
    else:
        draws = np.array([_drawn(has, rng.permutation(len(names)), wanted) for _ in range(TRIALS)])
    part = draws[np.lexsort(_badness(draws, has, wanted)[::-1])[0]]
    return tuple(tuple(name for name, own in zip(names, part, strict=True) if own == k) for k in range(parts))


def _badness(
    draws: NDArray[np.int64], has: NDArray[np.bool_], wanted: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Of each draw: empty parts, classes missing in all and in each part, distance from the wanted sizes."""
    order = _priority(len(wanted))
    sizes = np.array([(draws == k).sum(axis=1) for k in order], float)
    there = np.array([((draws == k).astype(np.int64) @ has.astype(np.int64) > 0).sum(axis=1) for k in order])
    missing = has.any(axis=0).sum() - there.astype(float)
    return [
        (sizes == 0).sum(axis=0),
        missing.sum(axis=0),
        *missing,
        np.abs(sizes.T - wanted[order]).sum(axis=1),
    ]


def _priority(parts: int) -> list[int]:
    return list(dict.fromkeys([0, parts - 1, *range(1, parts - 1)]))


def _drawn(
    has: NDArray[np.bool_], order: NDArray[np.int64], wanted: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Part of each group: first one group for each class a part lacks, rare classes first; then fill up."""
    part = np.full(len(order), -1)
    for one in np.argsort(has.sum(axis=0), kind="stable"):
        for k in _priority(len(wanted)):
            free = [group for group in order if part[group] < 0 and has[group, one]]
            if free and not has[part == k, one].any():
                lacking = ~has[part == k].any(axis=0)
                part[max(free, key=lambda group: int((has[group] & lacking).sum()))] = k
    for k in _priority(len(wanted)):
        free = [group for group in order if part[group] < 0]
        if free and not (part == k).any():
            part[free[0]] = k
    for group in order:
        if part[group] < 0:
            part[group] = np.argmax(wanted - np.bincount(part[part >= 0], minlength=len(wanted)))
    return part
