"""Counts of classes in cells of any kind, with what errors of shares need: records of one block are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEWEST_BLOCKS = 5


@dataclass(frozen=True)
class BlockCounts:
    """Sums over blocks b of the records n_cb of class c, and n_b of all classes, in each cell.

    Attributes
    ----------
    records : (cell, class) ndarray of int64
        Sum of n_cb.
    squares, products : (cell, class) ndarray of int64
        Sums of n_cb^2, and of n_cb n_b.
    total_squares, blocks : (cell,) ndarray of int64
        Sum of n_b^2, and number of blocks with any record.
    """

    records: Integers
    squares: Integers
    products: Integers
    total_squares: Integers
    blocks: Integers

    @property
    def total(self) -> Integers:
        """Records of all classes, (cell,)."""
        return np.asarray(self.records.sum(axis=-1))


def block_counts(cell: Integers, column: Integers, block: Integers, shape: tuple[int, int]) -> BlockCounts:
    """Count records.

    Parameters
    ----------
    cell, column : (t,) ndarray of int64
        Cell and class of each record, from 0; negative: not counted.
    block : (t,) ndarray of int64
        Records of one block are taken as one draw.
    shape : (int, int)
        Numbers of cells and of classes.
    """
    cells, columns = shape
    used = (cell >= 0) & (column >= 0)
    cell, column = cell[used].astype(np.int64), column[used].astype(np.int64)
    unit = np.unique(block[used], return_inverse=True)[1].astype(np.int64)
    pair, row = np.unique(unit * cells + cell, return_inverse=True)
    per_block = np.bincount(row * columns + column, minlength=len(pair) * columns).reshape(-1, columns)
    per_block = per_block.astype(np.int64)
    whole = per_block.sum(axis=1, keepdims=True)
    at = pair % cells
    parts = [np.zeros((cells, columns), dtype=np.int64) for _ in range(3)]
    for part, values in zip(parts, (per_block, per_block**2, per_block * whole), strict=True):
        np.add.at(part, at, values)
    total_squares = np.zeros(cells, dtype=np.int64)
    np.add.at(total_squares, at, whole[:, 0] ** 2)
    blocks = np.bincount(at, minlength=cells).astype(np.int64)
    return BlockCounts(parts[0], parts[1], parts[2], total_squares, blocks)


def shares(counts: BlockCounts) -> tuple[Floats, Floats]:
    """Share of each class in each cell, and its error.

    Returns
    -------
    share, error : (cell, class) ndarray
        NaN in a cell without records. The 1-sigma error is that of a ratio of sums over independent blocks
        (Cochran 1977, Sampling Techniques, 6.4): ``sqrt(b/(b - 1) sum (n_cb - p n_b)^2) / sum n_b``. With
        fewer than 5 blocks, or a share of 0 or 1, that of the Jeffreys posterior of a binomial with as many
        draws as blocks.
    """
    records = counts.records.astype(np.float64)
    total = records.sum(axis=-1, keepdims=True)
    blocks = counts.blocks[..., None].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = records / total
        spread = counts.squares - 2 * share * counts.products + share**2 * counts.total_squares[..., None]
        error = np.sqrt(np.maximum(spread, 0.0) * blocks / (blocks - 1)) / total
    a, b = share * blocks + 0.5, (1 - share) * blocks + 0.5
    jeffreys = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    few = (blocks < FEWEST_BLOCKS) | (share == 0) | (share == 1)
    return share, np.asarray(np.where(few, jeffreys, error))
