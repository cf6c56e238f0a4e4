"""What a part adds to the summaries: distributions and counts by class, which add over parts in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ConfigError
from magnetoflow.rept_pad.activity import Activity, Storm
from magnetoflow.rept_pad.block_counts import BlockCounts, block_counts
from magnetoflow.rept_pad.data import Prepared
from magnetoflow.rept_pad.pad_fits import Levels, levels_of
from magnetoflow.rept_pad.pad_sums import PadSums, pad_sums

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Added = TypeVar("Added", PadSums, BlockCounts)


@dataclass(frozen=True)
class SumOptions:
    """Bins of the summaries.

    Attributes
    ----------
    class_ids : tuple of int
        Of the classes, in the model's order; records of any other id of 1 or more are refused.
    l_edges : tuple of float [1]
    mlt_edges : tuple of float [hour]
        From 0 to 24.
    epoch_edges_h : tuple of float [hour]
        From the minimum of a storm.
    storms : tuple of Storm
    activity : tuple of str
        Names of the levels of activity.
    """

    class_ids: tuple[int, ...]
    l_edges: tuple[float, ...] = tuple(np.round(np.arange(2.5, 7.01, 0.25), 2).tolist())
    mlt_edges: tuple[float, ...] = tuple(range(25))
    epoch_edges_h: tuple[float, ...] = tuple(range(-72, 145, 6))
    storms: tuple[Storm, ...] = ()
    activity: tuple[str, ...] = ("quiet", "main", "recovery")

    def __post_init__(self) -> None:
        if len(set(self.class_ids)) != len(self.class_ids) or min(self.class_ids, default=1) < 1:
            raise ConfigError("ids of classes must be unique, from 1", why=f"found {self.class_ids}")
        for name in ("l_edges", "mlt_edges", "epoch_edges_h"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if len(values) < 2 or (np.diff(values) <= 0).any():
                raise ConfigError(f"{name} must ascend", why=f"found {getattr(self, name)}")

    @property
    def columns(self) -> tuple[int, ...]:
        """Ids that are counted: background, then the classes."""
        return (0, *self.class_ids)


@dataclass(frozen=True)
class Sums:
    """Sums of one or more parts.

    Attributes
    ----------
    pads : PadSums
    occurrence : BlockCounts
        Cells (activity, L, MLT), C order; classes :attr:`SumOptions.columns`.
    storms : BlockCounts
        Cells (storm, epoch, L), C order.
    total : BlockCounts
        One cell: all records with data.
    daily : BlockCounts
        One cell per row of `days`.
    days : (row,) ndarray of str
        ``<event> <probe> <date>``, ascending.
    no_data : (row,) ndarray of int64
        Records without data on these days.
    probability : (class,) ndarray
        Sum of the probability of their own class over the records of each class.
    angle_deg, energy_mev : (angle,), (energy,) ndarray [deg, MeV]
    parts : tuple of str
        What was added, in order.
    """

    pads: PadSums
    occurrence: BlockCounts
    storms: BlockCounts
    total: BlockCounts
    daily: BlockCounts
    days: NDArray[np.str_]
    no_data: Integers
    probability: Floats
    angle_deg: Floats
    energy_mev: Floats
    parts: tuple[str, ...]


def part_sums(
    p: Prepared,
    class_id: NDArray[np.integer],
    probability: NDArray[np.floating],
    activity: Activity,
    options: SumOptions,
    *,
    event: str,
    probe: str,
    part: str,
    shapes: Floats | None = None,
    levels: Levels | None = None,
) -> Sums:
    """Sum up the records of one part.

    Parameters
    ----------
    p : Prepared
    class_id : (t,) ndarray of int
        From 1; 0 background, -1 no data.
    probability : (t, class) ndarray [1]
        Columns as `options.class_ids`.
    activity : Activity
    options : SumOptions
    event, probe, part : str
    shapes : (class, angle, energy) ndarray, optional
        Mean distributions of the classes as known before: see :func:`magnetoflow.rept_pad.pad_sums.pad_sums`.
    levels : Levels, optional
        Those of the records when left out.

    Raises
    ------
    ConfigError
        A class, or the levels of activity, are not those of the options.
    """
    if activity.names != options.activity:
        raise ConfigError(
            "levels of activity differ from those of the summaries",
            why=f"found {activity.names}, expected {options.activity}",
        )
    column = _columns(class_id, options)
    measured = np.where(column >= 0, column, -1)
    levels = levels or levels_of(p)
    count = len(options.columns)
    l_bin, mlt_bin = _bins(p.l, options.l_edges), _bins(np.mod(p.mlt, 24.0), options.mlt_edges)
    cell = _cells((activity.code, l_bin, mlt_bin), _sizes_of_map(options))
    dates, row = np.unique(p.time.astype("datetime64[D]"), return_inverse=True)
    days = np.array([f"{event} {probe} {date}" for date in dates], dtype=np.str_)
    own = np.flatnonzero(column > 0)
    place = column[own] - 1
    return Sums(
        pads=pad_sums(p, column - 1, shapes, levels, len(options.class_ids)),
        occurrence=block_counts(cell, measured, p.block, (int(np.prod(_sizes_of_map(options))), count)),
        storms=_storm_counts(p, measured, l_bin, options),
        total=block_counts(np.zeros(len(p), dtype=np.int64), measured, p.block, (1, count)),
        daily=block_counts(row.astype(np.int64), measured, p.block, (len(days), count)),
        days=days,
        no_data=np.bincount(row[class_id == -1], minlength=len(days)).astype(np.int64),
        probability=np.bincount(place, probability[own, place], minlength=count - 1).astype(np.float64),
        angle_deg=p.angle_deg,
        energy_mev=p.energy_mev,
        parts=(part,),
    )


def merged(some: Iterable[Sums]) -> Sums:
    """Add the sums of parts: the same result whatever the order they come in.

    Raises
    ------
    ConfigError
        No sums, the same part twice, or other grids or bins.
    """
    return added(sorted(some, key=lambda one: one.parts))


def added(some: Iterable[Sums]) -> Sums:
    """Add the sums of parts that come in ascending order, with two in memory at a time.

    Raises
    ------
    ConfigError
        As :func:`merged`; the parts do not ascend.
    """
    total: Sums | None = None
    for one in some:
        if total is not None and total.parts[-1] >= one.parts[0]:
            raise ConfigError(
                "sums of parts cannot be added",
                why=f"{one.parts[0]} comes after {total.parts[-1]}",
                todo="give each part once, in order",
            )
        total = one if total is None else _sum_of(total, one)
    if total is None:
        raise ConfigError("sums of parts cannot be added", why="none were given")
    return total


def _sum_of(first: Sums, second: Sums) -> Sums:
    if _bins_of(first) != _bins_of(second):
        raise ConfigError("sums of parts with other grids or bins cannot be added", why=second.parts[0])
    days, row = np.unique(np.concatenate([first.days, second.days]), return_inverse=True)
    daily = {
        one.name: _gathered((getattr(first.daily, one.name), getattr(second.daily, one.name)), row, len(days))
        for one in fields(BlockCounts)
    }
    return Sums(
        pads=_added(first.pads, second.pads),
        occurrence=_added(first.occurrence, second.occurrence),
        storms=_added(first.storms, second.storms),
        total=_added(first.total, second.total),
        daily=BlockCounts(**daily),
        days=days,
        no_data=_gathered((first.no_data, second.no_data), row, len(days)),
        probability=first.probability + second.probability,
        angle_deg=first.angle_deg,
        energy_mev=first.energy_mev,
        parts=(*first.parts, *second.parts),
    )


def _columns(class_id: NDArray[np.integer], options: SumOptions) -> Integers:
    """Place of each record's class in `options.columns`; -1 without data."""
    found = np.unique(class_id)
    if not set(found.tolist()) <= {-1, *options.columns}:
        raise ConfigError(
            "records have a class that the summaries do not know",
            why=f"found {found.tolist()}, expected {options.columns}",
        )
    place = np.array([options.columns.index(one) if one >= 0 else -1 for one in found.tolist()], np.int64)
    return np.asarray(place[np.searchsorted(found, class_id)], dtype=np.int64)


