"""Running means on a grid that does not depend on cadence, and the two levels that a series stays at."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.data import Floats


def evened(t_s: Floats, values: Floats, window_s: float) -> tuple[Floats, Floats, float]:
    """Take the running mean over `window_s` every third of it.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
        Ascending.
    values : (time,) ndarray
        NaN where missing.
    window_s : float [s]

    Returns
    -------
    t_s, values : (point,) ndarray
        Without points that have no sample in their third.
    cadence_s : float [s]
        Where samples are further apart than a third of the window they are given back as they are.
    """
    good = np.isfinite(values)
    t, y = t_s[good], values[good]
    cadence = float(np.median(np.diff(t_s))) if len(t_s) > 1 else window_s
    step = window_s / 3
    if cadence > step or not len(t):
        return t, y, cadence
    number = np.floor(t / step).astype(np.int64)
    first = int(number[0]) - 1
    length = int(number[-1]) - first + 2
    count = np.bincount(number - first, minlength=length)
    total = np.bincount(number - first, y, minlength=length)
    three = np.ones(3)
    mean = np.convolve(total, three, "same") / np.maximum(np.convolve(count, three, "same"), 1)
    kept = np.flatnonzero(count)
    return np.asarray((kept + first + 0.5) * step), np.asarray(mean[kept]), step


def plateaus(values: Floats) -> tuple[float, float, float]:
    """Two levels that a series stays at, and their difference in standard deviations about them.

    The split makes the variance between both parts largest (Otsu 1979, 10.1109/TSMC.1979.4310076); the levels
    are the medians of both parts. For Gaussian noise about one level the difference is 2.2, for a
    steady slope 3.5.
    """
    ordered = np.sort(values[np.isfinite(values)])
    if len(ordered) < 4 or ordered[0] == ordered[-1]:
        return float("nan"), float("nan"), 0.0
    below = np.arange(1, len(ordered))
    above = len(ordered) - below
    total = np.cumsum(ordered - ordered.mean())[:-1]
    between = total**2 * len(ordered) / (below * above)
    split = int(between.argmax()) + 1
    low, high = ordered[:split], ordered[split:]
    within = np.sqrt((np.var(low) * len(low) + np.var(high) * len(high)) / len(ordered))
    gap = float(np.median(high) - np.median(low))
    return float(np.median(low)), float(np.median(high)), gap / float(max(within, 1e-12 * gap))
