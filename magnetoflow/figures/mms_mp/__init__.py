"""Figures of the study ``mms_mp``: crossings of the magnetopause."""

from magnetoflow.figures.mms_mp.displacement import displacement_figure
from magnetoflow.figures.mms_mp.drawing import draw_figures, nothing_figure
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

__all__ = [
    "displacement_figure",
    "draw_figures",
    "formation_figure",
    "gradients_figure",
    "hodogram_figure",
    "methods_figure",
    "nothing_figure",
    "overlay_figure",
    "overview_figure",
    "spectrograms_figure",
    "summary_figure",
    "timing_figure",
    "walen_figure",
]
