"""Which regions a network finds on labelled data, against the true ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from numpy.typing import NDArray

from magnetoflow.figures.mms_rnn.regions import LETTERS, NAMES, ORDER
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, say, styled

Panel = tuple[str, float]
MOST_PANELS = 4
PREFERRED = (0.3, 0.5)
"""Noise levels of E [E0] that are drawn where there are more than there is room for."""


@styled
def confusion_figure(
    confusion: pd.DataFrame,
    evaluation: pd.DataFrame | None = None,
    *,
    title: str,
    source_note: str,
    panels: Sequence[Panel] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw a confusion matrix for each set of labelled data and noise level.

    Parameters
    ----------
    confusion : DataFrame
        ``set``, ``noise_e0`` [E0], ``truth``, ``predicted``, ``samples``.
    evaluation : DataFrame, optional
        ``set``, ``noise_e0``, ``metric``, ``value``: the heading of a matrix states its ``macro_f1``,
        ``calibration_error`` and ``false_separatrix``.
    title, source_note : str
        Heading and footer.
    panels : sequence of (str, float), optional
        Sets and noise levels to draw, four at most; by default all of the table, or, if it holds more, those
        of :data:`PREFERRED`.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Percent of the samples of each true region; regions from north to south.
    """
    chosen = list(panels if panels is not None else _panels(confusion))[:MOST_PANELS]
    wide = width_mm > 120
    columns = 2 if wide and len(chosen) > 1 else 1
    rows = max(-(-len(chosen) // columns), 1)
    side = min(60.0, (width_mm - 36 - 8 * columns) / columns)
    figure = new_figure(width_mm, rows * (side + 15), title, source_note)
    if not chosen:
        axes = figure.add_subplot()
        axes.set_axis_off()
        say(axes, "no labelled data to compare with")
        return figure
    grid = GridSpec(rows, columns, figure=figure)
    for place, (name, noise) in enumerate(chosen):
        axes = figure.add_subplot(grid[place // columns, place % columns])
        part = confusion[(confusion["set"] == name) & (confusion["noise_e0"] == noise)]
        full = place % columns == 0
        _draw_matrix(axes, _matrix(part), full=full, below=place + columns >= len(chosen))
        axes.set_title(
            _heading(name, noise, evaluation),
            fontsize=FONT_PT,
            loc="center" if wide else "right",
        )
    return figure


def _panels(confusion: pd.DataFrame) -> list[Panel]:
    """Choose sets and noise levels for the panels, set by set."""
    pairs = dict.fromkeys(zip(confusion["set"], confusion["noise_e0"].astype(float), strict=True))
    held = [(str(name), noise) for name, noise in pairs]
    some = [pair for pair in held if pair[1] in PREFERRED]
    return some if len(held) > MOST_PANELS and some else held


def _matrix(table: pd.DataFrame) -> NDArray[np.float64]:
    """Count samples of each true (row) and found (column) region in the order of the figure."""
    counts = table.pivot_table(index="truth", columns="predicted", values="samples", aggfunc="sum")
    return np.asarray(counts.reindex(index=list(ORDER), columns=list(ORDER)).fillna(0), dtype=np.float64)


def _heading(name: str, noise: float, evaluation: pd.DataFrame | None) -> str:
    text = f"{name.replace('_', ' ')}, E noise {noise:g} E$_0$"
    if evaluation is None:
        return text
    part = evaluation[(evaluation["set"] == name) & (evaluation["noise_e0"] == noise)]
    values = part.set_index("metric")["value"]
    said = [
        f"{word} {values[metric]:.{digits}f}"
        for metric, word, digits in (("macro_f1", "macro-F1", 3), ("calibration_error", "ECE", 3))
        if metric in values
    ]
    if "false_separatrix" in values:
        said.append(f"false sep. {100 * values['false_separatrix']:.1f} %")
    return text + ("\n" + ", ".join(said) if said else "")


def _draw_matrix(axes: Axes, matrix: NDArray[np.float64], *, full: bool, below: bool) -> None:
    """Draw percent of the truth; empty rows are white."""
    total = matrix.sum(axis=1, keepdims=True)
    percent = np.where(total > 0, 100 * matrix / np.maximum(total, 1), np.nan)
    axes.imshow(np.ma.masked_invalid(percent), cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for row, column in np.argwhere(np.isfinite(percent)):
        value = percent[row, column]
        text = "0" if value == 0 else f"{value:.1f}" if value < 99.95 else "100"
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            size=FONT_PT,
            color="white" if value > 60 else "black",
        )
    letters = [LETTERS[name] for name in ORDER]
    names = [f"{NAMES[name]} ({LETTERS[name]})" for name in ORDER]
    axes.set_xticks(range(len(ORDER)), letters)
    axes.set_yticks(range(len(ORDER)), names if full else letters)
    if below:
        axes.set_xlabel("found")
    if full:
        axes.set_ylabel("true (row: % of its samples)")
    dress(axes)
