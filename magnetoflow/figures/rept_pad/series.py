"""One event: where the spacecraft was, the flux, and the class of every record with its probability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import MaxNLocator, NullLocator

from magnetoflow.figures.rept_pad.palette import (
    BACKGROUND,
    NO_DATA,
    class_colours,
    class_handles,
    class_names,
    legend_mm,
    without_rows,
)
from magnetoflow.figures.rept_pad.tables import Floats, Ints, utc_times
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number, utc_axis

STATES = (BACKGROUND, NO_DATA)
MINUTE_NS = 60_000_000_000


@styled
def series_figure(
    labels: pd.DataFrame,
    classes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[Any, str] | None = None,
    flux_energy_mev: float | None = None,
    storm_times: Mapping[str, np.datetime64] | None = None,
    width_mm: float = PAGE_MM,
    most_points: int = 40000,
) -> Figure:
    """Draw L, flux at 90 degrees, anisotropy and probability of the class of every record of one event.

    Parameters
    ----------
    labels : DataFrame
        Rows of ``labels.csv`` of one event: ``time``, ``L``, ``class_id``, ``p_<id>``, ``anisotropy``,
        ``flux_90`` [cm^-2 s^-1 sr^-1 MeV^-1].
    classes : DataFrame
        ``class_id``, ``class_name``.
    title, source_note : str
        Heading and footer.
    colours : mapping of class id to colour, optional
    flux_energy_mev : float, optional [MeV]
        Energy of ``flux_90`` and ``anisotropy``, for the axes' texts.
    storm_times : mapping of str to datetime64, optional [UTC]
        Moments to mark, for instance onset and minimum.
    width_mm : float [mm]
    most_points : int
        Every n-th record is drawn where there are more; the figure says so.

    Returns
    -------
    Figure
        Points have the colour of their class.
    """
    names = class_names(classes)
    colour = class_colours([*names, *STATES], colours)
    shown = labels.iloc[:: max(1, -(-len(labels) // most_points))]
    note = "" if len(shown) == len(labels) else f"{len(shown)} of {len(labels)} records drawn.\n"
    figure = new_figure(
        width_mm, 118 + legend_mm(names, width_mm), title, f"{note}{_marked(storm_times or {})}{source_note}"
    )
    if len(labels) == 0:
        return without_rows(figure, "this event holds no record")
    grid = GridSpec(4, 1, figure=figure, height_ratios=[10, 10, 7, 7])
    panels = [figure.add_subplot(grid[row]) for row in range(4)]
    rows = shown.iloc[np.argsort(utc_times(shown["time"]), kind="stable")]
    time, code = utc_times(rows["time"]), rows["class_id"].to_numpy(dtype=np.int64)
    paint = np.array([to_rgb(colour.get(int(k), colour[NO_DATA])) for k in code])
    at = "" if flux_energy_mev is None else f"{flux_energy_mev:g} MeV, "
    chance = [name for name in rows if str(name).startswith("p_")]
    values = {
        "L": rows["L"],
        f"flux at {at}90°\n[(cm$^2$ s sr MeV)$^{{-1}}$]": rows["flux_90"],
        "anisotropy": rows["anisotropy"],
        "probability": rows[chance].max(axis=1).where(code > 0),
    }
    for axes, (text, column) in zip(panels, values.items(), strict=True):
        _draw_points(axes, time, column.to_numpy(dtype=np.float64), code, paint, log="flux" in text)
        axes.set_ylabel(text)
    panels[3].set_ylim(0, 1.05)
    for axes in panels:
        utc_axis(
            axes, time[0], time[-1] + np.timedelta64(MINUTE_NS, "ns"), width_mm, label=axes is panels[-1]
        )
        for moment in (storm_times or {}).values():
            axes.axvline(day_number(np.array([moment]))[0], color="black", linewidth=0.7, linestyle=":")
        dress(axes)
        axes.tick_params(labelbottom=axes is panels[-1])
    figure.align_ylabels(panels)
    states = [state for state in STATES if (code == state).any()]
    if names or states:
        legend_above(figure, class_handles(names, colour, states), width_mm)
    return figure


def _marked(moments: Mapping[str, np.datetime64]) -> str:
    """Say what the dotted lines are; of many, the first and the last."""
    texts = [
        f"{text} {str(moment.astype('datetime64[m]')).replace('T', ' ')}" for text, moment in moments.items()
    ]
    shown = texts if len(texts) <= 4 else [texts[0], f"… ({len(texts)})", texts[-1]]
    return f"Dotted: {', '.join(shown)}.\n" if texts else ""


def _draw_points(
    axes: Axes, time: np.ndarray, values: Floats, code: Ints, paint: Floats, *, log: bool
) -> None:
    """Draw records as points, those of a class over those of the background."""
    known = np.isfinite(values) & ((values > 0) | (not log))
    if not known.any():
        axes.set_yticks([])
        say(axes, "no value in this event")
        return
    days = day_number(time)
    for above, chosen in ((1, code <= 0), (2, code > 0)):
        own = known & chosen
        axes.scatter(days[own], values[own], c=paint[own], s=1.6, linewidths=0, zorder=above, rasterized=True)
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        low, high = np.percentile(values[known], [0.2, 99.8])
        margin = 0.06 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
