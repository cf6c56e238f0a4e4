"""Arrays by name out of NetCDF-4, HDF5 or npz files, with the names of their dimensions."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import CorruptFile, VariableError
from magnetoflow.io.integrity import brief

ERRORS = (
    OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, EOFError, MemoryError,
    OverflowError, NotImplementedError, SyntaxError, zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
"""What h5py and numpy raise at files that are damaged or foreign."""
MOST_NUMBERS = 50_000_000
"""Of one array that is read at once: more takes too much memory."""
HDF5, ZIP, NETCDF3 = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"CDF"
T = TypeVar("T")


class Arrays(Protocol):
    """An open file."""

    path: Path

    def names(self) -> list[str]:
        """Names of the arrays."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array."""

    def dims(self, name: str) -> list[set[str]]:
        """Names of each of its dimensions, none where the file has none."""

    def attributes(self, name: str) -> dict[str, Any]:
        """Attributes of an array."""

    def read(self, name: str, axis: int = 0, rows: slice = slice(None)) -> NDArray[Any]:
        """Read its values, or those in `rows` of one axis."""

    def close(self) -> None:
        """Close the file."""


class Opened:
    """Context of an open file of whichever kind.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CorruptFile
        It cannot be opened, or is of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Arrays:
        self.arrays = _edge(self.path, "file", lambda: _opened(self.path))
        return self.arrays

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.arrays.close()


def _edge(path: Path, what: str, call: Callable[[], T]) -> T:
    """Call, and turn what a library raises into one error."""
    try:
        return call()
    except ERRORS as error:
        said = brief(f"{what} cannot be read: {type(error).__name__} {error}")
        raise CorruptFile(path, said) from error


def _opened(path: Path) -> Arrays:
    with path.open("rb") as stream:
        head = stream.read(8)
    if head == HDF5:
        return _Hdf5(path)
    if head[:4] == ZIP:
        return _Npz(path)
    if head[:3] == NETCDF3:
        raise ValueError("a NetCDF-3 file; convert it by nccopy -k nc4")
    raise ValueError(f"neither NetCDF-4, HDF5 nor npz: starts with {head.hex()}")


def _check_size(path: Path, name: str, numbers: int) -> None:
    if numbers > MOST_NUMBERS:
        raise VariableError(
            "array is too large to be read at once",
            where=f"{path}, {brief(name)}",
            why=f"{numbers} numbers, at most {MOST_NUMBERS}",
            todo="read shorter parts of it: set part_days",
        )


class _Hdf5:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = h5py.File(path, "r")

    def _array(self, name: str) -> h5py.Dataset:
        found = self._file[name]
        if not isinstance(found, h5py.Dataset) or found.file.filename != self._file.filename:
            raise ValueError(f"{brief(name)} is no array of this file")
        return found

    def names(self) -> list[str]:
        found: list[str] = []

        def note(name: str, one: Any) -> None:
            if isinstance(one, h5py.Dataset):
                found.append(name)

        _edge(self.path, "file", lambda: self._file.visititems(note))
        return found

    def shape(self, name: str) -> tuple[int, ...]:
        return _edge(self.path, name, lambda: tuple(self._array(name).shape))

    def dims(self, name: str) -> list[set[str]]:
        return _edge(self.path, name, lambda: [_scales(one) for one in self._array(name).dims])

    def attributes(self, name: str) -> dict[str, Any]:
        return _edge(self.path, f"attributes of {name}", lambda: dict(self._array(name).attrs.items()))

    def read(self, name: str, axis: int = 0, rows: slice = slice(None)) -> NDArray[Any]:
        shape = list(self.shape(name))
        if shape:
            shape[axis] = len(range(*rows.indices(shape[axis])))
        _check_size(self.path, name, int(np.prod(shape, dtype=object)))
        cut = (slice(None),) * axis + (rows,) if shape else ()
        return _edge(self.path, name, lambda: np.asarray(self._array(name)[cut]))

    def close(self) -> None:
        self._file.close()


def _scales(dimension: Any) -> set[str]:
    """Names of one dimension: those of its scales and its label."""
    names = {str(scale.name).rsplit("/", 1)[-1] for scale in dimension.values()}
    return (names | {str(dimension.label)}) - {""}


class _Npz:
    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self._sizes = {one.filename.removesuffix(".npy"): one.file_size for one in archive.infolist()}
            foreign = [name for name in archive.namelist() if not name.endswith(".npy")]
        if foreign:  # numpy gives the bytes of such a member
            raise ValueError(f"a member that is no array: {brief(foreign[0], 60)}")
        self._file = np.load(path, allow_pickle=False)
        self._read: dict[str, NDArray[Any]] = {}

    def names(self) -> list[str]:
        return list(self._file.files)

    def _whole(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            _check_size(self.path, name, self._sizes.get(name, 0) // 8)
            self._read[name] = _edge(self.path, name, lambda: np.asarray(self._file[name]))
        return self._read[name]

    def shape(self, name: str) -> tuple[int, ...]:
        return self._whole(name).shape

    def dims(self, name: str) -> list[set[str]]:
        """Names that the array ``<name>_dims`` holds as text."""
        key = f"{name}_dims"
        if key in self._file.files and len(self._whole(key)) == self._whole(name).ndim:
            return [{str(one)} for one in self._whole(key)]
        return [set() for _ in self.shape(name)]

    def attributes(self, name: str) -> dict[str, Any]:  # noqa: ARG002 (the file has none)
        return {}

    def read(self, name: str, axis: int = 0, rows: slice = slice(None)) -> NDArray[Any]:
        values = self._whole(name)
        return values[(slice(None),) * axis + (rows,)] if values.ndim else values

    def close(self) -> None:
        self._file.close()
