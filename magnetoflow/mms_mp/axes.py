"""Axes of the boundary, the shape of the array, and gradients between spacecraft, as results.

Vectors are in the frame of the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from magnetoflow.mms_mp.data import FRAME, Floats, Times
from magnetoflow.mms_mp.normals import NOT_A_TIME, Normal


@dataclass(frozen=True)
class Lmn:
    """Axes of the boundary: L along the reversing field, N outward, M = N x L.

    Attributes
    ----------
    matrix : (3, 3) ndarray
        Rows L, M, N: ``v_lmn = matrix @ v``; determinant +1.
    method : str
        Of N; ``hybrid`` where N is from gradients and L from variance.
    reason : str
        Why this method was chosen.
    covariance : (3, 3) ndarray [rad^2]
        Of the turns about L, M and N: the tilt of N toward M is the turn about L.
    start, stop : datetime64[ns]
        Interval used.
    eigenvalues : (3,) ndarray [nT^2]
        Variances, falling; NaN where N is not by variance.
    b_n_nt, b_n_error_nt : float [nT]
        Mean field along N.
    reliable : bool
    constraint : str
        ``<B_n> = 0``, or empty.
    frame : str
    """

    matrix: Floats
    method: str
    reason: str
    covariance: Floats
    start: np.datetime64 = NOT_A_TIME
    stop: np.datetime64 = NOT_A_TIME
    eigenvalues: Floats = field(default_factory=lambda: np.full(3, np.nan))
    b_n_nt: float = np.nan
    b_n_error_nt: float = np.nan
    reliable: bool = True
    constraint: str = ""
    frame: str = FRAME


@dataclass(frozen=True)
class Orientation:
    """Normals by all methods, the angles between them, and the axes that were chosen.

    Attributes
    ----------
    lmn : Lmn
    normals : tuple of Normal
        Of every method and spacecraft; those that cannot be given are not reliable, with the reason.
    variance : mapping of int to Lmn
        Axes by minimum variance of each spacecraft.
    nested : tuple of mapping
        One per spacecraft and window: ``probe``, ``half_window_s``, ``points``, ``ratio_12``, ``ratio_23``,
        ``angle_deg`` (of N to the chosen N), ``error_deg``, ``b_n_nt``, ``b_n_error_nt``.
    """

    lmn: Lmn
    normals: tuple[Normal, ...]
    variance: Mapping[int, Lmn] = field(default_factory=dict)
    nested: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True)
class Formation:
    """Shape of the array of spacecraft at one time.

    Attributes
    ----------
    time : datetime64[ns]
    axes_km : (3,) ndarray [km]
        Semi-axes a, b, c: square roots of the eigenvalues of (1/4) sum dr dr^T.
    directions : (3, 3) ndarray
        Rows: directions of the axes.
    elongation, planarity : float
        1 - b/a, 1 - c/b.
    linearity, flatness, sphericity : float
        l1/sum, (l1 + l2)/sum, l3/sum of the eigenvalues.
    volume_km3 : float [km^3]
    separations_km : mapping of str to float [km]
        ``1-2`` and so on.
    kind : str
        ``tetrahedral``, ``planar``, ``linear``, ``string``, ``irregular``, ``pair``, ``single``,
        ``collapsed``.
    timing : bool
        Whether four-point timing determines a normal.
    reason : str
    orders : mapping of str to str
        Order of the spacecraft along ``x_gsm``, ``n``, ``radial``, ``velocity``, as ``2 4 3 1``.
    condition : float
        Of the matrix of baselines; infinite where they span no volume.
    """

    time: np.datetime64
    axes_km: Floats
    directions: Floats
    elongation: float
    planarity: float
    linearity: float
    flatness: float
    sphericity: float
    volume_km3: float
    separations_km: Mapping[str, float]
    kind: str
    timing: bool
    reason: str
    orders: Mapping[str, str]
    condition: float = np.nan


@dataclass(frozen=True)
class GradientSeries:
    """Four-point estimates over time at the barycentre, smoothed as `method` says.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
    mdd_eigenvalues_nt_km : (time, 3) ndarray [nT/km]
        Square roots of the eigenvalues of G G^T, falling.
    mdd_n : (time, 3) ndarray
        Direction of the largest gradient, sign outward.
    std_v_n_km_s : (time,) ndarray [km/s]
        Speed of the structure along `mdd_n`.
    j_na_m2 : (time, 3) ndarray [nA/m^2]
    div_over_curl : (time,) ndarray
    offsets_nt : (spacecraft, 3) ndarray [nT]
        Taken off each spacecraft first.
    method : str
    """

    time: Times
    mdd_eigenvalues_nt_km: Floats
    mdd_n: Floats
    std_v_n_km_s: Floats
    j_na_m2: Floats
    div_over_curl: Floats
    offsets_nt: Floats
    method: str
