"""Four-point estimates over time: gradients, their direction, speed of the structure, current."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from magnetoflow.figures.lines import COMPONENT_COLOURS
from magnetoflow.figures.mms_mp.panels import (
    LMN,
    Floats,
    draw_lines,
    finish,
    frame_words,
    mark_crossings,
    palette,
)
from magnetoflow.figures.style import PAGE_MM, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.results import Analysis

PANEL_MM = 15.0


@styled
def gradients_figure(
    event: EventData,
    analysis: Analysis,
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw what gradients between the spacecraft tell over the event.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
        Checked only.
    width_mm : float [mm]

    Returns
    -------
    Figure
        Roots of the eigenvalues of the MDD matrix, angle of its n to the chosen N, speed of the structure
        along it with the chosen speed dashed, current density along L, M, N, and its quality.
    """
    palette(colours)
    title = f"{event.id}: gradients between spacecraft, {frame_words(analysis)}"
    found = analysis.gradients
    if found is None or len(found.time) == 0:
        figure = new_figure(width_mm, 40, title, source_note)
        axes = figure.add_subplot()
        say(axes, "no gradients: they need four spacecraft that span a volume")
        axes.set_axis_off()
        return figure
    figure = new_figure(width_mm, PANEL_MM * 5 + 12, f"{title}; {found.method}", source_note)
    grid = GridSpec(5, 1, figure=figure)
    panels = [figure.add_subplot(grid[row, 0]) for row in range(5)]
    shades = ("black", "0.45", "0.7")
    eigen = [(f"√λ$_{i + 1}$", shades[i], found.time, found.mdd_eigenvalues_nt_km[:, i]) for i in range(3)]
    panels[0].set_yscale("log")
    draw_lines(panels[0], eigen, width_mm, limits=False)
    most = float(np.nanmax(found.mdd_eigenvalues_nt_km, initial=1e-4))
    panels[0].set_ylim(most / 3e3, most * 1.5)
    panels[0].set_ylabel("MDD\n[nT/km]")
    angle = _angle_deg(found.mdd_n, analysis.orientation.lmn.matrix[2])
    draw_lines(panels[1], [("", "black", found.time, angle)], width_mm, limits=False)
    panels[1].set_ylim(0, 90)
    panels[1].set_yticks([0, 30, 60, 90])
    panels[1].set_ylabel("n to N\n[deg]")
    draw_lines(panels[2], [("", "black", found.time, found.std_v_n_km_s)], width_mm)
    passed = analysis.main_pass
    if passed is not None and np.isfinite(passed.speed_km_s):
        panels[2].axhline(passed.speed_km_s, color="0.5", linestyle="--", linewidth=0.7)
    panels[2].set_ylabel("V STD\n[km/s]")
    j = found.j_na_m2 @ analysis.orientation.lmn.matrix.T
    current = [(f"J$_{name}$", COMPONENT_COLOURS[i], found.time, j[:, i]) for i, name in enumerate(LMN)]
    draw_lines(panels[3], current, width_mm)
    panels[3].set_ylabel("J\n[nA/m$^2$]")
    draw_lines(panels[4], [("", "black", found.time, found.div_over_curl)], width_mm, limits=False)
    panels[4].set_ylim(0, 1)
    panels[4].set_ylabel("|div B|/\n|curl B|")
    for axes in panels:
        mark_crossings(axes, event, analysis, analysis.probes)
    finish(figure, panels, (found.time[0], found.time[-1] + np.timedelta64(1, "ms")), width_mm)
    return figure


def _angle_deg(directions: Floats, n: Floats) -> Floats:
    """Angle of each direction to an axis, 0 to 90 [deg]."""
    cosine = np.abs(directions @ n)
    sine = np.linalg.norm(np.cross(directions, n), axis=1)
    return np.asarray(np.rad2deg(np.arctan2(sine, cosine)))
