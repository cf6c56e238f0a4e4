"""Path of the boundary along N at each spacecraft, with its error, and the speed that it is the sum of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch

from magnetoflow.figures.envelope import draw_envelope
from magnetoflow.figures.lines import PROBE_WIDTHS
from magnetoflow.figures.mms_mp.panels import (
    draw_lines,
    draw_strip,
    finish,
    frame_words,
    mark_crossings,
    palette,
    probe_handles,
    region_handles,
)
from magnetoflow.figures.style import FONT_PT, PAGE_MM, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis, Motion

SHORT_NAMES = {"magnetosphere": "magnetosphere", "mp_layer": "layer", "sheath": "sheath"}
PATH_MM, SPEED_MM = 17.0, 20.0
MOST_LAYERS, LINE = 3, 0.21
"""Most lines of text in a panel, and the height of one, 1 for the panel's."""


@styled
def displacement_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw the displacement of the boundary at each spacecraft with a band of 1-sigma, and V_N of all.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of regions and spacecraft.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Lines and bands stop at gaps. Last but one: what the paths differ from a constant speed. Thicknesses
        of stays that no end of the data cuts off are written beside.
    """
    colour = palette(colours)
    probes = [probe for probe in analysis.probes if probe in analysis.motion]
    title = f"{event.id}: displacement along N since the crossing, {frame_words(analysis)}"
    if not probes:
        figure = new_figure(width_mm, 40, title, source_note)
        axes = figure.add_subplot()
        say(axes, "neither moments nor an electric field: no displacement")
        axes.set_axis_off()
        return figure
    strip = 2.6 * len(probes) + 1.5
    heights = [strip, *[PATH_MM] * len(probes), SPEED_MM, SPEED_MM]
    figure = new_figure(width_mm, sum(heights) + 24, title, source_note)
    grid = GridSpec(len(heights), 1, figure=figure, height_ratios=heights)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(heights))]
    draw_strip(panels[0], event, analysis, probes, colour)
    for axes, probe in zip(panels[1:-2], probes, strict=True):
        _draw_path(axes, analysis.motion[probe], colour[f"mms{probe}"], width_mm)
        axes.set_ylabel(f"MMS{probe}\nD$_N$ [km]")
        mark_crossings(axes, event, analysis, [probe])
        _write_layers(axes, analysis, probe)
    _draw_deviations(panels[-2], event, analysis, probes, colour, width_mm)
    lines = [
        ("", colour[f"mms{probe}"], analysis.motion[probe].time, analysis.motion[probe].relative_km_s)
        for probe in reversed(probes)
    ]
    widths = [0.6 * PROBE_WIDTHS[probe] for probe in reversed(probes)]
    draw_lines(panels[-1], lines, width_mm, zero=True, linewidths=widths)
    panels[-1].set_ylabel("V$_N$ − v$_{sc,N}$\n[km/s]")
    finish(figure, panels, (event.start, event.stop), width_mm, strip=1)
    sigma = Patch(facecolor="0.75", edgecolor="none", label="±1σ")
    legend_above(figure, [*probe_handles(probes, colour), sigma, *region_handles(colour)], width_mm)
    return figure


def _draw_deviations(
    axes: Axes,
    event: EventData,
    analysis: Analysis,
    probes: Sequence[int],
    colour: Mapping[str, str],
    width_mm: float,
) -> None:
    """Draw what the paths differ from those of a boundary of the constant speed of the main pass."""
    axes.set_ylabel("D$_N$ − V t\n[km]")
    passed = analysis.main_pass
    known = [probe for probe in probes if np.isfinite(analysis.motion[probe].displacement_km).any()]
    if passed is None or not known or not np.isfinite(passed.speed_km_s):
        axes.set_yticks([])
        say(axes, "no speed of the main pass")
        return
    n = analysis.orientation.lmn.matrix[2]
    for probe in known:
        motion = analysis.motion[probe]
        steady = passed.speed_km_s - float(analysis.v_sc_km_s[probe] @ n)
        less = steady * (event.seconds(motion.time) - motion.zero_s)
        moved = replace(motion, displacement_km=motion.displacement_km - less)
        _draw_path(axes, moved, colour[f"mms{probe}"], width_mm)
    axes.relim()
    axes.autoscale(axis="y")


def _draw_path(axes: Axes, motion: Motion, colour: str, width_mm: float) -> None:
    """Draw the line and its band, segment by segment."""
    known = np.isfinite(motion.displacement_km)
    if not known.any():
        axes.set_yticks([])
        say(axes, "no speed along N")
        return
    for segment in np.unique(motion.segment[known & (motion.segment >= 0)]):
        rows = known & (motion.segment == segment)
        days, path = day_number(motion.time[rows]), motion.displacement_km[rows]
        error = motion.displacement_error_km[rows]
        axes.fill_between(days, path - error, path + error, color=colour, alpha=0.18, linewidth=0)
    draw_envelope(axes, motion.time, motion.displacement_km, width_mm, color=colour, linewidth=0.9)
    axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
    error = np.where(np.isfinite(motion.displacement_error_km), motion.displacement_error_km, 0.0)
    low, high = (
        float(np.nanmin(motion.displacement_km - error)),
        float(np.nanmax(motion.displacement_km + error)),
    )
    margin = 0.06 * (high - low) or 1.0
    axes.set_ylim(low - margin, high + margin)


def _write_layers(axes: Axes, analysis: Analysis, probe: int) -> None:
    """State the thickness of stays that neither end cuts off."""
    whole = [
        one for one in analysis.layers if one.probe == probe and not one.cut and np.isfinite(one.thickness_km)
    ]
    (x, ha, y, va), room = _free_corner(axes, analysis.motion[probe])
    fit = min(MOST_LAYERS, int((room - 0.07) / LINE))
    if not whole or fit < min(len(whole), 2):
        return
    lines = [f"{SHORT_NAMES[one.layer]} {one.thickness_km:.0f} ± {one.error_km:.0f} km" for one in whole]
    if len(lines) > fit:
        lines = [*lines[: fit - 1], f"{len(lines) - fit + 1} more"]
    axes.text(x, y, "\n".join(lines), transform=axes.transAxes, ha=ha, va=va, size=FONT_PT)


def _free_corner(axes: Axes, motion: Motion) -> tuple[tuple[float, str, float, str], float]:
    """Place and alignment of text where the path leaves most room, and that room (1: the whole panel)."""
    known = np.isfinite(motion.displacement_km)
    low, high = axes.get_ylim()
    error = np.nan_to_num(motion.displacement_error_km[known])
    upper, lower = ((motion.displacement_km[known] + side * error - low) / (high - low) for side in (1, -1))
    part = np.linspace(0, 1, len(known))[known]
    room: dict[tuple[float, str, float, str], float] = {}
    parts = {
        0.01: ("left", part < 0.45),
        0.5: ("center", abs(part - 0.5) < 0.2),
        0.99: ("right", part > 0.55),
    }
    for x, (ha, near) in parts.items():
        room[x, ha, 0.93, "top"] = 1 - float(upper[near].max(initial=0.0))
        room[x, ha, 0.07, "bottom"] = float(lower[near].min(initial=1.0))
    place = max(room, key=lambda one: room[one])
    return place, room[place]
