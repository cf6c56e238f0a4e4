"""Walen test of each spacecraft: flow in the deHoffmann-Teller frame against the Alfven velocity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from magnetoflow.figures.lines import COMPONENT_COLOURS
from magnetoflow.figures.mms_mp.panels import LMN, Floats, frame_words, palette
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis, HoffmannTeller
from magnetoflow.mms_mp.samples import samples_of
from magnetoflow.mms_mp.walen import alfven_km_s
from magnetoflow.mms_mp.wording import MINUS, number


@styled
def walen_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw V - V_HT against the Alfven velocity, along L, M and N.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Checked only.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Solid: the slope that was found; dotted: slopes +1 and -1 of a rotational discontinuity.
    """
    palette(colours)
    probes = [probe for probe in analysis.probes if probe in analysis.hoffmann_teller]
    title = f"{event.id}: Walén test, {frame_words(analysis)}"
    if not probes:
        figure = new_figure(width_mm, 40, title, source_note)
        axes = figure.add_subplot()
        say(axes, "no deHoffmann-Teller frame")
        axes.set_axis_off()
        return figure
    across = min(len(probes), 4 if width_mm > 120 else 2)
    rows = -(-len(probes) // across)
    columns = max(across, 2 if width_mm > 120 else 1)
    figure = new_figure(width_mm, (width_mm / columns + 12) * rows + 8, title, source_note)
    grid = GridSpec(rows, columns, figure=figure)
    drawn = {probe: _points(event, analysis, probe) for probe in probes}
    every = np.concatenate([np.concatenate(one).ravel() for one in drawn.values()])
    every = every[np.isfinite(every)]
    reach = 1.1 * float(np.percentile(np.abs(every), 99.8)) if len(every) else 1.0
    for place, probe in enumerate(probes):
        axes = figure.add_subplot(grid[place // across, place % across])
        _draw(axes, *drawn[probe], analysis.hoffmann_teller[probe], reach)
        axes.set_title(_words(probe, analysis.hoffmann_teller[probe]), loc="left", size=FONT_PT, pad=3)
        if place % across == 0:
            axes.set_ylabel("V − V$_{HT}$ [km/s]", labelpad=1)
        else:
            axes.tick_params(labelleft=False)
        axes.set_xlabel("V$_A$ [km/s]")
    handles = [
        Line2D([], [], color=colour, marker=".", linestyle="", label=name)
        for name, colour in zip(LMN, COMPONENT_COLOURS, strict=True)
    ]
    legend_above(figure, handles, width_mm)
    return figure


def _points(event: EventData, analysis: Analysis, probe: int) -> tuple[Floats, Floats]:
    """(time, 3) Alfven velocity and V - V_HT along L, M, N."""
    frame = analysis.hoffmann_teller[probe]
    species = frame.species if frame.species in event.spacecraft[probe].plasma else "ion"
    if species not in event.spacecraft[probe].plasma:
        return np.empty((0, 3)), np.empty((0, 3))
    start_s, stop_s = event.seconds(np.array([frame.start, frame.stop]))
    samples = samples_of(event, probe, species=species, start_s=float(start_s), stop_s=float(stop_s))
    alfven, _ = alfven_km_s(samples, anisotropy=frame.anisotropy_used)
    turn = analysis.orientation.lmn.matrix.T
    return np.asarray(alfven @ turn), np.asarray((samples.v_km_s - frame.v_km_s) @ turn)


def _draw(axes: Axes, alfven: Floats, flow: Floats, frame: HoffmannTeller, reach: float) -> None:
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    dress(axes)
    if not np.isfinite(alfven).any():
        say(axes, "no moments")
        return
    ends = np.array([-reach, reach])
    for slope in (-1, 1):
        axes.plot(ends, slope * ends, color="0.6", linewidth=0.6, linestyle=":", zorder=1)
    for i, colour in enumerate(COMPONENT_COLOURS):
        axes.plot(alfven[:, i], flow[:, i], ".", color=colour, markersize=1.5, zorder=2, rasterized=True)
    if np.isfinite(frame.walen_slope):
        axes.plot(ends, frame.walen_slope * ends, color="black", linewidth=0.9, zorder=3)


def _words(probe: int, frame: HoffmannTeller) -> str:
    slope = number(frame.walen_slope, frame.walen_slope_error) or "unknown"
    words = f"MMS{probe}{'' if frame.reliable else ', not reliable'}\nslope {slope}\n"
    words += f"r {frame.walen_correlation:.3f}; HT: r {frame.correlation:.3f}"
    return words.replace("-", MINUS)
