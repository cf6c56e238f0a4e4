"""What the instruments of one spacecraft record of a sample event: noise, radiation, planted faults.

Noise of factor 1 is, 1-sigma: ions 2 % of density, 8 km/s, 3 % of pressure; electrons 2 %, 0.6 % of the
electron Alfven speed, 2 %; magnetic field 0.02 nT; electric field 0.3 mV/m in the burst product,
0.05 mV/m in the survey product. Near the separatrices there are waves of 1 to 4 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.frames import gse_to_gsm
from magnetoflow.mms_rnn.analytic import Site, exhaust_half_width
from magnetoflow.mms_rnn.ions import EV_PER_NPA_CM3, RAM_NPA
from magnetoflow.sample import mms_rnn_plasma as plasma
from magnetoflow.sample.mms_rnn_plan import DURATION_S, MARGIN_S, TailEvent
from magnetoflow.sample.mms_rnn_spectra import ENERGIES_EV, omni_flux

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

FILL = np.float32(-1e31)
SATURATED, MUCH_RADIATION, THIN_ELECTRONS, USER_FLAGGED = 1 << 1, 1 << 13, 1 << 7, 1 << 2
"""Bits of the error flags of FPI, and of the flag of FGM."""
POOR = 1 << 3
"""Bit of the electric field's bitmask where its quality is bad."""
STEP_NS = {
    "dis": 150_000_000.0,
    "des": 30_000_000.0,
    "fgm": 7_812_613.0,
    "brst": 1e9 / 8192,
    "fast": 1e9 / 32,
}
PRESSURE_OF_RADIATION = 0.0708
"""Background pressure over background density [nPa cm^3], as in a real file."""
FLUX_OF_RADIATION = 1.7e5
"""Background flux over background density, likewise."""
WAVES_HZ, WAVES_E0 = (1000.0, 4000.0), 1.5
FAST_MARGIN_S = 60.0
STATE_S = 30.0
RESOLUTION_MV_M = 1 / 64
"""Of the electric field in the files, so that they pack well."""


@dataclass(frozen=True)
class Records:
    """Records of one product.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        As in the file.
    values : dict of (time, ...) ndarray
        By the middle part of the variable's name.
    """

    time: Times
    values: dict[str, NDArray[Any]]

    def between(self, start: np.datetime64, stop: np.datetime64) -> Records:
        """Return the records of [start, stop)."""
        rows = (self.time >= start) & (self.time < stop)
        return self.take(rows)

    def take(self, rows: NDArray[Any]) -> Records:
        """Return some records."""
        return Records(self.time[rows], {name: one[rows] for name, one in self.values.items()})


def record_times(event: TailEvent, probe: int, product: str, margin_s: float = MARGIN_S) -> Times:
    """Time the records as the files do: begins of measurements for FPI, centres for the fields."""
    step = STEP_NS[product]
    first = -round(margin_s * 1e9 / step)
    number = np.arange(first, round((DURATION_S + margin_s) * 1e9 / step))
    late_ns = 1e6 * event.clock_ms[probe - 1]
    return plasma.start_of(event) + np.round(late_ns + step * number).astype("timedelta64[ns]")


def electrons(event: TailEvent, probe: int) -> Records:
    """Electron moments, spectra and flags."""
    begin = record_times(event, probe, "des")
    truth = plasma.moments(event, probe, begin + np.timedelta64(15, "ms"), "electrons")
    rng = plasma.generator(event, probe, "electrons")
    noise = event.noise * np.array([0.02, 0.006 * plasma.scales(event).ve_a_km_s, 0.02])
    seen = _observed(truth, noise, rng)
    values = _moments(event, probe, begin, seen, "des", rng)
    values["errorflags"] = np.where(seen.n_cm3 < 0.05, THIN_ELECTRONS, 0).astype(np.uint32)
    _plant_flags(event, probe, begin, values)
    return _cut(event, probe, Records(begin, values))


def ions(event: TailEvent, probe: int) -> Records:
    """Ion moments with penetrating radiation in them, spectra and flags.

    Notes
    -----
    The noise is that of the ions alone; radiation is added with the inverse of the correction that
    :func:`magnetoflow.mms_rnn.ions.without_background` makes.
    """
    begin = record_times(event, probe, "dis")
    truth = plasma.moments(event, probe, begin + np.timedelta64(75, "ms"), "ions")
    rng = plasma.generator(event, probe, "ions")
    clean = _observed(truth, event.noise * np.array([0.02, 8.0, 0.03]), rng)
    radiation = event.n_bg_cm3 * np.exp(0.1 * rng.standard_normal(begin.size))
    n = clean.n_cm3 + radiation
    v = clean.v_gse_km_s * (clean.n_cm3 / n)[:, None]
    p_bg = PRESSURE_OF_RADIATION * radiation
    p = clean.p_gse_npa + p_bg[:, None, None] * np.eye(3)
    p += RAM_NPA * (_square(clean.n_cm3, clean.v_gse_km_s) - _square(n, v))
    values = _moments(event, probe, begin, plasma.Moments(n, v, p), "dis", rng, FLUX_OF_RADIATION * radiation)
    for start, stop in _faults(event, probe, "ion_background"):
        radiation = np.where(_within(event, begin, start, stop), 1.1 * n, radiation)
    values["errorflags"] = np.where(radiation >= 0.2 * n, MUCH_RADIATION, 0).astype(np.uint32)
    values["numberdensity_bg"] = radiation.astype(np.float32)
    values["pres_bg"] = p_bg.astype(np.float32)
    values["spectr_bg"] = (FLUX_OF_RADIATION * radiation).astype(np.float32)
    return Records(begin, _filled(event, probe, begin, values, "ion_fill"))


