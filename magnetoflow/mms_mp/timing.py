"""Normal and speed of a plane boundary from the times at which it passes spacecraft (constant velocity).

The model is ``t_a = t_0 + m . r_a + error``, with ``m = n/V`` and r_a where spacecraft a is *at its own
crossing time*. Further knowledge (a normal by another method, n . dB = 0) enters as a measurement of a
component of m, so that its error is carried along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.errors import VariableError
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normals import Normal, unknown_normal
from magnetoflow.mms_mp.passages import Timing
from magnetoflow.mms_mp.slowness import (
    DEFAULT,
    NOTHING,
    Array,
    Data,
    Solution,
    TimingOptions,
    array_shape,
    axes_across,
    from_slowness,
)

__all__ = ["TimingOptions", "constant_velocity"]
CHI2_99 = (6.635, 9.210)
"""99 % points of chi-square for 1 and 2 degrees of freedom."""
EQUAL_S = 1e-9
"""Times closer than this are equal: they are whole nanoseconds."""


@dataclass(frozen=True)
class _Jump:
    """Direction of the jump of the field, and its error [rad]."""

    direction: Floats
    error: float


def _jump(b_jump: ArrayLike | None, error: float) -> _Jump | None:
    """Direction of a jump that is large enough to have one."""
    if b_jump is None:
        return None
    jump = np.asarray(b_jump, dtype=np.float64)
    size = float(np.linalg.norm(jump))
    return _Jump(jump / size, error / size) if size > 5 * error else None


def _gather(
    times_s: Mapping[int, float],
    positions_km: Mapping[int, ArrayLike],
    errors_s: Mapping[int, float] | None,
    covariance: ArrayLike | None,
    v_sc_km_s: ArrayLike | None,
    options: TimingOptions,
) -> Data:
    """Put the spacecraft that have time, error and position in order."""
    probes = sorted(times_s)
    if covariance is not None:
        matrix = np.array(covariance, dtype=np.float64)
    elif errors_s is not None:
        matrix = np.diag([float(errors_s.get(one, np.nan)) for one in probes]) ** 2
    else:
        matrix = np.zeros((0, 0))
    if matrix.shape != (len(probes), len(probes)):
        raise VariableError(
            "timing needs the errors of the times",
            where="constant_velocity",
            why=f"found a covariance of shape {matrix.shape} for {len(probes)} times",
            todo="pass errors_s by probe, or a covariance in the order of ascending probes",
        )
    nowhere = np.full(3, np.nan)
    r = np.array([positions_km.get(one, nowhere) for one in probes], dtype=np.float64).reshape(-1, 3)
    t = np.array([times_s[one] for one in probes], dtype=np.float64)
    good = np.isfinite(t) & np.isfinite(r).all(axis=1) & (np.diag(matrix) > 0)
    mean, centre = (t[good].mean(), r[good].mean(axis=0)) if good.any() else (np.nan, nowhere)
    return Data(
        tuple(one for one, use in zip(probes, good, strict=True) if use),
        float(mean),
        t[good] - mean,
        centre,
        r[good] - centre,
        matrix[np.ix_(good, good)],
        options.position_error_km,
        np.zeros(3) if v_sc_km_s is None else np.array(v_sc_km_s, dtype=np.float64),
    )


def _plane(data: Data, shape: Array, given: Normal | None, jump: _Jump | None) -> tuple[Solution, bool, str]:
    """Solve for spacecraft in a plane: m, whether its third component is known, and from what."""
    if jump is not None:
        return data.constrained(jump.direction[None, :], np.array([jump.error])), True, "n . dB = 0"
    if given is not None:
        return data.constrained(*axes_across(given)), True, f"prior normal by {given.method}"
    # the part across the plane is unknown, but not much larger than that within it
    across = shape.directions[2:]
    found = data.constrained(across, np.ones(1))
    within = np.eye(3) - across.T @ across
    found = replace(found, m=within @ found.m, covariance=within @ found.covariance @ within)
    return found, False, "three spacecraft, or four in a plane, give only the part of n/V within their plane"


def _timing(data: Data, shape: Array, found: Solution | None, degenerate: bool, reason: str) -> Timing:
    """Put together what is known; no normal where the geometry leaves it open."""
    quality = {"condition": shape.condition}
    m, covariance, tilt = np.full(3, np.nan), np.full((3, 3), np.nan), np.full(2, np.nan)
    if found is not None:
        m, covariance = found.m, found.covariance
        quality |= {"chi2": found.chi2, "dof": found.dof}
    if found is None or degenerate:
        normal = replace(unknown_normal("timing", reason), quality=quality)
    else:
        n, tilts, speed, error = from_slowness(m, covariance, data.centre)
        tilt = np.rad2deg(np.sqrt(np.maximum(np.linalg.eigvalsh(tilts)[:0:-1], 0.0)))
        normal = Normal("timing", None, n, tilts, points=len(data.t), quality=quality, reason=reason)
        normal = replace(normal, speed_km_s=speed, speed_error_km_s=error)
    times, errors = data.used()
    return Timing(
        shape.kind,
        degenerate,
        reason,
        m,
        covariance,
        normal,
        tilt,
        shape.elongation,
        shape.planarity,
        shape.condition,
        times_s=times,
        errors_s=errors,
    )


def _judge(normal: Normal, tilt_deg: Floats, options: TimingOptions) -> Normal:
    """Withdraw a normal that its errors leave open; mark one that is not reliable."""
    if not np.isfinite(normal.n).all():
        return normal
    if not tilt_deg[0] <= options.max_tilt_deg:
        reason = f"the times differ by little more than their errors: tilt {tilt_deg[0]:.0f} deg"
        return replace(unknown_normal(normal.method, reason), quality=normal.quality)
    relative = abs(normal.speed_error_km_s / normal.speed_km_s)
    if tilt_deg[0] > options.reliable_tilt_deg or relative > options.reliable_speed_error:
        reason = f"tilt error {tilt_deg[0]:.1f} deg, speed error {100 * relative:.0f} %"
        return replace(normal, reliable=False, reason=reason)
    return normal


def _with_speed_along(timing: Timing, data: Data, given: Normal) -> Timing:
    """Add the signed speed along a given normal; NaN where the times leave even its sign open."""
    found = data.constrained(*axes_across(given))
    slowness = float(given.n @ found.m)
    error = float(np.sqrt(given.n @ found.covariance @ given.n))
    if found.dof > 0 and found.chi2 > CHI2_99[int(found.dof) - 1]:
        # times and normal contradict each other by more than their errors: neither is as good as it says
        error *= float(np.sqrt(found.chi2 / found.dof))
    known = abs(slowness) > 2 * error
    # less the bias of 1/s to second order
    speed = (1 - (error / slowness) ** 2) / slowness if known else np.nan
    quality = {**timing.normal.quality, "chi2_given": found.chi2, "dof_given": found.dof}
    return replace(
        timing,
        given=given,
        speed_given_km_s=speed,
        speed_given_error_km_s=error / slowness**2 if known else np.nan,
        normal=replace(timing.normal, quality=quality),
    )


def constant_velocity(
    times_s: Mapping[int, float],
    positions_km: Mapping[int, ArrayLike],
    *,
    errors_s: Mapping[int, float] | None = None,
    covariance: ArrayLike | None = None,
    given: Normal | None = None,
    b_jump: ArrayLike | None = None,
    b_jump_error: float = 0.0,
    v_sc_km_s: ArrayLike | None = None,
    options: TimingOptions = DEFAULT,
) -> Timing:
    """Find normal and speed of a plane of constant velocity from the times of its passage.

    Parameters
    ----------
    times_s : mapping of int to float [s]
        By probe. One that is not finite is left out.
    positions_km : mapping of int to (3,) array_like [km]
        Of each spacecraft at its own time. One common time would give the speed relative to them.
    errors_s : mapping of int to float [s]
        1-sigma, independent.
    covariance : (probe, probe) array_like [s^2]
        Of the times, in the order of ascending probes, where they are correlated; instead of `errors_s`.
    given : Normal, optional
        Outward normal of another method: the speed along it is measured too, and it closes the case of
        spacecraft in a plane. An unknown covariance counts as none.
    b_jump : (3,) array_like [nT], optional
        Change of the field across the boundary: n . dB = 0 closes the case of spacecraft in a plane.
    b_jump_error : float [nT]
        1-sigma, of each component.
    v_sc_km_s : (3,) array_like [km/s], optional
        Velocity of the spacecraft, where positions are taken at the times as measured: errors then count
        1 - v_sc . n/V times.
    options : TimingOptions

    Returns
    -------
    Timing
        Without a normal where the geometry does not determine it; the reason says what is missing.

    Raises
    ------
    VariableError
        Neither errors nor covariance, or a covariance of another shape.

    References
    ----------
    Harvey 1998, ISSI SR-001 ch. 12; correlated times: Vogt et al. 2011, doi:10.5194/angeo-29-2239-2011;
    array in a plane or on a line: Zhou et al. 2009, doi:10.5194/angeo-27-3949-2009.
    """
    data = _gather(times_s, positions_km, errors_s, covariance, v_sc_km_s, options)
    shape = array_shape(data.r + data.centre, options) if len(data.t) else NOTHING
    if shape.kind == "none":
        return _timing(data, shape, None, True, "fewer than two times at two places")
    if np.ptp(data.t) <= EQUAL_S:
        return _timing(data, replace(shape, kind="none"), None, True, "the times are equal")
    given = given if given is not None and np.isfinite(given.n).all() else None
    if shape.kind == "line":
        why = f"spacecraft on a line (elongation {shape.elongation:.4f}): only speed along a given normal"
        timing = _timing(data, shape, None, True, why)
    elif shape.kind == "plane":
        found, closed, why = _plane(data, shape, given, _jump(b_jump, b_jump_error))
        timing = _timing(data, shape, found, not closed, why)
    else:
        timing = _timing(data, shape, data.constrained(np.zeros((0, 3)), np.zeros(0)), False, "")
    timing = replace(timing, normal=_judge(timing.normal, timing.tilt_deg, options))
    return timing if given is None else _with_speed_along(timing, data, given)
