"""Energy conversion in each region, over all events and in each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from magnetoflow.figures.mms_rnn.regions import NAMES, ORDER, region_colours
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.mms_rnn.statistics import ALL

QUANTITIES: Mapping[str, str] = {
    "j_dot_e_prime": "J·E' [nW/m$^3$]",
    "j_dot_e_prime_para": "parallel to B [nW/m$^3$]",
    "j_dot_e_prime_perp": "across B [nW/m$^3$]",
}
ROW_MM = 6.5


@styled
def statistics_figure(
    table: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    quantities: Mapping[str, str] = QUANTITIES,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw quartiles, medians and means of energy conversion by region.

    Parameters
    ----------
    table : DataFrame
        Of :func:`magnetoflow.mms_rnn.statistics.by_region`.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
        Replaces the defaults.
    quantities : mapping of str to str
        One panel for each of the table's quantities named here, with its label.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Box: quartiles, line in it: median, of the samples of all events. Point with bar: mean and its 1-sigma
        error. Small points: means of single events. A region without a sample is empty. Quartiles of
        samples tell of noise and waves, the mean of what is converted.
    """
    colour = region_colours(colours)
    wide = width_mm > 120
    rows = len(quantities)
    height = len(ORDER) * ROW_MM + 16
    figure = new_figure(width_mm, height if wide else height * rows, title, source_note)
    grid = GridSpec(1, rows, figure=figure) if wide else GridSpec(rows, 1, figure=figure)
    panels = [figure.add_subplot(grid[place]) for place in range(rows)]
    for axes, (name, text) in zip(panels, quantities.items(), strict=True):
        part = table[table["quantity"] == name]
        _draw_quantity(axes, part, colour)
        axes.set_xlabel(text)
        dress(axes)
        if axes is not panels[0] and wide:
            axes.tick_params(labelleft=False)
    if wide:
        _write_seconds(panels[-1], table[table["quantity"] == next(iter(quantities))])
    marks = [
        Patch(facecolor="0.8", edgecolor="0.3", linewidth=0.6, label="quartiles, median"),
        Line2D([], [], marker="D", color="black", markersize=3.5, linewidth=0.9, label="mean, 1-sigma error"),
        Line2D([], [], marker=".", color="0.35", markersize=4, linestyle="none", label="mean of one event"),
    ]
    legend_above(figure, marks, width_mm)
    return figure


def _draw_quantity(axes: Axes, table: pd.DataFrame, colours: Mapping[str, str]) -> None:
    """Draw one row per region, north above."""
    axes.set_ylim(len(ORDER) - 0.5, -0.5)
    axes.set_yticks(range(len(ORDER)), [NAMES[name] for name in ORDER])
    axes.axvline(0, color="0.5", linewidth=0.6, zorder=1)
    axes.use_sticky_edges = False
    if not (table["samples"] > 0).any():
        axes.set_xticks([])
        say(axes, "no sample with a region")
        return
    every = table[table["event"] == ALL].set_index("region")
    for row, name in enumerate(ORDER):
        if name not in every.index or not every.loc[name, "samples"]:
            continue
        one = every.loc[name]
        low, middle, high = (float(one[f"{part}_nw_m3"]) for part in ("q25", "median", "q75"))
        axes.barh(
            row,
            high - low,
            0.56,
            left=low,
            color=colours[name],
            edgecolor="0.3",
            linewidth=0.6,
            alpha=0.75,
            zorder=2,
        )
        axes.plot([middle, middle], [row - 0.28, row + 0.28], color="black", linewidth=1.0, zorder=3)
        axes.errorbar(
            one["mean_nw_m3"],
            row,
            xerr=one["error_nw_m3"] if np.isfinite(one["error_nw_m3"]) else None,
            fmt="D",
            color="black",
            markersize=3.5,
            elinewidth=0.9,
            capsize=2,
            zorder=5,
        )
        events = table[(table["region"] == name) & (table["event"] != ALL) & (table["samples"] > 0)]
        if len(events) > 1:
            spread = np.linspace(-0.38, 0.38, len(events))
            axes.plot(
                events["mean_nw_m3"],
                row + spread,
                ".",
                color="0.35",
                markersize=4,
                zorder=4,
                linestyle="none",
            )


def _write_seconds(axes: Axes, table: pd.DataFrame) -> None:
    """Write the time spent in each region right of its row."""
    every = table[table["event"] == ALL].set_index("region")["seconds"]
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(ORDER)), [f"{every.get(name, 0.0):,.0f} s" for name in ORDER])
    right.tick_params(labelsize=FONT_PT, length=0, pad=2)
