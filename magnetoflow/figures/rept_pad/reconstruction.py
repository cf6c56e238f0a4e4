"""What the reduction keeps: measured and reconstructed distributions, and the error at each energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from magnetoflow.figures.rept_pad.mean_pads import ENERGIES, nearest
from magnetoflow.figures.rept_pad.palette import heading
from magnetoflow.figures.rept_pad.tables import utc_times
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled

MOST = 6
FLUX = "flux\n" + r"[(cm$^2$ s sr MeV)$^{-1}$]"
METHOD_LOOKS = (
    ("#000000", "o", "-"),
    ("#0072B2", "s", "--"),
    ("#D55E00", "^", "-."),
    ("#009E73", "D", ":"),
    ("#CC79A7", "v", "-"),
    ("#E69F00", "P", "--"),
)


@styled
def reconstruction_figure(
    examples: pd.DataFrame,
    errors: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    energies: Sequence[float] = ENERGIES,
    error_label: str = "error on unseen blocks [sigma of counts]",
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw some records with errors of their counts, their reconstructions, and errors of the methods.

    Parameters
    ----------
    examples : DataFrame
        ``record``, ``time``, ``class_id``, ``energy_mev``, ``angle_deg``, ``flux``, ``flux_error``,
        ``reconstructed`` [cm^-2 s^-1 sr^-1 MeV^-1]; the first 6 records are drawn.
    errors : DataFrame
        ``energy_mev``, ``method``, ``error``: root mean square, in errors of the counts, on unseen blocks.
    title, source_note : str
        Heading and footer.
    energies : sequence of float [MeV]
        The nearest energies of the table are drawn.
    error_label : str
        Axis text of ``error``.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Points: measured, 1-sigma error; lines: reconstructed.
    """
    records = [*dict.fromkeys(examples["record"])][:MOST]
    across = 3 if width_mm > 120 else 2
    down = max(1, -(-len(records) // across))
    figure = new_figure(width_mm, 40 * down + 44, title, source_note)
    grid = GridSpec(down + 1, across, figure=figure, height_ratios=[*[40.0] * down, 36])
    shown = nearest(examples["energy_mev"], energies)
    colour = _energy_colours(shown)
    for place, record in enumerate(records):
        row, column = divmod(place, across)
        axes = figure.add_subplot(grid[row, column])
        _draw_example(axes, examples[examples["record"] == record], colour)
        axes.set_ylabel(FLUX if column == 0 else "")
        axes.set_xlabel("pitch angle [deg]" if place + across >= len(records) else "")
        dress(axes)
    if not records:
        axes = figure.add_subplot(grid[0, :])
        axes.set_axis_off()
        say(axes, "no example")
    _draw_errors(figure.add_subplot(grid[down, :]), errors, error_label, width_mm)
    handles: list[Any] = [
        Line2D([], [], color=one, marker=".", markersize=4, label=f"{energy:g} MeV")
        for energy, one in colour.items()
    ]
    if handles:
        legend_above(figure, handles, width_mm)
    return figure


def _energy_colours(energies: Sequence[float]) -> dict[float, Any]:
    scale = matplotlib.colormaps["plasma"]
    return {
        energy: scale(place)
        for energy, place in zip(energies, np.linspace(0, 0.85, len(energies)), strict=True)
    }


def _draw_example(axes: Axes, rows: pd.DataFrame, colour: dict[float, Any]) -> None:
    top = 0.0
    for energy, one in colour.items():
        own = rows[rows["energy_mev"] == energy].sort_values("angle_deg")
        angle, flux, error, model = (
            own[name].to_numpy(dtype=np.float64)
            for name in ("angle_deg", "flux", "flux_error", "reconstructed")
        )
        seen = flux > 0
        if not seen.any():
            continue
        top = max(top, float(np.nanmax(flux)))
        low = np.minimum(error, 0.9 * flux)
        axes.errorbar(
            angle[seen], flux[seen], np.stack([low, error])[:, seen], fmt=".", color=one, markersize=3.5,
            elinewidth=0.6, capsize=1.0,
        )  # fmt: skip
        axes.plot(angle, model, color=one, linewidth=0.8)
    angles = rows["angle_deg"].to_numpy(dtype=np.float64)
    folded = len(angles) == 0 or angles.max() <= 90
    axes.set_xticks([0, 30, 60, 90] if folded else [0, 45, 90, 135, 180])
    axes.set_xlim(0, 90 if folded else 180)
    if top > 0:
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        say(axes, "no energy with signal")
    time = str(utc_times(rows["time"])[0].astype("datetime64[m]")).replace("T", " ")
    axes.set_title(f"{time}\nclass {int(rows['class_id'].iloc[0])}", size=FONT_PT, pad=2)


def _draw_errors(axes: Axes, errors: pd.DataFrame, label: str, width_mm: float) -> None:
    axes.set_xlabel("energy [MeV]")
    axes.set_ylabel(heading(label, 34, 3))
    known = errors[errors["error"] > 0]
    if len(known) == 0:
        say(axes, "not computed")
        return
    energy = np.unique(known["energy_mev"].to_numpy(dtype=np.float64))
    for place, method in enumerate(dict.fromkeys(known["method"].astype(str))):
        own = known[known["method"].astype(str) == method].sort_values("energy_mev")
        colour, mark, line = METHOD_LOOKS[place % len(METHOD_LOOKS)]
        x = np.searchsorted(energy, own["energy_mev"].to_numpy(dtype=np.float64))
        axes.plot(x, own["error"], line, color=colour, marker=mark, markersize=3, label=method)
    axes.axhline(1, color="0.5", linewidth=0.6, linestyle=":")
    axes.set_yscale("log")
    step = -(-len(energy) // int(width_mm / 11))
    axes.set_xticks(range(0, len(energy), step), [f"{value:g}" for value in energy[::step]])
    longest = max(len(name) for name in known["method"].astype(str))
    ncols = max(1, int(width_mm / (1.4 * longest + 10)))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=ncols, borderaxespad=0.2)
    dress(axes)
