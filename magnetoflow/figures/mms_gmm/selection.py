"""Model selection: information criteria and stability over the number of components."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import LineStyleType

from magnetoflow.figures.mms_gmm.tables import truth
from magnetoflow.figures.style import (
    PAGE_MM,
    dress,
    legend_above,
    new_figure,
    say,
    styled,
)

# Okabe-Ito without the regions' colours where possible; marker and line tell them apart as well.
COVARIANCES: Mapping[str, tuple[str, str, LineStyleType]] = {
    "full": ("#000000", "o", "-"),
    "tied": ("#009E73", "s", "--"),
    "diag": ("#CC79A7", "^", "-."),
    "spherical": ("#E69F00", "v", ":"),
}
OTHER: tuple[str, str, LineStyleType] = ("0.5", "P", "-")


@styled
def selection_figure(
    selection: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw BIC, ICL and bootstrap stability against the number of components.

    Parameters
    ----------
    selection : DataFrame
        One row per candidate: ``components``, ``covariance``, ``bic``, ``icl``, ``stability``,
        ``stability_std``, ``accepted``, ``chosen``, ``reason``.
    title, source_note : str
        Heading and footer.
    width_mm : float [mm]

    Returns
    -------
    Figure
        BIC and ICL are shown above their lowest value. Refused candidates are crossed out, the chosen one
        is ringed.
    """
    wide = width_mm > 120
    refused = selection[~truth(selection["accepted"])]
    figure = new_figure(
        width_mm, 68 if wide else 120, title, f"{_reasons(refused, len(selection))}\n{source_note}"
    )
    grid = GridSpec(1, 3, figure=figure) if wide else GridSpec(3, 1, figure=figure)
    panels = [figure.add_subplot(grid[place]) for place in range(3)]
    texts = [
        ("bic", "BIC − lowest BIC"),
        ("icl", "ICL − lowest ICL"),
        ("stability", "stability (ARI, mean ± 1 sd)"),
    ]
    for axes, (column, label) in zip(panels, texts, strict=True):
        _draw(axes, selection, column)
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        dress(axes)
        if wide or axes is panels[-1]:
            axes.set_xlabel("number of components K")
    panels[2].set_xlim(panels[0].get_xlim())
    lowest = (selection["stability"] - selection["stability_std"]).min()
    panels[2].set_ylim(min(0.9, lowest - 0.02) if np.isfinite(lowest) else 0.0, 1.01)
    legend_above(figure, _handles(selection), width_mm)
    return figure


def _draw(axes: Axes, selection: pd.DataFrame, column: str) -> None:
    values = selection[column].astype(float)
    if not np.isfinite(values).any():
        say(axes, "not computed")
        return
    offset = 0.0 if column == "stability" else float(values.min())
    kinds = list(selection["covariance"].astype(str).unique())
    for place, covariance in enumerate(kinds):
        rows = selection[selection["covariance"].astype(str) == covariance].sort_values("components")
        shift = (
            0.12 * (place - (len(kinds) - 1) / 2) if column == "stability" else 0.0
        )  # keeps the bars apart
        colour, marker, line = COVARIANCES.get(covariance, OTHER)
        x, y = rows["components"].to_numpy(dtype=float) + shift, rows[column].to_numpy(dtype=float) - offset
        axes.plot(x, y, color=colour, marker=marker, markersize=3.5, linestyle=line)
        if column == "stability":
            error = rows["stability_std"].to_numpy(dtype=float)
            axes.errorbar(x, y, np.nan_to_num(error), fmt="none", ecolor=colour, elinewidth=0.7, capsize=1.5)
        out = ~truth(rows["accepted"])
        axes.plot(
            x[out], y[out], marker="x", color="red", markersize=6.5, linestyle="none", markeredgewidth=1.0
        )
        best = truth(rows["chosen"])
        axes.plot(
            x[best],
            y[best],
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor="#0072B2",
            markeredgewidth=1.4,
            linestyle="none",
        )


def _reasons(refused: pd.DataFrame, total: int) -> str:
    """Count the refused candidates by reason; numbers within a reason are left out."""
    if len(refused) == 0:
        return f"{total} candidates, none refused."
    words = (
        refused["reason"]
        .astype(str)
        .str.replace(r"\s*[\d.eE+-]*\d[\d.eE+-]*", " …", regex=True)
        .str.strip(" ….:")
    )
    counted = ", ".join(f"{count} × {reason}" for reason, count in words.value_counts().items())
    return f"{total} candidates, {len(refused)} refused: {counted}."


def _handles(selection: pd.DataFrame) -> list[Line2D]:
    handles = []
    for covariance in selection["covariance"].astype(str).unique():
        colour, marker, line = COVARIANCES.get(covariance, OTHER)
        handles.append(
            Line2D([], [], color=colour, marker=marker, markersize=3.5, linestyle=line, label=covariance)
        )
    handles.append(
        Line2D(
            [],
            [],
            marker="x",
            color="red",
            markersize=6,
            linestyle="none",
            markeredgewidth=1.0,
            label="refused",
        )
    )
    if truth(selection["chosen"]).any():
        handles.append(
            Line2D(
                [],
                [],
                marker="o",
                markersize=8,
                markerfacecolor="none",
                markeredgecolor="#0072B2",
                markeredgewidth=1.4,
                linestyle="none",
                label="chosen",
            )
        )
    return handles
