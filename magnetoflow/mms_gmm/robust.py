"""Shape of an ion spectrum in a few numbers that do not depend on units, energy table or single channels.

Each is an integral over log energy, and the edges of the channels are clipped to one interval that every
DIS energy table covers: a spectrum seen through two tables has the same features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BAND_EV = (220.0, 24_000.0)
"""Covered by the standard, the burst and the solar-wind tables."""
TAIL_EV = (9_000.0, 24_000.0)
"""Above the alpha particles of all but the fastest solar wind."""
LOW_EV, HIGH_EV = 100.0, 4000.0
MOST_MISSING = 0.2
"""Largest share of the band that may be missing."""


TAIL_FLOOR = -5.0
"""An empty tail counts as this, in dex below the band: below what one count in a minute gives."""
ONE_COUNT = 1e3
"""Energy flux of about one count a minute and channel [keV/(cm^2 s sr keV)]; less is not seen."""


@dataclass(frozen=True)
class RobustFeatures:
    """Shape of each spectrum; NaN where the spectrum is missing or zero in the band.

    Attributes
    ----------
    log_flux : (row,) ndarray [log10 keV/(cm^2 s sr keV)]
        Mean energy flux of the band, per unit of log energy.
    log_energy : (row,) ndarray [log10 eV]
        Mean log energy, weighted by flux.
    log_width : (row,) ndarray [log10, dex]
        Logarithm of the standard deviation of log10 energy, weighted by flux.
    log_core : (row,) ndarray [log10, dex]
        Logarithm of the width of the brightest part, in log10 energy: the width of the Gaussian that has the
        same second and third power integrals. A beam keeps its width below a broad and fainter population.
    log_tail : (row,) ndarray [dex]
        Mean flux of the tail (9-24 keV) over the mean flux of the band.
    log_excess : (row,) ndarray [dex]
        Mean flux of the tail over the lowest flux of the spectrum, which is the instrument's background: 0
        where no ion above 9 keV is seen, whatever the density of the beam and the level of penetrating
        radiation.
    log_ratio_high_low : (row,) ndarray [dex]
        Mean flux above 4 keV over mean flux below 100 eV; NaN for a table without channels there. The ratio
        of means, unlike the mean of logs, does not change with units and is not ruled by one empty channel.
    """

    log_flux: Floats
    log_energy: Floats
    log_width: Floats
    log_core: Floats
    log_tail: Floats
    log_excess: Floats
    log_ratio_high_low: Floats


def robust_features(flux: Floats, energy_ev: Floats) -> RobustFeatures:
    """Compute the shape of each spectrum.

    Parameters
    ----------
    flux : (row, channel) ndarray [keV/(cm^2 s sr keV)]
        Spectra; NaN where a channel is missing.
    energy_ev : (row, channel) ndarray [eV]
        Energy table of each row, ascending.

    Returns
    -------
    RobustFeatures
        A row is NaN where more than a fifth of the band is missing.
    """
    weight = band_weights(energy_ev, *BAND_EV)
    tail_weight = band_weights(energy_ev, *TAIL_EV)
    band, covered = _mean(flux, weight)
    tail, tail_covered = _mean(flux, tail_weight)
    share = np.where(np.isfinite(flux), weight * flux, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = share / share.sum(axis=1, keepdims=True)
        log_e = np.where(share > 0, np.log10(energy_ev), 0.0)
        mean = (share * log_e).sum(axis=1)
        spread = np.sqrt((share * (log_e - mean[:, None]) ** 2).sum(axis=1))
        core = _core_width(share, weight)
        shape = np.stack(
            [
                np.log10(band),
                mean,
                np.log10(spread),
                np.log10(core),
                np.maximum(np.log10(tail) - np.log10(band), TAIL_FLOOR),
                np.log10(tail + ONE_COUNT) - np.log10(_lowest(flux) + ONE_COUNT),
            ]
        )
    usable = (covered >= 1 - MOST_MISSING) & (tail_covered >= 1 - MOST_MISSING) & (band > 0)
    shape[:, ~usable] = np.nan
    names = ("log_flux", "log_energy", "log_width", "log_core", "log_tail", "log_excess")
    return RobustFeatures(
        **dict(zip(names, shape, strict=True)), log_ratio_high_low=_ratio_high_low(flux, energy_ev)
    )


def band_weights(energy_ev: Floats, low: float, high: float) -> Floats:
    """Part of the band that each channel covers.

    Parameters
    ----------
    energy_ev : (row, channel) ndarray [eV]
        Ascending. Channels meet half way in log energy.
    low, high : float [eV]
        The band.

    Returns
    -------
    (row, channel) ndarray
        Covered part of the band in log energy; sums to 1 for a table that covers the band.
    """
    log_e = np.log(energy_ev)
    middle = 0.5 * (log_e[:, 1:] + log_e[:, :-1])
    first, last = 2 * log_e[:, :1] - middle[:, :1], 2 * log_e[:, -1:] - middle[:, -1:]
    edges = np.clip(np.concatenate([first, middle, last], axis=1), np.log(low), np.log(high))
    return np.asarray(np.diff(edges, axis=1) / (np.log(high) - np.log(low)))


def _lowest(flux: Floats) -> Floats:
    """Lowest mean of three neighbouring channels; NaN where no three neighbours are there."""
    three = (flux[:, :-2] + flux[:, 1:-1] + flux[:, 2:]) / 3.0
    lowest = np.where(np.isfinite(three), three, np.inf).min(axis=1)
    return np.where(np.isfinite(lowest), lowest, np.nan)


def _core_width(share: Floats, weight: Floats) -> Floats:
    """Find the standard deviation [dex] of a Gaussian with the integrals of the squared and cubed spectrum.

    For A exp(-x^2/2s^2) the integral of the n-th power is A^n s sqrt(2 pi/n); A and the constant cancel in
    I2^3/I3^2 = s sqrt(2 pi) 3/2^1.5.
    """
    dex = np.log10(BAND_EV[1] / BAND_EV[0])
    density = np.divide(share, weight, out=np.zeros_like(share), where=weight > 0)
    second = (weight * density**2).sum(axis=1) * dex
    third = (weight * density**3).sum(axis=1) * dex
    return np.asarray(second**3 / third**2 / (np.sqrt(2 * np.pi) * 3 / 2**1.5))


def _mean(flux: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Mean flux over the channels that are there, and the part of the band that they cover."""
    seen = np.where(np.isfinite(flux) & np.isfinite(weight), weight, 0.0)
    covered = seen.sum(axis=1)
    total = np.where(seen > 0, seen * flux, 0.0).sum(axis=1)
    return np.divide(total, covered, out=np.full(len(flux), np.nan), where=covered > 0), covered


def _ratio_high_low(flux: Floats, energy_ev: Floats) -> Floats:
    """log10 of mean flux above 4 keV over mean flux below 100 eV; NaN where either is zero or missing."""
    high, _ = _mean(flux, (energy_ev > HIGH_EV).astype(np.float64))
    low, _ = _mean(flux, (energy_ev < LOW_EV).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log10(high) - np.log10(low)
    return np.where(np.isfinite(ratio), ratio, np.nan)
