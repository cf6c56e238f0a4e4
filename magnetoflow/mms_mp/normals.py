"""A boundary normal as every method states it, with its covariance; angles between normals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.mms_mp.data import FRAME
from magnetoflow.mms_mp.shue import shue_normal

Floats = NDArray[np.float64]
NOT_A_TIME = np.datetime64("NaT", "ns")


@dataclass(frozen=True)
class Normal:
    """Outward normal of the magnetopause by one method.

    Attributes
    ----------
    method : str
        ``mva``, ``mva_bn0``, ``shue1997``, ``shue1998``, ``mdd``, ``curlometer``, ``timing``, ``cta``,
        ``da``, ``mtv``, ``hybrid``, ``faraday`` and others.
    probe : int or None
        None where several spacecraft gave it.
    n : (3,) ndarray
        Unit vector, away from the Earth; NaN where the method gives none.
    covariance : (3, 3) ndarray [rad^2]
        Of `n`, zero along it; NaN where unknown.
    start, stop : datetime64[ns]
        Interval used; NaT where the method uses none.
    speed_km_s, speed_error_km_s : float [km/s]
        Of the boundary along `n`, positive away from the Earth, with its 1-sigma error; NaN where the method
        gives none.
    points : int
        Samples used.
    quality : mapping of str to float
        Numbers that judge the method: ratios of eigenvalues, condition, residuals.
    reliable : bool
    reason : str
        Why it is not reliable.
    frame : str
    """

    method: str
    probe: int | None
    n: Floats
    covariance: Floats
    start: np.datetime64 = NOT_A_TIME
    stop: np.datetime64 = NOT_A_TIME
    speed_km_s: float = np.nan
    speed_error_km_s: float = np.nan
    points: int = 0
    quality: Mapping[str, float] = field(default_factory=dict)
    reliable: bool = True
    reason: str = ""
    frame: str = FRAME

    @property
    def error_deg(self) -> float:
        """Root of the larger variance of tilt [deg]."""
        if not np.isfinite(self.covariance).all():
            return float("nan")
        return float(np.rad2deg(np.sqrt(max(np.linalg.eigvalsh(self.covariance)[-1], 0.0))))


def unknown_normal(method: str, reason: str, probe: int | None = None) -> Normal:
    """Stand for a normal that a method cannot give, with the reason."""
    return Normal(method, probe, np.full(3, np.nan), np.full((3, 3), np.nan), reliable=False, reason=reason)


def unit(vector: ArrayLike) -> Floats:
    """Vector of length 1, (..., 3); NaN for a vector of length 0."""
    values = np.asarray(vector, dtype=np.float64)
    size = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(values / np.where(size > 0, size, np.nan))


def outward(n: ArrayLike, position_km: ArrayLike) -> Floats:
    """Turn a normal away from the Earth.

    Parameters
    ----------
    n : (3,) array_like
    position_km : (3,) array_like [km, same frame]
        Of the spacecraft. The sign follows the normal of the Shue et al. 1998 model there (X component of
        the outward normal included), not the radial direction: at the flanks they differ by up to 30 degrees.

    Returns
    -------
    (3,) ndarray
    """
    normal = unit(n)
    return normal if np.dot(normal, shue_normal(position_km)) >= 0 else -normal


def angle_deg(a: ArrayLike, b: ArrayLike, *, axes: bool = False) -> float:
    """Angle between two vectors [deg]; between two axes, whose signs mean nothing, at most 90.

    Parameters
    ----------
    a, b : (3,) array_like
    axes : bool

    Notes
    -----
    From sine and cosine, so that small angles keep their digits.
    """
    first, second = unit(a), unit(b)
    cosine = float(first @ second)
    sine = float(np.linalg.norm(np.cross(first, second)))
    return float(np.rad2deg(np.arctan2(sine, abs(cosine) if axes else cosine)))
