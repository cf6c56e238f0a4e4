"""Skymaps of the THEMIS cameras: where each pixel looks. IDL save files, decoded in a child process first."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import readsav

from magnetoflow.aurora.frames import SHAPE
from magnetoflow.errors import CorruptFile
from magnetoflow.io.asi_names import skymap_dates
from magnetoflow.io.integrity import brief, decode_in_child

MAX_BYTES = 64 << 20
"""Twenty times the size of a real one."""
SIGNATURES = (b"SR\x00\x04", b"SR\x00\x06")
DECODE_SECONDS = 60
"""The reader follows pointers in the file, and does not end where they lead back."""
READER_ERRORS = (
    ValueError, EOFError, OSError, zlib.error, struct.error, OverflowError, MemoryError, LookupError,
    TypeError, AttributeError, ArithmeticError, RecursionError, RuntimeError, UnboundLocalError,
)  # fmt: skip
CORNERS = (SHAPE[0] + 1, SHAPE[1] + 1)


@dataclass(frozen=True)
class Skymap:
    """Directions and mapped positions of a camera's pixels; NaN where a pixel is outside the lens.

    Attributes
    ----------
    site : str
    valid_from : date
        From the name of the file.
    elevation_deg : (256, 256) ndarray of float32 [deg]
        Of pixel centres; rows and columns as in the images.
    azimuth_deg : (256, 256) ndarray of float32 [deg]
        Clockwise from geographic north.
    altitude_km : (altitude,) ndarray of float64 [km]
        Of the mapping, 90, 110 and 150.
    latitude_deg, longitude_deg : (altitude, 257, 257) ndarray of float32 [deg]
        Geographic, of pixel corners; longitude 0 to 360 east.
    """

    site: str
    valid_from: date
    elevation_deg: NDArray[np.float32]
    azimuth_deg: NDArray[np.float32]
    altitude_km: NDArray[np.float64]
    latitude_deg: NDArray[np.float32]
    longitude_deg: NDArray[np.float32]


def read_skymap(path: Path) -> Skymap:
    """Read a skymap.

    Parameters
    ----------
    path : Path
        ``themis_skymap_<site>_YYYYMMDD-+_vXX.sav``; the name says site and date.

    Returns
    -------
    Skymap

    Raises
    ------
    CorruptFile
        The name is not that of a skymap; the file cannot be decoded; a field is missing, has another shape or
        holds values out of range; or the file is of another site.
    """
    site = path.name.removeprefix("themis_skymap_")[:4]
    dates = skymap_dates(path.name, site)
    if dates is None:
        raise CorruptFile(path, "not named themis_skymap_<site>_YYYYMMDD-+_vXX.sav")
    record = _record(path)
    named = _text(record.get("site_uid", site))
    if named != site:
        raise CorruptFile(path, f"is of site {brief(named, 20)!r} by its SITE_UID, but of {site} by its name")
    altitude = _field(path, record, "full_map_altitude", (None,), 10e3, 1000e3).astype(np.float64) / 1e3
    mapped = (len(altitude), *CORNERS)
    elevation = _field(path, record, "full_elevation", SHAPE, -90, 90)
    if np.isnan(altitude).any() or np.isnan(elevation).all():
        raise CorruptFile(path, "FULL_MAP_ALTITUDE or FULL_ELEVATION is not filled in")
    return Skymap(
        site,
        dates[0],
        elevation,
        _field(path, record, "full_azimuth", SHAPE, -360, 360),
        altitude,
        _field(path, record, "full_map_latitude", mapped, -90, 90),
        _field(path, record, "full_map_longitude", mapped, -180, 360),
    )


def _record(path: Path) -> dict[str, Any]:
    """Fields of the structure in the file, by name in lower case."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            signature = stream.read(4)
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    if not 0 < size <= MAX_BYTES:
        raise CorruptFile(path, f"{size} bytes, expected 1 to {MAX_BYTES}")
    if signature not in SIGNATURES:
        raise CorruptFile(path, f"not an IDL save file: starts with {signature.hex()}")
    decode_in_child(path, DECODE_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it cannot verify lengths, in real files too
            variables = readsav(path, python_dict=True)
    except READER_ERRORS as error:
        raise CorruptFile(path, brief(f"cannot be decoded: {type(error).__name__} {error}")) from error
    for value in variables.values():
        names = getattr(getattr(value, "dtype", None), "names", None) or ()
        if names and value.shape == (1,) and "FULL_ELEVATION" in (name.upper() for name in names):
            return {name.lower(): value[name][0] for name in names}
    raise CorruptFile(path, "holds no structure with FULL_ELEVATION")


def _text(value: object) -> str:
    return value.decode("latin-1").strip() if isinstance(value, bytes) else str(value).strip()


def _field(
    path: Path, record: dict[str, Any], name: str, shape: tuple[int | None, ...], low: float, high: float
) -> NDArray[np.float32]:
    """Field as native float32, after a check of its shape (None: any length) and range."""
    values = np.asarray(record.get(name, ()))
    fits = len(shape) == values.ndim and all(
        want in (None, have) for want, have in zip(shape, values.shape, strict=True)
    )
    if not fits or values.dtype.kind not in "iuf" or values.size == 0:
        raise CorruptFile(path, f"{name.upper()} is {values.dtype} {values.shape}, expected numbers {shape}")
    numbers = values.astype(np.float32)
    with np.errstate(invalid="ignore"):
        outside = (numbers < low) | (numbers > high)
    if outside.any():
        raise CorruptFile(path, f"{name.upper()} holds {numbers[outside][0]}, outside {low} to {high}")
    return numbers
