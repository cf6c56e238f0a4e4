"""Five panels of one spacecraft: field, densities, speeds along N, ion and electron spectra."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.lines import COMPONENT_COLOURS
from magnetoflow.figures.mms_mp.panels import (
    EMPTY_MM,
    LMN,
    SPECIES_COLOURS,
    along,
    draw_lines,
    draw_strip,
    finish,
    frame_words,
    magnitude,
    mark_crossings,
    name_panel,
    palette,
    region_handles,
    set_limits,
)
from magnetoflow.figures.mms_mp.spectrum_image import FLUX_LABEL, draw_spectra
from magnetoflow.figures.style import PAGE_MM, legend_above, new_figure, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis

HEIGHTS = (4, 17, 14, 14, 17, 17)
"""Heights of the panels [mm], nearly; those without data are lower."""
SPECTRA = ("ion", "electron")


@styled
def summary_figure(
    event: EventData,
    analysis: Analysis,
    probe: int,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw what one spacecraft measured over the event.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    probe : int
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of regions and spacecraft, see ``panels.COLOURS``.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Above the panels the regions; dotted lines at the crossings. Lines stop at gaps.

    Raises
    ------
    VariableError
        Vectors and axes are of different frames.
    """
    colour = palette(colours)
    title = f"{event.id}, MMS{probe}: {frame_words(analysis)}; energy flux in {FLUX_LABEL}"
    craft = event.spacecraft[probe]
    there = (
        True,
        True,
        bool(craft.plasma),
        probe in analysis.motion,
        *(one in craft.spectra for one in SPECTRA),
    )
    heights = [height if one else EMPTY_MM for height, one in zip(HEIGHTS, there, strict=True)]
    figure = new_figure(width_mm, sum(heights) + 24, title, source_note)
    grid = GridSpec(len(heights), 1, figure=figure, height_ratios=heights)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(heights))]
    draw_strip(panels[0], event, analysis, [probe], colour)
    _draw_field(panels[1], event, analysis, probe, width_mm)
    _draw_densities(panels[2], event, probe, width_mm)
    _draw_speeds(panels[3], analysis, probe, width_mm)
    for axes, name in zip(panels[4:], SPECTRA, strict=True):
        draw_spectra(figure, axes, event, craft.spectra.get(name), width_mm)
    labels = ("B\n[nT]", "n\n[cm$^{-3}$]", "V$_N$\n[km/s]", "ion\nenergy [eV]", "electron\nenergy [eV]")
    for axes, label, one in zip(panels[1:], labels, there[1:], strict=True):
        name_panel(axes, label, empty=not one)
    for axes in panels[1:]:
        mark_crossings(axes, event, analysis, [probe], color="0.2" if axes in panels[:4] else "white")
    finish(figure, panels, (event.start, event.stop), width_mm, strip=1)
    legend_above(figure, region_handles(colour), width_mm)
    return figure


def _draw_field(axes: Axes, event: EventData, analysis: Analysis, probe: int, width_mm: float) -> None:
    field = event.spacecraft[probe].b
    b = along(analysis, field)
    lines = [(f"B$_{name}$", COMPONENT_COLOURS[i], field.time, b[:, i]) for i, name in enumerate(LMN)]
    draw_lines(axes, [*lines, ("|B|", "0.55", field.time, magnitude(b))], width_mm)


def _draw_densities(axes: Axes, event: EventData, probe: int, width_mm: float) -> None:
    plasma = event.spacecraft[probe].plasma
    names = {"ion": "n$_i$", "electron": "n$_e$", "heplus": "n$_{He+}$"}
    axes.set_yscale("log")
    lines = [
        (label, SPECIES_COLOURS[name], plasma[name].time, plasma[name].n_cm3)
        for name, label in names.items()
        if name in plasma
    ]
    positive = [one[3][one[3] > 0] for one in lines]
    draw_lines(axes, lines, width_mm, limits=False)
    if any(len(one) for one in positive):
        low = min(one.min() for one in positive if len(one))
        high = max(one.max() for one in positive if len(one))
        axes.set_ylim(low / 1.4, high * 1.6)


def _draw_speeds(axes: Axes, analysis: Analysis, probe: int, width_mm: float) -> None:
    motion = analysis.motion.get(probe)
    lines = []
    if motion is not None:
        lines = [
            (label, SPECIES_COLOURS[name], motion.time, values)
            for name, label, values in (
                ("heplus", "He$^+$", motion.heplus_km_s),
                ("ion", "ions", motion.bulk_km_s),
                ("exb", "E×B", motion.exb_km_s),
                ("electron", "electr.", motion.electron_km_s),
            )
        ]
    draw_lines(axes, lines, width_mm, limits=False)
    if motion is not None:
        # E x B is far off where the field is weak
        plasma = np.concatenate([motion.bulk_km_s, motion.electron_km_s, motion.heplus_km_s])
        shown = plasma if np.isfinite(plasma).any() else motion.exb_km_s
        set_limits(axes, shown, zero=True, more=motion.exb_km_s)
