"""How the classes go through storms: share of each over epoch time and L."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.rept_pad.palette import (
    BACKGROUND,
    class_colours,
    class_handles,
    class_names,
    legend_mm,
    without_rows,
)
from magnetoflow.figures.rept_pad.tables import Floats, on_cells
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, styled

ALL = "all"
LEAST = 5
CELLS = ("l_low", "l_high", "epoch_low_h", "epoch_high_h")


@styled
def storm_figure(
    storms: pd.DataFrame,
    classes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    storm: str | None = None,
    colours: Mapping[Any, str] | None = None,
    least: int = LEAST,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw what is most frequent, and the share of each class, of all storms and of one.

    Parameters
    ----------
    storms : DataFrame
        ``storm`` (``all``: superposed), ``epoch_low_h``, ``epoch_high_h``, ``l_low``, ``l_high``,
        ``class_id``, ``total`` of records with data, ``share``.
    classes : DataFrame
        ``class_id``, ``class_name``.
    title, source_note : str
        Heading and footer.
    storm : str, optional
        The one to draw; that of the most records by default. All storms are left out where there is one.
    colours : mapping of class id to colour, optional
    least : int
        Cells of fewer records are left white.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Hour 0 is the storm's minimum.
    """
    names = class_names(classes)
    colour = class_colours([*names, BACKGROUND], colours)
    shown = shown_storms(storms, storm)
    note = f"Share of the records with data; white: fewer than {least} of them. Hour 0: minimum of the storm."
    height = (len(names) + 1) * 21 + 16 + legend_mm(names, width_mm)
    figure = new_figure(width_mm, height, title, f"{note}\n{source_note}")
    if not names or not shown:
        return without_rows(figure, "no record within a storm")
    widths = [*[60.0] * len(shown), 2.0 if len(shown) == 1 else 3.5]
    grid = GridSpec(len(names) + 1, len(shown) + 1, figure=figure, width_ratios=widths)
    used = storms[storms["storm"].astype(str).isin(shown) & (storms["total"] >= least)]
    used = used[used["class_id"].isin([*names])]
    top = max(float(used["share"].max()) if len(used) else 0.0, 0.05)
    mesh = None
    for column, name in enumerate(shown):
        part = storms[storms["storm"].astype(str) == name]
        reach = part[["epoch_low_h", "epoch_high_h"]].to_numpy(dtype=np.float64)
        cells = {k: on_cells(part, CELLS, k) for k in (*names, BACKGROUND)}
        panels = [figure.add_subplot(grid[row, column]) for row in range(len(names) + 1)]
        _draw_most(panels[0], cells, colour, least)
        many = storms["storm"].astype(str).nunique() - 1
        what = f"all storms ({many})" if name == ALL else name
        for axes, k in zip(panels[1:], names, strict=True):
            mesh = _draw_share(axes, *cells[k], least, top)
        for axes, text in zip(panels, [f"{what}\nmost frequent", *names.values()], strict=True):
            axes.axvline(0, color="black", linewidth=0.7, linestyle=":")
            axes.set_xlim(reach.min(), reach.max())
            axes.set_ylabel("L" if column == 0 else "")
            if column == 0 or axes is panels[0]:
                axes.set_title(text, size=FONT_PT, loc="left", pad=2)
            axes.locator_params(axis="y", nbins=4)
            dress(axes)
            axes.tick_params(labelleft=column == 0, labelbottom=axes is panels[-1])
        panels[-1].set_xlabel("hours from minimum")
    assert mesh is not None
    bar = figure.colorbar(mesh, cax=figure.add_subplot(grid[1:, -1]))
    bar.set_label("share of the class", size=FONT_PT)
    dress(bar.ax)
    legend_above(figure, class_handles(names, colour, [BACKGROUND]), width_mm)
    return figure


def shown_storms(storms: pd.DataFrame, storm: str | None) -> list[str]:
    """Columns of the figure: all storms, then one; only the one where there is no other."""
    found = storms["storm"].astype(str)
    single = sorted(set(found) - {ALL})
    if storm is None and single:
        records = storms.groupby(found)["records" if "records" in storms else "total"].sum()
        storm = max(single, key=lambda one: float(records[one]))
    shown = [] if storm is None else [storm]
    return [ALL, *shown] if len(single) != 1 and (found == ALL).any() else shown


def _draw_most(
    axes: Axes,
    cells: Mapping[int, tuple[Floats, Floats, Floats, Floats]],
    colour: Mapping[int, str],
    least: int,
) -> None:
    """Colour each cell by the class, or background, of the greatest share."""
    shells, hours, _, total = next(iter(cells.values()))
    shares = np.stack([share for _, _, share, _ in cells.values()])
    known = (total >= least) & (shares.max(axis=0) > 0)
    most = np.ma.masked_where(~known, shares.argmax(axis=0))
    axes.pcolormesh(
        hours,
        shells,
        most,
        cmap=ListedColormap([colour[k] for k in cells]),
        vmin=-0.5,
        vmax=len(cells) - 0.5,
        rasterized=True,
        antialiased=False,
    )


def _draw_share(
    axes: Axes, shells: Floats, hours: Floats, share: Floats, total: Floats, least: int, top: float
) -> QuadMesh:
    shown = np.ma.masked_where(~(total >= least), share)
    return axes.pcolormesh(
        hours, shells, shown, cmap="viridis", vmin=0, vmax=top, rasterized=True, antialiased=False
    )
