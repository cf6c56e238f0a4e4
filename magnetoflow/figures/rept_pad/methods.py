"""Ways of reduction and clustering side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from magnetoflow.figures.rept_pad.palette import heading, without_rows
from magnetoflow.figures.rept_pad.tables import truth
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled

QUANTITIES: Mapping[str, str] = {
    "k": "classes",
    "stability": "stability\n(ARI)",
    "agreement": "agreement with\nchosen labels (ARI)",
    "explained_variance": "explained\nvariance",
    "reconstruction_error": "residual over\nerror of counts",
}
"""Columns drawn, with their axis texts."""

UNIT = ("stability", "agreement", "explained_variance")
CHOSEN, OTHER = "#D55E00", "#0072B2"


@styled
def methods_figure(
    methods: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    quantities: Mapping[str, str] = QUANTITIES,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw what is measured of each method, a row for each.

    Parameters
    ----------
    methods : DataFrame
        ``method``, and the columns of ``quantities``; optionally ``<column>_error`` (1 sigma) and ``chosen``.
    title, source_note : str
        Heading and footer.
    quantities : mapping of column to text
        A panel for each that the table has.
    width_mm : float [mm]
    """
    shown = {name: text for name, text in quantities.items() if name in methods}
    wide = width_mm > 120
    across = max(1, min(len(shown), 5 if wide else 2))
    down = max(1, -(-len(shown) // across))
    figure = new_figure(width_mm, down * (max(len(methods), 1) * 8 + 18) + 4, title, source_note)
    if len(methods) == 0 or not shown:
        return without_rows(figure, "no method was compared")
    grid = GridSpec(down, across, figure=figure)
    best = truth(methods, "chosen")
    names = [heading(str(name), 42 if wide else 28, 2) for name in methods["method"]]
    for place, (column, text) in enumerate(shown.items()):
        axes = figure.add_subplot(grid[place // across, place % across])
        _draw(axes, methods, column, best)
        axes.set_xlabel(text)
        axes.set_yticks(range(len(names)), names)
        dress(axes)
        axes.tick_params(labelleft=place % across == 0)
    if best.any():
        dot: dict[str, Any] = {"linestyle": "none", "markersize": 4.5}
        marks = [
            Line2D([], [], marker="D", color=CHOSEN, label="labels the records", **dot),
            Line2D([], [], marker="o", color=OTHER, label="for comparison", **dot),
        ]
        legend_above(figure, marks, width_mm)
    return figure


def _draw(axes: Axes, methods: pd.DataFrame, column: str, best: np.ndarray) -> None:
    value = methods[column].to_numpy(dtype=np.float64)
    error = np.full(len(value), np.nan)
    if f"{column}_error" in methods:
        error = methods[f"{column}_error"].to_numpy(dtype=np.float64)
    axes.set_ylim(len(value) - 0.5, -0.5)
    for row in range(len(value)):
        axes.axhline(row, color="0.9", linewidth=0.5, zorder=0)
    if not np.isfinite(value).any():
        axes.set_xticks([])
        say(axes, "not\ncomputed")
        return
    for chosen, colour, mark in ((False, OTHER, "o"), (True, CHOSEN, "D")):
        rows = np.flatnonzero(best == chosen)
        axes.errorbar(
            value[rows], rows, xerr=np.nan_to_num(error[rows]), fmt=mark, color=colour, markersize=4,
            elinewidth=0.8, capsize=1.5,
        )  # fmt: skip
    if column in UNIT:
        axes.set_xlim(min(0.0, float(np.nanmin(value)) - 0.05), 1.05)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    else:
        axes.set_xlim(0, 1.15 * float(np.nanmax(value + np.nan_to_num(error))) or 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=column == "k"))
