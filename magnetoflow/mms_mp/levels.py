"""Levels of B_L, density and He+ for the detectors of regions, and their blended score."""

from __future__ import annotations

import numpy as np

from magnetoflow.averaging import bin_average
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.data import EventData, Floats, Spacecraft, require_frame
from magnetoflow.mms_mp.detection import DetectionOptions, Level
from magnetoflow.mms_mp.plateaus import evened, plateaus
from magnetoflow.mms_mp.region_score import region_scores, winner

NO_LEVEL = Level(np.empty(0), np.empty(0), float("nan"), 1.0, 1.0)


def levels_of(event: EventData, probe: int, lmn: Lmn, options: DetectionOptions) -> dict[str, Level]:
    """Levels of all detectors that have data; positive in the magnetosphere.

    Parameters
    ----------
    event : EventData
    probe : int
    lmn : Lmn
    options : DetectionOptions

    Returns
    -------
    dict of str to Level
        Without detectors whose products are missing. One that has data but sees no two regions has an empty
        level.

    Raises
    ------
    VariableError
        Vectors and axes are of different frames.
    """
    craft = event.spacecraft[probe]
    require_frame(lmn.frame, craft.b)
    b_l = evened(event.seconds(craft.b.time), craft.b.values @ lmn.matrix[0], options.smoothing_s)
    found = {
        "b_l": _field_level(event, craft, b_l, options),
        "score": _score_level(event, craft, b_l, options),
    }
    ions, heplus = craft.plasma.get("ion"), craft.plasma.get("heplus")
    if ions is not None:
        log_n = _logarithm(ions.n_cm3)
        found["density"] = _density_level(event.seconds(ions.time), log_n, options)
    if heplus is not None:
        t_he = event.seconds(heplus.time)
        found["heplus"] = _threshold_level(
            t_he, heplus.n_cm3, heplus.cadence_s, options.heplus_in_cm3, options.heplus_out_cm3,
            options.heplus_sigma_cm3,
        )  # fmt: skip
        if ions is not None:
            found["heplus_fraction"] = _threshold_level(
                t_he, heplus_fraction(craft), heplus.cadence_s, options.fraction_in, options.fraction_out,
                options.fraction_sigma,
            )  # fmt: skip
    return found


def heplus_fraction(craft: Spacecraft) -> Floats:
    """Density of He+ over that of all ions (FPI), averaged over each measurement of He+.

    Returns
    -------
    (time,) ndarray
        At the times of He+; NaN where either is missing.
    """
    ions, heplus = craft.plasma["ion"], craft.plasma["heplus"]
    whole = bin_average(
        ions.time, ions.n_cm3, heplus.time, cadence_s=heplus.cadence_s, spacing_s=ions.cadence_s
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, heplus.n_cm3 / whole, np.nan))


def _score_level(
    event: EventData, craft: Spacecraft, field: tuple[Floats, Floats, float], options: DetectionOptions
) -> Level:
    """Level of the blended score of B_L, density and He+: 1 magnetosphere, 0 layer, -1 sheath."""
    t, b_l, cadence = field
    ions, heplus = craft.plasma.get("ion"), craft.plasma.get("heplus")
    others: dict[str, Floats] = {}
    if ions is not None:
        t_n, log_n, step = evened(event.seconds(ions.time), _logarithm(ions.n_cm3), options.jump_scale_s)
        others["log_n"] = nearest(t_n, log_n, t, max(step, ions.cadence_s))
    if heplus is not None:
        t_he, reach = event.seconds(heplus.time), heplus.cadence_s
        others["heplus"] = nearest(t_he, heplus.n_cm3, t, reach)
        if ions is not None:
            others["fraction"] = nearest(t_he, heplus_fraction(craft), t, reach)
    return Level(t, winner(region_scores(t, b_l, options, **others), options.margin), cadence, 1.0, 1.0)


def nearest(t_s: Floats, values: Floats, at_s: Floats, reach_s: float) -> Floats:
    """Value measured nearest to each time, within 0.75 of a cadence; NaN elsewhere."""
    if not len(t_s):
        return np.full(len(at_s), np.nan)
    right = np.clip(np.searchsorted(t_s, at_s), 1, len(t_s) - 1) if len(t_s) > 1 else np.zeros(len(at_s), int)
    left = np.maximum(right - 1, 0)
    index = np.where(at_s - t_s[left] < t_s[right] - at_s, left, right)
    return np.where(np.abs(t_s[index] - at_s) <= 0.75 * reach_s, values[index], np.nan)


def _logarithm(n_cm3: Floats) -> Floats:
    positive = n_cm3 > 0
    return np.asarray(np.log(n_cm3, out=np.full(len(n_cm3), np.nan), where=positive))


def _field_level(
    event: EventData, craft: Spacecraft, field: tuple[Floats, Floats, float], options: DetectionOptions
) -> Level:
    t, b_l, cadence = field
    if options.levels == "fixed":
        return Level(t, b_l / options.flip_nt, cadence, 1.0, options.tolerance_nt / options.flip_nt)
    low, high, contrast = plateaus(b_l)
    reverses = min(high, -low) >= options.tolerance_nt
    least = options.weak_contrast if reverses else options.min_contrast
    if not (high - low >= options.min_jump_nt and contrast >= least):
        return NO_LEVEL
    if options.levels == "auto" and min(high, -low) >= options.flip_nt:
        level = b_l / min(high, -low)  # a reversal counts, though it may fall short of the stronger plateau
    else:
        level = (b_l - (low + high) / 2) / ((high - low) / 2)
    level = level * _polarity(event, craft, t, level, options)
    return Level(t, level, cadence, options.enter, options.leave, contrast >= options.min_contrast)


def _polarity(
    event: EventData, craft: Spacecraft, t_s: Floats, level: Floats, options: DetectionOptions
) -> float:
    """Tell the magnetosphere: larger B_L, but where density there is the larger one by the least ratio."""
    ions = craft.plasma.get("ion")
    if ions is None or not np.isfinite(ions.n_cm3).any():
        return 1.0
    at = event.seconds(ions.time)
    near = np.clip(np.searchsorted(t_s, at), 0, len(t_s) - 1)
    valid = (np.abs(t_s[near] - at) < options.max_gap_s) & (ions.n_cm3 > 0)
    parts = [ions.n_cm3[valid & (sign * level[near] > options.enter)] for sign in (1, -1)]
    if not all(len(one) for one in parts):
        return 1.0
    denser = float(np.median(parts[0]) / np.median(parts[1]))
    return -1.0 if denser > options.min_density_ratio else 1.0


def _density_level(t_s: Floats, log_n: Floats, options: DetectionOptions) -> Level:
    t, log_n, cadence = evened(t_s, log_n, options.smoothing_s)
    low, high, contrast = plateaus(log_n)
    if not (high - low >= np.log(options.min_density_ratio) and contrast >= options.min_contrast):
        return NO_LEVEL
    return Level(t, -(log_n - (low + high) / 2) / ((high - low) / 2), cadence, options.enter, options.leave)


def _threshold_level(
    t_s: Floats, values: Floats, cadence_s: float, inside: float, outside: float, sigma: float
) -> Level:
    good = np.isfinite(values)
    half = (inside - outside) / 2
    level = (values[good] - (inside + outside) / 2) / half
    cadence = float(np.median(np.diff(t_s))) if len(t_s) > 1 else cadence_s
    return Level(t_s[good], level, cadence, 1.0, max(1 - 2 * sigma / half, 0.0))
