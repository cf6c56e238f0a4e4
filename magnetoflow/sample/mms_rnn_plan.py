"""Which tail reconnection events the MMS sample holds: sites, crossings, planted faults. No numpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from magnetoflow.sample.burst_fault import Fault

PROBES = (1, 2, 3, 4)
DAY = date(2017, 7, 19)
"""In the tail season; none of the published events is of this day."""

DURATION_S = 90
MARGIN_S = 3.0
"""Burst files begin so long before an event and end so long after it."""

FAULTS = (
    "electron_gap",
    "electron_fill",
    "electron_flag",
    "ion_fill",
    "ion_background",
    "b_flag",
    "b_fill",
    "e_quality",
    "e_fill",
)
"""Records left out; fill values; records with a flag and wrong values; more background than ions."""

Knots = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class TailEvent:
    """One crossing of a reconnection site.

    Attributes
    ----------
    id : str
    start : datetime
        UTC.
    b0_nt, n0_cm3 : float [nT], [cm^-3]
        Scales of the site.
    site : tuple of (str, float)
        Fields of :class:`magnetoflow.mms_rnn.analytic.Site` other than the defaults.
    along, across : tuple of (float, float)
        Path: share of the event, and x or y of the first spacecraft [d_i].
    tilt_deg : tuple of float [deg]
        The sheet's L, M, N are X, Y, Z of GSM turned by the first angle about X, then by the second about the
        new M.
    frozen : bool
        The electric field of the outflow is that of electrons at rest in the magnetic field.
    separation_km : float [km]
        Edge of the tetrahedron.
    position_re : tuple of float [RE, GSM]
        Of the first spacecraft at the start.
    n_bg_cm3 : float [cm^-3]
        Penetrating radiation in the ions.
    noise : float
        Factor of the instruments' noise, see :mod:`magnetoflow.sample.mms_rnn_plasma`.
    e_turbulence : float [E0]
        Rms of the electric field between 0 and 16 Hz that is not of the site.
    clock_ms : tuple of int [ms]
        By probe: how late its electron measurements begin.
    slots_s : tuple of int [s]
        Since the start of the event: where further burst files begin.
    faults : tuple of Fault
    """

    id: str
    start: datetime
    b0_nt: float
    n0_cm3: float
    along: Knots
    across: Knots
    site: tuple[tuple[str, float], ...] = ()
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    frozen: bool = True
    separation_km: float = 25.0
    position_re: tuple[float, float, float] = (-20.0, 4.0, 1.0)
    n_bg_cm3: float = 0.004
    noise: float = 1.0
    e_turbulence: float = 0.1
    clock_ms: tuple[int, int, int, int] = (0, 0, 0, 0)
    slots_s: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def day(self) -> date:
        """UTC date."""
        return self.start.date()

    @property
    def stop(self) -> datetime:
        """End, UTC, exclusive."""
        return self.start + timedelta(seconds=DURATION_S)


def _at(clock: str) -> datetime:
    """Time of the day of the sample."""
    return datetime.fromisoformat(f"{DAY.isoformat()}T{clock}").replace(tzinfo=UTC)


EVENTS = (
    TailEvent(
        "sample_tail_a",
        _at("08:15:00"),
        15.0,
        0.25,
        along=((0, -6), (0.42, -4), (0.58, 4), (1, 6)),
        across=(
            (0, -3.5),
            (0.15, -3),
            (0.3, -0.9),
            (0.42, -0.15),
            (0.58, 0.15),
            (0.7, 0.9),
            (0.85, 3),
            (1, 3.5),
        ),
        frozen=False,
        noise=0.3,
        e_turbulence=0.02,
    ),
    TailEvent(
        "sample_tail_b",
        _at("11:42:10"),
        20.0,
        0.3,
        along=((0, 5), (0.4, 4), (0.62, -4), (1, -6)),
        across=(
            (0, 3.2),
            (0.12, 2.8),
            (0.3, 0.8),
            (0.4, 0.25),
            (0.6, -0.1),
            (0.72, -0.9),
            (0.86, -2.6),
            (1, -3.6),
        ),
        site=(
            ("half_width", 0.7),
            ("opening", 0.1),
            ("b_normal", 0.2),
            ("b_hall", 0.2),
            ("b_guide", 0.15),
            ("e_hall", 1.5),
            ("e_reconnection", 0.08),
            ("e_extra", 0.08),
            ("n_exhaust", 0.35),
            ("v_outflow", 0.85),
            ("ve_current", 0.03),
            ("ve_drift", 0.04),
        ),
        separation_km=18.0,
        position_re=(-21.5, 5.5, 2.0),
        n_bg_cm3=0.05,
        clock_ms=(4, 11, 18, 25),
        slots_s=(40,),
        faults=(
            Fault("electron_fill", 1, 71.0, 71.2),
            Fault("electron_gap", 2, 33.0, 33.4),
            Fault("ion_fill", 3, 62.0, 62.5),
            Fault("e_fill", 3, 20.0, 20.5),
            Fault("ion_background", 4, 12.0, 12.8),
            Fault("b_fill", 4, 80.0, 80.4),
        ),
    ),
    TailEvent(
        "sample_tail_c",
        _at("17:20:30"),
        13.0,
        0.18,
        along=((0, -6), (0.45, -3.5), (0.65, 3.5), (1, 6)),
        across=(
            (0, -3.4),
            (0.12, -2.9),
            (0.22, -0.3),
            (0.3, -0.2),
            (0.38, -2.4),
            (0.46, -2.0),
            (0.54, -0.1),
            (0.68, 0.2),
            (0.84, 2.8),
            (1, 3.4),
        ),
        site=(
            ("half_width", 0.5),
            ("opening", 0.15),
            ("b_hall", 0.35),
            ("e_hall", 1.4),
            ("n_inflow", 0.12),
            ("ve_current", 0.05),
            ("ve_drift", 0.035),
        ),
        tilt_deg=(30.0, 12.0),
        separation_km=35.0,
        position_re=(-24.0, -3.0, 3.0),
        clock_ms=(6, 2, 21, 13),
        faults=(
            Fault("e_quality", 1, 40.0, 42.0),
            Fault("electron_flag", 2, 55.0, 55.5),
            Fault("b_flag", 3, 66.0, 66.5),
        ),
    ),
)


def events_of(day: date) -> tuple[TailEvent, ...]:
    """Events of one UTC date."""
    return tuple(one for one in EVENTS if one.day == day)


def is_sample_day(probe: int, day: date) -> bool:
    """Whether the sample has this spacecraft on this UTC date."""
    return probe in PROBES and bool(events_of(day))


def is_sample_interval(start: datetime, stop: datetime) -> bool:
    """Whether the sample has burst data of all of [start, stop), UTC."""
    return any(one.start <= start and stop <= one.stop for one in EVENTS)
