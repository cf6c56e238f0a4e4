"""The frames of one sample camera-day, and what they truly show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import BAD_VIEWING, Flag
from magnetoflow.aurora.frames import CADENCE_S, GAP_S
from magnetoflow.sample import aurora_draw
from magnetoflow.sample.aurora_plan import CLOCK_STEP_S, FILE_FAULTS, CameraDay, Fault, Night
from magnetoflow.sample.aurora_scenes import GAIN, READ_NOISE, Light, Scene, blend, random_scene, truth_of
from magnetoflow.sample.aurora_sky import Sky, Stars
from magnetoflow.sample.aurora_skymap import camera_of

Floats = NDArray[np.float64]

TRANSITION_S = 12.0
"""In this time, half of it on each side of a scene's end, one scene goes over into the next."""
FRAMES_PER_MINUTE = 20
MISSING_ROW, REPEATED_ROW, CLOCK_ROW = 7, 5, 9
"""Frames of their minute, from 0, at which these faults sit."""


@dataclass(frozen=True)
class FrameTruth:
    """Truth of the scheduled frames of a camera-day, fields (frame,).

    Attributes
    ----------
    time : ndarray of datetime64[us]
        Begin of the exposure as the header states it, UTC.
    second : ndarray of float64 [s]
        True begin, since the night's begin.
    minute : ndarray of int64
        Minute file, counted from the camera-day's begin.
    scene : ndarray of int64
        Number of the night's scene.
    label : ndarray of int8
        Class; black and saturated frames are bad_viewing.
    transition : ndarray of bool
        Light of two scenes.
    arc_elevation_deg : ndarray of float64 [deg]
        As in :class:`magnetoflow.sample.aurora_scenes.SceneTruth`.
    patches_on : ndarray of int64
        Pulsating patches that are on; -1 where the scene has none.
    fault : ndarray of str
        Planted fault of the frame, or nothing.
    expected : ndarray of bool
        Whether a correct reader returns the frame.
    flags : ndarray of uint16
        Bits BLACK, SATURATED, CLOCK_BACK and GAP_BEFORE that a correct reader sets.
    """

    time: NDArray[np.datetime64]
    second: Floats
    minute: NDArray[np.int64]
    scene: NDArray[np.int64]
    label: NDArray[np.int8]
    transition: NDArray[np.bool_]
    arc_elevation_deg: Floats
    patches_on: NDArray[np.int64]
    fault: NDArray[np.str_]
    expected: NDArray[np.bool_]
    flags: NDArray[np.uint16]

    def __len__(self) -> int:
        """Count scheduled frames."""
        return len(self.time)


def night_seed(night: Night) -> list[int]:
    """Seed of a night: camera and begin."""
    return [*(ord(one) for one in night.site), int(f"{night.start:%Y%m%d}")]


@lru_cache(maxsize=2)
def night_scenes(night: Night) -> tuple[Scene, ...]:
    """Draw the scenes of a night: one camera, one starry sky."""
    rng = np.random.default_rng(night_seed(night))
    stars, sky, seed = aurora_draw.stars(rng), aurora_draw.sky(rng), int(rng.integers(2**30))
    scenes, begin = [], 0.0
    for planned in night.scenes:
        scene = random_scene(rng, planned.kind, planned.variant, camera_of(night.site))
        common: dict[type, Light] = {Stars: replace(stars, begin_s=begin)}
        if planned.kind != "bad_viewing":
            common[Sky] = sky
        lights: list[Light] = [common.get(type(one)) or one for one in scene.lights]
        scenes.append(replace(scene, lights=tuple(lights), seed=seed))
        begin += 60.0 * planned.minutes
    return tuple(scenes)


def scene_begins(night: Night) -> Floats:
    """Begin of each scene, and the end of the last one, (scene + 1,) ndarray [s] since the night's begin."""
    return np.concatenate([[0.0], np.cumsum([60.0 * one.minutes for one in night.scenes])])


def scene_weights(night: Night, seconds: Floats) -> Floats:
    """Share of each scene in the light at some times, (time, scene) ndarray; rows sum to 1."""
    begins = scene_begins(night)
    rise = np.clip((seconds[:, None] - begins[1:-1]) / TRANSITION_S + 0.5, 0.0, 1.0)
    first, last = np.ones((len(seconds), 1)), np.zeros((len(seconds), 1))
    return np.asarray(np.hstack([first, rise]) - np.hstack([rise, last]))


