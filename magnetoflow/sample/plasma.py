"""One probe-day of ion spectra and field strength, with exact truth, from a seed made of probe and day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample import instrument
from magnetoflow.sample.plan import ProbeDay
from magnetoflow.sample.populations import PLASMAS, Knobs, Plasma, energy_flux
from magnetoflow.sample.sequence import (
    LOBE,
    MAGNETOSPHERE,
    NEIGHBOURS,
    Sequence,
    position_gse_km,
    region_sequence,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Times = NDArray[np.datetime64]

FIELD_CADENCE_S = 1.0
POSITION_CADENCE_S = 30.0
FLIP_MARGIN_MINUTES = 12
RECIPE = "mms_gmm sample 1"


@dataclass(frozen=True)
class SampleDay:
    """One simulated day without faults.

    Attributes
    ----------
    probe_day : ProbeDay
        The plan.
    time : (time,) ndarray of datetime64[ns]
        Begin of each 4.5-s record, UTC.
    energy_ev : (time, channel) ndarray [eV]
        Energy table of each record, ascending.
    flux : (time, channel) ndarray [keV/(cm^2 s sr keV)]
        Counts times `quantum`.
    counts : (time, channel) ndarray of int
    quantum : float [keV/(cm^2 s sr keV)]
        Worth of one count.
    beam_share : (time, channel) ndarray
        Share of the expected flux that moves with the bulk flow.
    background : (time,) ndarray [keV/(cm^2 s sr keV)]
        Background near 300 eV.
    density_cm3, temperature_ev, speed_km_s, tail_cm3 : (time,) ndarray
        Moments of all ions, and the density of those above 1 keV of thermal energy.
    b_time, b_nt : (field,) ndarray of datetime64[ns] and of float [nT]
        Field strength at 1 s.
    position_time, position_gse_km : (state,), (state, 3) ndarray of datetime64[ns] and of float [km, GSE]
        Position at 30 s.
    region : (time,) ndarray of int
        Index into `sequence.REGIONS`.
    other_share : (time,) ndarray
        Share of the neighbouring region's plasma, 0 to 0.5.
    flip : (time,) ndarray of bool
        Records of a planted one-minute visit; `region` there is that of the stay around it.
    flip_region : (time,) ndarray of int
        Region whose spectrum is planted, -1 elsewhere.
    """

    probe_day: ProbeDay
    time: Times
    energy_ev: Floats
    flux: Floats
    counts: Ints
    quantum: float
    beam_share: Floats
    background: Floats
    density_cm3: Floats
    temperature_ev: Floats
    speed_km_s: Floats
    tail_cm3: Floats
    b_time: Times
    b_nt: Floats
    position_time: Times
    position_gse_km: Floats
    region: Ints
    other_share: Floats
    flip: NDArray[np.bool_]
    flip_region: Ints


@dataclass(frozen=True)
class _State:
    """Expected spectrum, field and moments at some records."""

    beam: Floats
    rest: Floats
    b_nt: Floats
    b_spread: Floats
    background: Floats
    moments: Floats  # (time, 4): n, T, V, tail


def day_seed(day: ProbeDay) -> int:
    """Seed of a probe-day, the same on every machine."""
    text = f"{RECIPE} mms{day.probe} {day.day.isoformat()}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _tables(day: ProbeDay, time: Times) -> Floats:
    """Energy table of each record, ascending."""
    energy = np.tile(instrument.energy_table(day.table), (time.size, 1))
    for fault in day.faults:
        start, stop = (np.datetime64(one.replace(tzinfo=None), "ns") for one in (fault.start, fault.stop))
        inside = (time >= start) & (time < stop)
        if fault.kind == "solar_wind_table":
            energy[inside] = instrument.energy_table("solar_wind")
        if fault.kind == "alternating_table":
            energy[inside] = instrument.energy_table("even")
            odd = inside & (np.arange(time.size) % 2 == 1)
            energy[odd] = instrument.energy_table("odd")
    return energy


def _moments(plasma: Plasma) -> Floats:
    """Density, temperature, speed of all ions together, and the hot density."""
    density = np.sum([one.density for one in plasma.populations], axis=0)
    flow = np.sum([one.density * one.speed for one in plasma.populations if one.beam], axis=0) / density
    pressure = np.sum([one.density * one.temperature for one in plasma.populations], axis=0)
    tail = np.sum([one.density * (one.temperature > 700.0) for one in plasma.populations], axis=0)
    return np.column_stack([density, pressure / density, np.broadcast_to(flow, density.shape), tail])


def _state(region: Ints, stay: Ints, record: Ints, energy_ev: Floats, knobs: Knobs) -> _State:
    """Make the expected state of records, each as if it lay in the given region and stay."""
    size, channels = energy_ev.shape
    state = _State(
        np.zeros((size, channels)),
        np.zeros((size, channels)),
        np.zeros(size),
        np.zeros(size),
        np.zeros(size),
        np.zeros((size, 4)),
    )
    for one in np.unique(region).tolist():
        rows = np.flatnonzero(region == one)
        plasma = PLASMAS[one](knobs.at(stay[rows], record[rows]))
        nodes, weights = instrument.response_nodes(energy_ev[rows])
        for population in plasma.populations:
            target = state.beam if population.beam else state.rest
            target[rows] += np.einsum("tcn,n->tc", energy_flux(population, nodes), weights)
        state.rest[rows] += instrument.background(
            plasma.background, plasma.slope, plasma.upturn, energy_ev[rows]
        )
        state.b_nt[rows], state.b_spread[rows] = plasma.b_nt, plasma.b_spread
        state.background[rows], state.moments[rows] = plasma.background, _moments(plasma)
    return state


def _blend(own: _State, other: _State, rows: Ints, share: Floats) -> None:
    """Mix the other plasma into some records of the own one, in place."""
    for name in ("beam", "rest", "b_nt", "b_spread", "background", "moments"):
        mine, theirs = getattr(own, name), getattr(other, name)
        weight = share[:, None] if mine.ndim == 2 else share
        mine[rows] = (1.0 - weight) * mine[rows] + weight * theirs


def _flips(day: ProbeDay, time: Times, where: Sequence, rng: np.random.Generator) -> Ints:
    """Region planted at each record, -1 where none: whole UTC minutes deep inside long stays."""
    planted = np.full(time.size, -1, dtype=np.int64)
    minute = time.astype("datetime64[m]")
    blocked = [
        (np.datetime64(f.start.replace(tzinfo=None), "m"), np.datetime64(f.stop.replace(tzinfo=None), "m"))
        for f in day.faults
    ]
    candidates = []
    for one in np.unique(minute):
        around = (minute >= one - FLIP_MARGIN_MINUTES) & (minute <= one + FLIP_MARGIN_MINUTES)
        quiet = np.ptp(where.stay[around]) == 0 and not where.other_share[around].any()
        quiet = quiet and where.region[around][0] != LOBE
        faulty = any(a - FLIP_MARGIN_MINUTES <= one <= b + FLIP_MARGIN_MINUTES for a, b in blocked)
        if quiet and not faulty and np.count_nonzero(around) > 300:
            candidates.append(one)
    for _ in range(day.flips):
        if not candidates:
            break
        chosen = candidates[int(rng.integers(len(candidates)))]
        rows = minute == chosen
        near = [one for one in NEIGHBOURS[int(where.region[rows][0])] if one <= MAGNETOSPHERE]
        planted[rows] = near[int(rng.integers(len(near)))]
        candidates = [
            one for one in candidates if abs(one - chosen) > np.timedelta64(2 * FLIP_MARGIN_MINUTES, "m")
        ]
    return planted


def _field(state: _State, seconds: Floats, field_s: Floats, rng: np.random.Generator) -> Floats:
    """Field strength at 1 s: the records' strength with turbulence."""
    base = np.exp(np.interp(field_s, seconds, np.log(state.b_nt)))
    spread = np.interp(field_s, seconds, state.b_spread)
    ripple = 0.8 * instrument.jitter(field_s.shape, 0.97, rng) + 0.6 * instrument.jitter(
        field_s.shape, 0.6, rng
    )
    return np.asarray(np.maximum(base * np.exp(spread * ripple - 0.5 * spread**2), 0.05))


