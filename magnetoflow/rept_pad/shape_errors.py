"""How far the shapes that a reduction gives lie from measured ones, in units of the errors of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Floats, Prepared


@dataclass(frozen=True)
class ShapeErrors:
    """Shapes against records, the level of each energy of each record free.

    Attributes
    ----------
    level : (n, energy) ndarray
        By which the shapes are multiplied; NaN without signal.
    chi_squared : (n, energy) ndarray [1]
    freedom : (n, energy) ndarray of int
        Bins less one; 0 without signal.
    """

    level: Floats
    chi_squared: Floats
    freedom: NDArray[np.int64]

    def by_energy(self) -> Floats:
        """Root of chi squared per degree of freedom, (energy,) ndarray [sigma]; NaN without signal."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.sqrt(self.chi_squared.sum(axis=0) / self.freedom.sum(axis=0)))

    @property
    def total(self) -> float:
        """Root of chi squared per degree of freedom, all energies together [sigma]."""
        return float(np.sqrt(self.chi_squared.sum() / max(int(self.freedom.sum()), 1)))


def shape_errors(p: Prepared, shapes: NDArray[np.floating], error_floor: float) -> ShapeErrors:
    """Compare shapes with records.

    Parameters
    ----------
    p : Prepared
    shapes : (n, angle, energy) ndarray [1]
        Flux at the angles of `p` up to a factor of each energy; values below 0 count as 0.
    error_floor : float [1]
        Error of a bin beside that of its counts, relative to the shape.

    Returns
    -------
    ShapeErrors
        A level makes the counts of shape and record equal.
    """
    flux, curve = p.flux.astype(np.float64), np.maximum(shapes.astype(np.float64), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(p.counts > 0, flux / p.counts, p.one_count)
    used = np.isfinite(flux) & np.isfinite(curve) & p.signal[:, None, :]
    used &= (used.sum(axis=1) > 1)[:, None, :]
    net = np.where(used, flux - p.floor, 0.0)
    curve, unit = np.where(used, curve, 0.0), np.where(used, unit, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = (net / unit).sum(axis=1) / (curve / unit).sum(axis=1)
        level = np.where(np.isfinite(level), level, np.nan)
        expected = np.nan_to_num(level)[:, None, :] * curve
        # a bin without an expected count still has the error of one
        variance = unit * np.maximum(expected + p.floor, unit) + (error_floor * expected) ** 2
        squares = np.where(used, (net - expected) ** 2 / variance, 0.0)
    freedom = np.maximum(used.sum(axis=1) - 1, 0)
    return ShapeErrors(level, squares.sum(axis=1), freedom)
