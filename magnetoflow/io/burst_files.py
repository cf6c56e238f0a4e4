"""Measurements of one spacecraft in one event as NetCDF-4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.time_series import read_series, write_series
from magnetoflow.mms_rnn.burst import UNITS, Burst

DIMENSIONS = {1: ("time",), 2: ("time", "axis"), 3: ("time", "axis", "second_axis")}


def write_burst(path: str | Path, burst: Burst, attrs: Mapping[str, str]) -> None:
    """Write what one spacecraft measured.

    Parameters
    ----------
    path : path
    burst : Burst
    attrs : mapping of str to str
        Global attributes; ``files`` holds the names of the files that were read, with blanks between.
    """
    arrays = {name: getattr(burst, name) for name in UNITS}
    variables = {name: (DIMENSIONS[one.ndim], one, UNITS[name]) for name, one in arrays.items()}
    counts = json.dumps(dict(burst.counts), sort_keys=True)
    write_series(path, burst.time, variables, {**attrs, "counts": counts})


def read_burst(path: str | Path) -> Burst:
    """Read what `write_burst` wrote.

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    time, arrays, attrs = read_series(path, tuple(UNITS))
    try:
        counts = {str(name): int(number) for name, number in json.loads(attrs["counts"]).items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise MagnetoflowError("counts of a series cannot be read", where=path, why=str(error)) from error
    return Burst(time=time, counts=counts, **arrays)


def read_file_names(path: str | Path) -> list[str]:
    """Names of the files behind a burst file."""
    return read_series(path, ("segment",))[2].get("files", "").split()
