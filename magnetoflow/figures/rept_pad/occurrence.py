"""Where each class occurs: share of the records in L and magnetic local time, by activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.rept_pad.palette import class_colours, class_names, heading, without_rows
from magnetoflow.figures.rept_pad.tables import Floats, on_cells
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, styled

LEAST = 10
ALL = "all"
CELLS = ("l_low", "l_high", "mlt_low", "mlt_high")
ARC = 6
"""Pieces of a bin of local time, for its edges to be round."""


@styled
def occurrence_figure(
    occurrence: pd.DataFrame,
    classes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    activities: Sequence[str] | None = None,
    colours: Mapping[Any, str] | None = None,
    least: int = LEAST,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Map the share of each class, noon above and dawn right, a block of maps for each activity.

    Parameters
    ----------
    occurrence : DataFrame
        ``activity``, ``l_low``, ``l_high``, ``mlt_low``, ``mlt_high``, ``class_id``, ``records`` of the
        class, ``total`` of records with data, ``share``, ``share_error``.
    classes : DataFrame
        ``class_id``, ``class_name``.
    title, source_note : str
        Heading and footer.
    activities : sequence of str, optional
        Those to draw; all of the table by default, ``all`` first.
    colours : mapping of class id to colour, optional
        Of the frames.
    least : int
        Bins of fewer records are grey.
    width_mm : float [mm]

    Returns
    -------
    Figure
        One scale of colours for all maps. White was not visited.
    """
    names = class_names(classes)
    found = [*dict.fromkeys(occurrence["activity"].astype(str))]
    shown = sorted(found, key=lambda one: one != ALL) if activities is None else list(activities)
    across = min(6 if width_mm > 120 else 3, max(len(names), 1))
    down = max(1, -(-len(names) // across))
    enough = occurrence[(occurrence["total"] >= least) & (occurrence["class_id"] > 0)]
    error = float(enough["share_error"].median()) if len(enough) else np.nan
    note = "Noon above, dawn right. Share of the records with data. "
    note += f"Grey: fewer than {least} of them. White: not visited."
    if np.isfinite(error):
        note += f" Median 1-sigma error of a share: {error:.2f}."
    rows = max(1, len(shown)) * down
    side = width_mm / max(across, 3)
    figure = new_figure(
        width_mm,
        rows * (min(side, 60) + 2) + (down if down > 1 else 1) * 9 + 12,
        title,
        f"{note}\n{source_note}",
    )
    if not names or not shown:
        return without_rows(figure, "no class with a position")
    grid = GridSpec(rows + 1, across, figure=figure, height_ratios=[*[20.0] * rows, 1])
    top = max(float(enough["share"].max()) if len(enough) else 0.0, 0.05)
    reach = float(occurrence["l_high"].max())
    colour = class_colours([*names], colours)
    mesh = None
    for block, activity in enumerate(shown):
        part = occurrence[occurrence["activity"].astype(str) == activity]
        for place, (k, name) in enumerate(names.items()):
            row, column = divmod(place, across)
            axes = figure.add_subplot(grid[block * down + row, column], projection="polar")
            mesh = _draw_map(axes, on_cells(part, CELLS, k), least, top, reach)
            axes.spines["polar"].set(color=colour[k], linewidth=1.2)
            if block == 0 or down > 1:
                axes.set_title(heading(name, side - 2, 3), size=FONT_PT, pad=2)
            if column == 0 and (len(shown) > 1 or activity != ALL):
                axes.set_ylabel(activity.replace("_", " "), labelpad=3)
    assert mesh is not None
    bar = figure.colorbar(mesh, cax=figure.add_subplot(grid[rows, :]), orientation="horizontal")
    bar.set_label("share of the class; rings: L = 2, 4, 6")
    dress(bar.ax)
    return figure


def _draw_map(
    axes: Any, cells: tuple[Floats, Floats, Floats, Floats], least: int, top: float, reach: float
) -> QuadMesh:
    """Draw one class; returns the coloured cells."""
    shells, hours, share, total = cells
    axes.set_theta_zero_location("S")
    angle = np.interp(np.arange(ARC * (len(hours) - 1) + 1) / ARC, np.arange(len(hours)), hours) * np.pi / 12
    few = np.ma.masked_where((total >= least) | (total == 0), np.ones_like(total))
    shown = np.ma.masked_where(~(total >= least), share)
    look: dict[str, Any] = {"rasterized": True, "antialiased": False}
    axes.pcolormesh(angle, shells, np.repeat(few, ARC, axis=1), cmap="Greys", vmin=0, vmax=4, **look)
    mesh = axes.pcolormesh(
        angle, shells, np.repeat(shown, ARC, axis=1), cmap="viridis", vmin=0, vmax=top, **look
    )
    axes.set_rlim(0, reach)
    axes.set_rgrids([ring for ring in (2, 4, 6, 8) if ring < reach], labels=[])
    axes.set_thetagrids([0, 90, 180, 270], labels=[])
    axes.grid(color="0.6", linewidth=0.3)
    axes.set_axisbelow(False)
    around = np.linspace(0, 2 * np.pi, 61)
    axes.fill(around, np.ones_like(around), facecolor="white", edgecolor="black", linewidth=0.5, zorder=4)
    axes.fill_between(np.linspace(-np.pi / 2, np.pi / 2, 31), 0, 1, color="black", linewidth=0, zorder=5)
    assert isinstance(mesh, QuadMesh)
    return mesh
