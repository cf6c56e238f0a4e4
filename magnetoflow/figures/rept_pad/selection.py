"""How many classes: mean shift over its bandwidth, and the mixture's criteria over the number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullLocator

from magnetoflow.figures.rept_pad.tables import Floats, truth
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled

SHIFT, BIC, ICL = "#000000", "#0072B2", "#D55E00"


@styled
def selection_figure(
    selection: pd.DataFrame,
    number: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw classes and stability of mean shift by bandwidth, and BIC, ICL and stability by number of classes.

    Parameters
    ----------
    selection : DataFrame
        ``quantile``, ``bandwidth``, ``k``, ``stability``, optionally ``stability_error``, a row for each
        bandwidth.
    number : DataFrame
        ``k``, ``bic``, ``icl``, ``stability``, ``chosen``, optionally ``stability_error``, a row for each
        number of classes.
    title, source_note : str
        Heading and footer.
    width_mm : float [mm]

    Returns
    -------
    Figure
        BIC and ICL are shown above their lowest value; the chosen number is dotted.
    """
    chosen = number.loc[truth(number, "chosen"), "k"].to_numpy(dtype=np.float64)
    wide = width_mm > 120
    figure = new_figure(width_mm, 88 if wide else 150, title, source_note)
    grid = GridSpec(2, 2, figure=figure) if wide else GridSpec(4, 1, figure=figure)
    places = [(0, 0), (1, 0), (0, 1), (1, 1)] if wide else [(row, 0) for row in range(4)]
    by_width = [figure.add_subplot(grid[place]) for place in places[:2]]
    by_number = [figure.add_subplot(grid[place]) for place in places[2:]]
    _draw_shift(by_width, selection, chosen)
    _draw_number(by_number, number, chosen)
    for axes in (*by_width, *by_number):
        dress(axes)
    for pair in (by_width, by_number):
        pair[0].tick_params(labelbottom=False)
        figure.align_ylabels(pair)
    handles = [
        Line2D([], [], color=SHIFT, marker="o", markersize=3.5, label="mean shift, stability"),
        Line2D([], [], color=BIC, marker="s", markersize=3.5, label="BIC"),
        Line2D([], [], color=ICL, marker="^", markersize=3.5, linestyle="--", label="ICL"),
    ]
    if len(chosen):
        handles.append(Line2D([], [], color="0.4", linestyle=":", label=f"chosen: {chosen[0]:.0f} classes"))
    legend_above(figure, handles, width_mm)
    return figure


def _draw_shift(panels: list[Axes], selection: pd.DataFrame, chosen: Floats) -> None:
    above, below = panels
    rows = selection.sort_values("bandwidth")
    width = rows["bandwidth"].to_numpy(dtype=np.float64)
    k = rows["k"].to_numpy(dtype=np.float64)
    above.set_ylabel("classes of mean shift")
    below.set_ylabel("stability (ARI)")
    below.set_xlabel("bandwidth in whitened scores")
    if not (width > 0).any():
        for axes in panels:
            say(axes, "not computed")
        return
    above.plot(width, k, color=SHIFT, marker="o", markersize=3)
    above.set_yscale("log" if np.nanmax(k) > 40 else "linear")
    if len(chosen):
        above.axhline(chosen[0], color="0.4", linestyle=":")
    if above.get_yscale() == "linear":
        above.set_ylim(0, max(np.nanmax(k), *chosen, 2.0) * 1.15)
        above.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    _stability(below, width, rows)
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlim(np.nanmin(width) / 1.1, np.nanmax(width) * 1.1)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.xaxis.set_minor_locator(NullLocator())


def _draw_number(panels: list[Axes], number: pd.DataFrame, chosen: Floats) -> None:
    above, below = panels
    rows = number.sort_values("k")
    k = rows["k"].to_numpy(dtype=np.float64)
    above.set_ylabel("BIC, ICL − lowest")
    below.set_ylabel("stability (ARI)")
    below.set_xlabel("number of classes k")
    if len(rows) == 0:
        for axes in panels:
            say(axes, "not computed")
        return
    for name, colour, mark, line in (("bic", BIC, "s", "-"), ("icl", ICL, "^", "--")):
        value = rows[name].to_numpy(dtype=np.float64)
        if np.isfinite(value).any():
            above.plot(k, value - np.nanmin(value), color=colour, marker=mark, markersize=3, linestyle=line)
    _stability(below, k, rows)
    for axes in panels:
        if len(chosen):
            axes.axvline(chosen[0], color="0.4", linestyle=":")
        axes.set_xlim(k.min() - 0.5, k.max() + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.ticklabel_format(axis="y", scilimits=(-3, 4))


def _stability(axes: Axes, x: Floats, rows: pd.DataFrame) -> None:
    value = rows["stability"].to_numpy(dtype=np.float64)
    if not np.isfinite(value).any():
        say(axes, "not computed")
        return
    axes.plot(x, value, color=SHIFT, marker="o", markersize=3)
    if "stability_error" in rows:
        error = np.nan_to_num(rows["stability_error"].to_numpy(dtype=np.float64))
        axes.errorbar(x, value, error, fmt="none", ecolor=SHIFT, elinewidth=0.7, capsize=1.5)
    axes.set_ylim(min(0.0, float(np.nanmin(value))), 1.05)
