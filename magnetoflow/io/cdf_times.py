"""CDF times to UTC. TT2000 counts leap seconds, numpy does not: converted once, after sorting."""

from __future__ import annotations

from typing import Any

import cdflib
import numpy as np
from numpy.typing import NDArray

SECOND_NS = 1_000_000_000


def to_utc(epoch: NDArray[Any]) -> NDArray[np.datetime64]:
    """Convert CDF times.

    Parameters
    ----------
    epoch : (time,) ndarray
        TT2000 (int64, ns), or CDF_EPOCH (float64, ms).

    Returns
    -------
    (time,) ndarray of datetime64[ns]
        UTC. A time inside a leap second, which numpy cannot write, is squeezed into the last microsecond of
        the second before, so that times stay in order.
    """
    if not len(epoch):
        return np.zeros(0, dtype="datetime64[ns]")
    utc = np.asarray(cdflib.cdfepoch.to_datetime(epoch)).astype("datetime64[ns]")
    if epoch.dtype.kind == "f":
        return utc
    later = np.asarray(cdflib.cdfepoch.to_datetime(epoch + SECOND_NS)).astype("datetime64[ns]")
    leap = np.flatnonzero(utc == later)
    if len(leap):
        midnight = utc[leap].astype("datetime64[s]").astype("datetime64[ns]")
        fraction = (utc[leap] - midnight).astype(np.int64) // 1_000_000
        utc[leap] = midnight - np.timedelta64(1000, "ns") + fraction.astype("timedelta64[ns]")
    return utc
