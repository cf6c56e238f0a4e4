"""Bring series to common times: nearest, linear, Fourier; never across a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP, bin_average, interpolate
from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.data import Floats, Times
from magnetoflow.series import Series

How = Literal["nearest", "linear", "fft"]
OVERSAMPLE = 8
"""Points per sample of the Fourier interpolation, between which a cubic spline runs."""
FEWEST = 8
"""Samples of a stretch without gaps below which it has no Fourier interpolation."""


def spacing_s(time: Times) -> float:
    """Median step of times [s].

    Raises
    ------
    InsufficientData
        Fewer than two times.
    """
    if len(time) < 2:
        raise InsufficientData("fewer than two samples: no cadence", why=f"{len(time)} samples")
    return float(np.median(np.diff(_ns(time)))) / 1e9


def resample(series: Series, at: Times, how: How = "linear") -> Series:
    """Values of a series at other times.

    Parameters
    ----------
    series : Series
    at : (point,) ndarray of datetime64[ns]
        Strictly increasing.
    how : str
        ``nearest``: the sample within half a cadence. ``linear``: between neighbours. ``fft``: band-limited
        interpolation of each stretch without gaps, without what is above the Nyquist frequency of `at`; about
        three steps of the slower series at the ends of a stretch follow its end values.

    Returns
    -------
    Series
        NaN where the series has no sample within reach: in gaps, beside missing samples and outside.
    """
    ways = {"nearest": _nearest, "linear": _linear, "fft": _fourier}
    if how not in ways:
        raise ValueError(f"how = {how!r}: one of {', '.join(ways)}")
    return replace(series, time=at, values=ways[how](series.time, series.values, at))


def merge(series: Mapping[str, Series], at: Times, how: How = "linear") -> dict[str, Series]:
    """Bring many series, of any phases and cadences, to the same times.

    Parameters
    ----------
    series : mapping of str to Series
    at : (point,) ndarray of datetime64[ns]
        Strictly increasing.
    how : str
        As for :func:`resample`.
    """
    return {name: resample(one, at, how) for name, one in series.items()}


def average_onto(time: Times, values: Floats, centres: Times, cadence_s: float) -> Floats:
    """Means over measurements of another instrument; linear interpolation where that one is faster.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64[ns]
    values : (sample, ...) ndarray
    centres : (measurement,) ndarray of datetime64[ns]
    cadence_s : float [s]
        Length of each measurement.

    Returns
    -------
    (measurement, ...) ndarray
        NaN where fewer than half of the samples are there.
    """
    if len(time) < 2:
        return np.full((len(centres), *values.shape[1:]), np.nan)
    step = spacing_s(time)
    if cadence_s >= 1.5 * step:
        return bin_average(time, values, centres, cadence_s=cadence_s, spacing_s=step)
    return interpolate(time, values, centres, max_gap_s=GAP * step)


def _linear(time: Times, values: Floats, at: Times) -> Floats:
    reach = GAP * spacing_s(time) if len(time) > 1 else 0.0
    return interpolate(time, values, at, max_gap_s=reach)


def _nearest(time: Times, values: Floats, at: Times) -> Floats:
    result = np.full((len(at), *values.shape[1:]), np.nan)
    if len(time) == 0 or len(at) == 0:
        return result
    have, want = _ns(time), _ns(at)
    right = np.clip(np.searchsorted(have, want), 1, max(len(have) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(have) - 1)
    index = np.where(want - have[left] <= have[right] - want, left, right)
    reach = 0.5 * spacing_s(time) * 1e9 + 1 if len(time) > 1 else 0
    near = np.abs(have[index] - want) <= reach
    result[near] = values[index[near]]
    return result


def _fourier(time: Times, values: Floats, at: Times) -> Floats:
    flat = values.reshape(len(values), prod(values.shape[1:]))
    result = np.full((len(at), flat.shape[1]), np.nan)
    if len(time) < FEWEST or len(at) == 0:
        return result.reshape(len(at), *values.shape[1:])
    step = spacing_s(time)
    wanted = spacing_s(at) if len(at) > 1 else step
    have, want = _ns(time), _ns(at)
    for first, last in stretches(time, np.asarray(np.isfinite(flat).all(axis=1))):
        inside = (want >= have[first]) & (want <= have[last - 1])
        if last - first >= FEWEST and inside.any():
            t = (have[first:last] - have[first]) / 1e9
            points = (want[inside] - have[first]) / 1e9
            result[inside] = _band_limited(t, flat[first:last], points, step, max(step, wanted))
    return result.reshape(len(at), *values.shape[1:])


def _band_limited(t: Floats, values: Floats, at: Floats, step: float, slowest: float) -> Floats:
    """Fourier interpolation of one stretch, mirrored oddly about its ends, so that they have no step."""
    from scipy.interpolate import CubicSpline  # costs 0.2 s that other ways need not pay

    n = len(t)
    even_t = np.linspace(t[0], t[-1], n)
    even = np.stack([np.interp(even_t, t, column) for column in values.T], axis=1)
    line = even[0] + (even[-1] - even[0]) * (np.arange(n) / (n - 1))[:, None]
    bump = even - line
    odd = np.concatenate([bump, -bump[-2:0:-1]])
    spectrum = np.fft.rfft(odd, axis=0)
    spectrum[np.fft.rfftfreq(len(odd), step) > 0.5 / slowest * (1 + 1e-9)] = 0.0
    fine = np.fft.irfft(spectrum, OVERSAMPLE * len(odd), axis=0) * OVERSAMPLE
    grid = np.arange(OVERSAMPLE * (n - 1) + 1)
    place = at / (t[-1] - t[0])
    curve = CubicSpline(grid, fine[: len(grid)], axis=0)(place * grid[-1])
    return np.asarray(curve + values[0] + (values[-1] - values[0]) * place[:, None])


def stretches(time: Times, good: NDArray[np.bool_], cadence_s: float | None = None) -> list[tuple[int, int]]:
    """Rows [first, last) of each stretch without gap and without missing sample.

    Parameters
    ----------
    time : (sample,) ndarray of datetime64[ns]
    good : (sample,) ndarray of bool
    cadence_s : float, optional [s]
        The median step by default.
    """
    if not good.any():
        return []
    limit = GAP * 1e9 * (cadence_s or (spacing_s(time) if len(time) > 1 else 1.0))
    broken = np.diff(_ns(time)) > limit
    new = good & np.concatenate([[True], broken | ~good[:-1]])
    ends = good & np.concatenate([broken | ~good[1:], [True]])
    return list(zip(np.flatnonzero(new).tolist(), (np.flatnonzero(ends) + 1).tolist(), strict=True))


def _ns(time: Times) -> NDArray[np.int64]:
    return time.astype("datetime64[ns]").astype(np.int64)
