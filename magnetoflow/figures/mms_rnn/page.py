"""One spacecraft in one event: fields, density, flows, work, and the region of each sample."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch
from numpy.typing import NDArray

from magnetoflow.figures.lines import COMPONENT_COLOURS, around, name_lines
from magnetoflow.figures.mms_rnn.measured import Measured, draw_line, running_mean, samples_in
from magnetoflow.figures.mms_rnn.regions import (
    cells,
    draw_cells,
    draw_strip,
    half_sample,
    letter_days,
    region_codes,
    region_colours,
    region_handles,
)
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import utc_axis
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.scaling import Scaling

Floats = NDArray[np.float64]
UNSURE_GREY, UNUSUAL_PINK = "#DDDDDD", "#CC79A7"
PROBABILITY_BLUE = "#0072B2"
MEAN_S = 1.0
HEIGHTS = (14, 12, 12, 12, 12, 12, 4, 4, 10)
"""Heights of the panels [mm], nearly."""


@styled
def page_figure(
    measured: Measured,
    labels: pd.DataFrame,
    scaling: Scaling,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw what one spacecraft measured, and the regions concluded from it.

    Parameters
    ----------
    measured : Measured
    labels : DataFrame
        The table of labels of the same samples: ``Predicted``, ``region``, ``smoothed_region``,
        ``confidence``, ``stability``, ``flags``.
    scaling : Scaling
        Dotted lines mark B0, v_A and E0 where they are within the panel.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
        Replaces the defaults.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Lines stop at gaps and missing values; a strip is white where an input is missing. J . E' is shown as
        means over one second, its samples in grey.

    Raises
    ------
    ValueError
        Labels and measurements are not of the same samples, or a label is no region.
    """
    if len(labels) != len(measured.time):
        raise ValueError(f"{len(labels)} labels of {len(measured.time)} samples")
    colour = region_colours(colours)
    figure = new_figure(width_mm, sum(HEIGHTS) + 34, title, source_note)
    grid = GridSpec(len(HEIGHTS), 1, figure=figure, height_ratios=HEIGHTS)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(HEIGHTS))]
    if len(measured.time) == 0:
        for axes in panels:
            axes.set_axis_off()
        say(panels[0], "nothing was labelled: see failed.csv")
        return figure
    _draw_vector(panels[0], measured, measured.b_nt, "B\n[nT]", scaling.b0_nt, magnitude=True)
    _draw_vector(panels[1], measured, measured.e_mv_m, "E\n[mV/m]", scaling.e0_mv_m)
    _draw_density(panels[2], measured)
    _draw_vector(panels[3], measured, measured.v_i_km_s, "V$_i$\n[km/s]", scaling.v_a_km_s)
    _draw_vector(panels[4], measured, measured.v_e_km_s, "V$_e$\n[km/s]", scaling.ve_a_km_s)
    _draw_work(panels[5], measured)
    for axes, column, name in zip(
        panels[6:8], ("region", "smoothed_region"), ("region", "smoothed"), strict=True
    ):
        codes = region_codes(labels, column)
        wide = letter_days(measured.time, width_mm)
        draw_strip(axes, measured.time, measured.segment, codes, colour, letter_days=wide)
        axes.set_ylim(0, 1)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    shades = _draw_certainty(panels[8], measured, labels)
    half = half_sample(measured.time)
    for axes in panels:
        last = axes is panels[-1]
        utc_axis(axes, measured.time[0] - half, measured.time[-1] + half, width_mm, label=last)
        dress(axes)
        axes.tick_params(labelbottom=last)
    for axes in panels[6:8]:
        axes.tick_params(left=False, labelleft=False)
    figure.align_ylabels([*panels[:6], panels[8]])
    legend_above(figure, [*region_handles(colour), *shades], width_mm)
    return figure


