"""What a shard leaves in its folder: tables, and keogram, ewogram and examples as NetCDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.examples import Examples
from magnetoflow.aurora.frames import SHAPE
from magnetoflow.aurora.keogram import Cut, Keogram
from magnetoflow.errors import MissingData
from magnetoflow.io.asi import Refused
from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.time_series import read_series, write_series
from magnetoflow.workflow.failures import read_status

_NO_ANGLE = np.full(SHAPE[0], np.nan, np.float32)
FRAMES, PUBLISHED, SERIES = "frames.csv", "published.txt", "series.nc"
PATCHES, PULSES, REFUSED = "pulsation.csv", "pulses.csv", "refused.csv"
"""Names of the files in a shard's folder, beside ``status.json``."""
REFUSED_COLUMNS = ("site", "slot", "path", "reason", "replaced", "source")


def write_shard_series(
    path: str | Path,
    site: str,
    lines: Keogram | None,
    examples: Examples,
    mask: NDArray[np.bool_] | None,
    files: Sequence[str] = (),
) -> None:
    """Write keogram, ewogram and examples of a shard.

    Parameters
    ----------
    path : path
    site : str
    lines : Keogram or None
        None: a shard without frames.
    examples : Examples
    mask : (256, 256) ndarray of bool or None
        None: all pixels.
    files : sequence of str
        Names of the archive files, for the footers of figures.
    """
    none = np.empty((0, SHAPE[0]), np.uint16)
    blank = Cut(SHAPE[0] // 2, _NO_ANGLE, ("", ""))
    keo, ewo = (blank, blank) if lines is None else (lines.keo_cut, lines.ewo_cut)
    time, index, probability, images = examples.arrays()
    variables: dict[str, tuple[tuple[str, ...], NDArray[Any], str]] = {
        "north_south": (("time", "pixel"), none if lines is None else _whole(lines.north_south), "count"),
        "east_west": (("time", "pixel"), none if lines is None else _whole(lines.east_west), "count"),
        "keo_angle_deg": (("pixel",), keo.angle_deg, "deg"),
        "ewo_angle_deg": (("pixel",), ewo.angle_deg, "deg"),
        "example_time": (("example",), time.astype(np.int64), "nanoseconds since 1970-01-01"),
        "example_class": (("example",), index, "1"),
        "example_probability": (("example",), probability, "1"),
        "example_images": (("example", "row", "column"), images, "count"),
        "mask": (("row", "column"), (np.ones(SHAPE, bool) if mask is None else mask).astype(np.uint8), "1"),
    }
    attrs = {
        "site": site,
        "keo_cut": f"{keo.index} {keo.ends[0] or '-'} {keo.ends[1] or '-'}",
        "ewo_cut": f"{ewo.index} {ewo.ends[0] or '-'} {ewo.ends[1] or '-'}",
        "files": " ".join([*files[:1], *files[-1:]]),
        "n_files": str(len(files)),
    }
    write_series(path, np.empty(0, "datetime64[ns]") if lines is None else lines.time, variables, attrs)


def read_keogram(path: str | Path) -> tuple[Keogram | None, list[str], int]:
    """Read keogram and ewogram, first and last file, and their number; None for a shard without frames."""
    names = ("north_south", "east_west", "keo_angle_deg", "ewo_angle_deg")
    time, values, attrs = read_series(path, names)
    if not len(time):
        return None, [], 0
    lines = Keogram(
        time,
        values["north_south"].astype(np.float32),
        values["east_west"].astype(np.float32),
        cut_of(attrs["keo_cut"], values["keo_angle_deg"]),
        cut_of(attrs["ewo_cut"], values["ewo_angle_deg"]),
    )
    return lines, attrs["files"].split(), int(attrs["n_files"])


def hashes_of(folder: Path) -> dict[str, str]:
    """sha256 of each file of a shard but its status, so that the status differs where one of them does."""
    return {name: sha256_of(folder / name) for name in (FRAMES, PUBLISHED, SERIES, PATCHES, PULSES, REFUSED)}


def in_shards(statuses: Iterable[str | Path], name: str) -> list[Path]:
    """One file of each shard, by its name and the path of the shard's ``status.json``.

    Raises
    ------
    MissingData
        It was taken out of the folder.
    """
    paths = [Path(status).with_name(name) for status in statuses]
    for path in paths:
        if not path.is_file():
            raise MissingData(
                "a file of a shard is not there", where=path, todo=f"delete {path.parent}, and run again"
            )
    return paths


def is_whole_day(statuses: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the shards of a camera-day used all its images, so that frames have the numbers in sheets.

    Parameters
    ----------
    statuses : iterable of mapping
        Content of each shard's ``status.json``: ``counts`` with ``refused``, and ``images`` with ``of_date``
        (images of the date in the archive; None where it was asked for a part of the date only) and
        ``asked`` (those that lie in the events whole).
    """
    shards = list(statuses)
    of_date = {one["images"]["of_date"] for one in shards}
    # a refused minute would shift the numbers of all frames behind it
    lost = any(
        one["counts"].get("refused", 0) or (one["failed"] and one["images"]["asked"]) for one in shards
    )
    return not lost and of_date == {sum(one["images"]["asked"] for one in shards)}


def parts_of_days(statuses: Iterable[str | Path]) -> set[str]:
    """Camera-days, ``gill_20140310``, of which images are missing, by the ``status.json`` of all shards."""
    days = groupby(map(read_status, statuses), key=lambda one: str(one["event"]).rpartition("_")[0])
    return {day for day, shards in days if not is_whole_day(shards)}


def refused_table(site: str, refused: Sequence[Refused], source: str) -> pd.DataFrame:
    """One row per file, or frames of it, that were not used."""
    rows = [(site, str(one.slot) + "Z", one.path, one.reason, int(one.replaced), source) for one in refused]
    return pd.DataFrame(rows, columns=list(REFUSED_COLUMNS))


def _whole(lines: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Medians of three whole counts are whole."""
    return np.rint(lines).astype(np.uint16)


def cut_of(text: str, angle_deg: NDArray[np.float32] = _NO_ANGLE) -> Cut:
    """Read a line of pixels from an attribute: its index and the directions of its ends."""
    index, first, last = text.split()
    return Cut(int(index), angle_deg, (first.replace("-", ""), last.replace("-", "")))
