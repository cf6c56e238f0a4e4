"""Which pixels see enough of the sky to be judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_ELEVATION_DEG = 15.0


def elevation_mask(
    elevation_deg: NDArray[Any], min_elevation_deg: float = MIN_ELEVATION_DEG
) -> NDArray[np.bool_]:
    """Pixels at or above an elevation.

    Parameters
    ----------
    elevation_deg : (256, 256) ndarray [deg]
        Of each pixel's centre; NaN outside the lens.
    min_elevation_deg : float [deg]

    Returns
    -------
    (256, 256) ndarray of bool
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(elevation_deg >= min_elevation_deg)


def compatible_mask(elevation_deg: NDArray[Any]) -> NDArray[np.bool_]:
    """Mask of the published labels, which was one for all cameras.

    Parameters
    ----------
    elevation_deg : (256, 256) ndarray [deg]
        Of the gako skymap of 2011-03-05.

    Returns
    -------
    (256, 256) ndarray of bool
        Elevations of 15 degrees and more, moved up by one row.
    """
    mask = np.zeros(elevation_deg.shape, dtype=bool)
    mask[:-1] = elevation_mask(elevation_deg)[1:]
    return mask
