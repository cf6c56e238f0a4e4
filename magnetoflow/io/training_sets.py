"""Training sets: labelled frames of one camera and UTC date as HDF5, written in bounded memory.

Names follow the published sets, ``all-images-YYYY-MM-DD-<site>.h5``; datasets::

    images        (N, 256, 256) uint16, 20 frames per chunk, gzip, with checksums
    iso_ut_time   (N,) S27, ``2014-03-10T06:00:00.063119Z``: begin of the exposure
    label         (N,) int8, class index or -1
    flags         (N,) uint16
    label_source  (N,) int32, row in label_sources or -1
    label_sources (rows,) text, ``file:sheet:row``
    skymap_alt (3,) [m], skymap_glat, skymap_glon (3, 256, 256), skymap_elev, skymap_azim (256, 256) [deg]:
                  where a skymap was given

The published sets hold uint8 images of shape (256, 256, N) and no labels;
:mod:`magnetoflow.io.training_reading` reads both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.frames import SHAPE, Frames
from magnetoflow.aurora.sites import SITES
from magnetoflow.errors import InsufficientData
from magnetoflow.io.atomic import atomic_path
from magnetoflow.io.skymap import Skymap

FORMAT, VERSION = "magnetoflow training set", 1
BLOCK = 20
"""Frames in a chunk: one minute."""

_COLUMNS = {"iso_ut_time": "S27", "label": "i1", "flags": "u2", "label_source": "i4"}
_COLUMN_CHUNK = 1200


@contextmanager
def new_training_set(
    path: str | Path,
    site: str,
    *,
    sources: Sequence[str] = (),
    skymap: Skymap | None = None,
    wavelength: str = "white light",
    attrs: Mapping[str, str] | None = None,
) -> Iterator[TrainingSetWriter]:
    """Write a training set; the file appears when the block ends without an error.

    Parameters
    ----------
    path : path
    site : str
        Four letters; a THEMIS site's latitude and longitude become attributes.
    sources : sequence of str
        What the indices given to ``append`` mean.
    skymap : Skymap, optional
        Of latitude and longitude, given at the corners of pixels, the last row and column are left out.
    wavelength : str
    attrs : mapping of str to str, optional
        More attributes.

    Yields
    ------
    TrainingSetWriter
        To append frames in time order. The bytes do not depend on how they are cut into pieces.

    Raises
    ------
    ArchiveError
        The disk is full, or the folder cannot be written.
    InsufficientData
        No frames were appended.
    """
    with atomic_path(path) as part, part.open("w+b", buffering=0) as raw:
        sink = _Sink(cast(BinaryIO, raw))
        # format 1.10: HDF5 keeps checksums of its own structures from there on
        file = h5py.File(sink, "w", driver="fileobj", fileobj=sink, libver=("v110", "v110"))
        try:
            writer = TrainingSetWriter(site, file, sink)
            _describe(file, site, sources, skymap, {**(attrs or {}), "wavelength": wavelength})
            yield writer
            writer.finish(Path(path))
        except (OSError, RuntimeError, ValueError, LookupError):
            sink.check()
            raise
        finally:
            with suppress(OSError, RuntimeError, ValueError):
                file.close()
        sink.check()


class _Sink(io.RawIOBase):
    """A file whose failures HDF5 never sees: told of a full disk, it prints pages and may crash at exit."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw = raw
        self.error: OSError | None = None

    def check(self) -> None:
        """Raise the first failure."""
        if self.error is not None:
            raise self.error

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.raw.seek(offset, whence)

    def tell(self) -> int:
        return self.raw.tell()

    def truncate(self, size: int | None = None) -> int:
        try:
            return self.raw.truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        content = b"" if self.error else self.raw.read(len(view))
        view[:] = content + bytes(len(view) - len(content))
        return len(view)

    def write(self, content: Any) -> int:
        view = memoryview(content).cast("B")
        done = 0
        try:
            while self.error is None and done < len(view):
                done += self.raw.write(view[done:])
        except OSError as error:
            self.error = error
        return len(view)


def _describe(
    file: h5py.File,
    site: str,
    sources: Sequence[str],
    skymap: Skymap | None,
    attrs: Mapping[str, str],
) -> None:
    known = {"format": FORMAT, "layout": "frame, row, column", "site": site, "classes": ",".join(CLASSES)}
    for name, text in sorted({**attrs, **known}.items()):
        file.attrs[name] = np.bytes_(text.encode())  # fixed length: the same bytes each time
    file.attrs["format_version"] = np.int32(VERSION)
    if site in SITES:
        file.attrs["station_latitude"] = SITES[site].latitude
        file.attrs["station_longitude"] = SITES[site].longitude
    file.create_dataset(
        "images", (0, *SHAPE), "u2", maxshape=(None, *SHAPE), chunks=(BLOCK, *SHAPE),
        compression="gzip", compression_opts=1, shuffle=True, fletcher32=True, track_times=False,
    )  # fmt: skip
    for name, kind in _COLUMNS.items():
        _column(file, name, np.zeros(0, kind))
    _column(file, "label_sources", np.array([text.encode() for text in sources], "S"))
    if skymap is not None:
        _add_skymap(file, site, skymap)