def _sizes_of_map(options: SumOptions) -> tuple[int, int, int]:
    return len(options.activity), len(options.l_edges) - 1, len(options.mlt_edges) - 1


def _bins(values: Floats, edges: Sequence[float]) -> Integers:
    """Bin of each value, the upper edge left out; -1 outside, and where missing."""
    limits = np.asarray(edges, dtype=np.float64)
    place = np.searchsorted(limits, values, side="right") - 1
    inside = np.isfinite(values) & (place >= 0) & (place < len(limits) - 1)
    return np.where(inside, place, -1).astype(np.int64)


def _cells(places: Sequence[Integers], sizes: Sequence[int]) -> Integers:
    """Give the number of the cell, C order; -1 where any place is negative."""
    cell = np.zeros(len(places[0]), dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        cell = cell * size + place
    return np.where(np.min(places, axis=0) >= 0, cell, -1)


def _storm_counts(p: Prepared, column: Integers, l_bin: Integers, options: SumOptions) -> BlockCounts:
    epochs, l_count = len(options.epoch_edges_h) - 1, len(options.l_edges) - 1
    cells, records = [], []
    for number, storm in enumerate(options.storms):
        hours = (p.time - storm.minimum) / np.timedelta64(1, "h")
        epoch = _bins(hours, options.epoch_edges_h)
        cell = _cells((np.full(len(p), number), epoch, l_bin), (len(options.storms), epochs, l_count))
        near = np.flatnonzero(cell >= 0)
        cells.append(cell[near])
        records.append(near)
    at = np.concatenate(records) if records else np.zeros(0, dtype=np.int64)
    cell = np.concatenate(cells) if cells else at
    shape = (len(options.storms) * epochs * l_count, len(options.columns))
    return block_counts(cell, column[at], p.block[at], shape)


def _bins_of(one: Sums) -> tuple[object, ...]:
    cells = [counts.records.shape for counts in (one.occurrence, one.storms)]
    return (*cells, one.pads.pairs.shape, one.angle_deg.tolist(), one.energy_mev.tolist())


def _added(first: Added, second: Added) -> Added:
    """Add dataclasses of arrays field by field."""
    names = [one.name for one in fields(first)]
    return type(first)(**{name: getattr(first, name) + getattr(second, name) for name in names})


def _gathered(arrays: Sequence[NDArray[Any]], row: Integers, rows: int) -> NDArray[Any]:
    """Add the rows of arrays that belong to the same row of the result."""
    whole = np.concatenate(arrays)
    out = np.zeros((rows, *whole.shape[1:]), dtype=whole.dtype)
    np.add.at(out, row, whole)
    return out
