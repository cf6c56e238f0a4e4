"""Frames that show a class best: those of a shard, and the best of all shards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.best_examples import Example, best_examples
from magnetoflow.aurora.frames import SHAPE
from magnetoflow.io.aurora_shards import cut_of
from magnetoflow.io.time_series import read_series, write_series

_VARIABLES = ("example_time", "example_class", "example_probability", "example_images")


def read_examples(path: str | Path) -> list[Example]:
    """Read the examples of a shard's series.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    _, values, attrs = read_series(path, (*_VARIABLES, "mask"))
    mask = values["mask"].astype(bool)
    east = dict(zip(cut_of(attrs["ewo_cut"]).ends, ("left", "right"), strict=True)).get("E", "")
    return [Example(attrs["site"], *row, mask, east) for row in _rows(values)]


def best_of_shards(paths: Iterable[str | Path]) -> list[Example]:
    """Examples to show, of all shards; those of one shard at a time in memory."""
    best: list[Example] = []
    for path in paths:
        best = best_examples([*best, *read_examples(path)])
    return best


def write_best(path: str | Path, examples: Sequence[Example]) -> None:
    """Write chosen examples of any cameras, each with its mask."""
    count = len(examples)
    images = np.array([one.image for one in examples], np.uint16).reshape(count, *SHAPE)
    masks = np.array([one.mask for one in examples], np.uint8).reshape(count, *SHAPE)
    time = np.array([one.time for one in examples], "datetime64[ns]").astype(np.int64)
    variables: dict[str, tuple[tuple[str, ...], NDArray[Any], str]] = {
        "example_time": (("example",), time, "nanoseconds since 1970-01-01"),
        "example_class": (("example",), np.array([one.index for one in examples], np.int8), "1"),
        "example_probability": (
            ("example",),
            np.array([one.probability for one in examples], np.float32),
            "1",
        ),
        "example_images": (("example", "row", "column"), images, "count"),
        "masks": (("example", "row", "column"), masks, "1"),
    }
    attrs = {
        "sites": " ".join(one.site for one in examples),
        "east": " ".join(one.east or "-" for one in examples),
    }
    write_series(path, np.empty(0, "datetime64[ns]"), variables, attrs)


def read_best(path: str | Path) -> list[Example]:
    """Read what `write_best` wrote.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    _, values, attrs = read_series(path, (*_VARIABLES, "masks"))
    columns = attrs["sites"].split(), _rows(values), values["masks"], attrs["east"].split()
    return [
        Example(site, *row, mask.astype(bool), east.replace("-", ""))
        for site, row, mask, east in zip(*columns, strict=True)
    ]


def _rows(
    values: dict[str, NDArray[Any]],
) -> list[tuple[np.datetime64, int, float, NDArray[np.uint16]]]:
    """Time, class, probability and image of each example."""
    time = values["example_time"].astype("datetime64[ns]")
    index, chance = values["example_class"].tolist(), values["example_probability"].tolist()
    return list(zip(time, index, chance, values["example_images"], strict=True))
