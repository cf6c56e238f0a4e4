"""Records in the space of their scores, coloured by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.rept_pad.palette import (
    class_colours,
    class_handles,
    class_names,
    legend_mm,
    without_rows,
)
from magnetoflow.figures.rept_pad.tables import Floats, Ints
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, styled

PAIRS = ((0, 1), (2, 1))
EDGE = 0.3
"""Percent of the records beyond each limit, which are not drawn."""


@styled
def scores_figure(
    scores: pd.DataFrame,
    classes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[Any, str] | None = None,
    width_mm: float = PAGE_MM,
    most_points: int = 6000,
) -> Figure:
    """Scatter the first three scores in space, and two of the planes.

    Parameters
    ----------
    scores : DataFrame
        ``class_id``, ``score_1``, ``score_2``, ``score_3``; a missing column is drawn as 0.
    classes : DataFrame
        ``class_id``, ``class_name``.
    title, source_note : str
        Heading and footer.
    colours : mapping of class id to colour, optional
    width_mm : float [mm]
    most_points : int
        So many are drawn by chance where there are more; the figure says so.

    Returns
    -------
    Figure
        A class's number stands at the median of its records.
    """
    names = class_names(classes)
    colour = class_colours([*names], colours)
    code = scores["class_id"].to_numpy(dtype=np.int64)
    columns = [f"score_{k}" for k in (1, 2, 3)]
    values = np.column_stack(
        [
            scores[name].to_numpy(dtype=np.float64) if name in scores else np.zeros(len(scores))
            for name in columns
        ]
    )
    known = np.flatnonzero(np.isfinite(values).all(axis=1) & np.isin(code, [*names]))
    # not every n-th: the orbits would beat with the step
    drawn = np.sort(np.random.default_rng(0).permutation(known)[:most_points])
    note = f"{len(drawn)} of {len(known)} records of the fit; {EDGE:g} % beyond each limit are not shown."
    wide = width_mm > 120
    figure = new_figure(
        width_mm, (92 if wide else 118) + legend_mm(names, width_mm), title, f"{note}\n{source_note}"
    )
    if len(known) == 0:
        return without_rows(figure, "no record with scores")
    ratios: dict[str, Any] = {"width_ratios": [1.45, 1]} if wide else {"height_ratios": [1.7, 1]}
    grid = GridSpec(2, 2, figure=figure, **ratios)
    space: Any = figure.add_subplot(grid[:, 0] if wide else grid[0, :], projection="3d")
    planes = [figure.add_subplot(grid[k, 1] if wide else grid[1, k]) for k in range(2)]
    limits = _limits(values[known])
    inside = ((values[drawn] >= limits[:, 0]) & (values[drawn] <= limits[:, 1])).all(axis=1)
    drawn = drawn[inside]
    _draw_space(space, values[drawn], code[drawn], colour, limits)
    for axes, pair in zip(planes, PAIRS, strict=True):
        _draw_plane(axes, values[drawn], code[drawn], colour, limits, pair)
    legend_above(figure, class_handles(names, colour), width_mm)
    return figure


def _limits(values: Floats) -> Floats:
    """Limits (score, 2) of all panels."""
    low, high = np.percentile(values, [EDGE, 100 - EDGE], axis=0)
    margin = np.where(high > low, 0.04 * (high - low), 1.0)
    return np.column_stack([low - margin, high + margin])


def _paint(code: Ints, colour: Mapping[int, str]) -> Floats:
    paint = np.ones((len(code), 3))
    for k, one in colour.items():
        paint[code == k] = to_rgb(one)
    return paint


def _draw_space(axes: Any, values: Floats, code: Ints, colour: Mapping[int, str], limits: Floats) -> None:
    axes.scatter(*values.T, c=_paint(code, colour), s=2, linewidths=0, depthshade=False, rasterized=True)
    for axis, (low, high), name in zip("xyz", limits, ("1", "2", "3"), strict=True):
        getattr(axes, f"set_{axis}lim")(low, high)
        getattr(axes, f"set_{axis}label")(f"score {name}", labelpad=-8, size=FONT_PT)
        axes.locator_params(axis=axis, nbins=4)
        axes.tick_params(axis=axis, labelsize=FONT_PT, pad=-3)
    axes.view_init(elev=22, azim=-55)
    axes.set_box_aspect((1, 1, 0.85), zoom=0.92)


def _draw_plane(
    axes: Axes, values: Floats, code: Ints, colour: Mapping[int, str], limits: Floats, pair: tuple[int, int]
) -> None:
    x, y = pair
    axes.scatter(values[:, x], values[:, y], c=_paint(code, colour), s=1.5, linewidths=0, rasterized=True)
    for k in colour:
        own = values[code == k]
        if len(own):
            middle = np.median(own[:, [x, y]], axis=0)
            box = {"facecolor": "white", "edgecolor": "black", "linewidth": 0.5, "pad": 1.0, "alpha": 0.85}
            axes.text(middle[0], middle[1], str(k), size=FONT_PT, ha="center", va="center", bbox=box)
    axes.set_xlim(*limits[x])
    axes.set_ylim(*limits[y])
    axes.set_xlabel(f"score {x + 1}")
    axes.set_ylabel(f"score {y + 1}")
    axes.locator_params(nbins=5)
    dress(axes)
