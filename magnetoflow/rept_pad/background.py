"""Counts behind a flux, the background under it, and which energies stand above that background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.data import Floats, Prepared

REPT_FLOOR = {6.3: 4.0, 7.7: 2.5, 9.9: 1.7, 12.3: 6.0, 15.2: 2.6, 20.0: 0.24}
"""Flux that REPT shows at every L, from the rounded mean fluxes; none is seen below 6.3 MeV. [MeV, cm^-2 s^-1
sr^-1 MeV^-1]"""
NO_FLOOR_BELOW_MEV = 5.7
SAME_ENERGY = 0.05
"""Two energies this near, as a share, are the same channel."""


def one_count_flux(
    energy_mev: Floats, geometric_factor_cm2_sr: float, bin_seconds: float, relative_width: float
) -> Floats:
    """Flux that one count stands for, from the geometry of the instrument.

    Parameters
    ----------
    energy_mev : (energy,) ndarray [MeV]
    geometric_factor_cm2_sr : float [cm^2 sr]
    bin_seconds : float [s]
        Time that one spin spends in one bin of pitch angle.
    relative_width : float [1]
        Width of a channel over its energy.

    Returns
    -------
    (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        1/(G dE dt).
    """
    width = relative_width * np.asarray(energy_mev, dtype=float)
    return np.asarray(1 / (geometric_factor_cm2_sr * width * bin_seconds))


def floor_flux(energy_mev: Floats, background: str | Sequence[float]) -> Floats:
    """Flux that the background gives in each channel.

    Parameters
    ----------
    energy_mev : (energy,) ndarray [MeV]
    background : str or sequence of float [cm^-2 s^-1 sr^-1 MeV^-1]
        ``rept``: :data:`REPT_FLOOR`; ``none``: 0; or a flux for each channel.

    Returns
    -------
    (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]

    Raises
    ------
    ConfigError
        Not as many fluxes as channels, or a channel that the table of REPT does not know.
    """
    if background == "none":
        return np.zeros(len(energy_mev))
    if background == "rept":
        return np.array([_rept_floor(float(one)) for one in energy_mev])
    return by_channel(background, energy_mev, "prepare.background", zero=True)


def by_channel(values: str | Sequence[float], energy_mev: Floats, key: str, *, zero: bool) -> Floats:
    """Check a number for each channel.

    Raises
    ------
    ConfigError
        Not as many as channels, not finite, negative, or 0 where `zero` is false.
    """
    numbers = np.array([np.nan]) if isinstance(values, str) else np.asarray(values, dtype=float)
    good = np.isfinite(numbers) & ((numbers >= 0) if zero else (numbers > 0))
    if numbers.shape != np.shape(energy_mev) or not good.all():
        raise ConfigError(
            f"{key} does not fit the channels",
            where=key,
            why=f"one flux for each of {len(energy_mev)} channels was expected, found {values!r}",
            todo="give one flux in cm^-2 s^-1 sr^-1 MeV^-1 for each channel",
        )
    return numbers


def significant(
    counts: Floats, background: Floats, exposure: Floats, sigma: float, min_counts: float
) -> NDArray[np.bool_]:
    """Test whether counts stand above the background.

    Parameters
    ----------
    counts, background : (t, energy) ndarray [count]
        Sums over the bins of a record.
    exposure : (t, energy) ndarray [native bin]
        Native bins in those sums.
    sigma : float [1]
        In the error of the background, sqrt(background).
    min_counts : float [count]
        Mean excess per native bin.
    """
    excess = counts - background
    above = excess >= sigma * np.sqrt(background)
    return np.asarray(above & (excess >= min_counts * exposure) & (excess > 0))


def signal_counts(p: Prepared) -> Floats:
    """Sum the counts above the background, in the energies that have signal.

    Returns
    -------
    (t,) ndarray [count]
        0 in a record without signal.
    """
    measured = np.isfinite(p.counts)
    energies = np.where(measured, p.counts, 0).sum(axis=1, dtype=np.float64)
    under = np.einsum("tae,ae->te", measured, p.background)
    return np.asarray(np.where(p.signal, np.maximum(energies - under, 0), 0).sum(axis=1))


def _rept_floor(energy: float) -> float:
    if energy < NO_FLOOR_BELOW_MEV:
        return 0.0
    known = [flux for at, flux in REPT_FLOOR.items() if abs(energy - at) <= SAME_ENERGY * at]
    if not known:
        raise ConfigError(
            "no background is known for this energy",
            where="prepare.background",
            why=f"the table of REPT holds {', '.join(f'{one:g}' for one in REPT_FLOOR)} MeV, "
            f"not {energy:g} MeV",
            todo="give one flux for each channel, or none",
        )
    return known[0]
