"""Path of the boundary along N at one spacecraft, integrated from flow or E x B, with its error."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData, Floats, require_frame
from magnetoflow.mms_mp.path import Integral, Rule, path_at, path_of, random_km2, running_integral
from magnetoflow.mms_mp.results import Motion
from magnetoflow.mms_mp.speeds import Blend, Speeds, random_errors_km_s, source_of, speeds_of


@dataclass(frozen=True)
class MotionOptions:
    """How speed and path are found.

    Attributes
    ----------
    blend : str
        ``exb``, ``bulk``, ``prefer_exb`` and ``prefer_bulk`` (the other where the first is missing),
        ``average`` of both.
    integration : str
        ``trapezoid``, ``simpson``, ``rectangle``.
    max_step_s : float or None [s]
        Split longer steps by linear interpolation first.
    bridge_s : float [s]
        Longest gap that the path is carried across, its error growing; behind longer ones it is missing.
    b_min_nt : float [nT]
        Weakest field for E x B.
    calibration_km_s : float [km/s]
        1-sigma error of the bulk flow along N that is the same at all times.
    e_offset_mv_m : float [mV/m]
        1-sigma error of each component of E that is the same at all times.
    potential_mv_m_per_v : float [mV/m/V]
        Taken off E times the potential of the spacecraft; 0: off.
    parallel : bool
        Add the bulk flow along B, where it is there, to E x B: with a field along N, E x B alone is not the
        speed of the boundary. `Motion.exb_km_s` is without it.
    """

    blend: Blend = "prefer_bulk"
    integration: Rule = "trapezoid"
    max_step_s: float | None = None
    bridge_s: float = 10.0
    b_min_nt: float = 0.5
    calibration_km_s: float = 2.0
    e_offset_mv_m: float = 0.5
    potential_mv_m_per_v: float = 0.0
    parallel: bool = True


def motion(
    event: EventData,
    probe: int,
    lmn: Lmn,
    zero_s: float,
    options: MotionOptions | None = None,
    v_sc: ArrayLike = (0.0, 0.0, 0.0),
) -> Motion:
    """Find speed along N and path of the boundary at one spacecraft.

    Parameters
    ----------
    event : EventData
    probe : int
    lmn : Lmn
    zero_s : float [s since EventData.time0]
        Where the displacement is zero; NaN: at the first sample. Where no sample is, the nearest one.
    options : MotionOptions, optional
    v_sc : (3,) array_like [km/s, frame of the event]
        Of the spacecraft.

    Returns
    -------
    Motion

    Raises
    ------
    MissingData
        The spacecraft has neither moments nor an electric field.
    InsufficientData
        No sample has the speed that is asked for.
    VariableError
        Frames differ.

    Notes
    -----
    The variance of the path is that of independent errors, of bridged gaps, and of what is the same at all
    times: calibration of the flow, offset of E, tilts of N.
    """
    options = options or MotionOptions()
    spacecraft = event.spacecraft[probe]
    require_frame(event.frame, spacecraft.b, spacecraft.e, *spacecraft.plasma.values())
    require_frame(lmn.frame, spacecraft.b)
    n = lmn.matrix[2]
    speeds = speeds_of(
        event, spacecraft, n, b_min_nt=options.b_min_nt, potential_mv_m_per_v=options.potential_mv_m_per_v
    )
    blend = _blend(speeds, n, options)
    if not (blend.source > 0).any():
        raise InsufficientData(
            f"no speed along N by {options.blend}",
            where=f"event {event.id}, MMS{probe}",
            why="velocity, or electric and magnetic field, are missing at all times",
            todo="choose another blend or interval",
        )
    relative = blend.v_km_s - np.asarray(v_sc, dtype=np.float64)
    path = path_of(
        event.seconds(speeds.time),
        relative @ n,
        speeds.cadence_s,
        rule=options.integration,
        max_step_s=options.max_step_s,
        bridge_s=options.bridge_s,
    )
    variance = random_km2(path, blend.random_km_s[path.index])
    steady = np.concatenate([blend.steady_km_s, _tilts(relative, lmn)], axis=1)
    coherent = running_integral(path.t_s, steady[path.index])
    zero = _zero(path, zero_s)
    displacement, error = _displacement(path, zero, variance, coherent)
    whole = np.hypot(blend.random_km_s, np.linalg.norm(steady, axis=1))
    number = len(speeds.time)
    segment = np.full(number, -1, dtype=np.int32)
    segment[path.index] = path.segment
    return Motion(
        probe=probe,
        time=speeds.time,
        v_n_km_s=blend.v_km_s @ n,
        v_n_error_km_s=np.where(blend.source > 0, whole, np.nan),
        source=blend.source,
        bulk_km_s=speeds.bulk_km_s @ n,
        exb_km_s=speeds.exb_km_s @ n,
        electron_km_s=speeds.electron_km_s @ n,
        heplus_km_s=speeds.heplus_km_s @ n,
        relative_km_s=relative @ n,
        displacement_km=_placed(displacement, path, number),
        displacement_error_km=_placed(error, path, number),
        segment=segment,
        zero_s=zero,
        method=_method(options, speeds, lmn, bool(np.isin(blend.source, (1, 3)).any())),
        random_km2=_placed(variance, path, number),
        coherent_km=_placed(coherent, path, number),
    )


@dataclass(frozen=True)
class _Blended:
    """Velocity, which one it is, and its errors: independent (time,) and steady (time, 4) along N."""

    v_km_s: Floats
    source: np.ndarray
    random_km_s: Floats
    steady_km_s: Floats = field(repr=False)


def _blend(speeds: Speeds, n: Floats, options: MotionOptions) -> _Blended:
    exb = speeds.with_parallel_km_s if options.parallel else speeds.exb_km_s
    source = source_of(speeds.bulk_km_s @ n, exb @ n, options.blend)
    of_bulk = np.select([source == 2, source == 3], [1.0, 0.5], 0.0)
    of_exb = np.select([source == 1, source == 3], [1.0, 0.5], 0.0)
    sigma_bulk, sigma_exb = random_errors_km_s(speeds, n)
    steady = np.zeros((len(source), 4))
    steady[:, 0] = of_bulk * options.calibration_km_s
    steady[:, 1:] = _share(of_exb, speeds.per_mv_m) * options.e_offset_mv_m
    v = _share(of_bulk, speeds.bulk_km_s) + _share(of_exb, exb)
    v[source == 0] = np.nan
    random = np.hypot(_share(of_bulk, sigma_bulk), _share(of_exb, sigma_exb))
    return _Blended(v, source, random, steady)


def _share(share: Floats, values: Floats) -> Floats:
    """Share times values, 0 where the share is 0, missing or not."""
    weight = share.reshape(-1, *[1] * (values.ndim - 1))
    return np.where(weight > 0, weight * np.where(weight > 0, values, 0.0), 0.0)


def _tilts(velocity_km_s: Floats, lmn: Lmn) -> Floats:
    """Effect (time, 2) of 1-sigma tilts of N; 0 where they are unknown [km/s]."""
    covariance = lmn.covariance[:2, :2]
    if not np.isfinite(covariance).all():
        return np.zeros((len(velocity_km_s), 2))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    along = np.nan_to_num(velocity_km_s @ lmn.matrix.T)
    # N turns by turn_M L - turn_L M
    return np.asarray(np.stack([-along[:, 1], along[:, 0]], axis=1) @ root)


def _zero(path: Integral, zero_s: float) -> float:
    """Time of the displacement zero: as asked for, or the nearest sample."""
    if not np.isfinite(zero_s):
        return float(path.t_s[0])
    if np.isfinite(path_at(path, zero_s)):
        return float(zero_s)
    return float(path.t_s[np.argmin(np.abs(path.t_s - zero_s))])


def _displacement(path: Integral, zero_s: float, variance: Floats, coherent: Floats) -> tuple[Floats, Floats]:
    """Displacement and error at each sample of the path; NaN in other blocks than that of the zero."""
    nearest = int(np.argmin(np.abs(path.t_s - zero_s)))
    same = path.block == path.block[nearest]
    fixed = np.stack([np.interp(zero_s, path.t_s, column) for column in coherent.T])
    spread = np.abs(variance - np.interp(zero_s, path.t_s, variance)) + np.sum(
        (coherent - fixed) ** 2, axis=1
    )
    displacement = path.path_km - path_at(path, zero_s)
    return np.where(same, displacement, np.nan), np.where(same, np.sqrt(spread), np.nan)


def _placed(values: Floats, path: Integral, number: int) -> Floats:
    """Values of the path at their samples; NaN where the speed is missing."""
    result = np.full((number, *values.shape[1:]), np.nan)
    result[path.index] = values
    return result


def _method(options: MotionOptions, speeds: Speeds, lmn: Lmn, by_exb: bool) -> str:
    parts = [options.blend, f"bulk: {speeds.species or 'none'}", options.integration]
    if options.max_step_s is not None:
        parts.append(f"steps of at most {options.max_step_s:g} s")
    if by_exb and options.parallel and speeds.species:
        parts.append("E x B with flow along B")
    if not np.isfinite(lmn.covariance[:2, :2]).all():
        parts.append("error of N unknown, left out")
    return ", ".join(parts)