def field(event: TailEvent, probe: int) -> Records:
    """Magnetic field in GSE and GSM, each with its strength, and flags."""
    time = record_times(event, probe, "fgm")
    rng = plasma.generator(event, probe, "field")
    b = plasma.magnetic_field(event, probe, time) + 0.02 * event.noise * rng.standard_normal((time.size, 3))
    flag = np.zeros(time.size, dtype=np.uint32)
    for start, stop in _faults(event, probe, "b_flag"):
        rows = _within(event, time, start, stop)
        b[rows] += event.b0_nt
        flag[rows] = USER_FLAGGED
    turned = np.einsum("tij,tj->ti", gse_to_gsm(time), b)
    values = {f"b_{frame}": _with_size(one) for frame, one in (("gse", b), ("gsm", turned))}
    values = _filled(event, probe, time, values, "b_fill")
    return Records(time, {**values, "flag": flag})


def position(event: TailEvent, probe: int) -> Records:
    """Position in GSE and GSM, each with its distance, every 30 s."""
    number = np.arange(-3, DURATION_S / STATE_S + 4)
    time = plasma.start_of(event) + np.round(1e9 * STATE_S * number).astype("timedelta64[ns]")
    r = plasma.position_gse_km(event, probe, time)
    turned = np.einsum("tij,tj->ti", gse_to_gsm(time), r)
    return Records(time, {"r_gse": _with_size(r), "r_gsm": _with_size(turned)})


def electric(event: TailEvent, probe: int, rate: str) -> Records:
    """Electric field with bitmask and quality, ``brst`` or ``fast``."""
    time = record_times(event, probe, rate, MARGIN_S if rate == "brst" else FAST_MARGIN_S)
    rng = plasma.generator(event, probe, f"electric {rate}")
    coarse = record_times(event, probe, "fgm", FAST_MARGIN_S)
    site = plasma.electric_field(event, probe, coarse)
    e = _interpolated(time, coarse, site) + _turbulence(event, probe, time)
    white = {"brst": 0.3, "fast": 0.05}[rate]
    e += white * event.noise * rng.standard_normal(e.shape)
    if rate == "brst":
        e += _waves(event, probe, time, rng)
    quality = np.full(time.size, 3, dtype=np.uint8)
    for start, stop in _faults(event, probe, "e_quality"):
        rows = _within(event, time, start, stop)
        e[rows] += 4 * plasma.scales(event).e0_mv_m
        quality[rows] = 0
    rounded = (np.round(e / RESOLUTION_MV_M) * RESOLUTION_MV_M).astype(np.float32)
    values = _filled(event, probe, time, {"dce_gse": rounded}, "e_fill" if rate == "brst" else "")
    bitmask = np.where(quality < 3, POOR, 0).astype(np.uint16)
    return Records(time, {**values, "bitmask": bitmask, "quality": quality})


def _observed(truth: plasma.Moments, noise: Floats, rng: np.random.Generator) -> plasma.Moments:
    """Add noise: of density and pressure a share, of velocity km/s."""
    size = truth.n_cm3.size
    density = truth.n_cm3 * (1 + noise[0] * rng.standard_normal(size))
    velocity = truth.v_gse_km_s + noise[1] * rng.standard_normal((size, 3))
    shear = rng.standard_normal((size, 3, 3))
    mean = np.trace(truth.p_gse_npa, axis1=1, axis2=2)[:, None, None] / 3
    pressure = truth.p_gse_npa + noise[2] * mean * (shear + shear.transpose(0, 2, 1)) / 2
    return plasma.Moments(density, velocity, pressure)


