"""One spacecraft: field, densities, speeds along N, pressures, differences of density, and spectra."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.averaging import bin_average
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
from magnetoflow.physics import NT2_PER_NPA, PROTON_MASS_KG

HEIGHTS = (4, 16, 13, 13, 11, 11, 15, 15)
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
        True,
        len(craft.plasma) > 1,
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
    _draw_pressures(panels[4], event, probe, width_mm)
    _draw_differences(panels[5], event, probe, width_mm)
    for axes, name in zip(panels[6:], SPECTRA, strict=True):
        draw_spectra(figure, axes, event, craft.spectra.get(name), width_mm)
    labels = (
        *("B\n[nT]", "n\n[cm$^{-3}$]", "V$_N$\n[km/s]", "P\n[nPa]", "n/n$_i$\n[%]"),
        *("ion\nenergy [eV]", "electron\nenergy [eV]"),
    )
    for axes, label, one in zip(panels[1:], labels, there[1:], strict=True):
        name_panel(axes, label, empty=not one)
    for axes in panels[1:]:
        mark_crossings(axes, event, analysis, [probe], color="0.2" if axes in panels[:6] else "white")
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


def _draw_pressures(axes: Axes, event: EventData, probe: int, width_mm: float) -> None:
    """Pressure of the field and dynamic pressure of the ions."""
    craft = event.spacecraft[probe]
    lines = [("B$^2$/2µ$_0$", "0.55", craft.b.time, magnitude(craft.b.values) ** 2 / NT2_PER_NPA)]
    if "ion" in craft.plasma:
        ions = craft.plasma["ion"]
        dynamic = 1e21 * PROTON_MASS_KG * ions.n_cm3 * magnitude(ions.v_km_s) ** 2
        lines.insert(0, ("dynamic", SPECIES_COLOURS["ion"], ions.time, dynamic))
    draw_lines(axes, lines, width_mm, zero=True)


def _draw_differences(axes: Axes, event: EventData, probe: int, width_mm: float) -> None:
    """Electrons less ions, and He+, over ions; each at the times of the slower of the two."""
    plasma = event.spacecraft[probe].plasma
    lines = []
    for name, label, less in (("electron", "n$_e$\N{MINUS SIGN}n$_i$", 1.0), ("heplus", "n$_{He+}$", 0.0)):
        if name not in plasma or "ion" not in plasma:
            continue
        slow, fast = sorted((plasma[name], plasma["ion"]), key=lambda one: -one.cadence_s)
        mean = bin_average(fast.time, fast.n_cm3, slow.time, cadence_s=slow.cadence_s)
        ratio = mean / slow.n_cm3 if slow.species == "ion" else slow.n_cm3 / mean
        lines.append((label, SPECIES_COLOURS[name], slow.time, 100 * (ratio - less)))
    draw_lines(axes, lines, width_mm, zero=True)


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
