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
    marks : mapping of str to (n,) ndarray of datetime64[ns]
        Times at which something was masked or removed: ``flagged``, ``invalid``, ``repeated``.
    """

    name: str
    time: NDArray[np.datetime64]
    values: NDArray[np.float64]
    unit: str
    frame: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, NDArray[np.datetime64]] = field(default_factory=dict)


@dataclass(frozen=True)
class IonSpectra:
    """Ion energy spectra over time, each record with its own energy table.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        Begin of each measurement, UTC, strictly increasing.
    flux : (time, channel) ndarray [keV/(cm^2 s sr keV)]
        Energy flux; NaN where missing, a whole record where a chosen error flag is set.
    energy_ev : (time, channel) ndarray [eV]
        Ascending; `flux` is sorted alike.
    counts : mapping of str to int
        As in :class:`Series`, and ``flagged``.
    marks : mapping of str to (n,) ndarray of datetime64[ns]
        Times at which something was masked or removed: ``flagged``, ``invalid``, ``repeated``.
    """

    time: NDArray[np.datetime64]
    flux: NDArray[np.float64]
    energy_ev: NDArray[np.float64]
    counts: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, NDArray[np.datetime64]] = field(default_factory=dict)
