"""Periods of sampled light curves: least-squares periodogram, red-noise test, fit with error, alias set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import CADENCE_S, GAP_S

Floats = NDArray[np.float64]

EXPOSURE_S = 1.0
SHORTEST_TRUE_S = 2.0
SLOWEST_S, FASTEST_S = 34.0, 6.2
"""Range of observed periods; 6 s is the Nyquist period, where phase and amplitude cannot be told apart."""
TREND_ORDER = 2
OVERSAMPLING = 4
PHASE_PARTS = 6


@dataclass(frozen=True)
class Basis:
    """Orthonormal functions at the times of a window.

    Attributes
    ----------
    seconds : (sample,) ndarray [s]
        From the middle of the window.
    frequency_hz : (frequency,) ndarray [Hz]
    trend : (sample, 3) ndarray
        Constant, slope, curvature.
    waves : (sample, 2 * frequency) ndarray
        Two functions per frequency, orthogonal to the trend.
    """

    seconds: Floats
    frequency_hz: Floats
    trend: Floats
    waves: Floats


def make_basis(seconds: Floats) -> Basis:
    """Make the functions that a window's series are projected on.

    Parameters
    ----------
    seconds : (sample,) ndarray [s]
        Increasing; samples may be missing.
    """
    seconds = np.asarray(seconds, dtype=np.float64)
    seconds = seconds - (seconds[0] + seconds[-1]) / 2
    length = seconds[-1] - seconds[0] + CADENCE_S
    step = 1 / (OVERSAMPLING * length)
    frequency = np.arange(1 / SLOWEST_S, 1 / FASTEST_S, step)
    trend = np.linalg.qr(np.vander(seconds / length, TREND_ORDER + 1, increasing=True))[0]
    phase = 2 * np.pi * seconds[:, None] * frequency
    cosine, sine = (wave - trend @ (trend.T @ wave) for wave in (np.cos(phase), np.sin(phase)))
    cosine /= np.linalg.norm(cosine, axis=0)
    sine -= cosine * (cosine * sine).sum(axis=0)
    sine /= np.linalg.norm(sine, axis=0)
    return Basis(seconds, frequency, trend, np.stack([cosine, sine], axis=2).reshape(len(seconds), -1))


def detrend(series: Floats, basis: Basis) -> Floats:
    """Take constant, slope and curvature out of series ``(sample, series)``."""
    return np.asarray(series - basis.trend @ (basis.trend.T @ series), dtype=np.float64)


def explained_share(residual: Floats, basis: Basis) -> Floats:
    """Share of the variance of detrended series that one sinusoid explains.

    Parameters
    ----------
    residual : (sample, series) ndarray
        From :func:`detrend`.

    Returns
    -------
    (frequency, series) ndarray
        0 to 1; the least-squares periodogram (Lomb 1976, doi:10.1007/BF00648343) with the trend fitted too.
    """
    power = (basis.waves.T @ residual) ** 2
    total = np.maximum((residual**2).sum(axis=0), 1e-30)
    return np.asarray(power.reshape(-1, 2, residual.shape[1]).sum(axis=1) / total, dtype=np.float64)


def red_share(residual: Floats, basis: Basis) -> Floats:
    """Spectrum of first-order red noise with the series' own lag-one correlation, 1 at least.

    Returns
    -------
    (frequency, series) ndarray
        Relative to white noise of the same variance. Never below 1: the null hypothesis at a frequency is
        white or red, whichever explains more.
    """
    near = np.diff(basis.seconds) < GAP_S
    first, second = residual[:-1][near], residual[1:][near]
    total = np.maximum((residual**2).mean(axis=0), 1e-30)
    correlation = np.clip((first * second).mean(axis=0) / total, 0, 0.98)
    turn = np.cos(2 * np.pi * basis.frequency_hz * CADENCE_S)[:, None]
    spectrum = (1 - correlation**2) / (1 + correlation**2 - 2 * correlation * turn)
    return np.asarray(np.maximum(spectrum, 1.0), dtype=np.float64)


def log_chance(share: Floats, red: Floats, samples: int) -> Floats:
    """Logarithm of the chance that noise reaches a share at one frequency.

    Exact for white Gaussian noise: (1 - share) ** ((samples - 5) / 2), three terms of trend and two of the
    wave being fitted (Scargle 1982, doi:10.1086/160554).
    Red noise: the share is divided by the spectrum first.
    """
    level = np.minimum(share / red, 1 - 1e-12)
    return np.asarray((samples - TREND_ORDER - 3) / 2 * np.log1p(-level), dtype=np.float64)


@dataclass(frozen=True)
class Fit:
    """A periodic light curve.

    Attributes
    ----------
    period_s, period_error_s : float [s]
        Observed period and its 1-sigma error.
    amplitude : float
        Maximum less minimum of the fitted curve, in the unit of the series.
    coefficients : (term,) ndarray
        Cosine and sine of the fundamental, then of the second harmonic where it was fitted.
    share : float
        Of the detrended variance, explained by the fit.
    """

    period_s: float
    period_error_s: float
    amplitude: float
    coefficients: Floats
    share: float


def wave_columns(seconds: Floats, frequency_hz: float, terms: int) -> Floats:
    """Cosine and sine of the fundamental and, with ``terms`` 4, of the second harmonic."""
    phase = 2 * np.pi * frequency_hz * seconds
    rows = [np.cos(phase), np.sin(phase), np.cos(2 * phase), np.sin(2 * phase)]
    return np.stack(rows[:terms], axis=1)


def fit_period(residual: Floats, basis: Basis, start_hz: float) -> Fit:
    """Refine a period by least squares and state its error.

    Parameters
    ----------
    residual : (sample,) ndarray
        Detrended series.
    basis : Basis
    start_hz : float [Hz]
        Peak of the periodogram.

    Returns
    -------
    Fit
        The error is the larger of two: the formal one, from the residuals' variance (enlarged where
        neighbouring residuals correlate), and one from the scatter of the phase between six parts of the
        window, which holds what the formal one does not: a period that wanders, light of neighbours.
    """
    low, high = 1 / (1.2 * SLOWEST_S), 1 / (2.03 * CADENCE_S)
    frequency, step = start_hz, basis.frequency_hz[1] - basis.frequency_hz[0]
    terms = 4 if start_hz < 0.45 / (2 * CADENCE_S) else 2
    waves = wave_columns(basis.seconds, frequency, terms)
    coefficients = _solve(np.column_stack([basis.trend, waves]), residual)[0][TREND_ORDER + 1 :]
    for _ in range(8):
        slope = _turned(waves, coefficients, basis.seconds)
        solved, _ = _solve(np.column_stack([basis.trend, waves, slope]), residual)
        change = float(np.clip(solved[-1], -step, step))
        frequency = float(np.clip(frequency + change, low, high))
        coefficients = solved[TREND_ORDER + 1 : -1]
        waves = wave_columns(basis.seconds, frequency, terms)
        if abs(change) < 1e-3 * step:
            break
    design = np.column_stack([basis.trend, waves])
    solved, _ = _solve(design, residual)
    coefficients = solved[TREND_ORDER + 1 :]
    left = residual - design @ solved
    full = np.column_stack([design, _turned(waves, coefficients, basis.seconds)])
    free = max(len(left) - full.shape[1], 1)
    lag = float(np.clip((left[:-1] * left[1:]).sum() / max((left**2).sum(), 1e-30), 0, 0.8))
    formal = (left**2).sum() / free * (1 + lag) / (1 - lag) * _solve(full, residual)[1][-1, -1]
    wander = _wander(basis.seconds, waves, coefficients, left)
    period = 1 / frequency
    curve = wave_columns(np.linspace(0, period, 64), frequency, terms) @ coefficients
    return Fit(
        period_s=period,
        period_error_s=float(np.sqrt(max(formal, wander)) * period**2),
        amplitude=float(np.ptp(curve)),
        coefficients=coefficients,
        share=float(1 - (left**2).sum() / max((residual**2).sum(), 1e-30)),
    )


def _turned(waves: Floats, coefficients: Floats, rate: Floats) -> Floats:
    """Differentiate the fitted curve by phase [cycle], times a rate."""
    turned = np.empty_like(waves)
    for place in range(0, waves.shape[1], 2):
        factor = 2 * np.pi * (place // 2 + 1) * rate
        turned[:, place], turned[:, place + 1] = -factor * waves[:, place + 1], factor * waves[:, place]
    return np.asarray(turned @ coefficients, dtype=np.float64)


def _solve(design: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Least squares by the normal equations: solution, and inverse of the normal matrix.

    The matrix's diagonal is raised by 1e-12, so that columns that are alike to rounding have a solution.
    """
    scale = np.linalg.norm(design, axis=0) + 1e-30
    unit = design / scale
    normal = unit.T @ unit
    normal.flat[:: len(normal) + 1] += 1e-12
    inverse = np.linalg.inv(normal)
    return (inverse @ (unit.T @ values)) / scale, inverse / np.outer(scale, scale)


