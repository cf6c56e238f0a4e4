"""Make scores of a network say what they mean: temperature, and how ready it is to name a separatrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from magnetoflow.mms_rnn.classes import REGIONS, SEPARATRICES

Floats = NDArray[np.float64]


def separatrix_offset(scores: Floats, truth: NDArray[np.integer], most_false: float) -> NDArray[np.float32]:
    """Find what to subtract from scores so that few samples outside the separatrices are found in one.

    Parameters
    ----------
    scores : (sample, 6) ndarray
        Before the softmax.
    truth : (sample,) ndarray of int
        Index of the region.
    most_false : float
        Share of the samples outside that may be found in a separatrix.

    Returns
    -------
    (6,) ndarray of float32
        Not negative, one number for both separatrices, 0 for the other regions.
    """
    outside = scores[~np.isin(truth, SEPARATRICES)]
    others = [k for k in range(len(REGIONS)) if k not in SEPARATRICES]
    lead = outside[:, list(SEPARATRICES)].max(axis=1) - outside[:, others].max(axis=1)
    found = np.zeros(len(REGIONS), np.float32)
    if len(lead):
        found[list(SEPARATRICES)] = max(0.0, float(np.quantile(lead, 1 - most_false)))
    return found


def fit_temperature(scores: Floats, truth: NDArray[np.integer]) -> float:
    """Temperature with the least cross entropy, from 0.25 to 8.

    Parameters
    ----------
    scores : (sample, 6) ndarray
        Before the softmax.
    truth : (sample,) ndarray of int
        Index of the region.

    References
    ----------
    Guo et al. 2017, On calibration of modern neural networks. doi:10.48550/arXiv.1706.04599
    """
    found = minimize_scalar(
        lambda log: cross_entropy(scores, truth, float(np.exp(log))),
        bounds=np.log([0.25, 8.0]),
        method="bounded",
    )
    return float(np.round(np.exp(found.x), 6))


def cross_entropy(scores: Floats, truth: NDArray[np.integer], temperature: float) -> float:
    """Mean cross entropy of the regions at a temperature; parameters as :func:`fit_temperature`."""
    scaled = scores / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    log = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return float(-log[np.arange(len(truth)), truth].mean())