def _moments(
    event: TailEvent,
    probe: int,
    begin: Times,
    seen: plasma.Moments,
    instrument: str,
    rng: np.random.Generator,
    radiation: Floats | None = None,
) -> dict[str, NDArray[Any]]:
    """Moments of the file, with the temperatures and spectra that belong to them."""
    tensor = seen.p_gse_npa * (EV_PER_NPA_CM3 / seen.n_cm3)[:, None, None]
    b = plasma.magnetic_field(event, probe, begin)
    axis = b / np.linalg.norm(b, axis=1, keepdims=True)
    para = np.einsum("ti,tij,tj->t", axis, tensor, axis)
    perp = (np.trace(tensor, axis1=1, axis2=2) - para) / 2
    speed = np.linalg.norm(seen.v_gse_km_s, axis=1)
    flux = omni_flux(instrument, seen.n_cm3, (para + 2 * perp) / 3, speed, rng, radiation)
    values: dict[str, Any] = {
        "numberdensity": seen.n_cm3, "bulkv_gse": seen.v_gse_km_s, "prestensor_gse": seen.p_gse_npa,
        "temppara": para, "tempperp": perp, "energyspectr_omni": flux,
        "energy": np.tile(ENERGIES_EV[instrument], (begin.size, 1)),
        "energy_delta": np.tile(ENERGIES_EV[instrument] * 0.13, (begin.size, 1)),
    }  # fmt: skip
    return {name: np.asarray(one, dtype=np.float32) for name, one in values.items()}


def _plant_flags(event: TailEvent, probe: int, begin: Times, values: dict[str, NDArray[Any]]) -> None:
    """Mark electron records as saturated, and make them wrong."""
    for start, stop in _faults(event, probe, "electron_flag"):
        rows = _within(event, begin, start, stop)
        values["errorflags"][rows] |= SATURATED
        for name in ("numberdensity", "bulkv_gse"):
            values[name][rows] *= np.float32(3)


def _cut(event: TailEvent, probe: int, records: Records) -> Records:
    """Fill electron records, and leave some out."""
    values = _filled(event, probe, records.time, records.values, "electron_fill")
    kept = np.ones(records.time.size, dtype=bool)
    for start, stop in _faults(event, probe, "electron_gap"):
        kept &= ~_within(event, records.time, start, stop)
    return Records(records.time, values).take(kept)


def _filled(
    event: TailEvent, probe: int, time: Times, values: dict[str, NDArray[Any]], kind: str
) -> dict[str, NDArray[Any]]:
    """Replace the float values of a fault by the fill value; energies stay."""
    for start, stop in _faults(event, probe, kind):
        rows = _within(event, time, start, stop)
        for name, one in values.items():
            if one.dtype == np.float32 and name not in ("energy", "energy_delta"):
                one[rows] = FILL
    return values


def _faults(event: TailEvent, probe: int, kind: str) -> Iterator[tuple[float, float]]:
    return ((one.start_s, one.stop_s) for one in event.faults if (one.kind, one.probe) == (kind, probe))


def _within(event: TailEvent, time: Times, start_s: float, stop_s: float) -> NDArray[np.bool_]:
    begin = plasma.start_of(event)
    start, stop = (begin + np.timedelta64(round(1e9 * one), "ns") for one in (start_s, stop_s))
    return np.asarray((time >= start) & (time < stop))


def _square(n: Floats, v: Floats) -> Floats:
    return np.asarray(n[:, None, None] * v[:, :, None] * v[:, None, :])


def _with_size(vectors: Floats) -> NDArray[np.float32]:
    return np.column_stack([vectors, np.linalg.norm(vectors, axis=1)]).astype(np.float32)


def _interpolated(time: Times, known: Times, vectors: Floats) -> Floats:
    at, of = ((one - known[0]).astype(np.float64) for one in (time, known))
    return np.column_stack([np.interp(at, of, column) for column in vectors.T])


def _turbulence(event: TailEvent, probe: int, time: Times) -> Floats:
    """Electric field below 16 Hz that both products see, (time, 3) ndarray [mV/m]."""
    rng = plasma.generator(event, probe, "turbulence")
    knots = record_times(event, probe, "fast", FAST_MARGIN_S + 1)
    rms = event.e_turbulence * plasma.scales(event).e0_mv_m * np.sqrt(1.5)  # linear pieces lose a third
    return _interpolated(time, knots, rms * rng.standard_normal((knots.size, 3)))


def _waves(event: TailEvent, probe: int, time: Times, rng: np.random.Generator) -> Floats:
    """Broadband waves in packets near the separatrices, (time, 3) ndarray [mV/m]."""
    white = np.fft.rfft(rng.standard_normal((time.size, 3)), axis=0)
    frequency = np.fft.rfftfreq(time.size, STEP_NS["brst"] * 1e-9)
    white[(frequency < WAVES_HZ[0]) | (frequency > WAVES_HZ[1])] = 0
    waves = np.fft.irfft(white, time.size, axis=0)
    coarse = record_times(event, probe, "fgm", MARGIN_S + 1)
    x, y = plasma.path(event, probe, coarse)
    h = exhaust_half_width(x, Site(**dict(event.site)))
    near = np.exp(-(((np.abs(y) - 1.35 * h) / (0.3 * h)) ** 2))
    packets = np.abs(rng.standard_normal(coarse.size // 8 + 2))
    beat = np.interp(np.arange(coarse.size) / 8, np.arange(packets.size), packets)
    size = np.interp((time - coarse[0]).astype(float), (coarse - coarse[0]).astype(float), near * beat)
    rms = WAVES_E0 * plasma.scales(event).e0_mv_m
    return np.asarray(rms * size[:, None] * waves / waves.std(), dtype=np.float64)
