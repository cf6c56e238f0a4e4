"""Left and right of 90 degrees put together: gyrotropy and symmetry make them one measurement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.rept_pad.data import Floats, Singles

SAME_ANGLE_DEG = 0.05
"""Two pitch angles this near are the same bin."""


@dataclass(frozen=True)
class Folding:
    """Which bins fall on each other.

    Attributes
    ----------
    angle_deg : (folded angle,) ndarray [deg]
        0 to 90, ascending.
    left, right : (folded angle,) ndarray of int
        Bin below 90 degrees and its mirror; equal where a bin is its own mirror, or has none.
    """

    angle_deg: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]

    @property
    def bins(self) -> NDArray[np.int64]:
        """(folded angle,) ndarray: native bins behind each folded bin, 1 or 2."""
        return np.where(self.left == self.right, 1, 2)


def passes_90(angle_deg: Floats) -> bool:
    """Say whether a grid of pitch angles goes on above 90 degrees."""
    return bool(angle_deg[-1] > 90 + SAME_ANGLE_DEG)


def folding(angle_deg: Floats) -> Folding:
    """Say how a grid of pitch angles folds about 90 degrees.

    Parameters
    ----------
    angle_deg : (angle,) ndarray [deg]
        Ascending: symmetric about 90 degrees, or not above it (then nothing is left to fold).

    Raises
    ------
    VariableError
        The grid passes 90 degrees, but is not symmetric about it.
    """
    angles = np.asarray(angle_deg, dtype=float)
    index = np.arange(len(angles))
    if not passes_90(angles):
        return Folding(angles, index, index)
    if np.any(np.abs(angles + angles[::-1] - 180) > SAME_ANGLE_DEG):
        raise VariableError(
            "the pitch angles cannot be folded",
            why=f"a grid symmetric about 90 degrees was expected, found {np.round(angles, 3).tolist()}",
            todo="set prepare.fold and prepare.equator to false",
        )
    low = index[: (len(angles) + 1) // 2]
    return Folding(angles[low], low, len(angles) - 1 - low)


def no_folding(angle_deg: Floats) -> Folding:
    """Leave every bin for itself."""
    index = np.arange(len(angle_deg))
    return Folding(np.asarray(angle_deg, dtype=float), index, index)


def fold(flux: Singles, how: Folding) -> tuple[Singles, NDArray[np.uint8]]:
    """Mean flux of the measured halves.

    Parameters
    ----------
    flux : (t, angle, energy) ndarray [any]
        NaN where missing.
    how : Folding

    Returns
    -------
    flux : (t, folded angle, energy) ndarray of float32 [as given]
        NaN where neither half is measured.
    exposure : (t, folded angle, energy) ndarray of uint8 [native bin]
        Halves that were measured: 0, 1 or 2.
    """
    total, exposure = _measured(flux[:, how.left])
    pairs = np.flatnonzero(how.left != how.right)
    if len(pairs):
        other, more = _measured(flux[:, how.right[pairs]])
        total[:, pairs] += other
        exposure[:, pairs] += more
        total[:, pairs] /= np.maximum(exposure[:, pairs], 1)
    total[exposure == 0] = np.nan
    return total, exposure


def _measured(flux: Singles) -> tuple[Singles, NDArray[np.uint8]]:
    """Flux, 0 where it is missing, and whether it is measured."""
    good = np.isfinite(flux)
    return np.where(good, flux, 0).astype(np.float32), good.astype(np.uint8)


def bin_edges_deg(angle_deg: Floats) -> Floats:
    """Edges of the bins of a grid between 0 and 90 (or 180) degrees: half way between the middles.

    Returns
    -------
    (angle + 1,) ndarray [deg]
        The outermost bins end at 0 and at 90 (or 180) degrees, or at their own half width if that is nearer.
    """
    angles = np.asarray(angle_deg, dtype=float)
    inner = (angles[1:] + angles[:-1]) / 2
    end = 180.0 if passes_90(angles) else 90.0
    first = max(0.0, 2 * angles[0] - inner[0])
    last = min(end, 2 * angles[-1] - inner[-1])
    return np.concatenate([[first], inner, [last]])
