"""CDF times to UTC. TT2000 counts leap seconds, numpy does not: converted once, after sorting."""

from __future__ import annotations

from functools import cache
from typing import Any

import cdflib
import numpy as np
from numpy.typing import NDArray

SECOND_NS = 1_000_000_000
TT_MINUS_TAI_NS = 32_184_000_000
J2000_NS = int(np.datetime64("2000-01-01T12:00:00", "ns").astype(np.int64))
EPOCH_1970_MS = 62_167_219_200_000
"""CDF_EPOCH counts milliseconds since year 0."""


@cache
def _leap_table() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """TT2000 at which each offset begins, and the offset TAI - UTC [ns]; whole seconds, from 1972 on."""
    rows = [row for row in cdflib.cdfepoch.LTS if row[0] >= 1972]
    days = [np.datetime64(f"{int(row[0]):04}-{int(row[1]):02}-{int(row[2]):02}", "ns") for row in rows]
    offsets = np.array([int(row[3]) * SECOND_NS for row in rows], dtype=np.int64)
    return np.array(days).astype(np.int64) - J2000_NS + TT_MINUS_TAI_NS + offsets, offsets


def last_leap_second() -> int:
    """Date of the newest leap second that we know, as ``20170101``."""
    year, month, day = (int(number) for number in cdflib.cdfepoch.LTS[-1][:3])
    return year * 10000 + month * 100 + day


def representable(epoch: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether datetime64[ns] can hold each time; fill values it cannot."""
    if epoch.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(epoch - EPOCH_1970_MS) < 9.2e15 / 1e3)
    return np.asarray(
        (epoch > np.iinfo(np.int64).min + J2000_NS) & (epoch < np.iinfo(np.int64).max - J2000_NS)
    )


def to_milliseconds(epoch: NDArray[np.complex128]) -> NDArray[np.float64]:
    """CDF_EPOCH16, which the library gives as seconds since year 0 + picoseconds i, as CDF_EPOCH [ms].

    A double holds such a time to 8 µs.
    """
    return np.asarray(epoch.real * 1e3 + epoch.imag * 1e-9)


def to_utc(epoch: NDArray[Any]) -> NDArray[np.datetime64]:
    """Convert CDF times.

    Parameters
    ----------
    epoch : (time,) ndarray
        Ascending TT2000 (int64, ns) of 1972 or later, or CDF_EPOCH (float64, ms).

    Returns
    -------
    (time,) ndarray of datetime64[ns]
        UTC. A time inside a leap second, which numpy cannot write, is squeezed into the last 10 µs of the
        second before, so that times that increase still do.
    """
    if epoch.dtype.kind == "f":
        whole = np.floor(epoch)  # times of whole milliseconds stay exact
        part_ns = np.rint((epoch - whole) * 1e6).astype(np.int64)
        whole_ns = (whole - EPOCH_1970_MS).astype(np.int64) * 1_000_000
        return np.asarray((whole_ns + part_ns).astype("datetime64[ns]"))
    begins, offsets = _leap_table()
    row = np.maximum(np.searchsorted(begins, epoch, side="right") - 1, 0)
    utc = epoch + (J2000_NS - TT_MINUS_TAI_NS) - offsets[row]
    until = np.append(begins, np.iinfo(np.int64).max)[row + 1] - epoch
    leap = until <= SECOND_NS
    if leap.any():
        midnight = utc[leap] - (SECOND_NS - until[leap])
        utc[leap] = midnight - until[leap] // 100_000 - 1
        count = np.arange(len(utc))
        utc = np.maximum.accumulate(utc - count) + count  # those of the same 100 µs, 1 ns apart
    return utc.astype("datetime64[ns]")
