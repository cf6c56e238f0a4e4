"""Pairwise scatter of the features, with the mixture's components as ellipses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

from magnetoflow.figures.mms_gmm.tables import label_codes, utc_times
from magnetoflow.figures.style import (
    LABELS,
    MARKERS,
    PAGE_MM,
    REGION_NAMES,
    UNKNOWN,
    dress,
    legend_above,
    new_figure,
    region_colours,
    say,
    styled,
)

AXIS_LABELS: Mapping[str, str] = {
    "log_flux": "mean flux, log$_{10}$",
    "log_energy": "mean energy, log$_{10}$ eV",
    "log_width": "width, log$_{10}$ dex",
    "log_core": "core width, log$_{10}$ dex",
    "log_tail": "tail / band flux, dex",
    "log_excess": "tail excess, dex",
    "log_ratio_high_low": "high / low flux, dex",
    "log_b": "|B|, log$_{10}$ nT",
    "norm_Bt": "|B| / 50 nT, at most 1",
    "ratio_max_width": "ratio_max_width",
    "ratio_high_low": "ratio_high_low",
}
"""Axis texts of the columns of ``features.csv``; fluxes in keV/(cm^2 s sr keV)."""

Component = tuple[NDArray[np.float64], NDArray[np.float64], str, float]
"""Mean (feature,), covariance (feature, feature), region, weight; in the features' own units."""


@styled
def scatter_figure(
    features: pd.DataFrame,
    labels: pd.DataFrame,
    components: Sequence[Component],
    *,
    names: Sequence[str],
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    axis_labels: Mapping[str, str] | None = None,
    most_points: int = 4000,
) -> Figure:
    """Draw every pair of features, coloured by cleaned label, with 2-sigma ellipses.

    Parameters
    ----------
    features : DataFrame
        Rows of ``features.csv``: ``event``, ``time``, and the columns ``names``.
    labels : DataFrame
        Rows of ``regions.csv`` of the same minutes: ``event``, ``time``, ``named_label``.
    components : sequence of (mean, covariance, region, weight)
        In feature units, in the order of ``names``.
    names : sequence of str
        The features to draw, two or more.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
    width_mm : float [mm]
    axis_labels : mapping of column to text, optional
        Names with units; a column without one is labelled by its own name.
    most_points : int
        Every n-th minute is drawn where there are more; the figure says so.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Features and labels are not of the same minutes, or fewer than two features are named.
    """
    if len(names) < 2:
        raise ValueError(f"a scatter figure needs two features or more, found {list(names)}")
    colour = region_colours(colours)
    values = _columns(features, names)
    codes = _codes(features, labels)
    complete = np.isfinite(values).all(axis=1)
    step = max(1, int(np.ceil(complete.sum() / most_points)))
    drawn = np.flatnonzero(complete)[::step]
    size = len(names) - 1
    panel_mm = (width_mm - 10) / size
    height = min(size * panel_mm * (1.0 if size > 1 else 0.75), 190) + 12
    counted = f"{complete.sum()} of {len(values)} minutes have every feature; {len(drawn)} drawn. "
    figure = new_figure(
        width_mm,
        height,
        title,
        f"{counted}Ellipses: 2 sigma of each component; centres grow with weight.\n{source_note}",
    )
    grid = GridSpec(size, size, figure=figure)
    texts = {**AXIS_LABELS, **(axis_labels or {})}
    for row in range(size):
        for column in range(row + 1):
            axes = figure.add_subplot(grid[row, column])
            x, y = column, row + 1
            _draw_points(axes, values[drawn], codes[drawn], (x, y), colour)
            for component in components:
                add_ellipse(axes, component, (x, y), colour)
            _limit(axes, values[complete], components, (x, y))
            if row == size - 1:
                axes.set_xlabel(texts.get(names[x], names[x]))
            if column == 0:
                axes.set_ylabel(texts.get(names[y], names[y]))
            dress(axes)
            axes.tick_params(labelbottom=row == size - 1, labelleft=column == 0)
            axes.locator_params(nbins=4)
            if len(drawn) == 0:
                say(axes, "no minute has\nevery feature")
    figure.align_labels()
    legend_above(figure, _handles(colour), width_mm)
    return figure


