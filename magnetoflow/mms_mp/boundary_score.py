"""Score of sudden changes of field and density, and candidates of boundaries picked from it.

The score tells where to look. Its picks are no crossing times: a largest gradient follows the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP, bin_average
from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData, Floats, Times, require_frame

WEIGHTS = {"b": 0.5, "n": 0.4, "b_n": 0.1}
PERCENTILES = (5.0, 95.0)
THRESHOLD = 0.4
SEPARATION_S = 10.0
SMOOTHING_S = 1.35
FIELD_CADENCE_S = 0.15
"""Field alone is averaged to the cadence of ions in burst mode."""


@dataclass(frozen=True)
class BoundaryScore:
    """Score over time.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        Of the ions; without ions every 0.15 s.
    score : (time,) ndarray
        0 to 1; NaN where a term is missing.
    picks_s : tuple of float [s]
        Largest scores, at least `separation_s` apart, since `EventData.time0`.
    picks_score : tuple of float
    terms : tuple of str
        Of ``b``, ``n``, ``b_n``: those that had data.
    """

    time: Times
    score: Floats
    picks_s: tuple[float, ...]
    picks_score: tuple[float, ...]
    terms: tuple[str, ...]


def boundary_score(
    event: EventData,
    probe: int,
    lmn: Lmn,
    *,
    threshold: float = THRESHOLD,
    separation_s: float = SEPARATION_S,
    smoothing_s: float = SMOOTHING_S,
) -> BoundaryScore:
    """Blend the steepness of |B|, density and B_N.

    Parameters
    ----------
    event : EventData
    probe : int
    lmn : Lmn
    threshold : float
        Least score of a pick.
    separation_s : float [s]
        Between picks.
    smoothing_s : float [s]
        Running mean before the differences, which noise rules otherwise.

    Returns
    -------
    BoundaryScore

    Raises
    ------
    InsufficientData
        There are fewer than 3 times.
    VariableError
        Field and axes are of different frames.

    Notes
    -----
    ``0.5 s(|d|B|/dt|) + 0.4 s(|dN/dt|) + 0.1 s(|dB_N/dt|)``; s scales linearly from the 5th percentile (0) to
    the 95th (1) and clips. Without ions the other weights are scaled to a sum of 1.
    """
    craft = event.spacecraft[probe]
    require_frame(lmn.frame, craft.b)
    ions = craft.plasma.get("ion")
    if ions is None:
        step = np.timedelta64(round(FIELD_CADENCE_S * 1e9), "ns")
        time, cadence = np.arange(craft.b.time[0] + step, craft.b.time[-1], step), FIELD_CADENCE_S
    else:
        time, cadence = ions.time, ions.cadence_s
    if len(time) < 3:
        raise InsufficientData(
            "no boundary score",
            where=f"event {event.id}, MMS{probe}",
            why=f"{len(time)} times, at least 3 needed",
            todo="choose a longer interval",
        )
    b = bin_average(craft.b.time, craft.b.values, time, cadence_s=cadence)
    t = event.seconds(time)
    values = {"b": np.linalg.norm(b, axis=1), "b_n": b @ lmn.matrix[2]}
    if ions is not None:
        values["n"] = ions.n_cm3
    width = max(round(smoothing_s / cadence), 1)
    terms = {name: _steepness(t, _smoothed(one, width)) for name, one in values.items()}
    used = [name for name in WEIGHTS if name in terms]
    weights = np.array([WEIGHTS[name] for name in used])
    scaled = np.stack([_scaled(terms[name]) for name in used])
    score = weights @ np.clip(scaled, 0.0, 1.0) / weights.sum()
    picks = _picks(t, score, weights @ scaled, threshold, separation_s)
    return BoundaryScore(
        time,
        score,
        tuple(float(t[k]) for k in picks),
        tuple(float(score[k]) for k in picks),
        tuple(used),
    )


def _smoothed(values: Floats, width: int) -> Floats:
    """Take the running mean; NaN beside a missing value and at the ends."""
    if width == 1 or len(values) < width:
        return values
    after = np.full(len(values), np.nan)
    first = (width - 1) // 2
    after[first : first + len(values) - width + 1] = np.convolve(values, np.ones(width) / width, "valid")
    return after


def _steepness(t_s: Floats, values: Floats) -> Floats:
    """|dx/dt| over both neighbours; NaN beside a gap."""
    slope = np.full(len(t_s), np.nan)
    span = t_s[2:] - t_s[:-2]
    near = span <= 2 * GAP * float(np.median(np.diff(t_s)))
    slope[1:-1] = np.where(near, np.abs(values[2:] - values[:-2]) / span, np.nan)
    return slope


def _scaled(values: Floats) -> Floats:
    """0 at the lower percentile, 1 at the upper; not clipped."""
    if not np.isfinite(values).any():
        return values
    low, high = np.nanpercentile(values, PERCENTILES)
    return np.asarray(
        (values - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.0, np.nan)
    )


def _picks(
    t_s: Floats, score: Floats, unclipped: Floats, threshold: float, separation_s: float
) -> NDArray[np.int64]:
    """Largest scores first, of equal ones the steepest; none closer to another than the separation."""
    candidates = np.flatnonzero(score >= threshold)
    candidates = candidates[np.lexsort((-unclipped[candidates], -score[candidates]))]
    picked: list[int] = []
    free = np.ones(len(t_s), dtype=bool)
    for k in candidates:
        if free[k]:
            picked.append(int(k))
            free[np.abs(t_s - t_s[k]) < separation_s] = False
    return np.array(sorted(picked), dtype=np.int64)
