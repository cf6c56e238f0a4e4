"""Mean pitch-angle distribution of each class at some energies, with errors and quantiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from magnetoflow.figures.rept_pad.palette import class_colours, class_names, heading, without_rows
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled

ENERGIES = (1.8, 2.6, 3.4, 4.2, 5.2)
TOP = 1.6


@styled
def mean_pads_figure(
    pads: pd.DataFrame,
    classes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    energies: Sequence[float] = ENERGIES,
    colours: Mapping[Any, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw mean, its 1-sigma error, median and 10-90 % band, a row for each class, a column per energy.

    Parameters
    ----------
    pads : DataFrame
        ``class_id``, ``energy_mev``, ``angle_deg``, ``shape``, ``mean``, ``mean_error``, ``q10``, ``q50``,
        ``q90``.
    classes : DataFrame
        ``class_id``, ``class_name``.
    title, source_note : str
        Heading and footer.
    energies : sequence of float [MeV]
        The nearest energies of the table are drawn, three at column width.
    colours : mapping of class id to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        Mean and quantiles of a panel are divided by the greatest mean in it.
    """
    names = class_names(classes)
    colour = class_colours([*names], colours)
    shown = nearest(pads["energy_mev"], energies)[: 5 if width_mm > 120 else 3]
    note = "Flux over the greatest mean of the panel."
    figure = new_figure(width_mm, max(len(names), 1) * 24 + 12, title, f"{note}\n{source_note}")
    if not names or not shown:
        return without_rows(figure, "no class")
    grid = GridSpec(len(names), len(shown), figure=figure)
    for row, (k, name) in enumerate(names.items()):
        for column, energy in enumerate(shown):
            axes = figure.add_subplot(grid[row, column])
            own = pads[(pads["class_id"] == k) & (pads["energy_mev"] == energy)].sort_values("angle_deg")
            _draw(axes, own, colour[k])
            axes.text(
                0.5,
                0.97,
                " ".join(own["shape"].astype(str).unique()),
                transform=axes.transAxes,
                ha="center",
                va="top",
            )
            if row == 0:
                axes.set_title(f"{energy:g} MeV", size=FONT_PT, pad=2)
            if column == 0:
                axes.set_ylabel(heading(name, 21, 3))
            if row == len(names) - 1 and column == len(shown) // 2:
                axes.set_xlabel("pitch angle [deg]")
            dress(axes)
            axes.tick_params(labelleft=column == 0, labelbottom=row == len(names) - 1)
    legend_above(figure, _handles(), width_mm)
    return figure


def nearest(column: pd.Series, wanted: Sequence[float]) -> list[float]:
    """Energies of a table that are nearest those wanted, ascending, each once."""
    known = np.unique(column.to_numpy(dtype=np.float64))
    if len(known) == 0:
        return []
    return sorted({float(known[np.abs(np.log(known / value)).argmin()]) for value in wanted})


def _draw(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    angle = rows["angle_deg"].to_numpy(dtype=np.float64)
    folded = len(angle) == 0 or angle.max() <= 90
    axes.set_xlim(0, 90 if folded else 180)
    axes.set_xticks([0, 45, 90] if folded else [0, 90, 180])
    axes.set_ylim(0, TOP)
    axes.set_yticks([0, 0.5, 1, 1.5])
    mean = rows["mean"].to_numpy(dtype=np.float64)
    if not (mean > 0).any():
        say(axes, "not seen")
        return
    scale = float(np.nanmax(mean))
    low, middle, high, error = (
        rows[name].to_numpy(dtype=np.float64) / scale for name in ("q10", "q50", "q90", "mean_error")
    )
    axes.fill_between(angle, low, high, color=colour, alpha=0.45, linewidth=0)
    axes.plot(angle, middle, color="black", linestyle="--", linewidth=0.7)
    axes.errorbar(
        angle, mean / scale, np.nan_to_num(error), color="black", linewidth=1.0, elinewidth=0.7, capsize=1.0,
        marker=".", markersize=2.5,
    )  # fmt: skip


def _handles() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color="black", marker=".", markersize=3, linewidth=1.0, label="mean, 1-sigma error"),
        Line2D([], [], color="black", linestyle="--", linewidth=0.7, label="median"),
        Patch(facecolor="0.7", label="10–90 % of records"),
    ]
