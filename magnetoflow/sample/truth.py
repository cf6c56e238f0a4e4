"""What a sample day truly holds: region, plasma and faults of each minute, and every crossing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample import faults
from magnetoflow.sample.plasma import SampleDay
from magnetoflow.sample.sequence import REGIONS

MINUTE = np.timedelta64(1, "m")
OBSERVED_MINUTES = 3


@dataclass(frozen=True)
class MinuteTruth:
    """Truth of each UTC minute that overlaps the interval of a sample day, fields (minute,).

    Attributes
    ----------
    time : ndarray of datetime64[m]
        Left edge.
    region : ndarray of str
        Region of most records; for a planted flip, that of the stay around it.
    pure : ndarray of bool
        All records lie in one region, nothing is mixed in, and no flip is planted.
    flip : ndarray of bool
        The whole minute shows the plasma of a neighbouring region.
    flip_region : ndarray of str
        That region, empty elsewhere.
    density_cm3, temperature_ev, speed_km_s, b_nt, tail_cm3 : ndarray
        Means over the minute.
    n_spectra, n_field : ndarray of int
        Records that a reader should find usable.
    fault : ndarray of str
        Kinds of planted faults, joined by ``+``; empty where there is none.
    """

    time: NDArray[np.datetime64]
    region: NDArray[np.str_]
    pure: NDArray[np.bool_]
    flip: NDArray[np.bool_]
    flip_region: NDArray[np.str_]
    density_cm3: NDArray[np.float64]
    temperature_ev: NDArray[np.float64]
    speed_km_s: NDArray[np.float64]
    b_nt: NDArray[np.float64]
    tail_cm3: NDArray[np.float64]
    n_spectra: NDArray[np.int64]
    n_field: NDArray[np.int64]
    fault: NDArray[np.str_]


@dataclass(frozen=True)
class CrossingTruth:
    """Every change of region, fields (crossing,).

    Attributes
    ----------
    time : ndarray of datetime64[ns]
        Middle of the crossing, UTC.
    before, after : ndarray of str
        Regions.
    observed : ndarray of bool
        Usable spectra exist in each of the minutes around it.
    """

    time: NDArray[np.datetime64]
    before: NDArray[np.str_]
    after: NDArray[np.str_]
    observed: NDArray[np.bool_]


def _means(index: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Mean of the values of each minute."""
    number = np.bincount(index, minlength=size)
    total = np.bincount(index, weights=values, minlength=size)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _fault_names(day: SampleDay, time: NDArray[np.datetime64]) -> NDArray[np.str_]:
    """Kinds of faults that touch each minute."""
    names = [[] for _ in range(time.size)]  # type: list[list[str]]
    ends = time.astype("datetime64[ns]") + MINUTE
    for fault in day.probe_day.faults:
        if fault.kind in ("descending_table", "old_version"):
            rows = faults.touched(fault, time.astype("datetime64[ns]"))
        else:
            rows = (time < faults.utc64(fault.stop)) & (ends > faults.utc64(fault.start))
        for row in np.flatnonzero(rows):
            names[row].append(fault.kind)
    return np.array(["+".join(sorted(set(one))) for one in names])


def minute_truth(day: SampleDay) -> MinuteTruth:
    """Truth of each minute of a sample day."""
    plan = day.probe_day
    first = faults.utc64(plan.start).astype("datetime64[m]")
    last = (faults.utc64(plan.stop) - np.timedelta64(1, "ns")).astype("datetime64[m]")
    time = np.arange(first, last + 1)
    index = (day.time.astype("datetime64[m]") - first).astype(np.int64)
    b_index = (day.b_time.astype("datetime64[m]") - first).astype(np.int64)
    size = time.size
    votes = np.stack([np.bincount(index[day.region == one], minlength=size) for one in range(len(REGIONS))])
    mixed = np.bincount(index, weights=day.other_share, minlength=size) > 0
    flip = np.bincount(index, weights=day.flip, minlength=size) > 0
    planted = np.full(size, -1)
    planted[index[day.flip]] = day.flip_region[day.flip]
    good = ~faults.unusable_spectra(plan, day.time)
    good_b = ~faults.unusable_field(plan, day.b_time)
    means = [
        _means(index, values, size)
        for values in (day.density_cm3, day.temperature_ev, day.speed_km_s, day.tail_cm3)
    ]
    return MinuteTruth(
        time=time,
        region=np.array(REGIONS)[votes.argmax(axis=0)],
        pure=((votes > 0).sum(axis=0) == 1) & ~mixed & ~flip,
        flip=flip,
        flip_region=np.array([*REGIONS, ""])[planted],
        density_cm3=means[0],
        temperature_ev=means[1],
        speed_km_s=means[2],
        b_nt=_means(b_index, day.b_nt, size),
        tail_cm3=means[3],
        n_spectra=np.bincount(index[good], minlength=size),
        n_field=np.bincount(b_index[good_b], minlength=size),
        fault=_fault_names(day, time),
    )


def crossing_truth(day: SampleDay) -> CrossingTruth:
    """Every change of region of a sample day."""
    minutes = minute_truth(day)
    first = np.flatnonzero(np.diff(day.region)) + 1
    at = (day.time[first].astype("datetime64[m]") - minutes.time[0]).astype(np.int64)
    usable = (minutes.n_spectra > 0) & ~np.char.count(minutes.fault, "zeros").astype(bool)
    around = np.arange(-OBSERVED_MINUTES, OBSERVED_MINUTES + 1)
    near = np.clip(at[:, None] + around, 0, usable.size - 1)
    names = np.array(REGIONS)
    return CrossingTruth(
        day.time[first], names[day.region[first - 1]], names[day.region[first]], usable[near].all(axis=1)
    )
