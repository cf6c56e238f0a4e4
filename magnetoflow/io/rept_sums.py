"""Sums of the parts of `rept_pad` on disk: plain arrays in one npz file, nothing pickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.io.model_arrays import read_arrays
from magnetoflow.rept_pad.block_counts import BlockCounts
from magnetoflow.rept_pad.pad_sums import PadSums
from magnetoflow.rept_pad.sums import Sums, added

INNER = {
    "pads": PadSums,
    "occurrence": BlockCounts,
    "storms": BlockCounts,
    "total": BlockCounts,
    "daily": BlockCounts,
}
TODO = "remove the file and run again"


def write_sums(path: str | Path, sums: Sums) -> None:
    """Write the sums of one or more parts, the same bytes for the same sums.

    Parameters
    ----------
    path : path
    sums : Sums
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name in (one.name for one in fields(Sums)):
        value = getattr(sums, name)
        if name in INNER:
            arrays |= {f"{name}.{one.name}": getattr(value, one.name) for one in fields(INNER[name])}
        else:
            arrays[name] = np.asarray(value)
    with atomic_path(path) as part, part.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def read_sums(path: str | Path) -> Sums:
    """Read sums that :func:`write_sums` wrote.

    Raises
    ------
    ModelError, MagnetoflowError
        The file is damaged, or holds anything else.
    """
    names = [one.name for one in fields(Sums) if one.name not in INNER]
    names += [f"{name}.{one.name}" for name, kind in INNER.items() for one in fields(kind)]
    arrays = read_arrays(Path(path), "summaries", TODO, tuple(names))
    values: dict[str, Any] = {name: array for name, array in arrays.items() if "." not in name}
    for name, kind in INNER.items():
        values[name] = kind(**{one.name: arrays[f"{name}.{one.name}"] for one in fields(kind)})
    values["parts"] = tuple(str(one) for one in values["parts"].ravel())
    sums = Sums(**values)
    _check(sums, path)
    return sums


def merge_sums(paths: Sequence[str | Path]) -> Sums:
    """Add the sums of many files, with two of them in memory at a time.

    Parameters
    ----------
    paths : sequence of path
        In any order: the result is the same.

    Raises
    ------
    ModelError, MagnetoflowError
        As :func:`read_sums`.
    ConfigError
        As :func:`magnetoflow.rept_pad.sums.merged`.
    """
    names = {path: _parts(path) for path in paths}
    return added(read_sums(path) for path in sorted(paths, key=lambda path: names[path]))


def _parts(path: str | Path) -> tuple[str, ...]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return tuple(str(one) for one in np.atleast_1d(file["parts"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise MagnetoflowError("summaries refused", where=path, why=str(error), todo=TODO) from error


def _check(sums: Sums, path: str | Path) -> None:
    """Refuse arrays whose sizes or kinds do not fit each other."""
    pads = sums.pads
    angles, energies = len(np.atleast_1d(sums.angle_deg)), len(np.atleast_1d(sums.energy_mev))
    classes = len(np.atleast_1d(sums.probability))
    by = (classes, energies)
    tables = {"total": 1, "daily": len(np.atleast_1d(sums.days))}
    good = (
        pads.pairs.shape[1:] == (*by, angles, angles)
        and pads.even_pairs.shape == pads.pairs.shape
        and all(getattr(pads, name).shape == (*by, angles) for name in ("seen", "noise", "flux"))
        and all(getattr(pads, name).shape == by for name in ("records", "with_signal", "flux_90", "level"))
        and pads.histogram.shape[:-1] == (*by, angles)
        and sums.no_data.shape == sums.days.shape
        and all(_fits(getattr(sums, name), classes + 1, tables.get(name)) for name in INNER if name != "pads")
    )
    numbers = all(getattr(pads, one.name).dtype.kind in "if" for one in fields(PadSums))
    if not (good and numbers and sums.days.dtype.kind == "U"):
        raise MagnetoflowError(
            "summaries refused", where=path, why="sizes of the arrays do not fit each other", todo=TODO
        )


def _fits(counts: BlockCounts, columns: int, cells: int | None) -> bool:
    number = len(np.atleast_1d(counts.blocks)) if cells is None else cells
    whole = all(
        getattr(counts, name).shape == (number, columns) for name in ("records", "squares", "products")
    )
    return (
        whole
        and counts.blocks.shape == counts.total_squares.shape == (number,)
        and all(getattr(counts, one.name).dtype.kind == "i" for one in fields(BlockCounts))
    )
