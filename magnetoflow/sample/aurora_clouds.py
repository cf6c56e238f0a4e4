"""What spoils the view of a synthetic sky: clouds, snow on the dome, twilight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample import aurora_kernels as kernels
from magnetoflow.sample.aurora_camera import LENS_RADIUS_PX, Camera, Grid
from magnetoflow.sample.aurora_sky import Paint, texture


@dataclass(frozen=True)
class Clouds:
    """Clouds that dim what lies behind them and scatter light of the ground and of the moon.

    Attributes
    ----------
    depth, change, most : float
        Mean optical depth, its change over one standard deviation of the texture, and the largest one.
    glow, slope, turn : float
        Light of a thick cloud [count], and its slope across the sky.
    velocity : tuple of float
        Of the two textures, x and y each, in heights of the cloud per second.
    scale : float
        Pixels of the texture per height of the cloud.
    seed : int
    """

    depth: float
    change: float
    most: float
    glow: float
    slope: float
    turn: float
    velocity: tuple[float, float, float, float]
    scale: float
    seed: int

    def painter(self, camera: Camera, grid: Grid) -> Paint:
        """Return what puts the clouds before the light of one exposure."""
        first, second_one = texture(self.seed, 1.8), texture(self.seed + 1, 1.6)
        row = (grid.index // 256 - camera.row) / LENS_RADIUS_PX
        column = (grid.index % 256 - camera.column) / LENS_RADIUS_PX
        shape = 1.0 + self.slope * (row * np.sin(self.turn) + column * np.cos(self.turn))
        glow = (self.glow * shape).astype(np.float32)
        depth = np.array([self.depth, self.change, self.most])
        pace = np.array(self.velocity) * self.scale * np.array([1.0, 1.0, 1.7, 1.7])

        def paint(light: NDArray[np.float32], second: float) -> None:
            kernels.veil(
                light,
                grid.index,
                grid.cloud_x,
                grid.cloud_y,
                first,
                second_one,
                self.scale,
                pace * second,
                depth,
                glow,
            )

        return paint


@dataclass(frozen=True)
class Dome:
    """Snow, ice or fog on the dome: flat light with a weak fixed pattern, little of what lies behind."""

    level: float
    passed: float
    contrast: float
    seed: int

    def painter(self, _camera: Camera, grid: Grid) -> Paint:
        """Return what puts the dome before the light of one exposure."""
        image = texture(self.seed, 2.0)[grid.index // 256, grid.index % 256]
        shape = (self.level * (1.0 + self.contrast * np.clip(image, -2.5, 2.5))).astype(np.float32)

        def paint(light: NDArray[np.float32], second: float) -> None:
            wave = np.float32(1.0 + 0.03 * kernels.smooth_noise(self.seed, second / 60.0, 0.5))
            light[grid.index] = light[grid.index] * np.float32(self.passed) + shape * wave

        return paint


@dataclass(frozen=True)
class Twilight:
    """Twilight from one side, `level` counts at that horizon, which changes by e in `growth_s`."""

    level: float
    turn: float
    length: float
    growth_s: float

    def painter(self, camera: Camera, grid: Grid) -> Paint:
        """Return what adds the twilight to the light of one exposure."""
        row = (grid.index // 256 - camera.row) / LENS_RADIUS_PX
        column = (grid.index % 256 - camera.column) / LENS_RADIUS_PX
        near = row * np.sin(self.turn) + column * np.cos(self.turn) - 1.0
        shape = (self.level * np.exp(near / self.length)).astype(np.float32)

        def paint(light: NDArray[np.float32], second: float) -> None:
            light[grid.index] += shape * np.float32(np.exp(np.clip(second / self.growth_s, -5.0, 1.5)))

        return paint
