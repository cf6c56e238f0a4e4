"""The array of spacecraft: from the three sides of the boundary, and its shape in numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.boundaries import shue_magnetopause
from magnetoflow.figures.mms_mp.panels import Floats, frame_words, palette, probe_handles
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, styled
from magnetoflow.figures.time_axis import EARTH_RADIUS_KM
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis

SIDES = (("M", "L"), ("N", "L"), ("N", "M"))
ROW = {"L": 0, "M": 1, "N": 2}
SCALES = 0.6, 1.6
"""An array at so many times the distance of the model, or nearer or farther, is not at the magnetopause."""


@styled
def formation_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw where the spacecraft were to each other and to the Earth.

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
        Positions at one time about their mean, along L, M, N; the array beside the magnetopause of Shue et
        al. 1998 that goes through it, or where it is far from any, beside that of the mean solar wind; sizes,
        elongation E, planarity P, separations.
    """
    colour = palette(colours)
    probes = [probe for probe in analysis.probes if probe in analysis.position_km]
    figure = new_figure(
        width_mm,
        62 if width_mm > 120 else 130,
        f"{event.id}: formation, {frame_words(analysis)}",
        source_note,
    )
    wide = width_mm > 120
    heights = [40, 16] if wide else [10, 10, 5]
    grid = GridSpec(len(heights), 4 if wide else 2, figure=figure, height_ratios=heights)
    places = [grid[0, i] for i in range(4)] if wide else [grid[i // 2, i % 2] for i in range(4)]
    lmn = _about_mean(analysis, probes)
    reach = 1.25 * max(float(np.abs(lmn).max()), 1.0)
    sides = SIDES if len(probes) > 1 else ()
    for place, (across, up) in zip(places, sides, strict=False):
        axes = figure.add_subplot(place)
        _draw_side(axes, lmn, probes, (across, up), colour, reach)
    _draw_earth(figure.add_subplot(places[len(sides)]), analysis, probes)
    table = figure.add_subplot(grid[1, :] if wide else grid[2, :])
    table.set_axis_off()
    table.text(0, 1, _numbers(analysis, wide=wide), transform=table.transAxes, va="top", size=FONT_PT)
    legend_above(figure, probe_handles(probes, colour), width_mm)
    return figure


def _about_mean(analysis: Analysis, probes: Sequence[int]) -> Floats:
    """(spacecraft, 3) positions along L, M, N about their mean [km], at one time."""
    passed = analysis.main_pass
    rows = []
    for probe in probes:
        late = passed.crossings[probe].time_s if passed and probe in passed.crossings else 0.0
        position = analysis.position_km[probe] - late * analysis.v_sc_km_s.get(probe, np.zeros(3))
        rows.append(analysis.orientation.lmn.matrix @ position)
    lmn = np.array(rows).reshape(len(probes), 3)
    return np.asarray(lmn - lmn.mean(axis=0))


def _draw_side(
    axes: Axes,
    lmn: Floats,
    probes: Sequence[int],
    side: tuple[str, str],
    colour: Mapping[str, str],
    reach: float,
) -> None:
    x, y = lmn[:, ROW[side[0]]], lmn[:, ROW[side[1]]]
    for a, b in combinations(range(len(probes)), 2):
        axes.plot([x[a], x[b]], [y[a], y[b]], color="0.8", linewidth=0.6, zorder=1)
    for i, probe in enumerate(probes):
        axes.plot(x[i], y[i], "o", color=colour[f"mms{probe}"], markersize=4, zorder=3, gid=f"mms{probe}")
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_xlabel(f"{side[0]} [km]")
    axes.set_ylabel(f"{side[1]} [km]", labelpad=1)
    if side[0] == "N":
        axes.annotate(
            "outward →", (0.97, 0.03), xycoords="axes fraction", ha="right", size=FONT_PT, color="0.4"
        )
    dress(axes)


def _draw_earth(axes: Axes, analysis: Analysis, probes: Sequence[int]) -> None:
    """Draw the array, N, the Earth and the model in the plane of the Sun, the Earth and the array."""
    mean = np.mean([analysis.position_km[probe] for probe in probes], axis=0) / EARTH_RADIUS_KM
    across = float(np.hypot(mean[1], mean[2]))
    aside = np.array([0.0, mean[1], mean[2]]) / (across or 1.0)
    n = analysis.orientation.lmn.matrix[2]
    theta = np.linspace(-2.6, 2.6, 300)
    model = shue_magnetopause(theta)
    here = float(np.arctan2(across, mean[0]))
    scale = float(np.linalg.norm(mean) / shue_magnetopause(np.array([here]))[0])
    scale = scale if SCALES[0] < scale < SCALES[1] else 1.0
    axes.plot(model * scale * np.cos(theta), model * scale * np.sin(theta), color="0.6", linewidth=0.8)
    turn = np.linspace(0, 2 * np.pi, 60)
    axes.fill(np.cos(turn), np.sin(turn), color="0.85", zorder=1)
    day = np.abs(turn - np.pi) >= np.pi / 2
    axes.fill(np.cos(turn[~day]), np.sin(turn[~day]), color="0.3", zorder=2)
    axes.plot(mean[0], across, "k.", markersize=4, zorder=4)
    axes.annotate(
        "", (mean[0] + 5 * n[0], across + 5 * float(n @ aside)), (mean[0], across), zorder=4,
        arrowprops={"arrowstyle": "-|>", "linewidth": 0.8, "color": "black", "mutation_scale": 6,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    reach = max(14.0, 1.3 * float(np.linalg.norm(mean)) + 4)
    night = float(mean[0]) < 0 and across < -float(mean[0])
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(*((0.6 * reach, -reach) if night else (reach, -0.6 * reach)))
    axes.set_ylim(-0.4 * reach, 1.2 * reach)
    axes.set_xlabel("X GSM [R$_E$]")
    axes.set_ylabel("(Y²+Z²)$^{1/2}$ [R$_E$]", labelpad=3)
    dress(axes)


def _numbers(analysis: Analysis, *, wide: bool) -> str:
    """Shape of the array in words and numbers."""
    shape = analysis.formation
    if not shape.separations_km:
        return "one spacecraft: no array"
    a, b, c = shape.axes_km
    lines = [
        f"{shape.kind}; a, b, c: {_short(a)}, {_short(b)}, {_short(c)} km; "
        f"E {shape.elongation:.4f}, P {shape.planarity:.4f}"
    ]
    apart = [f"{pair}: {_short(km)}" for pair, km in shape.separations_km.items()]
    step = 6 if wide else 3
    for row in range(0, len(apart), step):
        lead = "separations [km] " if row == 0 else "    "
        lines.append(lead + "  ".join(apart[row : row + step]))
    if "n" in shape.orders:
        lines.append(f"order along N: {shape.orders['n']}; along X GSM: {shape.orders.get('x_gsm', '–')}")
    words = "four-point timing possible" if shape.timing else f"no four-point timing: {shape.reason}"
    return "\n".join(one for line in [*lines, words] for one in textwrap.wrap(line, 110 if wide else 58))


def _short(km: float) -> str:
    return f"{km:.1f}" if abs(km) >= 10 else f"{km:.3g}" if abs(km) > 1e-6 else "0"
