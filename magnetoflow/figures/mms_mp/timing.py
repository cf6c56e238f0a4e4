"""Crossing times against positions along N, their residuals, and crossings foretold by other spacecraft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.mms_mp.panels import Floats, draw_point, frame_words, palette, probe_handles
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.passages import Pass, Prediction
from magnetoflow.mms_mp.passes import position_at
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.wording import number

ROW_MM, MOST, MOST_NARROW = 40.0, 4, 2


@styled
def timing_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw how well one plane of one speed explains the crossing times of each pass.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of spacecraft.
    width_mm : float [mm]

    Returns
    -------
    Figure
        One row for each pass, at most 4 (2 where narrow). Left: time against position along N, each at its
        own crossing, with the line of the chosen speed; middle: what the times differ from that line, with
        their errors; right: predicted less actual crossing, reference > target, with the error expected.
    """
    colour = palette(colours)
    wide = width_mm > 120
    shown = sorted(analysis.passes, key=lambda one: one.number != analysis.main)
    shown = shown[: MOST if wide else MOST_NARROW]
    shown = sorted(shown, key=lambda one: one.number)
    title = f"{event.id}: crossing times, {frame_words(analysis)}"
    if len(analysis.passes) > len(shown):
        title += f"; {len(shown)} of {len(analysis.passes)} passes"
    if max((len(one.crossings) for one in shown), default=0) < 2:
        figure = new_figure(width_mm, 40, title, source_note)
        axes = figure.add_subplot()
        say(axes, "times of one spacecraft alone tell nothing" if shown else "no crossing was found")
        axes.set_axis_off()
        return figure
    figure = new_figure(width_mm, (ROW_MM if wide else 3 * 34) * len(shown) + 12, title, source_note)
    shape = (len(shown), 3) if wide else (3 * len(shown), 1)
    grid = GridSpec(*shape, figure=figure)
    for row, passed in enumerate(shown):
        panels = [figure.add_subplot(grid[row, i] if wide else grid[3 * row + i, 0]) for i in range(3)]
        _draw_times(panels, event, analysis, passed, colour)
        _draw_predictions(panels[2], _of_pass(analysis.predictions, passed), colour)
        for axes in panels:
            dress(axes)
    legend_above(figure, probe_handles(list(analysis.probes), colour), width_mm)
    return figure


def _draw_times(
    panels: Sequence[Axes], event: EventData, analysis: Analysis, passed: Pass, colour: Mapping[str, str]
) -> None:
    left, middle = panels[:2]
    n = analysis.orientation.lmn.matrix[2]
    probes = sorted(passed.crossings)
    used, sure = passed.timing.times_s, passed.timing.errors_s
    times = np.array([used.get(probe, passed.crossings[probe].time_s) for probe in probes])
    errors = np.array([sure.get(probe, passed.crossings[probe].error_s) for probe in probes])
    along = np.array([position_at(event, probe, t) @ n for probe, t in zip(probes, times, strict=True)])
    speed = passed.speed_km_s
    x, t = along - along.mean(), times - times.mean()
    way = "outbound" if passed.outbound else "inbound"
    left.set_title(f"pass {passed.number}, {way}; {_kind(passed)}", loc="left", size=FONT_PT, pad=3)
    for i, probe in enumerate(probes):
        shade, name = colour[f"mms{probe}"], f"mms{probe}"
        draw_point(left, x[i], t[i], shade, yerr=errors[i], gid=name)
    if np.isfinite(speed) and speed != 0 and len(probes) > 1:
        ends = np.array([x.min(), x.max()]) + np.array([-0.1, 0.1]) * max(float(np.ptp(x)), 1.0)
        left.plot(ends, ends / speed, color="0.5", linewidth=0.7, zorder=1)
        rest = t - x / speed
        rest = rest - np.average(rest, weights=_weights(errors))
        for i, probe in enumerate(probes):
            shade, name = colour[f"mms{probe}"], f"mms{probe}"
            draw_point(middle, probe, 1e3 * rest[i], shade, yerr=1e3 * errors[i], gid=name)
        text = f"V$_N$ = {number(speed, passed.speed_error_km_s, 'km/s')}"
        middle.set_title(f"{text}\nby {passed.speed_method}", loc="left", size=FONT_PT, pad=3)
        middle.axhline(0, color="0.75", linewidth=0.5, zorder=1)
        middle.set_xticks(probes, [f"MMS{probe}" for probe in probes])
        middle.set_xlim(min(probes) - 0.5, max(probes) + 0.5)
    else:
        say(middle, "no speed" if len(probes) > 1 else "one crossing only")
        middle.set_xticks([])
        middle.set_yticks([])
    left.set_xlabel("position along N [km]")
    left.set_ylabel("time [s]")
    middle.set_ylabel("residual [ms]")


def _weights(errors: Floats) -> Floats:
    good = np.isfinite(errors) & (errors > 0)
    return np.where(good, 1 / np.where(good, errors, 1.0) ** 2, 0.0) if good.all() else np.ones(len(errors))


def _kind(passed: Pass) -> str:
    names = {"four": "four-point timing", "plane": "times of a plane", "line": "times along a line"}
    return names.get(passed.timing.kind, "no timing")


def _of_pass(predictions: Sequence[Prediction], passed: Pass) -> list[Prediction]:
    """Predictions whose reference crossing is one of the pass."""
    return [
        one
        for one in predictions
        if one.reference in passed.crossings
        and abs(passed.crossings[one.reference].time_s - one.t_reference_s) < 1e-6
    ]


def _draw_predictions(axes: Axes, predictions: Sequence[Prediction], colour: Mapping[str, str]) -> None:
    known = [one for one in predictions if np.isfinite(one.error_s)]
    axes.set_ylabel("predicted −\nactual [ms]")
    if not known:
        say(axes, "no prediction")
        axes.set_xticks([])
        axes.set_yticks([])
        return
    for place, one in enumerate(known):
        shade = colour[f"mms{one.target}"]
        draw_point(axes, place, 1e3 * one.error_s, shade, yerr=1e3 * one.expected_error_s)
    axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
    axes.set_xticks(
        range(len(known)),
        [f"{one.reference}>{one.target}" for one in known],
        rotation=90 if len(known) > 6 else 0,
    )
    axes.set_xlim(-0.6, len(known) - 0.4)
