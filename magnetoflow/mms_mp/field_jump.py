"""Change of the field across a boundary, which lies in its plane where the boundary is plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.passages import Crossing

JUMP_FROM, JUMP_TO, BLOCKS = 3.0, 6.0, 8
"""The field beside a crossing: between so many half-widths from it; in so many blocks for its error."""


def jump_of_field(event: EventData, crossing: Crossing) -> tuple[Floats, float]:
    """Change of the field across a crossing.

    Parameters
    ----------
    event : EventData
    crossing : Crossing

    Returns
    -------
    jump : (3,) ndarray [nT]
        Mean of 3 to 6 half-widths after it, less that before; NaN where a side has no data.
    error : float [nT]
        1-sigma of a component, from the scatter of means of blocks.
    """
    b = event.spacecraft[crossing.probe].b
    w = crossing.fit.w_s if crossing.fit.good else 1.0
    since = (event.seconds(b.time) - crossing.time_s) / w
    sides, variance = [], 0.0
    for sign in (-1.0, 1.0):
        beside = b.values[(sign * since >= JUMP_FROM) & (sign * since <= JUMP_TO)]
        beside = beside[np.isfinite(beside).all(axis=1)]
        if len(beside) < 2 * BLOCKS:
            return np.full(3, np.nan), np.nan
        means = np.array([one.mean(axis=0) for one in np.array_split(beside, BLOCKS)])
        sides.append(beside.mean(axis=0))
        variance += float(np.mean(means.var(axis=0, ddof=1))) / BLOCKS
    return np.asarray(sides[1] - sides[0]), float(np.sqrt(variance))


def mean_jump(event: EventData, group: Mapping[int, Crossing]) -> tuple[Floats | None, float]:
    """Mean over spacecraft; the error does not shrink, as they see one structure."""
    found = [jump_of_field(event, one) for one in group.values()]
    jumps = [one for one in found if np.isfinite(one[0]).all()]
    if not jumps:
        return None, 0.0
    return np.mean([jump for jump, _ in jumps], axis=0), float(np.mean([error for _, error in jumps]))
