"""Field and density that scale each event, as given and as the data have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.mms_rnn.scaling import GIVEN

QUANTITIES = (("b0", "nt", "B$_0$ [nT]"), ("n0", "cm3", "n$_0$ [cm$^{-3}$]"))
USED, DERIVED = "#D55E00", "#000000"
ROW_MM = 4.2
MOST_EVENTS = 45


@styled
def scales_figure(
    summary: pd.DataFrame, *, title: str, source_note: str, width_mm: float = PAGE_MM
) -> Figure:
    """Compare the scales that were given with those derived from the data.

    Parameters
    ----------
    summary : DataFrame
        ``event`` and for B0 [nT] and n0 [cm^-3] ``b0_nt``, ``b0_method``, ``b0_from_data_nt``,
        ``b0_from_data_error_nt`` and the like; the first row of each event is drawn.
    title, source_note : str
        Heading and footer.
    width_mm : float [mm]

    Returns
    -------
    Figure
        One row per event. Square: the number that scaled it, filled where it was given, empty where it was
        derived. Point with bar: derived from the data with its 1-sigma error.
    """
    events = summary.drop_duplicates("event") if len(summary) else summary
    if len(events) > MOST_EVENTS:
        title += f"\nfirst {MOST_EVENTS} of {len(events)} events"
        events = events.iloc[:MOST_EVENTS]
    figure = new_figure(width_mm, max(len(events), 3) * ROW_MM + 18, title, source_note)
    grid = GridSpec(1, 2, figure=figure)
    panels = [figure.add_subplot(grid[place]) for place in range(2)]
    if len(events) == 0:
        for axes in panels:
            axes.set_axis_off()
        say(panels[0], "no event was scaled")
        return figure
    for axes, (name, unit, text) in zip(panels, QUANTITIES, strict=True):
        _draw_quantity(axes, events, name, unit)
        axes.set_xlabel(text)
        axes.set_ylim(len(events) - 0.5, -0.5)
        axes.set_xlim(0, 1.05 * axes.get_xlim()[1])
        axes.grid(axis="y", color="0.9", linewidth=0.5)
        axes.set_axisbelow(True)
        dress(axes)
    panels[0].set_yticks(range(len(events)), list(events["event"].astype(str)))
    panels[1].set_yticks(range(len(events)), [""] * len(events))
    marks: dict[str, Any] = {"marker": "s", "color": USED, "markersize": 4, "linestyle": "none"}
    legend_above(
        figure,
        [
            Line2D([], [], **marks, label="used, given"),
            Line2D([], [], **marks, markerfacecolor="none", label="used, derived"),
            Line2D([], [], marker="o", color=DERIVED, markersize=3, linewidth=0.8, label="from the data"),
        ],
        width_mm,
    )
    return figure


def _draw_quantity(axes: Axes, events: pd.DataFrame, name: str, unit: str) -> None:
    """Draw one row per event; what is not known is left out."""
    rows = np.arange(len(events))
    used = events[f"{name}_{unit}"].to_numpy(dtype=np.float64)
    given = (events[f"{name}_method"] == GIVEN).to_numpy()
    derived = events[f"{name}_from_data_{unit}"].to_numpy(dtype=np.float64)
    error = events[f"{name}_from_data_error_{unit}"].to_numpy(dtype=np.float64)
    axes.errorbar(
        derived, rows, xerr=error, fmt="o", color=DERIVED, markersize=3, elinewidth=0.8, capsize=1.5, zorder=3
    )
    for part, fill in ((given, USED), (~given, "none")):
        axes.plot(
            used[part],
            rows[part],
            "s",
            color=USED,
            markersize=4.5,
            markerfacecolor=fill,
            zorder=2,
            linestyle="none",
        )
