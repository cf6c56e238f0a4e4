"""Records of the instruments in a magnetopause event: averages over each measurement, noise, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.frames import gse_to_gsm
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample import mms_mp_passage as passage
from magnetoflow.sample.mms_mp_noise import NOISE, generator, noise
from magnetoflow.sample.mms_mp_plan import MARGIN_S, PROBES, CrossingEvent
from magnetoflow.sample.mms_rnn_spectra import ENERGIES_EV, omni_flux

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

FILL = np.float32(-1e31)
USER_FLAGGED, SATURATED, FIELD_NOT_BURST, POOR = 1 << 2, 1 << 1, 1 << 9, 1 << 3
"""Bits: of the flag of FGM, of those of FPI (twice), of the bitmask of the electric field."""
STEP_NS = {
    "dis": 150_000_000.0, "des": 30_000_000.0, "fgm": 7_812_613.0, "hpca": 10_000_000_000.0,
    "brst": 1e9 / 8192, "fast": 1e9 / 32,
}  # fmt: skip
FAST_MARGIN_S, HPCA_MARGIN_S, STATE_MARGIN_S = 30.0, 40.0, 75.0
EV_PER_NPA_CM3 = 6241.509
DSL_TILT_DEG, SPIN_DEG = 2.5, 76.0
"""DSL is GSE turned about Y; the unsuffixed velocities of HPCA are turned on about Z."""
OFFSET_NT, OFFSET_MV_M = 0.1, (1.0, 0.3, 2.0)
"""Largest offset of an axis: of the field in GSE, of the electric field in DSL."""
B_STEP_NT, E_STEP_MV_M, POTENTIAL_STEP_V = 1 / 512, 1 / 64, 1 / 128
"""Resolution in the files, far below the noise, so that they pack well."""
_KEPT_BITS = np.uint32(0xFFFFE000)


@dataclass(frozen=True)
class Records:
    """Records of one product.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        As in the file.
    values : dict of (time, ...) ndarray
        By the part of the variable's name that tells the quantity.
    """

    time: Times
    values: dict[str, NDArray[Any]]

    def take(self, rows: NDArray[Any]) -> Records:
        """Return some records."""
        return Records(self.time[rows], {name: one[rows] for name, one in self.values.items()})

    def between(self, start: np.datetime64, stop: np.datetime64) -> Records:
        """Return the records of [start, stop)."""
        return self.take((self.time >= start) & (self.time < stop))


def record_times(
    event: CrossingEvent, probe: int, product: str, first_s: float, last_s: float
) -> tuple[Times, float]:
    """Time stamps from `first_s` to `last_s` since the start, with a phase of each probe; the step [s]."""
    step = STEP_NS[product]
    phase = float(generator(probe, f"phase {product}", event).uniform(0, step))
    number = np.arange(round(1e9 * first_s / step), round(1e9 * last_s / step))
    late = np.round(phase + step * number).astype("timedelta64[ns]")
    return orbit.utc(event) + late, step * 1e-9


def _burst_times(event: CrossingEvent, probe: int, product: str) -> tuple[Times, float]:
    return record_times(event, probe, product, -MARGIN_S, event.duration_s + MARGIN_S)


def offset_nt(probe: int) -> Floats:
    """Offset of the magnetometer, (3,) ndarray [nT, GSE]."""
    return np.asarray(generator(probe, "field offset").uniform(-OFFSET_NT, OFFSET_NT, 3))


def offset_mv_m(probe: int) -> Floats:
    """Offset of the electric field, (3,) ndarray [mV/m, DSL]; most of it along the spin axis."""
    return np.asarray(generator(probe, "electric offset").uniform(0.5, 1.0, 3) * OFFSET_MV_M)


def field(event: CrossingEvent, probe: int) -> Records:
    """Magnetic field in GSE and GSM, each with its strength, and flags."""
    time, step = _burst_times(event, probe, "fgm")
    b = passage.field_nt(event, probe, time) + offset_nt(probe)
    b += noise(generator(probe, "field", event), b.shape, step, "fgm")
    flag = np.zeros(time.size, dtype=np.uint32)
    for rows in _planted(event, probe, "b_flag", time):
        b[rows] += 30.0
        flag[rows] = USER_FLAGGED
    gsm = np.einsum("tij,tj->ti", _gsm_turns(time), b)
    values = {f"b_{frame}": _rounded(_with_size(one), B_STEP_NT) for frame, one in (("gse", b), ("gsm", gsm))}
    _fill(event, probe, time, values, "b_fill")
    half = np.full(time.size, step / 2, dtype=np.float32)
    return _without(event, probe, Records(time, {**values, "flag": flag, "bdeltahalf": half}), "b_gap")


def positions(event: CrossingEvent, probe: int) -> Records:
    """Position in GSE and GSM, each with its distance, every 30 s, in single precision."""
    number = np.arange(-STATE_MARGIN_S, event.duration_s + STATE_MARGIN_S, 30.0) + 7.0 * probe
    time = orbit.utc(event) + np.round(1e9 * number).astype("timedelta64[ns]")
    r = orbit.position_gse_km(probe, time)
    gsm = np.einsum("tij,tj->ti", gse_to_gsm(time), r)
    return Records(
        time, {"r_gse": _with_size(r).astype(np.float32), "r_gsm": _with_size(gsm).astype(np.float32)}
    )


def moments(event: CrossingEvent, probe: int, instrument: str) -> Records:
    """Moments, omnidirectional spectra and flags of FPI, ``dis`` or ``des``, timed by the begin."""
    begin, step = _burst_times(event, probe, instrument)
    truth = passage.plasma(event, probe, begin, step, 3)
    rng = generator(probe, instrument, event)
    ions = instrument == "dis"
    n = truth.n_cm3 * (1 + noise(rng, begin.shape, step, f"{instrument} n"))
    v = truth.v_ion_km_s if ions else truth.v_electron_km_s
    v = v + noise(rng, v.shape, step, f"{instrument} v")
    share = passage.ION_SHARE if ions else 1 - passage.ION_SHARE
    shear = noise(rng, (begin.size, 3, 3), step, "pressure")
    p = (share * truth.p_npa)[:, None, None] * (np.eye(3) + (shear + shear.transpose(0, 2, 1)) / 2)
    axis = passage.field_nt(event, probe, begin + np.timedelta64(round(5e8 * step), "ns"))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    tensor = p * (EV_PER_NPA_CM3 / n)[:, None, None]
    para = np.einsum("ti,tij,tj->t", axis, tensor, axis)
    perp = (np.trace(tensor, axis1=1, axis2=2) - para) / 2
    energies = np.tile(ENERGIES_EV[instrument], (begin.size, 1))
    flux = omni_flux(instrument, n, (para + 2 * perp) / 3, np.linalg.norm(v, axis=1), rng)
    values: dict[str, NDArray[Any]] = {
        "numberdensity": n, "numberdensity_err": NOISE[f"{instrument} n"][0] * n, "bulkv_gse": v,
        "bulkv_err": np.full(v.shape, NOISE[f"{instrument} v"][0]), "prestensor_gse": p, "temppara": para,
        "tempperp": perp,
        "energyspectr_omni": flux, "energy": energies, "energy_delta": 0.13 * energies,
    }  # fmt: skip
    values = {name: np.asarray(one, dtype=np.float32) for name, one in values.items()}
    values["errorflags"] = np.full(begin.size, FIELD_NOT_BURST if probe == 2 else 0, dtype=np.uint32)
    species = "ion" if ions else "electron"
    for rows in _planted(event, probe, f"{species}_flag", begin):
        values["errorflags"][rows] |= SATURATED
        for name in ("numberdensity", "bulkv_gse"):
            values[name][rows] *= np.float32(3)
    _fill(event, probe, begin, values, f"{species}_fill")
    return _without(event, probe, Records(begin, values), f"{species}_gap")


def composition(event: CrossingEvent, probe: int) -> Records:
    """Densities and velocities of the species of HPCA, timed by the begin."""
    begin, step = record_times(event, probe, "hpca", -HPCA_MARGIN_S, event.duration_s + HPCA_MARGIN_S)
    truth = passage.plasma(event, probe, begin, step, 40)
    rng = generator(probe, "hpca", event)
    turns = gse_to_gsm(begin + np.timedelta64(round(5e8 * step), "ns"))
    values: dict[str, NDArray[Any]] = {}
    for species, density in truth.species_cm3.items():
        n = np.maximum(density, 1e-4) * (1 + noise(rng, begin.shape, step, "hpca n"))
        v = truth.v_ion_km_s + noise(rng, truth.v_ion_km_s.shape, step, "hpca v")
        name = f"{species}_ion_bulk_velocity"
        values[f"{species}_number_density"] = _coarse(np.maximum(n, 1e-4))
        values[name] = _coarse(v @ _dbcs().T)
        values[f"{name}_GSM"] = _coarse(np.einsum("tij,tj->ti", turns, v))
        if probe != PROBES[-1]:
            values[f"{name}_GSE"] = _coarse(v)
    _fill(event, probe, begin, values, "hpca_fill")
    return Records(begin, values)


def electric(event: CrossingEvent, probe: int, rate: str) -> Records:
    """Electric field in GSE, in DSL and along B, with bitmask and quality, ``brst`` or ``fast``."""
    if rate == "brst":
        assert event.burst_e_s is not None
        first, last = event.burst_e_s
    else:
        first, last = -FAST_MARGIN_S, event.duration_s + FAST_MARGIN_S
    time, step = record_times(event, probe, rate, first, last)
    rng = generator(probe, f"electric {rate}", event)
    e = passage.electric_mv_m(event, probe, time) + offset_mv_m(probe) @ _dsl()
    e += noise(rng, e.shape, step, "edp")
    quality = np.full(time.size, 3, dtype=np.uint8)
    for rows in _planted(event, probe, "e_quality", time):
        e[rows] += 40.0
        quality[rows] = 0
    b = passage.field_nt(event, probe, time)
    along = np.einsum("ti,ti->t", e, b) / np.linalg.norm(b, axis=1)
    values: dict[str, NDArray[Any]] = {
        "dce_gse": _rounded(e, E_STEP_MV_M),
        "dce_dsl": _rounded(e @ _dsl().T, E_STEP_MV_M),
        "dce_par_epar": _rounded(np.column_stack([np.full(time.size, 1.0), along]), E_STEP_MV_M),
    }
    _fill(event, probe, time, values, "e_fill")
    values["bitmask"] = np.where(quality < 3, POOR, 0).astype(np.uint16)
    return Records(time, {**values, "quality": quality})


def potential(event: CrossingEvent, probe: int) -> Records:
    """Potential of the spacecraft at the times of the fast electric field; it falls with density."""
    time, step = record_times(event, probe, "fast", -FAST_MARGIN_S, event.duration_s + FAST_MARGIN_S)
    n = passage.boundary_of(event).density_cm3(passage.distance_km(event, probe, time))
    volts = 12.0 * n**-0.4 + noise(generator(probe, "potential", event), time.shape, step, "potential")
    return Records(time, {"scpot": _rounded(volts, POTENTIAL_STEP_V)})


def _dsl() -> Floats:
    """Matrix that turns GSE into DSL."""
    sine, cosine = np.sin(np.deg2rad(DSL_TILT_DEG)), np.cos(np.deg2rad(DSL_TILT_DEG))
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]], dtype=np.float64)


def _dbcs() -> Floats:
    """Matrix that turns GSE into the frame of the unsuffixed velocities."""
    sine, cosine = np.sin(np.deg2rad(SPIN_DEG)), np.cos(np.deg2rad(SPIN_DEG))
    spin = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]], dtype=np.float64)
    return np.asarray(spin @ _dsl())


def _gsm_turns(time: Times) -> Floats:
    """Matrices from GSE to GSM; between those of every second, for the angle is all but linear."""
    seconds = (time - time[0]) / np.timedelta64(1, "s")
    knots = np.arange(int(seconds[-1]) + 2)
    some = gse_to_gsm(time[0] + knots * np.timedelta64(1, "s"))
    angle = np.interp(seconds, knots, np.arctan2(some[:, 2, 1], some[:, 1, 1]))
    turns = np.zeros((time.size, 3, 3))
    turns[:, 0, 0] = 1
    turns[:, 1, 1] = turns[:, 2, 2] = np.cos(angle)
    turns[:, 2, 1] = np.sin(angle)
    turns[:, 1, 2] = -turns[:, 2, 1]
    return turns


def _planted(event: CrossingEvent, probe: int, kind: str, time: Times) -> Iterator[NDArray[np.bool_]]:
    """Which records each planted fault of a kind concerns."""
    for one in event.faults:
        if (one.kind, one.probe) == (kind, probe):
            yield (time >= orbit.utc(event, one.start_s)) & (time < orbit.utc(event, one.stop_s))


def _fill(event: CrossingEvent, probe: int, time: Times, values: dict[str, NDArray[Any]], kind: str) -> None:
    """Replace the float values of a fault by the fill value; energies stay."""
    for rows in _planted(event, probe, kind, time):
        for name, one in values.items():
            if one.dtype == np.float32 and name not in ("energy", "energy_delta"):
                one[rows] = FILL


def _without(event: CrossingEvent, probe: int, records: Records, kind: str) -> Records:
    """Leave out the records of a gap."""
    kept = np.ones(records.time.size, dtype=bool)
    for rows in _planted(event, probe, kind, records.time):
        kept &= ~rows
    return records if kept.all() else records.take(kept)


def _rounded(values: Floats, step: float) -> NDArray[np.float32]:
    return (np.round(values / step) * step).astype(np.float32)


def _coarse(values: Floats) -> NDArray[np.float32]:
    """Values with ten bits of their mantissa."""
    kept: NDArray[np.float32] = (values.astype(np.float32).view(np.uint32) & _KEPT_BITS).view(np.float32)
    return kept


def _with_size(vectors: Floats) -> Floats:
    return np.column_stack([vectors, np.linalg.norm(vectors, axis=1)])
