"""All figures of one event, one after the other, so that one is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from matplotlib.figure import Figure

from magnetoflow.figures.mms_mp.displacement import displacement_figure
from magnetoflow.figures.mms_mp.formation import formation_figure
from magnetoflow.figures.mms_mp.gradients import gradients_figure
from magnetoflow.figures.mms_mp.hodogram import hodogram_figure
from magnetoflow.figures.mms_mp.methods import methods_figure
from magnetoflow.figures.mms_mp.overlay import overlay_figure
from magnetoflow.figures.mms_mp.overview import overview_figure
from magnetoflow.figures.mms_mp.spectrograms import spectrograms_figure
from magnetoflow.figures.mms_mp.summary import summary_figure
from magnetoflow.figures.mms_mp.timing import timing_figure
from magnetoflow.figures.mms_mp.walen import walen_figure
from magnetoflow.figures.style import PAGE_MM, new_figure, say, styled
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.figure_names import figure_names
from magnetoflow.mms_mp.results import Analysis

EVENT_FIGURES: Mapping[str, Callable[..., Figure]] = {
    "overlay": overlay_figure,
    "displacement": displacement_figure,
    "overview_field": partial(overview_figure, kind="field"),
    "overview_plasma": partial(overview_figure, kind="plasma"),
    "overview_both": partial(overview_figure, kind="both"),
    "spectrograms_ion": partial(spectrograms_figure, kind="ion"),
    "spectrograms_electron": partial(spectrograms_figure, kind="electron"),
    "spectrograms_combined": partial(spectrograms_figure, kind="combined"),
    "hodogram": hodogram_figure,
    "methods": methods_figure,
    "timing": timing_figure,
    "walen": walen_figure,
    "gradients": gradients_figure,
    "formation": formation_figure,
}


def draw_figures(
    event: EventData,
    analysis: Analysis,
    probes: Sequence[int],
    *,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    most_ev: Mapping[str, float] | None = None,
    leave_out: Collection[str] = (),
) -> Iterator[tuple[str, Figure]]:
    """Draw all figures of an event.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    probes : sequence of int
        That were asked for; one without data gets a figure that says so.
    source_note : str
        Footer.
    colours : mapping of str to colour, optional
    width_mm : float [mm]
    most_ev : mapping of str to float [eV], optional
        Upper energies of ``ion`` and ``electron`` spectrograms.
    leave_out : collection of str, optional
        Names of figures that are not wanted.

    Yields
    ------
    name : str
        In the order of :func:`magnetoflow.mms_mp.figure_names.figure_names`.
    figure : Figure
    """
    look: dict[str, Any] = {"source_note": source_note, "colours": colours, "width_mm": width_mm}
    for name in figure_names(probes):
        if name in leave_out:
            continue
        if name in EVENT_FIGURES:
            more = {"most_ev": most_ev} if name.startswith("spectrograms") else {}
            yield name, EVENT_FIGURES[name](event, analysis, **look, **more)
            continue
        probe = int(name.removeprefix("summary_mms"))
        if probe in event.spacecraft:
            yield name, summary_figure(event, analysis, probe, **look)
        else:
            why = event.left_out.get(probe, "nothing was read")
            yield name, nothing_figure(f"{event.id}, MMS{probe}", why, source_note, width_mm)


@styled
def nothing_figure(title: str, why: str, source_note: str, width_mm: float = PAGE_MM) -> Figure:
    """Draw a page that says why there is nothing to draw.

    Parameters
    ----------
    title, why, source_note : str
        Heading, reason, footer.
    width_mm : float [mm]
    """
    figure = new_figure(width_mm, 40, f"{title}\n{why}", source_note)
    axes = figure.add_subplot()
    axes.set_axis_off()
    say(axes, "no data")
    return figure
