"""Array file of as many spins as wanted, from the generator of the sample: orbit, storm, faults, classes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from magnetoflow.sample.rept_pad_levels import ENERGY_MEV
from magnetoflow.sample.rept_pad_plan import FIRST, SEED, SPIN_S
from magnetoflow.sample.rept_pad_records import Records, records
from magnetoflow.sample.rept_pad_shapes import ANGLE_DEG

SPINS = 15_000
"""Made at a time: four orbits."""
ROWS = 1024
"""Of a compressed block of the file."""
TURN = 3
"""Index of 3.4 MeV."""
COLUMNS = {"L": "1", "L_star": "1", "MLT": "hour", "MLAT": "deg", "B": "nT", "B_eq": "nT"}


def write_archive(path: Path, truth: Path, count: int) -> int:
    """Write the distributions of `count` spins of one probe, and what was planted; gives how many days."""
    kept, number, planted = 0, 0, []
    with h5py.File(path, "w") as file:
        _create(file)
        while kept < count:
            spin = np.arange(SPINS) + number * SPINS
            offset = np.round(1000.0 * SPIN_S * (spin + 0.5)).astype("timedelta64[ms]")
            made = records("a", np.datetime64(FIRST, "ns") + offset, SEED + number)
            rows = np.flatnonzero(~made.has("gap"))[: count - kept]
            _append(file, made, rows, kept)
            planted.append((made.time[rows], made.truth.class_id[rows], made.truth.expected_90[rows, TURN]))
            kept, number = kept + len(rows), number + 1
    time, class_id, expected = map(np.concatenate, zip(*planted, strict=True))
    milliseconds = time.astype("datetime64[ms]").astype(np.int64)
    np.savez(truth, time=milliseconds, class_id=class_id, expected=expected)
    return int((time[-1] - np.datetime64(FIRST, "ns")) / np.timedelta64(1, "D")) + 1


def _create(file: h5py.File) -> None:
    """Write the axes, and arrays over time that grow."""
    axes = {"pitch_angle": (ANGLE_DEG, "deg"), "energy": (ENERGY_MEV, "MeV")}
    for name, (values, unit) in axes.items():
        file.create_dataset(name, data=values).attrs["units"] = unit
        file[name].make_scale(name)
    over_time = {"time": ("i8", "milliseconds since 1970-01-01")}
    over_time |= {name: ("f4", unit) for name, unit in COLUMNS.items()}
    for name, (kind, unit) in over_time.items():
        file.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(ROWS,)).attrs["units"] = unit
    file["time"].make_scale("time")
    bins = len(ANGLE_DEG), len(ENERGY_MEV)
    flux = file.create_dataset(
        "flux", (0, *bins), "f4", maxshape=(None, *bins), chunks=(ROWS, *bins), compression="gzip",
        compression_opts=1, shuffle=True,
    )  # fmt: skip
    flux.attrs["units"] = "cm^-2 s^-1 sr^-1 MeV^-1"
    for axis, name in enumerate(("time", "pitch_angle", "energy")):
        flux.dims[axis].attach_scale(file[name])


def _append(file: h5py.File, made: Records, rows: np.ndarray, kept: int) -> None:
    where = made.places
    values: dict[str, np.ndarray] = {
        "time": made.time.astype("datetime64[ms]").astype(np.int64), "flux": made.flux, "L": where.l,
        "L_star": made.l_star, "MLT": where.mlt, "MLAT": where.mlat_deg, "B": where.b_nt,
        "B_eq": where.b_eq_nt,
    }  # fmt: skip
    for name, one in values.items():
        file[name].resize(kept + len(rows), axis=0)
        file[name][kept:] = one[rows]
