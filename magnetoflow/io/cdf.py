"""Read CDF variables over time: masked, clipped, sorted and unique, with counts of what was left out."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cdflib
import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import CorruptFile, VariableError
from magnetoflow.io.cdf_times import to_utc
from magnetoflow.series import Series

LOG = logging.getLogger(__name__)
FILL_BELOW = -1e30
"""Every float below it is a fill value: -1e31 in single precision is not -1e31 in double."""
READER_ERRORS = (
    ValueError, EOFError, OSError, zlib.error, struct.error, OverflowError, MemoryError, LookupError,
    TypeError, AttributeError, ArithmeticError, RecursionError, UnboundLocalError, RuntimeError,
    AssertionError,
)  # fmt: skip
"""What cdflib was seen to raise on damaged files, with the kin of each."""


class CdfFile:
    """One CDF file; every failure of the library becomes a CorruptFile at this edge.

    Parameters
    ----------
    path : path

    Raises
    ------
    CorruptFile
        The file cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self._edge("header"):
            self._file = cdflib.CDF(self.path)
            info = self._file.cdf_info()
            self.variables: tuple[str, ...] = (*info.zVariables, *info.rVariables)
            self.leap_seconds = info.LeapSecondUpdate

    @contextmanager
    def _edge(self, what: str) -> Iterator[None]:
        try:
            yield
        except READER_ERRORS as error:
            raise CorruptFile(self.path, f"{what} cannot be decoded: {brief(error)}") from error

    def global_attributes(self) -> dict[str, Any]:
        """Global attributes."""
        with self._edge("global attributes"):
            return dict(self._file.globalattsget())

    def attributes(self, name: str) -> dict[str, Any]:
        """Attributes of a variable."""
        with self._edge(f"attributes of {name}"):
            return dict(self._file.varattsget(name))

    def values(self, name: str) -> NDArray[Any]:
        """All records of a variable as stored; (0, ...) where it has none."""
        with self._edge(f"variable {name}"):
            about = self._file.varinq(name)
            if about.Last_Rec < 0:
                return np.zeros((0, *about.Dim_Sizes))
            values = np.asarray(self._file.varget(name))
            # a variable with one record comes without the axis of records
            if about.Rec_Vary and values.ndim == len(about.Dim_Sizes):
                values = values[None]
            return values

    def varies(self, name: str) -> bool:
        """Whether the variable has one value per record."""
        with self._edge(f"variable {name}"):
            return bool(self._file.varinq(name).Rec_Vary)


@dataclass(frozen=True)
class Wanted:
    """A variable, and what it must be.

    Attributes
    ----------
    name : str
    unit : str
        As the UNITS attribute must state it.
    frame : str or None
        As the COORDINATE_SYSTEM attribute must begin, where the file has it.
    """

    name: str
    unit: str
    frame: str | None = None


@dataclass(frozen=True)
class Records:
    """Variables that share their times; see :class:`magnetoflow.series.Series`."""

    time: NDArray[np.datetime64]
    columns: Mapping[str, NDArray[np.float64]]
    counts: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, NDArray[np.datetime64]] = field(default_factory=dict)


def brief(value: object, size: int = 200) -> str:
    """Short printable form of what came out of a file: no control characters, no flood."""
    text = str(value)[: 4 * size]
    return "".join(c if c.isprintable() else " " for c in text)[:size]


def read_series(
    paths: Sequence[Path],
    name: str,
    *,
    unit: str,
    frame: str | None = None,
    start: datetime | None = None,
    stop: datetime | None = None,
) -> Series:
    """Read one variable of several files.

    Parameters
    ----------
    paths : sequence of Path
        Checked files, in order of preference: of records with equal times the first is kept.
    name, unit, frame : str
        The variable, and what its attributes must say.
    start, stop : datetime, optional
        Only records in [start, stop) are returned.

    Returns
    -------
    Series

    Raises
    ------
    VariableError
        The variable is missing, or its unit, frame or length is another.
    CorruptFile
        A file cannot be decoded.
    """
    records = read_records(paths, [Wanted(name, unit, frame)], start=start, stop=stop)
    return Series(name, records.time, records.columns[name], unit, frame, records.counts, records.marks)


