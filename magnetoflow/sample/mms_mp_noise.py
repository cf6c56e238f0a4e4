"""Noise of the instruments in the magnetopause sample: white, and 1/f."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfftfreq

from magnetoflow.sample.mms_mp_plan import CrossingEvent

Floats = NDArray[np.float64]

RECIPE = "mms_mp sample 1"
# white and 1/f noise (1 sigma): a share of densities and pressures, km/s of velocities, nT, mV/m, V
NOISE: dict[str, tuple[float, float]] = {
    "fgm": (0.03, 0.02), "dis n": (0.03, 0.01), "dis v": (6.0, 2.0), "des n": (0.03, 0.01),
    "des v": (25.0, 5.0), "pressure": (0.03, 0.0), "hpca n": (0.15, 0.0), "hpca v": (10.0, 0.0),
    "edp": (0.3, 0.1), "potential": (0.05, 0.02),
}  # fmt: skip


def generator(probe: int, what: str, event: CrossingEvent | None = None) -> np.random.Generator:
    """Random numbers of one spacecraft and purpose."""
    name = event.id if event else "all"
    digest = hashlib.sha256(f"{RECIPE} {name} {probe} {what}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def noise(rng: np.random.Generator, shape: tuple[int, ...], step_s: float, kind: str) -> Floats:
    """White noise and 1/f noise, the latter from the frequency of the whole series up.

    Returns
    -------
    ndarray
        Each column has the standard deviations of `NOISE`, in expectation.
    """
    white, pink = NOISE[kind]
    found = white * rng.standard_normal(shape)
    if pink:
        size = next_fast_len(shape[0], real=True)
        frequency = rfftfreq(size, step_s)
        weight = np.zeros(frequency.size)
        weight[1:] = frequency[1:] ** -0.5
        parts = rng.standard_normal((2, frequency.size, *shape[1:]))
        spectrum = (parts[0] + 1j * parts[1]) * weight.reshape(-1, *[1] * (len(shape) - 1))
        expected = np.sqrt(4 * np.sum(weight**2)) / size
        found += pink / expected * irfft(spectrum, size, axis=0)[: shape[0]]
    return np.asarray(found)
