"""Ion and electron energy spectra of all spacecraft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.mms_mp.panels import draw_strip, finish, mark_crossings, palette, region_handles
from magnetoflow.figures.mms_mp.spectrum_image import (
    FLUX_LABEL,
    colour_limits,
    draw_spectra,
    picture,
)
from magnetoflow.figures.style import PAGE_MM, legend_above, new_figure, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis

Kind = Literal["ion", "electron", "combined"]
SHORT = {"ion": "ions", "electron": "electr."}
PANEL_MM = 15.0


@styled
def spectrograms_figure(
    event: EventData,
    analysis: Analysis,
    kind: Kind = "combined",
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    most_ev: Mapping[str, float] | None = None,
) -> Figure:
    """Draw energy spectra over time, one panel for each spacecraft and species, one scale for each species.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    kind : {"ion", "electron", "combined"}
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of regions.
    width_mm : float [mm]
    most_ev : mapping of str to float [eV], optional
        Upper energy of ``ion`` and ``electron``, where the tables reach higher.
    """
    colour = palette(colours)
    probes = [probe for probe in analysis.probes if probe in event.spacecraft]
    species = ("ion", "electron") if kind == "combined" else (kind,)
    upper = {name: (most_ev or {}).get(name, np.inf) for name in species}
    wanted = [(probe, name) for probe in probes for name in species]
    strip = 2.6 * len(probes) + 1.5
    heights = [strip, *[PANEL_MM] * len(wanted)]
    names = {"ion": "ions", "electron": "electrons", "combined": "ions and electrons"}
    title = f"{event.id}: energy flux of {names[kind]}, {FLUX_LABEL}"
    figure = new_figure(width_mm, sum(heights) + 22, title, source_note)
    grid = GridSpec(len(heights), 1, figure=figure, height_ratios=heights)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(heights))]
    draw_strip(panels[0], event, analysis, probes, colour)
    limits = {name: _limits(event, probes, name, upper[name]) for name in species}
    for row, (probe, name) in enumerate(wanted, start=1):
        spectra = event.spacecraft[probe].spectra.get(name)
        draw_spectra(figure, panels[row], event, spectra, width_mm, most_ev=upper[name], limits=limits[name])
        mark_crossings(panels[row], event, analysis, [probe], color="white")
        panels[row].set_ylabel(f"MMS{probe}\n{SHORT[name]} [eV]")
    finish(figure, panels, (event.start, event.stop), width_mm, strip=1)
    legend_above(figure, region_handles(colour), width_mm)
    return figure


def _limits(event: EventData, probes: list[int], name: str, most_ev: float) -> tuple[float, float] | None:
    made = [
        picture(spectra, event.start, event.stop, 200, most_ev)
        for spectra in (event.spacecraft[probe].spectra.get(name) for probe in probes)
        if spectra is not None
    ]
    return colour_limits([one for one in made if one is not None])
