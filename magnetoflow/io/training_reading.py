"""Read training sets: ours and the published ones, as blocks of consecutive frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, UNLABELLED
from magnetoflow.aurora.frames import GAP_S, SHAPE, Frames
from magnetoflow.errors import CorruptFile, MissingData
from magnetoflow.io.training_sets import FORMAT, VERSION

MAX_FRAMES = 40_000
MAX_SIDE = 1024
MAX_CHUNK = 1 << 26
MAX_SOURCES = 100_000
_FILTERS = {1, 2, 3, 32_000}
"""Deflate, shuffle, Fletcher32, LZF: others would be loaded as a plugin."""

_ERRORS = (OSError, RuntimeError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError)
_NAME = re.compile(r"all-images-\d{4}-\d{2}-\d{2}-([a-z]{4})\.h5")
_TIME = re.compile(rb"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z")


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """A training set without its images.

    Attributes
    ----------
    path : Path
    site : str
    time : (frame,) ndarray of datetime64[ns]
        UTC, strictly increasing.
    label : (frame,) ndarray of int8
        Class index, or ``UNLABELLED`` (all of a published set).
    flags : (frame,) ndarray of uint16
    source : (frame,) ndarray of int32
        Index in `sources`, or -1.
    sources : tuple of str
    index : (frame,) ndarray of int64
        Where each frame stands in the file.
    frame_axis : int
        0 or 2.
    """

    path: Path
    site: str
    time: NDArray[np.datetime64]
    label: NDArray[np.int8]
    flags: NDArray[np.uint16]
    source: NDArray[np.int32]
    sources: tuple[str, ...]
    index: NDArray[np.int64]
    frame_axis: int


def read_training_set(path: str | Path) -> TrainingSet:
    """Read everything but the images.

    Parameters
    ----------
    path : path
        Ours; a published THEMIS set (uint8, frame last); a published PFRR set (frame first).

    Returns
    -------
    TrainingSet

    Raises
    ------
    CorruptFile
        Damaged, or another kind of file.
    MissingData
        There is no such file.
    """
    with _opened(path) as file:
        return _header(Path(path), file)


def read_blocks(
    path: str | Path,
    *,
    label: NDArray[np.int8] | None = None,
    most: int = 400,
    gap_s: float = GAP_S,
) -> Iterator[tuple[Frames, NDArray[np.int8]]]:
    """Read blocks of consecutive frames with their labels.

    Parameters
    ----------
    path : path
    label : (frame,) ndarray of int8, optional
        Labels to use, one for each time of :func:`read_training_set`.
    most : int [frame]
        Longer runs of frames are cut.
    gap_s : float [s]
        Frames further apart are not in one block.

    Yields
    ------
    Frames, (frame,) ndarray of int8
        Images of 8 bit are multiplied by 257, which undoes the published scaling but for its rounding.

    Raises
    ------
    CorruptFile, MissingData
        As :func:`read_training_set`.
    """
    head = read_training_set(path)
    labels = head.label if label is None else np.asarray(label, np.int8)
    if labels.shape != head.time.shape:
        raise ValueError(f"{len(labels)} labels for {len(head.time)} frames")
    with _opened(path) as file:
        images = _dataset(file, "images", "u")
        for first, last in _blocks(head.time, most, gap_s):
            rows = slice(first, last)
            frames = Frames(head.site, head.time[rows], _frames(images, head, rows), head.flags[rows])
            yield frames, labels[rows]


@contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    path = Path(path)
    if not path.is_file():
        raise MissingData("training set not found", where=path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except _ERRORS as error:
        raise CorruptFile(path, f"training set not readable: {str(error)[:300]}") from error


def _header(path: Path, file: h5py.File) -> TrainingSet:
    raw = _dataset(file, "iso_ut_time", "S")
    if raw.ndim != 1 or not 0 < raw.shape[0] <= MAX_FRAMES or raw.dtype.itemsize > 40:
        raise ValueError(f"iso_ut_time of {raw.shape} {raw.dtype}; at most {MAX_FRAMES} texts")
    n = raw.shape[0]
    time, index = np.unique(_times(raw[()]), return_index=True)
    own = _text(file, "format") == FORMAT
    if own and file.attrs.get("format_version") != VERSION:
        raise ValueError(f"format_version is not {VERSION}; made by another version of magnetoflow")
    label = _per_frame(file, "label", n, np.int8, UNLABELLED)
    if not ((label >= UNLABELLED) & (label < len(CLASSES))).all():
        raise ValueError("labels that are no class")
    sources = _sources(file)
    source = _per_frame(file, "label_source", n, np.int32, -1)
    if not ((source >= -1) & (source < len(sources))).all():
        raise ValueError("label_source beyond label_sources")
    return TrainingSet(
        path=path,
        site=_site(path, file),
        time=time,
        label=label[index],
        flags=_per_frame(file, "flags", n, np.uint16, 0)[index],
        source=source[index],
        sources=sources,
        index=index,
        frame_axis=_frame_axis(file, n, own=own),
    )


def _dataset(file: h5py.File, name: str, kinds: str) -> h5py.Dataset:
    """Look a dataset up that holds its own data, without following links or loading plugins."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"no dataset {name!r}")
    found = file[name]
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in kinds:
        raise ValueError(f"{name!r} is not a dataset of the expected type")
    if found.is_virtual or found.external:
        raise ValueError(f"{name!r} keeps its data in other files")
    creation = found.id.get_create_plist()
    filters = {creation.get_filter(k)[0] for k in range(creation.get_nfilters())}
    if not filters <= _FILTERS:
        raise ValueError(f"{name!r} uses filters {sorted(filters - _FILTERS)}")
    if found.chunks and np.prod(found.chunks, dtype=float) * found.dtype.itemsize > MAX_CHUNK:
        raise ValueError(f"{name!r} has chunks of more than {MAX_CHUNK} bytes")
    return found


