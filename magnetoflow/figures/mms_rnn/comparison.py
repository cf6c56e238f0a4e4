"""All spacecraft of one event: their regions, what they measured, and the current from all four."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from magnetoflow.figures.lines import PROBE_COLOURS, PROBE_WIDTHS, around, name_lines
from magnetoflow.figures.mms_rnn.measured import Measured, bin_means, draw_line, running_mean, samples_in
from magnetoflow.figures.mms_rnn.regions import (
    draw_strip,
    half_sample,
    letter_days,
    region_codes,
    region_colours,
    region_handles,
)
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number, utc_axis

Floats = NDArray[np.float64]
MEAN_S = 1.0
BIN_S = 0.5
ROW_MM = 4.4
HEIGHTS = (14, 14, 14, 14, 9)


@dataclass(frozen=True)
class FourPointCurrent:
    """Current from the curl of the field of four spacecraft.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC, increasing.
    j_ua_m2 : (time, 3) ndarray [uA/m^2]
        Any frame.
    div_b_over_curl : (time,) ndarray [1]
    """

    time: NDArray[np.datetime64]
    j_ua_m2: Floats
    div_b_over_curl: Floats


@styled
def comparison_figure(
    measured: Mapping[int, Measured],
    labels: Mapping[int, pd.DataFrame],
    current: FourPointCurrent | None,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    probe_colours: Mapping[int, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Compare the spacecraft of an event.

    Parameters
    ----------
    measured : mapping of int to Measured
        By spacecraft, all in one frame.
    labels : mapping of int to DataFrame
        The table of labels of each: ``Predicted``, ``smoothed_region``.
    current : FourPointCurrent or None
        None where four spacecraft are not at hand.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
        Replaces the defaults.
    probe_colours : mapping of int to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        J . E' is shown as running means over one second, current densities as means over half a second: of
        the magnitude of the curl, and of the mean vector of all spacecraft.

    Raises
    ------
    ValueError
        Labels and measurements are not of the same spacecraft and samples, or a label is no region.
    """
    probes = sorted(measured)
    if probes != sorted(labels) or any(len(labels[one]) != len(measured[one].time) for one in probes):
        raise ValueError("labels and measurements are not of the same spacecraft and samples")
    colour, of_probe = region_colours(colours), {**PROBE_COLOURS, **(probe_colours or {})}
    heights = [ROW_MM * max(len(probes), 1), *HEIGHTS]
    figure = new_figure(width_mm, sum(heights) + 32, title, source_note)
    grid = GridSpec(len(heights), 1, figure=figure, height_ratios=heights)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(heights))]
    there = [one for one in probes if len(measured[one].time)]
    if not there:
        for axes in panels:
            axes.set_axis_off()
        say(panels[0], "no sample of any spacecraft in this event")
        return figure
    start, stop = _span([measured[one] for one in there])
    wide = letter_days(np.array([start, stop]), width_mm)
    for row, probe in enumerate(probes):
        one = measured[probe]
        codes = region_codes(labels[probe], "smoothed_region")
        draw_strip(
            panels[0],
            one.time,
            one.segment,
            codes,
            colour,
            letter_days=wide,
            bottom=row + 0.94,
            top=row + 0.06,
        )
    panels[0].set_ylim(len(probes), 0)
    panels[0].set_yticks(np.arange(len(probes)) + 0.5, [f"MMS{probe}" for probe in probes])
    _draw_probes(panels[1:4], {probe: measured[probe] for probe in there}, of_probe)
    _draw_current(panels[4], {probe: measured[probe] for probe in there}, current, start, stop)
    _draw_ratio(panels[5], current, start, stop)
    for axes in panels:
        last = axes is panels[-1]
        utc_axis(axes, start, stop, width_mm, label=last)
        dress(axes)
        axes.tick_params(labelbottom=last)
    panels[0].tick_params(left=False)
    figure.align_ylabels(panels[1:])
    name_lines(panels[1], [f"MMS{probe}" for probe in there], [of_probe[probe] for probe in there])
    legend_above(figure, region_handles(colour), width_mm)
    return figure


