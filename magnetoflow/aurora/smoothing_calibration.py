"""Calibration of class probabilities by one temperature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES

Floats = NDArray[np.float64]

SMALLEST = 1e-6
TEMPERATURES = np.round(np.arange(0.2, 4.01, 0.05), 2)


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities raised to 1 / temperature: above 1 they come closer to each other."""
    raised = np.maximum(probabilities, SMALLEST) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def brier(probabilities: Floats, label: NDArray[np.int64], weight: Floats) -> float:
    """Weighted mean squared distance of probabilities (row, 4) from labels; rows of weight 0 do not count."""
    known = weight > 0
    error = ((probabilities[known] - np.eye(len(CLASSES))[label[known]]) ** 2).sum(axis=1)
    return float(np.average(error, weights=weight[known]))


def best_temperature(probabilities: Floats, label: NDArray[np.int64], weight: Floats) -> float:
    """Temperature of least Brier score; unlike the log loss it bounds what one wrong label costs.

    References
    ----------
    Guo et al. 2017, doi:10.48550/arXiv.1706.04599; Brier 1950.
    """
    scores = [brier(tempered(probabilities, one), label, weight) for one in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(scores))])
