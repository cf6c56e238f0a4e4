"""Patches of synthetic aurora: random shapes that drift, and pulse or stand still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.aurora_camera import LENS_RADIUS_PX, Camera, Grid
from magnetoflow.sample.aurora_kernels import add_stamps, smooth_noise

Floats = NDArray[np.float64]

EXPOSURE_S = 1.0
ON_LEVEL = 0.5
"""A patch is on in a frame whose exposure saw at least this share of its peak."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches of one scene; every array has one value per patch.

    Attributes
    ----------
    row, column : (patch,) ndarray of float64 [pixel]
        Offset of the centre from the zenith at the scene's begin.
    row_px_s, column_px_s : (patch,) ndarray of float64 [pixel/s]
        Velocity; 1 pixel per frame is 1/3 pixel/s. A patch that left the sky comes in at the other side.
    radius_px : (patch,) ndarray of float64 [pixel]
    peak : (patch,) ndarray of float64 [count]
    period_s : (patch,) ndarray of float64 [s]
        Mean period; infinite for patches that do not pulse.
    phase : (patch,) ndarray of float64
        In periods, at the scene's begin.
    duty : (patch,) ndarray of float64
        Share of the period that the raised cosine takes; the rest is dark.
    jitter : float
        Largest shift of the phase, in periods, that wanders over three periods.
    seed : int
        Of shapes and jitter.
    """

    row: Floats
    column: Floats
    row_px_s: Floats
    column_px_s: Floats
    radius_px: Floats
    peak: Floats
    period_s: Floats
    phase: Floats
    duty: Floats
    jitter: float
    seed: int

    def __len__(self) -> int:
        """Count patches."""
        return len(self.row)

    def places(self, camera: Camera, seconds: Floats) -> tuple[Floats, Floats]:
        """Row and column of the centres at mid-exposure, (frame, patch) ndarrays [pixel]."""
        middle = np.atleast_1d(seconds)[:, None] + 0.5 * EXPOSURE_S
        half = LENS_RADIUS_PX + 1.9 * self.radius_px.max(initial=1.0) + 2.0
        row = (self.row + self.row_px_s * middle + half) % (2 * half) - half
        column = (self.column + self.column_px_s * middle + half) % (2 * half) - half
        return camera.row + row, camera.column + column

    def brightness(self, seconds: Floats) -> Floats:
        """Share of the peak that each exposure saw, (frame, patch) ndarray; 1 without pulses."""
        begin = np.atleast_1d(seconds)[:, None]
        steady = np.isinf(self.period_s)
        first, last = (self._phase(begin + add) for add in (0.0, EXPOSURE_S))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (pulse_integral(last, self.duty) - pulse_integral(first, self.duty)) / (last - first)
        return np.where(steady, 1.0, mean)

    def _phase(self, seconds: Floats) -> Floats:
        """Phase in periods."""
        phase = np.asarray(seconds / self.period_s + self.phase)
        if self.jitter:
            for patch in range(len(self)):
                scale = 3.0 * self.period_s[patch]
                wander = [smooth_noise(self.seed, one / scale, 7.0 * patch + 0.5) for one in seconds[:, 0]]
                phase[:, patch] += self.jitter * np.array(wander)
        return phase

    def painter(self, camera: Camera, _grid: Grid) -> Callable[[NDArray[np.float32], float], None]:
        """Return what adds the patches to the light of one exposure."""
        stamps, begin, size = stamps_of(self)

        def paint(light: NDArray[np.float32], second: float) -> None:
            at = np.array([second])
            row, column = self.places(camera, at)
            peak = self.peak * self.brightness(at)[0]
            add_stamps(light, stamps, begin, size, row[0], column[0], peak)

        return paint

    def labels(self, camera: Camera, seconds: Floats) -> NDArray[np.uint8]:
        """Return the number of the patch that each pixel belongs to, 0 for none.

        Returns
        -------
        (frame, 256, 256) ndarray of uint8
            A pixel belongs to the patch with the largest peak there, if that is more than half of the patch's
            own peak; patch 0 has number 1.
        """
        stamps, begin, size = stamps_of(self)
        rows, columns = self.places(camera, seconds)
        found = np.zeros((len(rows), 256, 256), dtype=np.uint8)
        for frame, (row, column) in enumerate(zip(rows, columns, strict=True)):
            best = np.zeros(65536, dtype=np.float32)
            for patch in range(len(self)):
                one, light = slice(patch, patch + 1), np.zeros(65536, dtype=np.float32)
                peak = self.peak[one]
                add_stamps(light, stamps, begin[one], size[one], row[one], column[one], peak)
                wins = (light > 0.5 * peak) & (light > best)
                found[frame].reshape(-1)[wins] = patch + 1
                best[wins] = light[wins]
        return found


def pulse_integral(phase: Floats, duty: Floats) -> Floats:
    """Integral from 0 of a pulse train: a raised cosine over `duty` of each period, then nothing."""
    whole = np.floor(phase)
    part = np.minimum(phase - whole, duty)
    inside = 0.5 * (part - duty / (2 * np.pi) * np.sin(2 * np.pi * part / duty))
    return np.asarray(whole * duty / 2 + inside)


def stamps_of(patches: Patches) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Draw the shapes: flat squares one after the other, where each begins, and its size [pixel]."""
    rng = np.random.default_rng(patches.seed)
    squares = [_shape(float(radius), rng) for radius in patches.radius_px]
    size = np.array([len(one) for one in squares], dtype=np.int64)
    begin = np.concatenate([[0], np.cumsum(size**2)[:-1]]).astype(np.int64)
    return np.concatenate([one.ravel() for one in squares]).astype(np.float32), begin, size


