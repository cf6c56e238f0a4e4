"""Distributions of given counts, for the tests of preparing."""

import numpy as np

from magnetoflow.rept_pad.background import one_count_flux
from magnetoflow.rept_pad.data import Distributions
from magnetoflow.rept_pad.prepare import PrepareOptions

ANGLES = (np.arange(17) + 0.5) * 180 / 17
ENERGIES = np.array([1.8, 2.1, 2.6, 3.4, 4.2, 5.2, 6.3, 7.7, 9.9, 12.3, 15.2, 20.0])
UNIT = one_count_flux(ENERGIES, 0.2, 0.32, 0.25)
LOCAL = PrepareOptions(equator=False)
BARE = PrepareOptions(background="none")


def records(counts, *, b_ratio=1.0, shell=5.0):
    """Distributions of so many counts in each native bin."""
    n = len(counts)
    full = [
        np.broadcast_to(np.asarray(one, dtype=float), (n,)).copy()
        for one in (shell, shell, 12.0, 0.0, b_ratio)
    ]
    return Distributions(
        np.datetime64("2013-03-17", "ns") + np.arange(n) * np.timedelta64(11, "s"),
        (counts * UNIT).astype(np.float32),
        ANGLES,
        ENERGIES,
        *full,
        np.zeros(n, dtype=np.uint16),
    )


def bin_means(power, b_ratio=1.0):
    """Mean of sin^power of the equatorial angle over each native bin."""
    inside = ANGLES[:, None] + (np.arange(200) + 0.5) / 200 * 180 / 17 - 90 / 17
    return (b_ratio ** (power / 2) * np.sin(np.radians(inside)) ** power).mean(axis=1)


def drawn(n, level, *, power=1.0, b_ratio=1.0, seed=0, **more):
    expected = level * bin_means(power, b_ratio)[:, None] * np.ones(12)
    return records(np.random.default_rng(seed).poisson(expected, (n, 17, 12)), b_ratio=b_ratio, **more)
