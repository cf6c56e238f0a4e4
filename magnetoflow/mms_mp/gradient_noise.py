"""What the quiet time beside a crossing tells of offsets and noise of the differences between spacecraft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.curlometer import Curl
from magnetoflow.mms_mp.data import Floats

BLOCKS = 8
"""Parts of the quiet time; the scatter of their offsets is the error of the offset."""
TRIM = 4.0
"""A quiet sample whose squared differences are above this many medians holds a passage, not noise."""
ROUNDS = 3
"""Of finding offsets and of leaving out what is far from them."""
FEWEST_PAIRS = 0.1
"""Share of the quiet bins that must have another one so many steps apart, for a covariance."""


@dataclass(frozen=True)
class Noise:
    """Noise of one component at one spacecraft, alike for all.

    Attributes
    ----------
    lags_nt2 : (time,) ndarray [nT^2]
        Covariance of the means of two bins so many steps apart, the error of the offset included.
    gradient, curl : (3, 3) ndarray [nT^2/km^2]
        Mean of ``G G^T`` and of ``curl curl^T`` that noise makes.
    """

    lags_nt2: Floats
    gradient: Floats
    curl: Floats

    def variance(self, weights: Floats) -> Floats:
        """Covariance of ``sum_t w_t x_t`` for noise x of variance 1 at each pair of columns of w.

        Parameters
        ----------
        weights : (time, k) ndarray
            NaN counts as zero.

        Returns
        -------
        (k, k) ndarray
            In nT^2 times the square of the unit of the weights.
        """
        known = np.nan_to_num(weights)
        step = np.arange(len(known))
        return np.asarray(known.T @ self.lags_nt2[np.abs(step[:, None] - step)] @ known)


def quiet_offsets(b: Floats) -> tuple[Floats, float]:
    """Mean difference of each spacecraft from the mean of all, without samples in which something passes.

    Parameters
    ----------
    b : (time, 4, 3) ndarray [nT]
        Without NaN, in order of time.

    Returns
    -------
    offsets : (4, 3) ndarray [nT]
    error : float [nT]
        Rms over spacecraft and components; from blocks, so that slow drifts widen it.
    """
    difference = b - b.mean(axis=1, keepdims=True)
    offsets = difference.mean(axis=0)
    for _ in range(ROUNDS):
        calm = difference[_calm(difference - offsets)]
        offsets = calm.mean(axis=0)
    parts = [part.mean(axis=0) for part in np.array_split(calm, BLOCKS)]
    error = np.std(parts, axis=0, ddof=1) / np.sqrt(BLOCKS)
    # four deviations from their mean have the variance of three independent ones
    return offsets, float(np.sqrt(np.mean(error**2) * 4 / 3))


def _calm(difference: Floats) -> NDArray[np.bool_]:
    """Where all squared differences together are no more than `TRIM` medians."""
    size = np.sum(difference**2, axis=(1, 2))
    return np.asarray(size <= TRIM * np.median(size))


def quiet_noise(
    b: Floats, found: Curl, quiet: NDArray[np.bool_], length: int, offset_error_nt: float
) -> Noise:
    """Measure the noise in quiet bins.

    Parameters
    ----------
    b : (time, 4, 3) ndarray [nT]
        Means on equal steps, NaN where missing.
    found : Curl
        At the same times.
    quiet : (time,) ndarray of bool
        Where all of them are known and no crossing is expected; may be nowhere.
    length : int
        Lags wanted.
    offset_error_nt : float [nT]

    Returns
    -------
    Noise
    """
    difference = b - b.mean(axis=1, keepdims=True)
    calm = quiet.copy()
    calm[quiet] = _calm(difference[quiet]) if quiet.any() else True
    if not calm.any():
        nothing = np.zeros((3, 3))
        return Noise(np.full(length, offset_error_nt**2), nothing, nothing)
    gradient, curl = found.gradient_nt_km[calm], found.curl_nt_km[calm]
    lags = _lags(np.where(calm[:, None], difference.reshape(len(b), -1), 0.0), calm, length)
    return Noise(
        # once for the offset, and once because taking it off has lowered the products by as much
        lags * 4 / 3 + 2 * offset_error_nt**2,
        np.einsum("tij,tkj->ik", gradient, gradient) / len(gradient),
        curl.T @ curl / len(curl),
    )


def _lags(columns: Floats, known: NDArray[np.bool_], length: int) -> Floats:
    """Mean product of values so many steps apart; zero where there are too few pairs."""
    size = 2 * max(len(columns), length)

    def correlate(values: Floats) -> Floats:
        power = np.sum(np.abs(np.fft.rfft(values, size, axis=0)) ** 2, axis=1)
        return np.asarray(np.fft.irfft(power, size)[:length])

    pairs = np.round(correlate(known[:, None].astype(np.float64)))
    products = correlate(columns) / columns.shape[1] / np.maximum(pairs, 1)
    return np.where(pairs >= FEWEST_PAIRS * pairs[0], products, 0.0)
