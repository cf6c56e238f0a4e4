"""Order of classes by what they are, and numbers that stay when the model is fitted again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from magnetoflow.rept_pad.naming import SHAPES, ShapeTable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FARTHEST = 0.35
"""Largest difference of matched shapes: root mean square over angles and energies of ln of their ratio."""
FLOOR = 0.02
"""Share of the largest value below which shapes are not compared."""


def canonical_order(table: ShapeTable) -> Integers:
    """Order of classes that depends only on their mean distributions.

    Parameters
    ----------
    table : ShapeTable

    Returns
    -------
    (class,) ndarray of int64
        Numbers of the classes, first to last: by shape at the lowest energy in the order of
        :data:`magnetoflow.rept_pad.naming.SHAPES`, then at the next energies that are not background, then by
        falling anisotropy. Pancakes come first, the steepest before all.
    """
    classes, energies = table.shape.shape
    anisotropy = table.fits.anisotropy.reshape(classes, energies)
    keys = []
    for k in range(classes):
        named = table.shape[k] != "background"
        runs = [SHAPES.index(one) for one in table.shape[k][named]]
        changes = [one for at, one in enumerate(runs) if at == 0 or one != runs[at - 1]]
        values = anisotropy[k][named & np.isfinite(anisotropy[k])]
        keys.append((changes or [len(SHAPES)], -float(values.mean()) if len(values) else 0.0))
    return np.array(sorted(range(classes), key=lambda k: (keys[k], k)), dtype=np.int64)


def difference(first: Floats, second: Floats) -> Floats:
    """Difference of every two shapes.

    Parameters
    ----------
    first : (k, angle, energy) ndarray
    second : (m, angle, energy) ndarray
        Mean distributions; NaN where never seen. Each energy is compared up to a factor.

    Returns
    -------
    (k, m) ndarray
        Root mean square of ln of the ratio over angles and energies that both have; infinite where none.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        one, two = _logs(first)[:, None], _logs(second)[None]
    both = np.isfinite(one) & np.isfinite(two)
    gap = np.where(both, np.where(both, one, 0.0) - np.where(both, two, 0.0), 0.0)
    number = both.sum(axis=2, keepdims=True)
    gap = np.where(both, gap - gap.sum(axis=2, keepdims=True) / np.maximum(number, 1), 0.0)
    used = both & (number > 1)
    total = used.sum(axis=(2, 3))
    mean = (np.where(used, gap, 0.0) ** 2).sum(axis=(2, 3)) / np.maximum(total, 1)
    return np.where(total > 0, np.sqrt(mean), np.inf)


def _logs(shapes: Floats) -> Floats:
    top = np.nanmax(np.where(np.isfinite(shapes), shapes, 0.0), axis=1, keepdims=True)
    return np.log(np.maximum(shapes / np.where(top > 0, top, np.nan), FLOOR))


def matched_ids(
    new: Floats, old: Floats, old_ids: Sequence[int], *, farthest: float = FARTHEST
) -> tuple[int, ...]:
    """Give the classes of a new fit the numbers of those of an earlier model that they resemble.

    Parameters
    ----------
    new : (k, angle, energy) ndarray
        Mean distributions in canonical order.
    old : (m, angle, energy) ndarray
        Those of the earlier model; best with the energies that are background in both set to NaN.
    old_ids : sequence of int
        Numbers of the earlier classes.
    farthest : float
        See :data:`FARTHEST`; a class with no such partner gets a number that was not used before.

    Returns
    -------
    tuple of int
        Number of each new class. The sum of differences is least (Kuhn 1955, 10.1002/nav.3800020109).
    """
    cost = difference(new, old)
    held = np.where(np.isfinite(cost), np.minimum(cost, 10.0 * farthest), 10.0 * farthest)
    ids = [0] * len(new)
    for row, column in zip(*linear_sum_assignment(held), strict=True):
        if cost[row, column] <= farthest:
            ids[row] = int(old_ids[column])
    fresh = max(old_ids, default=0)
    for at, one in enumerate(ids):
        if one == 0:
            fresh += 1
            ids[at] = fresh
    return tuple(ids)
