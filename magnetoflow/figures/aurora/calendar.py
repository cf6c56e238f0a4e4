"""When pulsating aurora was seen: a strip per camera and date, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from magnetoflow.figures.aurora.classes import class_colours, right_axis, utc_times
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled

MOST_ROWS = 60
ROW_MM = 3.4
HOUR = np.timedelta64(3_600_000_000_000, "ns")

LEAST_H = 0.08
"""Shorter intervals are drawn so long, to be seen."""


@styled
def calendar_figure(
    intervals: pd.DataFrame,
    daily: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    most_rows: int = MOST_ROWS,
) -> Figure:
    """Draw pulsating intervals of all cameras and dates.

    Parameters
    ----------
    intervals : DataFrame
        ``site``, ``start``, ``stop``, ``confidence``; an interval across midnight is drawn on both dates.
    daily : DataFrame
        ``site``, ``date``, ``hours_observed``, ``hours_good``: a row for each camera-day of the run.
    title, source_note : str
        Heading and footer.
    colours : mapping of class to colour, optional
    width_mm : float [mm]
    most_rows : int
        Camera-days that one figure shows, the earliest first; a note says how many there are.

    Returns
    -------
    Figure
        Opacity is the interval's confidence. At the right, hours of good viewing of hours observed.
    """
    colour = class_colours(colours)["pulsating"]
    days = daily.sort_values(["date", "site"], kind="stable")
    shown = days.head(most_rows)
    if len(shown) < len(days):
        title = f"{title}\nFirst {len(shown)} of {len(days)} camera-days"
    figure = new_figure(width_mm, max(len(shown), 3) * ROW_MM + 14, title, source_note)
    axes = figure.add_subplot()
    if len(shown) == 0:
        axes.set_axis_off()
        say(axes, "no camera-day in these tables")
        return figure
    start, stop = utc_times(intervals["start"]), utc_times(intervals["stop"])
    site = intervals["site"].astype(str).to_numpy()
    confidence = intervals["confidence"].to_numpy(dtype=np.float64)
    cells: list[Rectangle] = []
    strength: list[float] = []
    for row, (name, date) in enumerate(zip(shown["site"], shown["date"], strict=True)):
        midnight = np.datetime64(str(date), "ns")
        for k in np.flatnonzero((site == name) & (stop > midnight) & (start < midnight + 24 * HOUR)):
            left, right = (float((time - midnight) / HOUR) for time in (start[k], stop[k]))
            left, right = max(left, 0.0), min(right, 24.0)
            cells.append(Rectangle((min(left, 24 - LEAST_H), row - 0.38), max(right - left, LEAST_H), 0.76))
            strength.append(float(np.clip(confidence[k], 0.2, 1)))
    if cells:
        alpha = PatchCollection(cells, facecolor=colour, edgecolor="none")
        alpha.set_alpha(strength)
        axes.add_collection(alpha)
    for row in range(len(shown)):
        axes.axhline(row, color="0.85", linewidth=0.4, zorder=0)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3))
    axes.set_xlabel("UTC [h]")
    axes.set_ylabel("UTC date, camera")
    axes.set_yticks(
        range(len(shown)),
        [f"{date} {name}" for name, date in zip(shown["site"], shown["date"], strict=True)],
    )
    hours = zip(shown["hours_good"], shown["hours_observed"], strict=True)
    right_axis(axes, [f"{good:.1f} of {seen:.1f} h" for good, seen in hours], "good viewing of observed")
    dress(axes)
    legend_above(figure, [Patch(facecolor=colour, label="pulsating (pale: low confidence)")], width_mm)
    return figure
