"""Figures of the study ``mms_rnn``: regions of a reconnection site in the magnetotail."""

from magnetoflow.figures.mms_rnn.comparison import FourPointCurrent, comparison_figure
from magnetoflow.figures.mms_rnn.confusion import confusion_figure
from magnetoflow.figures.mms_rnn.measured import Measured
from magnetoflow.figures.mms_rnn.page import page_figure
from magnetoflow.figures.mms_rnn.scales import scales_figure
from magnetoflow.figures.mms_rnn.statistics import statistics_figure
from magnetoflow.figures.mms_rnn.trajectory import Track, trajectory_figure

__all__ = [
    "FourPointCurrent",
    "Measured",
    "Track",
    "comparison_figure",
    "confusion_figure",
    "page_figure",
    "scales_figure",
    "statistics_figure",
    "trajectory_figure",
]
