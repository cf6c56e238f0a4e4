"""Where the labels were made: GSE map with nominal boundaries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Wedge
from numpy.typing import NDArray

from magnetoflow.figures.boundaries import bow_shock, shue_magnetopause
from magnetoflow.figures.mms_gmm.tables import label_codes, labelled_rows
from magnetoflow.figures.style import (
    LABELS,
    PAGE_MM,
    REGION_NAMES,
    UNKNOWN,
    dress,
    legend_above,
    new_figure,
    region_colours,
    styled,
)
from magnetoflow.figures.time_axis import EARTH_RADIUS_KM
from magnetoflow.mms_gmm.minutes import MinuteTable

PRESSURE_NPA, BZ_NT, MACH, ECCENTRICITY = 2.0, 0.0, 8.0, 0.81


@styled
def orbit_figure(
    minutes_by_event: Mapping[str, MinuteTable],
    labels: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    most_points: int = 20000,
) -> Figure:
    """Map the cleaned labels in GSE X-Y and X-R, R = sqrt(Y^2 + Z^2).

    Parameters
    ----------
    minutes_by_event : mapping of event id to MinuteTable
        Positions in km, GSE; NaN where unknown.
    labels : DataFrame
        Rows of ``regions.csv`` of the same events: ``event``, ``time``, ``named_label``.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
    width_mm : float [mm]
    most_points : int
        Every n-th minute is drawn where there are more.

    Returns
    -------
    Figure
        With the magnetopause of Shue et al. 1998 and the bow shock of Farris & Russell 1994, not aberrated,
        for nominal solar wind, as the footer says.
    """
    colour = region_colours(colours)
    rows = labelled_rows(minutes_by_event, labels)
    empty = np.empty((0, 3))
    position = np.concatenate([empty, *(minutes.position_gse_km for minutes in minutes_by_event.values())])
    position = position / EARTH_RADIUS_KM
    codes = np.concatenate(
        [np.empty(0, dtype=np.int64), *(label_codes(part["named_label"]) for part in rows)]
    )
    known = np.flatnonzero(np.isfinite(position).all(axis=1))
    drawn = known[:: max(1, int(np.ceil(len(known) / most_points)))]
    note = (
        f"Position known in {len(known)} of {len(position)} minutes; {len(drawn)} drawn. R = (Y² + Z²)^½. "
        f"Nominal boundaries, not aberrated: magnetopause Shue et al. 1998 (P {PRESSURE_NPA:g} nPa, "
        f"Bz {BZ_NT:g} nT), bow shock Farris & Russell 1994 (magnetosonic Mach {MACH:g}, "
        f"eccentricity {ECCENTRICITY:g})."
    )
    wide = width_mm > 120
    points = np.column_stack([position[drawn, :2], np.hypot(position[drawn, 1], position[drawn, 2])])
    low, high = _limits(points)
    shape = (high[1] - low[1]) / (high[0] - low[0])
    panel_mm = (width_mm - 30) / 2 if wide else width_mm - 14
    tall_mm = min(panel_mm * shape, 150) + 12
    figure = new_figure(
        width_mm, tall_mm if wide else 12 + 1.5 * tall_mm + 12, title, f"{note}\n{source_note}"
    )
    if wide:
        grid = GridSpec(2, 2, figure=figure, height_ratios=[high[1], -low[1]])
        panels = [figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1])]
        key = figure.add_subplot(grid[1, 1])
        # a blank label, not set_axis_off: the layout then keeps room for the label of the panel beside it
        key.spines[:].set_visible(False)
        key.set(xticks=[], yticks=[], xlabel=" \n ")
        key.legend(handles=_handles(colour), loc="center", ncols=2)
    else:
        grid = GridSpec(2, 1, figure=figure, height_ratios=[high[1] - low[1], high[1]])
        panels = [figure.add_subplot(grid[0]), figure.add_subplot(grid[1])]
        legend_above(figure, _handles(colour), width_mm)
    for column, axes in enumerate(panels, start=1):
        half = column == 2
        _draw_points(axes, points[:, [0, column]], codes[drawn], colour)
        _draw_planet(axes, half=half)
        _draw_boundaries(axes, half=half)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(0 if half else low[1], high[1])
        axes.set_xlabel("X GSE [R$_E$]")
        axes.set_ylabel("R GSE [R$_E$]" if half else "Y GSE [R$_E$]")
        axes.set_aspect("equal", anchor="N")
        axes.locator_params(nbins=8, steps=[1, 2, 5, 10])
        dress(axes)
        if len(drawn) == 0:
            axes.text(0.03, 0.97, "no position in these events", transform=axes.transAxes, va="top")
    return figure


def _draw_points(
    axes: Axes, points: NDArray[np.float64], codes: NDArray[np.int64], colour: Mapping[str, str]
) -> None:
    for name in (UNKNOWN, *(label for label in LABELS if label != UNKNOWN)):
        chosen = points[codes == LABELS.index(name)]
        axes.plot(
            chosen[:, 0],
            chosen[:, 1],
            linestyle="none",
            marker="o",
            markersize=2,
            markeredgewidth=0,
            color=colour[name],
            rasterized=True,
        )


def _draw_planet(axes: Axes, *, half: bool) -> None:
    """Earth to scale, its night side black."""
    axes.add_patch(Circle((0, 0), 1, facecolor="white", edgecolor="black", linewidth=0.6, zorder=3))
    axes.add_patch(Wedge((0, 0), 1, 90, 180 if half else 270, facecolor="black", edgecolor="none", zorder=3))


def _draw_boundaries(axes: Axes, *, half: bool) -> None:
    angle = np.linspace(0 if half else -np.radians(150), np.radians(150), 301)
    magnetopause = shue_magnetopause(np.abs(angle), pressure_npa=PRESSURE_NPA, bz_nt=BZ_NT)
    nose = float(shue_magnetopause(np.zeros(1), pressure_npa=PRESSURE_NPA, bz_nt=BZ_NT)[0])
    shock = bow_shock(np.abs(angle), magnetopause_re=nose, mach=MACH, eccentricity=ECCENTRICITY)
    for distance, line in ((magnetopause, "-"), (shock, "--")):
        axes.plot(
            distance * np.cos(angle), distance * np.sin(angle), color="black", linestyle=line, linewidth=0.8
        )


def _limits(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits in X and Y that show the Earth, the boundaries' noses and every point; R ends where Y does."""
    ends = np.vstack([[[-5.0, -12.0], [15.0, 12.0]], points[:, [0, 1]], points[:, [0, 2]]])
    return ends.min(axis=0) - 0.8, ends.max(axis=0) + 0.8


def _handles(colour: Mapping[str, str]) -> list[Line2D]:
    dots = [
        Line2D(
            [], [], linestyle="none", marker="o", markersize=4, color=colour[name], label=REGION_NAMES[name]
        )
        for name in LABELS
    ]
    return [
        *dots,
        Line2D([], [], color="black", linestyle="-", linewidth=0.8, label="magnetopause"),
        Line2D([], [], color="black", linestyle="--", linewidth=0.8, label="bow shock"),
    ]
