"""Ephemeris of a probe-day of the magnetopause sample: MEC values, and the text of a DEFEPH file."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from magnetoflow.frames import gse_to_gsm, j2000_to_gse, rotate
from magnetoflow.sample.mms_mp_orbit import position_gse_km
from magnetoflow.sample.mms_mp_plan import DAY
from magnetoflow.sample.mms_variables import SYNTHETIC

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

MEC_ROWS, DEFEPH_ROWS = 2880, 2898
DEFEPH_START_MS = (5 * 60 + 53) * 1000 + 203
PHASE_MS = (0, 47, 110, 166)
"""How late the rows of each spacecraft are, in DEFEPH."""
TAI_MINUS_UTC_S = 37
TAI_EPOCH = np.datetime64("1958-01-01T00:00:00", "ns")


def rows_from(first_ms: int, rows: int) -> Times:
    """Give times every 30 s from a time of the day on [ms]."""
    begin = np.datetime64(DAY.isoformat(), "ns") + np.timedelta64(first_ms, "ms")
    return np.asarray(begin + np.arange(rows) * np.timedelta64(30, "s"))


def state_j2000(probe: int, time: Times) -> tuple[Floats, Floats]:
    """Position and velocity, (time, 3) ndarrays [km], [km/s], mean equator and equinox of J2000."""

    def place(at: Times) -> Floats:
        return rotate(np.swapaxes(j2000_to_gse(at), -1, -2), position_gse_km(probe, at))

    half = np.timedelta64(500, "ms")
    return place(time), place(time + half) - place(time - half)


def mec_values(probe: int, time: Times) -> dict[str, Floats]:
    """Variables of an MEC file, by name without the spacecraft.

    Velocities are those in J2000, turned into the other frames: the turn of the frames is not in them.
    """
    to_gse = j2000_to_gse(time)
    to_gsm = gse_to_gsm(time) @ to_gse
    r, v = state_j2000(probe, time)
    found: dict[str, Floats] = {}
    for name, value in (("r", r), ("v", v)):
        found |= {
            f"{name}_eci": value,
            f"{name}_gse": rotate(to_gse, value),
            f"{name}_gsm": rotate(to_gsm, value),
        }
    found["quat_eci_to_gsm"] = np.asarray(Rotation.from_matrix(to_gsm).as_quat())
    return found


def defeph_name(probe: int) -> str:
    """Name of the definitive ephemeris file of the day."""
    return f"MMS{probe}_DEFEPH_{DAY:%Y%j}_{DAY + timedelta(days=1):%Y%j}.V01"


def defeph_text(probe: int) -> str:
    """Text of the definitive ephemeris file of the day, as the Flight Dynamics Facility lays it out."""
    time = rows_from(DEFEPH_START_MS + PHASE_MS[probe - 1], DEFEPH_ROWS)
    r, v = state_j2000(probe, time)
    stamps = [_stamp(one) for one in time]
    days = [_tai_days(one) for one in time]
    head = [
        "Definitive Orbit Ephemeris",
        f"Spacecraft = MMS{probe}",
        f"StartTime = {stamps[0]} UTC  (MMS TAI: {days[0]})",
        f"StopTime = {stamps[-1]} UTC  (MMS TAI: {days[-1]})",
        "MMS TAI Reference Epoch = 1958-001/00:00:00 UTC",
        "CentralBody = Earth",
        "ReferenceFrame = Mean of J2000",
        "PrincipalPlane = Equatorial",
        "Project = magnetoflow",
        f"Source = {SYNTHETIC}",
        "FileCreationDate = Jan 16 2018 00:00:00.000 UTC",
        "",
    ]
    titles = "".join(f"{one:24}" for one in ("X", "Y", "Z", "VX", "VY", "VZ"))
    head.append(f"{'Epoch (UTC)':24}{'Epoch MMS TAI':22}{titles}{'Mass':17}")
    units = "".join(f"{one:24}" for one in ("Km",) * 3 + ("Km/Sec",) * 3)
    head.append(f"{'':46}{units}{'Kg':17}")
    rows = [
        f"{stamp:24}{day:22}" + "".join(f"{one:<24.9f}" for one in (*place, *speed))
        for stamp, day, place, speed in zip(stamps, days, r.tolist(), v.tolist(), strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"


def _stamp(time: np.datetime64) -> str:
    """Year, day of the year and clock, to the millisecond."""
    day = time.astype("datetime64[D]")
    number = int((day - day.astype("datetime64[Y]")) / np.timedelta64(1, "D")) + 1
    clock = str(time.astype("datetime64[ms]")).split("T")[1]
    return f"{str(day)[:4]}-{number:03d}/{clock}"


def _tai_days(time: np.datetime64) -> str:
    """Days of TAI since 1958, to a tenth of a millisecond."""
    days = (time - TAI_EPOCH + np.timedelta64(TAI_MINUS_UTC_S, "s")) / np.timedelta64(1, "D")
    return f"{days:.9f}"
