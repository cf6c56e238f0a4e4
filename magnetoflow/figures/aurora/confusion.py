"""What was labelled against what was found, overall and for each camera-day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.figures.aurora.classes import right_axis
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, new_figure, say, styled

ALL = "all"
MOST_DAYS = 40
ROW_MM = 3.4
NAMES = ("bad\nviewing", "no\naurora", "other\naurora", "pul-\nsating")


@styled
def confusion_figure(
    table: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    stage: str = "in_time",
    width_mm: float = PAGE_MM,
    most_days: int = MOST_DAYS,
) -> Figure:
    """Draw the confusion matrix of all frames, and a row of recalls for each camera-day.

    Parameters
    ----------
    table : DataFrame
        ``stage``, ``camera_day`` (``gill_20140310`` or ``all``), ``labelled``, ``as_<class>`` [frames].
    title, source_note : str
        Heading and footer.
    stage : {"in_time", "frames"}
        Rows of the table to show.
    width_mm : float [mm]
    most_days : int
        Camera-days shown, those of the lowest accuracy first; a note says how many there are.

    Returns
    -------
    Figure
        Left: share of the labelled frames, with the number of frames. Right: per camera-day the share of the
        frames of each class that got that class, accuracy, and number of frames; blank where there is none.
    """
    rows = table[table["stage"] == stage]
    matrices = {
        str(day): part.set_index("labelled")[[f"as_{name}" for name in CLASSES]]
        .reindex(list(CLASSES))
        .fillna(0)
        .to_numpy(dtype=np.float64)
        for day, part in rows.groupby("camera_day", sort=True)
    }
    total = matrices.pop(ALL, np.zeros((len(CLASSES), len(CLASSES))))
    days = sorted(matrices, key=lambda day: _accuracy(matrices[day]))
    if len(days) > most_days:
        title = f"{title}\n{most_days} of {len(days)} camera-days, the lowest accuracy first"
        days = days[:most_days]
    wide = width_mm > 120
    height = max(62.0, len(days) * ROW_MM + 18) if wide else 68 + max(len(days), 4) * ROW_MM + 18
    figure = new_figure(width_mm, height, title, source_note)
    if total.sum() == 0:
        axes = figure.add_subplot()
        axes.set_axis_off()
        say(axes, "no labelled frame to compare with")
        return figure
    ratios = [62, max(len(days), 4) * ROW_MM + 14]
    grid = GridSpec(1, 2, figure=figure) if wide else GridSpec(2, 1, figure=figure, height_ratios=ratios)
    _draw_matrix(figure.add_subplot(grid[0]), total)
    _draw_days(figure.add_subplot(grid[1]), [matrices[day] for day in days], days)
    return figure


def _accuracy(matrix: NDArray[np.float64]) -> float:
    return float(np.trace(matrix) / max(matrix.sum(), 1))


def _recalls(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    actual = matrix.sum(axis=1)
    return np.asarray(np.where(actual > 0, np.diag(matrix) / np.maximum(actual, 1), np.nan), dtype=np.float64)


def _write(axes: Axes, column: float, row: float, text: str, dark: bool) -> None:
    axes.text(column, row, text, ha="center", va="center", size=FONT_PT, color="white" if dark else "black")


def _draw_matrix(axes: Axes, matrix: NDArray[np.float64]) -> None:
    actual = matrix.sum(axis=1, keepdims=True)
    share = np.where(actual > 0, matrix / np.maximum(actual, 1), np.nan)
    axes.imshow(np.ma.masked_invalid(share), cmap="Blues", vmin=0, vmax=1, aspect="equal")
    for row in range(len(CLASSES)):
        for column in range(len(CLASSES)):
            if np.isfinite(share[row, column]):
                text = f"{100 * share[row, column]:.1f} %\n{int(matrix[row, column]):,}"
                _write(axes, column, row, text, share[row, column] > 0.6)
    axes.set_xticks(range(len(CLASSES)), NAMES)
    axes.set_yticks(range(len(CLASSES)), NAMES)
    axes.set_xlabel("found")
    axes.set_ylabel("labelled")
    axes.set_title(f"all camera-days: accuracy {_accuracy(matrix):.3f}", fontsize=FONT_PT)
    dress(axes)


def _draw_days(axes: Axes, matrices: list[NDArray[np.float64]], days: list[str]) -> None:
    if not days:
        axes.set_axis_off()
        say(axes, "no camera-day has labels")
        return
    values = np.array([[*_recalls(matrix), _accuracy(matrix)] for matrix in matrices])
    axes.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(np.isfinite(values)):
        _write(axes, column, row, f"{values[row, column]:.2f}", values[row, column] > 0.6)
    axes.axvline(PULSATING + 0.5, color="white", linewidth=2)
    axes.set_xticks(range(len(CLASSES) + 1), [*NAMES, "all"])
    axes.set_yticks(range(len(days)), [day.replace("_", " ") for day in days])
    axes.set_xlabel("share found right of the frames labelled")
    axes.set_ylabel("camera, UTC date")
    right_axis(axes, [f"{int(matrix.sum()):,}" for matrix in matrices], "frames")
    dress(axes)
