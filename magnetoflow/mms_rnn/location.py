"""Where in the analytic picture of the reconnection site a spacecraft was, from its scaled measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import VariableError
from magnetoflow.mms_rnn.analytic import Site
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.location_grid import Grid, LocationOptions, cells, posterior

Floats = NDArray[np.float64]
MOST = 1e3
"""Larger measurements, in tolerances, say no more than this."""


@dataclass(frozen=True)
class Location:
    """Mean and standard deviation of the place, given all measurements of the path.

    Attributes
    ----------
    x, y : (time,) ndarray [d_i]
        Along the outflow, and normal to the sheet, southward; NaN in a path without any input.
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
    features: ArrayLike,
    segment: ArrayLike,
    site: Site | None = None,
    options: LocationOptions | None = None,
    *,
    time: ArrayLike | None = None,
) -> Location:
    """Find the path through the analytic picture that agrees with the measurements.

    A hidden Markov model on a grid of places: Gaussian emissions around the fields of the site, a random walk
    between steps, and the posterior mean by the forward-backward recursion (Rabiner 1989, 10.1109/5.18626).

    Parameters
    ----------
    features : (time, 14) array_like
        Scaled, in the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`; NaN where missing.
    segment : (time,) array_like of int
        Number of the stretch without a gap.
    site : Site, optional
        The picture; by default that of the reference crossing.
    options : LocationOptions, optional
    time : (time,) array_like of datetime64, optional
        With it, stretches apart by `join_s` at most are searched for as one path; else each by itself.

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
    grid = Grid.of(site or Site(), options)
    out = np.full((5, len(values)), np.nan)
    for first, end, blanks in _paths(number, time, options):
        out[:, first:end] = _path(values[first:end], number[first:end], blanks, grid, options)
    x, y, x_error, y_error, misfit = out
    measured = np.isfinite(values[:, grid.columns]).any(axis=1)
    ok = measured & (misfit < 4) & (np.maximum(x_error, y_error) <= options.ok_error)
    return Location(x, y, x_error, y_error, misfit, ok)


def _paths(
    segment: NDArray[np.generic], time: ArrayLike | None, options: LocationOptions
) -> list[tuple[int, int, list[int]]]:
    """First row, row after the last, and the steps that each gap within takes, of each path."""
    starts = np.flatnonzero(np.diff(segment)) + 1
    if time is None:
        apart = np.full(len(starts), np.inf)
    else:
        centre = np.asarray(time, dtype="datetime64[ns]")
        apart = (centre[starts] - centre[starts - 1]) / np.timedelta64(1, "s")
    paths, first, blanks = [], 0, list[int]()
    for start, seconds in zip(starts, apart, strict=True):
        if 0 < seconds <= options.join_s:
            blanks.append(max(round(seconds / options.step_s) - 1, 0))
        else:
            paths.append((first, int(start), blanks))
            first, blanks = int(start), []
    return [*paths, (first, len(segment), blanks)] if len(segment) else []


def _path(
    values: Floats, segment: NDArray[np.generic], blanks: list[int], grid: Grid, options: LocationOptions
) -> Floats:
    """Place, errors and misfit of one path, (5, time)."""
    if not np.isfinite(values[:, grid.columns]).any():
        return np.full((5, len(values)), np.nan)
    rows = np.split(np.arange(len(values)), np.flatnonzero(np.diff(segment)) + 1)
    stretches = [_stretch(values[part], grid, options) for part in rows]
    chances, places, at = [], [], 0
    for one, blank in zip(stretches, [*blanks, 0], strict=True):
        chances += [one.chance, np.ones((blank, one.chance.shape[1]), dtype=np.float32)]
        places.append(slice(at, at + len(one.chance)))
        at += len(one.chance) + blank
    moments = posterior(np.concatenate(chances), grid)
    found = [one.samples(moments[place], grid) for one, place in zip(stretches, places, strict=True)]
    return np.concatenate(found, axis=1)


@dataclass(frozen=True)
class _Stretch:
    """Steps of a stretch without a gap: samples in all and in a step, misfits and weights of the places."""

    count: int
    size: int
    used: Floats
    square: NDArray[np.float32]
    chance: NDArray[np.float32]

    def samples(self, moments: Floats, grid: Grid) -> Floats:
        """Bring the steps' place, errors and misfit to the samples, (5, time)."""
        rows = np.arange(self.count)
        middle = np.minimum(np.arange(len(moments)) * self.size + (self.size - 1) / 2, self.count - 1)
        lines = [np.interp(rows, middle, column) for column in moments.T]
        square = self.square[np.arange(len(moments)), cells(moments, grid)]
        misfit = np.where(self.used > 0, square / np.maximum(self.used, 1), np.nan)
        return np.stack([*lines, misfit[rows // self.size]])


def _stretch(values: Floats, grid: Grid, options: LocationOptions) -> _Stretch:
    """Average samples over steps, and weigh the places by them."""
    size = max(1, round(options.step_s / options.cadence_s))
    starts = np.arange(0, len(values), size)
    scaled = np.clip(values[:, grid.columns] / grid.tolerance, -MOST, MOST)
    known = np.isfinite(scaled)
    count = np.add.reduceat(known.astype(np.float64), starts, axis=0)
    mean = np.add.reduceat(np.where(known, scaled, 0.0), starts, axis=0) / np.maximum(count, 1)
    there = (count > 0).astype(np.float32)
    square = _squares(mean.astype(np.float32), there, grid.model)
    return _Stretch(len(values), size, there.sum(axis=1), square, _likelihood(square, there, options))


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
