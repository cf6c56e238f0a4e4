"""Lights of a synthetic sky other than patches and clouds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample import aurora_kernels as kernels
from magnetoflow.sample.aurora_camera import LENS_RADIUS_PX, Camera, Grid

Floats = NDArray[np.float64]
Paint = Callable[[NDArray[np.float32], float], None]

SIDEREAL_RAD_S = 7.2921159e-5
_BEGIN_KM, _STEP_KM, _STEPS = -1300.0, 5.0, 521
_ALONG: Floats = _BEGIN_KM + _STEP_KM * np.arange(_STEPS, dtype=np.float64)


@lru_cache(maxsize=32)
def texture(seed: int, slope: float) -> NDArray[np.float32]:
    """Return a texture that repeats: mean 0, standard deviation 1, amplitudes as wave number to -slope."""
    rng = np.random.default_rng(seed)
    wave = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)) * 256
    wave[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(256, 256))) / np.maximum(wave, 2.0) ** slope
    image = np.fft.irfft2(spectrum, s=(256, 256))
    return np.ascontiguousarray(image / image.std(), dtype=np.float32)


@dataclass(frozen=True)
class Sky:
    """Background: `level` counts, a slope of `slope` across the sky towards `turn`, a brighter limb."""

    level: float = 2700.0
    slope: float = 0.0
    turn: float = 0.0
    limb: float = 0.0
    seed: int = 0

    def painter(self, camera: Camera, grid: Grid) -> Paint:
        """Return what adds the background to the light of one exposure."""
        row = (grid.index // 256 - camera.row) / LENS_RADIUS_PX
        column = (grid.index % 256 - camera.column) / LENS_RADIUS_PX
        shape = 1.0 + self.slope * (row * np.sin(self.turn) + column * np.cos(self.turn))
        shape = (self.level * (shape + self.limb * (row**2 + column**2))).astype(np.float32)

        def paint(light: NDArray[np.float32], second: float) -> None:
            light[grid.index] += shape * np.float32(
                1.0 + 0.02 * kernels.smooth_noise(self.seed, second / 90.0, 0.5)
            )

        return paint


@dataclass(frozen=True)
class Stars:
    """`number` stars of `faint` counts and more that have turned about the pole since `begin_s` before."""

    number: int = 120
    faint: float = 250.0
    width_px: float = 0.7
    seed: int = 0
    begin_s: float = 0.0

    def painter(self, camera: Camera, _grid: Grid) -> Paint:
        """Return what adds the stars to the light of one exposure."""
        rng = np.random.default_rng(self.seed)
        sine, hour = rng.uniform(-0.6, 1.0, self.number), rng.uniform(0, 2 * np.pi, self.number)
        peak = np.minimum(self.faint * (1.0 - rng.random(self.number)) ** -0.8, 40000.0)
        cosine, latitude = np.sqrt(1.0 - sine**2), np.radians(camera.latitude_deg)
        turn = np.radians(camera.rotation_deg)

        def paint(light: NDArray[np.float32], second: float) -> None:
            angle = hour + SIDEREAL_RAD_S * (second + self.begin_s)
            up = np.sin(latitude) * sine + np.cos(latitude) * cosine * np.cos(angle)
            north = np.cos(latitude) * sine - np.sin(latitude) * cosine * np.cos(angle)
            azimuth = np.arctan2(-cosine * np.sin(angle), north) - turn
            radius = LENS_RADIUS_PX * np.degrees(np.arccos(np.clip(up, -1, 1))) / 90.0
            seen = radius < LENS_RADIUS_PX
            row, column = camera.row - radius * np.cos(azimuth), camera.column - radius * np.sin(azimuth)
            kernels.add_points(light, row[seen], column[seen], peak[seen], self.width_px)

        return paint


@dataclass(frozen=True)
class Moon:
    """Moon at an offset from the zenith [pixel], moving slowly; `halo` and `sky` in counts."""

    row: float
    column: float
    radius_px: float
    halo: float
    sky: float
    speed_px_s: float = 0.005

    def painter(self, camera: Camera, grid: Grid) -> Paint:
        """Return what adds the moon to the light of one exposure."""

        def paint(light: NDArray[np.float32], second: float) -> None:
            column = camera.column + self.column + self.speed_px_s * second
            kernels.add_moon(
                light, grid.index, camera.row + self.row, column, self.radius_px, self.halo, self.sky
            )

        return paint


@dataclass(frozen=True)
class Arc:
    """An arc from east to west: where, how bright, how folded, how rayed.

    Attributes
    ----------
    north_km, drift_km_s, tilt : float
        Distance north of the zenith at 110 km at the begin, its change, and slope over east.
    peak : float [count]
    above_km, below_km : float [km]
        Gaussian widths on the northern and the southern side.
    fold_km, fold_length_km, fold_time_s : float
        Size of random folds, and over which length and time they change; there is no period.
    ray, ray_length_km, ray_time_s, ray_km_s : float
        Contrast of random rays, 0 to 1, their length, life and speed along the arc.
    fade, fade_time_s : float
        Share of the brightness that varies at random in time.
    onset_s, gain, rise_s, decay_s, expand_km_s : float
        Substorm: from `onset_s` the arc brightens by `gain`, widens and moves poleward, then decays.
    seed : int
    """

    north_km: float
    drift_km_s: float
    peak: float
    above_km: float = 15.0
    below_km: float = 10.0
    tilt: float = 0.0
    fold_km: float = 8.0
    fold_length_km: float = 250.0
    fold_time_s: float = 120.0
    ray: float = 0.0
    ray_length_km: float = 25.0
    ray_time_s: float = 5.0
    ray_km_s: float = 0.0
    fade: float = 0.2
    fade_time_s: float = 60.0
    onset_s: float = np.inf
    gain: float = 0.0
    rise_s: float = 60.0
    decay_s: float = 300.0
    expand_km_s: float = 0.0
    seed: int = 0

    def table(self, second: float, east_km: Floats) -> Floats:
        """Centre [km], peak [count] and the two widths [km] at some distances east, (4, place) ndarray."""
        since = second - self.onset_s
        rise = float(np.clip(since / self.rise_s, 0.0, 1.0)) if since > 0 else 0.0
        burst = (
            rise * rise * (3.0 - 2.0 * rise) * np.exp(-max(since - self.rise_s, 0.0) / self.decay_s)
            if rise
            else 0.0
        )
        moved = self.expand_km_s * self.decay_s * (1.0 - np.exp(-since / self.decay_s)) if rise else 0.0
        out = np.empty((4, len(east_km)))
        ray = 0.5 * self.ray * (min(1.0, 0.4 + burst) if self.gain else 1.0)
        kernels.arc_table(
            out, east_km, second, self.seed, self.fold_length_km, self.fold_time_s,
            self.ray_length_km, self.ray_time_s, self.ray_km_s, ray,
        )  # fmt: skip
        fading = 1.0 + self.fade * kernels.smooth_noise(self.seed + 5, second / self.fade_time_s, 0.5)
        out[0] = (
            self.north_km
            + moved
            + self.drift_km_s * second
            + self.tilt * east_km
            + self.fold_km * (1 + 2 * burst) * out[0]
        )
        out[1] *= self.peak * fading * (1.0 + self.gain * burst)
        out[2], out[3] = self.above_km * (1.0 + 3.0 * burst), self.below_km * (1.0 + burst)
        return out

    def painter(self, _camera: Camera, grid: Grid) -> Paint:
        """Return what adds the arc to the light of one exposure, as it stands at mid-exposure."""

        def paint(light: NDArray[np.float32], second: float) -> None:
            table = self.table(second + 0.5, _ALONG)
            kernels.add_arc(light, grid.index, grid.east_km, grid.north_km, _BEGIN_KM, _STEP_KM, table)

        return paint


@dataclass(frozen=True)
class Glow:
    """Diffuse aurora: a broad band with a soft texture that drifts."""

    north_km: float
    width_km: float
    peak: float
    contrast: float
    drift_km_s: tuple[float, float]
    texture_km: float
    seed: int

    def painter(self, _camera: Camera, grid: Grid) -> Paint:
        """Return what adds the glow to the light of one exposure."""
        image, scale = texture(self.seed, 1.7), 16.0 / self.texture_km
        off = (grid.north_km - np.float32(self.north_km)) / np.float32(self.width_km)
        weight = (self.peak * np.exp(-0.5 * off * off)).astype(np.float32)
        soft = np.clip(1.0 + self.contrast * image, 0.0, None).astype(np.float32)

        def paint(light: NDArray[np.float32], second: float) -> None:
            x, y = (-scale * one * second for one in self.drift_km_s)
            fading = np.float32(1.0 + 0.1 * kernels.smooth_noise(self.seed, second / 80.0, 0.5))
            kernels.add_texture(
                light, grid.index, grid.east_km, grid.north_km, soft, scale, x, y, weight * fading
            )

        return paint


@dataclass(frozen=True)
class Lamp:
    """A lamp at an offset from the zenith [pixel] that blinks, or an aircraft if it moves."""

    row: float
    column: float
    peak: float
    width_px: float
    period_s: float
    on_s: float
    row_px_s: float = 0.0
    column_px_s: float = 0.0

    def painter(self, camera: Camera, _grid: Grid) -> Paint:
        """Return what adds the lamp to the light of one exposure: the share of it with the lamp on."""

        def lit(second: float) -> float:
            whole, part = divmod(second, self.period_s)
            return whole * self.on_s + min(part, self.on_s)

        def paint(light: NDArray[np.float32], second: float) -> None:
            share = lit(second + 1.0) - lit(second)
            row = camera.row + self.row + self.row_px_s * second
            column = camera.column + self.column + self.column_px_s * second
            kernels.add_points(
                light, np.array([row]), np.array([column]), np.array([self.peak * share]), self.width_px
            )

        return paint
