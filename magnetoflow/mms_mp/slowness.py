"""Slowness m = n/V of a plane boundary from times and positions, and what a shape of array can measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, outward

EXACT = 1e-7
"""Error of a direction that is taken as exact [rad]."""


@dataclass(frozen=True)
class TimingOptions:
    """Limits of timing.

    Attributes
    ----------
    max_elongation, max_planarity : float
        1 - b/a and 1 - c/b of the array: beyond, it counts as a line, as a plane.
    max_tilt_deg : float [deg]
        Above this 1-sigma tilt the times say nothing of the normal, and none is given.
    reliable_tilt_deg : float [deg]
    reliable_speed_error : float
        Of the speed, relative.
    position_error_km : float [km]
        1-sigma error of a position along any axis, of each spacecraft by itself.
    """

    max_elongation: float = 0.9
    max_planarity: float = 0.9
    max_tilt_deg: float = 45.0
    reliable_tilt_deg: float = 15.0
    reliable_speed_error: float = 0.3
    position_error_km: float = 0.0


DEFAULT = TimingOptions()


@dataclass(frozen=True)
class Array:
    """Shape of the positions that timing uses: semi-axes, their directions, and what they can measure."""

    axes_km: Floats
    directions: Floats
    kind: str
    elongation: float
    planarity: float
    condition: float


def array_shape(positions_km: Floats, options: TimingOptions = DEFAULT) -> Array:
    """Find the semi-axes of an array and what timing with it can measure.

    Parameters
    ----------
    positions_km : (spacecraft, 3) ndarray [km]
    options : TimingOptions

    Returns
    -------
    Array
        `condition` is a/c of the semi-axes.
    """
    centred = positions_km - positions_km.mean(axis=0)
    _, size, directions = np.linalg.svd(centred, full_matrices=True)
    axes = np.zeros(3)
    axes[: len(size)] = size / np.sqrt(len(positions_km))
    tiny = np.finfo(np.float64).eps
    a, b, c = np.maximum(axes, 0.0)
    # what subtraction of numbers of the size of the orbit leaves
    rounding = 8 * tiny * float(np.abs(positions_km).max())
    elongation = 1 - b / a if a > rounding else 1.0
    planarity = 1 - c / b if b > rounding else 1.0
    condition = float(a / max(c, a * tiny)) if a > rounding else 1 / tiny
    if a <= rounding or len(positions_km) < 2:
        kind = "none"
    elif elongation > options.max_elongation or len(positions_km) == 2:
        kind = "line"
    elif planarity > options.max_planarity or len(positions_km) == 3:
        kind = "plane"
    else:
        kind = "four"
    return Array(axes, directions, kind, float(elongation), float(planarity), condition)


NOTHING = Array(np.full(3, np.nan), np.full((3, 3), np.nan), "none", np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Solution:
    """m = n/V [s/km] with covariance; chi-square and degrees of freedom, constraints included."""

    m: Floats
    covariance: Floats
    chi2: float
    dof: float


@dataclass(frozen=True)
class Data:
    """Times and positions less their means, and covariance of the times, in the order of ascending probes."""

    probes: tuple[int, ...]
    mean_s: float
    t: Floats
    centre: Floats
    r: Floats
    covariance: Floats
    position_error_km: float
    v_sc_km_s: Floats

    def used(self) -> tuple[dict[int, float], dict[int, float]]:
        """Give back times and errors by probe [s]."""
        times = dict(zip(self.probes, (self.t + self.mean_s).tolist(), strict=True))
        errors = np.sqrt(np.diag(self.covariance)).tolist()
        return times, dict(zip(self.probes, errors, strict=True))

    def constrained(self, rows: Floats, errors: Floats) -> Solution:
        """Fit m, with ``rows @ m = 0`` to within `errors` times its length."""
        found = self._solve(rows, np.full(len(errors), EXACT), np.zeros(3))
        for _ in range(2 if len(errors) or self.position_error_km or self.v_sc_km_s.any() else 0):
            found = self._solve(rows, np.maximum(errors, EXACT), found.m)
        return found

    def _solve(self, rows: Floats, errors: Floats, m: Floats) -> Solution:
        """Generalised least squares; `m` is as known so far [s/km], zero where nothing is."""
        size = float(np.linalg.norm(m))
        count = len(self.t)
        # an error of the time moves the position at that time along
        times = self.covariance * (1 - float(m @ self.v_sc_km_s)) ** 2
        whole = times + np.eye(count) * (self.position_error_km * size) ** 2
        size = size or float(np.ptp(self.t)) / float(np.abs(self.r).max())
        whiten = np.linalg.inv(np.linalg.cholesky(whole))
        # unknowns m and t_0; by QR, as squares would lose the digits of tight constraints
        design = np.zeros((count + len(rows), 4))
        design[:count] = whiten @ np.column_stack([self.r, np.ones(count)])
        design[count:, :3] = rows / (errors * size)[:, None]
        wanted = np.concatenate([whiten @ self.t, np.zeros(len(rows))])
        scale = np.linalg.norm(design, axis=0)
        q, upper = np.linalg.qr(design / scale)
        root = np.linalg.inv(upper) / scale[:, None]
        found = root @ (q.T @ wanted)
        covariance = root[:3] @ root[:3].T
        return Solution(
            found[:3], covariance, float(np.sum((wanted - design @ found) ** 2)), len(design) - 4.0
        )


def axes_across(normal: Normal) -> tuple[Floats, Floats]:
    """Two directions across a normal, and the 1-sigma tilts along them [rad]; unknown ones count as 0."""
    covariance = normal.covariance if np.isfinite(normal.covariance).all() else np.zeros((3, 3))
    across = np.linalg.svd(normal.n[None, :])[2][1:]
    values, vectors = np.linalg.eigh(across @ covariance @ across.T)
    return vectors.T @ across, np.maximum(np.sqrt(np.maximum(values, 0.0)), EXACT)


def from_slowness(m: Floats, covariance: Floats, at_km: Floats) -> tuple[Floats, Floats, float, float]:
    """Turn m = n/V into normal and speed.

    Parameters
    ----------
    m : (3,) ndarray [s/km]
    covariance : (3, 3) ndarray [s^2/km^2]
    at_km : (3,) ndarray [km]
        Where: decides which side is outward.

    Returns
    -------
    n, covariance_n : (3,), (3, 3) ndarray [1], [rad^2]
    speed, error : float [km/s]
        Signed; 1/abs(m) less its bias to second order of the errors, V^3 (n C n - tr(P C)/2) for m of
        covariance C, P across n.
    """
    size = float(np.linalg.norm(m))
    direction = m / size
    speed = 1 / size
    across = np.eye(3) - np.outer(direction, direction)
    tilts = speed**2 * across @ covariance @ across
    along = speed**2 * float(direction @ covariance @ direction)
    # where the second order is large, the expansion does not hold
    bias = float(np.clip(along - np.trace(tilts) / 2, -0.1, 0.1))
    n = outward(direction, at_km)
    sign = 1.0 if n @ direction > 0 else -1.0
    return n, (tilts + tilts.T) / 2, sign * speed * (1 - bias), speed * float(np.sqrt(max(along, 0.0)))
