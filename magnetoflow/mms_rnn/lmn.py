"""Local axes of a current sheet: L along the reversing field, N normal to the sheet, M out of the plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.curlometer import curlometer, on_common_times
from magnetoflow.errors import InsufficientData
from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.mms_rnn.burst import ELECTRON_CADENCE_S, Burst
from magnetoflow.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

FEWEST = 20
"""Samples that a frame needs."""
LEAST_RATIO = 2.0
"""Eigenvalues that are closer than this do not tell two axes apart."""
LARGEST_L_DOT_N = 0.5
"""L and N are found apart; a larger cosine between them contradicts a sheet."""
LEAST_L_DOT_X = 0.5
"""An L farther than 60 deg from X is not the reversing field of the tail."""
LEAST_N_DOT_Z = 0.5
"""For N by variance: where the normal field reverses, as at an X-line, its variance may exceed that of M."""
STRETCHES = 32
"""Parts of the event left out one by one for the errors."""


@dataclass(frozen=True)
class Lmn:
    """Axes of a sheet, right-handed, ``L.X > 0`` and ``N.Z > 0``: X, Y, Z of GSM in a sheet without tilt.

    Attributes
    ----------
    matrix : (3, 3) ndarray
        Rows L, M, N in GSM: ``v_lmn = matrix @ v_gsm``.
    reliable : bool
        Whether the frame may be used; otherwise use GSM.
    method : str
        ``gradient``: N along the largest gradient of four spacecraft, L of maximum variance; ``variance``:
        both by variance; ``none``.
    reason : str
        Why the frame is not reliable.
    ratio_l, ratio_n : float
        Largest over intermediate variance; for N the largest over the intermediate squared gradient, or the
        intermediate over the smallest variance.
    l_error_deg, n_error_deg : float [deg]
        1-sigma errors by jackknife over stretches of the event.
    points : int
        Samples of the field that were used.
    """

    matrix: Floats
    reliable: bool
    method: str
    reason: str = ""
    ratio_l: float = np.nan
    ratio_n: float = np.nan
    l_error_deg: float = np.nan
    n_error_deg: float = np.nan
    points: int = 0


Frame = Literal["gsm"] | Lmn
Method = Literal["gradient", "variance"]


def frame_name(frame: Frame) -> str:
    """``lmn``, or ``gsm`` where that was asked or the local axes are not reliable."""
    return "lmn" if isinstance(frame, Lmn) and frame.reliable else "gsm"


def frame_rotation(time: Times, frame: Frame) -> Floats:
    """Matrices that turn GSE into a frame.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC.
    frame : "gsm" or Lmn
        GSM is used in place of local axes that are not reliable.

    Returns
    -------
    (time, 3, 3) ndarray
    """
    matrices = gse_to_gsm(time)
    if isinstance(frame, Lmn) and frame.reliable:
        return np.asarray(frame.matrix @ matrices)
    return matrices


def local_lmn(bursts: Mapping[int, Burst]) -> Lmn:
    """Find the axes of the sheet that the spacecraft cross.

    Parameters
    ----------
    bursts : mapping of int to Burst
        By spacecraft; with four, N comes from the gradient between them, less its mean: a constant offset of
        one of them, 0.1 nT in 20 km, would be as large as the gradient of many sheets.

    Returns
    -------
    Lmn
        Of the first method, gradient before variance, whose eigenvalues tell the axes apart. Samples with a
        missing component are left out.

    References
    ----------
    Sonnerup & Scheible 1998, ISSI SR-001, chapter 8 (variance); Shi et al. 2005, doi:10.1029/2005GL022454
    (gradient); Denton et al. 2018, doi:10.1002/2017JA024619 (L and N by different methods).
    """
    fields = [(burst.time, rotate(gse_to_gsm(burst.time), burst.b_gse_nt)) for burst in bursts.values()]
    edges = _edges([time for time, _ in fields])
    sums = [_Sums.of(values, _stretch(time, edges)) for time, values in fields]
    points = sum(int(one.number.sum()) for one in sums)
    if points < FEWEST:
        return Lmn(
            np.eye(3), False, "none", f"{points} samples of the field, {FEWEST} are needed", points=points
        )
    gradient = _squared_gradients(bursts, edges)
    methods: list[Method] = ["variance"] if gradient is None else ["gradient", "variance"]
    everything = np.ones(STRETCHES, dtype=np.bool_)
    found = [_axes(method, sums, gradient, everything) for method in methods]
    chosen = next((one for one in found if one.reliable), found[0])
    l_error, n_error = _jackknife(chosen, sums, gradient)
    return replace(chosen, l_error_deg=l_error, n_error_deg=n_error)


@dataclass(frozen=True)
class _Sums:
    """Number, sums and sums of products of the components, by stretch."""

    number: Floats
    first: Floats
    second: Floats

    @classmethod
    def of(cls, values: Floats, stretch: NDArray[np.intp]) -> _Sums:
        good = np.isfinite(values).all(axis=1)
        parts = [values[good & (stretch == one)] for one in range(STRETCHES)]
        return cls(
            np.array([float(len(part)) for part in parts]),
            np.array([part.sum(axis=0) for part in parts]),
            np.array([part.T @ part for part in parts]),
        )

    def about_mean(self, kept: NDArray[np.bool_]) -> Floats:
        """Sum of products of the deviations from the mean, over the stretches that are kept."""
        number, first = self.number[kept].sum(), self.first[kept].sum(axis=0)
        return np.asarray(self.second[kept].sum(axis=0) - np.outer(first, first) / max(number, 1.0))


def _edges(times: list[Times]) -> Times:
    """Inner edges of the stretches of all spacecraft together."""
    held = np.concatenate([np.empty(0, dtype="datetime64[ns]"), *times])
    if not len(held):
        return held
    begin, end = held.min(), held.max()
    return np.asarray(begin + (end - begin) * np.arange(1, STRETCHES) // STRETCHES)


def _stretch(time: Times, edges: Times) -> NDArray[np.intp]:
    return np.searchsorted(edges, time, side="right")


def _squared_gradients(bursts: Mapping[int, Burst], edges: Times) -> Floats | None:
    """Sum G G^T by stretch [nT^2/km^2, GSM], G less its mean; None without a usable array of four."""
    if len(bursts) != 4:
        return None
    fields: list[Series] = []
    positions: list[Series] = []
    for probe, burst in sorted(bursts.items()):
        matrices = gse_to_gsm(burst.time)
        for series, values in ((fields, burst.b_gse_nt), (positions, burst.position_gse_km)):
            series.append(Series(f"mms{probe}", burst.time, rotate(matrices, values), "", "GSM"))
    try:
        time, position, field = on_common_times(
            fields, positions, cadence_s=ELECTRON_CADENCE_S, position_cadence_s=ELECTRON_CADENCE_S
        )
    except InsufficientData:
        return None
    gradient = curlometer(position, field).gradient_nt_km
    good, stretch = np.isfinite(gradient).all(axis=(1, 2)), _stretch(time, edges)
    if good.sum() < FEWEST:
        return None
    gradient = gradient - gradient[good].mean(axis=0)
    parts = [gradient[good & (stretch == one)] for one in range(STRETCHES)]
    return np.array([np.einsum("tij,tkj->ik", part, part) for part in parts])


def _axes(method: Method, sums: list[_Sums], gradient: Floats | None, kept: NDArray[np.bool_]) -> Lmn:
    """Axes from the stretches that are kept."""
    points = sum(int(one.number[kept].sum()) for one in sums)
    variances, axes = _falling(np.sum([one.about_mean(kept) for one in sums], axis=0))
    ratio_l, ratio_n, normal = _ratio(variances[0], variances[1]), _ratio(variances[1], variances[2]), axes[2]
    if method == "gradient" and gradient is not None:
        squares, directions = _falling(gradient[kept].sum(axis=0))
        ratio_n, normal = _ratio(squares[0], squares[1]), directions[0]
    along = axes[0] - (axes[0] @ normal) * normal
    size = float(np.linalg.norm(along))
    if size == 0:
        return Lmn(np.eye(3), False, method, "L and N are one", ratio_l, ratio_n, points=points)
    along = along / size * np.where(along[0] < 0, -1, 1)
    normal = normal * np.where(normal[2] < 0, -1, 1)
    reasons = [
        (not ratio_l >= LEAST_RATIO, f"largest and intermediate variance differ by {ratio_l:.2g} only"),
        (not ratio_n >= LEAST_RATIO, f"the eigenvalues of N differ by {ratio_n:.2g} only"),
        (size < np.sqrt(1 - LARGEST_L_DOT_N**2), "L and N, found apart, are not perpendicular"),
        (along[0] < LEAST_L_DOT_X, "L is far from X"),
        (method == "variance" and normal[2] < LEAST_N_DOT_Z, "N by variance is far from Z"),
    ]
    reason = "; ".join(text for bad, text in reasons if bad)
    matrix = np.stack([along, np.cross(normal, along), normal])
    return Lmn(matrix, not reason, method, reason, ratio_l, ratio_n, points=points)


def _jackknife(whole: Lmn, sums: list[_Sums], gradient: Floats | None) -> tuple[float, float]:
    """Errors of L and N [deg], from the axes without each stretch in turn."""
    used = np.flatnonzero(np.sum([one.number for one in sums], axis=0))
    if len(used) < 2:
        return np.nan, np.nan
    angles = []
    for left_out in used:
        kept = np.arange(STRETCHES) != left_out
        part = _axes("gradient" if whole.method == "gradient" else "variance", sums, gradient, kept)
        cosines = np.abs(np.sum(part.matrix * whole.matrix, axis=1))[[0, 2]]
        angles.append(np.rad2deg(np.arccos(np.minimum(cosines, 1.0))))
    errors = np.sqrt((len(used) - 1) / len(used) * np.sum(np.square(angles), axis=0))
    return float(errors[0]), float(errors[1])


def _falling(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, falling, and eigenvectors as rows."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return np.clip(eigenvalues[::-1], 0.0, None), vectors.T[::-1]


def _ratio(larger: float, smaller: float) -> float:
    """Quotient; infinite where only the smaller is zero, NaN where both are."""
    if smaller > 0:
        return float(larger / smaller)
    return np.inf if larger > 0 else np.nan
