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
        Energy table of each row.

    Returns
    -------
    ReferenceFeatures

    Notes
    -----
    A table without a channel below 100 eV leaves ``ratio_high_low`` undefined for the instrument, not for the
    plasma, so both ratios are missing there instead of zero.
    """
    columns = np.full((4, len(flux)), np.nan)
    _reference_rows(flux, energy_ev, columns)
    return ReferenceFeatures(*columns)


@compiled
def _reference_rows(flux, energy_ev, columns):  # type: ignore[no-untyped-def]
    levels = np.empty(flux.shape[1])
    for row in range(flux.shape[0]):
        if not _log_levels(flux[row], energy_ev[row], levels):
            continue
        low = _mean_between(levels, energy_ev[row], 0.0, LOW_EV)
        high = _mean_between(levels, energy_ev[row], HIGH_EV, np.inf)
        slope, channels = _correlation_above(energy_ev[row], levels, SLOPE_EV)
        columns[2, row] = slope
        if np.isnan(low):
            continue
        peak, left, _ = highest_peak(levels, PEAK_HEIGHT, PEAK_PROMINENCE, PEAK_WIDTH)
        undefined = peak < 0 or np.isnan(high) or low == 0.0
        zeroed = undefined or channels < 2 or slope > SLOPE_LIMIT
        columns[0, row] = 0.0 if zeroed else 2.0 * (peak - left) / levels.size
        columns[1, row] = 0.0 if zeroed else high / low
        columns[3, row] = 1.0 if zeroed else 0.0


@compiled
def _log_levels(flux, energy_ev, levels):  # type: ignore[no-untyped-def]
    """Fill `levels` with log10 of the flux; False where a flux or an energy is missing."""
    for i in range(flux.size):
        if not (np.isfinite(flux[i]) and np.isfinite(energy_ev[i])):
            return False
        levels[i] = np.log10(flux[i] + FLUX_FLOOR)
    return True


@compiled
def _mean_between(values, energy_ev, low, high):  # type: ignore[no-untyped-def]
    """Mean over the channels strictly between two energies; NaN where there is none."""
    total, count = 0.0, 0
    for i in range(values.size):
        if low < energy_ev[i] < high:
            total += values[i]
            count += 1
    return total / count if count else np.nan


@compiled
def _correlation_above(energy_ev, levels, limit):  # type: ignore[no-untyped-def]
    """Pearson r of energy and level over the channels above `limit`, and the number of these channels."""
    mean_x = _mean_between(energy_ev, energy_ev, limit, np.inf)
    mean_y = _mean_between(levels, energy_ev, limit, np.inf)
    xx = yy = xy = 0.0
    count = 0
    for i in range(levels.size):
        if energy_ev[i] > limit:
            x, y = energy_ev[i] - mean_x, levels[i] - mean_y
            xx += x * x
            yy += y * y
            xy += x * y
            count += 1
    norm = np.sqrt(xx * yy)
    return (xy / norm if norm > 0.0 else np.nan), count
