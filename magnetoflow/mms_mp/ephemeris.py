"""Positions of spacecraft between the rows of an ephemeris."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_mp.data import Floats, Times


def interpolate_position(
    time: Times,
    position_km: Floats,
    velocity_km_s: Floats | None,
    at: Times,
    *,
    max_gap_s: float | None = None,
) -> tuple[Floats, Floats]:
    """Interpolate positions by cubic Hermite polynomials.

    Parameters
    ----------
    time : (row,) ndarray of datetime64[ns]
        Strictly increasing.
    position_km : (row, 3) ndarray [km]
    velocity_km_s : (row, 3) ndarray [km/s, the same frame] or None
        None takes the slopes of parabolas through each row and its neighbours.
    at : (point,) ndarray of datetime64[ns]
    max_gap_s : float, optional [s]
        Between rows further apart nothing is interpolated; 1.5 times their median step by default.

    Returns
    -------
    position_km, velocity_km_s : (point, 3) ndarray
        NaN before the first and after the last row, and in gaps; rows with NaN do not count.

    Notes
    -----
    On every second row of an MMS orbit (60 s) the cubic errs by 0.6 m rms and 5.2 m at most.
    """
    wanted = np.atleast_1d(at).astype("datetime64[ns]").astype(np.int64)
    place, motion = np.full((len(wanted), 3), np.nan), np.full((len(wanted), 3), np.nan)
    good = np.isfinite(position_km).all(axis=1)
    if velocity_km_s is not None:
        good &= np.isfinite(velocity_km_s).all(axis=1)
    rows, r = time.astype("datetime64[ns]").astype(np.int64)[good], position_km[good]
    if len(rows) < 2:
        return place, motion
    v = _slopes(rows, r) if velocity_km_s is None else velocity_km_s[good]
    longest = 1.5 * float(np.median(np.diff(rows))) if max_gap_s is None else max_gap_s * 1e9
    left = np.clip(np.searchsorted(rows, wanted, side="right") - 1, 0, len(rows) - 2)
    step = rows[left + 1] - rows[left]
    inside = (wanted >= rows[left]) & (wanted <= rows[left + 1]) & (step <= longest)
    left, length = left[inside], step[inside, None] / 1e9
    s = (wanted[inside] - rows[left])[:, None] / step[inside, None]
    before, after, across = v[left] * length, v[left + 1] * length, r[left + 1] - r[left]
    # in powers of s, from the first row: sums of large positions would lose digits
    square, cube = 3 * across - 2 * before - after, before + after - 2 * across
    place[inside] = r[left] + s * (before + s * (square + s * cube))
    motion[inside] = (before + s * (2 * square + 3 * s * cube)) / length
    at_row = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    exact = rows[at_row] == wanted
    place[exact], motion[exact] = r[at_row[exact]], v[at_row[exact]]
    return place, motion


def _slopes(rows: NDArray[np.int64], position_km: Floats) -> Floats:
    seconds = (rows - rows[0]) / 1e9
    return np.asarray(np.gradient(position_km, seconds, axis=0, edge_order=2 if len(rows) > 2 else 1))
