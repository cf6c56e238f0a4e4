"""Read CDF variables over time: masked, clipped, sorted and unique, with counts of what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.io.cdf_epochs import good_epochs, read_epoch, warn_of_leap_seconds
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.cdf_times import to_utc
from magnetoflow.io.integrity import brief
from magnetoflow.series import Series

FILL_BELOW = -1e30
"""Every float below it is a fill value: -1e31 in single precision is not -1e31 in double."""


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
    epoch = _joined(paths, "times", [part.epoch for part in parts])
    keep: Any = slice(None)
    if (np.diff(epoch) <= 0).any():
        order = np.argsort(epoch, kind="stable")
        ordered = epoch[order]
        # not np.unique and its kin: for millions of burst records they take longer than reading them
        keep = order[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    disordered = np.flatnonzero(np.diff(epoch) < 0) + 1
    odd = np.ones(len(epoch), dtype=bool)
    odd[keep] = False
    dropped = int(odd.sum())
    odd[disordered] = True
    counts = {
        "records": len(epoch),
        "bad_epoch": sum(part.bad_epoch for part in parts),
        "out_of_order": len(disordered),
        "duplicates": dropped,
        "fill": sum(part.fill for part in parts),
        "out_of_range": sum(part.out_of_range for part in parts),
    }
    columns = {
        one.name: _joined(paths, one.name, [part.columns[one.name] for part in parts])[keep] for one in wanted
    }
    time = to_utc(epoch[keep])
    repeated = to_utc(np.sort(epoch[odd]))
    values = columns[wanted[0].name]
    inside = _inside(time, start, stop)
    time, values = time[inside], values[inside]
    invalid = np.isnan(values).any(axis=tuple(range(1, values.ndim)))
    return Records(
        time,
        {name: values[inside] for name, values in columns.items()},
        counts,
        {"repeated": repeated, "invalid": time[invalid]},
    )


@dataclass(frozen=True)
class _Part:
    epoch: NDArray[Any]
    columns: Mapping[str, NDArray[np.float64]]
    bad_epoch: int
    fill: int
    out_of_range: int


def _joined(paths: Sequence[Path], name: str, parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Join the records of all files, which must be of one kind."""
    filled = [(path, part) for path, part in zip(paths, parts, strict=True) if len(part)]
    if not filled:
        return parts[0]
    first_path, first = filled[0]
    for path, part in filled:
        if (part.dtype, part.shape[1:]) != (first.dtype, first.shape[1:]):
            raise VariableError(
                "files of one event differ in the shape or type of their records",
                where=f"{path}, {name}",
                why=f"{part.dtype} {part.shape[1:]}, but {first.dtype} {first.shape[1:]} in {first_path}",
                todo="split the event where the files change",
            )
    return np.concatenate([part for _, part in filled])


def _read_file(file: CdfFile, wanted: Sequence[Wanted]) -> _Part:
    for one in wanted:
        _check_attributes(file, one)
    epoch_name = str(file.attributes(wanted[0].name).get("DEPEND_0", "Epoch")).strip()
    epoch = read_epoch(file, epoch_name)
    warn_of_leap_seconds(file)
    good = good_epochs(epoch, file.attributes(epoch_name))
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
        columns[one.name], filled, outside = _masked(file, one.name, values[good])
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


def _masked(file: CdfFile, name: str, values: NDArray[Any]) -> tuple[NDArray[np.float64], int, int]:
    """Values as float64 with NaN for fill values, other non-finite values, and values out of range."""
    if values.dtype.kind not in "iuf":
        raise VariableError(
            "variable is not numeric",
            where=f"{file.path}, {name}",
            why=f"type {values.dtype}",
            todo="replace the file by a good copy",
        )
    attributes = file.attributes(name)
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


def _inside(time: NDArray[np.datetime64], start: datetime | None, stop: datetime | None) -> slice:
    """Rows of ascending times in [start, stop)."""
    rows = [
        None
        if one is None
        else int(np.searchsorted(time, np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "ns")))
        for one in (start, stop)
    ]
    return slice(*rows)
