"""Where, when and at which activity each class occurs: tables from sums, with errors from blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.rept_pad.block_counts import BlockCounts, shares
from magnetoflow.rept_pad.sums import SumOptions, Sums
from magnetoflow.rept_pad.tables import NAMES_OF_NO_CLASS, five_digits, stamped

COUNTED = ("class_id", "class_name", "records", "total", "share", "share_error", "blocks", "source", "model")
OCCURRENCE_COLUMNS = ("activity", "l_low", "l_high", "mlt_low", "mlt_high", *COUNTED)
STORM_COLUMNS = ("storm", "epoch_low_h", "epoch_high_h", "l_low", "l_high", *COUNTED)
DAILY_COLUMNS = ("event", "probe", "date", *COUNTED[:-2], "no_data", *COUNTED[-2:])
ALL = "all"


def occurrence_table(
    sums: Sums, options: SumOptions, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """Share of each class in each bin of L and MLT, for all levels of activity and for each.

    Parameters
    ----------
    sums : Sums
    options : SumOptions
        Of the sums.
    names : mapping of int to str
        Names of the classes by id.
    source, model : str

    Returns
    -------
    DataFrame
        Columns :data:`OCCURRENCE_COLUMNS`; bins without records are left out. ``share`` is of the records
        with data in the bin (`total`), those of background included.
    """
    levels = (ALL, *options.activity)
    sizes = (len(options.activity), len(options.l_edges) - 1, len(options.mlt_edges) - 1)
    whole = _over_first(sums.occurrence, sizes[0])
    cells = _joined(whole, sums.occurrence)
    axes = {
        "activity": (np.array(levels, dtype=object),),
        "l": _edges(options.l_edges),
        "mlt": _edges(options.mlt_edges),
    }
    return _table(cells, axes, options, names, OCCURRENCE_COLUMNS, source, model)


def storms_table(
    sums: Sums, options: SumOptions, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """Share of each class by hours from the minimum of a storm and by L, for all storms and for each.

    Returns
    -------
    DataFrame
        Columns :data:`STORM_COLUMNS`; bins without records are left out. A pass of one orbit through a bin is
        one draw for the error.
    """
    if not options.storms:
        return pd.DataFrame(columns=list(STORM_COLUMNS))
    cells = _joined(_over_first(sums.storms, len(options.storms)), sums.storms)
    axes = {
        "storm": (np.array([ALL, *(one.id for one in options.storms)], dtype=object),),
        "epoch_h": _edges(options.epoch_edges_h),
        "l": _edges(options.l_edges),
    }
    return _table(cells, axes, options, names, STORM_COLUMNS, source, model)


def daily_table(
    sums: Sums, options: SumOptions, names: Mapping[int, str], *, source: str, model: str
) -> pd.DataFrame:
    """Share of each class on each UTC date of each event and probe.

    Returns
    -------
    DataFrame
        Columns :data:`DAILY_COLUMNS`, also of days on which no record has data.
    """
    frame = _counted(sums.daily, np.arange(len(sums.days)), options, names)
    row = frame.pop("cell").to_numpy()
    parts = np.array([one.split(" ") for one in sums.days], dtype=object).reshape(-1, 3)
    for at, name in enumerate(("event", "probe", "date")):
        frame[name] = parts[row, at]
    frame["no_data"] = sums.no_data[row]
    return stamped(frame, source, model)[list(DAILY_COLUMNS)]


def _edges(edges: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    limits = np.asarray(edges, dtype=np.float64)
    return limits[:-1], limits[1:]


def _over_first(counts: BlockCounts, size: int) -> BlockCounts:
    """Sum over the first axis of the cells."""
    return BlockCounts(
        **{
            one.name: values.reshape(size, -1, *values.shape[1:]).sum(axis=0)
            for one in fields(counts)
            for values in [getattr(counts, one.name)]
        }
    )


def _joined(first: BlockCounts, second: BlockCounts) -> BlockCounts:
    return BlockCounts(
        **{
            one.name: np.concatenate([getattr(first, one.name), getattr(second, one.name)])
            for one in fields(first)
        }
    )


def _table(
    counts: BlockCounts,
    axes: Mapping[str, tuple[NDArray[np.generic], ...]],
    options: SumOptions,
    names: Mapping[int, str],
    columns: tuple[str, ...],
    source: str,
    model: str,
) -> pd.DataFrame:
    frame = _counted(counts, np.flatnonzero(counts.blocks > 0), options, names)
    cell = frame.pop("cell").to_numpy()
    sizes = [len(values[0]) for values in axes.values()]
    for place, (name, values) in zip(np.unravel_index(cell, sizes), axes.items(), strict=True):
        stem, tail = (name[:-2], "_h") if name.endswith("_h") else (name, "")
        labels = [name] if len(values) == 1 else [f"{stem}_low{tail}", f"{stem}_high{tail}"]
        for label, one in zip(labels, values, strict=True):
            frame[label] = one[place]
    return stamped(frame, source, model)[list(columns)]


def _counted(
    counts: BlockCounts, cells: NDArray[np.int64], options: SumOptions, names: Mapping[int, str]
) -> pd.DataFrame:
    """One row per cell and class: classes in their order, then background."""
    kept = replace(counts, **{one.name: getattr(counts, one.name)[cells] for one in fields(counts)})
    share, error = shares(kept)
    order = [*range(1, len(options.columns)), 0]
    ids = np.array(options.columns)[order]
    named = {**NAMES_OF_NO_CLASS, **names}
    width = len(order)
    return pd.DataFrame(
        {
            "cell": np.repeat(cells, width),
            "class_id": np.tile(ids, len(cells)),
            "class_name": np.tile(np.array([named[int(one)] for one in ids], dtype=object), len(cells)),
            "records": kept.records[:, order].ravel(),
            "total": np.repeat(kept.total, width),
            "share": five_digits(share[:, order].ravel()),
            "share_error": five_digits(error[:, order].ravel()),
            "blocks": np.repeat(kept.blocks, width),
        }
    )
