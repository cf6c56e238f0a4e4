"""Which magnetopause crossings the MMS sample holds: boundaries, arrays, planted faults. No numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from magnetoflow.sample.burst_fault import Fault

PROBES = (1, 2, 3, 4)
DAY = date(2018, 1, 15)
MARGIN_S = 3.0
"""Burst files begin so long before an event and end so long after it."""

ANCHOR = datetime(2018, 1, 15, 6, tzinfo=UTC)
ANCHOR_POSITION_KM = (58000.0, 30000.0, -15000.0)
ANCHOR_VELOCITY_KM_S = (-1.52, -0.79, 1.93)
"""Centre of the array at `ANCHOR` in GSM of that time; one Kepler orbit in GSE leads through all events."""

FAULTS = (
    "b_gap",
    "b_fill",
    "b_flag",
    "ion_gap",
    "ion_fill",
    "electron_fill",
    "electron_flag",
    "hpca_fill",
    "e_quality",
    "e_fill",
)
"""Records left out; fill values; records with a flag, or of bad quality, and wrong values."""

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class CrossingEvent:
    """One passage of a plane magnetopause over the array, or two.

    Attributes
    ----------
    id : str
    start : datetime
        UTC.
    duration_s : int [s]
    centre_s : float [s]
        Since the start: when the centre of the layer is at the centre of the array.
    probes : tuple of int
        Spacecraft that have files.
    n : tuple of float
        Outward normal in the frame of the event, GSM at its middle; need not be of length 1.
    v_n_km_s : float [km/s]
        Of the boundary along n at `centre_s`, in the frame of the Earth.
    boundary : tuple of (str, value)
        Fields of :class:`magnetoflow.sample.magnetopause.Boundary` other than the defaults.
    array : str
        ``tetrahedron``, or ``string`` along the velocity.
    edge_km : float [km]
        Of the tetrahedron.
    along_km : tuple of float [km]
        Of the string, by probe.
    burst_e_s : tuple of float or None [s]
        Since the start: first and last second of burst data of the electric field.
    slots_s : tuple of float [s]
        Since the start: where further burst files begin; each repeats half a second of the one before.
    faults : tuple of Fault
    """

    id: str
    start: datetime
    duration_s: int
    centre_s: float
    probes: tuple[int, ...]
    n: Vector
    v_n_km_s: float
    boundary: tuple[tuple[str, Any], ...] = ()
    array: str = "tetrahedron"
    edge_km: float = 15.0
    along_km: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    burst_e_s: tuple[float, float] | None = None
    slots_s: tuple[float, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def day(self) -> date:
        """UTC date."""
        return self.start.date()

    @property
    def stop(self) -> datetime:
        """End, UTC, exclusive."""
        return self.start + timedelta(seconds=self.duration_s)


def _at(clock: str) -> datetime:
    """Time of the day of the sample."""
    return datetime.fromisoformat(f"{DAY.isoformat()}T{clock}").replace(tzinfo=UTC)


EVENTS = (
    CrossingEvent(
        "sample_mp_a",
        _at("05:57:30"),
        300,
        150.0,
        PROBES,
        (0.80, 0.50, -0.33),
        -60.0,
        faults=(
            Fault("b_flag", 1, 40.0, 40.4),
            Fault("electron_flag", 1, 100.0, 100.6),
            Fault("b_gap", 2, 120.0, 120.7),
            Fault("ion_fill", 2, 60.0, 61.0),
            Fault("b_fill", 3, 200.0, 200.3),
            Fault("electron_fill", 3, 220.0, 220.5),
            Fault("e_quality", 4, 80.0, 83.0),
            Fault("hpca_fill", 4, 240.0, 251.0),
        ),
    ),
    CrossingEvent(
        "sample_mp_b",
        _at("05:18:30"),
        300,
        85.0,
        PROBES,
        (0.86, 0.42, -0.30),
        -50.0,
        boundary=(
            ("acceleration_km_s2", 0.8),
            ("half_width_km", 250.0),
            ("b_l_nt", (45.0, -20.0)),
            ("b_m_nt", (-4.0, -10.0)),
            ("b_n_nt", -1.5),
            ("n_cm3", (0.8, 25.0)),
            ("heplus_cm3", (0.5, 0.02)),
            ("heplus_shift_km", 100.0),
            ("total_pressure_npa", 1.2),
        ),
        edge_km=25.0,
        slots_s=(140.0,),
        faults=(
            Fault("b_gap", 3, 150.0, 152.0),
            Fault("ion_gap", 4, 30.0, 32.0),
            Fault("e_fill", 1, 260.0, 261.0),
        ),
    ),
    CrossingEvent(
        "sample_mp_c",
        _at("04:37:40"),
        280,
        140.0,
        PROBES,
        (0.78, 0.50, -0.38),
        -45.0,
        boundary=(
            ("rotational", True),
            ("half_width_km", 500.0),
            ("b_l_nt", (35.0, -35.0)),
            ("b_m_nt", (0.0, 0.0)),
            ("bump_m_nt", 35.0),
            ("b_n_nt", 4.0),
            ("n_cm3", (10.0, 10.0)),
            ("v_l_km_s", (-60.0, 0.0)),
            ("v_m_km_s", (30.0, 0.0)),
            ("total_pressure_npa", 1.1),
        ),
        edge_km=20.0,
        burst_e_s=(130.0, 150.0),
        faults=(Fault("b_fill", 2, 50.0, 50.5), Fault("electron_fill", 4, 230.0, 231.0)),
    ),
    CrossingEvent(
        "sample_mp_d",
        _at("03:58:00"),
        270,
        120.0,
        (1, 2, 3),
        (0.82, 0.40, -0.42),
        -80.0,
        boundary=(
            ("half_width_km", 600.0),
            ("b_l_nt", (38.0, -12.0)),
            ("b_m_nt", (8.0, 20.0)),
            ("bump_m_nt", 3.0),
            ("b_n_nt", 1.0),
            ("density_width", 1.3),
        ),
        edge_km=30.0,
        faults=(Fault("b_gap", 3, 117.0, 117.6),),
    ),
    CrossingEvent(
        "sample_mp_e",
        _at("03:18:00"),
        260,
        130.0,
        (1, 3),
        (0.76, 0.52, -0.40),
        70.0,
        boundary=(
            ("half_width_km", 350.0),
            ("b_l_nt", (36.0, -24.0)),
            ("b_m_nt", (-6.0, -12.0)),
            ("bump_m_nt", 5.0),
            ("b_n_nt", -2.5),
            ("n_cm3", (1.5, 18.0)),
        ),
        edge_km=40.0,
        faults=(Fault("b_flag", 1, 30.0, 31.0),),
    ),
    CrossingEvent(
        "sample_mp_f",
        _at("02:37:40"),
        290,
        145.0,
        PROBES,
        (0.80, 0.46, -0.38),
        -65.0,
        boundary=(
            ("half_width_km", 450.0),
            ("b_l_nt", (34.0, -22.0)),
            ("b_n_nt", 1.5),
            ("n_cm3", (1.2, 15.0)),
        ),
        array="string",
        along_km=(-207.4, -476.9, 476.9, -7.4),
        faults=(Fault("b_gap", 4, 90.0, 91.0), Fault("ion_fill", 1, 200.0, 201.0)),
    ),
)


def events_of(day: date, probe: int | None = None) -> tuple[CrossingEvent, ...]:
    """Events of one UTC date; with `probe` those in which this spacecraft has files."""
    return tuple(one for one in EVENTS if one.day == day and (probe is None or probe in one.probes))


def is_sample_day(probe: int, day: date) -> bool:
    """Whether the sample has this spacecraft on this UTC date."""
    return bool(events_of(day, probe))


def is_sample_interval(probes: Iterable[int], start: datetime, stop: datetime) -> bool:
    """Whether the sample has burst data of these spacecraft in all of [start, stop), UTC."""
    asked = set(probes)
    return any(asked <= set(one.probes) and one.start <= start and stop <= one.stop for one in EVENTS)
