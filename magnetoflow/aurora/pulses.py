"""When a light curve was on: pulses at half amplitude, and the steadiness of its period over a window."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import GAP_S
from magnetoflow.aurora.periods import Fit, wave_columns

Floats = NDArray[np.float64]

FINER = 8
REACH = 10
"""Samples on each side from which a value between two is made."""
LOW, HIGH = 0.05, 0.95


def fitted_curve(seconds: Floats, fit: Fit) -> Floats:
    """Values of a fit at the times of its basis."""
    return np.asarray(
        wave_columns(seconds, 1 / fit.period_s, len(fit.coefficients)) @ fit.coefficients, dtype=np.float64
    )


def weakest_part(residual: Floats, seconds: Floats, fit: Fit, parts: int) -> float:
    """Least amplitude, relative to the whole, that the fitted curve has in any part of the window.

    Parameters
    ----------
    residual : (sample,) ndarray
        Detrended light.
    seconds : (sample,) ndarray [s]
        From the window's middle.
    fit : Fit
    parts : int
        Equal parts of time; one with fewer than 4 samples is not looked at.

    Returns
    -------
    float
        About 1 for a steady pulsation, about 0 or below where the light pulsed once only.
    """
    curve = fitted_curve(seconds, fit)
    number = np.minimum((seconds - seconds[0]) / (np.ptp(seconds) + 1e-9) * parts, parts - 1).astype(int)
    gains = []
    for part in range(parts):
        rows = number == part
        if rows.sum() >= 4:
            gains.append((curve[rows] @ residual[rows]) / max(curve[rows] @ curve[rows], 1e-30))
    return float(min(gains, default=0.0))


def pulse_times(residual: Floats, seconds: Floats) -> tuple[Floats, Floats]:
    """Find the times at which light crosses half amplitude.

    Parameters
    ----------
    residual : (sample,) ndarray
        Detrended light.
    seconds : (sample,) ndarray [s]
        Begin of each exposure.

    Returns
    -------
    crossings : (crossing,) ndarray [s]
        Increasing.
    rises : (crossing,) ndarray of float64
        1 upward, 0 downward, NaN before the first crossing of a run without gap: durations across it are not
        known.

    Notes
    -----
    Half amplitude lies between the 5th and 95th percentile. Between samples the light is interpolated as
    band-limited (factor 8): linear interpolation would clip pulses of 2 or 3 frames.
    """
    runs = np.split(np.arange(len(seconds)), np.flatnonzero(np.diff(seconds) > GAP_S) + 1)
    fine = [_interpolation(len(run)) @ residual[run] for run in runs if len(run) >= 4]
    if not fine:
        return np.empty(0), np.empty(0)
    level = np.quantile(np.concatenate(fine), [LOW, HIGH]).mean()
    times, rises = [np.empty(0)], [np.empty(0)]
    for run, light in zip([run for run in runs if len(run) >= 4], fine, strict=True):
        above = light > level
        place = np.flatnonzero(above[1:] != above[:-1])
        part = (level - light[place]) / (light[place + 1] - light[place])
        step = (seconds[run[-1]] - seconds[run[0]]) / (len(run) - 1) / FINER
        times += [seconds[run[:1]], seconds[run[0]] + (place + part) * step]
        rises += [np.array([np.nan]), above[place + 1].astype(np.float64)]
    return np.concatenate(times), np.concatenate(rises)


@lru_cache(maxsize=64)
def _interpolation(samples: int) -> Floats:
    """Matrix that takes a run of light to a grid 8 times finer, first and last sample included.

    A sinc under a Kaiser window; beyond its ends the run goes on along the line from first to last. The same
    numbers as scipy.signal.resample_poly gives, which takes a second to import.
    """
    place = np.arange(-REACH * FINER, REACH * FINER + 1)
    taps = np.sinc(place / FINER) / FINER * np.kaiser(len(place), 5.0)
    taps = np.append(taps / taps.sum() * FINER, np.zeros(FINER - 1))
    own = np.eye(samples)
    beyond = np.arange(1.0, REACH + 1)[:, None] * ((own[-1] - own[0]) / (samples - 1))
    wide = np.concatenate([own[0] - beyond[::-1], own, own[-1] + beyond])
    finer = np.zeros((samples, FINER, samples))
    for step in range(2 * REACH + 1):
        part = taps[FINER * (2 * REACH - step) :][:FINER]
        finer += part[:, None] * wide[step : step + samples, None]
    return finer.reshape(-1, samples)[: (samples - 1) * FINER + 1]


def pulses(residual: Floats, seconds: Floats) -> tuple[Floats, Floats, Floats]:
    """Whole pulses and pauses of a light curve.

    Parameters
    ----------
    residual, seconds
        As in :func:`pulse_times`.

    Returns
    -------
    on : (pulse, 2) ndarray [s]
        Begin and end of each pulse that lies whole within a run without gap.
    on_s : (pulse,) ndarray [s]
        Their lengths.
    off_s : (pause,) ndarray [s]
        Lengths of the whole pauses between them.
    """
    times, rises = pulse_times(residual, seconds)
    length = np.diff(times)
    up = np.flatnonzero((rises[:-1] == 1) & (rises[1:] == 0))
    down = np.flatnonzero((rises[:-1] == 0) & (rises[1:] == 1))
    return np.stack([times[up], times[up + 1]], axis=1), length[up], length[down]