def _columns(features: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """Features as (row, feature); ``log_b`` is log10 of ``b_nt`` [nT] where it is no column of its own."""
    table = features
    if "log_b" in names and "log_b" not in features:
        field = features["b_nt"].to_numpy(dtype=np.float64)
        table = features.assign(log_b=np.log10(np.where(field > 0, field, np.nan)))
    missing = [name for name in names if name not in table]
    if missing:
        raise ValueError(f"no such features: {missing}; found {list(features.columns)}")
    return np.asarray(table[list(names)].to_numpy(dtype=np.float64))


def _codes(features: pd.DataFrame, labels: pd.DataFrame) -> NDArray[np.int64]:
    """Label of each row of ``features``, found by event and time."""
    keys = [
        pd.MultiIndex.from_arrays([table["event"].astype(str), utc_times(table["time"])])
        for table in (features, labels)
    ]
    place = keys[1].get_indexer(keys[0])
    if len(keys[0]) != len(keys[1]) or (place < 0).any():
        raise ValueError(
            f"features and labels differ: {len(features)} and {len(labels)} rows, "
            f"{(place < 0).sum()} unmatched"
        )
    return np.asarray(label_codes(labels["named_label"])[place], dtype=np.int64)


def _draw_points(
    axes: Axes,
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    pair: tuple[int, int],
    colour: Mapping[str, str],
) -> None:
    """Draw unknown first, so that it hides nothing."""
    for name in (UNKNOWN, *(label for label in LABELS if label != UNKNOWN)):
        chosen = values[codes == LABELS.index(name)]
        axes.plot(
            chosen[:, pair[0]],
            chosen[:, pair[1]],
            linestyle="none",
            marker=MARKERS[name],
            markersize=1.6,
            markeredgewidth=0.4 if name == UNKNOWN else 0,
            color=colour[name],
            alpha=0.9 if name == UNKNOWN else 0.5,
            rasterized=True,
        )


def add_ellipse(
    axes: Axes, component: Component, pair: tuple[int, int], colour: Mapping[str, str], sigma: float = 2.0
) -> None:
    """Outline one component in the plane of two features.

    The semi-axes are ``sigma * sqrt(eigenvalue)`` of the marginal covariance; matplotlib asks for full axes.
    """
    mean, covariance, region, weight = component
    chosen = list(pair)
    eigenvalues, eigenvectors = np.linalg.eigh(np.asarray(covariance)[np.ix_(chosen, chosen)])
    width, height = 2 * sigma * np.sqrt(np.clip(eigenvalues, 0, None))
    angle = np.degrees(np.arctan2(eigenvectors[1, 0], eigenvectors[0, 0]))
    centre = (float(mean[pair[0]]), float(mean[pair[1]]))
    for edge, line in (("white", 2.2), ("black", 1.2)):
        axes.add_patch(
            Ellipse(
                centre,
                float(width),
                float(height),
                angle=float(angle),
                facecolor="none",
                edgecolor=edge,
                linewidth=line,
            )
        )
    axes.plot(
        *centre,
        marker=MARKERS[region],
        markersize=2.5 + 6 * float(np.sqrt(weight)),
        color=colour[region],
        markeredgecolor="black",
        markeredgewidth=0.7,
    )


def _limit(
    axes: Axes, values: NDArray[np.float64], components: Sequence[Component], pair: tuple[int, int]
) -> None:
    """Show all ellipses and 99.8 % of the points."""
    for index, along in zip(pair, ("x", "y"), strict=True):
        ends = [
            mean[index] + sign * 2.1 * np.sqrt(covariance[index, index])
            for mean, covariance, *_ in components
            for sign in (-1, 1)
        ]
        if len(values):
            ends += list(np.percentile(values[:, index], [0.1, 99.9]))
        if ends:
            margin = 0.05 * (max(ends) - min(ends)) or 0.5
            axes.set(**{f"{along}lim": (min(ends) - margin, max(ends) + margin)})


def _handles(colour: Mapping[str, str]) -> list[Line2D]:
    return [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=MARKERS[name],
            markersize=4,
            color=colour[name],
            label=REGION_NAMES[name],
        )
        for name in LABELS
    ]
