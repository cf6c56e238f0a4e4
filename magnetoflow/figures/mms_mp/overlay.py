"""All spacecraft against the time since their own crossing of one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from magnetoflow.figures.envelope import GAP
from magnetoflow.figures.lines import PROBE_WIDTHS
from magnetoflow.figures.mms_mp.panels import (
    LMN,
    Floats,
    along,
    frame_words,
    palette,
    probe_handles,
    set_limits,
)
from magnetoflow.figures.style import PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData, Spacecraft
from magnetoflow.mms_mp.passages import Pass, TanhFit
from magnetoflow.mms_mp.results import Analysis

HALF_WIDTHS = 6.0
"""The figure covers as many half-widths of the widest fit on each side, and at least `LEAST_S`."""
LEAST_S = 3.0
PANEL_MM = 17.0
Shown = tuple[Floats, Floats, Floats]
Values = Callable[[Spacecraft], Shown | None]


@styled
def overlay_figure(
    event: EventData,
    analysis: Analysis,
    number: int | None = None,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw field, density and speed of all spacecraft against the time since their own crossing.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    number : int, optional
        Of the pass; else the main one.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of spacecraft.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Left as measured, since the first crossing; right aligned, unless there is only one. Dashed:
        the fit of each spacecraft; below it B_L less the fit of the first spacecraft, on the right moved to
        the crossing of each. Where the speed is known, the upper axis on the right is the distance of the
        boundary along N, outward. Density and speed are left out where no spacecraft has them.
    """
    colour = palette(colours)
    passed = next(
        (one for one in analysis.passes if one.number == (analysis.main if number is None else number)), None
    )
    title = f"{event.id}: spacecraft aligned at their crossings"
    if passed is None:
        figure = new_figure(width_mm, 40, title, source_note)
        axes = figure.add_subplot()
        say(axes, "no crossing was found")
        axes.set_axis_off()
        return figure
    way = "outbound" if passed.outbound else "inbound"
    title += f", pass {passed.number} ({way}), {frame_words(analysis)}"
    quantities = _quantities(event, analysis, passed)
    figure = new_figure(width_mm, PANEL_MM * len(quantities) + 30, title, source_note)
    several = len(passed.crossings) > 1
    grid = GridSpec(len(quantities), 1 + several, figure=figure)
    widths = [one.fit.w_s for one in passed.crossings.values() if one.fit.good]
    half = max(LEAST_S, HALF_WIDTHS * max(widths, default=0.0))
    first = min(one.time_s for one in passed.crossings.values())
    for row, (label, values) in enumerate(quantities):
        left = figure.add_subplot(grid[row, 0])
        right = figure.add_subplot(grid[row, 1]) if several else None
        shown = _draw(left, right, event, passed, values, colour, half, first)
        if row == 0:
            _draw_fits(left, right, passed, colour, half, first)
            _distance_axis(right or left, passed, short=width_mm <= 120)
        left.set_ylabel(label)
        _dress(left, right, shown, half, last=row == len(quantities) - 1)
    since = str(event.utc(first))[11:23]
    left.set_xlabel(f"seconds since {since} UTC" if width_mm > 120 else f"s since {since}")
    if right is not None:
        right.set_xlabel("seconds since own crossing" if width_mm > 120 else "s since own crossing")
    figure.align_ylabels()
    handles: list[Artist] = [
        *probe_handles(list(passed.crossings), colour),
        Line2D([], [], color="0.3", linestyle="--", linewidth=0.7, label="fit"),
    ]
    legend_above(figure, handles, width_mm)
    return figure


