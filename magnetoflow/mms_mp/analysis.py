"""The whole analysis of one event: crossings, axes, timing, thickness and motion, in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from magnetoflow.errors import DataError, InsufficientData
from magnetoflow.mms_mp.axes import Formation, GradientSeries, Lmn, Orientation
from magnetoflow.mms_mp.cadence import averaged
from magnetoflow.mms_mp.crossing_windows import around
from magnetoflow.mms_mp.crossings import find_crossings
from magnetoflow.mms_mp.data import EventData, Floats, require_frame
from magnetoflow.mms_mp.detection import DetectionOptions
from magnetoflow.mms_mp.formation import FormationOptions, formation
from magnetoflow.mms_mp.gradients import GradientOptions, gradients
from magnetoflow.mms_mp.hoffmann_teller import HoffmannTellerOptions, hoffmann_teller
from magnetoflow.mms_mp.layers import LayerOptions, layers
from magnetoflow.mms_mp.motion import MotionOptions, motion
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.notes import doubts, notes_of, sentence
from magnetoflow.mms_mp.orientation import OrientationOptions, first_axes, orient
from magnetoflow.mms_mp.passages import Crossing, Pass, Visit
from magnetoflow.mms_mp.passes import PassOptions, normal_of, passes, position_at, velocity_of, with_speed
from magnetoflow.mms_mp.predictions import predictions
from magnetoflow.mms_mp.residues import residue_normals
from magnetoflow.mms_mp.results import Analysis, HoffmannTeller, Motion
from magnetoflow.mms_mp.shear import shears

SAME_L_DEG = 0.2
"""Crossings along an L this near are not looked for again."""
WORST_TIMING = 0.2
"""A speed by timing whose relative error is larger gives way to that of the deHoffmann-Teller frame …"""
WORST_FRAME = 0.5
"""… if the relative error of that is not larger than this."""

Windows = Mapping[int, tuple[float, float]]
Crossings = Mapping[int, tuple[Crossing, ...]]
Visits = Mapping[int, tuple[Visit, ...]]


@dataclass(frozen=True)
class Options:
    """Options of every step; the defaults are those of the configuration.

    Attributes
    ----------
    window_s : float [s] or None
        Half-window around a crossing; None: six half-widths, at least 3 s, and five beyond the layer.
    cadence_s : float [s] or None
        Plasma and electric field are averaged over so long; None: as measured.
    lmn, detection, timing, motion, hoffmann_teller, layers, formation, gradients
        Options of the modules of these names.
    """

    window_s: float | None = None
    cadence_s: float | None = None
    lmn: OrientationOptions = field(default_factory=OrientationOptions)
    detection: DetectionOptions = field(default_factory=DetectionOptions)
    timing: PassOptions = field(default_factory=PassOptions)
    motion: MotionOptions = field(default_factory=MotionOptions)
    hoffmann_teller: HoffmannTellerOptions = field(default_factory=HoffmannTellerOptions)
    layers: LayerOptions = field(default_factory=LayerOptions)
    formation: FormationOptions = field(default_factory=FormationOptions)
    gradients: GradientOptions = field(default_factory=GradientOptions)


def analyse(event: EventData, options: Options | None = None) -> Analysis:
    """Analyse one event.

    Parameters
    ----------
    event : EventData
    options : Options, optional

    Returns
    -------
    Analysis
        ``status`` says ``no crossing`` where no spacecraft saw one: axes are then those of the whole interval
        or of the model, and there is neither timing nor thickness.

    Raises
    ------
    InsufficientData
        No spacecraft, or no usable field.
    VariableError
        Vectors of different frames.

    Notes
    -----
    The order is: axes of largest variance over the whole event; crossings along their L; axes from windows
    around the crossings, by all methods; crossings along the chosen L; timing, thickness and motion.
    """
    options = options or Options()
    if not event.spacecraft:
        raise InsufficientData("no spacecraft has data", where=f"event {event.id}")
    for one in event.spacecraft.values():
        require_frame(event.frame, one.b, one.position, one.velocity, one.e, *one.plasma.values())
    event = averaged(event, options.cadence_s)
    first = Orientation(first_axes(event), ())
    found, visits = find_crossings(event, first.lmn, options.detection)
    main = _main_of(event, found, first, options)
    quick = replace(options.lmn, resamples=0, nested=(1.0,))
    near = orient(event, _windows(main, visits, options), quick)
    found, visits = find_crossings(event, near.lmn, options.detection)
    main = _main_of(event, found, near, options)
    orientation, series, refused = _oriented(event, main, visits, options)
    if angle_deg(orientation.lmn.matrix[0], near.lmn.matrix[0]) > SAME_L_DEG:
        found, visits = find_crossings(event, orientation.lmn, options.detection)
    passed = passes(event, found, orientation, options.timing)
    frames, more = _frames(event, passed, visits, orientation.lmn, options)
    passed = tuple(_with_best_speed(event, one, orientation.lmn, frames) for one in passed)
    passed = tuple(_with_gradient_speed(event, one, orientation) for one in passed)
    main = main_pass(passed)
    moved, still = _motions(event, main, orientation.lmn, options)
    return Analysis(
        event=event.id,
        start=event.start,
        stop=event.stop,
        time0=event.time0,
        rate=event.rate,
        frame=event.frame,
        probes=tuple(sorted(event.spacecraft)),
        status="ok" if passed else "no crossing",
        notes=(
            *notes_of(event),
            *doubts(orientation.lmn, passed, main, options.lmn.method),
            *refused,
            *more,
            *still,
        ),
        position_km={probe: position_at(event, probe, _time(main, probe)) for probe in event.spacecraft},
        v_sc_km_s={probe: velocity_of(event, probe, _time(main, probe)) for probe in event.spacecraft},
        orientation=orientation,
        crossings=found,
        visits=visits,
        passes=passed,
        main=main.number if main else 0,
        layers=layers(event, visits, moved, options.layers),
        motion=moved,
        hoffmann_teller={probe: frames[key] for key in frames for probe in [key[1]] if _is_main(key, main)},
        formation=_formation(event, main, orientation.lmn.matrix[2], options),
        gradients=series,
        predictions=predictions(event, passed, orientation.lmn, motion=moved),
        shears=shears(event, found),
    )


def main_pass(passed: Sequence[Pass]) -> Pass | None:
    """Choose the passage of most spacecraft, then that which most detectors saw, then the best timed one.

    Nothing of it depends on axes or speeds, which are found around the main passage.
    """

    def rank(one: Pass) -> tuple[int, int, float, int]:
        crossings = one.crossings.values()
        seen = sum(int(np.isfinite(time)) for crossing in crossings for time in crossing.agrees.values())
        worst = max((crossing.error_s for crossing in crossings), default=np.inf)
        return -len(one.crossings), -seen, worst, one.number

    return min(passed, key=rank, default=None)


def _main_of(event: EventData, found: Crossings, orientation: Orientation, options: Options) -> Pass | None:
    return main_pass(passes(event, found, orientation, options.timing))


def _windows(main: Pass | None, visits: Visits, options: Options) -> Windows:
    """Interval around the crossing of each spacecraft; none where none crossed."""
    return {} if main is None else around(main.crossings, visits, options.window_s)


def _oriented(
    event: EventData, main: Pass | None, visits: Visits, options: Options
) -> tuple[Orientation, GradientSeries | None, list[str]]:
    """Axes from the windows around one passage, with normals of all methods, and what was refused."""
    windows = _windows(main, visits, options)
    more: list[Normal] = []
    notes = []
    series: GradientSeries | None = None
    gradient: Normal | None = None
    if main is not None:
        more += [main.timing.normal, *main.estimates]
        start, stop = min(low for low, _ in windows.values()), max(high for _, high in windows.values())
        try:
            series, gradient, curl = gradients(event, start, stop, options.gradients)
            more.append(curl)
        except InsufficientData as error:
            notes.append(f"gradients: {sentence(error)}")
        for probe, window in windows.items():
            try:
                more += residue_normals(event, probe, *window)
            except DataError as error:
                notes.append(f"MMS{probe}, residue methods: {sentence(error)}")
    kind = "auto" if main is None else _formation(event, main, None, options).kind
    return orient(event, windows, options.lmn, more, gradient, kind=kind), series, notes


Frames = dict[tuple[int, int], HoffmannTeller]


def _frames(
    event: EventData, passed: Sequence[Pass], visits: Visits, lmn: Lmn, options: Options
) -> tuple[Frames, list[str]]:
    """DeHoffmann-Teller frames by passage and spacecraft."""
    frames: Frames = {}
    notes = []
    for one in passed:
        for probe, (start, stop) in _windows(one, visits, options).items():
            try:
                frames[one.number, probe] = hoffmann_teller(
                    event, probe, start, stop, lmn, options.hoffmann_teller
                )
            except DataError as error:
                notes.append(f"MMS{probe}, deHoffmann-Teller frame: {sentence(error)}")
    return frames, list(dict.fromkeys(notes))


def _is_main(key: tuple[int, int], main: Pass | None) -> bool:
    return main is not None and key[0] == main.number


def _with_best_speed(event: EventData, one: Pass, lmn: Lmn, frames: Frames) -> Pass:
    """Speed by timing; by the deHoffmann-Teller frame where timing says little or nothing."""
    if abs(one.speed_error_km_s) <= WORST_TIMING * abs(one.speed_km_s):
        return one
    usable = [
        frame
        for (number, _), frame in frames.items()
        if number == one.number and frame.reliable and np.isfinite(frame.speed_error_km_s)
    ]
    best = min(usable, key=lambda frame: frame.speed_error_km_s, default=None)
    if (
        best is None
        or best.speed_error_km_s > WORST_FRAME * abs(best.speed_km_s)
        or best.speed_error_km_s >= one.speed_error_km_s
    ):
        return one
    method = f"deHoffmann-Teller frame, MMS{best.probe}"
    return with_speed(event, one, normal_of(lmn), best.speed_km_s, best.speed_error_km_s, method)


def _with_gradient_speed(event: EventData, one: Pass, orientation: Orientation) -> Pass:
    """Speed by gradients (STD) of a passage without one, where N is that of the same gradients."""
    lmn = orientation.lmn
    found = next((it for it in orientation.normals if it.method == lmn.method), None)
    if lmn.method not in ("mdd", "hybrid") or found is None or np.isfinite(one.speed_km_s):
        return one
    inside = all(found.start <= event.utc(it.time_s) <= found.stop for it in one.crossings.values())
    if not (inside and found.reliable and np.isfinite(found.speed_error_km_s)):
        return one
    speed = found.speed_km_s, found.speed_error_km_s
    return with_speed(event, one, normal_of(lmn), *speed, "gradients (STD)")


def _motions(
    event: EventData, main: Pass | None, lmn: Lmn, options: Options
) -> tuple[dict[int, Motion], list[str]]:
    """Speed along N and path of the boundary at each spacecraft that has plasma or an electric field."""
    found, notes = {}, []
    for probe in sorted(event.spacecraft):
        at = _time(main, probe)
        zero = at if main is not None and probe in main.crossings else np.nan
        try:
            v_sc = velocity_of(event, probe, at)
            found[probe] = motion(event, probe, lmn, zero, options.motion, v_sc)
        except DataError as error:
            notes.append(f"MMS{probe}, motion: {sentence(error)}")
    return found, notes


def _formation(event: EventData, main: Pass | None, n: Floats | None, options: Options) -> Formation:
    """Shape of the array at the middle of the crossings, all spacecraft at one time."""
    at = 0.0 if main is None else float(np.mean([one.time_s for one in main.crossings.values()]))
    places = {probe: position_at(event, probe, at) for probe in sorted(event.spacecraft)}
    v_sc: Floats = np.mean([velocity_of(event, probe, at) for probe in places], axis=0)
    return formation(places, v_sc, n, event.utc(at), options.formation)


def _time(main: Pass | None, probe: int) -> float:
    """Crossing time of a spacecraft, else of the passage, else the middle of the event."""
    if main is None:
        return 0.0
    if probe in main.crossings:
        return main.crossings[probe].time_s
    return float(np.mean([one.time_s for one in main.crossings.values()]))
