"""Principal axes of variance matrices, free or with no mean field along the normal."""

from __future__ import annotations

import numpy as np

from magnetoflow.mms_mp.data import Floats


def principal_axes(variance: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, falling, and eigenvectors as rows, right-handed.

    Parameters
    ----------
    variance : (..., 3, 3) ndarray

    Returns
    -------
    (..., 3), (..., 3, 3) ndarray
    """
    values, vectors = np.linalg.eigh(variance)
    axes = np.swapaxes(vectors[..., ::-1], -1, -2).copy()
    axes[..., 1, :] = np.cross(axes[..., 2, :], axes[..., 0, :])
    return np.clip(values[..., ::-1], 0.0, None), axes


def constrained_axes(variance: Floats, mean: Floats) -> tuple[Floats, Floats, Floats]:
    """Axes whose last is the direction of least variance across the mean field.

    Parameters
    ----------
    variance : (..., 3, 3) ndarray
    mean : (..., 3) ndarray
        Not zero.

    Returns
    -------
    values : (..., 3) ndarray
        Variances along the rows.
    axes : (..., 3, 3) ndarray
        Rows: direction of most variance along the boundary, across it, normal; right-handed.
    across : (..., 2) ndarray
        Largest and smallest variance across the mean field: eigenvalues of P M P without the null one.
    """
    b = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
    far = np.eye(3)[np.abs(b).argmin(axis=-1)]
    first = np.cross(b, far)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    second = np.cross(b, first)
    across, turned = _in_plane(variance, first, second)
    normal = turned[..., 1, :]
    # within the boundary L is where the field varies most
    _, turned = _in_plane(variance, b, np.cross(normal, b))
    along = turned[..., 0, :]
    axes = np.stack([along, np.cross(normal, along), normal], axis=-2)
    values = np.einsum("...ij,...jk,...ik->...i", axes, variance, axes)
    return np.clip(values, 0.0, None), axes, across


def _in_plane(variance: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues within the plane of two unit vectors, falling, and their directions as rows."""
    basis = np.stack([first, second], axis=-2)
    values, vectors = np.linalg.eigh(basis @ variance @ np.swapaxes(basis, -1, -2))
    return np.clip(values[..., ::-1], 0.0, None), np.swapaxes(vectors[..., ::-1], -1, -2) @ basis
