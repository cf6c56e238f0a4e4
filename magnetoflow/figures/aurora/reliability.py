"""Whether probabilities mean what they say: accuracy against winning probability."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.style import COLUMN_MM, dress, new_figure, say, styled

STAGES = {"frames": ("single frames", "#56B4E9", "o"), "in_time": ("in time", "#000000", "s")}


@styled
def reliability_figure(
    table: pd.DataFrame, *, title: str, source_note: str, width_mm: float = COLUMN_MM
) -> Figure:
    """Draw accuracy and number of frames per bin of the winning probability.

    Parameters
    ----------
    table : DataFrame
        ``stage`` (``frames``, ``in_time``), ``low``, ``high``, ``frames``, ``confidence``, ``accuracy``.
    title, source_note : str
        Heading and footer.
    width_mm : float [mm]

    Returns
    -------
    Figure
        The expected calibration error in the legend is that of the bins drawn.
    """
    figure = new_figure(width_mm, min(width_mm, 110) * 1.15, title, source_note)
    grid = GridSpec(2, 1, figure=figure, height_ratios=[3, 1])
    axes, below = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.6, linestyle="--")
    axes.set_ylabel("share of right labels")
    below.set_ylabel("frames")
    below.set_xlabel("probability of the label")
    if len(table) == 0:
        for panel in (axes, below):
            panel.set_xlim(0, 1)
            panel.set_ylim(0, 1)
            panel.set_yticks([])
        say(axes, "no labelled frame to compare with")
    for stage, (name, colour, marker) in STAGES.items():
        rows = table[table["stage"] == stage].sort_values("low")
        used = rows[rows["frames"] > 0]
        if len(used) == 0:
            continue
        weight = used["frames"] / used["frames"].sum()
        error = float(((used["accuracy"] - used["confidence"]).abs() * weight).sum())
        axes.plot(
            used["confidence"],
            used["accuracy"],
            marker=marker,
            markersize=3,
            color=colour,
            label=f"{name}: ECE {error:.3f}, {used['frames'].sum():,} frames",
        )
        edges = np.append(rows["low"].to_numpy(), rows["high"].to_numpy()[-1])
        below.stairs(rows["frames"], edges, color=colour, linewidth=0.9)
    if len(table):
        axes.legend(loc="lower right")
        below.set_yscale("log")
        below.set_ylim(bottom=0.8)
        axes.set_ylim(0, 1)
        for panel in (axes, below):
            panel.set_xlim(0, 1)
    axes.tick_params(labelbottom=False)
    figure.align_ylabels([axes, below])
    for panel in (axes, below):
        dress(panel)
    return figure
