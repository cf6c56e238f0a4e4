"""Lines of series: colours of components and spacecraft, names beside the panel, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from magnetoflow.figures.style import FONT_PT

Floats = NDArray[np.float64]

COMPONENT_COLOURS = ("#0072B2", "#009E73", "#D55E00")
# The colours in which MMS papers draw the four spacecraft, in the shades of Okabe & Ito.
PROBE_COLOURS: Mapping[int, str] = {1: "#000000", 2: "#D55E00", 3: "#009E73", 4: "#0072B2"}
# Later spacecraft are drawn thinner over earlier ones, so that lines that coincide all show.
PROBE_WIDTHS: Mapping[int, float] = {1: 1.5, 2: 1.2, 3: 0.9, 4: 0.6}


def name_lines(axes: Axes, names: Sequence[str], colours: Sequence[str]) -> None:
    """Write the names of lines in their colours, right of the panel, from top to bottom."""
    for place, (name, colour) in enumerate(zip(names, colours, strict=True)):
        axes.annotate(
            name,
            (1, 1),
            (3, -1 - place * (FONT_PT + 1.2)),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="left",
            va="top",
            size=FONT_PT,
            color=colour,
        )


def around(values: Floats, *, zero: bool = False, beyond: float = 0.1) -> tuple[float, float]:
    """Limits of a panel: all but `beyond` percent at each end, with a margin, and 0 if asked for."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return -1.0, 1.0
    low, high = (float(value) for value in np.percentile(known, [beyond, 100 - beyond]))
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin
