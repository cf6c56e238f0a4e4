"""What a shard leaves on disk beside its tables: keogram, ewogram and examples, as NetCDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.examples import Examples
from magnetoflow.aurora.frames import SHAPE
from magnetoflow.aurora.keogram import Cut, Keogram
from magnetoflow.io.asi import Refused
from magnetoflow.io.time_series import read_series, write_series

_NO_ANGLE = np.full(SHAPE[0], np.nan, np.float32)
REFUSED_COLUMNS = ("site", "slot", "path", "reason", "replaced", "source")


@dataclass(frozen=True)
class ExampleFrames:
    """Frames that show a class best.

    Attributes
    ----------
    site : str
    time : (example,) ndarray of datetime64[ns]
    index : (example,) ndarray of int8
        Class.
    probability : (example,) ndarray of float32
    images : (example, 256, 256) ndarray of uint16 [count]
    mask : (256, 256) ndarray of bool
        Pixels that were used.
    east : str
        Side of the image that is east: ``left``, ``right`` or unknown (empty).
    """

    site: str
    time: NDArray[np.datetime64]
    index: NDArray[np.int8]
    probability: NDArray[np.float32]
    images: NDArray[np.uint16]
    mask: NDArray[np.bool_]
    east: str


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
        _cut(attrs["keo_cut"], values["keo_angle_deg"]),
        _cut(attrs["ewo_cut"], values["ewo_angle_deg"]),
    )
    return lines, attrs["files"].split(), int(attrs["n_files"])


def read_examples(path: str | Path) -> ExampleFrames:
    """Read the examples of a shard."""
    names = ("example_time", "example_class", "example_probability", "example_images", "mask")
    _, values, attrs = read_series(path, names)
    return ExampleFrames(
        site=attrs["site"],
        time=values["example_time"].astype("datetime64[ns]"),
        index=values["example_class"],
        probability=values["example_probability"],
        images=values["example_images"],
        mask=values["mask"].astype(bool),
        east=dict(zip(_cut(attrs["ewo_cut"], _NO_ANGLE).ends, ("left", "right"), strict=True)).get("E", ""),
    )


def refused_table(site: str, refused: Sequence[Refused], source: str) -> pd.DataFrame:
    """One row per file, or frames of it, that were not used."""
    rows = [(site, str(one.slot) + "Z", one.path, one.reason, int(one.replaced), source) for one in refused]
    return pd.DataFrame(rows, columns=list(REFUSED_COLUMNS))


def _whole(lines: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Medians of three whole counts are whole."""
    return np.rint(lines).astype(np.uint16)


def _cut(text: str, angle_deg: NDArray[np.float32]) -> Cut:
    index, first, last = text.split()
    return Cut(int(index), angle_deg, (first.replace("-", ""), last.replace("-", "")))
