"""UTC to TT2000, the time of the MMS archives: nanoseconds that count leap seconds. Needs no CDF library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_J2000_NS = np.datetime64("2000-01-01T12:00:00", "ns").astype(np.int64)
_LEAPS = (("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37))  # TAI - UTC from that day on [s]
_TT_MINUS_TAI_NS = 32_184_000_000


def tt2000(time: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """UTC to TT2000.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC, 2012-07-01 or later.

    Returns
    -------
    (time,) ndarray of int64 [ns]
        Nanoseconds of Terrestrial Time since 2000-01-01T12:00.

    Raises
    ------
    ValueError
        A time before the first leap second of the table, or NaT.
    """
    if not (time >= np.datetime64(_LEAPS[0][0])).all():
        raise ValueError(f"times of {_LEAPS[0][0]} or later, without NaT, can be written as TT2000")
    leaps = np.zeros(time.shape, dtype=np.int64)
    for since, seconds in _LEAPS:
        leaps = np.where(time >= np.datetime64(since), seconds, leaps)
    utc = time.astype("datetime64[ns]").astype(np.int64)
    return utc - _J2000_NS + leaps * 1_000_000_000 + _TT_MINUS_TAI_NS
