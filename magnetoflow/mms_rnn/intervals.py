"""Stays of a spacecraft in one region, with what it measured there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import VariableError
from magnetoflow.mms_rnn.statistics import (
    BLOCK_S,
    MISSING,
    block_numbers,
    mean_error,
    region_names,
    sample_seconds,
    utc_ns,
)

Floats = NDArray[np.float64]
CONVERSION = "j_dot_e_prime_nw_m3"
"""The quantity whose mean carries an error."""
COLUMNS = (
    "event",
    "probe",
    "start",
    "stop",
    "duration_s",
    "region",
    "samples",
    "mean_confidence",
    "least_stability",
)


def intervals(
    labels: pd.DataFrame,
    values: Mapping[str, ArrayLike],
    *,
    column: str = "smoothed_region",
    shortest_s: float = 0.0,
    block_s: float = BLOCK_S,
    seed: int = 0,
) -> pd.DataFrame:
    """List the runs of one region; a run ends where the region, the segment or the spacecraft changes.

    Time without input is in no run.

    Parameters
    ----------
    labels : DataFrame
        Rows of tables of labels, spacecraft after spacecraft in time order: ``time``, ``event``, ``probe``,
        ``segment``, ``Predicted``, ``confidence``, ``stability`` and `column`.
    values : mapping of str to (row,) array_like
        Quantities at the rows with their unit in the name, for instance ``j_dot_e_prime_nw_m3``, ``b_nt``,
        ``v_ix_km_s``; NaN where missing.
    column : str
        Of the regions.
    shortest_s : float [s]
        Shorter runs are left out.
    block_s : float [s]
        Of the error of the mean of :data:`CONVERSION`.
    seed : int

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, then ``mean_<name>`` of each quantity and ``error_<name>`` of :data:`CONVERSION`
        (NaN in runs of fewer than four blocks). `start` and `stop` are half a sample before the first and
        after the last centre, UTC.

    Raises
    ------
    VariableError
        A quantity has another number of rows than the labels, times go back, or a region is none.
    """
    region = region_names(labels, column)
    arrays = {name: np.asarray(array, dtype=np.float64) for name, array in values.items()}
    for name, array in arrays.items():
        if array.shape != (len(labels),):
            raise VariableError(f"{name} does not fit the labels", why=f"{array.shape}, {len(labels)} rows")
    if len(labels) == 0:
        return pd.DataFrame(columns=[*COLUMNS, *_value_columns(arrays)])
    time, seconds = utc_ns(labels["time"]), sample_seconds(labels)
    event = labels["event"].astype(str).to_numpy()
    probe = labels["probe"].astype(str).to_numpy()
    block = block_numbers(labels["time"], event, block_s)
    confidence = labels["confidence"].to_numpy(dtype=np.float64)
    stability = labels["stability"].to_numpy(dtype=np.float64)
    rows = []
    for first, last in _runs(time, event, probe, labels["segment"].to_numpy(), region):
        half, inside = round(seconds[first] * 0.5e9), slice(first, last + 1)
        begin, end = int(time[first]) - half, int(time[last]) + half
        if region[first] == MISSING or (end - begin) * 1e-9 < shortest_s:
            continue
        rows.append(
            {
                "event": event[first],
                "probe": labels["probe"].iloc[first],
                "start": np.datetime64(begin, "ns"),
                "stop": np.datetime64(end, "ns"),
                "duration_s": (end - begin) * 1e-9,
                "region": region[first],
                "samples": last + 1 - first,
                "mean_confidence": _finite(confidence[inside], np.mean),
                "least_stability": _finite(stability[inside], np.min),
            }
            | _means({name: array[inside] for name, array in arrays.items()}, block[inside], seed)
        )
    return pd.DataFrame(rows, columns=[*COLUMNS, *_value_columns(arrays)])


def _value_columns(arrays: Mapping[str, Floats]) -> list[str]:
    named = [[f"mean_{name}", *([f"error_{name}"] if name == CONVERSION else [])] for name in arrays]
    return [name for part in named for name in part]


def _runs(time: NDArray[np.int64], *keys: NDArray[np.generic] | NDArray[np.object_]) -> list[tuple[int, int]]:
    """First and last row of each run of equal keys."""
    event, probe = keys[0], keys[1]
    same = (event[1:] == event[:-1]) & (probe[1:] == probe[:-1])
    if (np.diff(time)[same] <= 0).any():
        raise VariableError("times of a spacecraft are not increasing", todo="sort, each sample once")
    change = np.zeros(len(time) - 1, dtype=bool)
    for key in keys:
        change |= key[1:] != key[:-1]
    edges = np.concatenate([[0], np.flatnonzero(change) + 1, [len(time)]])
    return [(int(first), int(end) - 1) for first, end in pairwise(edges)]


def _means(arrays: Mapping[str, Floats], block: NDArray[np.int64], seed: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, array in arrays.items():
        if name == CONVERSION:
            found[f"mean_{name}"], found[f"error_{name}"], _ = mean_error(array, block, seed=seed)
        else:
            found[f"mean_{name}"] = _finite(array, np.mean)
    return found


def _finite(values: Floats, how: Callable[[Floats], np.floating]) -> float:
    """Apply a function to the values that are not NaN; NaN without any."""
    known = values[np.isfinite(values)]
    return float(how(known)) if len(known) else np.nan
