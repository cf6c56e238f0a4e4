"""Regions of one series over time: levels with hysteresis, and times of stay, all in seconds.

A series is turned into a level: above +1 the magnetosphere, below -1 the sheath, between them the layer. What
lies below is cadence: samples are averaged on a grid that starts at the zero of time, so that series of other
cadence or phase meet the same rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.averaging import GAP
from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.passages import Visit

MAGNETOSPHERE, LAYER, SHEATH = "magnetosphere", "mp_layer", "sheath"
DETECTORS = ("b_l", "density", "heplus", "heplus_fraction", "score")


@dataclass(frozen=True)
class DetectionOptions:
    """When a series counts as magnetosphere, layer or sheath.

    Attributes
    ----------
    detector : str
        Of `DETECTORS`: which one finds the crossings; the others are compared with it.
    levels : str
        ``plateaus``: B_L relative to its own two plateaus, -1 and +1. ``auto``: the same; but where they have
        opposite signs, B_L over the weaker one, so that every reversal counts. ``fixed``: `flip_nt` is 1.
    smoothing_s, dwell_s, layer_dwell_s : float [s]
        Running mean; least stay in magnetosphere or sheath, and in the layer. Of slow products a stay holds
        at least two measurements.
    enter, leave : float
        B_L and density: a region begins beyond the first and ends below the second.
    min_jump_nt : float [nT]
        Least difference of the plateaus of B_L.
    min_contrast, weak_contrast : float
        Least difference of plateaus in standard deviations about them. Between both, changes of B_L count
        only where it changes sign, by `tolerance_nt` on either side, and the fit is good.
    flip_nt, tolerance_nt : float [nT]
        ``fixed``: a region begins beyond the first and ends below the second. ``auto``: plateaus weaker than
        the first have no signs.
    min_density_ratio : float
        Least ratio of the plateaus of density.
    heplus_in_cm3, heplus_out_cm3, heplus_sigma_cm3 : float [cm^-3]
        Magnetosphere above the first, sheath below the second; a region ends 2 sigma inside its threshold.
    fraction_in, fraction_out, fraction_sigma : float
        The same for He+ over all ions.
    flip_sigma_nt, gradient_nt_s, gradient_sigma_nt_s : float [nT], [nT/s]
        ``score``: softness of the sign of B_L; |dB_L/dt| of a rotation.
    jump_ratio, jump_sigma, jump_scale_s : float
        ``score``: density over that of its lower plateau, its softness in the natural logarithm, and the
        running mean of density [s].
    margin : float
        ``score``: lead that another region needs to take over.
    max_gap_s : float [s]
        Longer gaps end a stay.
    bridge_s : float [s]
        Regions that differ on both sides of a gap of at most this length have a crossing in the gap.
    agree_s : float [s]
        Another detector agrees with a crossing of the same direction within this time, or 3 of its cadences.

    Notes
    -----
    Defaults are those of the earlier toolkit `mms_mp`, whose counts of points are taken at its cadence of
    150 ms; the levels relative to plateaus are ours.
    """

    detector: str = "b_l"
    levels: str = "auto"
    smoothing_s: float = 1.35
    dwell_s: float = 2.7
    layer_dwell_s: float = 0.75
    enter: float = 0.7
    leave: float = 0.5
    min_jump_nt: float = 6.0
    min_contrast: float = 4.0
    weak_contrast: float = 3.0
    flip_nt: float = 6.0
    tolerance_nt: float = 3.0
    min_density_ratio: float = 1.8
    heplus_in_cm3: float = 0.25
    heplus_out_cm3: float = 0.12
    heplus_sigma_cm3: float = 0.03
    fraction_in: float = 0.07
    fraction_out: float = 0.03
    fraction_sigma: float = 0.01
    flip_sigma_nt: float = 1.2
    gradient_nt_s: float = 0.06
    gradient_sigma_nt_s: float = 0.02
    jump_ratio: float = 1.8
    jump_sigma: float = 0.12
    jump_scale_s: float = 20.0
    margin: float = 0.05
    max_gap_s: float = 2.7
    bridge_s: float = 10.0
    agree_s: float = 30.0


@dataclass(frozen=True)
class Level:
    """A series as a level: the magnetosphere is positive.

    Attributes
    ----------
    t_s : (time,) ndarray [s]
    level : (time,) ndarray
        Without NaN: missing times are left out.
    cadence_s : float [s]
    enter, leave : float
    clear : bool
        The plateaus stand apart; else a change of level needs a good fit to count.
    """

    t_s: Floats
    level: Floats
    cadence_s: float
    enter: float
    leave: float
    clear: bool = True


@dataclass(frozen=True)
class Change:
    """Change between magnetosphere and sheath as a detector sees it.

    Attributes
    ----------
    time_s : float [s]
        Where the level passes 0.
    before, after : Visit
        Stays on both sides; the layer lies between.
    cadence_s : float [s]
    """

    time_s: float
    before: Visit
    after: Visit
    cadence_s: float

    @property
    def duration_s(self) -> float:
        """Time between the last sample before and the first one after [s]."""
        return self.after.start_s - self.before.stop_s + self.cadence_s

    @property
    def error_s(self) -> float:
        """Standard deviation of an even distribution over the change [s]."""
        return float(self.duration_s / np.sqrt(12))


def stays(probe: int, series: Level, options: DetectionOptions) -> tuple[Visit, ...]:
    """Stays in regions, in time order.

    Parameters
    ----------
    probe : int
    series : Level
    options : DetectionOptions

    Returns
    -------
    tuple of Visit
        Gaps lie between stays that are cut.
    """
    if not len(series.t_s):
        return ()
    gap = max(options.max_gap_s, GAP * series.cadence_s)
    ends = np.flatnonzero(np.diff(series.t_s) > gap) + 1
    found: list[Visit] = []
    for t, level in zip(np.split(series.t_s, ends), np.split(series.level, ends), strict=True):
        found += _stays_of_segment(probe, t, level, series, options)
    return tuple(found)


def _stays_of_segment(
    probe: int, t: Floats, level: Floats, series: Level, options: DetectionOptions
) -> list[Visit]:
    codes = _states(level, series.enter, series.leave)
    begins = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
    edges = (t[begins[1:] - 1] + t[begins[1:]]) / 2
    bounds = [float(t[0]), *map(float, edges), float(t[-1])]
    names = {1: MAGNETOSPHERE, 0: LAYER, -1: SHEATH}
    visits = [
        Visit(probe, names[int(codes[begin])], bounds[k], bounds[k + 1]) for k, begin in enumerate(begins)
    ]
    # less than two measurements of a slow product are no stay
    least = max(options.dwell_s, GAP * series.cadence_s)
    visits = _merged([replace(one, region=LAYER) if _shorter(one, least) else one for one in visits])
    visits = _without_short_layers(visits, options.layer_dwell_s)
    visits[0] = replace(visits[0], cut_start=True)
    visits[-1] = replace(visits[-1], cut_stop=True)
    return visits


def _states(level: Floats, enter: float, leave: float) -> NDArray[np.int8]:
    """1 magnetosphere, -1 sheath, 0 layer."""
    beyond = np.where(level >= enter, 1, np.where(level <= -enter, -1, 0)).tolist()
    held = np.where(level >= leave, 1, np.where(level <= -leave, -1, 0)).tolist()
    states, state = [], 0
    for new, old in zip(beyond, held, strict=True):
        state = new or (state if state == old else 0)
        states.append(state)
    return np.array(states, dtype=np.int8)


def _shorter(visit: Visit, least_s: float) -> bool:
    # times on a grid of thirds add up with rounding
    return visit.region != LAYER and visit.stop_s - visit.start_s < least_s - 1e-6


def _merged(visits: Sequence[Visit]) -> list[Visit]:
    result: list[Visit] = []
    for one in visits:
        if result and result[-1].region == one.region:
            result[-1] = replace(result[-1], stop_s=one.stop_s)
        else:
            result.append(one)
    return result


def _without_short_layers(visits: list[Visit], least_s: float) -> list[Visit]:
    """Take short layers between two stays of one region for that region."""
    result = list(visits)
    for k in range(1, len(visits) - 1):
        one, before, after = visits[k], visits[k - 1], visits[k + 1]
        if (
            one.region == LAYER
            and before.region == after.region
            and one.stop_s - one.start_s < least_s - 1e-6
        ):
            result[k] = replace(one, region=before.region)
    return _merged(result)


def changes(visits: Sequence[Visit], series: Level, options: DetectionOptions) -> tuple[Change, ...]:
    """Find changes between magnetosphere and sheath.

    Parameters
    ----------
    visits : sequence of Visit
        Of :func:`stays`.
    series : Level
    options : DetectionOptions

    Returns
    -------
    tuple of Change
        None at the start of the data, whatever region that is, and none in gaps longer than `bridge_s`.
    """
    found: list[Change] = []
    before: Visit | None = None
    last: Visit | None = None
    for one in visits:
        if last is not None and one.cut_start and one.start_s - last.stop_s > options.bridge_s:
            before = None
        last = one
        if one.region == LAYER:
            continue
        if before is not None and before.region != one.region:
            time = _passage(series, before.stop_s, one.start_s)
            found.append(Change(time, before, one, series.cadence_s))
        before = one
    return tuple(found)


def _passage(series: Level, start_s: float, stop_s: float) -> float:
    """Middle of the times at which the level passes 0; of the interval where it has no samples."""
    low = max(int(np.searchsorted(series.t_s, start_s)) - 1, 0)
    high = int(np.searchsorted(series.t_s, stop_s)) + 1
    t, level = series.t_s[low:high], series.level[low:high]
    at = np.flatnonzero(np.signbit(level[:-1]) != np.signbit(level[1:]))
    if not len(at):
        return (start_s + stop_s) / 2
    times = t[at] + (t[at + 1] - t[at]) * level[at] / (level[at] - level[at + 1])
    return float((times[0] + times[-1]) / 2)
