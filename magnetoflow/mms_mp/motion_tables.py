"""Tables of speed and displacement along N at one spacecraft, as data frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.results import Motion

DISPLACEMENT = ("time", "DN_km", "sigma_km", "segment", "source")
SPEED = (
    *("time_utc", "Vn_bulk_km_s", "Vn_exb_km_s", "dt_ms", "Vn_km_s", "Vn_sigma_km_s", "origin"),
    *("Vn_electron_km_s", "Vn_heplus_km_s", "Vn_relative_km_s", "DN_km", "DN_sigma_km", "segment", "source"),
)
SEGMENTS = ("segment", "t0", "t1", "DN_km", "sigma_km", "source")
ORIGINS = np.array(["", "exb", "bulk", "exb and bulk"])
DECIMALS = 6
"""Of speeds [km/s] and paths [km]."""
SECOND = np.timedelta64(1, "s")


def displacement_frame(motion: Motion, source: str) -> pd.DataFrame:
    """Displacement at each whole second within a segment, with `DISPLACEMENT`; nothing across gaps."""
    parts = [_per_second(motion, rows, source) for rows in _segments(motion)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(DISPLACEMENT))


def _per_second(motion: Motion, rows: slice, source: str) -> pd.DataFrame:
    time = motion.time[rows].astype("datetime64[ns]")
    first = time[0].astype("datetime64[s]")
    first = first if first == time[0] else first + SECOND
    whole = np.arange(first, time[-1].astype("datetime64[s]") + SECOND).astype("datetime64[ns]")
    known, wanted = (time - time[0]).astype(np.float64), (whole - time[0]).astype(np.float64)
    columns = {
        "time": whole,
        "DN_km": np.interp(wanted, known, motion.displacement_km[rows]),
        "sigma_km": np.interp(wanted, known, motion.displacement_error_km[rows]),
        "segment": motion.segment[rows][0],
        "source": source,
    }
    return _rounded(pd.DataFrame(columns, columns=list(DISPLACEMENT)))


def speed_frame(motion: Motion, source: str) -> pd.DataFrame:
    """Speed along N at each ion measurement, with `SPEED`.

    ``dt_ms`` is the difference in time of bulk and E x B: zero, as the electric field is averaged over each
    ion measurement; empty where one is missing.
    """
    both = np.isfinite(motion.bulk_km_s) & np.isfinite(motion.exb_km_s)
    columns = {
        "time_utc": motion.time.astype("datetime64[ns]"),
        "Vn_bulk_km_s": motion.bulk_km_s,
        "Vn_exb_km_s": motion.exb_km_s,
        "dt_ms": np.where(both, 0.0, np.nan),
        "Vn_km_s": motion.v_n_km_s,
        "Vn_sigma_km_s": motion.v_n_error_km_s,
        "origin": ORIGINS[motion.source],
        "Vn_electron_km_s": motion.electron_km_s,
        "Vn_heplus_km_s": motion.heplus_km_s,
        "Vn_relative_km_s": motion.relative_km_s,
        "DN_km": motion.displacement_km,
        "DN_sigma_km": motion.displacement_error_km,
        "segment": motion.segment,
        "source": source,
    }
    return _rounded(pd.DataFrame(columns, columns=list(SPEED)))


def segments_frame(motion: Motion, source: str) -> pd.DataFrame:
    """One row per stretch without a gap, with `SEGMENTS`: how far the boundary moved along N in it."""
    rows = [
        {
            "segment": motion.segment[part][0],
            "t0": motion.time[part][0],
            "t1": motion.time[part][-1],
            "DN_km": motion.displacement_km[part][-1] - motion.displacement_km[part][0],
            "sigma_km": _error_km(motion, part),
            "source": source,
        }
        for part in _segments(motion)
    ]
    return _rounded(pd.DataFrame(rows, columns=list(SEGMENTS)))


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = list(frame.select_dtypes("float64").columns)
    return frame.assign(**{name: frame[name].round(DECIMALS) for name in numbers})


def _segments(motion: Motion) -> list[slice]:
    """Rows from the first to the last of each segment; samples missing within are bridged by the motion."""
    numbers = np.unique(motion.segment[(motion.segment >= 0) & np.isfinite(motion.displacement_km)])
    rows = [np.flatnonzero(motion.segment == number) for number in numbers]
    return [slice(int(one[0]), int(one[-1]) + 1) for one in rows]


def _error_km(motion: Motion, part: slice) -> float:
    """Error of the path between the ends of a segment; NaN where the motion does not say how it grows."""
    if not len(motion.random_km2):
        return float("nan")

    def grown(values: Floats) -> Floats:
        return np.asarray(values[part][-1] - values[part][0])

    return float(np.sqrt(grown(motion.random_km2) + np.sum(grown(motion.coherent_km) ** 2)))
