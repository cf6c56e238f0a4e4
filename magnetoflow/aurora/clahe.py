"""Contrast-limited adaptive histogram equalisation of 16-bit images, equal to OpenCV's in every pixel.

An image has far fewer different values than 65,536 bins. So values are replaced by their ranks among those of
the image, and a tile's look-up table has entries for these only.

Zuiderveld 1994, Contrast limited adaptive histogram equalization, Graphics Gems IV, 474-485,
doi:10.1016/B978-0-12-336156-1.50061-6; as in OpenCV excess counts are
spread once, and rounding is half to even.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.compiled import compiled

BINS = 65536
NEAREST = 12582912.0
"""Adding and subtracting 1.5 * 2**23 rounds small single-precision numbers half to even."""
TILES = (2, 4, 8, 16)
"""Tiles per side that divide a frame evenly; OpenCV pads the frame for others."""


def clahe(
    images: NDArray[np.uint16],
    clip: float = 3.0,
    tiles: int = 8,
    needed: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint16]:
    """Equalise each image.

    Parameters
    ----------
    images : (image, row, column) ndarray of uint16
        Rows and columns must be multiples of `tiles`.
    clip : float
        Largest count of a bin, in units of the mean count of all 65,536 bins; at least 1 count.
    tiles : int
        Tiles along each side.
    needed : (row, column) ndarray of bool, optional
        Pixels whose result is wanted; the others are 0, and cost little.

    Returns
    -------
    (image, row, column) ndarray of uint16

    Raises
    ------
    ValueError
        The images cannot be cut into equal tiles, or `clip` is not positive.
    """
    rows, columns = images.shape[1:]
    if tiles < 1 or rows % tiles or columns % tiles:
        raise ValueError(f"{rows} x {columns} pixels cannot be cut into {tiles} x {tiles} equal tiles")
    size = (rows // tiles) * (columns // tiles)
    if not clip > 0 or size >= BINS:
        raise ValueError(f"clip {clip} must be positive, and tiles of {size} pixels smaller than {BINS}")
    spans = _spans(np.ones((rows, columns), dtype=bool) if needed is None else needed)
    out = np.zeros(images.shape, dtype=np.uint16)
    limit = max(int(clip * size / BINS), 1)
    _equalise(np.ascontiguousarray(images), limit, tiles, spans, _used_tiles(spans, tiles, columns), out)
    return out


def _spans(needed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First needed column of each row, and the one after the last; (0, 0) where none is."""
    columns = needed.shape[1]
    first = np.argmax(needed, axis=1)
    last = columns - np.argmax(needed[:, ::-1], axis=1)
    spans: NDArray[np.int64] = np.stack([first, last], axis=1)
    spans[~needed.any(axis=1)] = 0
    return spans


