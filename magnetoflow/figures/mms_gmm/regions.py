"""One event: ion spectrogram, field strength, probabilities, labels before and after cleaning."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from magnetoflow.figures.mms_gmm.tables import (
    MINUTE,
    grid_rows,
    label_codes,
    rows_of,
    spectrogram,
    time_edges,
)
from magnetoflow.figures.style import (
    FONT_PT,
    LABELS,
    PAGE_MM,
    REGIONS,
    UNKNOWN,
    dress,
    legend_above,
    new_figure,
    region_colours,
    region_handles,
    say,
    styled,
)
from magnetoflow.figures.time_axis import day_number, utc_axis
from magnetoflow.mms_gmm.minutes import MinuteTable
from magnetoflow.mms_gmm.quality import Quality

FLUX_UNIT = r"keV/(cm$^2$ s sr keV)"
STRIPS = (("raw_label", "raw"), ("named_label", "cleaned"))


@styled
def regions_figure(
    minutes: MinuteTable,
    labels: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    flux_limits: tuple[float, float] | None = None,
    field_scale: str = "log",
) -> Figure:
    """Draw what was measured and what was concluded from it, over the time of one event.

    Parameters
    ----------
    minutes : MinuteTable
        Minute means of the event.
    labels : DataFrame
        Rows of ``regions.csv`` of the same minutes: ``time``, ``raw_label``, ``named_label``, ``p_<region>``.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
        Replaces the default of :data:`magnetoflow.figures.style.REGION_COLOURS`.
    width_mm : float [mm]
        85 (column) or 170 (page).
    flux_limits : (float, float), optional [keV/(cm^2 s sr keV)]
        Limits of the colour scale; by default the 1st and 99.9th percentile of the positive fluxes.
    field_scale : {"log", "linear"}
        Scale of the field strength.

    Returns
    -------
    Figure
        White in the spectrogram and in the probabilities is missing; the lowest colour includes zero flux.

    Raises
    ------
    ValueError
        Labels and minutes are not of the same times, or a label is no region.
    """
    colour = region_colours(colours)
    figure = new_figure(width_mm, 115 if width_mm > 120 else 112, title, source_note)
    grid = GridSpec(5, 2, figure=figure, height_ratios=[10, 5, 5, 1, 1], width_ratios=[60, 1])
    panels = [figure.add_subplot(grid[row, 0]) for row in range(5)]
    scale = figure.add_subplot(grid[0, 1])
    rows = rows_of(minutes, labels)
    if len(minutes.time) == 0:
        return _without_minutes(panels, scale)
    edges = day_number(time_edges(minutes.time))
    _draw_spectrogram(figure, panels[0], scale, minutes, edges, flux_limits)
    _draw_field(panels[1], minutes, field_scale)
    _draw_probabilities(panels[2], minutes, rows, edges, colour)
    for axes, (column, name) in zip(panels[3:], STRIPS, strict=True):
        codes = np.full(len(edges) - 1, np.nan)
        codes[grid_rows(minutes.time)] = label_codes(rows[column])
        draw_strip(axes, edges, codes, colour)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    for axes in panels:
        last = axes is panels[-1]
        position = (minutes.time, minutes.position_gse_km) if last else None
        stop = minutes.time[-1] + MINUTE
        utc_axis(axes, minutes.time[0], stop, width_mm, label=last, position=position)
        dress(axes)
        axes.tick_params(labelbottom=last)
    for axes in panels[3:]:
        axes.tick_params(left=False, labelleft=False)
    figure.align_ylabels(panels[:3])
    legend_above(figure, region_handles(colour), width_mm)
    return figure


def _without_minutes(panels: list[Axes], scale: Axes) -> Figure:
    """Say that the event holds no minute at all."""
    scale.set_axis_off()
    for axes in panels:
        axes.set_axis_off()
    say(panels[0], "this event holds no minute")
    figure = panels[0].get_figure()
    assert isinstance(figure, Figure)
    return figure


def _draw_spectrogram(
    figure: Figure,
    axes: Axes,
    scale: Axes,
    minutes: MinuteTable,
    edges: NDArray[np.float64],
    limits: tuple[float, float] | None,
) -> None:
    axes.set_ylabel("ion energy [eV]")
    axes.set_yscale("log")
    energy, flux = spectrogram(minutes)
    positive = flux[flux > 0]
    if len(positive) == 0:
        scale.set_axis_off()
        axes.set_ylim(10, 30000)
        say(axes, "no valid ion spectrum in this event" if len(energy) == 0 else "every ion flux is zero")
        _hatch_damaged(axes, minutes)
        return
    low, high = limits or tuple(np.percentile(positive, [1, 99.9]))
    high = max(high, 10 * low)
    shown = np.where(flux > 0, flux, np.where(flux == 0, low / 10, np.nan))
    mesh = axes.pcolormesh(
        edges,
        energy,
        np.ma.masked_invalid(shown.T),
        norm=LogNorm(low, high),
        cmap="viridis",
        rasterized=True,
        antialiased=False,
    )
    bar = figure.colorbar(mesh, cax=scale, extend="both")
    bar.set_label(f"energy flux\n[{FLUX_UNIT}]", size=FONT_PT)
    scale.tick_params(labelsize=FONT_PT, length=2, width=0.6)
    scale.tick_params(which="minor", length=1, width=0.4)
    _hatch_damaged(axes, minutes)


def _hatch_damaged(axes: Axes, minutes: MinuteTable) -> None:
    """Hatch minutes that a damaged file covers: their gap is ours, not the instrument's."""
    damaged = (minutes.quality & Quality.DAMAGED_FILE) != 0
    if not damaged.any():
        return
    change = np.flatnonzero(np.diff(np.concatenate([[0], damaged.astype(np.int8), [0]])))
    for start, stop in zip(change[::2], change[1::2], strict=True):
        left, right = day_number(np.array([minutes.time[start], minutes.time[stop - 1] + MINUTE]))
        axes.axvspan(left, right, facecolor="none", edgecolor="0.5", hatch="////", linewidth=0)
    axes.text(
        0.995,
        0.97,
        "hatched: damaged file left out",
        transform=axes.transAxes,
        ha="right",
        va="top",
        size=FONT_PT,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8},
    )


