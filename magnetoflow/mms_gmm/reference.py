"""The published three features of an ion spectrum, to the letter, for many spectra at once.

Sources
-------
Definition: the features of Toy-Edens et al. 2024, doi:10.1029/2024JA032431, with the peak parameters in
public use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled
from magnetoflow.mms_gmm.peaks import highest_peak

Floats = NDArray[np.float64]

LOW_EV, HIGH_EV, SLOPE_EV = 100.0, 4000.0, 300.0
SLOPE_LIMIT = 0.7
FLUX_FLOOR = 1e-6
LOG10_E = 1.0 / np.log(10.0)
PEAK_HEIGHT, PEAK_PROMINENCE, PEAK_WIDTH = 1.0, 0.2, 1.0


@dataclass(frozen=True)
class ReferenceFeatures:
    """Published features of each spectrum; NaN where there is no spectrum.

    Attributes
    ----------
    ratio_max_width : (row,) ndarray
        Twice the left half width of the highest peak, as a fraction of the channels.
    ratio_high_low : (row,) ndarray
        Mean log flux above 4 keV over mean log flux below 100 eV.
    pseudofeature : (row,) ndarray
        Pearson correlation of energy and log flux above 300 eV.
    zeroed : (row,) ndarray
        1 where the definition sets the two ratios to zero, else 0.
    """

    ratio_max_width: Floats
    ratio_high_low: Floats
    pseudofeature: Floats
    zeroed: Floats


def reference_features(flux: Floats, energy_ev: Floats) -> ReferenceFeatures:
    """Compute the published features.

    Parameters
    ----------
    flux : (row, channel) ndarray [keV/(cm^2 s sr keV)]
        Spectra; a row with any NaN is missing.
    energy_ev : (row, channel) ndarray [eV]
        Energy table of each row, ascending.

    Returns
    -------
    ReferenceFeatures

    Notes
    -----
    A table without a channel below 100 eV leaves ``ratio_high_low`` undefined for the instrument, not for the
    plasma, so both ratios are missing there instead of zero.
    """
    columns = np.full((4, len(flux)), np.nan)
    _reference_rows(flux, energy_ev, _new_tables(energy_ev), columns)
    return ReferenceFeatures(*columns)


def _new_tables(energy_ev: Floats) -> NDArray[np.bool_]:
    """Rows whose energy table is not that of the row before: few, as tables rarely change."""
    new = np.ones(len(energy_ev), dtype=bool)
    new[1:] = (energy_ev[1:] != energy_ev[:-1]).any(axis=1)
    return new


@compiled
def _reference_rows(flux, energy_ev, new_table, columns):  # type: ignore[no-untyped-def]
    channels = flux.shape[1]
    levels = np.empty(channels)
    low = high = slope = 0
    mean_e = spread_e = 0.0
    for row in range(flux.shape[0]):
        energy = energy_ev[row]
        if new_table[row]:
            low = _first_above(energy, LOW_EV, strict=False)
            high = _first_above(energy, HIGH_EV, strict=True)
            slope = _first_above(energy, SLOPE_EV, strict=True)
            mean_e = _mean(energy, slope, channels)
            spread_e = _products(energy, mean_e, energy, mean_e, slope)
        if np.isnan(energy[channels - 1]) or not _log_levels(flux[row], levels):
            continue
        mean_l = _mean(levels, slope, channels)
        norm = np.sqrt(spread_e * _products(levels, mean_l, levels, mean_l, slope))
        r = _products(energy, mean_e, levels, mean_l, slope) / norm if norm > 0.0 else np.nan
        columns[2, row] = r
        if low == 0:
            continue
        mean_low = _mean(levels, 0, low)
        peak, left, _ = highest_peak(levels, PEAK_HEIGHT, PEAK_PROMINENCE, PEAK_WIDTH)
        undefined = peak < 0 or high == channels or mean_low == 0.0
        zeroed = undefined or channels - slope < 2 or r > SLOPE_LIMIT
        columns[0, row] = 0.0 if zeroed else 2.0 * (peak - left) / channels
        columns[1, row] = 0.0 if zeroed else _mean(levels, high, channels) / mean_low
        columns[3, row] = 1.0 if zeroed else 0.0


@compiled
def _log_levels(flux, levels):  # type: ignore[no-untyped-def]
    """Fill `levels` with log10 of the flux; False where a flux is missing."""
    for i in range(flux.size):
        # the C library's log is twice as fast as its log10, and the last digit does not matter
        levels[i] = np.log(flux[i] + FLUX_FLOOR) * LOG10_E
    return np.isfinite(levels).all()


@compiled
def _first_above(energy_ev, limit, strict):  # type: ignore[no-untyped-def]
    """First channel of an ascending table above (not strict: at) a limit; else the number of channels."""
    i = 0
    while i < energy_ev.size and (energy_ev[i] < limit or (strict and energy_ev[i] == limit)):
        i += 1
    return i


@compiled
def _mean(values, start, stop):  # type: ignore[no-untyped-def]
    """Mean of some channels; NaN where there is none."""
    total = 0.0
    for i in range(start, stop):
        total += values[i]
    return total / (stop - start) if stop > start else np.nan


@compiled
def _products(x, mean_x, y, mean_y, start):  # type: ignore[no-untyped-def]
    """Sum of the products of two deviations over the channels from `start` on."""
    total = 0.0
    for i in range(start, x.size):
        total += (x[i] - mean_x) * (y[i] - mean_y)
    return total
