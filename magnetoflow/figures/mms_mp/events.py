"""All events side by side: speed of the boundary, half-width of its layer, and field along the normal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from magnetoflow.figures.mms_mp.panels import palette
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled

ROW_MM = 6.0
MOST_EVENTS = 45
PANELS = ("V$_N$ [km/s]", "half-width [km]", "B$_N$ [nT]")
PROBES = (1, 2, 3, 4)


@styled
def events_figure(
    events: pd.DataFrame,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Compare events.

    Parameters
    ----------
    events : DataFrame
        Table over all events (:data:`magnetoflow.mms_mp.report.EVENT_ROW`).
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of ``mms1`` to ``mms4``.
    width_mm : float [mm]

    Returns
    -------
    Figure
        One row per event; bars are 1-sigma errors; values that are not known are left out.
    """
    colour = palette(colours)
    title = "Speed of the boundary (positive: outward), half-width of the current layer, normal field"
    if len(events) > MOST_EVENTS:
        title += f"\nfirst {MOST_EVENTS} of {len(events)} events"
        events = events.iloc[:MOST_EVENTS]
    figure = new_figure(width_mm, max(len(events), 2) * ROW_MM + 18, title, source_note)
    grid = GridSpec(1, len(PANELS), figure=figure)
    panels = [figure.add_subplot(grid[place]) for place in range(len(PANELS))]
    if not len(events):
        for axes in panels:
            axes.set_axis_off()
        say(panels[1], "no event")
        return figure
    rows = np.arange(len(events), dtype=np.float64)
    look: dict[str, Any] = {"fmt": "o", "markersize": 3, "elinewidth": 0.8, "capsize": 1.5}
    for axes, name, error in ((panels[0], "vn_km_s", "vn_error_km_s"), (panels[2], "b_n_nt", "b_n_error_nt")):
        axes.errorbar(_numbers(events, name), rows, xerr=_numbers(events, error), color="black", **look)
    for probe in PROBES:
        half, wide = (_numbers(events, f"half_width_{part}km_mms{probe}") for part in ("", "error_"))
        shift = 0.18 * (probe - 2.5)
        panels[1].errorbar(half, rows + shift, xerr=wide, color=colour[f"mms{probe}"], **look)
    for place, (axes, label) in enumerate(zip(panels, PANELS, strict=True)):
        axes.set_xlabel(label)
        axes.set_ylim(len(events) - 0.5, -0.5)
        axes.set_yticks(rows, list(events["event"].astype(str)) if place == 0 else [""] * len(events))
        axes.grid(axis="y", color="0.9", linewidth=0.5)
        axes.set_axisbelow(True)
        dress(axes)
    for axes in (panels[0], panels[2]):
        axes.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    panels[1].set_xlim(left=0)
    marks = [
        Line2D(
            [], [], marker="o", color=colour[f"mms{probe}"], markersize=3, linewidth=0.8, label=f"MMS{probe}"
        )
        for probe in PROBES
    ]
    legend_above(figure, marks, width_mm)
    return figure


def _numbers(events: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(events[name], dtype=np.float64)
