"""Omnidirectional energy spectra of drifting Maxwellians, in the units of FPI."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENERGIES_EV = {"dis": np.geomspace(2.16, 28301.89, 32), "des": np.geomspace(6.52, 27525.0, 32)}
"""First and last energies of the burst tables of 2017."""
MASS_EV_S2_KM2 = {"dis": 938.272088e6 / 299792.458**2, "des": 0.51099895e6 / 299792.458**2}
SPREAD = 0.1
"""Relative noise of the flux."""
_KEPT_BITS = np.uint32(0xFFFF8000)  # eight bits of the mantissa: packs well, and is finer than the noise


def omni_flux(
    instrument: str,
    n_cm3: Floats,
    temperature_ev: Floats,
    speed_km_s: Floats,
    rng: np.random.Generator,
    radiation: Floats | None = None,
) -> NDArray[np.float32]:
    """Differential energy flux averaged over all directions, with noise.

    Parameters
    ----------
    instrument : str
        ``dis`` or ``des``.
    n_cm3, temperature_ev, speed_km_s : (time,) ndarray [cm^-3], [eV], [km/s]
    radiation : (time,) ndarray [keV/(cm^2 s sr keV)], optional
        Flat flux of penetrating radiation, added.

    Returns
    -------
    (time, 32) ndarray [keV/(cm^2 s sr keV)]

    Notes
    -----
    ``2 E^2/m^2 n (m/2 pi T)^(3/2) exp(-(E + D)/T) sinh(u)/u``, ``D = m V^2/2``, ``u = 2 (E D)^(1/2)/T``.
    """
    energy = ENERGIES_EV[instrument][None, :]
    mass = MASS_EV_S2_KM2[instrument]
    hot = np.maximum(temperature_ev, 1.0)[:, None]
    drift = 0.5 * mass * speed_km_s[:, None] ** 2
    u = np.maximum(2 * np.sqrt(energy * drift) / hot, 1e-6)
    # sinh(u)/u exp(-(E + D)/T), without overflow
    shape = np.exp(-((np.sqrt(energy) - np.sqrt(drift)) ** 2) / hot) * -np.expm1(-2 * u) / (2 * u)
    peak = n_cm3[:, None] * (mass / (2 * np.pi * hot)) ** 1.5
    flux = 1e5 * 2 * (energy / mass) ** 2 * peak * shape  # km/cm^3/s to cm^-2 s^-1
    if radiation is not None:
        flux = flux + radiation[:, None]
    seen = np.maximum(flux, 0) * np.exp(SPREAD * rng.standard_normal(flux.shape))
    kept: NDArray[np.float32] = (seen.astype(np.float32).view(np.uint32) & _KEPT_BITS).view(np.float32)
    return kept
