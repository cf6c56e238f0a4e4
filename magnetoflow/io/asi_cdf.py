"""Hour files of the THEMIS cameras (``thg_l1_asf``): the same frames as the minute files, in CDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.frames import SHAPE, Frames
from magnetoflow.errors import CorruptFile
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.cdf_times import EPOCH_1970_MS
from magnetoflow.io.integrity import check_file
from magnetoflow.io.pgm import once_in_order

MAX_FRAMES = 3600
"""One a second, three times the usual."""


def read_hour(path: Path, site: str) -> Frames:
    """Frames of one hour file, each second once, in time order.

    Parameters
    ----------
    path : Path
        ``thg_l1_asf_<site>_YYYYMMDDhh_vNN.cdf``; it carries no checksum, so all of it is decoded first.
    site : str

    Returns
    -------
    Frames
        Times are begins of exposures to the millisecond where the file has them (``_epoch``), else the whole
        3 s steps of ``_time``.

    Raises
    ------
    CorruptFile
        The file cannot be decoded, is of another site, or does not hold what an hour file holds.
    """
    check_file(path, expect_md5=False)
    file = CdfFile(path)
    name = f"thg_asf_{site}"
    for wanted in (name, f"{name}_time"):
        if wanted not in file.variables:
            raise CorruptFile(path, f"variable {wanted} is not in the file: another site or product")
    images, time = file.values(name), _times(file, name)
    if images.dtype != np.uint16 or images.shape[1:] != SHAPE or len(images) > MAX_FRAMES:
        raise CorruptFile(
            path, f"{name} is {images.dtype} {images.shape}, expected uint16 frames of 256 x 256"
        )
    if time.shape != images.shape[:1]:
        raise CorruptFile(path, f"{len(images)} frames, but times of shape {time.shape}")
    if not (np.isfinite(time) & (time > 0) & (time < 4e9)).all():
        raise CorruptFile(path, f"{name}_time holds fill values or times out of range")
    utc = np.rint(time * 1e3).astype(np.int64).astype("datetime64[ms]").astype("datetime64[ns]")
    rows, flags = once_in_order(utc)
    return Frames(
        site, utc[rows], images if len(rows) == len(utc) and not flags.any() else images[rows], flags
    )


def _times(file: CdfFile, name: str) -> NDArray[Any]:
    """Seconds since 1970 of each frame: exact where ``_epoch`` is filled in and agrees with ``_time``."""
    time = np.asarray(file.values(f"{name}_time"), dtype=np.float64)
    if f"{name}_epoch" not in file.variables:
        return time
    exact = (np.asarray(file.values(f"{name}_epoch"), dtype=np.float64) - EPOCH_1970_MS) / 1e3
    if exact.shape != time.shape:
        return time
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(exact - time) < 1, exact, time)