def _draw_vector(
    axes: Axes, measured: Measured, values: Floats, name: str, scale: float, *, magnitude: bool = False
) -> None:
    """Draw three components, and the magnitude below them; dotted lines mark plus and minus the scale."""
    names, colours = list(measured.axes_names), list(COMPONENT_COLOURS)
    axes.set_ylabel(name)
    if not np.isfinite(values).any():
        axes.set_yticks([])
        say(axes, "missing")
        return
    lines = list(values.T)
    if magnitude:
        names, colours = [*names, "|B|"], [*colours, "black"]
        lines = [*lines, np.sqrt((values**2).sum(axis=1))]
    axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
    for line, colour in zip(reversed(lines), reversed(colours), strict=True):
        draw_line(axes, measured.time, measured.segment, line, color=colour, linewidth=0.6)
    low, high = around(np.concatenate(lines))
    axes.set_ylim(low, high)
    for mark in (-scale, scale):
        if low < mark < high:
            axes.axhline(mark, color="0.5", linewidth=0.6, linestyle=":", zorder=1)
    name_lines(axes, names, colours)


def _draw_density(axes: Axes, measured: Measured) -> None:
    axes.set_ylabel("n\n[cm$^{-3}$]")
    lines = [measured.n_i_cm3, measured.n_e_cm3, measured.n_i_bg_cm3]
    colours = [COMPONENT_COLOURS[2], "black", "0.6"]
    if not np.isfinite(np.concatenate(lines)).any():
        axes.set_yticks([])
        say(axes, "missing")
        return
    for line, colour in zip(lines, colours, strict=True):
        draw_line(axes, measured.time, measured.segment, line, color=colour)
    axes.set_ylim(around(np.concatenate(lines), zero=True))
    axes.set_ylim(bottom=0)
    name_lines(axes, ["n$_i$", "n$_e$", "n$_{bg}$"], colours)


def _draw_work(axes: Axes, measured: Measured) -> None:
    axes.set_ylabel("J·E'\n[nW/m$^3$]")
    if not np.isfinite(measured.work_nw_m3).any():
        axes.set_yticks([])
        say(axes, "missing")
        return
    width = samples_in(measured.time, MEAN_S)
    total = running_mean(measured.work_nw_m3, measured.segment, width)
    along = running_mean(measured.work_para_nw_m3, measured.segment, width)
    draw_line(axes, measured.time, measured.segment, measured.work_nw_m3, color="0.8", linewidth=0.4)
    axes.axhline(0, color="0.5", linewidth=0.5)
    draw_line(axes, measured.time, measured.segment, along, color=COMPONENT_COLOURS[2], linewidth=0.6)
    draw_line(axes, measured.time, measured.segment, total, color="black", linewidth=0.9)
    known = measured.work_nw_m3[np.isfinite(measured.work_nw_m3)]
    low, high = around(np.concatenate([total, along]), zero=True, beyond=0)
    spread = np.percentile(known, [5, 95])
    axes.set_ylim(min(low, float(spread[0])), max(high, float(spread[1])))
    name_lines(axes, ["total", r"$\parallel$ B"], ["black", COMPONENT_COLOURS[2]])


def _draw_certainty(axes: Axes, measured: Measured, labels: pd.DataFrame) -> list[Artist]:
    """Draw largest probability and stability over shades of what is unknown; return the shades' handles."""
    flags = labels["flags"].to_numpy(dtype=np.int64)
    shades: list[Artist] = []
    for flag, colour, name in (
        ("UNSURE", UNSURE_GREY, ""),
        ("UNUSUAL", UNUSUAL_PINK, "unlike training"),
    ):
        marked = (flags & FLAGS[flag]) != 0
        if marked.any():
            edges, values = cells(measured.time, measured.segment, np.where(marked, 0.0, np.nan))
            draw_cells(axes, edges, values, [colour])
        if marked.any() and name:
            shades.append(Patch(facecolor=colour, edgecolor="none", label=name))
    stability = labels["stability"].to_numpy(dtype=np.float64)
    confidence = labels["confidence"].to_numpy(dtype=np.float64)
    time, segment = measured.time, measured.segment
    draw_line(axes, time, segment, stability, color=PROBABILITY_BLUE, drawstyle="steps-mid", linewidth=0.6)
    draw_line(axes, time, segment, confidence, color="black", linewidth=0.8)
    axes.set_ylim(0, 1.05)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_ylabel("certainty")
    name_lines(axes, ["max. p", "stability"], ["black", PROBABILITY_BLUE])
    return shades
