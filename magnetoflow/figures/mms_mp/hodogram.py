"""Hodograms: the field of each spacecraft across the boundary, in the planes of the axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.mms_mp.panels import Floats, along, frame_words, palette
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, say, styled
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.crossing_windows import around
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.wording import number, plain, vector

PICTURE_MM = 36.0


@styled
def hodogram_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw B_L against B_M and against B_N around the crossing of each spacecraft.

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
        The window is that in which the axes of the main pass are sought, unless another was asked for, or
        the whole event where there is none. The colour runs from light to dark with time; a circle marks
        its begin. Beside each: axes by the variance of this spacecraft, with errors.
    """
    colour = palette(colours)
    probes = [probe for probe in analysis.probes if probe in event.spacecraft]
    title = f"{event.id}: hodograms, {frame_words(analysis)}\n{axes_words(analysis.orientation.lmn)}"
    across = 2 if width_mm > 120 else 1
    rows = -(-len(probes) // across)
    figure = new_figure(width_mm, (PICTURE_MM + 9) * rows + 6, title, source_note)
    grid = GridSpec(rows, 2 * across, figure=figure)
    limits = _limits(event, analysis, probes)
    for place, probe in enumerate(probes):
        row, column = place // across, 2 * (place % across)
        pair = [figure.add_subplot(grid[row, column + i]) for i in range(2)]
        b, words = _window(event, analysis, probe)
        for axes, other in zip(pair, (1, 2), strict=True):
            _draw(axes, b, other, colour[f"mms{probe}"], limits)
            axes.set_xlabel(f"B$_{'LMN'[other]}$ [nT]")
        pair[0].set_ylabel("B$_L$ [nT]", labelpad=1)
        pair[1].tick_params(labelleft=False)
        pair[0].set_title(f"MMS{probe}, {words}", loc="left", size=FONT_PT, pad=3)
        pair[1].set_title(_own(analysis, probe), loc="right", size=FONT_PT, pad=3)
    return figure


def axes_words(lmn: Lmn) -> str:
    """State the axes with their errors."""
    tilt = np.rad2deg(np.sqrt(np.clip(np.diag(lmn.covariance), 0, None)))
    words = [f"{name} = {vector(row, 3)}" for name, row in zip("LMN", lmn.matrix, strict=True)]
    text = f"{'; '.join(words)} {lmn.frame}"
    if np.isfinite(tilt).all():
        text += f"; N ± {tilt[1]:.2g}° toward L, ± {tilt[0]:.2g}° toward M; L ± {tilt[2]:.2g}° toward M"
    if np.isfinite(lmn.b_n_nt):
        text += f"; B_N = {number(lmn.b_n_nt, lmn.b_n_error_nt, 'nT')}"
    return text


def _window(event: EventData, analysis: Analysis, probe: int) -> tuple[Floats, str]:
    """Field along L, M, N in the window, and the window in words."""
    field = event.spacecraft[probe].b
    t = event.seconds(field.time)
    passed = analysis.main_pass
    crossing = None if passed is None else passed.crossings.get(probe)
    if passed is None or crossing is None:
        return along(analysis, field), "whole event"
    half = around(passed.crossings, analysis.visits)[probe][1] - crossing.time_s
    near = np.abs(t - crossing.time_s) <= half
    return along(analysis, field)[near], f"±{half:.0f} s"


def _limits(event: EventData, analysis: Analysis, probes: list[int]) -> tuple[Floats, Floats]:
    """Centres of the components, and one half range [nT] for all."""
    every = np.concatenate([_window(event, analysis, probe)[0] for probe in probes])
    every = every[np.isfinite(every).all(axis=1)]
    if len(every) == 0:
        return np.zeros(3), np.ones(1)
    low, high = np.percentile(every, [0.1, 99.9], axis=0)
    return np.asarray((low + high) / 2), np.asarray([0.57 * float((high - low).max()) or 1.0])


def _draw(axes: Axes, b: Floats, other: int, colour: str, limits: tuple[Floats, Floats]) -> None:
    centre, half = limits
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(centre[other] - half[0], centre[other] + half[0])
    axes.set_ylim(centre[0] - half[0], centre[0] + half[0])
    dress(axes)
    known = np.isfinite(b).all(axis=1)
    if known.sum() < 2:
        say(axes, "no field")
        return
    axes.axhline(0, color="0.8", linewidth=0.5, zorder=1)
    axes.axvline(0, color="0.8", linewidth=0.5, zorder=1)
    path = b[known][:, [other, 0]]
    path = path[:: max(1, len(path) // 4000)]
    pieces = np.stack([path[:-1], path[1:]], axis=1)
    shade = LineCollection(list(pieces), colors=colour, linewidths=0.7, capstyle="round", zorder=2)
    shade.set_alpha(list(np.linspace(0.25, 1.0, len(pieces))))
    axes.add_collection(shade)
    axes.plot(*path[0], "o", color=colour, markersize=3, zorder=3)


def _own(analysis: Analysis, probe: int) -> str:
    """Eigenvalue ratio and errors by the variance of one spacecraft."""
    one = next((it for it in analysis.orientation.normals if it.method == "mva" and it.probe == probe), None)
    if one is None or not np.isfinite(one.n).all():
        return ""
    ratio = one.quality.get("ratio_23", np.nan)
    return f"MVA λ₂/λ₃ {plain(ratio, 2)}, ± {one.error_deg:.2g}°"
