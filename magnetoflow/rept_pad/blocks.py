"""Orbits, or spans of hours: neighbouring records belong together, and no split cuts them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.rept_pad.data import Floats, Times

STEP_S = 600
"""Time within which a perigee is found."""
MOST_STEPS = 10_000_000
"""Longest span in which perigees are looked for, 190 years."""


@dataclass(frozen=True)
class Split:
    """Three sets of records without a block in common.

    Attributes
    ----------
    train, validation, test : (t,) ndarray of bool
    """

    train: NDArray[np.bool_]
    validation: NDArray[np.bool_]
    test: NDArray[np.bool_]


def assign(time: Times, l_shell: Floats, how: str, hours: float) -> NDArray[np.int64]:
    """Name the block of each record.

    Parameters
    ----------
    time : (t,) ndarray of datetime64[ns], UTC
        Ascending.
    l_shell : (t,) ndarray [1]
    how : str
        ``orbit``: from one minimum of L to the next; ``hours``: spans counted from 1970. Records that show no
        minimum of L are cut by ``hours``.
    hours : float [hour]
        Length of a span, or of an orbit (which need not be exact).

    Returns
    -------
    (t,) ndarray of int64
        Of an orbit: its start in halves of `hours` since 1970, and so nearly always the same whatever
        chunk it is read in; of a span: its number.

    Raises
    ------
    ConfigError
        Unknown `how`, or `hours` not above 0.
    """
    if how not in ("orbit", "hours") or not hours > 0:
        raise ConfigError(
            "blocks cannot be made",
            where="prepare.block",
            why=f"orbit or hours, and hours above 0 were expected, found {how!r} and {hours}",
        )
    seconds = time.astype("datetime64[ns]").astype(np.int64) / 1e9
    if how == "orbit" and len(time):
        starts = _perigees(seconds, np.asarray(l_shell, dtype=float), hours * 3600)
        if len(starts):
            return _orbits(seconds, starts, hours * 3600)
    return np.floor(seconds / (hours * 3600)).astype(np.int64)


def split(blocks: NDArray[np.int64], fractions: Sequence[float], seed: int) -> Split:
    """Draw whole blocks for training, validation and test.

    Parameters
    ----------
    blocks : (t,) ndarray of int64
    fractions : sequence of three floats [1]
        Shares of the records that are aimed at; they add to 1. A share above 0 gets at least one block.
    seed : int

    Raises
    ------
    ConfigError
        Not three shares that add to 1.
    InsufficientData
        Fewer blocks than shares above 0.
    """
    shares = np.asarray(fractions, dtype=float)
    if shares.shape != (3,) or np.any(~(shares >= 0)) or abs(shares.sum() - 1) > 1e-6:
        raise ConfigError("shares of a split must be three that add to 1", why=f"found {list(fractions)}")
    names, number = np.unique(blocks, return_counts=True)
    wanted = np.flatnonzero(shares > 0)
    if len(names) < len(wanted):
        raise InsufficientData(
            "too few blocks to split",
            why=f"{len(names)} blocks of time for {len(wanted)} sets",
            todo="take a longer event, or set prepare.block to hours and prepare.block_hours lower",
        )
    order = np.random.default_rng(seed).permutation(len(names))
    owner = np.empty(len(names), dtype=np.int64)
    owner[order] = _owners(number[order], shares, wanted)
    sets = owner[np.searchsorted(names, blocks)]
    return Split(sets == 0, sets == 1, sets == 2)


def _owners(number: NDArray[np.int64], shares: Floats, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each block, in turn, to the set that lacks most."""
    held = np.zeros(3)
    owner = np.empty(len(number), dtype=np.int64)
    for k, records in enumerate(number):
        lack = np.where(shares > 0, shares * number.sum() - held, -np.inf)
        bare = wanted[held[wanted] == 0]
        if len(bare) == len(number) - k:
            lack[np.setdiff1d(np.arange(3), bare)] = -np.inf
        owner[k] = int(np.argmax(lack))
        held[owner[k]] += records
    return owner


def _perigees(seconds: Floats, l_shell: Floats, period: float) -> Floats:
    """Find the times of the lowest L within a third of an orbit on either side."""
    step = np.floor(seconds / STEP_S).astype(np.int64)
    known = np.isfinite(l_shell)
    if not known.any() or step[-1] - step[0] > MOST_STEPS:
        return np.empty(0)
    lowest = np.full(step[-1] - step[0] + 1, np.inf)
    np.minimum.at(lowest, step[known] - step[0], l_shell[known])
    reach = max(1, int(period / 3 / STEP_S))
    padded = np.pad(lowest, reach, constant_values=np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    found = np.flatnonzero(np.isfinite(lowest) & (lowest == around))
    last = np.flatnonzero(np.isfinite(lowest))[-1]
    kept: list[int] = []
    for one in found:
        if one != last and (not kept or one - kept[-1] > reach):
            kept.append(int(one))
    return np.asarray((np.array(kept, dtype=float) + step[0] + 0.5) * STEP_S)


def _orbits(seconds: Floats, starts: Floats, period: float) -> NDArray[np.int64]:
    """Name the orbits; the one before the first perigee begins a period earlier."""
    steps = np.diff(starts)
    near = steps[np.abs(steps - period) < period / 4]
    usual = float(np.median(near)) if len(near) else period
    before = np.concatenate([[starts[0] - usual], starts])
    orbit = np.searchsorted(starts, seconds, side="right")
    return np.round(before[orbit] / (period / 2)).astype(np.int64)
