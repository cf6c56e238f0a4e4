"""Frames that show each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from numpy.typing import NDArray

from magnetoflow.aurora.best_examples import MOST_PER_CLASS, Example
from magnetoflow.aurora.classes import CLASSES
from magnetoflow.figures.aurora.classes import CLASS_NAMES, class_colours
from magnetoflow.figures.style import FONT_PT, PAGE_MM, new_figure, say, styled


@styled
def examples_figure(
    examples: Sequence[Example],
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Show frames, one row per class, as the network's mask leaves them.

    Parameters
    ----------
    examples : sequence of Example
        At most 4 per class are shown, those of the largest probability first (2 at column width).
    title, source_note : str
        Heading and footer.
    colours : mapping of class to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        Each frame is stretched between its own 0.5th and 99.7th percentile. Up is north, as stored.
    """
    colour = class_colours(colours)
    columns = MOST_PER_CLASS if width_mm > 120 else 2
    side = width_mm / columns
    figure = new_figure(
        width_mm, len(CLASSES) * (side + 5) * (0.82 if columns > 2 else 0.95), title, source_note
    )
    grid = GridSpec(len(CLASSES), columns, figure=figure)
    for index, name in enumerate(CLASSES):
        own = sorted((one for one in examples if one.index == index), key=lambda one: -one.probability)
        for column in range(columns):
            axes = figure.add_subplot(grid[index, column])
            axes.set_xticks([])
            axes.set_yticks([])
            if column == 0:
                axes.set_ylabel(CLASS_NAMES[name], color="black")
            for spine in axes.spines.values():
                spine.set_color(colour[name])
                spine.set_linewidth(1.5)
            if column < len(own):
                _draw_frame(axes, own[column])
            elif column == 0:
                axes.set_box_aspect(1)
                say(axes, "no frame")
            else:
                axes.set_box_aspect(1)
                axes.set_visible(False)
    return figure


def stretched(image: NDArray[np.integer], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scale a frame to 0 ... 1 between percentiles of the masked pixels; NaN outside the mask."""
    seen = image[mask]
    low, high = np.percentile(seen, [0.5, 99.7]) if len(seen) else (0.0, 1.0)
    scaled = (image.astype(np.float64) - low) / max(float(high - low), 1.0)
    return np.asarray(np.where(mask, np.clip(scaled, 0, 1), np.nan), dtype=np.float64)


def _draw_frame(axes: Axes, example: Example) -> None:
    axes.set_facecolor("white")
    axes.imshow(
        np.ma.masked_invalid(stretched(example.image, example.mask)),
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        rasterized=True,
    )
    stamp = str(example.time.astype("datetime64[s]")).replace("T", " ")
    axes.set_title(f"{example.site}, p = {example.probability:.2f}\n{stamp}", fontsize=FONT_PT, pad=2)
    axes.text(0.5, 0.99, "N", transform=axes.transAxes, size=FONT_PT, ha="center", va="top")
    if example.east:
        left = example.east == "left"
        axes.text(
            0.01 if left else 0.99,
            0.5,
            "E",
            transform=axes.transAxes,
            size=FONT_PT,
            ha="left" if left else "right",
            va="center",
        )
