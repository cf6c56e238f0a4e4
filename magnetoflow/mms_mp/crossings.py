"""Crossings of the boundary by each spacecraft: found by a detector, timed by a fit to B_L."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from magnetoflow.averaging import GAP
from magnetoflow.errors import ConfigError
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData, Floats
from magnetoflow.mms_mp.detection import DETECTORS, Change, DetectionOptions, Level, changes, stays
from magnetoflow.mms_mp.levels import levels_of
from magnetoflow.mms_mp.passages import Crossing, TanhFit, Visit
from magnetoflow.mms_mp.tanh_fit import ASTRAY, INSIGNIFICANT, fit_tanh

WIDTHS = 6.0
"""Half of the window of a fit, in w; and at least `MIN_HALF_S`."""
MIN_HALF_S = 3.0
ROUNDS = 8
MOST = 600
"""Samples while the window is sought."""
WIDEN = 2.0
"""A window whose fit is not good is made wider by this factor."""


def find_crossings(
    event: EventData, lmn: Lmn, options: DetectionOptions | None = None
) -> tuple[dict[int, tuple[Crossing, ...]], dict[int, tuple[Visit, ...]]]:
    """Find crossings and stays in regions of every spacecraft.

    Parameters
    ----------
    event : EventData
    lmn : Lmn
        Only L is used.
    options : DetectionOptions, optional

    Returns
    -------
    crossings : dict of int to tuple of Crossing
        By probe, in time order; empty where there is none. Time and error are those of the fit to B_L within
        6 w of it and within the stays on both sides; where that fit is not good, those of the detector: the
        middle of the layer, with the error of an even distribution over it.
    visits : dict of int to tuple of Visit
        Stays by the chosen detector; empty where it sees no two regions.

    Raises
    ------
    ConfigError
        The detector or the kind of levels is unknown.
    VariableError
        Field and axes are of different frames.

    Notes
    -----
    A change of B_L whose fitted half-jump is below 3 of its errors is no crossing; nor is one between
    plateaus that do not stand apart, unless its fit is good. Largest gradients are not used for times: on
    noisy data they miss by many widths.
    """
    options = options or DetectionOptions()
    _check(options)
    crossings: dict[int, tuple[Crossing, ...]] = {}
    visits: dict[int, tuple[Visit, ...]] = {}
    for probe in sorted(event.spacecraft):
        levels = levels_of(event, probe, lmn, options)
        seen = {name: _seen(probe, one, options) for name, one in levels.items()}
        visits[probe], found = seen.get(options.detector, ((), ()))
        craft = event.spacecraft[probe]
        t, b_l = event.seconds(craft.b.time), craft.b.values @ lmn.matrix[0]
        fitted = [(one, fit_change(t, b_l, one, options.agree_s)) for one in found]
        crossings[probe] = tuple(
            _crossing(probe, one, fit, options, _agreement(one, levels, seen, options))
            for one, fit in fitted
            if options.detector != "b_l" or _is_crossing(fit, levels["b_l"])
        )
    return crossings, visits


def _check(options: DetectionOptions) -> None:
    for value, allowed, name in (
        (options.detector, DETECTORS, "detector"),
        (options.levels, ("auto", "plateaus", "fixed"), "levels"),
    ):
        if value not in allowed:
            raise ConfigError(
                f"unknown {name} of crossings",
                where=f"detection.{name}",
                why=f"found {value!r}",
                todo=f"choose one of {', '.join(allowed)}",
            )


def _seen(
    probe: int, level: Level, options: DetectionOptions
) -> tuple[tuple[Visit, ...], tuple[Change, ...]]:
    visits = stays(probe, level, options)
    return visits, changes(visits, level, options)


def fit_change(t_s: Floats, b_l_nt: Floats, change: Change, reach_s: float = 30.0) -> TanhFit:
    """Fit the crossing that a detector saw, within 6 w of it and within the stays on both sides.

    Parameters
    ----------
    t_s, b_l_nt : (time,) ndarray [s], [nT]
    change : Change
    reach_s : float [s]
        A fit further than this from the layer that the detector saw is of something else.

    Returns
    -------
    TanhFit
    """
    start, stop, t_c, w = _window(t_s, b_l_nt, change)
    low, high = np.searchsorted(t_s, (start, stop))
    fit = _fit(t_s[low:high], b_l_nt[low:high], start, stop, t_c, w)
    off = max(change.before.stop_s - fit.t_c_s, fit.t_c_s - change.after.start_s)
    if fit.good and off > reach_s:
        return replace(fit, good=False, reason=f"t_c is {off:.1f} s from the layer that the detector saw")
    return fit


def _window(t_s: Floats, b_l_nt: Floats, change: Change) -> tuple[float, float, float, float]:
    """Window that is 6 w of its own fit on both sides, and t_c and w; by fits to means of blocks."""
    # between levels of 0.6 of the half-jump a tanh needs 1.4 w, and 2 w show where it levels off; wider
    # windows come when w is known
    t_c, w = change.time_s, change.duration_s / 1.4
    half = max(2 * w, MIN_HALF_S)
    first, last = change.before.start_s, change.after.stop_s
    start, stop = first, last
    for turn in range(ROUNDS):
        before, (start, stop) = (start, stop), (max(first, t_c - half), min(last, t_c + half))
        if turn and before == (start, stop):
            break
        fit = _fit(*_blocks(t_s, b_l_nt, start, stop), start, stop, t_c, w)
        if fit.good or fit.reason.startswith(INSIGNIFICANT):
            wanted = max(WIDTHS * fit.w_s, MIN_HALF_S)
            settled = abs(wanted - half) < 0.02 * half and abs(fit.t_c_s - t_c) < 0.1 * fit.w_s
            t_c, w, half = fit.t_c_s, fit.w_s, wanted
            if settled:
                break
        else:
            half *= WIDEN
    return start, stop, t_c, w


def _blocks(t_s: Floats, values: Floats, start: float, stop: float) -> tuple[Floats, Floats]:
    """Means of blocks of the samples of a window, at most `MOST`."""
    low, high = np.searchsorted(t_s, (start, stop))
    t, y = t_s[low:high], values[low:high]
    t, y = t[np.isfinite(y)], y[np.isfinite(y)]
    size = -(-len(t) // MOST) or 1
    whole = len(t) // size * size
    return t[:whole].reshape(-1, size).mean(axis=1), y[:whole].reshape(-1, size).mean(axis=1)


def _fit(t: Floats, values: Floats, start: float, stop: float, t_c: float, w: float) -> TanhFit:
    guessed = fit_tanh(t, values, t_guess=t_c, w_guess=w, start_s=start, stop_s=stop)
    if not guessed.reason.startswith(ASTRAY):
        return guessed
    return fit_tanh(t, values, start_s=start, stop_s=stop)


def _is_crossing(fit: TanhFit, level: Level) -> bool:
    """Whether a change of B_L is more than noise."""
    return fit.good or (level.clear and not fit.reason.startswith(INSIGNIFICANT))


def _crossing(
    probe: int, change: Change, fit: TanhFit, options: DetectionOptions, agrees: Mapping[str, float]
) -> Crossing:
    time_s, error_s = (fit.t_c_s, fit.t_c_error_s) if fit.good else (change.time_s, change.error_s)
    return Crossing(
        probe, time_s, error_s, change.before.region, change.after.region, fit, options.detector, agrees
    )


def _agreement(
    change: Change,
    levels: Mapping[str, Level],
    seen: Mapping[str, tuple[tuple[Visit, ...], tuple[Change, ...]]],
    options: DetectionOptions,
) -> dict[str, float]:
    """Time at which each other detector saw the same change."""
    agrees = {}
    for name, (_, found) in seen.items():
        if name == options.detector:
            continue
        cadence = levels[name].cadence_s
        reach = max(options.agree_s, 2 * GAP * cadence if np.isfinite(cadence) else 0.0)
        times = [one.time_s for one in found if one.after.region == change.after.region]
        near = min(times, key=lambda time: abs(time - change.time_s), default=float("nan"))
        agrees[name] = near if abs(near - change.time_s) <= reach else float("nan")
    return agrees
