"""Plasma and fields along the paths of four spacecraft through an analytic reconnection site, free of noise.

The site is :mod:`magnetoflow.mms_rnn.analytic`, moved over the spacecraft; they differ by their offsets.
Where an event says so, the electric field of the outflow is completed to that of frozen-in electrons. Plasma
and magnetic pressure add up to the same everywhere, but where the field exceeds B0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.frames import gse_to_gsm
from magnetoflow.mms_rnn.analytic import ROOT_MASS_RATIO, Site, exhaust_half_width, fields
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.physics import NT2_PER_NPA, alfven_speed_km_s, ion_inertial_length_km
from magnetoflow.sample.mms_rnn_plan import DURATION_S, TailEvent

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

RECIPE = "mms_rnn sample 1"
ELECTRON_CADENCE_S = 0.03
PRESSURE_FLOOR = 0.05
"""Plasma pressure of the inflow, in that of B0."""
TEMPERATURE_RATIO = 5.0
"""Ions over electrons."""
ION_ANISOTROPY, ELECTRON_ANISOTROPY = 0.95, 1.1
"""Parallel over perpendicular pressure."""
EARTH_RADIUS_KM = 6371.2
SPEED_KM_S = (0.6, 0.3, 0.1)
"""Velocity of the spacecraft [GSM]."""
CORNERS = np.array(
    [
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.5, np.sqrt(3) / 2, 0.0],
        [0.5, np.sqrt(3) / 6, np.sqrt(2 / 3)],
    ]
)
"""Regular tetrahedron of edge 1, by probe."""


@dataclass(frozen=True)
class Scales:
    """Units of one event: field [nT], density [cm^-3], speeds [km/s], electric field [mV/m], length [km]."""

    b0_nt: float
    n0_cm3: float
    v_a_km_s: float
    ve_a_km_s: float
    e0_mv_m: float
    d_i_km: float


@dataclass(frozen=True)
class Moments:
    """Ions or electrons, fields (time,) or (time, 3) or (time, 3, 3).

    Attributes
    ----------
    n_cm3 : ndarray [cm^-3]
    v_gse_km_s : ndarray [km/s, GSE]
    p_gse_npa : ndarray [nPa, GSE]
    """

    n_cm3: Floats
    v_gse_km_s: Floats
    p_gse_npa: Floats


def scales(event: TailEvent) -> Scales:
    """Scales of an event."""
    speed = float(alfven_speed_km_s(event.b0_nt, event.n0_cm3))
    return Scales(
        event.b0_nt,
        event.n0_cm3,
        speed,
        ROOT_MASS_RATIO * speed,
        1e-3 * speed * event.b0_nt,
        float(ion_inertial_length_km(event.n0_cm3)),
    )


def generator(event: TailEvent, probe: int, what: str) -> np.random.Generator:
    """Random numbers of one product of one spacecraft."""
    digest = hashlib.sha256(f"{RECIPE} {event.id} {probe} {what}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def start_of(event: TailEvent) -> np.datetime64:
    """Start of an event as datetime64[ns]."""
    return np.datetime64(event.start.replace(tzinfo=None), "ns")


def lmn(event: TailEvent) -> Floats:
    """Axes of the sheet: (3, 3) ndarray, rows L, M, N [GSM]."""
    roll, pitch = np.deg2rad(event.tilt_deg)
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(roll), np.sin(roll)], [0, -np.sin(roll), np.cos(roll)]], dtype=np.float64
    )
    about_m = np.array(
        [[np.cos(pitch), 0, -np.sin(pitch)], [0, 1, 0], [np.sin(pitch), 0, np.cos(pitch)]], dtype=np.float64
    )
    return np.asarray(about_m @ about_x, dtype=np.float64)


def offset_km(event: TailEvent, probe: int) -> Floats:
    """Place of a spacecraft relative to the first: (3,) ndarray [km, GSM]."""
    return np.asarray(event.separation_km * CORNERS[probe - 1], dtype=np.float64)


def position_gse_km(event: TailEvent, probe: int, time: Times) -> Floats:
    """Position of a spacecraft.

    Returns
    -------
    (time, 3) ndarray [km, GSE]
        A straight line; the tetrahedron keeps its shape and, in GSM of the start, its attitude.
    """
    seconds = (time - start_of(event)) / np.timedelta64(1, "s")
    gsm = np.multiply(EARTH_RADIUS_KM, event.position_re) + offset_km(event, probe)
    along = gsm + seconds[:, None] * np.array(SPEED_KM_S)
    return np.asarray(along @ gse_to_gsm(start_of(event)), dtype=np.float64)


def path(event: TailEvent, probe: int, time: Times) -> tuple[Floats, Floats]:
    """Where a spacecraft is in the site.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
        The first spacecraft's 3,000 electron centres run over the knots; before and after, the first and the
        last stretch go on.

    Returns
    -------
    x, y : (time,) ndarray [d_i]
    """
    centres = DURATION_S / ELECTRON_CADENCE_S
    late = event.clock_ms[0] / 1e3
    seconds = (time - start_of(event)) / np.timedelta64(1, "s")
    share = ((seconds - late) / ELECTRON_CADENCE_S - 0.5) / (centres - 1)
    offset = lmn(event) @ offset_km(event, probe) / scales(event).d_i_km
    return _along(event.along, share) + offset[0], _along(event.across, share) - offset[2]


def _along(knots: tuple[tuple[float, float], ...], share: Floats) -> Floats:
    """Interpolate between knots, and beyond them along the stretches at the ends."""
    at, value = np.array(knots, dtype=np.float64).T
    slope = np.diff(value) / np.diff(at)
    inside = np.interp(share, at, value)
    before, after = np.minimum(share - at[0], 0.0), np.maximum(share - at[-1], 0.0)
    return np.asarray(inside + slope[0] * before + slope[-1] * after, dtype=np.float64)


def features_at(event: TailEvent, x: Floats, y: Floats) -> Floats:
    """Noise-free features, (place, 14) ndarray, scaled, in the order of the network's inputs."""
    site = Site(**dict(event.site))
    values = fields(x, y, site)
    return _frozen_in(values, x, y, site) if event.frozen else values


