"""One CDF file: its variables and attributes as stored; what the library raises becomes one error."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import cdflib
import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import CorruptFile
from magnetoflow.io.integrity import brief

READER_ERRORS: tuple[type[Exception], ...] = (
    ValueError, EOFError, OSError, zlib.error, struct.error, OverflowError, MemoryError, LookupError,
    TypeError, AttributeError, ArithmeticError, RecursionError, NameError, RuntimeError, AssertionError,
    BufferError, StopIteration,
)  # fmt: skip
"""What cdflib was seen to raise on damaged files, with the kin of each."""
with suppress(ImportError):  # cdflib unpacks with it where it is installed
    from deflate import DeflateError  # type: ignore[import-not-found, unused-ignore]

    READER_ERRORS = (*READER_ERRORS, DeflateError)


class CdfFile:
    """One CDF file; every failure of the library becomes a CorruptFile at this edge.

    Parameters
    ----------
    path : path

    Raises
    ------
    CorruptFile
        The file cannot be opened.

    Notes
    -----
    Text is read as Latin-1, which knows every byte: a degree sign in an attribute is no damage.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._attributes: dict[str, dict[str, Any]] = {}
        with self._edge("header"):
            self._file = cdflib.CDF(self.path, string_encoding="latin-1")
            info = self._file.cdf_info()
            self.variables: tuple[str, ...] = (*info.zVariables, *info.rVariables)
            # cdf_info() has a field for it, and leaves it empty
            self.leap_seconds = int(getattr(self._file, "_leap_second_updated", 0))

    @contextmanager
    def _edge(self, what: str) -> Iterator[None]:
        try:
            yield
        except READER_ERRORS as error:
            said = f"{type(error).__name__} {error}" if str(error) else type(error).__name__
            raise CorruptFile(self.path, brief(f"{what} cannot be decoded: {said}")) from error

    def global_attributes(self) -> dict[str, Any]:
        """Global attributes."""
        with self._edge("global attributes"):
            return dict(self._file.globalattsget())

    def attributes(self, name: str) -> dict[str, Any]:
        """Attributes of a variable."""
        if name not in self._attributes:
            with self._edge(f"attributes of {name}"):
                self._attributes[name] = dict(self._file.varattsget(name))
        return self._attributes[name]

    def values(self, name: str) -> NDArray[Any]:
        """All records of a variable as stored; (0, ...) where it has none."""
        with self._edge(f"variable {name}"):
            about = self._file.varinq(name)
            if about.Last_Rec < 0:
                return np.zeros((0, *about.Dim_Sizes))
            return np.asarray(self._file.varget(name))

    def varies(self, name: str) -> bool:
        """Whether the variable has one value per record."""
        with self._edge(f"variable {name}"):
            return bool(self._file.varinq(name).Rec_Vary)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of one record of a variable."""
        with self._edge(f"variable {name}"):
            return tuple(int(size) for size in self._file.varinq(name).Dim_Sizes)
