"""Angles and energies of distributions, and the rule for records in disorder: the same for all readers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
TOLERANCE_DEG = 1.0


def decimal(values: NDArray[Any]) -> Floats:
    """Axis in double precision; a single stands for its decimal number: 1.8 MeV, not 1.7999999523."""
    if values.dtype != np.float32:
        return values.astype(np.float64)
    return np.array([float(str(one)) for one in values.ravel()]).reshape(values.shape)


def checked_angles(values: NDArray[np.float64], where: str | Path, *, symmetric: bool) -> NDArray[np.int64]:
    """Order in which the pitch angles ascend.

    Parameters
    ----------
    values : (angle,) ndarray [deg]
    where : str
        File and variable, for the message.
    symmetric : bool
        They must mirror each other about 90 degrees.

    Raises
    ------
    VariableError
        They repeat, are not within 0 to 180, or have another middle than 90 degrees.
    """
    order = _ascending(values, where, "pitch angles", "three or more different angles of 0 to 180 degrees")
    angles = values[order]
    if len(angles) < 3 or angles[0] < 0 or angles[-1] > 180:
        raise _refused(values, where, "pitch angles", "three or more different angles of 0 to 180 degrees")
    if symmetric and (np.abs(angles + angles[::-1] - 180) > TOLERANCE_DEG).any():
        raise _refused(values, where, "pitch angles", "angles that mirror each other about 90 degrees")
    return order


def checked_energies(values: NDArray[np.float64], where: str | Path) -> NDArray[np.int64]:
    """Order in which the energies [MeV] ascend; see :func:`checked_angles`."""
    order = _ascending(values, where, "energies", "different energies above 0")
    if values[order[0]] <= 0:
        raise _refused(values, where, "energies", "different energies above 0")
    return order


def _ascending(values: NDArray[np.float64], where: str | Path, what: str, expected: str) -> NDArray[np.int64]:
    if not len(values) or not (np.abs(values) < 1e20).all():
        raise _refused(values, where, what, f"{expected}, none missing")
    order = np.argsort(values, kind="stable")
    if (np.diff(values[order]) <= 0).any():
        raise _refused(values, where, what, expected)
    return order


def _refused(values: NDArray[np.float64], where: str | Path, what: str, expected: str) -> VariableError:
    found = ", ".join(f"{one:g}" for one in values[:20])
    return VariableError(f"{what} of the distribution are not usable", where=where,
                         why=f"found {found or 'none'}; expected {expected}")  # fmt: skip


def first_of_each(time: Times) -> tuple[NDArray[np.int64], NDArray[np.bool_], int, int]:
    """Sort records and keep the first of those with equal times.

    Parameters
    ----------
    time : (t,) ndarray of datetime64 or number

    Returns
    -------
    rows : (n,) ndarray of int
        To keep, in order of time.
    odd : (n,) ndarray of bool
        Kept records before which the time went back, or whose time was repeated.
    out_of_order, duplicates : int
        How often the time went back; records that are not kept.
    """
    late = np.zeros(len(time), dtype=bool)
    late[1:] = time[1:] < time[:-1]
    order = np.argsort(time, kind="stable")
    ordered = time[order]
    new = np.ones(len(time), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    rows = order[new]
    repeated = np.diff(np.append(np.flatnonzero(new), len(time))) > 1
    return rows, late[rows] | repeated, int(late.sum()), int(len(time) - len(rows))


def picked(values: NDArray[Any], rows: NDArray[np.int64], axis: int = 0) -> NDArray[Any]:
    """Elements along one axis in an order; `values` themselves where that is theirs."""
    if len(rows) == values.shape[axis] and (np.diff(rows) == 1).all():
        return values
    return values.take(rows, axis=axis)


def as_flux(values: NDArray[Any], factor: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Flux per MeV, in place where it can be; and where it was negative, as counts are not, and is NaN."""
    with np.errstate(invalid="ignore"):
        negative = values < 0
    values[negative] = np.nan
    if factor != 1:
        values *= values.dtype.type(factor)
    return values.astype(np.float32, copy=False), negative


def utc(time: datetime) -> np.datetime64:
    """Time with a zone as datetime64 [ns]."""
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")
