"""What figures show of one spacecraft, and lines that stop at gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_rnn.burst import Burst
from magnetoflow.mms_rnn.currents import Currents

Floats = NDArray[np.float64]

COMPONENTS: Mapping[str, tuple[str, str, str]] = {"gsm": ("X", "Y", "Z"), "lmn": ("L", "M", "N")}


@dataclass(frozen=True)
class Measured:
    """Measurements of one spacecraft in one event, in one frame; NaN where missing.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC, increasing.
    segment : (time,) ndarray of int
        Number of the stretch without a gap.
    frame : {"gsm", "lmn"}
        Of the vectors.
    b_nt, e_mv_m : (time, 3) ndarray [nT, mV/m]
    n_i_cm3, n_e_cm3, n_i_bg_cm3 : (time,) ndarray [cm^-3]
        Ions without penetrating radiation, electrons, that background.
    v_i_km_s, v_e_km_s : (time, 3) ndarray [km/s]
    j_ua_m2 : (time, 3) ndarray [uA/m^2]
        Current density from moments.
    work_nw_m3, work_para_nw_m3 : (time,) ndarray [nW/m^3]
        J . E' and the part of it along B.
    """

    time: NDArray[np.datetime64]
    segment: NDArray[np.integer]
    frame: str
    b_nt: Floats
    e_mv_m: Floats
    n_i_cm3: Floats
    n_e_cm3: Floats
    n_i_bg_cm3: Floats
    v_i_km_s: Floats
    v_e_km_s: Floats
    j_ua_m2: Floats
    work_nw_m3: Floats
    work_para_nw_m3: Floats

    @classmethod
    def of(cls, burst: Burst, work: Currents, rotation: Floats, frame: str) -> Measured:
        """Rotate what a burst and its currents hold.

        Parameters
        ----------
        burst : Burst
        work : Currents
            At the same times.
        rotation : (3, 3) or (time, 3, 3) ndarray
            From GSE to the frame.
        frame : {"gsm", "lmn"}
        """

        def rotated(vectors: Floats) -> Floats:
            return np.asarray(np.einsum("...ij,...j->...i", rotation, vectors))

        return cls(
            time=burst.time,
            segment=burst.segment,
            frame=frame,
            b_nt=rotated(burst.b_gse_nt),
            e_mv_m=rotated(burst.e_gse_mv_m),
            n_i_cm3=burst.n_i_cm3,
            n_e_cm3=burst.n_e_cm3,
            n_i_bg_cm3=burst.n_i_bg_cm3,
            v_i_km_s=rotated(burst.v_i_gse_km_s),
            v_e_km_s=rotated(burst.v_e_gse_km_s),
            j_ua_m2=rotated(work.j_gse_ua_m2),
            work_nw_m3=work.j_dot_e_prime_nw_m3,
            work_para_nw_m3=work.j_dot_e_prime_para_nw_m3,
        )

    @property
    def axes_names(self) -> tuple[str, str, str]:
        """Names of the three components."""
        return COMPONENTS[self.frame]


def with_gaps(
    time: NDArray[np.datetime64], segment: NDArray[np.integer], values: Floats
) -> tuple[Floats, Floats]:
    """Days and values with a NaN between segments, so that no line joins them.

    Parameters
    ----------
    time, segment : (sample,) ndarray
    values : (sample, ...) ndarray
    """
    after = np.flatnonzero(np.diff(segment)) + 1
    days = day_number(time)
    return np.insert(days, after, days[after - 1]), np.insert(values, after, np.nan, axis=0)


def draw_line(
    axes: Axes,
    time: NDArray[np.datetime64],
    segment: NDArray[np.integer],
    values: Floats,
    **look: Any,
) -> None:
    """Draw a line that stops at gaps and missing values; a sample alone between them is a dot."""
    if len(time) == 0:
        return
    days, shown = with_gaps(time, segment, values)
    line = axes.plot(days, shown, **{"linewidth": 0.7, **look})[0]
    known = np.isfinite(shown)
    lone = known & ~np.concatenate([[False], known[:-1]]) & ~np.concatenate([known[1:], [False]])
    if lone.any():
        axes.plot(days[lone], shown[lone], ".", color=line.get_color(), markersize=1.5)


def running_mean(values: Floats, segment: NDArray[np.integer], width: int) -> Floats:
    """Mean of the known among `width` samples around each, within its segment.

    Parameters
    ----------
    values : (sample,) ndarray
    segment : (sample,) ndarray of int
    width : int [sample]
        Odd; NaN results where fewer than half of these samples are known.
    """
    out = np.full(len(values), np.nan)
    half = width // 2
    for rows in np.split(np.arange(len(values)), np.flatnonzero(np.diff(segment)) + 1):
        if len(rows) == 0:
            continue
        known = np.isfinite(values[rows])
        total = np.concatenate([[0.0], np.cumsum(np.where(known, values[rows], 0.0))])
        count = np.concatenate([[0], np.cumsum(known)])
        low = np.maximum(np.arange(len(rows)) - half, 0)
        high = np.minimum(np.arange(len(rows)) + half + 1, len(rows))
        number = count[high] - count[low]
        out[rows] = np.where(
            2 * number >= high - low, (total[high] - total[low]) / np.maximum(number, 1), np.nan
        )
    return out


def samples_in(time: NDArray[np.datetime64], seconds: float) -> int:
    """Odd number of samples that cover about `seconds`."""
    step = float(np.median(np.diff(time)) / np.timedelta64(1, "s")) if len(time) > 1 else seconds
    return 2 * round(0.5 * seconds / max(step, 1e-6)) + 1


def bin_means(
    time: NDArray[np.datetime64], values: Floats, start: np.datetime64, step_s: float, count: int
) -> Floats:
    """Mean of rows in equal bins of time, (count, ...); NaN in a bin without a known value."""
    place = ((time - start) // np.timedelta64(round(step_s * 1e9), "ns")).astype(np.int64)
    inside = (place >= 0) & (place < count)
    rows = values[inside].reshape(int(inside.sum()), -1)
    out = np.full((count, rows.shape[1]), np.nan)
    for column in range(rows.shape[1]):
        known = np.isfinite(rows[:, column])
        number = np.bincount(place[inside][known], minlength=count)
        total = np.bincount(place[inside][known], weights=rows[known, column], minlength=count)
        out[:, column] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return out.reshape(count, *values.shape[1:])