def day_truth(day: CameraDay) -> FrameTruth:
    """Compute the truth of a camera-day."""
    night = day.night
    count = round((day.stop - day.start).total_seconds() / CADENCE_S)
    scheduled = (day.start - night.start).total_seconds() + CADENCE_S * np.arange(count)
    jitter = np.random.default_rng([*night_seed(night), day.day.toordinal()]).integers(4000, 62000, count)
    second = scheduled + 1e-6 * jitter
    weights = scene_weights(night, second)
    scene = weights.argmax(axis=1)
    label, arc = np.zeros(count, dtype=np.int8), np.full(count, np.nan)
    patches_on = np.full(count, -1)
    for number, one in enumerate(night_scenes(night)):
        rows = np.flatnonzero(scene == number)
        truth = truth_of(one, second[rows] - scene_begins(night)[number])
        label[rows], arc[rows] = truth.label, truth.arc_elevation_deg
        if one.patches is not None and np.isfinite(truth.period_s).all():
            patches_on[rows] = truth.on.sum(axis=1)
    start = np.datetime64(day.start.replace(tzinfo=None), "us")
    time = start + (3_000_000 * np.arange(count) + jitter).astype("timedelta64[us]")
    minute, transition = np.arange(count) // FRAMES_PER_MINUTE, weights.max(axis=1) < 1.0
    fault, expected = np.full(count, "", dtype="U15"), np.ones(count, dtype=bool)
    flags = np.zeros(count, dtype=np.uint16)
    truth_rows = FrameTruth(
        time, second, minute, scene, label, transition, arc, patches_on, fault, expected, flags
    )
    _plant(day, truth_rows)
    return truth_rows


def _plant(day: CameraDay, truth: FrameTruth) -> None:
    """Enter the planted faults into the truth, in place, and flag the gaps."""
    gap, back, black, saturated = (
        np.uint16(one) for one in (Flag.GAP_BEFORE, Flag.CLOCK_BACK, Flag.BLACK, Flag.SATURATED)
    )
    for one in day.faults:
        covered = [one.covers(_begin(day, int(number))) for number in truth.minute]
        rows = np.flatnonzero(covered)
        rows = rows[_touched(one, rows % FRAMES_PER_MINUTE)]
        truth.fault[rows] = one.kind
        if one.kind in (*FILE_FAULTS, "missing_frame", "missing_minutes"):
            truth.expected[rows] = False
        elif one.kind == "clock_back":
            truth.time[rows] -= np.timedelta64(CLOCK_STEP_S, "s")
            truth.flags[rows[0]] |= back
        elif one.kind in ("black", "saturated"):
            truth.label[rows] = BAD_VIEWING
            truth.flags[rows] |= black if one.kind == "black" else saturated
    order = np.flatnonzero(truth.expected)
    order = order[np.argsort(truth.time[order], kind="stable")]
    steps = np.diff(truth.time[order]) / np.timedelta64(1, "s")
    truth.flags[order[np.concatenate([[True], steps > GAP_S])]] |= gap


def _begin(day: CameraDay, minute: int) -> datetime:
    """Begin of a minute file."""
    return day.start + timedelta(minutes=minute)


def _touched(fault: Fault, row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which frames of its minute a fault concerns."""
    if fault.kind in ("missing_frame", "repeated"):
        return np.asarray(row == (MISSING_ROW if fault.kind == "missing_frame" else REPEATED_ROW))
    return np.asarray(row >= CLOCK_ROW) if fault.kind == "clock_back" else np.ones(len(row), dtype=bool)


def minute_images(day: CameraDay, truth: FrameTruth, minute: int) -> NDArray[np.uint16]:
    """Render the scheduled frames of one minute, black and saturated ones as such, (20, 256, 256) ndarray."""
    rows = np.flatnonzero(truth.minute == minute)
    scenes = list(zip(night_scenes(day.night), scene_begins(day.night), strict=False))
    images = blend(scenes, truth.second[rows], scene_weights(day.night, truth.second[rows]))
    rng = np.random.default_rng([*night_seed(day.night), minute])
    for image, fault in zip(images, truth.fault[rows], strict=True):
        if fault == "black":
            image[:] = np.round(scenes[0][0].camera.dark + READ_NOISE * rng.standard_normal(image.shape))
        elif fault == "saturated":
            image[image > scenes[0][0].camera.dark + 40.0 * GAIN * READ_NOISE] = 65535
    return images
