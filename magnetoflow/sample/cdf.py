"""Write CDF files that are the same to the last byte each time, with the MD5 trailer of the real archives."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError
from magnetoflow.tt2000 import tt2000 as tt2000

SHORTEST_PACKED = 256
"""Bytes; the library warns of shorter variables that they do not get shorter."""


def load_pycdf() -> Any:
    """Import pycdf without a trace in the home folder: spacepy makes a folder of its own at import."""
    before = os.environ.get("SPACEPY")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SPACEPY"] = folder
        try:
            from spacepy import pycdf
        finally:
            if before is None:
                del os.environ["SPACEPY"]
            else:
                os.environ["SPACEPY"] = before
    return pycdf


def write_cdf(
    path: Path,
    variables: Mapping[str, NDArray[Any]],
    attributes: Mapping[str, Mapping[str, Any]],
    global_attributes: Mapping[str, str],
    packing: int = 6,
    *,
    epochs: Collection[str] = (),
    fixed: Collection[str] = (),
) -> None:
    """Write a CDF file under a temporary name and rename it.

    Parameters
    ----------
    path : Path
        Final name.
    variables : mapping of str to ndarray
        Values; integers of 64 bits are TT2000; text and single values do not vary with the record.
    attributes : mapping of str to mapping
        Attributes of each variable, in the order in which the variables are written.
    global_attributes : mapping of str to str
    packing : int
        Level of gzip, 1 to 9.
    epochs : collection of str
        Doubles that are CDF_EPOCH [ms since the year 0], as are doubles among their attributes.
    fixed : collection of str
        Single-precision axes that do not vary with the record.

    Raises
    ------
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    pycdf = load_pycdf()
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    file = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        file = pycdf.CDF(str(temporary), "")
        for name, text in global_attributes.items():
            file.attrs[name] = text
        for name in attributes:
            values, kept = variables[name], attributes[name]
            _write_variable(pycdf, file, name, values, kept, packing, name in epochs, name in fixed)
        file.checksum(True)
        file.close()
        temporary.replace(path)
    except (OSError, pycdf.CDFError) as error:
        if file is not None:
            file._opened = False  # the library would close it again, and print that this failed
        raise ArchiveError(
            "file cannot be written",
            where=path,
            why=str(error),
            todo="free space, or choose another folder",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_variable(
    pycdf: Any,
    file: Any,
    name: str,
    values: NDArray[Any],
    attributes: Mapping[str, Any],
    packing: int,
    is_epoch: bool,
    is_fixed: bool,
) -> None:
    """Write one variable with its attributes."""
    const = pycdf.const
    if values.dtype.kind in "US":
        file.new(name, values, type=const.CDF_CHAR, recVary=False)
    elif values.ndim == 0 or is_fixed:
        file.new(name, values, type=const.CDF_REAL4, recVary=False)
    else:
        kinds = {
            "int64": const.CDF_TIME_TT2000, "uint32": const.CDF_UINT4, "float32": const.CDF_REAL4,
            "uint8": const.CDF_UINT1, "uint16": const.CDF_UINT2, "int32": const.CDF_INT4,
            "float64": const.CDF_DOUBLE,
        }  # fmt: skip
        kind = const.CDF_EPOCH if is_epoch else kinds[values.dtype.name]
        pack = const.GZIP_COMPRESSION if values.nbytes >= SHORTEST_PACKED else const.NO_COMPRESSION
        file.new(name, values, type=kind, compress=pack, compress_param=packing)
    for key, value in attributes.items():
        if "epoch" in name.lower() and isinstance(value, np.int64):
            file[name].attrs.new(key, value, type=const.CDF_TIME_TT2000)
        elif is_epoch and isinstance(value, np.float64):
            file[name].attrs.new(key, value, type=const.CDF_EPOCH)
        elif isinstance(value, str):  # the library looks at all others of the name to guess the type
            file[name].attrs.new(key, value, type=const.CDF_CHAR)
        else:
            file[name].attrs[key] = value