def _neighbours(size: int, tiles: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Tiles before and after each pixel along one axis, and the weight of the second."""
    at = np.arange(size, dtype=np.float32) * (np.float32(1) / np.float32(size // tiles)) - np.float32(0.5)
    before = np.floor(at).astype(np.int64)
    weight = at - before.astype(np.float32)
    return np.maximum(before, 0), np.minimum(before + 1, tiles - 1), weight


def _used_tiles(spans: NDArray[np.int64], tiles: int, columns: int) -> NDArray[np.bool_]:
    """Tiles that some needed pixel takes part of its value from."""
    used = np.zeros((tiles, tiles), dtype=bool)
    upper, lower, _ = _neighbours(len(spans), tiles)
    left, right, _ = _neighbours(columns, tiles)
    for row, (first, stop) in enumerate(spans):
        if stop > first:
            used[[[upper[row]], [lower[row]]], left[first] : right[stop - 1] + 1] = True
    return used


def _equalise(
    images: NDArray[np.uint16],
    limit: int,
    tiles: int,
    spans: NDArray[np.int64],
    used: NDArray[np.bool_],
    out: NDArray[np.uint16],
) -> None:
    rows, columns = images.shape[1:]
    upper, lower, below = _neighbours(rows, tiles)
    left, right, beyond = _neighbours(columns, tiles)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(left + right)) + 1, [columns]])
    ranks = np.empty((rows, columns), dtype=np.uint16)
    levels = np.empty(BINS + 1, dtype=np.float32)
    tables = np.empty((tiles, tiles, min(BINS, rows * columns)), dtype=np.uint16)
    for image, result in zip(images, out, strict=True):
        count = _rank(image, ranks, levels)
        _tabulate(ranks, levels, count, limit, used, tables)
        _interpolate(ranks, tables, spans, edges, upper, lower, below, left, right, beyond, result)


@compiled
def _rank(image: NDArray[np.uint16], ranks: NDArray[np.uint16], levels: NDArray[np.float32]) -> int:
    """Fill in the rank of each pixel's value and the value of each rank; return how many values there are."""
    present = np.zeros(65536, dtype=np.uint8)
    rank = np.empty(65536, dtype=np.uint16)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            present[image[row, column]] = 1
    count = 0
    for value in range(65536):
        rank[value] = count
        levels[count] = value
        count += present[value]
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            ranks[row, column] = rank[image[row, column]]
    return count


@compiled
def _tabulate(
    ranks: NDArray[np.uint16],
    levels: NDArray[np.float32],
    count: int,
    limit: int,
    used: NDArray[np.bool_],
    tables: NDArray[np.uint16],
) -> None:
    """Fill in the look-up table over ranks of each used tile."""
    tiles = len(used)
    height, width = ranks.shape[0] // tiles, ranks.shape[1] // tiles
    scale = np.float32(65535.0) / np.float32(height * width)
    one, nearest = np.float32(1), np.float32(NEAREST)
    kept = np.empty(count, dtype=np.int32)
    for i in range(tiles):
        for j in range(tiles):
            if not used[i, j]:
                continue
            kept[:] = 0
            excess = 0
            for row in range(i * height, (i + 1) * height):
                for column in range(j * width, (j + 1) * width):
                    at = ranks[row, column]
                    if kept[at] < limit:
                        kept[at] += 1
                    else:
                        excess += 1
            total = 0
            for k in range(count):
                total += kept[k]
                kept[k] = total
            # one more count in bins 0, step, 2 step, ...: so many at or below each value
            most, step = np.float32(excess), np.float32(max(65536 // max(excess, 1), 1))
            table = tables[i, j]
            for k in range(count):
                more = np.float32(np.int32(levels[k] / step)) + one
                more = more if more < most else most
                level = (np.float32(kept[k]) + more) * scale
                table[k] = np.int32((level + nearest) - nearest)


@compiled
def _interpolate(
    ranks: NDArray[np.uint16],
    tables: NDArray[np.uint16],
    spans: NDArray[np.int64],
    edges: NDArray[np.int64],
    upper: NDArray[np.int64],
    lower: NDArray[np.int64],
    below: NDArray[np.float32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    beyond: NDArray[np.float32],
    out: NDArray[np.uint16],
) -> None:
    """Weigh the look-up tables of the four tiles around each needed pixel, in single precision."""
    one, nearest = np.float32(1), np.float32(NEAREST)
    for row in range(len(ranks)):
        i, j, down = upper[row], lower[row], below[row]
        up = one - down
        of_row, result = ranks[row], out[row]
        for part in range(len(edges) - 1):
            a, b = left[edges[part]], right[edges[part]]
            above_left, above_right = tables[i, a], tables[i, b]
            under_left, under_right = tables[j, a], tables[j, b]
            for column in range(max(edges[part], spans[row, 0]), min(edges[part + 1], spans[row, 1])):
                rank = of_row[column]
                after = beyond[column]
                before = one - after
                first = np.float32(above_left[rank]) * before + np.float32(above_right[rank]) * after
                second = np.float32(under_left[rank]) * before + np.float32(under_right[rank]) * after
                result[column] = np.int32((first * up + second * down + nearest) - nearest)