def _wander(seconds: Floats, waves: Floats, coefficients: Floats, left: Floats) -> float:
    """Variance of the frequency [Hz^2] that the scatter of the phase between parts of the window gives."""
    turned = _turned(waves, coefficients, np.ones(len(seconds)))
    length = (seconds[-1] - seconds[0]) * (1 + 1e-9)
    part = ((seconds - seconds[0]) / length * PHASE_PARTS).astype(np.int64)
    weight = np.bincount(part, turned**2, PHASE_PARTS)
    shift = np.bincount(part, turned * left, PHASE_PARTS) / np.maximum(weight, 1e-30)
    when = np.bincount(part, turned**2 * seconds, PHASE_PARTS) / np.maximum(weight, 1e-30)
    used = weight > 0.2 * weight.mean()
    if used.sum() < 4:
        return 0.0
    moment = ((when[used] - when[used].mean()) ** 2).sum()
    return float((shift[used] ** 2).sum() / (used.sum() - 2) / moment)


def aliases(
    period_s: float,
    cadence_s: float = CADENCE_S,
    exposure_s: float = EXPOSURE_S,
    shortest_s: float = SHORTEST_TRUE_S,
) -> tuple[Floats, Floats]:
    """List the true periods that sampling folds onto an observed one, and what the exposure leaves of each.

    Parameters
    ----------
    period_s : float [s]
        Observed.
    cadence_s, exposure_s : float [s]
    shortest_s : float [s]
        True periods below this are left out.

    Returns
    -------
    periods_s : (alias,) ndarray [s]
        Falling, the observed one first: 1 / f, 1 / (1/cadence - f), 1 / (1/cadence + f), ...
    factors : (alias,) ndarray
        Amplitude seen over true amplitude, sin(pi f t) / (pi f t) of the exposure time t.
    """
    rate, observed = 1 / cadence_s, 1 / period_s
    orders = np.arange(int(np.ceil(cadence_s / shortest_s)) + 1) * rate
    true = np.unique(np.concatenate([np.abs(orders - observed), orders + observed]))
    true = true[(true > 1e-9) & (true <= 1 / shortest_s * (1 + 1e-12))]
    return 1 / true, np.sinc(true * exposure_s)


def alias_text(period_s: float) -> str:
    """Alias set as tables carry it, ``7.5;5;2.14``."""
    return ";".join(f"{period:.3g}" for period in aliases(period_s)[0])
