"""Figures of the study ``rept_pad``: classes of pitch-angle distributions."""

from magnetoflow.figures.rept_pad.classes import classes_figure
from magnetoflow.figures.rept_pad.mean_pads import mean_pads_figure
from magnetoflow.figures.rept_pad.methods import methods_figure
from magnetoflow.figures.rept_pad.occurrence import occurrence_figure
from magnetoflow.figures.rept_pad.reconstruction import reconstruction_figure
from magnetoflow.figures.rept_pad.scores import scores_figure
from magnetoflow.figures.rept_pad.selection import selection_figure
from magnetoflow.figures.rept_pad.series import series_figure
from magnetoflow.figures.rept_pad.storm import storm_figure

__all__ = [
    "classes_figure",
    "mean_pads_figure",
    "methods_figure",
    "occurrence_figure",
    "reconstruction_figure",
    "scores_figure",
    "selection_figure",
    "series_figure",
    "storm_figure",
]
