"""Crossings foretold from those of other spacecraft.

A boundary at r_ref and t_ref reaches r_tgt when it has gone (r_tgt - r_ref) . N, with the signed speed V_N
(positive along N, away from the Earth).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.passages import Crossing, Pass, Prediction
from magnetoflow.mms_mp.passes import (
    DEFAULT,
    PassOptions,
    common_fits,
    normal_of,
    position_at,
    time_crossings,
    velocity_of,
)
from magnetoflow.mms_mp.results import Motion
from magnetoflow.mms_mp.thickness import relative_speed

LEAST_S = 1.0
"""The speed at a crossing is a mean within one half-width of it, and at least within so many seconds."""


def predictions(
    event: EventData,
    passes: Iterable[Pass],
    lmn: Lmn,
    motion: Mapping[int, Motion] | None = None,
    options: PassOptions = DEFAULT,
) -> tuple[Prediction, ...]:
    """Foretell every crossing from that of each other spacecraft.

    Parameters
    ----------
    event : EventData
    passes : iterable of Pass
    lmn : Lmn
        Chosen axes.
    motion : mapping of int to Motion, optional
        Speeds along N by the plasma of each spacecraft.
    options : PassOptions

    Returns
    -------
    tuple of Prediction
        In time order of the references. The speed is that of timing by all spacecraft but the target, so
        that the time that is foretold is never used; where that says little, that of the plasma at the
        reference, which is the speed of the boundary only where no plasma crosses it. The actual time is
        that of the crossing matched without any speed (:func:`magnetoflow.mms_mp.matching.match`), not the
        one nearest to the prediction; NaN where the target saw none.
    """
    normal = normal_of(lmn)
    found = []
    for one in passes:
        joint = common_fits(event, one.crossings, lmn)
        for target in event.spacecraft:
            others = {probe: seen for probe, seen in one.crossings.items() if probe != target}
            timing = time_crossings(event, others, joint, normal, options)
            timed = timing.speed_given_km_s, timing.speed_given_error_km_s
            good = timed[1] <= options.timing.reliable_speed_error * abs(timed[0])
            for reference, crossing in others.items():
                if not np.isfinite(crossing.time_s):
                    continue
                speed = (*timed, "timing of the others along N")
                if not good:
                    speed = plasma_speed(event, (motion or {}).get(reference), crossing)
                if np.isfinite(speed[0]):
                    found.append(_predict(event, one, normal, crossing, target, speed))
    return tuple(sorted(found, key=lambda each: (each.t_reference_s, each.reference, each.target)))


def plasma_speed(event: EventData, motion: Motion | None, crossing: Crossing) -> tuple[float, float, str]:
    """Mean speed along N of the plasma at a crossing, and its error [km/s]; NaN without data."""
    if motion is None:
        return np.nan, np.nan, ""
    half = max(crossing.fit.w_s if crossing.fit.good else LEAST_S, LEAST_S)
    near = np.abs(event.seconds(motion.time) - crossing.time_s) <= half
    near &= np.isfinite(motion.v_n_km_s) & np.isfinite(motion.v_n_error_km_s)
    count = int(near.sum())
    if count < 2:
        return np.nan, np.nan, ""
    scatter = float(motion.v_n_km_s[near].std(ddof=1))
    stated = float(np.sqrt(np.mean(motion.v_n_error_km_s[near] ** 2)))
    return float(motion.v_n_km_s[near].mean()), max(scatter, stated) / np.sqrt(count), motion.method


def _predict(
    event: EventData,
    one: Pass,
    normal: Normal,
    crossing: Crossing,
    target: int,
    speed: tuple[float, float, str],
) -> Prediction:
    """Time at which the boundary meets the target, which moves meanwhile."""
    t = crossing.time_s
    between = position_at(event, target, t) - position_at(event, crossing.probe, t)
    relative, error = relative_speed(speed[0], speed[1], normal, velocity_of(event, target, t))
    lag = float(between @ normal.n) / relative
    tilt = float(between @ normal.covariance @ between)
    parts = (crossing.error_s, lag * error / relative, np.sqrt(max(tilt, 0.0)) / relative)
    actual = one.crossings[target].time_s if target in one.crossings else np.nan
    return Prediction(
        crossing.probe,
        target,
        one.outbound,
        t,
        t + lag,
        actual,
        t + lag - actual,
        float(np.linalg.norm(parts)),
        speed[0],
        speed[2],
    )
