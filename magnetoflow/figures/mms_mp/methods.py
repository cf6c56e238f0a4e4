"""Normals and speeds of all methods side by side: where they agree, and where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Ellipse

from magnetoflow.figures.mms_mp.panels import Floats, draw_point, frame_words, method_name, palette
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.results import Analysis

ROW_MM = 3.7
CLOSE = 2.0
"""The inner picture covers this many times the median angle to the chosen normal."""


@styled
def methods_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw all normals on the plane tangent to the chosen one, and all speeds.

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
        Left: tilt toward M and L from the chosen N [deg] with 1-sigma ellipses, numbered as the rows on the
        right; normals further away than the picture are arrows at its edge; where there are many, a second
        picture holds all. Right: angle to the chosen N and speed with errors; grey: not reliable.
    """
    colour = palette(colours)
    shown = _speeds(analysis, _grouped(analysis.orientation.normals))
    wide = width_mm > 120
    title = f"{event.id}: normals and speeds by method, {frame_words(analysis)}"
    title += f"\n{analysis.orientation.lmn.reason}" if analysis.orientation.lmn.reason else ""
    table = ROW_MM * len(shown) + 14
    two = wide and table > 130
    height = max(table, 140.0 if two else 78.0) if wide else 66 + table
    figure = new_figure(width_mm, height, title, source_note)
    if wide:
        grid = GridSpec(2 if two else 1, 3, figure=figure, width_ratios=[1.35, 1, 1])
        planes = [grid[row, 0] for row in range(2 if two else 1)]
        places = grid[:, 1], grid[:, 2]
    else:
        grid = GridSpec(2, 2, figure=figure, height_ratios=[64, table])
        planes, places = [grid[0, :]], (grid[1, 0], grid[1, 1])
    for place, close in zip(planes, (True, False), strict=False):
        _draw_plane(figure.add_subplot(place), analysis, shown, colour, close=close)
    _draw_angles(figure.add_subplot(places[0]), analysis, shown, colour, wide=wide)
    _draw_speeds(figure.add_subplot(places[1]), analysis, shown, colour)
    return figure


def _grouped(normals: Sequence[Normal]) -> list[Normal]:
    """Put the normals of a method together, methods in the order of their first."""
    order = list(dict.fromkeys(one.method for one in normals))
    return sorted(normals, key=lambda one: order.index(one.method))


def _speeds(analysis: Analysis, normals: Sequence[Normal]) -> list[Normal]:
    """Add speeds along the chosen N that have no normal of their own."""
    n, unknown = analysis.orientation.lmn.matrix[2], np.full((3, 3), np.nan)
    extra = []
    passed = analysis.main_pass
    if passed is not None and np.isfinite(passed.timing.speed_given_km_s):
        one = passed.timing
        extra.append(
            Normal("timing along N", None, n, unknown, speed_km_s=one.speed_given_km_s,
                   speed_error_km_s=one.speed_given_error_km_s)
        )  # fmt: skip
    for probe, frame in sorted(analysis.hoffmann_teller.items()):
        extra.append(
            Normal("HT frame", probe, n, unknown, speed_km_s=frame.speed_km_s,
                   speed_error_km_s=frame.speed_error_km_s, reliable=frame.reliable, reason=frame.reason)
        )  # fmt: skip
    return [one for one in [*normals, *extra] if np.isfinite(one.n).all() or np.isfinite(one.speed_km_s)]


def _look(one: Normal, colour: Mapping[str, str]) -> str:
    """Colour of a method: that of its spacecraft, grey where not reliable."""
    if not one.reliable:
        return "0.65"
    return "0.15" if one.probe is None else colour[f"mms{one.probe}"]


def tangent_deg(n: Floats, matrix: Floats) -> Floats:
    """Tilt of a normal from N toward M and toward L [deg], the length of which is the angle."""
    l_part, m_part, n_part = matrix @ n
    size = float(np.hypot(l_part, m_part))
    angle = float(np.rad2deg(np.arctan2(size, n_part)))
    return np.array([m_part, l_part]) * (angle / size if size > 0 else 0.0)


def _draw_plane(
    axes: Axes, analysis: Analysis, normals: Sequence[Normal], colour: Mapping[str, str], *, close: bool
) -> None:
    """Draw tilts from the chosen N; `close`: of those near it. Those that are not reliable have no number."""
    matrix = analysis.orientation.lmn.matrix
    shown = [(row, one) for row, one in enumerate(normals, 1) if _own_normal(one)]
    axes.set_xlabel("tilt toward M [deg]")
    axes.set_ylabel("tilt toward L [deg]", labelpad=1)
    if not shown:
        say(axes, "no normal")
        dress(axes)
        return
    places = np.array([tangent_deg(one.n, matrix) for _, one in shown])
    known = [row for row, (_, one) in enumerate(shown) if one.reliable] or list(range(len(shown)))
    reach = _reach(places[known], [shown[row][1].error_deg for row in known], close=close)
    axes.axhline(0, color="0.85", linewidth=0.6, zorder=0)
    axes.axvline(0, color="0.85", linewidth=0.6, zorder=0)
    axes.plot(0, 0, "+", color="black", markersize=9, markeredgewidth=0.9, zorder=1)
    taken: list[Floats] = [place for place in places if np.abs(place).max() <= reach]
    for (row, one), place in zip(shown, places, strict=True):
        shade, far = _look(one, colour), float(np.abs(place).max()) > reach
        if far:
            edge = place * (0.93 * reach / np.abs(place).max())
            arrow = {"arrowstyle": "-|>", "color": shade, "linewidth": 0.8}
            axes.annotate("", edge, edge * 0.9, arrowprops=arrow)
            spot = edge * 0.86
        else:
            _draw_ellipse(axes, one, matrix, place, shade)
            axes.plot(*place, "o", color=shade, markersize=2.5, zorder=3, gid=f"normal {row}")
            spot = place
        if not one.reliable:
            continue
        label = _free(spot, taken, reach)
        taken.append(label)
        if float(np.abs(label - spot).max()) > 0.09 * reach:
            axes.plot(*zip(spot, label, strict=True), color=shade, linewidth=0.3, zorder=1)
        axes.text(label[0], label[1], str(row), color=shade, size=FONT_PT, ha="center", va="center", zorder=5)
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    dress(axes)


