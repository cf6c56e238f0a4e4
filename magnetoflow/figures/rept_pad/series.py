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
from matplotlib.ticker import MaxNLocator

from magnetoflow.figures.rept_pad.palette import (
    BACKGROUND,
    NO_DATA,
    Floats,
    Ints,
    class_colours,
    class_handles,
    class_names,
    utc_times,
)
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number, utc_axis

STATES = (BACKGROUND, NO_DATA)
LEVELS = 60
MINUTE_NS = 60_000_000_000
DOTS_PER_MM = 8


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
) -> Figure:
    """Draw L, flux at 90 degrees, anisotropy and probabilities of the classes over the time of one event.

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

    Returns
    -------
    Figure
        Points have the colour of their class. Probabilities are means over each column of pixels, stacked to
        1; a column without a record of a class is white.
    """
    names = class_names(classes)
    colour = class_colours([*names, *STATES], colours)
    figure = new_figure(width_mm, 128, title, source_note)
    grid = GridSpec(4, 1, figure=figure, height_ratios=[10, 10, 7, 7])
    panels = [figure.add_subplot(grid[row]) for row in range(4)]
    if len(labels) == 0:
        for axes in panels:
            axes.set_axis_off()
        say(panels[0], "this event holds no record")
        return figure
    rows = labels.iloc[np.argsort(utc_times(labels["time"]), kind="stable")]
    time, code = utc_times(rows["time"]), rows["class_id"].to_numpy(dtype=np.int64)
    paint = np.array([to_rgb(colour.get(int(k), colour[NO_DATA])) for k in code])
    at = "" if flux_energy_mev is None else f"{flux_energy_mev:g} MeV, "
    unit = r"cm$^{-2}$ s$^{-1}$ sr$^{-1}$ MeV$^{-1}$"
    for axes, name, text in zip(
        panels,
        ("L", "flux_90", "anisotropy"),
        ("L", f"flux at {at}90°\n[{unit}]", "anisotropy"),
        strict=False,
    ):
        _draw_points(axes, time, rows[name].to_numpy(dtype=np.float64), code, paint, log=name == "flux_90")
        axes.set_ylabel(text)
    _draw_probability(panels[3], time, rows, names, colour, width_mm)
    for axes in panels:
        utc_axis(
            axes, time[0], time[-1] + np.timedelta64(MINUTE_NS, "ns"), width_mm, label=axes is panels[-1]
        )
        for moment in (storm_times or {}).values():
            axes.axvline(day_number(np.array([moment]))[0], color="black", linewidth=0.7, linestyle=":")
        dress(axes)
        axes.tick_params(labelbottom=axes is panels[-1])
    for text, moment in (storm_times or {}).items():
        _name(panels[0], text, day_number(np.array([moment]))[0])
    figure.align_ylabels(panels)
    states = [state for state in STATES if (code == state).any()]
    legend_above(figure, class_handles(names, colour, states), width_mm)
    return figure


def _name(axes: Axes, text: str, day: float) -> None:
    left, right = axes.get_xlim()
    if left <= day <= right:
        axes.annotate(
            text, (day, 1), (0, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="center", va="bottom",
        )  # fmt: skip


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
    else:
        low, high = np.percentile(values[known], [0.2, 99.8])
        margin = 0.06 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))


def _draw_probability(
    axes: Axes,
    time: np.ndarray,
    rows: pd.DataFrame,
    names: Mapping[int, str],
    colour: Mapping[int, str],
    width_mm: float,
) -> None:
    """Stack mean probabilities per column of pixels."""
    axes.set_ylabel("probability")
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    ids = [k for k in names if f"p_{k}" in rows]
    chance = rows[[f"p_{k}" for k in ids]].to_numpy(dtype=np.float64)
    known = np.isfinite(chance).all(axis=1) & (chance.sum(axis=1) > 0) if ids else np.zeros(len(rows), bool)
    if not known.any():
        say(axes, "no record of a class in this event")
        return
    days = day_number(time)
    step = max(float(np.median(np.diff(days))) if len(days) > 1 else 0.0, 1e-5)
    left, right = days[0] - step / 2, days[-1] + step / 2
    count = int(min(np.ceil((right - left) / step), width_mm * DOTS_PER_MM))
    place = np.minimum(((days - left) * (count / (right - left))).astype(np.int64), count - 1)
    total = np.zeros((count, len(ids)))
    np.add.at(total, place[known], chance[known])
    shares = total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12)
    level = (np.arange(LEVELS) + 0.5) / LEVELS
    which = (np.cumsum(shares, axis=1)[None] < level[:, None, None]).sum(axis=2)
    image = np.array([to_rgb(colour[k]) for k in ids])[np.minimum(which, len(ids) - 1)]
    image[:, total.sum(axis=1) == 0] = 1.0
    axes.imshow(
        image,
        extent=(left, right, 0, 1),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        rasterized=True,
    )
