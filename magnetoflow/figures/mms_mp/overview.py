"""All spacecraft over the whole event: field, plasma, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.lines import COMPONENT_COLOURS, PROBE_WIDTHS
from magnetoflow.figures.mms_mp.panels import (
    EMPTY_MM,
    LMN,
    SPECIES_COLOURS,
    Floats,
    Times,
    along,
    draw_lines,
    draw_strip,
    finish,
    frame_words,
    magnitude,
    mark_crossings,
    name_panel,
    palette,
    probe_handles,
    region_handles,
)
from magnetoflow.figures.style import PAGE_MM, legend_above, new_figure, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis

Line = tuple[str, str, Times, Floats]
Panel = tuple[str, list[Line], Sequence[int]]
Kind = Literal["field", "plasma", "both"]
PANEL_MM = {"field": 20.0, "plasma": 12.0, "both": 13.0}


@styled
def overview_figure(
    event: EventData,
    analysis: Analysis,
    kind: Kind = "both",
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw the series of all spacecraft.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    kind : {"field", "plasma", "both"}
        Field along L, M, N of each spacecraft; density and velocity of each; or each quantity in one panel
        for all spacecraft.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Of regions and spacecraft.
    width_mm : float [mm]

    Raises
    ------
    VariableError
        Vectors and axes are of different frames.
    """
    colour = palette(colours)
    probes = [probe for probe in analysis.probes if probe in event.spacecraft]
    made = _panels(event, analysis, probes, colour, kind)
    strip = 2.6 * len(probes) + 1.5
    height, title = PANEL_MM[kind], {"both": "field and plasma"}.get(kind, kind)
    empty = [not any(np.isfinite(line[3]).any() for line in lines) for _, lines, _ in made]
    heights = [EMPTY_MM if one else height for one in empty]
    figure = new_figure(
        width_mm,
        strip + sum(heights) + 22,
        f"{event.id}: {title}, {frame_words(analysis)}",
        source_note,
    )
    grid = GridSpec(len(made) + 1, 1, figure=figure, height_ratios=[strip, *heights])
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(made) + 1)]
    draw_strip(panels[0], event, analysis, probes, colour)
    for axes, (label, lines, shown), nothing in zip(panels[1:], made, empty, strict=True):
        widths = [PROBE_WIDTHS[probe] * 0.7 for probe in reversed(probes)] if kind == "both" else None
        draw_lines(axes, lines, width_mm, linewidths=widths)
        name_panel(axes, label, empty=nothing)
        mark_crossings(axes, event, analysis, shown)
    finish(figure, panels, (event.start, event.stop), width_mm, strip=1)
    handles = region_handles(colour)
    if kind == "both":
        handles = [*probe_handles(probes, colour), *handles]
    legend_above(figure, handles, width_mm)
    return figure


def _panels(
    event: EventData, analysis: Analysis, probes: Sequence[int], colour: Mapping[str, str], kind: Kind
) -> list[Panel]:
    """Label, lines, and the spacecraft whose crossings are marked, of each panel."""
    if kind == "both":
        return _both(event, analysis, probes, colour)
    return _field(event, analysis, probes) if kind == "field" else _plasma(event, analysis, probes)


def _field(event: EventData, analysis: Analysis, probes: Sequence[int]) -> list[Panel]:
    made: list[Panel] = []
    for probe in probes:
        field = event.spacecraft[probe].b
        b = along(analysis, field)
        lines = [(f"B$_{name}$", COMPONENT_COLOURS[i], field.time, b[:, i]) for i, name in enumerate(LMN)]
        lines.append(("|B|", "0.55", field.time, magnitude(b)))
        made.append((f"MMS{probe}\nB [nT]", lines, [probe]))
    return made


def _plasma(event: EventData, analysis: Analysis, probes: Sequence[int]) -> list[Panel]:
    made: list[Panel] = []
    for probe in probes:
        plasma = event.spacecraft[probe].plasma
        density: list[Line] = [
            (label, SPECIES_COLOURS[name], plasma[name].time, plasma[name].n_cm3)
            for name, label in (("ion", "n$_i$"), ("electron", "n$_e$"))
            if name in plasma
        ]
        made.append((f"MMS{probe}\nn [cm$^{{-3}}$]", density, [probe]))
        flow: list[Line] = []
        if "ion" in plasma:
            v = along(analysis, plasma["ion"])
            flow = [
                (f"V$_{name}$", COMPONENT_COLOURS[i], plasma["ion"].time, v[:, i])
                for i, name in enumerate(LMN)
            ]
        made.append(("V$_i$\n[km/s]", flow, [probe]))
    return made


def _both(
    event: EventData, analysis: Analysis, probes: Sequence[int], colour: Mapping[str, str]
) -> list[Panel]:
    panels: dict[str, list[Line]] = {}
    for probe in reversed(probes):
        craft, shade = event.spacecraft[probe], colour[f"mms{probe}"]

        def add(label: str, time: Times, values: Floats, shade: str = shade) -> None:
            panels.setdefault(label, []).append(("", shade, time, values))

        b = along(analysis, craft.b)
        add("|B|\n[nT]", craft.b.time, magnitude(b))
        for i, name in enumerate(LMN):
            add(f"B$_{name}$\n[nT]", craft.b.time, b[:, i])
        if "ion" not in craft.plasma:
            for label in ("n$_i$\n[cm$^{-3}$]", *(f"V$_{name}$\n[km/s]" for name in LMN), "T$_i$\n[eV]"):
                add(label, craft.b.time[:0], np.empty(0))
            continue
        ion = craft.plasma["ion"]
        add("n$_i$\n[cm$^{-3}$]", ion.time, ion.n_cm3)
        for i, name in enumerate(LMN):
            add(f"V$_{name}$\n[km/s]", ion.time, along(analysis, ion)[:, i])
        if ion.t_para_ev is not None and ion.t_perp_ev is not None:
            add("T$_i$\n[eV]", ion.time, (ion.t_para_ev + 2 * ion.t_perp_ev) / 3)
    return [(label, lines, []) for label, lines in panels.items()]
