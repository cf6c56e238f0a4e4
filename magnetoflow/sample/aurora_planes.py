"""Planes and truth of the sample's camera-days, made in memory: what a run reads from its files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import Flag
from magnetoflow.aurora.frames import Frames, Planes
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.sample.aurora_camera import elevation_deg
from magnetoflow.sample.aurora_night import day_truth, minute_images
from magnetoflow.sample.aurora_plan import CAMERA_DAYS, CameraDay
from magnetoflow.sample.aurora_skymap import camera_of

USELESS = np.uint16(Flag.BLACK | Flag.SATURATED)


def sample_planes(options: Preprocess) -> Iterator[tuple[Planes, NDArray[np.int8], NDArray[np.bool_]]]:
    """Prepare the frames of each camera-day that a reader returns.

    Parameters
    ----------
    options : Preprocess

    Yields
    ------
    Planes
    (frame,) ndarray of int8
        True class, -1 for black and saturated frames.
    (frame,) ndarray of bool
        Light of one scene only.
    """
    for day in CAMERA_DAYS:
        yield _of_day(day, options)


def _of_day(day: CameraDay, options: Preprocess) -> tuple[Planes, NDArray[np.int8], NDArray[np.bool_]]:
    truth = day_truth(day)
    mask = elevation_mask(elevation_deg(camera_of(day.site), *np.indices((256, 256)).astype(float)))
    parts = []
    for minute in np.unique(truth.minute[truth.expected]):
        rows = np.flatnonzero(truth.minute == minute)
        kept = truth.expected[rows]
        counts, rows = minute_images(day, truth, int(minute))[kept], rows[kept]
        time = truth.time[rows].astype("datetime64[ns]")
        parts.append(prepare(Frames(day.site, time, counts, truth.flags[rows]), mask, options).images)
    rows, images = np.flatnonzero(truth.expected), np.concatenate(parts)
    # each time once and in order: a clock that was set back repeats some
    time, first = np.unique(truth.time[rows].astype("datetime64[ns]"), return_index=True)
    rows = rows[first]
    label = np.where(truth.flags[rows] & USELESS, np.int8(-1), truth.label[rows])
    return Planes(time, truth.flags[rows], images[first]), label, ~truth.transition[rows]
