"""Passages of the boundary over the array: timing, speed along N, further estimates, thickness of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.mms_mp.axes import Lmn, Orientation
from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.ephemeris import interpolate_position
from magnetoflow.mms_mp.field_jump import mean_jump
from magnetoflow.mms_mp.joint_fits import JointFits, joint_fits
from magnetoflow.mms_mp.matching import match, outbound
from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.passage_times import passage
from magnetoflow.mms_mp.passages import Crossing, Pass, Thickness, Timing
from magnetoflow.mms_mp.slowness import TimingOptions
from magnetoflow.mms_mp.thickness import thickness
from magnetoflow.mms_mp.timing import constant_velocity
from magnetoflow.mms_mp.turns import tilts_of
from magnetoflow.mms_mp.unsteady_timing import (
    constant_thickness,
    discontinuity_analyser,
    mean_normal,
    minimum_thickness_variation,
)


@dataclass(frozen=True)
class PassOptions:
    """How crossings are matched and timed.

    Attributes
    ----------
    timing : TimingOptions
    min_speed_km_s : float [km/s]
        Slowest boundary: two crossings are one passage only within separation over this speed.
    min_lag_s : float [s]
        Added to that.
    cta_order : int or None
        Order of the polynomial of CTA; None: the lowest that the half-widths agree with.
    """

    timing: TimingOptions = field(default_factory=TimingOptions)
    min_speed_km_s: float = 10.0
    min_lag_s: float = 2.0
    cta_order: int | None = None


DEFAULT = PassOptions()


def _path(event: EventData, probe: int, t_s: ArrayLike) -> tuple[Floats, Floats]:
    craft, t = event.spacecraft[probe], np.asarray(t_s, dtype=np.float64)
    velocity = None if craft.velocity is None else craft.velocity.values
    at = event.time0 + np.round(np.where(np.isfinite(t), t, 0.0) * 1e9).astype("timedelta64[ns]")
    r, v = interpolate_position(craft.position.time, craft.position.values, velocity, at.ravel())
    unknown = ~np.isfinite(t.ravel())
    r[unknown], v[unknown] = np.nan, np.nan
    return r.reshape(*t.shape, 3), v.reshape(*t.shape, 3)


def position_at(event: EventData, probe: int, t_s: ArrayLike) -> Floats:
    """Find where a spacecraft is.

    Parameters
    ----------
    event : EventData
    probe : int
    t_s : (...) array_like [s]
        Since `EventData.time0`.

    Returns
    -------
    (..., 3) ndarray [km, frame of the event]
        NaN outside the table of positions.
    """
    return _path(event, probe, t_s)[0]


def velocity_of(event: EventData, probe: int, t_s: ArrayLike = 0.0) -> Floats:
    """Find the velocity of a spacecraft, (..., 3) ndarray [km/s, frame of the event]."""
    return _path(event, probe, t_s)[1]


def normal_of(lmn: Lmn) -> Normal:
    """State the N of axes as a normal."""
    covariance = tilts_of(lmn.covariance, lmn.matrix)
    return Normal(
        lmn.method,
        None,
        np.array(lmn.matrix[2]),
        covariance,
        lmn.start,
        lmn.stop,
        reliable=lmn.reliable,
        reason=lmn.reason,
        frame=lmn.frame,
    )


def _max_lag(event: EventData, options: PassOptions) -> float:
    """Longest lag between two spacecraft that a boundary of the least speed can have [s]."""
    places = [
        one.position.values[np.isfinite(one.position.values).all(axis=1)] for one in event.spacecraft.values()
    ]
    middle = [one[len(one) // 2] for one in places if len(one)]
    widest = max((float(np.linalg.norm(a - b)) for a, b in combinations(middle, 2)), default=0.0)
    return widest / options.min_speed_km_s + options.min_lag_s


def common_fits(event: EventData, group: Mapping[int, Crossing], lmn: Lmn) -> JointFits:
    """Fit all spacecraft of a passage together; one by one where they have too little in common.

    Parameters
    ----------
    event : EventData
    group : mapping of int to Crossing
        By probe; those without a good fit are left out.
    lmn : Lmn
        Whose L the crossings were found along.

    Returns
    -------
    JointFits
    """
    fits = {probe: one.fit for probe, one in sorted(group.items()) if one.fit.good}
    series = {probe: event.spacecraft[probe].b for probe in fits}
    joint = joint_fits(
        {probe: event.seconds(one.time) for probe, one in series.items()},
        {probe: one.values @ lmn.matrix[0] for probe, one in series.items()},
        fits,
    )
    if joint is not None:
        return joint
    covariance = np.zeros((2, len(fits), 2, len(fits)))
    for k, one in enumerate(fits.values()):
        covariance[:, k, :, k] = one.covariance[2:, 2:]
    t, w = (np.array([getattr(one, name) for one in fits.values()]) for name in ("t_c_s", "w_s"))
    return JointFits(tuple(fits), t, w, covariance.reshape(2 * len(fits), 2 * len(fits)))


def _drift(event: EventData, times: Mapping[int, float]) -> Floats:
    """Mean velocity of spacecraft at their times [km/s]; zero where none is known."""
    found = np.array([velocity_of(event, probe, one) for probe, one in times.items()]).reshape(-1, 3)
    known = found[np.isfinite(found).all(axis=1)]
    return np.asarray(known.mean(axis=0)) if len(known) else np.zeros(3)


def time_crossings(
    event: EventData,
    group: Mapping[int, Crossing],
    joint: JointFits,
    given: Normal | None,
    options: PassOptions = DEFAULT,
) -> Timing:
    """Time one passage; see :func:`magnetoflow.mms_mp.timing.constant_velocity`.

    Times that a detector gave are used only where fewer than two of `group` are in `joint`.
    """
    row = [k for k, probe in enumerate(joint.probes) if probe in group]
    if len(row) > 1:
        times = {joint.probes[k]: float(joint.t_s[k]) for k in row}
        covariance = joint.covariance[np.ix_(row, row)]
    else:
        times = {probe: one.time_s for probe, one in sorted(group.items())}
        covariance = np.diag([one.error_s for _, one in sorted(group.items())]) ** 2
    jump, jump_error = mean_jump(event, group) if len(times) > 2 else (None, 0.0)
    return constant_velocity(
        times,
        {probe: position_at(event, probe, one) for probe, one in times.items()},
        covariance=covariance,
        given=given,
        b_jump=jump,
        b_jump_error=jump_error,
        v_sc_km_s=_drift(event, times),
        options=options.timing,
    )


def _estimates(
    event: EventData,
    group: Mapping[int, Crossing],
    joint: JointFits,
    orientation: Orientation,
    options: PassOptions,
) -> tuple[Normal, ...]:
    """Further estimates from the same times and widths."""
    drift = _drift(event, {probe: one.time_s for probe, one in group.items()})
    places = [position_at(event, probe, t) for probe, t in zip(joint.probes, joint.t_s, strict=True)]
    data = passage(joint.t_s, joint.w_s, joint.covariance, np.array(places), drift)
    single = [
        normal_of(orientation.variance[probe])
        for probe in joint.probes
        if probe in orientation.variance and _covers(event, orientation.variance[probe], group[probe])
    ]
    return (
        constant_thickness(data, options.cta_order, options.timing),
        discontinuity_analyser(data, mean_normal(single)),
        minimum_thickness_variation(data, options.timing),
    )


def _covers(event: EventData, axes: Lmn, crossing: Crossing) -> bool:
    """Whether axes by variance are reliable and of this crossing."""
    return axes.reliable and bool(axes.start <= event.utc(crossing.time_s) <= axes.stop)


def _spanned(event: EventData, group: Mapping[int, Crossing], normal: Normal) -> Normal:
    """Add the interval that the fits used."""
    edges = [(one.fit.start_s, one.fit.stop_s) for one in group.values() if one.fit.good]
    if not edges:
        return normal
    start, stop = (f(part) for f, part in zip((min, max), zip(*edges, strict=True), strict=True))
    return replace(normal, start=event.utc(start), stop=event.utc(stop))


def with_speed(
    event: EventData, one: Pass, normal: Normal, speed_km_s: float, error_km_s: float, method: str
) -> Pass:
    """Put a speed into a passage, and renew its thickness.

    Parameters
    ----------
    event : EventData
    one : Pass
    normal : Normal
        Along which the speed is.
    speed_km_s, error_km_s : float [km/s]
    method : str

    Returns
    -------
    Pass
    """
    found: dict[int, Thickness] = {}
    for probe, crossing in one.crossings.items():
        motion = velocity_of(event, probe, crossing.time_s)
        layer = thickness(crossing, normal, speed_km_s, error_km_s, motion, method)
        if layer is not None:
            found[probe] = layer
    return replace(
        one, speed_km_s=speed_km_s, speed_error_km_s=error_km_s, speed_method=method, thickness=found
    )


def passes(
    event: EventData,
    crossings: Mapping[int, Iterable[Crossing]],
    orientation: Orientation,
    options: PassOptions = DEFAULT,
) -> tuple[Pass, ...]:
    """Match crossings to passages, and measure normal, speed and thickness of each.

    Parameters
    ----------
    event : EventData
    crossings : mapping of int to iterable of Crossing
        By probe.
    orientation : Orientation
        Speeds are along its N.
    options : PassOptions

    Returns
    -------
    tuple of Pass
        In time order. A passage over one spacecraft has neither timing nor speed; see :func:`with_speed`.
    """
    chosen = normal_of(orientation.lmn)
    found = []
    for number, group in enumerate(match(crossings, _max_lag(event, options)), 1):
        first = next(iter(group.values()))
        joint = common_fits(event, group, orientation.lmn)
        timing = time_crossings(event, group, joint, chosen, options)
        timing = replace(timing, normal=_spanned(event, group, timing.normal))
        speed, error, method = timing.speed_given_km_s, timing.speed_given_error_km_s, "timing along N"
        if chosen.method == "timing" and np.isfinite(timing.normal.speed_km_s):
            speed, error, method = timing.normal.speed_km_s, timing.normal.speed_error_km_s, "timing"
        estimates = tuple(
            _spanned(event, group, one) for one in _estimates(event, group, joint, orientation, options)
        )
        unmatched = tuple(probe for probe in sorted(event.spacecraft) if probe not in group)
        empty = Pass(number, outbound(first), group, timing, estimates, np.nan, np.nan, "", {}, unmatched)
        known = np.isfinite(speed) and np.isfinite(error)
        found.append(with_speed(event, empty, chosen, speed, error, method) if known else empty)
    return tuple(found)
