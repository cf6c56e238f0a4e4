"""Colours and names of classes by their ids, and the shapes' letters."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from magnetoflow.figures.style import FONT_PT, say

BACKGROUND, NO_DATA = 0, -1

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/, then four of other lightness: no two of them, nor the
# greys, look the same without L or without M cones.
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
    names: Mapping[int, str], colours: Mapping[int, str], states: Sequence[int] = ()
) -> list[Artist]:
    """Legend entries of the classes, and of ``states`` (background, no data)."""
    entries = {**names, **{state: STATE_NAMES[state] for state in states}}
    return [Patch(facecolor=colours[k], edgecolor="none", label=text) for k, text in entries.items()]


def legend_mm(names: Mapping[int, str], width_mm: float) -> float:
    """Height to add to a figure for the classes' legend: a line for each at column width, few on a page."""
    return 3.4 * (len(names) if width_mm <= 120 else len(names) / 2)


def heading(text: str, width_mm: float, most: int) -> str:
    """Break a name to a width, at most so many lines; what is cut off is marked."""
    lines = textwrap.wrap(text, max(8, int(width_mm / (0.58 * FONT_PT * 0.353))), break_on_hyphens=False)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return "\n".join(lines)


def letters_note(shapes: pd.Series) -> str:
    """Say what the shapes' letters stand for, of those that occur."""
    found = [
        f"{letter}\N{NO-BREAK SPACE}{name}"
        for name, letter in SHAPE_LETTERS.items()
        if (shapes == name).any()
    ]
    return "Letters: " + ", ".join(found) + "." if found else ""


def without_rows(figure: Figure, text: str) -> Figure:
    """Say why a figure is empty."""
    axes = figure.add_subplot()
    axes.set_axis_off()
    say(axes, text)
    return figure