def _frozen_in(values: Floats, x: Floats, y: Floats, site: Site) -> Floats:
    """Let the electric field go over to -V_e x B inside the outflow, away from the X-line."""
    inside = np.exp(-((y / (0.6 * exhaust_half_width(x, site))) ** 4))
    weight = (inside * (1 - np.exp(-((x / 2.0) ** 4))))[:, None]
    b, e, v_e = values[:, 0:3], values[:, 3:6], ROOT_MASS_RATIO * values[:, 11:14]
    completed = values.copy()
    completed[:, 3:6] = (1 - weight) * e - weight * np.cross(v_e, b)
    return completed


def to_gse(event: TailEvent, time: Times, code: Floats) -> Floats:
    """Vectors of the code axes (x outflow, y southward, z out of the plane) in GSE, (time, 3) ndarray."""
    in_lmn = np.column_stack([code[:, 0], code[:, 2], -code[:, 1]])
    gsm = in_lmn @ lmn(event)
    return np.asarray(np.einsum("tij,ti->tj", gse_to_gsm(time), gsm), dtype=np.float64)


def columns(values: Floats, *names: str) -> Floats:
    """Take some features, as columns."""
    return np.asarray(values[:, [FEATURES.index(name) for name in names]], dtype=np.float64)


def magnetic_field(event: TailEvent, probe: int, time: Times) -> Floats:
    """Noise-free magnetic field, (time, 3) ndarray [nT, GSE]."""
    values = features_at(event, *path(event, probe, time))
    return event.b0_nt * to_gse(event, time, columns(values, "Bx", "By", "Bz"))


def electric_field(event: TailEvent, probe: int, time: Times) -> Floats:
    """Noise-free electric field, (time, 3) ndarray [mV/m, GSE]."""
    values = features_at(event, *path(event, probe, time))
    return scales(event).e0_mv_m * to_gse(event, time, columns(values, "Ex", "Ey", "Ez"))


def moments(event: TailEvent, probe: int, time: Times, species: str) -> Moments:
    """Noise-free moments.

    Parameters
    ----------
    species : str
        ``ions`` or ``electrons``; the pressures balance the field and keep a fixed ratio of temperatures.
    """
    values, unit = features_at(event, *path(event, probe, time)), scales(event)
    ions = species == "ions"
    names = ("vix", "viy", "viz") if ions else ("vex", "vey", "vez")
    speed = unit.v_a_km_s if ions else unit.ve_a_km_s
    b = columns(values, "Bx", "By", "Bz")
    total = np.maximum(1.0 - np.sum(b**2, axis=1), 0.0) + PRESSURE_FLOOR
    share = TEMPERATURE_RATIO / (1 + TEMPERATURE_RATIO) if ions else 1 / (1 + TEMPERATURE_RATIO)
    pressure = share * unit.b0_nt**2 / NT2_PER_NPA * total
    ratio = ION_ANISOTROPY if ions else ELECTRON_ANISOTROPY
    b_gse = to_gse(event, time, b)
    axis = b_gse / np.linalg.norm(b_gse, axis=1, keepdims=True)
    across = 3 * pressure / (2 + ratio)
    tensor = across[:, None, None] * (np.eye(3) + (ratio - 1) * axis[:, :, None] * axis[:, None, :])
    density = unit.n0_cm3 * values[:, FEATURES.index("ni" if ions else "ne")]
    return Moments(density, speed * to_gse(event, time, columns(values, *names)), tensor)
