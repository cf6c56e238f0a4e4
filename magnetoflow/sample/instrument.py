"""What a dual ion spectrometer makes of a spectrum: energy tables, resolution, scattering, counts."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CADENCE_S = 4.50003
CHANNELS = 32
TABLE_ENDS_EV = {
    "standard": (11.33, 26584.79),  # geometric mean of the two stepped tables below
    "even": (10.64, 24971.88),
    "odd": (12.06, 28301.89),
    "shifted": (10.96, 27525.0),
    "low": (2.16, 17800.0),
    "solar_wind": (194.0, 28301.89),
}
DELTA_SHARE = 0.1245  # published half width of a channel over its energy
RESOLUTION = 0.055  # standard deviation of the analyser's energy response, 13 % full width at half maximum
_NODES, _WEIGHTS = np.array([-1.7320508, 0.0, 1.7320508]), np.array([1.0, 4.0, 1.0]) / 6.0


def energy_table(kind: str) -> Floats:
    """Channel energies of a table, ascending, (channel,) ndarray [eV]."""
    return np.geomspace(*TABLE_ENDS_EV[kind], CHANNELS)


def response_nodes(energy_ev: Floats) -> tuple[Floats, Floats]:
    """Energies and weights whose weighted mean of the flux is what a channel reports.

    A fast record averages two stepped tables a quarter of a channel below and above the published energy,
    each seen through the analyser's resolution (three-point Gauss-Hermite rule).

    Parameters
    ----------
    energy_ev : (..., channel) ndarray [eV]

    Returns
    -------
    nodes : (..., channel, node) ndarray [eV]
    weights : (node,) ndarray
    """
    ratio = (energy_ev[..., -1:] / energy_ev[..., :1]) ** (1.0 / (energy_ev.shape[-1] - 1))
    quarter = np.log(ratio)[..., None] / 4.0
    shifts = np.concatenate([-quarter + RESOLUTION * _NODES, quarter + RESOLUTION * _NODES], axis=-1)
    return energy_ev[..., None] * np.exp(shifts), np.concatenate([_WEIGHTS, _WEIGHTS]) / 2.0


def scattered(flux: Floats, energy_ev: Floats, share: Floats) -> Floats:
    """Flux that ions scattered in the analyser add to the channels below their own.

    It falls with the square root of the ratio of the energies.

    Parameters
    ----------
    flux : (time, channel) ndarray [keV/(cm^2 s sr keV)]
    energy_ev : (channel,) ndarray [eV], ascending
    share : (time,) ndarray
        Share of a channel's flux that appears just below it.
    """
    ratio = energy_ev[:, None] / energy_ev[None, :]
    kernel = np.where(ratio > 1.0, ratio ** (-0.5), 0.0)  # [source, target]
    # einsum, not a matrix product: the number of BLAS threads would change the last bit
    return np.asarray(share[:, None] * np.einsum("ts,sc->tc", flux, kernel))


def background(level: Floats, slope: Floats, upturn: Floats, energy_ev: Floats) -> Floats:
    """Background energy flux: nearly flat over energy, with an upturn at the lowest channels.

    Parameters
    ----------
    level : (time,) ndarray [keV/(cm^2 s sr keV)]
        Value at 300 eV without the upturn.
    slope : (time,) ndarray
        Power of the energy.
    upturn : (time,) ndarray
        Added share up to 12 eV, falling as E^-1.5 above.
    energy_ev : (time, channel) ndarray [eV]
    """
    low_end = np.maximum(energy_ev / 12.0, 1.0) ** -1.5
    shape = (energy_ev / 300.0) ** slope[:, None] + upturn[:, None] * low_end
    return np.asarray(level[:, None] * shape)


def jitter(shape: tuple[int, ...], memory: float, rng: np.random.Generator) -> Floats:
    """First-order autoregressive series of unit variance along the first axis."""
    noise = rng.standard_normal(shape)
    noise[1:] *= np.sqrt(1.0 - memory**2)
    # the bytes of scipy.signal.lfilter, whose import takes longer than the series of a day
    steps = noise.tolist() if noise.ndim == 1 else noise
    return np.array(list(accumulate(steps, lambda past, new: memory * past + new))).reshape(shape)


def counts(flux: Floats, quantum: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Poisson counts of a flux; one count is worth `quantum` in the flux's unit."""
    return rng.poisson(flux / quantum)
