"""Records of one probe of the REPT sample: classes in patches along the orbit, counts, planted faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample import rept_pad_storm as storm
from magnetoflow.sample.rept_pad_classes import BACKGROUND, EMPTY, SHAPES, parameters_of
from magnetoflow.sample.rept_pad_levels import ENERGY_MEV, ONE_COUNT, scattered_e0_mev
from magnetoflow.sample.rept_pad_orbit import Places, l_star, places
from magnetoflow.sample.rept_pad_plan import CADENCE_S, DAYS, NO_L_STAR_DAYS, PROBES, SEED, SPIN_S
from magnetoflow.sample.rept_pad_shapes import ANGLE_DEG, BINS, Truth, expected_counts

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

PER_DAY = 86400 // CADENCE_S
FAULTS = {
    "gap": 1,
    "all_fill": 2,
    "all_zero": 4,
    "missing_angles": 8,
    "missing_bins": 16,
    "proton_contamination": 32,
    "no_l_star": 64,
}
"""Bits of `Records.fault`. Records of a gap are in the truth, not in the files."""
_RUNS = {"gap": (3, 12), "all_fill": (2, 5), "all_zero": (2, 5), "missing_angles": (5, 25)}
"""Runs a day and records in a run, on the average."""


@dataclass(frozen=True)
class Records:
    """All records of one probe.

    Attributes
    ----------
    time : (t,) ndarray of datetime64[ns], UTC
    flux : (t, 17, 12) ndarray of float32 [cm^-2 s^-1 sr^-1 MeV^-1]
        NaN where the files hold fill values.
    places : Places
    l_star : (t,) ndarray
        NaN where the files hold fill values.
    truth : Truth
    phase : (t,) ndarray of int8
    dropout : (t,) ndarray of bool
    asymmetry, offset_deg : (t,) ndarray [1, deg]
        Of the flux along the field against the opposite direction; of true pitch angles to those named.
    fault : (t,) ndarray of uint8
        Sum of :data:`FAULTS`.
    """

    time: Times
    flux: NDArray[np.float32]
    places: Places
    l_star: Floats
    truth: Truth
    phase: NDArray[np.int8]
    dropout: NDArray[np.bool_]
    asymmetry: Floats
    offset_deg: Floats
    fault: NDArray[np.uint8]

    def has(self, fault: str) -> NDArray[np.bool_]:
        """Tell which records have a fault, (t,) ndarray of bool."""
        return (self.fault & FAULTS[fault]) > 0


def record_times() -> Times:
    """Give the times of the kept spins, in whole milliseconds; (t,) ndarray of datetime64[ns], UTC."""
    spins = np.round(np.arange(PER_DAY) * CADENCE_S / SPIN_S + 0.5) * SPIN_S
    offsets = np.round(1000.0 * spins).astype("timedelta64[ms]")
    return np.concatenate([np.datetime64(day, "ns") + offsets for day in DAYS]).astype("datetime64[ns]")


def records(probe: str, time: Times | None = None, seed: int = SEED) -> Records:
    """Make all records of a probe, ``a`` or ``b``; the same each time.

    Parameters
    ----------
    probe : str
    time : (t,) ndarray of datetime64[ns], optional
        UTC, ascending; those of the sample when left out.
    seed : int
    """
    rng = np.random.default_rng([seed, PROBES.index(probe)])
    time = record_times() if time is None else time
    count, where = len(time), places(probe, time)
    patch = _patches(count, rng)
    scatter = rng.standard_normal((patch[-1] + 1, 7))[patch]
    class_id = _classes(time, where, patch, rng)
    deviates = np.sqrt(0.5) * (scatter[:, :4] + rng.standard_normal((count, 4)))
    amplitude = np.exp(storm.amplitude_ln(time, where.l) + 0.5 * scatter[:, 4])
    e0 = scattered_e0_mev(where.l, scatter[:, 5])
    asymmetry, offset = 0.02 * scatter[:, 6], 0.8 * rng.standard_normal(count)
    fault = _faults(probe, time, where.l, rng)
    expected, truth = expected_counts(
        class_id,
        parameters_of(class_id, deviates, ENERGY_MEV),
        where.l,
        where.b_eq_nt / where.b_nt,
        e0,
        amplitude,
        offset,
    )
    expected *= 1.0 + asymmetry[:, None, None] * np.cos(np.deg2rad(ANGLE_DEG))[:, None]
    protons = _has(fault, "proton_contamination")
    expected[protons] += 8.0 * np.exp(-(((where.l[protons] - 1.7) / 0.35) ** 2))[:, None, None]
    flux = (rng.poisson(expected) * ONE_COUNT).astype(np.float32)
    _spoil(flux, fault, rng)
    empty = _has(fault, "all_fill") | _has(fault, "all_zero")
    truth.class_id[empty] = EMPTY
    truth.shape[empty] = SHAPES.index("background")
    star = np.where(_has(fault, "no_l_star"), np.nan, l_star(where.l, storm.activity(time)))
    dropout = storm.dropout_ln(time, where.l) < storm.DROPOUT_LN
    return Records(time, flux, where, star, truth, storm.phase(time), dropout, asymmetry, offset, fault)


def _has(fault: NDArray[np.uint8], name: str) -> NDArray[np.bool_]:
    return (fault & FAULTS[name]) > 0


def _patches(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give the number of each record's patch, of 12 to 45 records."""
    sizes = rng.integers(12, 46, count // 12 + 1)
    return np.repeat(np.arange(len(sizes)), sizes)[:count]


def _classes(
    time: Times, where: Places, patch: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int16]:
    """Class of each record, one in a patch; background outside the belt."""
    first = np.flatnonzero(np.diff(patch, prepend=-1))
    middle = (first + np.append(first[1:], len(time))) // 2
    odds = np.cumsum(storm.chances(time[middle], where.l[middle], where.mlt[middle]), axis=1)
    drawn = 1 + (rng.random((len(first), 1)) > odds[:, :-1]).sum(axis=1)
    out: NDArray[np.int16] = drawn.astype(np.int16)[patch]
    out[(where.l < storm.SLOT_L) | (where.l > storm.outer_edge_l(time))] = BACKGROUND
    return out


def _faults(probe: str, time: Times, l_shell: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Faults of each record; a record that is left out, filled or zero has no other fault in its bins."""
    out = np.zeros(len(time), dtype=np.uint8)
    for name, (a_day, length) in _RUNS.items():
        starts = rng.integers(0, len(time), a_day * (len(time) // PER_DAY))
        for start, size in zip(starts, rng.integers(1, 2 * length, len(starts)), strict=True):
            part = out[start : start + size]
            part[part == 0] = FAULTS[name]
    out[(out == 0) & (rng.random(len(time)) < 0.02)] = FAULTS["missing_bins"]
    out[(l_shell < storm.PROTON_L) & (out == 0)] |= FAULTS["proton_contamination"]
    days = time.astype("datetime64[D]")
    for other, day in NO_L_STAR_DAYS:
        if other == probe:
            out[days == np.datetime64(day)] |= FAULTS["no_l_star"]
    return out


def _spoil(flux: NDArray[np.float32], fault: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Plant the faults of the bins, in place."""
    flux[_has(fault, "all_fill")] = np.nan
    flux[_has(fault, "all_zero")] = 0.0
    rows = np.flatnonzero(_has(fault, "missing_angles"))
    unseen = rng.integers(1, 4, len(rows))  # at each end: the field is far from the plane of the spin
    number = np.arange(BINS)
    ends = np.minimum(number, BINS - 1 - number) < unseen[:, None]
    flux[rows] = np.where(ends[:, :, None], np.nan, flux[rows])
    rows = np.flatnonzero(_has(fault, "missing_bins"))
    flux[rows] = np.where(rng.random((len(rows), BINS, 1)) < 0.15, np.nan, flux[rows])
