"""Magnetic shear: the angle between the mean fields on both sides of a crossing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.passages import Crossing, Shear

WINDOW_S = 60.0
"""Farthest field that counts [s from the crossing]."""
LEAVE_OUT = 3.0
"""Half-widths of the fit about a crossing that belong to neither side."""
FEWEST = 10
"""Samples that each side must have."""


def shears(
    event: EventData, crossings: Mapping[int, Sequence[Crossing]], *, window_s: float = WINDOW_S
) -> tuple[Shear, ...]:
    """Angle between the mean fields before and after each crossing.

    Parameters
    ----------
    event : EventData
    crossings : mapping of int to sequence of Crossing
        By probe, in time order.
    window_s : float [s]
        A side reaches this far from the crossing, at most to the middle between two crossings.

    Returns
    -------
    tuple of Shear
        ``sigma_deg`` is the scatter: root of the sum of the mean square angles of the fields of both sides to
        their means, in the plane of both means. NaN where a side has too few samples.
    """
    found = []
    for probe in sorted(crossings):
        b = event.spacecraft[probe].b
        t = event.seconds(b.time)
        times = [one.time_s for one in crossings[probe]]
        for k, one in enumerate(crossings[probe]):
            left = max(one.time_s - window_s, (times[k - 1] + one.time_s) / 2 if k else -np.inf)
            right = min(
                one.time_s + window_s, (times[k + 1] + one.time_s) / 2 if k + 1 < len(times) else np.inf
            )
            half = LEAVE_OUT * one.fit.w_s if one.fit.good else 0.0
            before = b.values[(t >= left) & (t <= one.time_s - half)]
            after = b.values[(t >= one.time_s + half) & (t <= right)]
            found.append(Shear(probe, one.time_s, *shear_deg(before, after), window_s))
    return tuple(found)


def shear_deg(before: Floats, after: Floats) -> tuple[float, float]:
    """Angle between mean fields, and the scatter of the fields about it.

    Parameters
    ----------
    before, after : (sample, 3) ndarray [nT]
        Rows with NaN are left out.

    Returns
    -------
    shear, scatter : float [deg]
    """
    sides = [side[np.isfinite(side).all(axis=1)] for side in (before, after)]
    if min(len(side) for side in sides) < FEWEST:
        return float("nan"), float("nan")
    first, second = (side.mean(axis=0) for side in sides)
    axis = np.cross(first, second)
    if not np.linalg.norm(axis) > 1e-9 * np.linalg.norm(first) * np.linalg.norm(second):
        # fields along one line: any plane through them serves
        axis = np.cross(first, np.eye(3)[np.argmin(np.abs(first))])
    axis /= np.linalg.norm(axis)
    spread = [_mean_square_angle(side, mean, axis) for side, mean in zip(sides, (first, second), strict=True)]
    return angle_deg(first, second), float(np.rad2deg(np.sqrt(sum(spread))))


def _mean_square_angle(side: Floats, mean: Floats, axis: Floats) -> float:
    """Of the fields to their mean, turned about an axis [rad^2]."""
    along = mean / np.linalg.norm(mean)
    across = np.cross(axis, along)
    return float(np.mean(np.arctan2(side @ across, side @ along) ** 2))
