"""How strong the planted electrons are: spectra over L, background, what one count is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENERGY_MEV = np.array([1.8, 2.1, 2.6, 3.4, 4.2, 5.2, 6.3, 7.7, 9.9, 12.3, 15.2, 20.0])
GEOMETRIC_FACTOR_CM2_SR, BIN_S, RELATIVE_WIDTH = 0.2, 0.32, 0.25
ONE_COUNT = 1.0 / (GEOMETRIC_FACTOR_CM2_SR * BIN_S * RELATIVE_WIDTH * ENERGY_MEV)
"""Flux that one count in one bin stands for, (energy,) [cm^-2 s^-1 sr^-1 MeV^-1]."""

FLOOR = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 2.5, 1.7, 6.0, 2.6, 0.24])
"""Background, the same from all directions, (energy,) [cm^-2 s^-1 sr^-1 MeV^-1]."""

_MEAN = {
    3.0: (4.9e3, 2.7e3, 1.3e3, 5.2e2, 1.3e2, 25.0, 4.5, 2.8),
    4.0: (1.7e6, 6.9e5, 2.6e5, 8.1e4, 1.6e4, 4.2e3, 3.2e2, 8.5),
    5.0: (1.2e6, 4.3e5, 1.5e5, 4.7e4, 9.7e3, 2.7e3, 2.1e2, 6.4),
    6.0: (1.3e5, 4.7e4, 1.4e4, 3.1e3, 4.5e2, 77.0, 7.9, 3.0),
}
"""Long means of the flux at 1.8 to 7.7 MeV by L, with background; above 7.7 MeV only that is seen."""

_PEAK, _INNER, _EDGE_L = 1.15, 0.1, 2.8
"""Peak near L 4.3 over the value at 4; share of the peak left at L 3.4; the inner edge above 2 MeV."""
_OUTER_L = np.interp(ENERGY_MEV, [1.8, 3.4, 5.2], [5.9, 5.6, 5.4])
"""Where a tenth of the peak is left outside, (energy,)."""
_LEAST = 1e-4


def spectrum(l_shell: Floats) -> Floats:
    """Mean flux of the trapped electrons at a pitch angle of 90 degrees, without background.

    Rounded long means, interpolated in the logarithm; how the means were taken over pitch angle is not
    known, and they are taken as the flux at 90 degrees.

    Parameters
    ----------
    l_shell : (t,) ndarray

    Returns
    -------
    (t, energy) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
    """
    means = np.maximum(np.array(list(_MEAN.values())) - FLOOR[:8], _LEAST)
    out = np.full((len(l_shell), len(ENERGY_MEV)), _LEAST)
    for at in range(8):
        at3, at4, at5, at6 = means[:, at]
        peak = _PEAK * at4
        outer = _OUTER_L[at]
        places = [2.0, _EDGE_L, 3.0, 3.4, 4.0, 4.3, 5.0, outer, 6.0, 7.5]
        beyond = at6 * (at6 / at5) ** 1.5
        values = [
            1e-4 * at3,
            0.1 * at3,
            at3,
            max(at3, _INNER * peak),
            at4,
            peak,
            at5,
            _INNER * peak,
            at6,
            beyond,
        ]
        out[:, at] = np.exp(np.interp(l_shell, places, np.log(values)))
    return out


def mean_e0_mev(l_shell: Floats) -> Floats:
    """E0 of the best exponential exp(-E/E0) of the mean spectrum, (t,) ndarray [MeV]."""
    return np.asarray(np.interp(l_shell, [3.0, 4.0, 5.0, 6.0], [0.66, 0.57, 0.57, 0.46]))


def hardened(flux: Floats, l_shell: Floats, e0_mev: Floats) -> Floats:
    """Give mean spectra another E0; the flux at 1.8 MeV stays.

    Parameters
    ----------
    flux : (t, energy) ndarray
        Of :func:`spectrum`.
    l_shell : (t,) ndarray
    e0_mev : (t,) ndarray [MeV]
    """
    change = 1.0 / e0_mev - 1.0 / mean_e0_mev(l_shell)
    return np.asarray(flux * np.exp(-change[:, None] * (ENERGY_MEV - ENERGY_MEV[0])))


def scattered_e0_mev(l_shell: Floats, deviate: Floats) -> Floats:
    """E0 of records whose 1/E0 scatters by 0.25 /MeV about that of the mean spectrum, 0.3 to 1 MeV.

    Parameters
    ----------
    l_shell, deviate : (t,) ndarray
        The second is standard normal.
    """
    return np.asarray(1.0 / np.clip(1.0 / mean_e0_mev(l_shell) + 0.25 * deviate, 1.0, 1.0 / 0.3))
