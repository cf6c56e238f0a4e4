"""One camera and UTC date: keogram, ewogram, labels, probabilities, flags, pulsation periods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, Flag
from magnetoflow.aurora.frames import CADENCE_S
from magnetoflow.aurora.keogram import Cut, Keogram
from magnetoflow.aurora.periods import SLOWEST_S
from magnetoflow.figures.aurora.classes import (
    TimeBins,
    class_colours,
    class_handles,
    class_index,
    draw_stack,
    one_hot,
    utc_times,
)
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number, utc_axis

SHOWN_FLAGS = {
    Flag.BLACK: "black",
    Flag.SATURATED: "saturated",
    Flag.CLOCK_BACK: "clock back",
    Flag.GAP_BEFORE: "gap before",
    Flag.SHORT_CONTEXT: "short context",
    Flag.SUN_UP: "Sun",
    Flag.MOON_UP: "Moon",
    Flag.NO_SKYMAP: "no skymap",
}
PERIOD_NOTE = "dot: patch, bar: median of window"


@styled
def camera_day_figure(
    lines: Keogram | None,
    frames: pd.DataFrame,
    patches: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw a camera-day from the sky to the label.

    Parameters
    ----------
    lines : Keogram or None
        None where no images exist, only labels.
    frames : DataFrame
        Rows of the smoothed table: ``time``, ``label``, ``raw_label``, ``p_<class>``, ``flags``.
    patches : DataFrame
        Rows of the table of patches: ``start``, ``stop``, ``period_s``, ``period_error_s``.
    title, source_note : str
        Heading and footer.
    colours : mapping of class to colour, optional
        Replaces the defaults.
    width_mm : float [mm]

    Returns
    -------
    Figure
        White is time without frames. Where a bin of the time axis holds several frames the strips show the
        shares of their labels, stacked.

    Raises
    ------
    ValueError
        A label is no class.
    """
    colour = class_colours(colours)
    labels, raw = class_index(frames["label"]), class_index(frames["raw_label"])
    time = utc_times(frames["time"])
    shown = [*time, *(lines.time if lines is not None else [])]
    figure = new_figure(width_mm, 125 if lines is not None else 75, title, source_note)
    pictures = 2 if lines is None else 12
    heights = [pictures, pictures, 1.6, 1.6, 7, 4, 8 if lines is not None else 2]
    grid = GridSpec(7, 1, figure=figure, height_ratios=heights)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(7)]
    if not shown:
        for axes in panels:
            axes.set_axis_off()
        say(panels[0], "no frame of this camera on this day")
        return figure
    bins = TimeBins.of(min(shown), max(shown))
    if lines is None:
        for axes, name in zip(panels[:2], ("keogram", "ewogram"), strict=True):
            axes.set_yticks([])
            say(axes, f"no {name}, labels only: no images in this run")
    else:
        _draw_lines(panels[0], bins, lines.time, lines.north_south, lines.keo_cut, "keogram\nelevation [deg]")
        _draw_lines(panels[1], bins, lines.time, lines.east_west, lines.ewo_cut, "ewogram\nelevation [deg]")
    for axes, label, name in zip(panels[2:4], (raw, labels), ("single frames", "in time"), strict=True):
        draw_stack(axes, bins, bins.mean(time, one_hot(label)), colour)
        axes.set_yticks([])
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    probabilities = frames[[f"p_{name}" for name in CLASSES]].to_numpy(dtype=np.float64)
    draw_stack(panels[4], bins, bins.mean(time, probabilities), colour)
    panels[4].set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    panels[4].set_ylabel("probability")
    _draw_flags(panels[5], bins, time, frames["flags"].to_numpy(dtype=np.int64))
    if lines is None:
        panels[6].set_yticks([])
        say(panels[6], "periods are searched for in images only")
    else:
        _draw_periods(panels[6], patches, width_mm)
    stop = bins.start + bins.count * bins.step
    # the first bin may begin half a cadence before midnight
    start = max(bins.start, min(shown).astype("datetime64[D]").astype("datetime64[ns]"))
    for axes in panels:
        last = axes is panels[-1]
        utc_axis(axes, start, stop, width_mm, label=last)
        dress(axes)
        axes.tick_params(labelbottom=last)
    figure.align_ylabels([panels[0], panels[1], panels[4], panels[6]])
    legend_above(figure, class_handles(colour), width_mm)
    return figure


