"""Colours, names and letters of the regions, and strips of labels over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import Patch
from numpy.typing import NDArray

from magnetoflow.figures.style import FONT_PT
from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_rnn.classes import REGIONS, UNKNOWN

Floats = NDArray[np.float64]

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/: the six that stay apart for colour-blind readers also
# beside the light grey; purple would not.
REGION_COLOURS: Mapping[str, str] = {
    "inflow_north": "#0072B2",
    "outflow_earthward": "#D55E00",
    "inflow_south": "#56B4E9",
    "separatrix_north": "#009E73",
    "outflow_tailward": "#E69F00",
    "separatrix_south": "#F0E442",
    "unknown": "#DDDDDD",
}
LABELS = (*REGIONS, UNKNOWN)
ORDER = (
    "inflow_north",
    "separatrix_north",
    "outflow_earthward",
    "outflow_tailward",
    "separatrix_south",
    "inflow_south",
)
"""Regions from north to south, as legends and figures list them."""
LETTERS: Mapping[str, str] = {
    "inflow_north": "iN",
    "outflow_earthward": "oE",
    "inflow_south": "iS",
    "separatrix_north": "sN",
    "outflow_tailward": "oT",
    "separatrix_south": "sS",
    "unknown": "?",
}
NAMES: Mapping[str, str] = {name: name.replace("_", " ") for name in LABELS}
LETTER_MM = 4.5  # a run gets its letters if it is this long on paper


def region_colours(colours: Mapping[str, str] | None) -> dict[str, str]:
    """Fill a user's choice of colours up with :data:`REGION_COLOURS`."""
    return {**REGION_COLOURS, **(colours or {})}


def region_handles(colours: Mapping[str, str], names: Sequence[str] = (*ORDER, UNKNOWN)) -> list[Artist]:
    """Legend entries of the regions, with their letters."""
    return [
        Patch(
            facecolor=colours[name],
            edgecolor="none",
            label=NAMES[name] if name == UNKNOWN else f"{NAMES[name]} ({LETTERS[name]})",
        )
        for name in names
    ]


def region_codes(labels: pd.DataFrame, column: str) -> Floats:
    """Places in :data:`LABELS` of the rows; NaN where an input is missing (``Predicted`` is empty).

    Raises
    ------
    ValueError
        A name is no region.
    """
    names = labels[column].astype(object).where(labels[column].notna(), UNKNOWN)
    foreign = sorted(set(names) - set(LABELS))
    if foreign:
        raise ValueError(f"labels that are no region: {foreign}; allowed: {list(LABELS)}")
    codes = names.map({name: place for place, name in enumerate(LABELS)}).to_numpy(dtype=np.float64)
    return np.asarray(np.where(labels["Predicted"].notna(), codes, np.nan))


def half_sample(time: NDArray[np.datetime64]) -> np.timedelta64:
    """Half of the median step; 15 ms where there is none."""
    step = float(np.median(np.diff(time).astype(np.int64))) if len(time) > 1 else 30e6
    return np.timedelta64(round(step / 2), "ns")


def cells(
    time: NDArray[np.datetime64], segment: NDArray[np.integer], values: Floats
) -> tuple[Floats, Floats]:
    """Cells of a strip: an edge before each sample, one after the last of each segment, NaN in gaps.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64
        Centres, at least one.
    segment : (sample,) ndarray of int
    values : (sample,) ndarray

    Returns
    -------
    edges : (cell + 1,) ndarray [day]
        Increasing; see :func:`magnetoflow.figures.time_axis.day_number`.
    values : (cell,) ndarray
    """
    half = half_sample(time)
    after = np.flatnonzero(np.diff(segment)) + 1
    starts, stops = day_number(time - half), day_number(time + half)
    edges = np.append(np.insert(starts, after, stops[after - 1]), stops[-1])
    return np.maximum.accumulate(edges), np.insert(values, after, np.nan)


def draw_cells(
    axes: Axes,
    edges: Floats,
    values: Floats,
    palette: Sequence[str],
    bottom: float = 0.0,
    top: float = 1.0,
) -> None:
    """Draw one row of cells, each in the colour of its place in the palette; NaN is left white."""
    axes.pcolormesh(
        edges,
        [bottom, top],
        np.ma.masked_invalid(values)[np.newaxis],
        cmap=ListedColormap(list(palette)),
        vmin=-0.5,
        vmax=len(palette) - 0.5,
        rasterized=True,
        antialiased=False,
        zorder=0.5,
    )


def draw_strip(
    axes: Axes,
    time: NDArray[np.datetime64],
    segment: NDArray[np.integer],
    codes: Floats,
    colours: Mapping[str, str],
    *,
    letter_days: float,
    bottom: float = 0.0,
    top: float = 1.0,
) -> None:
    """Draw regions over time, with letters in runs that are long enough for them.

    Parameters
    ----------
    time, segment : (sample,) ndarray
        Centres and stretches without a gap.
    codes : (sample,) ndarray
        Of :func:`region_codes`.
    colours : mapping of region to colour
    letter_days : float [day]
        Runs of this length and more get their letters; see :func:`letter_days`.
    bottom, top : float
        Ordinates of the row.
    """
    if len(time) == 0:
        return
    edges, values = cells(time, segment, codes)
    draw_cells(axes, edges, values, [colours[name] for name in LABELS], bottom, top)
    known = np.where(np.isnan(values), -1, values)
    change = np.concatenate([[0], np.flatnonzero(np.diff(known)) + 1, [len(known)]])
    for first, end in pairwise(change):
        if known[first] >= 0 and edges[end] - edges[first] >= letter_days:
            name = LABELS[int(known[first])]
            axes.text(
                (edges[first] + edges[end]) / 2,
                (bottom + top) / 2,
                LETTERS[name],
                ha="center",
                va="center_baseline",
                size=FONT_PT,
                color="white" if _dark(colours[name]) else "black",
            )


def letter_days(time: NDArray[np.datetime64], width_mm: float) -> float:
    """Length of :data:`LETTER_MM` on a time axis that is four fifths of the figure."""
    span = day_number(np.array([time[0], time[-1]]))
    return float(span[1] - span[0]) * LETTER_MM / (0.8 * width_mm)


def _dark(colour: str) -> bool:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) < 0.45
