"""Normals, speed and current from the gradient of the field between four spacecraft.

Minimum directional derivative (MDD), spatio-temporal difference (STD), and the normal to the current density.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP, bin_average, interpolate
from magnetoflow.curlometer import Curl, curlometer, reciprocal_vectors
from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.axes import GradientSeries
from magnetoflow.mms_mp.data import EventData, Floats, Times, require_frame
from magnetoflow.mms_mp.gradient_interval import Interval, triples, without_curvature
from magnetoflow.mms_mp.gradient_noise import quiet_noise, quiet_offsets
from magnetoflow.mms_mp.gradient_normals import current_normal, derivative_normal
from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.shue import shue_normal
from magnetoflow.physics import UA_M2_PER_NT_KM
from magnetoflow.series import Series


@dataclass(frozen=True)
class GradientOptions:
    """How gradients are made.

    Attributes
    ----------
    bins : int
        The interval is cut into so many means, of at least two samples each.
    offsets : str
        ``quiet``: mean differences between spacecraft outside the interval are taken off first;
        ``none``.
    quiet_s : float [s]
        Used on either side of the interval.
    min_quiet_s : float [s]
        With less quiet time offsets and noise are not known.
    offset_error_nt : float [nT]
        1-sigma error of an offset that is not known.
    min_bins : int
    most_elongated, most_planar : float
        An array beyond either has no gradient.
    min_ratio : float
        Of the largest to the second gradient, and of the second to the least current, for a reliable normal.
    """

    bins: int = 200
    offsets: str = "quiet"
    quiet_s: float = 120.0
    min_quiet_s: float = 5.0
    offset_error_nt: float = 0.1
    min_bins: int = 20
    most_elongated: float = 0.9
    most_planar: float = 0.9
    min_ratio: float = 3.0


DEFAULT = GradientOptions()


def gradients(
    event: EventData, start_s: float, stop_s: float, options: GradientOptions = DEFAULT
) -> tuple[GradientSeries, Normal, Normal]:
    """Estimate gradients over time, and normals with speeds from them.

    Parameters
    ----------
    event : EventData
        Of four spacecraft.
    start_s, stop_s : float [s]
        Interval around the crossing, since `EventData.time0`.
    options : GradientOptions

    Returns
    -------
    series : GradientSeries
        Over the interval.
    mdd : Normal
        Direction of the largest gradient; its speed is that of STD.
    curlometer : Normal
        Direction of the least current; its speed is from the integral of the current.

    Raises
    ------
    InsufficientData
        Fewer than four spacecraft, an array too flat or too long, or too few samples.
    VariableError
        Fields and positions are not in the frame of the event.

    Notes
    -----
    Fields are brought to the times of the first spacecraft and then averaged over the same samples, so that
    different phases of sampling do not look like a gradient. The mean square gradient of the quiet time is
    taken off as noise, which would turn the normal toward the shortest baseline and lower the speed.

    References
    ----------
    Shi et al. 2005, doi:10.1029/2005GL022454 (MDD); Shi et al. 2006, doi:10.1029/2005GL025073 (STD);
    Haaland et al. 2004, doi:10.1029/2004GL020001 (current); Chanteur 1998, ISSI SR-001, chapter 14.
    """
    time, b, cadence_s = _fields(event, start_s - options.quiet_s, stop_s + options.quiet_s)
    at = event.seconds(time)
    beside = b[((at < start_s) | (at > stop_s)) & np.isfinite(b).all(axis=(1, 2))]
    known = len(beside) * cadence_s >= options.min_quiet_s
    removed = known and options.offsets == "quiet"
    offsets, offset_error = quiet_offsets(beside) if removed else (np.zeros((4, 3)), options.offset_error_nt)
    step_s = max((stop_s - start_s) / options.bins, 2 * cadence_s)
    centres = _centres(event, at, start_s, step_s)
    means = bin_average(time, b - offsets, centres, cadence_s=step_s, spacing_s=cadence_s)
    position = _positions(event, centres)
    curl = curlometer(
        position,
        means.transpose(1, 0, 2),
        most_elongated=options.most_elongated,
        most_planar=options.most_planar,
    )
    middle = event.seconds(centres)
    inside = (middle >= start_s) & (middle <= stop_s)
    _require_array(curl, inside)
    good = np.isfinite(curl.gradient_nt_km).all(axis=(1, 2))
    _require_bins(int((inside & good).sum()), options.min_bins, event, start_s, stop_s)
    barycentre = position.mean(axis=0)
    interval = Interval(
        gradient_nt_km=curl.gradient_nt_km[inside],
        curl_nt_km=curl.curl_nt_km[inside],
        b_nt=means[inside].mean(axis=1),
        step_s=step_s,
        noise=quiet_noise(means, curl, ~inside & good & known, int(inside.sum()), offset_error),
        reciprocal_1_km=np.nanmean(reciprocal_vectors(position[:, inside]), axis=1),
        offset_km=np.nanmean(position[:, inside] - barycentre[inside], axis=1),
        position_km=np.nanmean(barycentre[inside], axis=0),
        v_sc_km_s=_velocity(middle[inside], barycentre[inside]),
        start=event.utc(start_s),
        stop=event.utc(stop_s),
        min_ratio=options.min_ratio,
    )
    method = f"means of {step_s:.3g} s, {'quiet differences removed' if removed else 'offsets kept'}"
    series = _series(interval, curl, inside, centres, offsets, method)
    flat = without_curvature(interval, derivative_normal(interval))
    return series, derivative_normal(flat), current_normal(flat)


def _fields(event: EventData, start_s: float, stop_s: float) -> tuple[Times, Floats, float]:
    """Fields of the four on common times, (time, 4, 3), a sample missing in one being missing in all."""
    if len(event.spacecraft) != 4:
        raise InsufficientData(
            "a gradient needs four spacecraft",
            where=event.id,
            why=f"found {', '.join(map(str, event.spacecraft)) or 'none'}",
            todo="choose another method for this event",
        )
    fields = [craft.b for craft in event.spacecraft.values()]
    positions = [craft.position for craft in event.spacecraft.values()]
    require_frame(event.frame, *fields, *positions)
    for one in (*fields, *positions):
        if len(one.time) < 2:
            raise InsufficientData(
                "a spacecraft has no field or no position",
                where=f"{event.id}, {one.name}",
                why="too few records",
            )
    cadence_s = max(_step_s(one.time) for one in fields)
    parts = [_part(event, one, start_s, stop_s, cadence_s) for one in fields]
    time = parts[0][0]
    b = np.stack([interpolate(*part, time, max_gap_s=GAP * cadence_s) for part in parts], axis=1)
    b[~np.isfinite(b).all(axis=(1, 2))] = np.nan
    return time, b, cadence_s


def _part(
    event: EventData, series: Series, start_s: float, stop_s: float, margin_s: float
) -> tuple[Times, Floats]:
    """Cut out an interval with the samples next to it."""
    edges = [event.utc(start_s - 2 * margin_s), event.utc(stop_s + 2 * margin_s)]
    first, last = np.searchsorted(series.time, np.array(edges))
    return series.time[first:last], series.values[first:last]


def _step_s(time: Times) -> float:
    return float(np.median(np.diff(time)) / np.timedelta64(1, "ns")) / 1e9


def _centres(event: EventData, at: Floats, start_s: float, step_s: float) -> Times:
    """Centres of bins of which a whole number fills the interval, continued over the quiet times."""
    if not len(at):
        return np.empty(0, dtype="datetime64[ns]")
    first, last = np.ceil((at[0] - start_s) / step_s), np.floor((at[-1] - start_s) / step_s)
    seconds = start_s + (np.arange(first, last) + 0.5) * step_s
    return np.asarray(event.time0 + np.round(seconds * 1e9).astype("timedelta64[ns]"))


def _positions(event: EventData, centres: Times) -> Floats:
    """(4, time, 3) positions [km]."""
    places = [craft.position for craft in event.spacecraft.values()]
    return np.stack(
        [interpolate(one.time, one.values, centres, max_gap_s=GAP * _step_s(one.time)) for one in places]
    )


def _velocity(at: Floats, position: Floats) -> Floats:
    """Velocity of the barycentre [km/s]."""
    good = np.isfinite(position).all(axis=1)
    return np.asarray(np.polyfit(at[good], position[good], 1)[0])


def _require_array(curl: Curl, inside: NDArray[np.bool_]) -> None:
    if not curl.degenerate[inside].all() or not inside.any():
        return
    shape = {name: getattr(curl, name)[inside] for name in ("elongation", "planarity")}
    found = {
        name: float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
        for name, values in shape.items()
    }
    raise InsufficientData(
        "the array of spacecraft is too flat or too long for a gradient",
        why=", ".join(f"{name} {value:.6g}" for name, value in found.items()),
        todo="choose another method for this event",
    )


def _require_bins(found: int, needed: int, event: EventData, start_s: float, stop_s: float) -> None:
    if found < needed:
        raise InsufficientData(
            "too few samples for gradients",
            where=f"{event.id}, {event.utc(start_s)} to {event.utc(stop_s)}",
            why=f"{found} bins with all four spacecraft, needed {needed}",
            todo="choose a longer interval or another method",
        )


def _series(
    interval: Interval, curl: Curl, inside: NDArray[np.bool_], centres: Times, offsets: Floats, method: str
) -> GradientSeries:
    """Estimates at each time; directions and speeds where the gradient is three times the noise."""
    gradient = interval.gradient_nt_km
    good = np.isfinite(gradient).all(axis=(1, 2))
    values, n = np.full((len(gradient), 3), np.nan), np.full((len(gradient), 3), np.nan)
    squares = np.einsum("tij,tkj->tik", gradient[good], gradient[good])
    found, vectors = np.linalg.eigh(squares)
    values[good] = np.sqrt(np.clip(found[:, ::-1], 0.0, None))
    away = np.sign(vectors[:, :, 2] @ shue_normal(interval.position_km))
    n[good] = vectors[:, :, 2] * np.where(away < 0, -1.0, 1.0)[:, None]
    n[values[:, 0] < 3 * np.sqrt(np.trace(interval.noise.gradient))] = np.nan
    smooth, change = triples(gradient, interval.b_nt, interval.step_s)
    slope = np.einsum("tij,ti->tj", smooth, n)
    speed = -np.sum(slope * change, axis=1) / np.sum(slope**2, axis=1)
    return GradientSeries(
        time=centres[inside],
        mdd_eigenvalues_nt_km=values,
        mdd_n=n,
        std_v_n_km_s=speed + n @ interval.v_sc_km_s,
        j_na_m2=1e3 * UA_M2_PER_NT_KM * curl.curl_nt_km[inside],
        div_over_curl=curl.div_b_over_curl[inside],
        offsets_nt=offsets,
        method=method,
    )