def _draw_lines(
    axes: Axes,
    bins: TimeBins,
    time: NDArray[np.datetime64],
    values: NDArray[np.float32],
    cut: Cut,
    name: str,
) -> None:
    """Draw a keogram with its elevations, or pixels without a skymap; the grey scale is that of the lens."""
    angle = cut.angle_deg
    inside = np.isfinite(angle)
    mean = bins.mean(time, values)
    within = mean[:, inside] if inside.any() else mean
    low, high = np.nanpercentile(within, [1, 99.5])
    shown = np.ma.masked_invalid(mean.T)
    left, right = bins.days
    axes.imshow(
        shown,
        extent=(left, right, 255.5, -0.5),
        aspect="auto",
        interpolation="nearest",
        cmap="gray",
        vmin=low,
        vmax=max(high, low + 1),
        rasterized=True,
    )
    axes.set_ylabel(name if inside.any() else name.replace("elevation [deg]", "pixel"))
    if not inside.any():
        axes.set_yticks([0, 128, 255])
        return
    rows = np.flatnonzero(inside)
    axes.set_ylim(rows[-1] + 0.5, rows[0] - 0.5)
    wanted = [(30.0, f"{cut.ends[0]} 30".strip()), (90.0, "90"), (150.0, f"{cut.ends[1]} 30".strip())]
    ticks = [(float(np.interp(value, angle[rows], rows)), text) for value, text in wanted]
    axes.set_yticks([place for place, _ in ticks], [text for _, text in ticks])


def _draw_flags(axes: Axes, bins: TimeBins, time: NDArray[np.datetime64], flags: NDArray[np.int64]) -> None:
    """Draw one row per flag that occurs, dark where any frame of the bin carries it."""
    present = [flag for flag in SHOWN_FLAGS if (flags & flag).any()]
    axes.set_ylim(max(len(present), 1) - 0.5, -0.5)
    axes.set_ylabel("flags")
    if not present:
        axes.set_yticks([])
        say(axes, "no frame is flagged")
        return
    left, right = bins.days
    for row, flag in enumerate(present):
        share = bins.mean(time, ((flags & flag) != 0).astype(np.float64))
        marked = np.where(share > 0, 1.0, np.nan)[None]
        axes.imshow(
            np.ma.masked_invalid(marked),
            extent=(left, right, row + 0.4, row - 0.4),
            aspect="auto",
            interpolation="nearest",
            cmap="gray",
            vmin=0.7,
            vmax=5,
            rasterized=True,
        )
    axes.set_ylim(len(present) - 0.5, -0.5)
    axes.set_yticks(range(len(present)), [SHOWN_FLAGS[flag] for flag in present])
    axes.set_ylabel("")


def _draw_periods(axes: Axes, patches: pd.DataFrame, width_mm: float) -> None:
    """Draw the observed period of each patch at the middle of its window, and the median of each window."""
    axes.set_ylabel("observed\nperiod [s]")
    axes.set_ylim(2 * CADENCE_S - 1, SLOWEST_S + 1)
    axes.axhline(2 * CADENCE_S, color="0.6", linewidth=0.6, linestyle="--")
    if len(patches) == 0:
        say(axes, "no pulsating patch found")
        return
    start, stop = utc_times(patches["start"]), utc_times(patches["stop"])
    middle = day_number(start + (stop - start) // 2)
    period = patches["period_s"].to_numpy(dtype=np.float64)
    error = patches["period_error_s"].to_numpy(dtype=np.float64)
    axes.errorbar(
        middle, period, yerr=error, fmt=".", color="0.55", markersize=2, linewidth=0.5, rasterized=True
    )
    windows = np.unique(middle)
    median = [np.median(period[middle == window]) for window in windows]
    axes.plot(windows, median, "_", color="black", markersize=4, markeredgewidth=1.2)
    axes.text(
        0.995,
        0.95,
        PERIOD_NOTE + (", 6 s and less only as aliases" if width_mm > 120 else ""),
        transform=axes.transAxes,
        ha="right",
        va="top",
        size=FONT_PT,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
    )
