"""How much wider errors of sums are when their terms are correlated in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.mms_mp.data import Floats


def inflation(terms: ArrayLike) -> float:
    """Variance of the sum of a series over that of as many independent values.

    Parameters
    ----------
    terms : (sample,) array_like
        About zero, evenly spaced, residuals of a fit: what it took up of their slow part is allowed for. NaN
        is left out.

    Returns
    -------
    float
        At least 1. The larger of ``1 + 2 sum(rho_k)`` up to the first autocorrelation rho that is within
        twice its error of zero, and of ``(1 + r)/(1 - r)``, r being rho_1 corrected for its bias (Kendall
        1954), which holds the tail of a short series.
    """
    x = np.asarray(terms, dtype=np.float64)
    x = x[np.isfinite(x)]
    if len(x) < 4 or not x.any():
        return 1.0
    length = 1 << (2 * len(x) - 1).bit_length()
    power = np.abs(np.fft.rfft(x, length)) ** 2
    rho = np.fft.irfft(power, length)[: len(x) // 2]
    rho = rho / rho[0]
    small = np.flatnonzero(rho < 2 / np.sqrt(len(x)))
    last = int(small[0]) if len(small) else len(rho)
    taken_up = min((2 * last - 1) / len(x), 0.5)
    first = min(rho[1] + (1 + 3 * rho[1]) / len(x), 0.99)
    return max(1.0, float((2 * rho[:last].sum() - 1) / (1 - taken_up)), float((1 + first) / (1 - first)))


def covariance_of_sum(terms: ArrayLike) -> Floats:
    """Covariance of the sum over time of vectors whose noise is correlated in time.

    Parameters
    ----------
    terms : (sample, component) array_like
        What each sample adds to the error of an estimate (its influence); without NaN.

    Returns
    -------
    (component, component) ndarray
        ``sum(u u^T)``, rows and columns widened by :func:`inflation`.
    """
    u = np.asarray(terms, dtype=np.float64)
    wider = np.sqrt([inflation(column) for column in u.T])
    return np.asarray(u.T @ u * np.outer(wider, wider))


def scatter(values: ArrayLike) -> float:
    """Noise of a series from its second differences: what changes slowly does not count.

    Parameters
    ----------
    values : (sample,) array_like
        NaN is left out with its neighbours.

    Returns
    -------
    float
        1.4826 x the median of ``|x[i-1] - 2 x[i] + x[i+1]|``, over 6^1/2; NaN for fewer than 5 of them.
    """
    x = np.asarray(values, dtype=np.float64)
    second = x[:-2] - 2 * x[1:-1] + x[2:]
    second = np.abs(second[np.isfinite(second)])
    return float(1.4826 * np.median(second) / np.sqrt(6)) if len(second) >= 5 else float("nan")


def regression(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope of the ordinary regression of y on x, and the correlation; NaN where either does not vary."""
    a, b = x - x.mean(), y - y.mean()
    if not (a @ a > 0 and b @ b > 0):
        return float("nan"), float("nan")
    return float(a @ b / (a @ a)), float(a @ b / np.sqrt((a @ a) * (b @ b)))
