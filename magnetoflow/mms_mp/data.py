"""What an event is made of: series of one to four spacecraft, all vectors in one frame that does not turn.

The frame is GSM as it stands at the middle of the event. GSM itself turns by up to 3 degrees in an hour,
which would bend a plane boundary and add 0.5 km/s to the motion of a spacecraft 33,000 km from the line to
the Sun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.frames import rotate
from magnetoflow.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
FRAME = "GSM"
"""Name of the frame of an event: GSM at `EventData.time0`."""


@dataclass(frozen=True)
class Plasma:
    """Moments of one species; NaN where missing.

    Attributes
    ----------
    species : str
        ``ion``, ``electron``, ``hplus``, ``heplus``, ``heplusplus``, ``oplus``.
    time : (time,) ndarray of datetime64[ns]
        Centre of each measurement, UTC.
    n_cm3 : (time,) ndarray [cm^-3]
    v_km_s : (time, 3) ndarray [km/s, frame]
    cadence_s : float [s]
        Length of a measurement.
    frame : str
    p_npa : (time, 3, 3) ndarray [nPa, frame] or None
    t_para_ev, t_perp_ev : (time,) ndarray [eV] or None
    n_error_cm3, v_error_km_s : (time,) ndarray or None
        1-sigma errors that the file states; of a component, where axes do not matter.
    counts : mapping of str to int
        What was masked or removed.
    """

    species: str
    time: Times
    n_cm3: Floats
    v_km_s: Floats
    cadence_s: float
    frame: str
    p_npa: Floats | None = None
    t_para_ev: Floats | None = None
    t_perp_ev: Floats | None = None
    n_error_cm3: Floats | None = None
    v_error_km_s: Floats | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Spectrogram:
    """Omnidirectional energy flux of one species.

    Attributes
    ----------
    name : str
        Variable of the file.
    time : (time,) ndarray of datetime64[ns]
        Centre of each measurement, UTC.
    flux : (time, channel) ndarray [keV/(cm^2 s sr keV)]
    energy_ev : (time, channel) ndarray [eV]
        Ascending; each record has its own.
    """

    name: str
    time: Times
    flux: Floats
    energy_ev: Floats


@dataclass(frozen=True)
class Spacecraft:
    """Series of one spacecraft, vectors in the frame of the event; None where a product is missing.

    Attributes
    ----------
    probe : int
        1 to 4.
    b : Series
        (time, 3) [nT].
    position : Series
        (time, 3) [km], about every 30 s.
    velocity : Series or None
        (time, 3) [km/s] of the spacecraft at the times of `position`, where the ephemeris states it.
    ephemeris : str
        ``mec``, ``defeph`` or ``fgm``: where the position is from.
    plasma : mapping of str to Plasma
        By species; without those that are missing.
    e : Series or None
        (time, 3) [mV/m].
    potential : Series or None
        (time,) [V].
    spectra : mapping of str to Spectrogram
        ``ion``, ``electron``.
    files : tuple of str
        Names of the files behind it.
    notes : tuple of str
        What is missing or was left out, one sentence each.
    """

    probe: int
    b: Series
    position: Series
    velocity: Series | None = None
    ephemeris: str = "fgm"
    plasma: Mapping[str, Plasma] = field(default_factory=dict)
    e: Series | None = None
    potential: Series | None = None
    spectra: Mapping[str, Spectrogram] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventData:
    """Everything that was read for one event.

    Attributes
    ----------
    id : str
    start, stop : datetime64[ns]
        UTC, half open.
    time0 : datetime64[ns]
        Middle of the event: zero of all times in seconds, and the time at which the frame is GSM.
    rate : str
        ``brst`` or ``fast``.
    rotation : (3, 3) ndarray
        ``v = rotation @ v_gse``.
    spacecraft : mapping of int to Spacecraft
        By probe, ascending.
    frame : str
        Of every vector.
    left_out : mapping of int to str
        Spacecraft without field or position in the event, with the reason.
    """

    id: str
    start: np.datetime64
    stop: np.datetime64
    time0: np.datetime64
    rate: str
    rotation: Floats
    spacecraft: Mapping[int, Spacecraft]
    frame: str = FRAME
    left_out: Mapping[int, str] = field(default_factory=dict)

    def seconds(self, time: Times) -> Floats:
        """Count seconds since `time0`."""
        return np.asarray((time - self.time0) / np.timedelta64(1, "ns") / 1e9, dtype=np.float64)

    def utc(self, seconds: float) -> np.datetime64:
        """UTC of a time since `time0` [s]; NaT for NaN."""
        if not np.isfinite(seconds):
            return np.datetime64("NaT", "ns")
        after: np.datetime64 = self.time0.astype("datetime64[ns]") + np.timedelta64(
            round(seconds * 1e9), "ns"
        )
        return after


def empty_event(name: str) -> EventData:
    """Stand for an event that could not be read."""
    never = np.datetime64("NaT", "ns")
    return EventData(name, never, never, never, "brst", np.eye(3), {})


def require_frame(frame: str, *series: Series | Plasma | None) -> None:
    """Refuse vectors of another frame.

    Raises
    ------
    VariableError
        Names the series and its frame.
    """
    for one in series:
        if one is not None and one.frame != frame:
            name = one.name if isinstance(one, Series) else f"velocity of {one.species}"
            raise VariableError(
                "vectors of different frames",
                where=name,
                why=f"found {one.frame}, expected {frame}",
                todo="turn all vectors into one frame first",
            )


def turned(series: Series, matrix: Floats, frame: str) -> Series:
    """Turn a series of vectors into another frame.

    Parameters
    ----------
    series : Series
        (time, 3).
    matrix : (3, 3) or (time, 3, 3) ndarray
    frame : str
        Name of the new frame.

    Returns
    -------
    Series
    """
    return Series(
        series.name,
        series.time,
        rotate(matrix, series.values),
        series.unit,
        frame,
        series.counts,
        series.marks,
    )