def _span(measured: list[Measured]) -> tuple[np.datetime64, np.datetime64]:
    starts = [one.time[0] - half_sample(one.time) for one in measured]
    return min(starts), max(one.time[-1] + half_sample(one.time) for one in measured)


def _draw_probes(panels: list[Axes], measured: Mapping[int, Measured], colours: Mapping[int, str]) -> None:
    """Draw the field and the ion flow along X or L, and J . E', each spacecraft in its colour."""
    along = next(iter(measured.values())).axes_names[0]
    shown: list[list[Floats]] = [[], [], []]
    for probe, one in measured.items():
        work = running_mean(one.work_nw_m3, one.segment, samples_in(one.time, MEAN_S))
        for axes, values, kept in zip(panels, (one.b_nt[:, 0], one.v_i_km_s[:, 0], work), shown, strict=True):
            draw_line(
                axes, one.time, one.segment, values, color=colours[probe], linewidth=PROBE_WIDTHS[probe]
            )
            kept.append(values)
    names = (f"B$_{along}$\n[nT]", f"V$_{{i{along}}}$\n[km/s]", "J·E'\n[nW/m$^3$]")
    for axes, name, kept in zip(panels, names, shown, strict=True):
        axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
        axes.set_ylabel(name)
        values = np.concatenate(kept)
        axes.set_ylim(around(values, zero=True, beyond=0.0 if axes is panels[2] else 0.1))
        if not np.isfinite(values).any():
            axes.set_yticks([])
            say(axes, "missing")


def _draw_current(
    axes: Axes,
    measured: Mapping[int, Measured],
    current: FourPointCurrent | None,
    start: np.datetime64,
    stop: np.datetime64,
) -> None:
    """Draw magnitudes of the current density from the curl and from the mean of the spacecraft's moments."""
    axes.set_ylabel("|J|\n[$\\mu$A/m$^2$]")
    days, count = _bins(start, stop)
    vectors = np.mean(
        [bin_means(one.time, one.j_ua_m2, start, BIN_S, count) for one in measured.values()], axis=0
    )
    lines = {"moments": (np.sqrt((vectors**2).sum(axis=1)), "0.55")}
    if current is not None:
        curl = bin_means(current.time, current.j_ua_m2, start, BIN_S, count)
        lines["curl"] = (np.sqrt((curl**2).sum(axis=1)), "black")
    for values, colour in lines.values():
        axes.plot(days, values, color=colour, linewidth=0.9)
    values = np.concatenate([line for line, _ in lines.values()])
    axes.set_ylim(0, around(values, zero=True, beyond=0)[1])
    name_lines(axes, list(lines), [colour for _, colour in lines.values()])


def _draw_ratio(
    axes: Axes, current: FourPointCurrent | None, start: np.datetime64, stop: np.datetime64
) -> None:
    """Draw how far the field is from linear between the spacecraft, as medians per bin."""
    axes.set_ylabel("|div B|/\n|curl B|")
    if current is None or not np.isfinite(current.div_b_over_curl).any():
        axes.set_yticks([])
        say(axes, "not from less than four spacecraft")
        return
    days, count = _bins(start, stop)
    place = ((current.time - start) / np.timedelta64(round(BIN_S * 1e9), "ns")).astype(np.int64)
    table = pd.Series(current.div_b_over_curl).groupby(place).median().reindex(range(count))
    axes.plot(days, table.to_numpy(), color="black", linewidth=0.8)
    axes.axhline(1, color="0.5", linewidth=0.5, linestyle="--")
    axes.set_yscale("log")
    low = min(max(float(np.nanmin(table)) / 1.5, 1e-3), 0.05)
    axes.set_ylim(low, max(5.0, float(np.nanmax(table)) * 1.5))
    axes.yaxis.set_major_locator(LogLocator(numticks=4))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _bins(start: np.datetime64, stop: np.datetime64) -> tuple[Floats, int]:
    """Middles [day] and number of the bins of :data:`BIN_S`."""
    step = np.timedelta64(round(BIN_S * 1e9), "ns")
    count = int(-(-(stop - start) // step))
    return day_number(start + step // 2 + np.arange(count) * step), count