def read_records(
    paths: Sequence[Path],
    wanted: Sequence[Wanted],
    *,
    start: datetime | None = None,
    stop: datetime | None = None,
) -> Records:
    """Read several variables that share their times; see :func:`read_series`.

    Returns
    -------
    Records
        ``counts`` holds ``records``, ``bad_epoch``, ``out_of_order``, ``duplicates``, ``fill`` and
        ``out_of_range``; the last two count values. ``marks["repeated"]`` holds the times of dropped or
        disordered records, ``marks["invalid"]`` those of records with a masked value of the first variable.
    """
    parts = [_read_file(CdfFile(path), wanted) for path in paths]
    epoch = np.concatenate([part.epoch for part in parts])
    order = np.argsort(epoch, kind="stable")
    _, first = np.unique(epoch[order], return_index=True)
    keep = order[first]
    disordered = np.flatnonzero(np.diff(epoch) < 0) + 1
    dropped = np.setdiff1d(np.arange(len(epoch)), keep)
    counts = {
        "records": len(epoch),
        "bad_epoch": sum(part.bad_epoch for part in parts),
        "out_of_order": len(disordered),
        "duplicates": len(dropped),
        "fill": sum(part.fill for part in parts),
        "out_of_range": sum(part.out_of_range for part in parts),
    }
    columns = {one.name: np.concatenate([part.columns[one.name] for part in parts])[keep] for one in wanted}
    time = to_utc(epoch[keep])
    repeated = to_utc(np.sort(epoch[np.union1d(disordered, dropped)]))
    values = columns[wanted[0].name].reshape(len(time), -1)
    inside = _inside(time, start, stop)
    return Records(
        time[inside],
        {name: values[inside] for name, values in columns.items()},
        counts,
        {"repeated": repeated, "invalid": time[inside & np.isnan(values).any(axis=1)]},
    )


@dataclass(frozen=True)
class _Part:
    epoch: NDArray[Any]
    columns: Mapping[str, NDArray[np.float64]]
    bad_epoch: int
    fill: int
    out_of_range: int


def _read_file(file: CdfFile, wanted: Sequence[Wanted]) -> _Part:
    for one in wanted:
        _check_attributes(file, one)
    epoch_name = str(file.attributes(wanted[0].name).get("DEPEND_0", "Epoch")).strip()
    epoch = _epoch(file, epoch_name)
    _warn_of_leap_seconds(file)
    good = _good_epochs(epoch, file.attributes(epoch_name))
    columns, fill, out_of_range = {}, 0, 0
    for one in wanted:
        values = file.values(one.name)
        if not file.varies(one.name):
            values = np.broadcast_to(values, (len(epoch), *values.shape))
        if len(values) != len(epoch):
            raise VariableError(
                "variable and its times differ in length",
                where=f"{file.path}, {one.name}",
                why=f"{len(values)} records, but {len(epoch)} of {epoch_name}",
                todo="replace the file by a good copy",
            )
        columns[one.name], filled, outside = _masked(values[good], file.attributes(one.name))
        fill, out_of_range = fill + filled, out_of_range + outside
    return _Part(epoch[good], columns, int((~good).sum()), fill, out_of_range)


def _check_attributes(file: CdfFile, wanted: Wanted) -> None:
    where = f"{file.path}, {wanted.name}"
    if wanted.name not in file.variables:
        raise VariableError(
            "variable not in the file",
            where=where,
            why=f"the file holds {brief(', '.join(file.variables), 400)}",
            todo="check that the file is of this product, probe and rate",
        )
    attributes = file.attributes(wanted.name)
    unit = str(attributes.get("UNITS", "")).strip()
    if unit != wanted.unit:
        raise VariableError(
            "variable has another unit",
            where=where,
            why=f"found {brief(unit)!r}, expected {wanted.unit!r}",
            todo="use the L2 product of the archive",
        )
    frame = str(attributes.get("COORDINATE_SYSTEM", wanted.frame or "")).strip()
    if wanted.frame is not None and not frame.upper().startswith(wanted.frame):
        raise VariableError(
            "variable is in another frame",
            where=where,
            why=f"found {brief(frame)!r}, expected {wanted.frame!r}",
        )


