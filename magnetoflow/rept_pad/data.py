"""What the study works on: distributions as measured, as prepared for clustering, and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Distributions:
    """Differential flux of one instrument by pitch angle and energy, as measured.

    Attributes
    ----------
    time : (t,) ndarray of datetime64[ns], UTC
        Ascending, unique.
    flux : (t, angle, energy) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
        Missing is NaN: never 0.
    angle_deg : (angle,) ndarray [deg]
        Local pitch angle of the middle of each bin, ascending.
    energy_mev : (energy,) ndarray [MeV]
        Ascending.
    l, l_star, mlt, mlat_deg : (t,) ndarray [1, 1, hour, deg]
        NaN where missing.
    b_ratio : (t,) ndarray [1]
        Field at the magnetic equator of the field line over the local one; NaN where missing.
    quality : (t,) ndarray of uint16
        Sum of :data:`magnetoflow.rept_pad.quality.FLAGS`.
    counts : mapping of str to int
        What was masked and left out while reading.
    """

    time: Times
    flux: Singles
    angle_deg: Floats
    energy_mev: Floats
    l: Floats  # noqa: E741 (the field's own name)
    l_star: Floats
    mlt: Floats
    mlat_deg: Floats
    b_ratio: Floats
    quality: NDArray[np.uint16]
    counts: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class Prepared:
    """Distributions that are cleaned, folded and mapped as the options say, ready to be reduced.

    Attributes
    ----------
    time, l, l_star, mlt, mlat_deg, b_ratio, quality
        As in :class:`Distributions`.
    flux : (t, angle, energy) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
        On the grid `angle_deg`; NaN where not measured or not visible. Background is not subtracted.
    counts : (t, angle, energy) ndarray of float32 [count]
        Counts behind each flux (both halves added where folded); NaN where `flux` is.
    background : (angle, energy) ndarray [count]
        Counts that the background gives on the average in a record's bin, for the same exposure as `counts`.
    signal : (t, energy) ndarray of bool
        Energy above the background in this record: only these are compared with classes.
    state : (t,) ndarray of uint8
        ``DATA``, ``BACKGROUND`` or ``NO_DATA``.
    block : (t,) ndarray of int64
        Orbit or span of time of the record, equal for neighbours: what splits never cut.
    angle_deg, energy_mev
        Grid; pitch angle at the equator where `equatorial`, 0 to 90 where folded.
    equatorial, folded : bool
    one_count, floor : (energy,) ndarray [cm^-2 s^-1 sr^-1 MeV^-1]
        Flux of one count in one native bin, and flux of the background; empty where not known.
    """

    time: Times
    flux: Singles
    counts: Singles
    background: Floats
    signal: NDArray[np.bool_]
    state: NDArray[np.uint8]
    block: NDArray[np.int64]
    angle_deg: Floats
    energy_mev: Floats
    l: Floats  # noqa: E741 (the field's own name)
    l_star: Floats
    mlt: Floats
    mlat_deg: Floats
    b_ratio: Floats
    quality: NDArray[np.uint16]
    equatorial: bool
    folded: bool
    one_count: Floats = field(default_factory=lambda: np.zeros(0))
    floor: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class Scores:
    """Records in the space in which they are clustered.

    Attributes
    ----------
    values : (n, q) ndarray [1]
    covariance : (n, q, q) ndarray or None
        Of the error of each record's scores; None where the way of reduction knows none.
    """

    values: Floats
    covariance: Floats | None = None

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, rows: Any) -> Scores:
        """Keep some of the records."""
        return Scores(self.values[rows], None if self.covariance is None else self.covariance[rows])


T = TypeVar("T", Distributions, Prepared)

GRID = ("angle_deg", "energy_mev", "background", "equatorial", "folded", "counts", "one_count", "floor")


def take(records: T, rows: Any) -> T:
    """Keep some of the records, by mask, slice or numbers; the grid stays."""
    names = [one.name for one in fields(records) if _by_record(records, one.name)]
    return replace(records, **{name: getattr(records, name)[rows] for name in names})


def joined(parts: Iterable[T]) -> T:
    """Put records of one grid together, in the order given."""
    some = list(parts)
    names = [one.name for one in fields(some[0]) if _by_record(some[0], one.name)]
    columns: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in some]) for name in names}
    return replace(some[0], **columns)


def _by_record(records: Distributions | Prepared, name: str) -> bool:
    return name not in GRID or (name == "counts" and isinstance(records, Prepared))


def no_records(angle_deg: Floats, energy_mev: Floats, *, folded: bool = True) -> Prepared:
    """Give prepared records of a grid: none of them."""
    shape = (0, len(angle_deg), len(energy_mev))
    nothing = np.zeros(0)
    return Prepared(
        time=np.zeros(0, dtype="datetime64[ns]"),
        flux=np.zeros(shape, np.float32),
        counts=np.zeros(shape, np.float32),
        background=np.zeros(shape[1:]),
        signal=np.zeros((0, shape[2]), dtype=np.bool_),
        state=np.zeros(0, np.uint8),
        block=np.zeros(0, np.int64),
        angle_deg=angle_deg,
        energy_mev=energy_mev,
        l=nothing,
        l_star=nothing,
        mlt=nothing,
        mlat_deg=nothing,
        b_ratio=nothing,
        quality=np.zeros(0, np.uint16),
        equatorial=False,
        folded=folded,
        one_count=np.zeros(shape[2]),
        floor=np.zeros(shape[2]),
    )
