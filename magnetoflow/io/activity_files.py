"""Activity of each record: phases of listed storms, or levels of an index from a table of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from magnetoflow.errors import ConfigError
from magnetoflow.io.tables import read_csv
from magnetoflow.rept_pad.activity import Activity, Storm, index_levels, storm_phases
from magnetoflow.rept_pad.data import Times

NOT_KNOWN = "not known"
"""Activity of all records where neither storms nor an index are given."""


def activity_of(time: Times, options: Mapping[str, Any], storms: Sequence[Storm]) -> Activity:
    """Give the activity at each time.

    Parameters
    ----------
    time : (t,) ndarray of datetime64 [UTC]
    options : mapping
        ``file`` (a CSV table, or None for phases of the storms), ``column``, ``edges``.
    storms : sequence of Storm

    Raises
    ------
    ConfigError
        The table lacks a column, or its times do not ascend.
    """
    if options["file"] is None and not storms:
        return Activity((NOT_KNOWN,), np.zeros(len(time), dtype=np.int64))
    if options["file"] is None:
        return storm_phases(time, storms)
    table = read_csv(options["file"])
    column = options["column"]
    if "time" not in table or column not in table:
        raise ConfigError(
            "the table of activity lacks a column",
            where=options["file"],
            why=f"time and {column} were expected, found {', '.join(map(str, table.columns))}",
            todo="set rept_pad.activity.column",
        )
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    return index_levels(time, table["time"].to_numpy(), values, options["edges"], name=column)
