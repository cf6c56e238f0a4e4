"""Synthetic scenes of an all-sky camera: drawn, rendered to counts, and their exact truth.

A scene is a camera and lights in the order from far to near. `render` gives its frames, `truth_of` what they
show. Time is in seconds since the scene's begin; a frame at ``t`` is exposed from ``t`` to ``t + 1``. Pulses
and lamps are integrated over the exposure, arcs and clouds stand as at its middle. A frame depends on the
scene and on its own time only: not on the frames rendered with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.sample.aurora_camera import Camera, Grid, elevation_of_km, grid_of, random_camera
from magnetoflow.sample.aurora_draw import VARIANTS
from magnetoflow.sample.aurora_kernels import count
from magnetoflow.sample.aurora_patches import ON_LEVEL, Patches
from magnetoflow.sample.aurora_sky import Arc, Paint

Floats = NDArray[np.float64]

GAIN, READ_NOISE = 1.75, 18.0
"""Variance per count of light, and noise without light [count]: as measured on real frames of gill."""


class Light(Protocol):
    """One light of a scene."""

    def painter(self, camera: Camera, grid: Grid, /) -> Paint:
        """Return a function of the light of all pixels and the time that adds this one."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What a camera sees for some minutes.

    Attributes
    ----------
    label : int
        Index in :data:`magnetoflow.aurora.classes.CLASSES`.
    variant : str
        Key of :data:`magnetoflow.sample.aurora_draw.VARIANTS`.
    camera : Camera
    lights : tuple of Light
        From far to near: clouds dim what stands before them in the tuple.
    seed : int
        Of the noise.
    """

    label: int
    variant: str
    camera: Camera
    lights: tuple[Light, ...]
    seed: int

    @property
    def patches(self) -> Patches | None:
        """The patches, or None."""
        return next((one for one in self.lights if isinstance(one, Patches)), None)

    @property
    def arc(self) -> Arc | None:
        """The first arc, or None."""
        return next((one for one in self.lights if isinstance(one, Arc)), None)


@dataclass(frozen=True, eq=False)
class SceneTruth:
    """Truth of frames of a scene.

    Attributes
    ----------
    label : (frame,) ndarray of int8
        Index in :data:`magnetoflow.aurora.classes.CLASSES`.
    arc_elevation_deg : (frame,) ndarray of float64 [deg]
        Elevation of the first arc's centre on the image's upward axis at mid-exposure, from 0 at the top
        (north) over 90 at the zenith to 180; NaN without an arc.
    period_s, peak : (patch,) ndarray of float64 [s], [count]
        Infinite period for patches that do not pulse. No patches: length 0.
    velocity_px_s : (patch, 2) ndarray of float64 [pixel/s]
        Of row and column.
    row, column : (frame, patch) ndarray of float64 [pixel]
        Centres at mid-exposure.
    brightness : (frame, patch) ndarray of float64
        Share of the peak that the exposure saw.
    on : (frame, patch) ndarray of bool
        Whether that is at least `ON_LEVEL`.
    """

    label: NDArray[np.int8]
    arc_elevation_deg: Floats
    period_s: Floats
    peak: Floats
    velocity_px_s: Floats
    row: Floats
    column: Floats
    brightness: Floats
    on: NDArray[np.bool_]


@lru_cache(maxsize=1)
def _normal() -> NDArray[np.float32]:
    """Quantiles of the normal distribution at 65536 equal steps."""
    inverse = NormalDist().inv_cdf
    half = np.array([inverse((k + 0.5) / 65536) for k in range(32768)])
    return np.concatenate([half, -half[::-1]]).astype(np.float32)


def render(scene: Scene, seconds: ArrayLike) -> NDArray[np.uint16]:
    """Render frames of a scene.

    Parameters
    ----------
    scene : Scene
    seconds : (frame,) array_like of float [s]
        Begins of the exposures since the scene's begin, in any order.

    Returns
    -------
    (frame, 256, 256) ndarray of uint16 [count]
        Row 0 is north.
    """
    return blend([(scene, 0.0)], seconds)


def blend(
    scenes: Sequence[tuple[Scene, float]], seconds: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[np.uint16]:
    """Render frames in which scenes of one camera go over into each other.

    Parameters
    ----------
    scenes : sequence of (Scene, float)
        Scenes, and when each begins [s]; camera and noise are those of the first one.
    seconds : (frame,) array_like of float [s]
        Begins of the exposures.
    weights : (frame, scene) array_like of float, optional
        Share of each scene in the light of each frame; all ones without.

    Returns
    -------
    (frame, 256, 256) ndarray of uint16 [count]
    """
    times = np.atleast_1d(np.asarray(seconds, dtype=float))
    share = np.ones((len(times), len(scenes))) if weights is None else np.asarray(weights, dtype=float)
    first = scenes[0][0]
    grid = grid_of(first.camera)
    painters = [([one.painter(first.camera, grid) for one in scene.lights], begin) for scene, begin in scenes]
    images = np.empty((len(times), 65536), dtype=np.uint16)
    light, part = np.empty(65536, dtype=np.float32), np.empty(65536, dtype=np.float32)
    for frame, second in enumerate(times):
        light[:] = 0.0
        for (paints, begin), weight in zip(painters, share[frame], strict=True):
            if weight == 0.0:
                continue
            part[:] = 0.0
            for paint in paints:
                paint(part, second - begin)
            light += np.float32(weight) * part
        noise = (first.seed << 32) + int(np.floor(second * 1000.0)) % (1 << 31)
        count(
            light,
            grid.response,
            grid.fixed,
            first.camera.dark,
            noise,
            GAIN,
            READ_NOISE,
            _normal(),
            images[frame],
        )
    return images.reshape(-1, 256, 256)


def truth_of(scene: Scene, seconds: ArrayLike) -> SceneTruth:
    """Return the truth of frames of a scene; `seconds` as in `render`."""
    times = np.atleast_1d(np.asarray(seconds, dtype=float))
    label = np.full(len(times), scene.label, dtype=np.int8)
    arc, patches = scene.arc, scene.patches
    elevation = np.full(len(times), np.nan)
    if arc is not None:
        centre = [arc.table(second + 0.5, np.zeros(1))[0, 0] for second in times]
        elevation = elevation_of_km(np.array(centre))
    if patches is None:
        none, frames = np.empty(0), np.empty((len(times), 0))
        return SceneTruth(
            label, elevation, none, none, np.empty((0, 2)), frames, frames, frames, frames.astype(bool)
        )
    row, column = patches.places(scene.camera, times)
    brightness = patches.brightness(times)
    velocity = np.column_stack([patches.row_px_s, patches.column_px_s])
    return SceneTruth(
        label,
        elevation,
        patches.period_s,
        patches.peak,
        velocity,
        row,
        column,
        brightness,
        brightness >= ON_LEVEL,
    )


def patch_labels(scene: Scene, seconds: ArrayLike) -> NDArray[np.uint8]:
    """Return the number of the patch (from 1) at each pixel, (frame, 256, 256); 0 for none."""
    times = np.atleast_1d(np.asarray(seconds, dtype=float))
    if scene.patches is None:
        return np.zeros((len(times), 256, 256), dtype=np.uint8)
    return scene.patches.labels(scene.camera, times)


def random_scene(
    rng: np.random.Generator, kind: str, variant: str | None = None, camera: Camera | None = None
) -> Scene:
    """Draw a scene.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides everything: the same state gives the same scene.
    kind : str
        Name of a class.
    variant : str, optional
        Key of ``VARIANTS[kind]``; drawn from their weights if not given.
    camera : Camera, optional
        Drawn if not given.

    Returns
    -------
    Scene

    Raises
    ------
    KeyError
        Unknown class or variant.
    """
    choices = VARIANTS[kind]
    if variant is None:
        names, weight = list(choices), np.array([one[0] for one in choices.values()])
        variant = names[int(rng.choice(len(names), p=weight / weight.sum()))]
    drawn = random_camera(rng)
    lights = choices[variant][1](rng)
    return Scene(CLASSES.index(kind), variant, camera or drawn, lights, int(rng.integers(2**30)))
