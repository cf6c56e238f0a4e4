"""Grid of places in the analytic picture, and the chances of a random walk between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from magnetoflow.errors import ConfigError
from magnetoflow.mms_rnn.analytic import Site, fields
from magnetoflow.mms_rnn.classes import FEATURES

Floats = NDArray[np.float64]
TOLERANCE = {"Bx": 0.2, "By": 0.15, "Bz": 0.25, "Ey": 0.6, "ni": 0.15, "vix": 0.25}
"""How far a measurement may be from the model and still speak for the place [B0, E0, n0, v_A]: noise, and
what other sites differ from this one. Inputs not named here are not used."""
LOWEST = 1e-30


@dataclass(frozen=True)
class LocationOptions:
    """Grid, tolerances and prior of the search.

    Attributes
    ----------
    x_limit, y_limit : float [d_i]
        The grid reaches from minus to plus this.
    x_step, y_step : float [d_i]
    tolerance : mapping of feature to float
        See :data:`TOLERANCE`.
    outlier : float
        Share of the measurements that say nothing about the place.
    cadence_s, step_s : float [s]
        Time between samples; samples are averaged over about the second.
    memory_s : float [s]
        What differs from the model stays so for this long: as many samples count as one.
    speed : float [d_i s^-1/2]
        Standard deviation of the random walk after one second, along each axis.
    join_s : float [s]
        Longest gap over which a path goes on, if times are given.
    ok_error : float [d_i]
        A place whose larger standard error exceeds this is not `ok`.
    """

    x_limit: float = 8.0
    y_limit: float = 5.0
    x_step: float = 0.2
    y_step: float = 0.1
    tolerance: dict[str, float] = field(default_factory=lambda: dict(TOLERANCE))
    outlier: float = 0.01
    cadence_s: float = 0.03
    step_s: float = 0.15
    memory_s: float = 1.2
    speed: float = 0.5
    join_s: float = 20.0
    ok_error: float = 2.5


@dataclass(frozen=True)
class Grid:
    """The model on the grid, and the steps of the random walk along each axis."""

    x: Floats
    y: Floats
    columns: NDArray[np.int64]
    tolerance: Floats
    model: NDArray[np.float32]
    x_walk: Walk
    y_walk: Walk
    stays: NDArray[np.float32]

    @classmethod
    def of(cls, site: Site, options: LocationOptions) -> Grid:
        """Compute the fields of the site at the places.

        Raises
        ------
        ConfigError
            A tolerance is not positive, or of no feature.
        """
        foreign = sorted(set(options.tolerance) - set(FEATURES))
        if foreign or not options.tolerance or min(options.tolerance.values()) <= 0:
            raise ConfigError(
                "wrong tolerances of the location",
                why=f"not features: {foreign}" if foreign else "each must be above 0",
            )
        x, y = _axis(options.x_limit, options.x_step), _axis(options.y_limit, options.y_step)
        columns = np.array([FEATURES.index(name) for name in options.tolerance])
        tolerance = np.array(list(options.tolerance.values()))
        places = np.meshgrid(x, y, indexing="ij")
        model = fields(places[0].ravel(), places[1].ravel(), site)[:, columns] / tolerance
        spread = options.speed * np.sqrt(options.step_s)
        walks = Walk.of(x, spread), Walk.of(y, spread)
        stays = np.outer(walks[0].stays, walks[1].stays)
        return cls(x, y, columns, tolerance, model.astype(np.float32), *walks, stays)


def _axis(limit: float, step: float) -> Floats:
    """Places from minus to plus the limit, exactly mirrored."""
    half = np.arange(1, round(limit / step) + 1) * step
    return np.concatenate([-half[::-1], [0.0], half])


@dataclass(frozen=True)
class Walk:
    """Chances to go from one place of an axis to those near it within a step; none leaves the grid."""

    kernel: NDArray[np.float32]
    stays: NDArray[np.float32]

    @classmethod
    def of(cls, places: Floats, spread: float) -> Walk:
        """Make the kernel of a normal walk with this standard deviation, in the unit of the places."""
        step = places[1] - places[0]
        reach = min(int(np.ceil(4 * spread / step)), (len(places) - 1) // 2)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / spread) ** 2)
        stays = np.convolve(np.ones(len(places)), kernel / kernel.sum(), mode="same")
        return cls((kernel / kernel.sum()).astype(np.float32), stays.astype(np.float32))


def _spread(state: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """Convolve with the kernels of both axes; unlike a product of matrices, in one thread."""
    along = correlate1d(state, grid.x_walk.kernel, axis=0, mode="constant")
    return np.asarray(correlate1d(along, grid.y_walk.kernel, axis=1, mode="constant"), dtype=np.float32)


def posterior(chance: NDArray[np.float32], grid: Grid) -> Floats:
    """Compute mean x, y and their standard deviations at each step by the forward-backward recursion.

    Parameters
    ----------
    chance : (step, place) ndarray
        Weight of each place of the grid by the measurements of the step; 1 everywhere without any.
    grid : Grid

    Returns
    -------
    (step, 4) ndarray [d_i]
    """
    shape = (len(grid.x), len(grid.y))
    forward = np.empty((len(chance), *shape), dtype=np.float32)
    state = np.ones(shape, dtype=np.float32)
    for step, weight in enumerate(chance):
        if step:
            state = _spread(forward[step - 1] / grid.stays, grid)
        weighted = state * weight.reshape(shape)
        forward[step] = weighted / weighted.sum()
    later = np.ones(shape, dtype=np.float32)
    moments = np.empty((len(chance), 4))
    for step in range(len(chance) - 1, -1, -1):
        both = (forward[step] * later).astype(np.float64)
        moments[step] = _moments(both, grid)
        later = _spread(later * chance[step].reshape(shape), grid) / grid.stays
        later /= max(float(later.max()), LOWEST)
    return moments


def _moments(chance: Floats, grid: Grid) -> Floats:
    """Means and standard deviations of a distribution over the grid."""
    total = max(float(chance.sum()), LOWEST)
    found = []
    for places, part in ((grid.x, chance.sum(axis=1) / total), (grid.y, chance.sum(axis=0) / total)):
        mean = float(part @ places)
        found.append(
            (mean, float(np.sqrt(max(part @ (places - mean) ** 2, (places[1] - places[0]) ** 2 / 12))))
        )
    (x, x_error), (y, y_error) = found
    return np.array([x, y, x_error, y_error])


def cells(moments: Floats, grid: Grid) -> NDArray[np.int64]:
    """Find the place of the grid nearest to each mean."""
    rows = [
        np.rint((moments[:, k] - places[0]) / (places[1] - places[0])).astype(np.int64)
        for k, places in enumerate((grid.x, grid.y))
    ]
    return np.asarray(rows[0] * len(grid.y) + rows[1], dtype=np.int64)
