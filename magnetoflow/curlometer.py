"""Gradient, curl and divergence of the magnetic field from four spacecraft, and the shape of their array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.averaging import interpolate
from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.physics import UA_M2_PER_NT_KM
from magnetoflow.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Curl:
    """Linear estimates at the barycentre of four spacecraft; NaN where one is missing or the array is flat.

    Attributes
    ----------
    gradient_nt_km : (time, 3, 3) ndarray [nT/km]
        Derivative along the first axis of the component on the second.
    curl_nt_km : (time, 3) ndarray [nT/km]
    div_nt_km : (time,) ndarray [nT/km]
        Zero for a field that is linear in space.
    j_ua_m2 : (time, 3) ndarray [uA/m^2]
        curl B/mu0, in the frame of field and positions.
    div_b_over_curl : (time,) ndarray [1]
        ``|div B|/|curl B|``: the usual measure of how far the field is from linear.
    elongation, planarity : (time,) ndarray [1]
        0 for a regular tetrahedron; elongation 1 for a line, planarity 1 for a plane.
    condition : (time,) ndarray [1]
        Largest over smallest eigenvalue of the volumetric tensor.
    degenerate : (time,) ndarray of bool
        The array is too flat or too long for a gradient.
    """

    gradient_nt_km: Floats
    curl_nt_km: Floats
    div_nt_km: Floats
    j_ua_m2: Floats
    div_b_over_curl: Floats
    elongation: Floats
    planarity: Floats
    condition: Floats
    degenerate: NDArray[np.bool_]


def curlometer(
    position_km: ArrayLike, b_nt: ArrayLike, *, most_elongated: float = 0.9, most_planar: float = 0.9
) -> Curl:
    """Estimate the gradient of the field between four spacecraft.

    Parameters
    ----------
    position_km : (4, time, 3) array_like [km]
    b_nt : (4, time, 3) array_like [nT], same frame
        On common times.
    most_elongated, most_planar : float
        An array beyond either has no gradient.

    Returns
    -------
    Curl

    Raises
    ------
    VariableError
        The arrays are not those of four spacecraft.

    References
    ----------
    Dunlop et al. 2002, doi:10.1029/2001JA005088; Chanteur 1998, ISSI SR-001, chapter 14 (reciprocal vectors);
    Robert et al. 1998, ISSI SR-001, chapter 13 (elongation and planarity).
    """
    position = np.asarray(position_km, dtype=np.float64)
    field = np.asarray(b_nt, dtype=np.float64)
    if position.shape != field.shape or position.ndim != 3 or position.shape[::2] != (4, 3):
        raise VariableError(
            "the curlometer needs positions and fields of four spacecraft",
            why=f"positions {position.shape}, fields {field.shape}, expected (4, time, 3) twice",
            todo="give four spacecraft on common times",
        )
    elongation, planarity, condition = array_shape(position)
    degenerate = ~((elongation <= most_elongated) & (planarity <= most_planar))
    vectors = reciprocal_vectors(position)
    gradient = np.einsum("atj,atk->tjk", vectors, field - field.mean(axis=0))
    gradient[degenerate | ~np.isfinite(field).all(axis=(0, 2))] = np.nan
    curl = np.stack([gradient[:, j, k] - gradient[:, k, j] for j, k in ((1, 2), (2, 0), (0, 1))], axis=-1)
    divergence = np.asarray(np.trace(gradient, axis1=1, axis2=2))
    size = np.linalg.norm(curl, axis=1)
    ratio = np.divide(np.abs(divergence), size, out=np.full(len(size), np.nan), where=size > 0)
    return Curl(
        gradient_nt_km=gradient,
        curl_nt_km=curl,
        div_nt_km=divergence,
        j_ua_m2=UA_M2_PER_NT_KM * curl,
        div_b_over_curl=ratio,
        elongation=elongation,
        planarity=planarity,
        condition=condition,
        degenerate=degenerate,
    )


def reciprocal_vectors(position_km: Floats) -> Floats:
    """Vectors k with ``k_a . (r_b - r_a) = -1`` for every other spacecraft b, of sum zero.

    Parameters
    ----------
    position_km : (4, time, 3) ndarray [km]

    Returns
    -------
    (4, time, 3) ndarray [1/km]
        NaN where the four lie in a plane.

    References
    ----------
    Chanteur 1998, ISSI SR-001, chapter 14, eq. 14.7.
    """
    vectors = np.empty_like(position_km)
    for a in range(4):
        b, c, d = (position_km[other] for other in range(4) if other != a)
        normal = np.cross(c - b, d - b)
        height = np.einsum("tk,tk->t", position_km[a] - b, normal)
        vectors[a] = normal / np.where(height == 0, np.nan, height)[:, None]
    return vectors


def array_shape(position_km: Floats) -> tuple[Floats, Floats, Floats]:
    """Elongation, planarity and condition number of an array of spacecraft.

    Parameters
    ----------
    position_km : (spacecraft, time, 3) ndarray [km]

    Returns
    -------
    elongation, planarity, condition : (time,) ndarray [1]
        1 - b/a and 1 - c/b of the semi-axes a, b, c, and (a/c)^2; NaN where a position is missing, and
        planarity of a line.
    """
    offset = position_km - position_km.mean(axis=0)
    volumetric = np.einsum("atj,atk->tjk", offset, offset) / len(position_km)
    known = np.isfinite(volumetric).all(axis=(1, 2))
    squares = np.full((len(volumetric), 3), np.nan)
    squares[known] = np.clip(np.linalg.eigvalsh(volumetric[known]), 0.0, None)
    short, middle, long = np.sqrt(squares.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - middle / long, 1 - short / middle, (long / short) ** 2


def on_common_times(
    fields: Sequence[Series],
    positions: Sequence[Series],
    *,
    cadence_s: float,
    position_cadence_s: float = 30.0,
) -> tuple[Times, Floats, Floats]:
    """Bring field and position of several spacecraft to the field times of the first.

    Parameters
    ----------
    fields : sequence of Series
        (time, 3 or more) [nT], all in one frame; columns after the third are left out.
    positions : sequence of Series
        (time, 3 or more) [km], in that frame.
    cadence_s, position_cadence_s : float [s]
        Nominal; nothing is interpolated across 1.5 times as much.

    Returns
    -------
    time : (time,) ndarray of datetime64[ns]
        Times of the first spacecraft for which all have field and position around them.
    position_km : (spacecraft, time, 3) ndarray [km]
    b_nt : (spacecraft, time, 3) ndarray [nT]
        NaN within gaps.

    Raises
    ------
    VariableError
        The frames differ.
    InsufficientData
        The series have no time in common.
    """
    frames = {series.frame for series in (*fields, *positions)}
    if len(frames) != 1:
        raise VariableError(
            "fields and positions in different frames",
            where=", ".join(series.name for series in (*fields, *positions)),
            why=f"found {', '.join(sorted(map(str, frames)))}",
            todo="read all of them in one frame",
        )
    series = [(one, cadence_s) for one in fields] + [(one, position_cadence_s) for one in positions]
    time = fields[0].time[:0]
    if all(len(one.time) > 1 for one, _ in series):
        first, last = max(one.time[0] for one, _ in series), min(one.time[-1] for one, _ in series)
        time = fields[0].time[(fields[0].time >= first) & (fields[0].time <= last)]
    if not len(time):
        raise InsufficientData(
            "the spacecraft have no time in common",
            where=", ".join(one.name for one, _ in series),
            why="their series do not overlap, or hold one record",
            todo="choose an interval that all of them cover",
        )
    columns = [
        interpolate(one.time, one.values[:, :3], time, max_gap_s=1.5 * cadence) for one, cadence in series
    ]
    return time, np.stack(columns[len(fields) :]), np.stack(columns[: len(fields)])
