"""Where in the analytic picture of the reconnection site a spacecraft was, from its scaled measurements."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import correlate1d

from magnetoflow.errors import ConfigError, VariableError
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
    ok_error: float = 2.5


@dataclass(frozen=True)
class Location:
    """Mean and standard deviation of the place, given all measurements of the segment.

    Attributes
    ----------
    x, y : (time,) ndarray [d_i]
        Along the outflow, and normal to the sheet, southward; NaN in a segment without any input.
    x_error, y_error : (time,) ndarray [d_i]
        Standard deviations.
    misfit : (time,) ndarray
        Mean square of (measured - model at the place) / tolerance over the inputs at hand; NaN without any.
    ok : (time,) ndarray of bool
        Measured then, well fitted (misfit below 4), and known to `ok_error`.
    """

    x: Floats
    y: Floats
    x_error: Floats
    y_error: Floats
    misfit: Floats
    ok: NDArray[np.bool_]


def locate(
    features: ArrayLike, segment: ArrayLike, site: Site | None = None, options: LocationOptions | None = None
) -> Location:
    """Find the path through the analytic picture that agrees with the measurements.

    A hidden Markov model on a grid of places: Gaussian emissions around the fields of the site, a random walk
    between steps, and the posterior mean by the forward-backward recursion (Rabiner 1989, 10.1109/5.18626).

    Parameters
    ----------
    features : (time, 14) array_like
        Scaled, in the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`; NaN where missing.
    segment : (time,) array_like of int
        Number of the stretch without a gap; each stretch is searched for by itself.
    site : Site, optional
        The picture; by default that of the reference crossing.
    options : LocationOptions, optional

    Returns
    -------
    Location

    Raises
    ------
    VariableError
        Shapes do not fit.
    ConfigError
        A tolerance is not positive, or of no feature.
    """
    options = options or LocationOptions()
    values, number = np.asarray(features, dtype=np.float64), np.asarray(segment)
    if values.ndim != 2 or values.shape[1] != len(FEATURES) or number.shape != values.shape[:1]:
        raise VariableError("features and segments do not fit", why=f"{values.shape} and {number.shape}")
    grid = _Grid.of(site or Site(), options)
    out = np.full((5, len(values)), np.nan)
    edges = np.flatnonzero(np.diff(number)) + 1
    for rows in np.split(np.arange(len(values)), edges):
        if len(rows):
            out[:, rows] = _segment(values[rows], grid, options)
    x, y, x_error, y_error, misfit = out
    measured = np.isfinite(values[:, grid.columns]).any(axis=1)
    ok = measured & (misfit < 4) & (np.maximum(x_error, y_error) <= options.ok_error)
    return Location(x, y, x_error, y_error, misfit, ok)


@dataclass(frozen=True)
class _Grid:
    """The model on the grid, and the steps of the random walk along each axis."""

    x: Floats
    y: Floats
    columns: NDArray[np.int64]
    tolerance: Floats
    model: NDArray[np.float32]
    x_walk: _Walk
    y_walk: _Walk
    stays: NDArray[np.float32]

    @classmethod
    def of(cls, site: Site, options: LocationOptions) -> _Grid:
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
        walks = _Walk.of(x, spread), _Walk.of(y, spread)
        stays = np.outer(walks[0].stays, walks[1].stays)
        return cls(x, y, columns, tolerance, model.astype(np.float32), *walks, stays)


def _axis(limit: float, step: float) -> Floats:
    """Places from minus to plus the limit, exactly mirrored."""
    half = np.arange(1, round(limit / step) + 1) * step
    return np.concatenate([-half[::-1], [0.0], half])


@dataclass(frozen=True)
class _Walk:
    """Chances to go from one place of an axis to those near it within a step; none leaves the grid."""

    kernel: NDArray[np.float32]
    stays: NDArray[np.float32]

    @classmethod
    def of(cls, places: Floats, spread: float) -> _Walk:
        step = places[1] - places[0]
        reach = min(int(np.ceil(4 * spread / step)), (len(places) - 1) // 2)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / spread) ** 2)
        stays = np.convolve(np.ones(len(places)), kernel / kernel.sum(), mode="same")
        return cls((kernel / kernel.sum()).astype(np.float32), stays.astype(np.float32))


def _spread(state: NDArray[np.float32], grid: _Grid) -> NDArray[np.float32]:
    """Convolve with the kernels of both axes; unlike a product of matrices, in one thread."""
    along = correlate1d(state, grid.x_walk.kernel, axis=0, mode="constant")
    return np.asarray(correlate1d(along, grid.y_walk.kernel, axis=1, mode="constant"), dtype=np.float32)


def _segment(values: Floats, grid: _Grid, options: LocationOptions) -> Floats:
    """Place, errors and misfit in one stretch without a gap, (5, time)."""
    size = max(1, round(options.step_s / options.cadence_s))
    starts = np.arange(0, len(values), size)
    scaled = values[:, grid.columns] / grid.tolerance
    known = np.isfinite(scaled)
    if not known.any():
        return np.full((5, len(values)), np.nan)
    count = np.add.reduceat(known.astype(np.float64), starts, axis=0)
    mean = np.add.reduceat(np.where(known, scaled, 0.0), starts, axis=0) / np.maximum(count, 1)
    there = (count > 0).astype(np.float32)
    square = _squares(mean.astype(np.float32), there, grid.model)
    chance = _likelihood(square, there, options)
    moments = _posterior(chance, grid)
    middle = np.minimum(starts + (size - 1) / 2, len(values) - 1)
    rows = np.arange(len(values))
    x, y, x_error, y_error = (np.interp(rows, middle, column) for column in moments.T)
    nearest = _cells(moments, grid)
    used = there.sum(axis=1)
    misfit = np.where(used > 0, square[np.arange(len(starts)), nearest] / np.maximum(used, 1), np.nan)
    return np.stack([x, y, x_error, y_error, misfit[rows // size]])


def _squares(
    mean: NDArray[np.float32], there: NDArray[np.float32], model: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Sum of squared differences in tolerances, (step, place); a missing input adds nothing."""
    known = mean * there
    square = (known**2).sum(axis=1)[:, None] - 2 * known @ model.T + there @ (model**2).T
    return np.asarray(np.maximum(square, 0), dtype=np.float32)


def _likelihood(
    square: NDArray[np.float32], there: NDArray[np.float32], options: LocationOptions
) -> NDArray[np.float32]:
    """Weight of each place, (step, place); the best of a step near 1, never below the outlier's share."""
    best = square.min(axis=1, keepdims=True)
    weight = (1 - options.outlier) * np.exp(-0.5 * (square - best)) + options.outlier
    shared = min(1.0, options.step_s / options.memory_s)
    weight[there.sum(axis=1) == 0] = 1
    return np.asarray(weight ** np.float32(shared), dtype=np.float32)


def _posterior(chance: NDArray[np.float32], grid: _Grid) -> Floats:
    """Mean x, y and their standard deviations at each step, (step, 4)."""
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


def _moments(chance: Floats, grid: _Grid) -> Floats:
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


def _cells(moments: Floats, grid: _Grid) -> NDArray[np.int64]:
    """Place of the grid nearest to each mean."""
    rows = [
        np.rint((moments[:, k] - places[0]) / (places[1] - places[0])).astype(np.int64)
        for k, places in enumerate((grid.x, grid.y))
    ]
    return np.asarray(rows[0] * len(grid.y) + rows[1], dtype=np.int64)
