"""Colours, marks and names of classes by their ids, and the shapes' letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from magnetoflow.figures.style import FONT_PT, wrap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BACKGROUND, NO_DATA = 0, -1

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/, with black and their yellow last, then four of other
# lightness; no two of them, nor the greys, look the same without L or without M cones.
CLASS_COLOURS: Mapping[int, str] = {
    1: "#0072B2",
    2: "#D55E00",
    3: "#009E73",
    4: "#CC79A7",
    5: "#56B4E9",
    6: "#E69F00",
    7: "#000000",
    8: "#F0E442",
    9: "#882255",
    10: "#332288",
    11: "#664411",
    12: "#AAEE99",
    BACKGROUND: "#BBBBBB",
    NO_DATA: "#E8E8E8",
}
CLASS_MARKERS = "os^Dv<>Phd*X"
STATE_NAMES = {BACKGROUND: "background", NO_DATA: "no data"}

SHAPE_LETTERS: Mapping[str, str] = {
    "pancake": "P",
    "flattop": "F",
    "butterfly": "B",
    "cap": "C",
    "field-aligned": "A",
    "isotropic": "I",
    "background": "–",
}


def class_colours(ids: Sequence[int], colours: Mapping[Any, str] | None = None) -> dict[int, str]:
    """Colour of each class.

    Parameters
    ----------
    ids : sequence of int
        Canonical ids from 1 on; 0 is background, -1 no data. After 12 the colours start again.
    colours : mapping of id to colour, optional
        Replaces the defaults; ids may be text, as in the configuration.
    """
    own = {int(key): value for key, value in (colours or {}).items()}
    return {k: own.get(k, CLASS_COLOURS.get(k, CLASS_COLOURS[(k - 1) % 12 + 1])) for k in map(int, ids)}


def class_names(classes: pd.DataFrame) -> dict[int, str]:
    """Id and name of each class with data, ascending, from ``classes.csv``."""
    rows = classes[classes["class_id"] > 0].sort_values("class_id")
    named = zip(rows["class_id"].astype(int), rows["class_name"].astype(str), strict=True)
    return {k: f"{k} {name}" for k, name in named}


def class_handles(
    names: Mapping[int, str], colours: Mapping[int, str], states: Sequence[int] = (), *, marks: bool = False
) -> list[Artist]:
    """Legend entries of the classes, as patches or marks, and of ``states`` (background, no data)."""
    entries = {**names, **{state: STATE_NAMES[state] for state in states}}
    if not marks:
        return [Patch(facecolor=colours[k], edgecolor="none", label=text) for k, text in entries.items()]
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 4}
    return [
        Line2D([], [], marker=class_marker(k), color=colours[k], label=text, **dot)
        for k, text in entries.items()
    ]


def class_marker(number: int) -> str:
    """Mark of a class in scatter plots."""
    return CLASS_MARKERS[(number - 1) % len(CLASS_MARKERS)]


def heading(text: str, width_mm: float, lines: int) -> str:
    """Break a panel's title to its width, and fill it up to ``lines`` lines so that titles are level."""
    broken = wrap(text, width_mm, FONT_PT)[:lines]
    return "\n".join([""] * (lines - len(broken)) + broken)


def letters_note(shapes: pd.Series) -> str:
    """Say what the shapes' letters stand for, of those that occur."""
    found = [f"{letter} {name}" for name, letter in SHAPE_LETTERS.items() if (shapes == name).any()]
    return "Letters: " + ", ".join(found) + "." if found else ""


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