def _expected(state: _State, energy_ev: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Flux that the instrument would count without noise, and the share of it that moves with the flow."""
    share = np.full(energy_ev.shape[0], 10.0 ** rng.uniform(-4.4, -3.6))
    tables, of = np.unique(energy_ev, axis=0, return_inverse=True)
    for number in range(len(tables)):
        rows = of.ravel() == number
        state.rest[rows] += instrument.scattered(state.beam[rows], tables[number], share[rows])
    total = state.beam + state.rest
    size = energy_ev.shape
    tilt = np.log10(energy_ev / 550.0)
    dex = rng.uniform(0.03, 0.06) * instrument.jitter((size[0], 1), 0.8, rng)
    dex = dex + 0.03 * instrument.jitter((size[0], 1), 0.9, rng) * tilt + rng.uniform(-0.15, 0.15)
    return total * 10.0**dex, state.beam / total


def _planted(where: Sequence, flips: Ints, energy_ev: Floats, knobs: Knobs) -> tuple[Ints, _State]:
    """Find the records of flips and the state planted there: the plasma of the nearest such stay."""
    rows = np.flatnonzero(flips >= 0)
    stays = where.stay[rows]
    for index, row in enumerate(rows.tolist()):
        same = np.flatnonzero(where.stay_region == flips[row])
        if same.size:
            stays[index] = same[np.argmin(np.abs(same - where.stay[row]))]
    return rows, _state(flips[rows], stays, rows, energy_ev[rows], knobs)


def simulate(probe_day: ProbeDay) -> SampleDay:
    """Simulate a probe-day.

    Parameters
    ----------
    probe_day : ProbeDay
        Any plan, of the sample or not.

    Returns
    -------
    SampleDay
        The same to the last bit at each call.

    Notes
    -----
    Of the planted faults only the energy tables are in it: the instrument measured with them. All others are
    damage to good records, made when files are written.
    """
    rng = np.random.default_rng(day_seed(probe_day))
    length = (probe_day.stop - probe_day.start).total_seconds()
    start = np.datetime64(probe_day.start.replace(tzinfo=None), "ns")
    offset = rng.uniform(0.0, 4.0)
    seconds = np.arange(offset, length, instrument.CADENCE_S)
    time = start + np.round(seconds * 1e9).astype("timedelta64[ns]")
    energy = _tables(probe_day, time)
    where = region_sequence(probe_day, seconds, instrument.CADENCE_S, rng)
    knobs = Knobs(where.stay_region, where.stay_first, seconds, rng)
    state = _state(where.region, where.stay, np.arange(time.size), energy, knobs)
    mixed = np.flatnonzero(where.other_share > 0)
    neighbour = where.other_stay[mixed]
    other = _state(where.stay_region[neighbour], neighbour, mixed, energy[mixed], knobs)
    _blend(state, other, mixed, where.other_share[mixed])
    flips = _flips(probe_day, time, where, rng)
    rows, planted = _planted(where, flips, energy, knobs)
    _blend(state, planted, rows, np.ones(rows.size))
    expected, beam_share = _expected(state, energy, rng)
    quantum = float(np.exp(rng.uniform(*np.log((700.0, 6000.0)))))
    counts = instrument.counts(expected, quantum, rng)
    field_s: Floats = np.arange(0.0, length, FIELD_CADENCE_S)
    state_s: Floats = np.arange(0.0, length, POSITION_CADENCE_S)
    density, temperature, speed, tail = state.moments.T
    return SampleDay(
        probe_day=probe_day,
        time=time,
        energy_ev=energy,
        flux=np.asarray(counts * quantum, dtype=np.float64),
        counts=counts,
        quantum=quantum,
        beam_share=beam_share,
        background=state.background,
        density_cm3=density,
        temperature_ev=temperature,
        speed_km_s=speed,
        tail_cm3=tail,
        b_time=start + np.round(field_s * 1e9).astype("timedelta64[ns]"),
        b_nt=_field(state, seconds, field_s, rng),
        position_time=start + np.round(state_s * 1e9).astype("timedelta64[ns]"),
        position_gse_km=position_gse_km(probe_day, state_s),
        region=where.region,
        other_share=where.other_share,
        flip=flips >= 0,
        flip_region=flips,
    )
