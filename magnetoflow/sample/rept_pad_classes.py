"""The planted classes of pitch-angle distributions: parameters of their curves over energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TURN_MEV = 3.4
"""Last energy that has the class's own shape in classes which are pancakes above."""
SHAPES = ("pancake", "flattop", "butterfly", "cap", "field-aligned", "isotropic", "background")
"""Names of the codes of shapes."""
BACKGROUND, EMPTY = 0, -1
"""Class ids of records without trapped electrons, and of records without any measurement."""


@dataclass(frozen=True)
class PlantedClass:
    """Means, spreads and limits of the shape's parameters in one class.

    Attributes
    ----------
    id : str
    n, d, w_deg : tuple of float
        Mean, standard deviation, least and greatest of sin^n and of the dip 1 - d exp(-((a - 90)/w)^2).
    n_slope, d_slope : float
        Change over ln(E / 3.4 MeV).
    knee : bool
        Flat between 45 and 135 degrees: sin a is not more than sin 45.
    above : tuple of float or None
        `n` above 3.4 MeV, where neither dip nor knee is left; None: the shape stays.
    """

    id: str
    n: tuple[float, float, float, float]
    d: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    w_deg: tuple[float, float, float, float] = (25.0, 0.0, 15.0, 30.0)
    n_slope: float = 0.0
    d_slope: float = 0.0
    knee: bool = False
    above: tuple[float, float, float, float] | None = None


CLASSES = (
    PlantedClass("steep_pancake", (3.5, 0.14, 3.0, 4.0), n_slope=0.15),
    PlantedClass("mild_pancake", (1.5, 0.11, 1.0, 2.0), n_slope=0.15),
    PlantedClass(
        "strong_butterfly",
        (1.1, 0.08, 0.8, 1.5),
        (0.55, 0.04, 0.42, 0.7),
        (22.0, 1.5, 16.0, 28.0),
        above=(2.6, 0.14, 2.1, 3.1),
    ),
    PlantedClass(
        "weak_butterfly",
        (0.75, 0.06, 0.5, 1.0),
        (0.3, 0.03, 0.2, 0.4),
        (25.0, 1.2, 20.0, 30.0),
        d_slope=-0.03,
    ),
    PlantedClass("flattop", (0.34, 0.035, 0.2, 0.48), n_slope=0.03),
    PlantedClass("saturated_flattop", (2.5, 0.17, 1.9, 3.1), knee=True, above=(1.7, 0.12, 1.3, 2.2)),
)
"""Class id 1 is the first."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of each record's curve at each energy.

    Attributes
    ----------
    n, d, w_deg : (t, energy) ndarray [1, 1, deg]
    knee : (t, energy) ndarray of bool
    """

    n: Floats
    d: Floats
    w_deg: Floats
    knee: NDArray[np.bool_]


def parameters_of(class_id: NDArray[np.integer], deviates: Floats, energy_mev: Floats) -> Parameters:
    """Parameters of the curves of some records.

    Parameters
    ----------
    class_id : (t,) ndarray of int
        Records of no class are isotropic.
    deviates : (t, 4) ndarray
        Standard normal: of n, d, w and of n above 3.4 MeV.
    energy_mev : (energy,) ndarray [MeV]
    """
    full = (len(class_id), len(energy_mev))
    n, d, w, knee = np.zeros(full), np.zeros(full), np.full(full, 25.0), np.zeros(full, dtype=bool)
    steps = np.log(energy_mev / TURN_MEV)
    for number, planted in enumerate(CLASSES, start=1):
        rows = np.flatnonzero(class_id == number)
        of_n, of_d, of_w, of_above = deviates[rows].T
        n[rows] = _drawn(planted.n, of_n, planted.n_slope * steps)
        d[rows] = _drawn(planted.d, of_d, planted.d_slope * steps)
        w[rows] = _drawn(planted.w_deg, of_w, 0.0 * steps)
        knee[rows] = planted.knee
        if planted.above is not None:
            above = np.ix_(rows, np.flatnonzero(energy_mev > TURN_MEV * 1.001))
            n[above] = _drawn(planted.above, of_above, np.zeros(above[1].size))
            d[above], knee[above] = 0.0, False
    return Parameters(n, d, w, knee)


def _drawn(limits: tuple[float, float, float, float], deviate: Floats, change: Floats) -> Floats:
    """Mean, spread and change over energy, within the limits; (t, energy)."""
    mean, spread, least, greatest = limits
    return np.clip(mean + spread * deviate[:, None] + change, least, greatest)
