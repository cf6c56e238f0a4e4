"""How well a reduction gives back distributions that took no part in its fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.rept_pad.pca import Floats, chunks

Reconstruct = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Reconstruction:
    """Error of one way of reduction on unseen vectors.

    Attributes
    ----------
    name : str
    records : int
    mse : float
        Mean of the squared error over records and bins, in units of the vectors.
    mse_error : float
        1-sigma error of `mse`, from the scatter of the means of blocks of neighbours; NaN for one block.
    explained : float [1]
        1 - (squared error) / (squared deviation from the mean of the training vectors); below 0 where that
        mean would do better.
    mse_by_energy, explained_by_energy : (energy,) ndarray
        NaN where an energy does not vary.
    """

    name: str
    records: int
    mse: float
    mse_error: float
    explained: float
    mse_by_energy: Floats
    explained_by_energy: Floats


def compare(
    unseen: NDArray[Any],
    block: NDArray[np.int64],
    mean: NDArray[Any],
    energies: int,
    ways: Mapping[str, Reconstruct],
) -> tuple[Reconstruction, ...]:
    """Compare reductions on the same unseen vectors.

    Parameters
    ----------
    unseen : (n, angle energy) ndarray
        Vectors of blocks that took no part in the fit, energy the fast axis.
    block : (n,) ndarray of int
        Block of neighbours of each vector.
    mean : (angle energy,) ndarray
        Mean of the training vectors.
    energies : int
    ways : mapping of str to callable
        Name, and function that gives vectors back.

    Returns
    -------
    tuple of Reconstruction
        In the order of `ways`.

    Raises
    ------
    InsufficientData
        No vectors.
    """
    if not len(unseen):
        raise InsufficientData(
            "reconstruction cannot be judged",
            why="no block is left that took no part in the fit",
            todo="give more days, or a larger share to the test blocks",
        )
    group = np.unique(block, return_inverse=True)[1]
    spread = _squares(unseen, lambda some: np.broadcast_to(mean, some.shape), energies)[0]
    return tuple(_judged(name, unseen, group, energies, spread, way) for name, way in ways.items())


def channel_shares(vectors: NDArray[Any], energies: int) -> Floats:
    """Share of the variance of all bins that each energy has: what decides in an unscaled reduction.

    Parameters
    ----------
    vectors : (n, angle energy) ndarray
        Energy the fast axis.
    energies : int

    Returns
    -------
    (energy,) ndarray [1]
        Sum 1; NaN where nothing varies.
    """
    mean = np.sum([vectors[rows].sum(axis=0, dtype=float) for rows in chunks(len(vectors))], axis=0)
    mean /= max(len(vectors), 1)
    spread = _squares(vectors, lambda some: np.broadcast_to(mean, some.shape), energies)[0]
    return spread / (spread.sum() or np.nan)


def _judged(
    name: str, unseen: NDArray[Any], group: NDArray[np.int64], energies: int, spread: Floats, way: Reconstruct
) -> Reconstruction:
    """Error of one way."""
    by_energy, by_record = _squares(unseen, way, energies)
    n, width = unseen.shape
    mse = float(by_energy.sum() / unseen.size)
    sizes = np.bincount(group)
    # a ratio of sums over blocks: Cochran 1977, Sampling Techniques, equation 6.13
    residual = np.bincount(group, by_record) - mse * width * sizes
    blocks = len(sizes)
    error = np.sqrt(blocks / (blocks - 1) * (residual**2).sum()) / unseen.size if blocks > 1 else np.nan
    explained = 1 - by_energy / np.where(spread > 0, spread, np.nan)
    total = spread.sum()
    return Reconstruction(
        name,
        n,
        mse,
        float(error),
        float(1 - by_energy.sum() / total) if total > 0 else float("nan"),
        by_energy * energies / unseen.size,
        explained,
    )


def _squares(vectors: NDArray[Any], way: Reconstruct, energies: int) -> tuple[Floats, Floats]:
    """Sum of the squared errors of each energy, and of each record."""
    by_energy, by_record = np.zeros(energies), np.empty(len(vectors))
    for rows in chunks(len(vectors)):
        some = vectors[rows]
        square = (np.asarray(way(some), float) - some) ** 2
        by_record[rows] = square.sum(axis=1)
        by_energy += square.sum(axis=0).reshape(-1, energies).sum(axis=0)
    return by_energy, by_record
