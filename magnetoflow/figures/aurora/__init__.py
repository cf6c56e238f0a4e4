"""Figures of the study ``aurora``: pulsating aurora in all-sky images."""

from magnetoflow.figures.aurora.calendar import calendar_figure
from magnetoflow.figures.aurora.camera_day import camera_day_figure
from magnetoflow.figures.aurora.confusion import confusion_figure
from magnetoflow.figures.aurora.examples import examples_figure
from magnetoflow.figures.aurora.occurrence import occurrence_figure
from magnetoflow.figures.aurora.reliability import reliability_figure

__all__ = [
    "calendar_figure",
    "camera_day_figure",
    "confusion_figure",
    "examples_figure",
    "occurrence_figure",
    "reliability_figure",
]
