"""Planted faults: good records of a simulated day, damaged where the plan says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.plan import Fault, ProbeDay

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
Mask = NDArray[np.bool_]

FILL = np.float32(-1e31)
SATURATION_BIT = 1
FIELD_FLAG = 8
SLOT_HOURS = 2
OLD_VERSION_FACTOR = 0.1  # flux of the superseded version over the true one


@dataclass(frozen=True)
class DisRecords:
    """Records of the ion spectrometer in the order of the file.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
    energy_ev : (time, channel) ndarray [eV]
    spectra : dict of (time, channel) ndarray [keV/(cm^2 s sr keV)]
        ``omni``, ``px``, ``mx``, ``py``, ``my``, ``pz``, ``mz``.
    moments : dict of (time, ...) ndarray
        By the middle part of the variable's name.
    flags : (time,) ndarray of uint32
    """

    time: Times
    energy_ev: NDArray[np.float32]
    spectra: dict[str, NDArray[np.float32]]
    moments: dict[str, NDArray[np.float32]]
    flags: NDArray[np.uint32]

    def take(self, rows: NDArray[np.int64]) -> DisRecords:
        """Return some records, in the order given."""
        return DisRecords(
            self.time[rows],
            self.energy_ev[rows],
            {name: one[rows] for name, one in self.spectra.items()},
            {name: one[rows] for name, one in self.moments.items()},
            self.flags[rows],
        )


@dataclass(frozen=True)
class FieldRecords:
    """Records of the magnetometer.

    Attributes
    ----------
    time : (field,) ndarray of datetime64[ns]
    b_gse_nt : (field, 4) ndarray [nT, GSE]
        Components and strength.
    flags : (field,) ndarray of uint32
    """

    time: Times
    b_gse_nt: NDArray[np.float32]
    flags: NDArray[np.uint32]


def utc64(fault_time: object) -> np.datetime64:
    """Aware UTC time as datetime64[ns]."""
    return np.datetime64(str(fault_time).replace("+00:00", ""), "ns")


def slot_start(time: Times) -> Times:
    """Begin of the two-hour file slot that holds each time."""
    hours = time.astype("datetime64[h]").astype(np.int64)
    return np.asarray((hours - hours % SLOT_HOURS).astype("datetime64[h]"))


def touched(fault: Fault, time: Times) -> Mask:
    """Which times a fault concerns."""
    start, stop = utc64(fault.start), utc64(fault.stop)
    if fault.kind in ("descending_table", "old_version"):
        return np.asarray(slot_start(time) == slot_start(np.array([start]))[0])
    return np.asarray((time >= start) & (time < stop))


def unusable_spectra(day: ProbeDay, time: Times) -> Mask:
    """Find the records without usable spectrum: taken out, fill, NaN or flagged as saturated.

    All-zero spectra are valid measurements by every rule of the file; they are not counted here.
    """
    bad = np.zeros(time.size, dtype=bool)
    for fault in day.faults:
        if fault.kind in ("gap", "fill", "nan", "bad_flag"):
            bad |= touched(fault, time)
    return bad


def unusable_field(day: ProbeDay, time: Times) -> Mask:
    """Field records that are fill or flagged."""
    bad = np.zeros(time.size, dtype=bool)
    for fault in day.faults:
        if fault.kind in ("b_missing", "b_flagged"):
            bad |= touched(fault, time)
    return bad


def damage_spectra(day: ProbeDay, records: DisRecords) -> DisRecords:
    """Damage records in place, take out those of gaps, and shuffle those out of order."""
    order = np.arange(records.time.size)
    keep = np.ones(records.time.size, dtype=bool)
    for fault in day.faults:
        rows = touched(fault, records.time)
        if fault.kind == "gap":
            keep &= ~rows
        elif fault.kind in ("fill", "nan", "zeros"):
            value = {"fill": FILL, "nan": np.float32(np.nan), "zeros": np.float32(0.0)}[fault.kind]
            for one in records.spectra.values():
                one[rows] = value
            for one in records.moments.values() if fault.kind == "fill" else ():
                one[rows] = value
        elif fault.kind == "bad_flag":
            records.flags[rows] |= np.uint32(1 << SATURATION_BIT)
            for one in records.spectra.values():
                one[rows] *= np.float32(40.0)
        elif fault.kind == "out_of_order":
            order[rows] = order[rows][::-1]
        elif fault.kind == "descending_table":
            for one in (records.energy_ev, *records.spectra.values()):
                one[rows] = one[rows][:, ::-1]
    return records.take(order[keep[order]])


def damage_field(day: ProbeDay, records: FieldRecords) -> FieldRecords:
    """Damage field records in place."""
    for fault in day.faults:
        rows = touched(fault, records.time)
        if fault.kind == "b_missing":
            records.b_gse_nt[rows] = FILL
            records.flags[rows] = FIELD_FLAG
        elif fault.kind == "b_flagged":
            records.b_gse_nt[rows] *= np.float32(15.0)  # looks like a strong field, and is marked as unusable
            records.flags[rows] = FIELD_FLAG
    return records


def repeated_in(day: ProbeDay, slot: np.datetime64, time: Times) -> NDArray[np.int64]:
    """Find the records of earlier slots that the file of a slot repeats at its beginning."""
    rows = np.zeros(time.size, dtype=bool)
    for fault in day.faults:
        if fault.kind == "overlap" and slot_start(np.array([utc64(fault.stop)]))[0] == slot:
            rows |= touched(fault, time)
    return np.flatnonzero(rows & (slot_start(time) < slot))
