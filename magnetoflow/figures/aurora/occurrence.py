"""How often aurora pulsates: over the season, by universal time and by magnetic local time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.figures.aurora.classes import class_colours, class_handles
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number, utc_axis

DAY = np.timedelta64(1, "D")
CLOCKS = {"ut": "universal time [h]", "mlt": "magnetic local time (dipole) [h]"}
MOST_PILLARS = 80


@styled
def occurrence_figure(
    daily: pd.DataFrame,
    hourly: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw hours per class and date, and the share of good viewing with pulsating aurora by hour.

    Parameters
    ----------
    daily : DataFrame
        Of :func:`magnetoflow.aurora.occurrence.daily_table`, of all cameras.
    hourly : DataFrame
        Of :func:`magnetoflow.aurora.occurrence.hourly_table`.
    title, source_note : str
        Heading and footer.
    colours : mapping of class to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        Hours of the cameras are added up. Bars of errors are 1 sigma; grey steps are hours of good viewing.
    """
    colour = class_colours(colours)
    figure = new_figure(width_mm, 105 if width_mm > 120 else 150, title, source_note)
    wide = width_mm > 120
    grid = GridSpec(2 if wide else 3, 2 if wide else 1, figure=figure)
    season = figure.add_subplot(grid[0, :])
    panels = [figure.add_subplot(grid[1, k] if wide else grid[1 + k, 0]) for k in range(2)]
    _draw_season(season, daily, colour, width_mm)
    most = float(np.nanmax(hourly["share"] + hourly["share_error"].fillna(0), initial=0.0))
    for axes, (clock, name) in zip(panels, CLOCKS.items(), strict=True):
        _draw_hours(axes, hourly[hourly["clock"] == clock], name, colour, min(1.0, 1.15 * most) or 1.0)
    legend_above(figure, class_handles(colour), width_mm)
    return figure


def _draw_season(axes: Axes, daily: pd.DataFrame, colour: Mapping[str, str], width_mm: float) -> None:
    """Stack the hours of each class per date; long seasons are drawn per week."""
    axes.set_ylabel("camera hours")
    if len(daily) == 0:
        axes.set_axis_off()
        say(axes, "no frame in these tables")
        return
    names = [f"hours_{name}" for name in CLASSES]
    date = daily["date"].to_numpy(dtype="datetime64[D]")
    first, last = date.min(), date.max() + DAY
    step = 1 if (last - first) / DAY <= MOST_PILLARS else 7
    place = (date - first) // (step * DAY)
    last = first + (int(place.max()) + 1) * step * DAY
    hours = pd.DataFrame(daily[names].to_numpy(dtype=np.float64)).groupby(place).sum()
    left = day_number(first + hours.index.to_numpy() * step * DAY)
    bottom = np.zeros(len(hours))
    for k, name in enumerate(CLASSES):
        height = hours[k].to_numpy()
        axes.bar(left, height, width=0.9 * step, bottom=bottom, align="edge", color=colour[name], linewidth=0)
        bottom = bottom + height
    if step > 1:
        axes.set_ylabel("camera hours per week")
    utc_axis(axes, first.astype("datetime64[ns]"), last.astype("datetime64[ns]"), width_mm)
    dress(axes)


def _draw_hours(axes: Axes, rows: pd.DataFrame, name: str, colour: Mapping[str, str], top: float) -> None:
    """Draw shares with errors, and behind them the hours of good viewing on an axis of their own."""
    behind = axes.twinx()
    good = rows["hours_good"].to_numpy(dtype=np.float64)
    hour = rows["hour"].to_numpy(dtype=np.float64)
    edges = np.arange(25.0)
    behind.stairs(good, edges, fill=True, color="0.9")
    behind.set_ylim(0, max(float(good.max(initial=0)) * 1.6, 1e-3))
    behind.set_ylabel("good viewing [h]", color="0.4")
    behind.tick_params(axis="y", colors="0.4")
    axes.set_zorder(behind.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.set_ylim(0, top)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 6 if len(name) > 40 else 4))
    axes.set_xlabel(name)
    axes.set_ylabel("share pulsating")
    if not (good > 0).any():
        say(axes, "no good viewing")
    axes.errorbar(
        hour + 0.5,
        rows["share"],
        yerr=rows["share_error"],
        fmt="o",
        color=colour[CLASSES[PULSATING]],
        markersize=3,
        capsize=1.5,
        linewidth=0.8,
    )
    dress(axes)
    dress(behind)
