"""What the spacecraft of the magnetopause sample see without noise, and when the boundary passes over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from magnetoflow.physics import cross_mv_m
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample.magnetopause import Boundary
from magnetoflow.sample.mms_mp_plan import EVENTS, CrossingEvent

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

KM_S_PER_NA_M2_CM3 = 6.241509
"""Speed of electrons that carry 1 nA/m^2 at 1 cm^-3."""
ION_SHARE = 0.85
"""Of the pressure."""
ALPHA_SHARE, OPLUS_CM3 = 0.04, 0.05
"""He++ over all ions of the sheath; O+ of the magnetosphere."""


@dataclass(frozen=True)
class Plasma:
    """Moments without noise.

    Attributes
    ----------
    n_cm3 : (time,) ndarray [cm^-3]
        Of all ions, and of electrons.
    v_ion_km_s, v_electron_km_s : (time, 3) ndarray [km/s, GSE]
    p_npa : (time,) ndarray [nPa]
        Of ions and electrons.
    species_cm3 : dict of (time,) ndarray [cm^-3]
        ``hplus``, ``heplus``, ``heplusplus``, ``oplus``.
    """

    n_cm3: Floats
    v_ion_km_s: Floats
    v_electron_km_s: Floats
    p_npa: Floats
    species_cm3: dict[str, Floats]


@lru_cache(maxsize=len(EVENTS))
def boundary_of(event: CrossingEvent) -> Boundary:
    """Boundary of an event, in its frame; its times count from `CrossingEvent.centre_s`."""
    place = orbit.orbit_gse_km(np.array([orbit.utc(event, event.centre_s)]))[0] @ orbit.rotation(event).T
    r0 = (float(place[0]), float(place[1]), float(place[2]))
    return Boundary(n=event.n, v_n_km_s=event.v_n_km_s, r0_km=r0, **dict(event.boundary))


def seconds(event: CrossingEvent, time: Times) -> Floats:
    """Seconds since the centre of the layer passed over the centre of the array."""
    passed = time - orbit.utc(event, event.centre_s)
    return np.asarray(passed / np.timedelta64(1, "ns") / 1e9, dtype=np.float64)


def distance_km(event: CrossingEvent, probe: int, time: Times) -> Floats:
    """Distance of a spacecraft from the centre of the layer, positive in the sheath: (time,) ndarray [km]."""
    place = orbit.position_gse_km(probe, time) @ orbit.rotation(event).T
    return boundary_of(event).distance_km(seconds(event, time), place)


def _to_gse(event: CrossingEvent, lmn: Floats) -> Floats:
    return np.asarray(boundary_of(event).to_gsm(lmn) @ orbit.rotation(event))


def field_nt(event: CrossingEvent, probe: int, time: Times) -> Floats:
    """Magnetic field, (time, 3) ndarray [nT, GSE]."""
    return _to_gse(event, boundary_of(event).b_lmn_nt(distance_km(event, probe, time)))


def plasma(event: CrossingEvent, probe: int, begin: Times, width_s: float, points: int) -> Plasma:
    """Moments averaged over the time of each measurement; velocities weighted by density.

    Parameters
    ----------
    begin : (time,) ndarray of datetime64[ns]
        Begin of each measurement.
    width_s : float [s]
    points : int
        Midpoints at which a measurement is sampled.
    """
    steps = ((np.arange(points) + 0.5) / points * width_s * 1e9).round().astype("timedelta64[ns]")
    time = (begin[:, None] + steps).ravel()
    boundary, x = boundary_of(event), distance_km(event, probe, time)
    n, heplus = boundary.density_cm3(x), boundary.heplus_density_cm3(x)
    ions = boundary.v_lmn_km_s(seconds(event, time), x)
    electrons = ions - KM_S_PER_NA_M2_CM3 * boundary.j_lmn_na_m2(x) / n[:, None]
    share = (1 + np.tanh(x / boundary.half_width_km)) / 2
    alphas, oplus = ALPHA_SHARE * n * share, OPLUS_CM3 * (1 - share)
    species = {
        "hplus": n - heplus - alphas - oplus,
        "heplus": heplus,
        "heplusplus": alphas,
        "oplus": oplus,
    }

    def mean(values: Floats) -> Floats:
        return np.asarray(values.reshape(begin.size, points, *values.shape[1:]).mean(axis=1))

    density = mean(n)
    v_ion, v_electron = (
        _to_gse(event, mean(n[:, None] * one) / density[:, None]) for one in (ions, electrons)
    )
    means = {name: mean(one) for name, one in species.items()}
    return Plasma(density, v_ion, v_electron, mean(boundary.pressure_npa(x)), means)


def electric_mv_m(event: CrossingEvent, probe: int, time: Times) -> Floats:
    """Electric field ``-V_e x B``, which holds the Hall term: (time, 3) ndarray [mV/m, GSE]."""
    boundary, x = boundary_of(event), distance_km(event, probe, time)
    current = boundary.j_lmn_na_m2(x) / boundary.density_cm3(x)[:, None]
    electrons = boundary.v_lmn_km_s(seconds(event, time), x) - KM_S_PER_NA_M2_CM3 * current
    return _to_gse(event, -cross_mv_m(electrons, boundary.b_lmn_nt(x)))


@dataclass(frozen=True)
class TruePassage:
    """The centre of the layer passes over one spacecraft.

    Attributes
    ----------
    time : datetime64[ns]
    outbound : bool
        The spacecraft comes from the magnetosphere into the sheath.
    v_n_km_s, v_sc_n_km_s : float [km/s]
        Of the boundary and of the spacecraft along n.
    width_s : float [s]
        Half-width of the layer over the relative speed.
    position_km : (3,) ndarray [km, frame of the event]
    """

    time: np.datetime64
    outbound: bool
    v_n_km_s: float
    v_sc_n_km_s: float
    width_s: float
    position_km: Floats


def true_passages(event: CrossingEvent, probe: int) -> list[TruePassage]:
    """Passages over one spacecraft within an event, to 10 ns, in the order of time."""
    step = np.timedelta64(100, "ms")
    coarse = np.arange(orbit.utc(event), orbit.utc(event, event.duration_s), step)
    x = distance_km(event, probe, coarse)
    return [_passage(event, probe, coarse[row]) for row in np.flatnonzero(x[:-1] * x[1:] < 0)]


def _passage(event: CrossingEvent, probe: int, before: np.datetime64) -> TruePassage:
    """Passage within 100 ms after a time."""
    second = np.timedelta64(1_000_000_000, "ns")
    time = before
    for _ in range(8):  # Newton, with the slope over 0.2 s
        around = np.array([time, time - second // 10, time + second // 10])
        x, low, high = distance_km(event, probe, around)
        speed = (high - low) / 0.2
        time = time - np.timedelta64(round(1e9 * x / speed), "ns")
    boundary = boundary_of(event)
    turned = orbit.rotation(event).T
    place = orbit.position_gse_km(probe, np.array([time]))[0] @ turned
    own = orbit.velocity_gse_km_s(probe, np.array([time]))[0] @ turned
    v_n = float(boundary.speed_km_s(seconds(event, np.array([time])))[0])
    v_sc = float(own @ boundary.axes[2])
    return TruePassage(time, bool(speed > 0), v_n, v_sc, boundary.half_width_km / abs(v_n - v_sc), place)
