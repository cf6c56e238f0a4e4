"""Smoothers of few numbers: calibrated mean, and a hidden Markov model that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.smoothing import MAX_GAP_S, HiddenMarkovSmoother, MeanSmoother
from magnetoflow.aurora.smoothing_calibration import best_temperature
from magnetoflow.aurora.smoothing_fit import CameraDay
from magnetoflow.errors import InsufficientData


def fit_mean(days: Sequence[CameraDay], frames: int = 20, max_gap_s: float = MAX_GAP_S) -> MeanSmoother:
    """Centred mean with the temperature that calibrates it on labelled camera-days.

    Parameters
    ----------
    days : sequence of CameraDay
    frames : int
    max_gap_s : float [s]

    Raises
    ------
    InsufficientData
        No frame has a label.
    """
    mean = MeanSmoother(frames=frames, max_gap_s=max_gap_s)
    tables, labels = [], []
    for day in days:
        smooth = mean.predict(day.time, day.probabilities, day.latitude_deg, day.longitude_deg)
        label = np.asarray(day.label, dtype=np.int64)[smooth.row]
        known = (label >= 0) & (smooth.label >= 0)
        tables.append(smooth.probabilities[known])
        labels.append(label[known])
    if not sum(map(len, labels)):
        raise InsufficientData("no labelled frames for a smoother", todo="label some, or use the plain mean")
    label = np.concatenate(labels)
    temperature = best_temperature(np.concatenate(tables), label, np.ones(len(label)))
    return replace(mean, temperature=temperature)


def fit_hidden_markov(
    days: Sequence[CameraDay], power: float = 0.02, max_gap_s: float = MAX_GAP_S
) -> HiddenMarkovSmoother:
    """Count confusion and transitions per frame; one more of each pair, half a transition more.

    Parameters
    ----------
    days : sequence of CameraDay
    power : float
        Of the emission: neighbouring frames repeat each other.
    max_gap_s : float [s]
    """
    size = len(CLASSES)
    confusion, transition = np.ones((size, size)), np.full((size, size), 0.5)
    for day in days:
        label = np.asarray(day.label, dtype=np.int64)
        found = np.where(np.isnan(day.probabilities), -1.0, day.probabilities).argmax(axis=1)
        known = (label >= 0) & ~np.isnan(day.probabilities).any(axis=1)
        np.add.at(confusion, (label[known], found[known]), 1)
        pair = (label[1:] >= 0) & (label[:-1] >= 0)
        np.add.at(transition, (label[:-1][pair], label[1:][pair]), 1)
    return HiddenMarkovSmoother(
        max_gap_s=max_gap_s,
        emission=(confusion / confusion.sum(axis=1, keepdims=True)) ** power,
        transition=transition / transition.sum(axis=1, keepdims=True),
        start=confusion.sum(axis=1) / confusion.sum(),
    )