def _draw_field(axes: Axes, minutes: MinuteTable, field_scale: str) -> None:
    axes.set_ylabel("|B| [nT]")
    rows = grid_rows(minutes.time)
    known = np.isfinite(minutes.b_nt)
    if not known.any():
        axes.set_ylim(0, 1)
        axes.tick_params(labelleft=False, left=False)
        say(axes, "no magnetic field in this event")
        return
    field = np.full(int(rows[-1]) + 1, np.nan)
    field[rows] = minutes.b_nt
    middle = day_number(minutes.time[:1] + MINUTE // 2) + np.arange(len(field)) / 1440
    lone = np.isfinite(field) & ~(
        np.isfinite(np.r_[np.nan, field[:-1]]) | np.isfinite(np.r_[field[1:], np.nan])
    )
    axes.plot(middle, field, color="black", linewidth=0.7)
    axes.plot(middle[lone], field[lone], color="black", marker=".", markersize=2, linestyle="none")
    if field_scale == "log" and np.nanmin(field) > 0:
        axes.set_yscale("log")
        low, high = np.nanmin(field), np.nanmax(field)
        axes.set_ylim(low / 1.4, max(high * 1.4, 3 * low))
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1, 2, 5) if high < 30 * low else (1, 3) if high < 300 * low else (1,))
        )
        axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(0, np.nanmax(field) * 1.1 or 1)


def _draw_probabilities(
    axes: Axes,
    minutes: MinuteTable,
    rows: pd.DataFrame,
    edges: NDArray[np.float64],
    colour: Mapping[str, str],
) -> None:
    """Stack the probabilities as steps; what is missing to 1 is unknown, a minute without any is white."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_ylabel("probability")
    share = np.full((len(edges) - 1, len(LABELS)), np.nan)
    known = [name for name in REGIONS if f"p_{name}" in rows]
    values = rows[[f"p_{name}" for name in known]].to_numpy(dtype=np.float64)
    place = [LABELS.index(name) for name in known]
    filled = np.zeros((len(rows), len(LABELS)))
    filled[:, place] = values
    filled[:, LABELS.index(UNKNOWN)] = np.clip(1 - values.sum(axis=1), 0, 1)
    filled[~np.isfinite(values).all(axis=1)] = np.nan
    share[grid_rows(minutes.time)] = filled
    if not np.isfinite(share).any():
        say(axes, "no probabilities in this event")
        return
    top = np.repeat(np.cumsum(share, axis=1), 2, axis=0)
    steps = np.repeat(edges, 2)[1:-1]
    for code, name in enumerate(LABELS):
        bottom = top[:, code - 1] if code else np.zeros(len(steps))
        axes.fill_between(
            steps, bottom, top[:, code], color=colour[name], linewidth=0, rasterized=True, antialiased=False
        )


def draw_strip(
    axes: Axes,
    edges: NDArray[np.float64],
    codes: NDArray[np.float64],
    colour: Mapping[str, str],
    bottom: float = 0.0,
    top: float = 1.0,
) -> None:
    """Draw labels as one row of coloured cells.

    Parameters
    ----------
    edges : (cell + 1,) ndarray
        Abscissa.
    codes : (cell,) ndarray
        Places in :data:`LABELS`; NaN is left white.
    bottom, top : float
        Ordinates of the row.
    """
    palette = ListedColormap([colour[label] for label in LABELS])
    axes.pcolormesh(
        edges,
        [bottom, top],
        np.ma.masked_invalid(codes)[np.newaxis],
        cmap=palette,
        vmin=-0.5,
        vmax=len(LABELS) - 0.5,
        rasterized=True,
        antialiased=False,
    )
