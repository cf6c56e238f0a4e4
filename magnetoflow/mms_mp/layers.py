"""Thickness of layers: path of the boundary past a spacecraft during its stay in one region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.passages import Layer, Visit
from magnetoflow.mms_mp.path import running_integral
from magnetoflow.mms_mp.results import Motion


@dataclass(frozen=True)
class LayerOptions:
    """How stays become thicknesses.

    Attributes
    ----------
    edge_s : float [s]
        A stay may begin or end this far, or one cadence, from the nearest speed.
    """

    edge_s: float = 0.5


def layers(
    event: EventData,
    visits: Mapping[int, Sequence[Visit]],
    motion: Mapping[int, Motion],
    options: LayerOptions | None = None,
) -> tuple[Layer, ...]:
    """Turn stays into thicknesses.

    Parameters
    ----------
    event : EventData
    visits : mapping of int to sequence of Visit
        By probe, in time order.
    motion : mapping of int to Motion
        By probe; spacecraft without motion have NaN.
    options : LayerOptions, optional

    Returns
    -------
    tuple of Layer
        ``net path`` where the spacecraft leaves by the other side than it came, ``extent`` (largest less
        smallest path) where it leaves by the same side or the data end: how deep it went.
    """
    options = options or LayerOptions()
    found = []
    for probe in sorted(visits):
        stays = visits[probe]
        for k, visit in enumerate(stays):
            before = stays[k - 1].region if k and not visit.cut_start else ""
            after = stays[k + 1].region if k + 1 < len(stays) and not visit.cut_stop else ""
            through = bool(before and after and before != after)
            size, error = _path(event, motion.get(probe), visit, through, options)
            found.append(
                Layer(
                    probe=probe,
                    layer=visit.region,
                    start_s=visit.start_s,
                    stop_s=visit.stop_s,
                    thickness_km=size,
                    error_km=error,
                    cut=visit.cut_start or visit.cut_stop,
                    method="net path" if through else "extent",
                )
            )
    return tuple(found)


def _path(
    event: EventData, motion: Motion | None, visit: Visit, through: bool, options: LayerOptions
) -> tuple[float, float]:
    """Thickness and its error; NaN across gaps."""
    nothing = float("nan"), float("nan")
    if motion is None:
        return nothing
    t = event.seconds(motion.time)
    rows = np.flatnonzero(np.isfinite(motion.relative_km_s))
    if len(rows) == 0:
        return nothing
    ends = float(t[rows[0]]), float(t[rows[-1]])
    # a stay that the data cut off is a lower bound anyway
    start = max(visit.start_s, ends[0]) if visit.cut_start else visit.start_s
    stop = min(visit.stop_s, ends[1]) if visit.cut_stop else visit.stop_s
    edge = max(options.edge_s, float(np.median(np.diff(t))) if len(t) > 1 else 0.0)
    if not ends[0] - edge <= start < stop <= ends[1] + edge:
        return nothing
    # the samples inside and those just before and after
    first = max(int(np.searchsorted(t[rows], start, side="right")) - 1, 0)
    last = min(int(np.searchsorted(t[rows], stop)), len(rows) - 1)
    rows = rows[first : last + 1]
    if len(rows) < 2 or len(set(motion.segment[rows].tolist())) != 1:
        return nothing
    # not the displacement, which is missing behind long gaps
    path = running_integral(t[rows], motion.relative_km_s[rows])
    at = np.unique(np.clip(np.concatenate([[start], t[rows], [stop]]), start, stop))
    curve = np.interp(at, t[rows], path)
    begin, end = (at[0], at[-1]) if through else (at[np.argmin(curve)], at[np.argmax(curve)])
    size = abs(curve[-1] - curve[0]) if through else curve.max() - curve.min()
    return float(size), path_error_km(t[rows], motion.random_km2[rows], motion.coherent_km[rows], begin, end)


def path_error_km(
    t_s: Floats, random_km2: Floats, coherent_km: Floats, start_s: float, stop_s: float
) -> float:
    """1-sigma error of the path between two times.

    Parameters
    ----------
    t_s : (time,) ndarray [s]
    random_km2 : (time,) ndarray [km^2]
    coherent_km : (time, 6) ndarray [km]
        As of :class:`magnetoflow.mms_mp.results.Motion`, without NaN.
    start_s, stop_s : float [s]

    Returns
    -------
    float [km]
    """
    both = np.array([start_s, stop_s])
    random = float(np.diff(np.interp(both, t_s, random_km2))[0])
    steady = np.array([np.diff(np.interp(both, t_s, column))[0] for column in coherent_km.T])
    return float(np.sqrt(abs(random) + steady @ steady))