def _own_normal(one: Normal) -> bool:
    return bool(np.isfinite(one.n).all()) and one.method not in ("timing along N", "HT frame")


def _reach(places: Floats, errors: Sequence[float], *, close: bool) -> float:
    """Half width of the picture [deg]: all normals, or the closer half of them with their errors."""
    away = np.abs(places).max(axis=1) + np.nan_to_num(np.array(errors))
    if close and len(away) > 3:
        return max(CLOSE * float(np.median(away)), 0.2)
    return float(np.clip(1.15 * away.max(), 0.2, 90))


def _free(spot: Floats, taken: Sequence[Floats], reach: float) -> Floats:
    """Place for a number near its normal, away from those that are written."""
    apart = np.array([0.13, 0.09]) * reach  # size of two digits
    for radius in np.arange(0.08, 1.2, 0.04) * reach:
        for turn in np.linspace(0.25 * np.pi, 2.25 * np.pi, 12, endpoint=False):
            label = spot + radius * np.array([np.cos(turn), np.sin(turn)])
            inside = np.abs(label).max() < 0.96 * reach
            if inside and all((np.abs(label - one) > apart).any() for one in taken):
                return np.asarray(label)
    return spot


def _draw_ellipse(axes: Axes, one: Normal, matrix: Floats, place: Floats, shade: str) -> None:
    if not np.isfinite(one.covariance).all():
        return
    sides = np.rad2deg(np.rad2deg(matrix[[1, 0]] @ one.covariance @ matrix[[1, 0]].T))
    values, vectors = np.linalg.eigh(sides)
    width, height = 2 * np.sqrt(np.clip(values, 0, None))
    turn = float(np.rad2deg(np.arctan2(vectors[1, 0], vectors[0, 0])))
    axes.add_patch(
        Ellipse(tuple(place), width, height, angle=turn, facecolor=shade, alpha=0.06, linewidth=0, zorder=2)
    )
    axes.add_patch(
        Ellipse(tuple(place), width, height, angle=turn, fill=False, edgecolor=shade, linewidth=0.7, zorder=2)
    )


def _draw_angles(
    axes: Axes, analysis: Analysis, normals: Sequence[Normal], colour: Mapping[str, str], *, wide: bool
) -> None:
    n = analysis.orientation.lmn.matrix[2]
    names = []
    for row, one in enumerate(normals, 1):
        names.append(f"{row} {method_name(one.method)}{'' if one.probe is None else f' MMS{one.probe}'}")
        if _own_normal(one):
            shade, angle = _look(one, colour), angle_deg(one.n, n)
            draw_point(axes, angle, row, shade, xerr=one.error_deg)
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(left=0)
    axes.set_xlabel("angle to N [deg]")
    axes.set_yticks(np.arange(1, len(names) + 1), names)
    _rows(axes, len(names))
    ticks = (0, 0.5, 1, 3, 10, 30, 90) if wide else (0, 1, 10, 90)
    axes.set_xticks([tick for tick in ticks if tick <= max(axes.get_xlim()[1], 1)])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    dress(axes)


def _draw_speeds(
    axes: Axes, analysis: Analysis, normals: Sequence[Normal], colour: Mapping[str, str]
) -> None:
    """Draw signed speeds, and the band of the speed that was chosen."""
    passed = analysis.main_pass
    if passed is not None and np.isfinite(passed.speed_km_s):
        error = passed.speed_error_km_s if np.isfinite(passed.speed_error_km_s) else 0.0
        axes.axvspan(passed.speed_km_s - error, passed.speed_km_s + error, color="0.85", linewidth=0)
        axes.axvline(passed.speed_km_s, color="0.5", linewidth=0.6)
    found = False
    for row, one in enumerate(normals, 1):
        if np.isfinite(one.speed_km_s):
            draw_point(axes, one.speed_km_s, row, _look(one, colour), xerr=one.speed_error_km_s)
            found = True
    if not found:
        axes.set_xticks([])
        say(axes, "no speed")
    axes.set_xlabel("V$_N$ [km/s]")
    _rows(axes, len(normals))
    dress(axes)
    axes.tick_params(labelleft=False)


def _rows(axes: Axes, count: int) -> None:
    axes.set_ylim(count + 0.7, 0.3)
    axes.yaxis.set_ticks(np.arange(1, count + 1))
    axes.grid(axis="y", color="0.92", linewidth=0.5)
    axes.set_axisbelow(True)
