"""A time series as every reader returns it: sorted, unique in time, missing values as NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Series:
    """Values of one variable over time.

    Attributes
    ----------
    name : str
        Name of the variable in its file.
    time : (time,) ndarray of datetime64[ns]
        UTC, strictly increasing.
    values : (time, ...) ndarray of float64
        NaN where missing.
    unit : str
        Unit as the file states it.
    frame : str or None
        Coordinate frame (``GSE``), for vectors.
    counts : mapping of str to int
        What was masked or removed: ``out_of_order``, ``duplicates``, ``fill``, ``out_of_range``.
    """

    name: str
    time: NDArray[np.datetime64]
    values: NDArray[np.float64]
    unit: str
    frame: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
