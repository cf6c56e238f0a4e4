"""Plasma and field of one spacecraft on the times of the plasma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from magnetoflow.errors import MissingData
from magnetoflow.mms_mp.data import EventData, Floats, Spacecraft, Times, require_frame
from magnetoflow.mms_mp.resampling import average_onto


@dataclass(frozen=True)
class Samples:
    """Measurements of one species with the field averaged over each of them.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
    n_cm3 : (time,) ndarray [cm^-3]
    v_km_s : (time, 3) ndarray [km/s, frame of the event]
    b_nt : (time, 3) ndarray [nT, frame of the event]
    anisotropy : (time,) ndarray
        p_par - p_perp [nPa]; NaN where the pressure is missing.
    cadence_s : float [s]
    """

    time: Times
    n_cm3: Floats
    v_km_s: Floats
    b_nt: Floats
    anisotropy_npa: Floats
    cadence_s: float


def samples_of(
    event: EventData,
    probe: int,
    *,
    species: str = "ion",
    start_s: float = -np.inf,
    stop_s: float = np.inf,
) -> Samples:
    """Cut a species and the field to an interval.

    Parameters
    ----------
    event : EventData
    probe : int
    species : str
        Of `Spacecraft.plasma`.
    start_s, stop_s : float [s since EventData.time0]

    Raises
    ------
    MissingData
        The spacecraft has no moments of this species.
    VariableError
        Velocity and field are in different frames.
    """
    spacecraft: Spacecraft = event.spacecraft[probe]
    plasma = spacecraft.plasma.get(species)
    if plasma is None:
        raise MissingData(
            f"no moments of {species}",
            where=f"event {event.id}, MMS{probe}",
            why=f"there are those of {', '.join(spacecraft.plasma) or 'no species'}",
            todo="choose another species, or a spacecraft that has it",
        )
    require_frame(event.frame, spacecraft.b, plasma)
    seconds = event.seconds(plasma.time)
    used = (seconds >= start_s) & (seconds <= stop_s)
    time = plasma.time[used]
    b = average_onto(spacecraft.b.time, spacecraft.b.values, time, plasma.cadence_s)
    pressure = None if plasma.p_npa is None else plasma.p_npa[used]
    difference = np.full(len(time), np.nan)
    if pressure is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            along = b / np.linalg.norm(b, axis=1)[:, None]
        parallel = np.einsum("ti,tij,tj->t", along, pressure, along)
        difference = (3 * parallel - np.trace(pressure, axis1=1, axis2=2)) / 2
    return Samples(time, plasma.n_cm3[used], plasma.v_km_s[used], b, difference, plasma.cadence_s)