def _shape(radius: float, rng: np.random.Generator) -> Floats:
    """One patch: a rim that varies with angle, stretched, with a soft edge; the largest value is 1."""
    half = int(np.ceil(1.9 * radius)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.uniform(0, 0.45))
    across, along = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    angle = np.arctan2(along * stretch, across / stretch)
    rim = np.ones_like(angle)
    for order in range(2, 8):
        rim += rng.normal(0, 0.22) / (order - 0.5) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    away = np.hypot(across / stretch, along * stretch) / (radius * np.clip(rim, 0.5, 1.5))
    soft = rng.uniform(0.15, 0.45)
    value = 1.0 / (1.0 + np.exp((away - 1.0) / (0.25 * soft)))
    ripple = np.cos(rng.uniform(1, 3) * x / radius + rng.uniform(0, 6)) * np.cos(
        rng.uniform(1, 3) * y / radius
    )
    value *= 1.0 + rng.uniform(0, 0.25) * ripple
    value[value < 0.01] = 0.0
    value[[0, -1]], value[:, [0, -1]] = 0.0, 0.0
    return np.asarray(value / value.max())


def random_patches(
    rng: np.random.Generator, pulsating: bool, count: tuple[int, int] = (10, 30), part: bool = False
) -> Patches:
    """Draw patches over the sky, or over a part of it."""
    size = int(rng.integers(count[0], count[1] + 1))
    spread = rng.uniform(25, 45) if part else 200.0
    middle = rng.uniform(-55, 55, 2) if part else np.zeros(2)
    places: list[NDArray[np.float64]] = []
    while len(places) < size:
        one = middle + rng.normal(0, spread, 2)
        if np.hypot(*one) < 105:
            places.append(one)
    row, column = np.array(places).T
    typical = np.exp(rng.uniform(np.log(6), np.log(18)))
    speed, course = rng.uniform(0, 1.0 / 3.0), rng.uniform(0, 2 * np.pi)
    scatter = rng.normal(1.0, 0.1, size).clip(0, 1)
    period = rng.uniform(8, 30, size)
    if rng.random() < 0.5:
        period = np.clip(rng.uniform(9, 26) * np.exp(rng.normal(0, 0.12, size)), 8, 30)
    return Patches(
        row=row, column=column,
        row_px_s=speed * scatter * np.sin(course), column_px_s=speed * scatter * np.cos(course),
        radius_px=np.clip(typical * np.exp(rng.normal(0, 0.35, size)), 4, 28),
        peak=np.exp(rng.uniform(np.log(350), np.log(3500))) * np.exp(rng.normal(0, 0.3, size)),
        period_s=period if pulsating else np.full(size, np.inf),
        phase=rng.random(size), duty=np.clip(rng.uniform(0.45, 1.15, size), 0.45, 1.0),
        jitter=float(rng.choice([0.0, rng.uniform(0.02, 0.12)])) if pulsating else 0.0,
        seed=int(rng.integers(2**31)),
    )  # fmt: skip