def _add_skymap(file: h5py.File, site: str, skymap: Skymap) -> None:
    if skymap.site != site:
        raise ValueError(f"skymap of {skymap.site} in a set of {site}")
    arrays = {
        "alt": (skymap.altitude_km * 1000, "m"),
        "glat": (skymap.latitude_deg[:, :-1, :-1], "deg"),
        "glon": (skymap.longitude_deg[:, :-1, :-1], "deg"),
        "elev": (skymap.elevation_deg, "deg"),
        "azim": (skymap.azimuth_deg, "deg"),
    }
    for name, (values, unit) in arrays.items():
        dataset = file.create_dataset(
            f"skymap_{name}", data=np.asarray(values, np.float32), track_times=False
        )
        dataset.attrs["units"] = np.bytes_(unit.encode())
    file.attrs["skymap_valid_from"] = np.bytes_(skymap.valid_from.isoformat().encode())


def _column(file: h5py.File, name: str, values: NDArray[Any]) -> None:
    kind = values.dtype if values.dtype.itemsize else np.dtype("S1")
    file.create_dataset(
        name, data=values.astype(kind), maxshape=(None,), chunks=(_COLUMN_CHUNK,),
        compression="gzip", compression_opts=1, shuffle=True, fletcher32=True, track_times=False,
    )  # fmt: skip


@dataclass
class TrainingSetWriter:
    """Appends frames; holds less than one chunk of them and the columns."""

    site: str
    file: h5py.File
    sink: _Sink
    last: np.datetime64 = field(default_factory=lambda: np.datetime64("0001-01-01", "ns"))
    waiting: list[dict[str, NDArray[Any]]] = field(default_factory=list)

    def append(
        self, frames: Frames, label: NDArray[np.int8], source: NDArray[np.int32] | None = None
    ) -> None:
        """Append frames later than those before.

        Parameters
        ----------
        frames : Frames
        label : (frame,) ndarray of int8
            Class index or -1.
        source : (frame,) ndarray of int32, optional
            Index in the set's sources, -1 for none.

        Raises
        ------
        ValueError
            Frames of another site or shape, or not in time order.
        ArchiveError
            The disk is full.
        """
        if len(frames) == 0:
            return
        if frames.site != self.site or frames.images.shape[1:] != SHAPE or frames.images.dtype != np.uint16:
            found = f"{frames.site}, {frames.images.dtype} {frames.images.shape}"
            raise ValueError(f"frames of {found} in a set of {self.site}, uint16 {SHAPE}")
        if frames.time[0] <= self.last or (np.diff(frames.time) <= np.timedelta64(0)).any():
            raise ValueError("frames not in time order, or twice")
        self.last = frames.time[-1]
        columns = {
            "images": frames.images,
            "iso_ut_time": np.char.add(np.datetime_as_string(frames.time, unit="us"), "Z").astype("S27"),
            "label": label,
            "flags": frames.flags,
            "label_source": np.full(len(frames), -1, np.int32) if source is None else source,
        }
        if any(len(values) != len(frames) for values in columns.values()):
            raise ValueError("labels and frames differ in number")
        self.waiting.append(columns)
        self._write(every=False)

    def finish(self, path: Path) -> None:
        """Write what is left."""
        self._write(every=True)
        if self.file["images"].shape[0] == 0:
            raise InsufficientData(
                "no frames for a training set", where=path, todo="choose other dates or sites"
            )

    def _write(self, *, every: bool) -> None:
        waiting = sum(len(part["label"]) for part in self.waiting)
        count = waiting if every else waiting - waiting % BLOCK
        if count == 0:
            return
        joined = {name: np.concatenate([part[name] for part in self.waiting]) for name in self.waiting[0]}
        self.waiting = [{name: values[count:].copy() for name, values in joined.items()}]
        for name, values in joined.items():
            dataset = self.file[name]
            begin = dataset.shape[0]
            dataset.resize(begin + count, axis=0)
            for first in range(0, count, BLOCK):
                dataset[begin + first : begin + min(first + BLOCK, count)] = values[
                    first : min(first + BLOCK, count)
                ]
        self.sink.check()
