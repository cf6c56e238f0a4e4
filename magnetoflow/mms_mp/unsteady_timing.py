"""Timing of a boundary whose speed changes: constant thickness, given normal, least variation of thickness.

All three take the times and half-widths of the same fits; see :mod:`magnetoflow.mms_mp.passage_times`.

References
----------
Haaland et al. 2004, doi:10.5194/angeo-22-1347-2004.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, unit, unknown_normal
from magnetoflow.mms_mp.passage_times import (
    Passage,
    half_widths,
    integrals,
    lowest_order,
    polynomial,
    propagated,
)
from magnetoflow.mms_mp.slowness import DEFAULT, TimingOptions, array_shape, from_slowness
from magnetoflow.mms_mp.timing import constant_velocity

MOST_CHANGE = 2.0
"""Largest over smallest speed at the spacecraft that first-order errors hold for."""
STEPS = 30
"""Of the search for the least variation."""


def _refused(method: str, data: Passage, options: TimingOptions) -> Normal | None:
    """Why a method that needs a tetrahedron cannot be used; None where it can."""
    kind = array_shape(data.r_km + data.centre_km, options).kind if len(data.t_s) else "none"
    if kind == "four" and np.ptp(data.t_s) > 0:
        return None
    return unknown_normal(method, f"needs times and widths of four spacecraft in a tetrahedron, has: {kind}")


def _normal(method: str, data: Passage, m: Floats, covariance: Floats, quality: dict[str, float]) -> Normal:
    """Turn n/U in the frame of the array into normal and speed in that of the Earth."""
    n, tilts, speed, error = from_slowness(m, covariance, data.centre_km)
    drift = float(data.v_sc_km_s @ tilts @ data.v_sc_km_s)
    return Normal(
        method,
        None,
        n,
        tilts,
        speed_km_s=speed + float(data.v_sc_km_s @ n),
        speed_error_km_s=float(np.sqrt(error**2 + drift)),
        points=len(data.t_s),
        quality=quality,
    )


def _judged(normal: Normal, options: TimingOptions) -> Normal:
    """Mark a normal whose errors are large; withdraw one that they leave open."""
    if not normal.error_deg <= options.max_tilt_deg:
        reason = f"times and widths leave the normal open: tilt {normal.error_deg:.0f} deg"
        return replace(unknown_normal(normal.method, reason), quality=normal.quality)
    relative = abs(normal.speed_error_km_s / normal.speed_km_s)
    if normal.error_deg > options.reliable_tilt_deg or relative > options.reliable_speed_error:
        reason = f"tilt error {normal.error_deg:.1f} deg, speed error {100 * relative:.0f} %"
        return replace(normal, reliable=False, reason=reason)
    return normal


def constant_thickness(data: Passage, order: int | None = None, options: TimingOptions = DEFAULT) -> Normal:
    """Find normal and speed of a layer of constant thickness, its speed a polynomial of time (CTA).

    Parameters
    ----------
    data : Passage
    order : int, optional
        Of the polynomial, up to one less than the number of spacecraft (3 in the paper); by default the
        lowest that the half-widths agree with.
    options : TimingOptions

    Returns
    -------
    Normal
        Method ``cta``; speed at the mean time. `quality`: ``order``, ``acceleration_km_s2``,
        ``half_width_km``, ``half_width_error_km``. Unknown without four spacecraft in a tetrahedron.
    """
    refused = _refused("cta", data, options)
    if refused is not None:
        return refused
    count = len(data.t_s)
    weight = data.w_s / np.sqrt(np.diag(data.covariance)[count:])

    def speeds(x: Floats, degree: int) -> tuple[Floats, float]:
        """A/h, such that the layer takes 2 w to pass each spacecraft; chi-square."""
        t, w = x[:count], x[count:]
        passed = (integrals(t + w, degree) - integrals(t - w, degree)) / 2
        # powers of t differ by orders of magnitude
        scale = np.abs(passed).max(axis=0)
        found = np.linalg.lstsq(passed / scale * weight[:, None], weight, rcond=None)[0] / scale
        return found, float(np.sum((weight * (passed @ found - 1)) ** 2))

    x = np.concatenate([data.t_s, data.w_s])
    degree = lowest_order(lambda p: speeds(x, p)[1], count - 1, order)

    def solve(x: Floats) -> Floats:
        """n/U, h, and A_1 over A_0 h."""
        a = speeds(x, degree)[0]
        path = integrals(x[:count], degree) @ a
        q = np.linalg.lstsq(np.column_stack([data.r_km, np.ones(count)]), path, rcond=None)[0][:3]
        rate = a[1] / a[0] if degree else 0.0
        return np.array([*(q / a[0]), 1 / np.linalg.norm(q), rate])

    found, covariance = solve(x), propagated(solve, x, data.covariance)
    quality = {
        "order": float(degree),
        "half_width_km": float(found[3]),
        "half_width_error_km": float(np.sqrt(covariance[3, 3])),
    }
    normal = _normal("cta", data, found[:3], covariance[:3, :3], quality)
    relative = normal.speed_km_s - float(data.v_sc_km_s @ normal.n)
    quality["acceleration_km_s2"] = float(found[4] * relative)
    speed = np.abs(polynomial(speeds(x, degree)[0], data.t_s))
    normal = _judged(replace(normal, quality=quality), options)
    if normal.reliable and speed.max() > MOST_CHANGE * speed.min():
        # errors to first order do not hold there
        return replace(normal, reliable=False, reason="the speed changes more than twofold within the lags")
    return normal


def mean_normal(normals: list[Normal], method: str = "da") -> Normal:
    """Mean of normals, signs aligned; the errors do not shrink, as spacecraft see one structure.

    Parameters
    ----------
    normals : list of Normal
        Those that are unknown are left out.

    Returns
    -------
    Normal
        Covariance: mean of theirs, and their scatter.
    """
    known = [one for one in normals if np.isfinite(one.n).all() and np.isfinite(one.covariance).all()]
    if not known:
        return unknown_normal(method, "no normal of a single spacecraft is known")
    directions = np.array([one.n * (1 if one.n @ known[0].n >= 0 else -1) for one in known])
    mean = unit(directions.mean(axis=0))
    across = np.eye(3) - np.outer(mean, mean)
    scatter = directions - directions.mean(axis=0)
    covariance = np.mean([one.covariance for one in known], axis=0) + scatter.T @ scatter / len(known)
    return Normal(method, None, mean, across @ covariance @ across, points=len(known))


def discontinuity_analyser(data: Passage, given: Normal, order: int | None = None) -> Normal:
    """Speed as a polynomial of time along normals of single spacecraft (DA).

    Parameters
    ----------
    data : Passage
        Two spacecraft or more, in any geometry.
    given : Normal
        Outward; see :func:`mean_normal`.
    order : int, optional
        Of the polynomial, up to two less than the number of spacecraft; by default the lowest that the times
        agree with.

    Returns
    -------
    Normal
        Method ``da``, with the normal given, and speed at the mean time. `quality` as for
        :func:`constant_thickness`, and ``half_width_scatter``.
    """
    count = len(data.t_s)
    if not np.isfinite(given.n).all():
        return unknown_normal("da", given.reason)
    if count < 2 or not np.ptp(data.t_s) > 0:
        return unknown_normal("da", "needs two spacecraft with different times")
    place = data.r_km @ given.n
    timing = np.diag(data.covariance)[:count]
    start = np.polyfit(data.t_s, place, 1)[0]

    def fit(degree: int) -> tuple[Floats, Floats, float]:
        covariance = np.diag(timing * start**2) + data.r_km @ given.covariance @ data.r_km.T
        weight = np.linalg.inv(covariance)
        terms = np.column_stack([np.ones(count), integrals(data.t_s, degree)])
        errors = np.linalg.inv(terms.T @ weight @ terms)
        found = errors @ (terms.T @ (weight @ place))
        left = place - terms @ found
        return found[1:], errors[1:, 1:], float(left @ weight @ left)

    degree = lowest_order(lambda p: fit(p)[2], count - 2, order)
    a, errors, _ = fit(degree)
    error = float(np.sqrt(errors[0, 0]))
    speed = polynomial(a, data.t_s)
    quality = {
        "order": float(degree),
        "acceleration_km_s2": float(a[1]) if degree else 0.0,
        **half_widths(data, speed, error),
    }
    drift = float(data.v_sc_km_s @ given.covariance @ data.v_sc_km_s)
    known = abs(a[0]) > 2 * error
    return replace(
        given,
        method="da",
        speed_km_s=float(a[0] + data.v_sc_km_s @ given.n) if known else np.nan,
        speed_error_km_s=float(np.hypot(error, np.sqrt(drift))) if known else np.nan,
        quality=quality,
        reliable=given.reliable and known,
        reason=given.reason if known else "the times leave the sign of the speed open",
    )


def minimum_thickness_variation(data: Passage, options: TimingOptions = DEFAULT) -> Normal:
    """Find the normal along which the thickness at the spacecraft differs least (MTV).

    Parameters
    ----------
    data : Passage
    options : TimingOptions

    Returns
    -------
    Normal
        Method ``mtv``; the speed is a parabola through the times, stated at their mean. `quality` as for
        :func:`discontinuity_analyser`. Unknown without four spacecraft in a tetrahedron.
    """
    refused = _refused("mtv", data, options)
    if refused is not None:
        return refused
    count = len(data.t_s)
    places = dict(enumerate(data.r_km + data.centre_km))
    errors = dict(enumerate(np.sqrt(np.diag(data.covariance)[:count])))
    first = constant_velocity(dict(enumerate(data.t_s)), places, errors_s=errors, options=options)
    n = unit(first.m_s_km)

    def parabola(n: Floats, t: Floats) -> Floats:
        terms = np.column_stack([np.ones(count), integrals(t, 2)])
        return np.asarray(np.linalg.lstsq(terms, data.r_km @ n, rcond=None)[0][1:])

    def variation(n: Floats, x: Floats) -> Floats:
        h = x[count:] * polynomial(parabola(n, x[:count]), x[:count])
        return np.asarray(h / h.mean() - 1)

    x = np.concatenate([data.t_s, data.w_s])
    for _ in range(STEPS):
        across = np.linalg.svd(n[None, :])[2][1:]
        slope = np.stack([variation(n + 1e-6 * e, x) - variation(n - 1e-6 * e, x) for e in across], 1) / 2e-6
        gain = np.linalg.pinv(slope)
        tilt = -gain @ variation(n, x)
        size = float(np.linalg.norm(tilt))
        n = unit(n + across.T @ tilt * min(1.0, 0.1 / max(size, 1e-12)))
        if size < 1e-9:
            break
    else:
        return unknown_normal("mtv", "the search for the least variation does not end")

    def solve(x: Floats) -> Floats:
        """n/U of the least variation, to first order around the one found."""
        turned = n + across.T @ (-gain @ variation(n, x))
        return np.asarray(turned / parabola(turned, x[:count])[0])

    a = parabola(n, data.t_s)
    normal = _normal("mtv", data, solve(x), propagated(solve, x, data.covariance), {})
    sign = float(np.sign(normal.n @ n))
    quality = {
        "order": 2.0,
        "acceleration_km_s2": float(a[1]) * sign,
        **half_widths(data, polynomial(a, data.t_s), normal.speed_error_km_s),
    }
    return _judged(replace(normal, quality=quality), options)
