"""Mean ion spectrum of each region, with quantiles."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.typing import LineStyleType
from numpy.typing import NDArray

from magnetoflow.figures.mms_gmm.tables import label_codes, labelled_rows
from magnetoflow.figures.style import (
    FONT_PT,
    LABELS,
    PAGE_MM,
    REGION_NAMES,
    dress,
    legend_above,
    new_figure,
    region_colours,
    say,
    styled,
)
from magnetoflow.mms_gmm.minutes import MinuteTable

FLUX_LABEL = "energy flux\n" + r"[keV/(cm$^2$ s sr keV)]"
LINE_STYLES: tuple[LineStyleType, ...] = ("-", "--", "-.", ":", (0, (1, 2)))


@styled
def spectra_figure(
    minutes_by_event: Mapping[str, MinuteTable],
    labels: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw mean, median, 25-75 % and 5-95 % quantiles of the minute spectra of each cleaned label.

    Parameters
    ----------
    minutes_by_event : mapping of event id to MinuteTable
    labels : DataFrame
        Rows of ``regions.csv`` of the same events: ``event``, ``time``, ``named_label``.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        Spectra on other energy tables than the most frequent one are interpolated to it in log-log,
        within range.

    Raises
    ------
    ValueError
        Labels and minutes are not of the same times.
    """
    colour = region_colours(colours)
    rows = labelled_rows(minutes_by_event, labels)
    codes = (
        np.concatenate([label_codes(part["named_label"]) for part in rows])
        if rows
        else np.empty(0, dtype=np.int64)
    )
    energy, flux = common_table(minutes_by_event)
    wide = width_mm > 120
    shape = (2, 3) if wide else (3, 2)
    figure = new_figure(width_mm, 95 if wide else 125, title, source_note)
    grid = GridSpec(*shape, figure=figure)
    panels = [figure.add_subplot(grid[place // shape[1], place % shape[1]]) for place in range(6)]
    medians: dict[str, NDArray[np.float64]] = {}
    for code, name in enumerate(LABELS):
        chosen = flux[codes == code]
        chosen = chosen[np.isfinite(chosen).any(axis=1)] if len(energy) else chosen[:0]
        medians[name] = _draw_region(panels[code], energy, chosen, colour[name])
        panels[code].set_title(f"{REGION_NAMES[name]} ({len(chosen)} min)", size=FONT_PT, pad=3)
    _draw_medians(panels[5], energy, medians, colour)
    _scale(panels, energy, flux, shape)
    legend_above(figure, _handles(colour), width_mm)
    return figure


def common_table(
    minutes_by_event: Mapping[str, MinuteTable],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring the spectra of all events to the most frequent energy table.

    Returns
    -------
    energy : (channel,) ndarray [eV]
        Empty where no minute has a spectrum.
    flux : (minute, channel) ndarray [keV/(cm^2 s sr keV)]
        All minutes of all events in order; NaN where missing or outside of the minute's own table.
    """
    blocks: dict[tuple[float, ...], list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
    offset = 0
    for minutes in minutes_by_event.values():
        usable = np.flatnonzero(
            np.isfinite(minutes.energy_ev).all(axis=1) & np.isfinite(minutes.flux).any(axis=1)
        )
        if len(usable):
            tables, which = np.unique(minutes.energy_ev[usable], axis=0, return_inverse=True)
            which = which.reshape(-1)
            for number, table in enumerate(tables):
                members = usable[which == number]
                blocks.setdefault(tuple(table), []).append((members + offset, minutes.flux[members]))
        offset += len(minutes.time)
    if not blocks:
        return np.empty(0), np.empty((offset, 0))
    most = max(blocks, key=lambda table: sum(len(members) for members, _ in blocks[table]))
    energy = np.array(most)
    flux = np.full((offset, len(energy)), np.nan)
    for table, parts in blocks.items():
        for members, values in parts:
            flux[members] = values if table == most else _interpolate(np.array(table), values, energy)
    return energy, flux


def _interpolate(
    table: NDArray[np.float64], flux: NDArray[np.float64], energy: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate spectra in log-log, within the range of their table only.

    Beside a zero flux there is no logarithm: such a channel takes its nearer neighbour's flux.
    """
    position = np.interp(np.log(energy), np.log(table), np.arange(len(table)))
    left = np.minimum(position.astype(np.int64), len(table) - 2)
    part = position - left
    low, high = flux[:, left], flux[:, left + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.exp((1 - part) * np.log(low) + part * np.log(high))
    nearer = np.where(part < 0.5, low, high)
    result = np.where((low > 0) & (high > 0), between, nearer)
    result[:, (energy < table[0]) | (energy > table[-1])] = np.nan
    return np.asarray(result)


def _draw_region(
    axes: Axes, energy: NDArray[np.float64], flux: NDArray[np.float64], colour: str
) -> NDArray[np.float64]:
    """Draw one region and return its median spectrum."""
    if len(flux) == 0:
        say(axes, "no minute with a\nspectrum")
        return np.full(len(energy), np.nan)
    seen = np.isfinite(flux).any(axis=0)
    quantiles = np.full((5, len(energy)), np.nan)
    quantiles[:, seen] = np.nanpercentile(flux[:, seen], [5, 25, 50, 75, 95], axis=0)
    mean = np.full(len(energy), np.nan)
    mean[seen] = np.nanmean(flux[:, seen], axis=0)
    floor = 1e-3  # zero has no place on a log axis; the panels' limits cut it
    axes.fill_between(
        energy, np.maximum(quantiles[0], floor), quantiles[4], color=colour, alpha=0.3, linewidth=0
    )
    axes.fill_between(
        energy, np.maximum(quantiles[1], floor), quantiles[3], color=colour, alpha=0.6, linewidth=0
    )
    axes.plot(energy, np.maximum(quantiles[2], floor), color="black")
    axes.plot(energy, np.maximum(mean, floor), color="black", linestyle="--", linewidth=0.7)
    return np.asarray(quantiles[2])


def _draw_medians(
    axes: Axes,
    energy: NDArray[np.float64],
    medians: Mapping[str, NDArray[np.float64]],
    colour: Mapping[str, str],
) -> None:
    """Compare the medians of all regions in one panel."""
    axes.set_title("medians", size=FONT_PT, pad=3)
    known = [name for name in LABELS if np.isfinite(medians[name]).any()]
    if not known:
        say(axes, "no minute with a\nspectrum")
    for name in known:
        axes.plot(
            energy,
            np.maximum(medians[name], 1e-3),
            color=colour[name],
            linestyle=LINE_STYLES[LABELS.index(name)],
            linewidth=1.2,
        )


def _scale(
    panels: list[Axes], energy: NDArray[np.float64], flux: NDArray[np.float64], shape: tuple[int, int]
) -> None:
    positive = flux[flux > 0]
    low, high = (np.percentile(positive, [0.5, 99.9])) if len(positive) else (1e3, 1e8)
    for place, axes in enumerate(panels):
        axes.set_xscale("log")
        axes.set_yscale("log")
        if len(energy):
            axes.set_xlim(energy[0] / 1.13, energy[-1] * 1.13)
        else:
            axes.set_xlim(10, 30000)
        axes.set_ylim(low / 3, high * 3)
        bottom, left = place // shape[1] == shape[0] - 1, place % shape[1] == 0
        if bottom:
            axes.set_xlabel("ion energy [eV]")
        if left:
            axes.set_ylabel(FLUX_LABEL)
        dress(axes)
        axes.tick_params(labelbottom=bottom, labelleft=left)


def _handles(colour: Mapping[str, str]) -> list[Line2D | Patch]:
    regions = [
        Line2D(
            [], [], color=colour[name], linestyle=LINE_STYLES[code], linewidth=1.2, label=REGION_NAMES[name]
        )
        for code, name in enumerate(LABELS)
    ]
    return [
        *regions,
        Line2D([], [], color="black", label="median"),
        Line2D([], [], color="black", linestyle="--", linewidth=0.7, label="mean"),
        Patch(facecolor="0.45", label="25–75 %"),
        Patch(facecolor="0.75", label="5–95 %"),
    ]
