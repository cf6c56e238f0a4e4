"""Times of array files: numbers with a unit as the CF conventions write it, datetime64, or ISO text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.io.integrity import brief

UNITS_NS = {
    "nanosecond": 1, "ns": 1, "microsecond": 10**3, "us": 10**3, "millisecond": 10**6, "ms": 10**6,
    "msec": 10**6, "second": 10**9, "sec": 10**9, "s": 10**9, "minute": 60 * 10**9, "min": 60 * 10**9,
    "hour": 3600 * 10**9, "hr": 3600 * 10**9, "h": 3600 * 10**9, "day": 86400 * 10**9, "d": 86400 * 10**9,
}  # fmt: skip
SINCE = re.compile(r"\s*(\w+)\s+since\s+(.+?)\s*(?:Z|UTC|\+00:?00)?\s*", re.IGNORECASE)
LIMIT_NS = 9.2e18


def decoded_times(values: NDArray[Any], unit: str, where: str | Path) -> NDArray[np.datetime64]:
    """Decode times.

    Parameters
    ----------
    values : (t,) ndarray
        Numbers, datetime64 or ISO text.
    unit : str
        ``seconds since 1970-01-01``, UTC without leap seconds; not used for datetime64 and text.
    where : str
        File and variable, for the message.

    Returns
    -------
    (t,) ndarray of datetime64[ns]
        UTC; NaT where missing, or where 64 bits cannot hold it.

    Raises
    ------
    VariableError
        The unit, or a text, is not that of a time.
    """
    if values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    if values.dtype.kind in "SUO":
        return _from_text(values, where)
    match = SINCE.fullmatch(unit)
    step = UNITS_NS.get(match[1].lower(), UNITS_NS.get(match[1].lower().removesuffix("s"))) if match else None
    if match is None or step is None or values.dtype.kind not in "iuf":
        raise VariableError(
            "times have another unit",
            where=where,
            why=f"found {brief(unit)!r} of {values.dtype}, expected one like 'seconds since 1970-01-01'",
            todo="where the file states none, set time_unit",
        )
    try:
        epoch = np.datetime64(match[2].replace(" ", "T", 1), "ns").astype(np.int64)
    except ValueError as error:
        raise VariableError(
            "times have another unit", where=where, why=f"{brief(match[2])!r} is no time"
        ) from error
    good = np.abs(values.astype(np.float64) * step + float(epoch)) < LIMIT_NS
    kept = np.where(good, values, 0)
    whole = kept.astype(np.int64)  # integers stay exact
    ns = whole * step + np.rint((kept - whole) * step).astype(np.int64) + epoch
    return np.where(good, ns, np.iinfo(np.int64).min).astype("datetime64[ns]")


def _from_text(values: NDArray[Any], where: str | Path) -> NDArray[np.datetime64]:
    texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values.tolist()]
    try:
        return np.array([one.strip().removesuffix("Z") for one in texts], dtype="datetime64[ns]")
    except ValueError as error:
        raise VariableError("times are not ISO 8601", where=where, why=brief(error)) from error
