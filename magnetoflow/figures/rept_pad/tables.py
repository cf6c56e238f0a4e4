"""Bring the tables of the study into the arrays that figures draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def edges_of(centres: Floats, *, log: bool = False) -> Floats:
    """Edges between ascending centres of bins; the outer ones mirrored."""
    middle = np.log(centres) if log else centres.astype(np.float64)
    if len(middle) == 1:
        middle = np.array([middle[0] - 0.5, middle[0] + 0.5])
        return np.exp(middle) if log else middle
    between = (middle[1:] + middle[:-1]) / 2
    edges = np.concatenate([[2 * middle[0] - between[0]], between, [2 * middle[-1] - between[-1]]])
    return np.exp(edges) if log else edges


def on_grid(rows: pd.DataFrame, index: str, columns: str, value: str) -> tuple[Floats, Floats, Floats]:
    """Lay a column of a table out on the values of two others.

    Returns
    -------
    index : (i,) ndarray
    columns : (j,) ndarray
    values : (i, j) ndarray
        NaN where the table has no row.
    """
    first, i = np.unique(rows[index].to_numpy(dtype=np.float64), return_inverse=True)
    second, j = np.unique(rows[columns].to_numpy(dtype=np.float64), return_inverse=True)
    values = np.full((len(first), len(second)), np.nan)
    values[i, j] = rows[value].to_numpy(dtype=np.float64)
    return first, second, values


def on_cells(
    rows: pd.DataFrame, names: tuple[str, str, str, str], number: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lay shares of one class out on cells of two coordinates.

    Parameters
    ----------
    rows : DataFrame
        Rows of all classes: lower and upper edges under ``names``, ``class_id``, ``total``, ``share``.
    names : (str, str, str, str)
        Columns of the lower and upper edge of the first coordinate, then of the second.
    number : int
        Id of the class.

    Returns
    -------
    first, second : (i + 1,), (j + 1,) ndarray
        Edges.
    share : (i, j) ndarray
        0 where other classes have rows and this one has none.
    total : (i, j) ndarray
        Records with data; 0 where the table has no row.
    """
    low_1, high_1, low_2, high_2 = (rows[name].to_numpy(dtype=np.float64) for name in names)
    first, second = np.union1d(low_1, high_1), np.union1d(low_2, high_2)
    cell = np.searchsorted(first, low_1), np.searchsorted(second, low_2)
    share, total = np.zeros((2, max(len(first) - 1, 0), max(len(second) - 1, 0)))
    np.maximum.at(total, cell, np.nan_to_num(rows["total"].to_numpy(dtype=np.float64)))
    own = (rows["class_id"] == number).to_numpy()
    share[cell[0][own], cell[1][own]] = np.nan_to_num(rows["share"].to_numpy(dtype=np.float64)[own])
    return first, second, share, total


def utc_times(column: pd.Series) -> NDArray[np.datetime64]:
    """Read a time column, text or datetime, as UTC ``datetime64[ns]``."""
    times = pd.to_datetime(column, utc=True, format="ISO8601").dt.tz_localize(None)
    return np.asarray(times, dtype="datetime64[ns]")


def truth(rows: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    """Read booleans, also as the text or the 0 and 1 of a CSV; False where there is no such column."""
    if column not in rows:
        return np.zeros(len(rows), dtype=np.bool_)
    return np.asarray(rows[column].astype(str).str.lower().isin(["true", "1", "1.0"]), dtype=np.bool_)