def _epoch(file: CdfFile, name: str) -> NDArray[Any]:
    if name not in file.variables:
        raise VariableError(
            "no times in the file", where=f"{file.path}, {brief(name)}", why="DEPEND_0 names no variable"
        )
    epoch = file.values(name)
    return epoch.astype(np.int64) if len(epoch) == 0 else epoch


def _good_epochs(epoch: NDArray[Any], attributes: Mapping[str, Any]) -> NDArray[np.bool_]:
    good = np.isfinite(epoch) if epoch.dtype.kind == "f" else epoch > np.iinfo(np.int64).min + 3
    for key, test in (("VALIDMIN", np.greater_equal), ("VALIDMAX", np.less_equal)):
        limit = attributes.get(key)
        if limit is not None and np.asarray(limit).dtype.kind == epoch.dtype.kind:
            good &= test(epoch, limit)
    if "FILLVAL" in attributes:
        good &= epoch != attributes["FILLVAL"]
    return np.asarray(good)


def _masked(values: NDArray[Any], attributes: Mapping[str, Any]) -> tuple[NDArray[np.float64], int, int]:
    """Values as float64 with NaN for fill values, other non-finite values, and values out of range."""
    if values.dtype.kind not in "iuf":
        raise VariableError("variable is not numeric", why=f"type {values.dtype}")
    fill = np.zeros(values.shape, dtype=bool)
    if values.dtype.kind == "f":
        fill |= ~np.isfinite(values) | (values < FILL_BELOW)
    fillval = np.asarray(attributes.get("FILLVAL", np.nan))
    if fillval.dtype.kind in "iuf" and fillval.size == 1:
        fill |= values == fillval.reshape(())
    outside = np.zeros(values.shape, dtype=bool)
    for key, test in (("VALIDMIN", np.less), ("VALIDMAX", np.greater)):
        limit = np.asarray(attributes.get(key, np.nan))
        if limit.dtype.kind in "iuf" and limit.size in (1, values.shape[-1] if values.ndim > 1 else 1):
            with np.errstate(invalid="ignore"):
                outside |= test(values, limit if limit.size > 1 else limit.reshape(())) & ~fill
    masked = values.astype(np.float64)
    masked[fill | outside] = np.nan
    return masked, int(fill.sum()), int(outside.sum())


def _inside(time: NDArray[np.datetime64], start: datetime | None, stop: datetime | None) -> NDArray[np.bool_]:
    inside = np.ones(len(time), dtype=bool)
    if start is not None:
        inside &= time >= np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "ns")
    if stop is not None:
        inside &= time < np.datetime64(stop.astimezone(UTC).replace(tzinfo=None), "ns")
    return inside


def _warn_of_leap_seconds(file: CdfFile) -> None:
    known = cdflib.cdfepoch.LTS[-1]
    table = int(known[0] * 10000 + known[1] * 100 + known[2])
    if file.leap_seconds and int(file.leap_seconds) > table:
        LOG.warning(
            "%s was written with leap seconds of %s, ours end at %d", file.path.name, file.leap_seconds, table
        )


def first_and_last(path: Path, epoch: str) -> tuple[str | None, str | None]:
    """ISO times of the earliest and the latest good record of a file; None where it has no records.

    Raises
    ------
    VariableError
        The file has no variable of that name.
    """
    file = CdfFile(path)
    times = _epoch(file, epoch)
    times = times[_good_epochs(times, file.attributes(epoch))]
    if not len(times):
        return None, None
    first, last = to_utc(np.array([times.min(), times.max()]))
    microsecond = np.timedelta64(1, "us")
    text = [str(np.datetime64(t, "us")) + "Z" for t in (first, last + microsecond)]
    return text[0], text[1]