def _quantities(event: EventData, analysis: Analysis, passed: Pass) -> list[tuple[str, Values]]:
    """Labels, and functions that give seconds, values and values when aligned, of a spacecraft."""

    def component(i: int) -> Values:
        return lambda craft: _twice(event.seconds(craft.b.time), along(analysis, craft.b)[:, i])

    def density(craft: Spacecraft) -> Shown | None:
        ion = craft.plasma.get("ion")
        return None if ion is None else _twice(event.seconds(ion.time), ion.n_cm3)

    def speed(craft: Spacecraft) -> Shown | None:
        motion = analysis.motion.get(craft.probe)
        return None if motion is None else _twice(event.seconds(motion.time), motion.v_n_km_s)

    made = [(f"B$_{name}$\n[nT]", component(i)) for i, name in enumerate(LMN)]
    reference = min((probe for probe, one in passed.crossings.items() if one.fit.good), default=None)
    if reference is not None:
        fit = passed.crossings[reference].fit

        def difference(craft: Spacecraft) -> Shown | None:
            t, b_l = event.seconds(craft.b.time), along(analysis, craft.b)[:, 0]
            late = passed.crossings[craft.probe].time_s - passed.crossings[reference].time_s
            return t, b_l - _profile(fit, t), b_l - _profile(fit, t - late)

        made.insert(1, (f"B$_L$ − fit\nMMS{reference} [nT]", difference))
    if any("ion" in event.spacecraft[probe].plasma for probe in passed.crossings):
        made.append(("n$_i$\n[cm$^{-3}$]", density))
    if any(probe in analysis.motion for probe in passed.crossings):
        made.append(("V$_N$\n[km/s]", speed))
    return made


def _twice(t: Floats, y: Floats) -> Shown:
    return t, y, y


def _profile(fit: TanhFit, t: Floats) -> Floats:
    return np.asarray(fit.a + fit.c * np.tanh((t - fit.t_c_s) / fit.w_s))


def _draw(
    left: Axes, right: Axes | None, event: EventData, passed: Pass, values: Values,
    colour: Mapping[str, str], half: float, first: float,
) -> Floats:  # fmt: skip
    """Draw one quantity of all spacecraft on both sides; return what is shown."""
    shown = [np.empty(0)]
    for probe, crossing in sorted(passed.crossings.items()):
        found = values(event.spacecraft[probe])
        if found is None:
            continue
        t, measured, aligned = found
        look: dict[str, Any] = {
            "color": colour[f"mms{probe}"],
            "linewidth": PROBE_WIDTHS[probe] * 0.7,
            "zorder": 2 + probe / 10,
        }
        for axes, zero, y in ((left, first, measured), (right, crossing.time_s, aligned)):
            if axes is None:
                continue
            near = np.abs(t - zero) <= half
            axes.plot(*_split(t[near] - zero, y[near]), gid=f"mms{probe}", **look)
            shown.append(y[near])
    return np.concatenate(shown)


def _split(t: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Put a NaN into each gap."""
    if len(t) < 3:
        return t, y
    gaps = np.flatnonzero(np.diff(t) > GAP * np.median(np.diff(t))) + 1
    return np.insert(t, gaps, t[gaps]), np.insert(y, gaps, np.nan)


def _draw_fits(
    left: Axes, right: Axes | None, passed: Pass, colour: Mapping[str, str], half: float, first: float
) -> None:
    for probe, crossing in passed.crossings.items():
        fit = crossing.fit
        if not fit.good:
            continue
        t = np.linspace(-half, half, 200)
        y = _profile(fit, t + crossing.time_s)
        look: dict[str, Any] = {
            "color": colour[f"mms{probe}"],
            "linestyle": "--",
            "linewidth": 0.7,
            "zorder": 4,
        }
        if right is not None:
            right.plot(t, y, **look)
        left.plot(t + crossing.time_s - first, y, **look)


def _distance_axis(axes: Axes, passed: Pass, *, short: bool) -> None:
    """Write the path of the boundary along N above the panel."""
    speeds = [one.relative_speed_km_s for one in passed.thickness.values()]
    speed = float(np.mean(speeds)) if speeds else passed.speed_km_s
    if not np.isfinite(speed) or speed == 0:
        return
    there_and_back = cast(Any, (lambda t: t * speed, lambda path: path / speed))
    upper = axes.secondary_xaxis("top", functions=there_and_back)
    upper.set_xlabel("D$_N$ [km]" if short else "path of the boundary along N [km]")
    dress(cast(Axes, upper))


def _dress(left: Axes, right: Axes | None, shown: Floats, half: float, *, last: bool) -> None:
    for axes in (left, right):
        if axes is None:
            continue
        axes.axvline(0, color="0.5", linestyle=":", linewidth=0.6, zorder=1)
        axes.set_xlim(-half, half)
        dress(axes)
        axes.tick_params(labelbottom=last)
        if not np.isfinite(shown).any():
            say(axes, "no data")
            axes.set_yticks([])
    if np.isfinite(shown).any():
        set_limits(left, shown)
    if right is not None:
        right.set_ylim(left.get_ylim())
        right.tick_params(labelleft=False)
