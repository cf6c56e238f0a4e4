"""What the classes look like: mean distribution of each over energy and pitch angle, and its shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullLocator

from magnetoflow.figures.rept_pad.palette import (
    SHAPE_LETTERS,
    class_colours,
    class_names,
    heading,
    letters_note,
    without_rows,
)
from magnetoflow.figures.rept_pad.tables import edges_of, on_grid
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, say, styled

ROW_MM = 3.1
MOST_LETTERS = 14
SCALE = (0.1, 1.0)


@styled
def classes_figure(
    pads: pd.DataFrame,
    classes: pd.DataFrame,
    shapes: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[Any, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw the mean distribution of each class, every energy over its own maximum.

    Parameters
    ----------
    pads : DataFrame
        ``class_id``, ``energy_mev``, ``angle_deg``, ``mean``.
    classes : DataFrame
        ``class_id``, ``class_name``, ``share``, ``share_error``.
    shapes : DataFrame
        ``class_id``, ``energy_mev``, ``shape``.
    title, source_note : str
        Heading and footer.
    colours : mapping of class id to colour, optional
        Of the frames.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Letters right of a panel are the shapes; grey is an energy at the background, white an angle that was
        not seen.
    """
    names = class_names(classes)
    columns = 4 if width_mm > 120 else 2
    rows = max(1, -(-len(names) // columns))
    energies = max(1, pads["energy_mev"].nunique())
    panel_mm = min(energies, MOST_LETTERS) * ROW_MM + 12
    note = "Percent of the records with data. Each energy over its own maximum. Grey: background. "
    note += "White: angle not seen."
    note = f"{note} {letters_note(shapes['shape'])}\n{source_note}"
    figure = new_figure(width_mm, rows * panel_mm + 16, title, note)
    grid = GridSpec(rows + 1, columns, figure=figure, height_ratios=[*[panel_mm] * rows, 2.5])
    if not names:
        return without_rows(figure, "no class")
    mesh = None
    colour = class_colours([*names], colours)
    about = classes.set_index("class_id")
    for place, (k, name) in enumerate(names.items()):
        row, column = divmod(place, columns)
        axes = figure.add_subplot(grid[row, column])
        own = pads[pads["class_id"] == k], shapes[shapes["class_id"] == k]
        mesh = _draw_class(axes, *own, letters=energies <= MOST_LETTERS) or mesh
        axes.set_title(
            f"{heading(name, width_mm / columns - 5, 2)}\n{_share(about.loc[k])}", size=FONT_PT, pad=2
        )
        last = place + columns >= len(names)
        axes.set_xlabel("pitch angle [deg]" if last else "")
        axes.set_ylabel("energy [MeV]" if column == 0 else "")
        dress(axes)
        axes.tick_params(labelleft=column == 0)
        axes.spines[:].set(color=colour[k], linewidth=1.2)
    if mesh is not None:
        bar = figure.colorbar(
            mesh, cax=figure.add_subplot(grid[rows, :]), orientation="horizontal", extend="min"
        )
        bar.set_label("mean flux over its maximum at each energy", size=FONT_PT)
        bar.ax.xaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.3, 0.5, 0.7, 1]))
        bar.ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        bar.ax.xaxis.set_minor_locator(NullLocator())
        dress(bar.ax)
    return figure


def _share(row: pd.Series) -> str:
    error = float(row.get("share_error", np.nan))
    spread = f" ± {100 * error:.1f}" if np.isfinite(error) else ""
    return f"{100 * float(row['share']):.1f}{spread} %"


def _draw_class(axes: Axes, pads: pd.DataFrame, shapes: pd.DataFrame, *, letters: bool) -> QuadMesh | None:
    """Draw one class, energies as rows of equal height."""
    if len(pads) == 0:
        say(axes, "no mean\ndistribution")
        axes.set(xticks=[], yticks=[])
        return None
    energy, angle, mean = on_grid(pads, "energy_mev", "angle_deg", "mean")
    top = np.nanmax(np.where(np.isfinite(mean), mean, 0), axis=1, keepdims=True)
    relative = np.where(top > 0, mean / np.where(top > 0, top, 1), np.nan)
    shape = shapes.set_index("energy_mev")["shape"].reindex(energy).to_numpy(dtype=object)
    faint = shape == "background"
    relative[faint] = np.nan
    angles = edges_of(angle)
    mesh = axes.pcolormesh(
        angles,
        np.arange(len(energy) + 1) - 0.5,
        np.ma.masked_invalid(np.maximum(relative, SCALE[0] / 2)),
        norm=LogNorm(*SCALE),
        cmap="viridis",
        rasterized=True,
        antialiased=False,
    )
    for row in np.flatnonzero(faint).tolist():
        axes.axhspan(row - 0.5, row + 0.5, color="0.85", linewidth=0)
    step = -(-len(energy) // MOST_LETTERS)
    axes.set_yticks(range(0, len(energy), step), [f"{value:g}" for value in energy[::step]])
    axes.set_xticks([0, 30, 60, 90] if angle.max() <= 90 else [0, 45, 90, 135, 180])
    axes.set_xlim(max(angles[0], 0), min(angles[-1], 90 if angle.max() <= 90 else 180))
    for row, name in enumerate(shape if letters else []):
        letter = SHAPE_LETTERS.get(str(name), "")
        axes.annotate(
            letter, (1, row), (2, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", size=FONT_PT,
        )  # fmt: skip
    return mesh
