"""Power spectra, cross spectra and wavelets of series with gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.mms_mp.data import Floats, Times
from magnetoflow.mms_mp.resampling import spacing_s, stretches
from magnetoflow.series import Series

MORLET = 6.0
"""Angular frequency of the Morlet wavelet, in units of its inverse scale."""


@dataclass(frozen=True)
class Spectrum:
    """One-sided power spectral densities by the mean over windows.

    Attributes
    ----------
    frequency_hz : (frequency,) ndarray [Hz]
    power : (frequency, component) ndarray [unit^2/Hz]
        The integral over frequency is the variance.
    error : (frequency, component) ndarray [unit^2/Hz]
        1-sigma error, ``power`` over the root of the number of independent windows.
    windows : int
    """

    frequency_hz: Floats
    power: Floats
    error: Floats
    windows: int


@dataclass(frozen=True)
class CrossSpectrum:
    """What two series have in common at each frequency.

    Attributes
    ----------
    frequency_hz : (frequency,) ndarray [Hz]
    cross : (frequency,) ndarray of complex [unit_a unit_b/Hz]
        One-sided, conjugate of the first times the second.
    coherence : (frequency,) ndarray
        Squared, 0 to 1; 1 for a single window, which tells nothing.
    phase_deg, phase_error_deg : (frequency,) ndarray [deg]
        How far the second series leads the first, with its 1-sigma error.
    windows : int
    """

    frequency_hz: Floats
    cross: NDArray[np.complex128]
    coherence: Floats
    phase_deg: Floats
    phase_error_deg: Floats
    windows: int


def power_spectrum(series: Series, window_s: float) -> Spectrum:
    """Estimate power spectral densities from Hann windows that overlap by half, none across a gap.

    Parameters
    ----------
    series : Series
        (time,) or (time, component).
    window_s : float [s]
        Length of a window; its inverse is the step in frequency.

    Returns
    -------
    Spectrum

    Raises
    ------
    InsufficientData
        No stretch without gaps is as long as a window.

    Notes
    -----
    Welch 1967, doi:10.1109/TAU.1967.1161901. Neighbouring Hann windows correlate by a sixth,
    so that each counts for 18/19.
    """
    values = series.values.reshape(len(series.time), -1)
    step = spacing_s(series.time)
    transforms = _transforms(series.time, values, step, window_s)
    frequency, scale = _scale(step, window_s)
    power = scale[:, None] * np.mean(np.abs(transforms) ** 2, axis=0)
    independent = max(18 / 19 * len(transforms), 1.0)
    return Spectrum(frequency, power, power / np.sqrt(independent), len(transforms))


def cross_spectrum(a: Series, b: Series, window_s: float) -> CrossSpectrum:
    """Estimate cross spectrum, coherence and phase of two series on the same times.

    Parameters
    ----------
    a, b : Series
        (time,), same times; see :func:`magnetoflow.mms_mp.resampling.resample`.
    window_s : float [s]

    Returns
    -------
    CrossSpectrum

    Raises
    ------
    InsufficientData
        No stretch without gaps of both is as long as a window.
    VariableError
        The times differ.

    References
    ----------
    Bendat and Piersol, Random Data, 4th edition, chapter 9: error of the phase.
    """
    if len(a.time) != len(b.time) or not (a.time == b.time).all():
        raise VariableError(
            "two series with different times",
            where=f"{a.name}, {b.name}",
            todo="bring them to the same times first",
        )
    both = np.stack([a.values, b.values], axis=1)
    if both.ndim != 2:
        raise VariableError("a cross spectrum is of two scalars", where=f"{a.name}, {b.name}")
    step = spacing_s(a.time)
    transforms = _transforms(a.time, both, step, window_s)
    frequency, scale = _scale(step, window_s)
    cross = scale * np.mean(transforms[:, :, 0].conj() * transforms[:, :, 1], axis=0)
    power = scale[:, None] * np.mean(np.abs(transforms) ** 2, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        coherence = np.minimum(np.abs(cross) ** 2 / (power[:, 0] * power[:, 1]), 1.0)
        independent = max(18 / 19 * len(transforms), 1.0)
        error = np.sqrt((1 - coherence) / (2 * coherence * independent))
    return CrossSpectrum(
        frequency,
        cross,
        coherence,
        np.rad2deg(np.angle(cross)),
        np.rad2deg(np.minimum(error, np.pi / np.sqrt(3))),  # at most that of any phase at all
        len(transforms),
    )


def _transforms(time: Times, values: Floats, step: float, window_s: float) -> NDArray[np.complex128]:
    """Fourier transforms (window, frequency, component) of Hann windows without their straight lines."""
    length = round(window_s / step)
    if length < 4:
        raise InsufficientData(
            "window too short for a spectrum", why=f"{window_s} s hold {length} samples, expected at least 4"
        )
    place = np.linspace(-0.5, 0.5, length)
    found = []
    for first, last in stretches(time, np.asarray(np.isfinite(values).all(axis=1))):
        for begin in range(first, last - length + 1, max(length // 2, 1)):
            part = values[begin : begin + length]
            part = part - part.mean(axis=0)
            part = part - place[:, None] * (place @ part) / (place @ place)
            found.append(np.fft.rfft(_hann(length)[:, None] * part, axis=0)[1:])
    if not found:
        raise InsufficientData(
            "no stretch without gaps is as long as a window", why=f"window of {window_s} s", todo="shorten it"
        )
    return np.stack(found)


def _hann(length: int) -> Floats:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def _scale(step: float, window_s: float) -> tuple[Floats, Floats]:
    """Frequencies without 0, and what makes squares of transforms one-sided densities."""
    length = round(window_s / step)
    frequency = np.asarray(np.fft.rfftfreq(length, step)[1:], dtype=np.float64)
    scale = np.full(len(frequency), 2 * step / np.sum(_hann(length) ** 2))
    if length % 2 == 0:
        scale[-1] /= 2
    return frequency, scale


def wavelet_power(series: Series, frequency_hz: Floats) -> Floats:
    """Power of a Morlet wavelet over time and frequency.

    Parameters
    ----------
    series : Series
        (time,), evenly spaced but for gaps.
    frequency_hz : (frequency,) ndarray [Hz]

    Returns
    -------
    (frequency, time) ndarray [unit^2/Hz]
        One-sided density; NaN within 2^1/2 scales of a gap, a missing sample or an end (cone of influence).

    References
    ----------
    Torrence & Compo 1998, doi:10.1175/1520-0477(1998)079<0061:APGTWA>2.0.CO;2, section 3.
    """
    if series.values.ndim != 1:
        raise VariableError("a wavelet spectrum is of a scalar", where=series.name)
    step = spacing_s(series.time)
    scales = (MORLET + np.sqrt(2 + MORLET**2)) / (4 * np.pi * np.asarray(frequency_hz, dtype=np.float64))
    result = np.full((len(scales), len(series.time)), np.nan)
    for first, last in stretches(series.time, np.isfinite(series.values)):
        part = series.values[first:last] - series.values[first:last].mean()
        length = 1 << (2 * len(part) - 1).bit_length()
        transform = np.fft.fft(part, length)
        omega = 2 * np.pi * np.fft.fftfreq(length, step)
        edge = step * np.minimum(np.arange(len(part)) + 1, np.arange(len(part), 0, -1))
        for k, scale in enumerate(scales):
            daughter = np.where(omega > 0, np.exp(-((scale * omega - MORLET) ** 2) / 2), 0.0)
            wave = np.fft.ifft(transform * daughter)[: len(part)]
            # white noise of variance s^2 has the density 2 s^2 step
            density = 2 * step * np.abs(wave) ** 2 / np.mean(daughter**2)
            result[k, first:last] = np.where(edge > np.sqrt(2) * scale, density, np.nan)
    return result
