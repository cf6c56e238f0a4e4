"""Activity of each record: phase of a storm, or an index between edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError, VariableError

Codes = NDArray[np.int64]
Times = NDArray[np.datetime64]

PHASES = ("quiet", "main", "recovery")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Storm:
    """One geomagnetic storm.

    Attributes
    ----------
    id : str
    onset, minimum, end : datetime64
        UTC: start of the main phase, its end (least Dst or SYM-H), end of the recovery.
    """

    id: str
    onset: np.datetime64
    minimum: np.datetime64
    end: np.datetime64

    def __post_init__(self) -> None:
        if not self.onset < self.minimum < self.end:
            raise ConfigError(
                f"the times of storm {self.id} are not in order",
                why=f"onset {self.onset}, minimum {self.minimum}, end {self.end}",
                todo="give onset < minimum < end in the storm list",
            )


@dataclass(frozen=True)
class Activity:
    """Level of each record.

    Attributes
    ----------
    names : tuple of str
        Of the levels, in order.
    code : (t,) ndarray of int64
        Number of the level of each record; -1 unknown.
    """

    names: tuple[str, ...]
    code: Codes


def storm_phases(time: Times, storms: Sequence[Storm]) -> Activity:
    """Phase of a storm in which each time lies: main from onset to minimum, recovery to the end, else quiet.

    Parameters
    ----------
    time : (t,) ndarray of datetime64 [UTC]
    storms : sequence of Storm
        A main phase counts before a recovery where two storms overlap.
    """
    code = np.zeros(len(time), dtype=np.int64)
    for storm in storms:
        code[(time >= storm.minimum) & (time < storm.end)] = PHASES.index("recovery")
    for storm in storms:
        code[(time >= storm.onset) & (time < storm.minimum)] = PHASES.index("main")
    return Activity(PHASES, code)


def index_levels(
    time: Times,
    index_time: Times,
    index: NDArray[np.floating],
    edges: Sequence[float],
    *,
    name: str = "index",
    longest: np.timedelta64 | None = None,
) -> Activity:
    """Level of an index of activity that holds at each time.

    Parameters
    ----------
    time : (t,) ndarray of datetime64 [UTC]
    index_time : (m,) ndarray of datetime64 [UTC]
        Start of the span of each value, ascending.
    index : (m,) ndarray
        NaN where missing.
    edges : sequence of float
        Ascending; a value on an edge belongs to the level above.
    name : str
        For the names of the levels, as ``Kp 2 to 4``.
    longest : timedelta64, optional
        A value holds until the next one, but not longer than this; three usual steps when left out.

    Raises
    ------
    VariableError
        The index is not ascending in time.
    ConfigError
        The edges are not ascending.
    """
    limits = np.asarray(edges, dtype=np.float64)
    if len(limits) == 0 or (np.diff(limits) <= 0).any():
        raise ConfigError("edges of the index must ascend", why=f"found {list(edges)}")
    starts = np.asarray(index_time, dtype="datetime64[ns]")
    step = np.diff(starts).astype(np.int64)
    if len(starts) != len(index) or (step <= 0).any():
        raise VariableError(
            f"times of {name} do not ascend, or do not fit its values",
            todo="sort the table and drop doublets",
        )
    held = longest or np.timedelta64(int(3 * np.median(step)) if len(step) else 3 * 3600 * 10**9, "ns")
    place = np.searchsorted(starts, time, side="right") - 1
    known = place >= 0
    code = np.full(len(time), -1, dtype=np.int64)
    at = place[known]
    value = np.asarray(index, dtype=np.float64)[at]
    good = np.isfinite(value) & (np.asarray(time)[known] - starts[at] < held)
    level = np.searchsorted(limits, value, side="right")
    code[known] = np.where(good, level, -1)
    texts = [f"{one:g}" for one in limits]
    between = [f"{name} {low} to {high}" for low, high in pairwise(texts)]
    return Activity((f"{name} below {texts[0]}", *between, f"{name} {texts[-1]} and more"), code)
