"""Where the spacecraft is and which region surrounds it: an orbit through boundaries that move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.plan import ProbeDay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REGIONS = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere", "plasma_sheet", "lobe")
SOLAR_WIND, ION_FORESHOCK, MAGNETOSHEATH, MAGNETOSPHERE, PLASMA_SHEET, LOBE = range(6)
NEIGHBOURS: dict[int, tuple[int, ...]] = {
    SOLAR_WIND: (ION_FORESHOCK, MAGNETOSHEATH),
    ION_FORESHOCK: (SOLAR_WIND, MAGNETOSHEATH),
    MAGNETOSHEATH: (SOLAR_WIND, ION_FORESHOCK, MAGNETOSPHERE),
    MAGNETOSPHERE: (MAGNETOSHEATH, PLASMA_SHEET),
    PLASMA_SHEET: (MAGNETOSPHERE, LOBE),
    LOBE: (PLASMA_SHEET,),
}
"""Regions that touch each other."""

EARTH_RADIUS_KM = 6371.2
PERIGEE_RE = 1.2
CIRCULAR_PERIOD_S = 5069.0  # period of a circular orbit at one Earth radius
INCLINATION_DEG = 18.0
SHORTEST_STAY_S = (240.0, 600.0)
LEAST_SHARE = 0.003  # a mixture below this share changes no channel beyond the noise


@dataclass(frozen=True)
class Sequence:
    """Region around the spacecraft at each record, and what it mixes with near a crossing.

    Attributes
    ----------
    region, stay : (time,) ndarray of int
        Index into `REGIONS`, and number of the stay that the record belongs to.
    other_stay : (time,) ndarray of int
        The neighbouring stay whose plasma is mixed in.
    other_share : (time,) ndarray of float
        Its share, 0 to 0.5.
    stay_region, stay_first : (stay,) ndarray of int
        Region and first record of each stay.
    """

    region: Ints
    stay: Ints
    other_stay: Ints
    other_share: Floats
    stay_region: Ints
    stay_first: Ints


def position_gse_km(day: ProbeDay, seconds: Floats) -> Floats:
    """Position on a Kepler ellipse.

    Parameters
    ----------
    day : ProbeDay
        Orbit and interval.
    seconds : (time,) ndarray [s]
        Time since the start of the interval.

    Returns
    -------
    (time, 3) ndarray [km, GSE]
    """
    axis_re = 0.5 * (PERIGEE_RE + day.apogee_re)
    eccentricity = 1.0 - PERIGEE_RE / axis_re
    apogee_s = day.apogee_at * (day.stop - day.start).total_seconds()
    mean = np.pi + 2.0 * np.pi * (seconds - apogee_s) / (CIRCULAR_PERIOD_S * axis_re**1.5)
    anomaly = mean.copy()
    for _ in range(30):
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / (1.0 - eccentricity * np.cos(anomaly))
    along = axis_re * (eccentricity - np.cos(anomaly))  # towards apogee
    across = -axis_re * np.sqrt(1.0 - eccentricity**2) * np.sin(anomaly)
    turn, tilt = np.deg2rad(day.apogee_longitude_deg), np.deg2rad(INCLINATION_DEG)
    x = along * np.cos(turn) - across * np.cos(tilt) * np.sin(turn)
    y = along * np.sin(turn) + across * np.cos(tilt) * np.cos(turn)
    return EARTH_RADIUS_KM * np.column_stack([x, y, across * np.sin(tilt)])


def standoff_re(position_km: Floats) -> Floats:
    """Subsolar distance of the magnetopause-shaped surface through each position [RE] (Shue et al. 1997)."""
    radius = np.linalg.norm(position_km, axis=1) / EARTH_RADIUS_KM
    cosine = position_km[:, 0] / (radius * EARTH_RADIUS_KM)
    return np.asarray(radius * ((1.0 + np.maximum(cosine, -0.6)) / 2.0) ** 0.6)


def waves(
    seconds: Floats, periods_s: tuple[float, float], rng: np.random.Generator, count: int = 12
) -> Floats:
    """Smooth random series of unit variance: a sum of sines with log-uniform periods."""
    periods = np.exp(rng.uniform(np.log(periods_s[0]), np.log(periods_s[1]), count))
    phases = rng.uniform(0.0, 2.0 * np.pi, count)
    return np.asarray(
        np.sin(2.0 * np.pi * seconds[:, None] / periods + phases).sum(axis=1) * np.sqrt(2.0 / count)
    )


def wanted_regions(day: ProbeDay, seconds: Floats, rng: np.random.Generator) -> Ints:
    """Region by position: boundaries breathe with the wind, and upstream the field turns the foreshock on."""
    distance = standoff_re(position_gse_km(day, seconds))
    spread = np.ptp(distance)
    level = np.zeros(seconds.size, dtype=np.int64)
    for share, below in zip(np.cumsum(day.visits)[:-1], day.visits[:-1], strict=True):
        boundary = np.quantile(distance, share)
        breathing = 0.05 * waves(seconds, (1500.0, 9000.0), rng) + 0.025 * waves(
            seconds, (600.0, 1800.0), rng
        )
        outside = distance > boundary + spread * breathing
        level += outside if below > 0 else 1
    foreshock = waves(seconds, (2000.0, 12000.0), rng) + 0.1 > 0
    inner = np.array([LOBE, PLASMA_SHEET, MAGNETOSPHERE, MAGNETOSHEATH, SOLAR_WIND])[level]
    return np.where((inner == SOLAR_WIND) & foreshock, ION_FORESHOCK, inner)


_RANK = np.array([4, 4, 3, 2, 1, 0])  # outward order of REGIONS


def _step(current: int, wanted: int) -> int:
    """Next region on the way to the wanted one; only neighbours touch."""
    if wanted in NEIGHBOURS[current]:
        return wanted
    outward = np.sign(_RANK[wanted] - _RANK[current])
    return next(one for one in NEIGHBOURS[current] if np.sign(_RANK[one] - _RANK[current]) == outward)


def follow(wanted: Ints, cadence_s: float, rng: np.random.Generator) -> Ints:
    """Regions that follow the wanted ones through neighbours only, no stay shorter than the shortest."""
    region = np.empty_like(wanted)
    current, held, least = int(wanted[0]), 0.0, rng.uniform(*SHORTEST_STAY_S)
    for index, one in enumerate(wanted.tolist()):
        if one != current and held >= least:
            current, held, least = _step(current, one), 0.0, rng.uniform(*SHORTEST_STAY_S)
        region[index] = current
        held += cadence_s
    return region


def mixing(region: Ints, cadence_s: float, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Neighbouring stay and its share at each record.

    A crossing lasts 4 to 30 s. Inside the magnetopause a boundary layer of some ten seconds may follow, with
    sheath plasma of decreasing share.
    """
    change = np.flatnonzero(np.diff(region)) + 1
    other, share = np.zeros(region.size, dtype=np.int64), np.zeros(region.size)
    for number, first in enumerate(change.tolist()):
        width = np.exp(rng.uniform(*np.log((4.0, 30.0))))
        layer = np.exp(rng.uniform(*np.log((4.0, 12.0)))) if rng.random() < 0.35 else 0.0
        distance = (np.arange(region.size) - first + 0.5) * cadence_s
        here = 0.5 * np.exp(-np.abs(distance) / (0.25 * width))
        pair = {int(region[first - 1]), int(region[first])}
        if layer and pair == {MAGNETOSHEATH, MAGNETOSPHERE}:
            inside = distance > 0 if region[first] == MAGNETOSPHERE else distance < 0
            here = np.where(inside, np.maximum(here, 0.35 * np.exp(-np.abs(distance) / layer)), here)
        stay_of = np.where(distance > 0, number, number + 1)
        own = np.where(distance > 0, number + 1, number)
        stays = np.searchsorted(change, np.arange(region.size), side="right")
        here = np.where((here >= LEAST_SHARE) & (stays == own), here, 0.0)
        other, share = np.where(here > share, stay_of, other), np.maximum(share, here)
    return other, share


def region_sequence(day: ProbeDay, seconds: Floats, cadence_s: float, rng: np.random.Generator) -> Sequence:
    """Regions of a probe-day in physical order.

    Parameters
    ----------
    day : ProbeDay
        Orbit, interval and the share of each region.
    seconds : (time,) ndarray [s]
        Record times since the start of the interval, evenly spaced.
    cadence_s : float [s]
        Their spacing.
    rng : Generator
        Source of all randomness.
    """
    region = follow(wanted_regions(day, seconds, rng), cadence_s, rng)
    change = np.flatnonzero(np.diff(region)) + 1
    first = np.concatenate([[0], change])
    stay = np.searchsorted(change, np.arange(region.size), side="right")
    other, share = mixing(region, cadence_s, rng)
    return Sequence(region, stay, other, share, region[first], first)