def _times(texts: NDArray[np.bytes_]) -> NDArray[np.datetime64]:
    values = texts.tolist()
    wrong = next((text for text in values if not _TIME.fullmatch(text)), None)
    if wrong is not None:
        raise ValueError(f"time {wrong[:40]!r}; expected UTC as 2014-03-10T06:00:00.063119Z")
    return np.array([text[:-1].decode() for text in values], "datetime64[ns]")


def _per_frame(file: h5py.File, name: str, n: int, kind: Any, missing: int) -> NDArray[Any]:
    if name not in file:
        return np.full(n, missing, kind)
    found = _dataset(file, name, "iu")
    if found.shape != (n,) or found.dtype != np.dtype(kind):
        raise ValueError(f"{name!r} is {found.dtype} {found.shape}, expected {np.dtype(kind)} ({n},)")
    return np.asarray(found[()])


def _sources(file: h5py.File) -> tuple[str, ...]:
    if "label_sources" not in file:
        return ()
    found = _dataset(file, "label_sources", "S")
    if found.ndim != 1 or found.shape[0] > MAX_SOURCES or found.dtype.itemsize > 1000:
        raise ValueError("label_sources is no list of texts")
    return tuple(text.decode() for text in found[()].tolist())


def _text(file: h5py.File, name: str) -> str:
    if name not in file.attrs:
        return ""
    if file.attrs.get_id(name).get_storage_size() > 65_536:
        raise ValueError(f"attribute {name!r} is too long")
    value = file.attrs[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def _site(path: Path, file: h5py.File) -> str:
    named = _NAME.fullmatch(path.name)
    site = _text(file, "site") or (named[1] if named else "")
    if not re.fullmatch(r"[a-z]{4}", site):
        raise ValueError("no site: neither the attribute nor the file name all-images-YYYY-MM-DD-<site>.h5")
    return site


def _frame_axis(file: h5py.File, n: int, *, own: bool) -> int:
    images = _dataset(file, "images", "u")
    if images.ndim != 3 or images.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"images are {images.dtype} {images.shape}; expected uint8 or uint16, three axes")
    first, last = images.shape[0] == n, images.shape[2] == n
    if not first and not last:
        raise ValueError(f"images of shape {images.shape} for {n} times")
    # as many frames as columns: the published 8-bit sets have the frame last
    axis = 0 if own or not last or (first and images.dtype == np.uint16) else 2
    height, width = np.delete(images.shape, axis)
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise ValueError(f"images of {height} x {width}; at most {MAX_SIDE} x {MAX_SIDE}")
    return axis


def _blocks(time: NDArray[np.datetime64], most: int, gap_s: float) -> Iterator[tuple[int, int]]:
    gap = np.timedelta64(round(gap_s * 1e9), "ns")
    edges = [0, *(np.flatnonzero(np.diff(time) > gap) + 1).tolist(), len(time)]
    for begin, end in pairwise(edges):
        for first in range(begin, end, most):
            yield first, min(first + most, end)


def _frames(images: h5py.Dataset, head: TrainingSet, rows: slice) -> NDArray[np.uint16]:
    index = head.index[rows]
    order = np.argsort(index)
    low, high = int(index[order[0]]), int(index[order[-1]]) + 1
    together = high - low == len(index)
    wanted = slice(low, high) if together else index[order]
    found = images[wanted] if head.frame_axis == 0 else np.moveaxis(images[:, :, wanted], 2, 0)
    sorted_back = found[np.argsort(order)] if not np.array_equal(order, np.arange(len(order))) else found
    wide = sorted_back.astype(np.uint16) * np.uint16(257) if images.dtype == np.uint8 else sorted_back
    return np.ascontiguousarray(wide, dtype=np.uint16)


def read_elevation(path: str | Path) -> NDArray[np.float32] | None:
    """Elevation of each pixel [deg], NaN outside the lens; None where the set holds no skymap."""
    with _opened(path) as file:
        if "skymap_elev" not in file:
            return None
        elevation = np.asarray(_dataset(file, "skymap_elev", "f")[()], np.float32)
        if elevation.shape != SHAPE:
            raise ValueError(f"skymap_elev of {elevation.shape}, expected {SHAPE}")
        return elevation
