"""The times of one CDF file as stored: which are good, and which variable holds them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.cdf_times import last_leap_second, representable, to_milliseconds, to_utc
from magnetoflow.io.integrity import brief

LOG = logging.getLogger(__name__)


def read_epoch(file: CdfFile, name: str) -> NDArray[Any]:
    """Read the times of the records: TT2000 (int64, ns), or CDF_EPOCH (float64, ms), also for CDF_EPOCH16.

    Raises
    ------
    VariableError
        The file has no such variable, or it holds no times.
    """
    if name not in file.variables:
        raise VariableError(
            "no times in the file", where=f"{file.path}, {brief(name)}", why="DEPEND_0 names no variable"
        )
    epoch = file.values(name)
    if epoch.dtype.kind == "c":
        epoch = to_milliseconds(epoch)
    if epoch.ndim != 1 or epoch.dtype.kind not in "if":
        raise VariableError(
            "no times in the file",
            where=f"{file.path}, {brief(name)}",
            why=f"{epoch.dtype} of the shape {epoch.shape}, expected one time in each record",
        )
    return epoch.astype(np.int64) if len(epoch) == 0 else epoch


def good_epochs(epoch: NDArray[Any], attributes: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Whether each time is one, by its attributes too."""
    good = representable(epoch)
    for key, test in (("VALIDMIN", np.greater_equal), ("VALIDMAX", np.less_equal)):
        limit = attributes.get(key)
        if limit is not None and np.asarray(limit).dtype.kind == epoch.dtype.kind:
            good &= test(epoch, limit)
    if "FILLVAL" in attributes:
        good &= epoch != attributes["FILLVAL"]
    return np.asarray(good)


def name_of_times(path: Path, variable: str) -> str:
    """Name of the times of a variable: its DEPEND_0, or that of most variables where it is not in the file.

    Parameters
    ----------
    path : Path
        A checked file.
    variable : str
    """
    file = CdfFile(path)
    named = [variable] if variable in file.variables else file.variables
    times = Counter(str(file.attributes(one).get("DEPEND_0", "")).strip() for one in named)
    del times[""]
    return times.most_common(1)[0][0] if times else "Epoch"


def first_and_last(path: Path, epoch: str) -> tuple[str | None, str | None]:
    """ISO times of the earliest and the latest good record of a file; None where it has no records.

    Raises
    ------
    VariableError
        The file has no variable of that name.
    """
    file = CdfFile(path)
    times = read_epoch(file, epoch)
    times = times[good_epochs(times, file.attributes(epoch))]
    if not len(times):
        return None, None
    first, last = to_utc(np.array([times.min(), times.max()]))
    microsecond = np.timedelta64(1, "us")
    first_text, last_text = (str(np.datetime64(t, "us")) + "Z" for t in (first, last + microsecond))
    return first_text, last_text


def warn_of_leap_seconds(file: CdfFile) -> None:
    """Warn where a file was written with a newer table of leap seconds than ours."""
    known = last_leap_second()
    if file.leap_seconds > known:
        LOG.warning(
            "%s was written with leap seconds of %d, ours end at %d", file.path.name, file.leap_seconds, known
        )
