"""Small cubes of binned counts with known patches, for the tests of the pulsation analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from magnetoflow.aurora.frames import Planes

SIZE, BLOCK = 64, 4
GAIN = 1.75  # variance per count above dark, as measured on gill (see magnetoflow.sample.aurora_scenes)
SKY = np.hypot(*(np.indices((SIZE, SIZE)) - np.array([32, 31])[:, None, None])) < 26
START = np.datetime64("2014-03-10T06:00", "ns")


@dataclass(frozen=True)
class Truth:
    """A round patch: centre at 90 s [px], radius [px], peak [count], period [s], drift [px/frame]."""

    row: float = 128.0
    column: float = 128.0
    radius: float = 14.0
    peak: float = 1500.0
    period: float = 12.0
    phase: float = 0.0
    drift: tuple[float, float] = (0.0, 0.0)
    exposure: float = 1.0

    def light(self, seconds: np.ndarray) -> np.ndarray:
        """Raised cosine, mean of the exposure that begins at `seconds`."""
        rate = 2 * np.pi / self.period
        begin, end = rate * seconds + self.phase, rate * (seconds + self.exposure) + self.phase
        return 0.5 - 0.5 * (np.sin(end) - np.sin(begin)) / (end - begin)


def cube(
    patches: Sequence[Truth], frames: int = 60, rng: np.random.Generator | None = None, sky: float = 2700.0
) -> np.ndarray:
    """Binned counts (frame, 64, 64); 2 x 2 points per block; shot noise of 16 pixels with a generator."""
    seconds = np.arange(frames) * 3.0
    fine = (np.arange(2 * SIZE) + 0.5) * BLOCK / 2 - 0.5
    light = np.full((frames, 2 * SIZE, 2 * SIZE), sky)
    for patch in patches:
        steps = seconds / 3 - 30
        away_row = (fine[None] - patch.row - steps[:, None] * patch.drift[0]) / patch.radius
        away_column = (fine[None] - patch.column - steps[:, None] * patch.drift[1]) / patch.radius
        away = away_row[:, :, None] ** 2 + away_column[:, None, :] ** 2
        light += patch.peak * patch.light(seconds)[:, None, None] * np.exp(-(away**2))
    mean = light.reshape(frames, SIZE, 2, SIZE, 2).mean(axis=(2, 4))
    if rng is not None:
        mean += rng.normal(0, 1, mean.shape) * np.sqrt(GAIN * mean) / BLOCK
    counts = 3300 + mean
    counts[:, ~SKY] = 0
    return counts.astype(np.float32)


def planes(counts: np.ndarray, start: np.datetime64 = START, keep: np.ndarray | None = None) -> Planes:
    """Planes of counts at the cadence; only the frames `keep`."""
    time = start + np.arange(len(counts)) * np.timedelta64(3, "s")
    chosen = np.arange(len(counts)) if keep is None else keep
    return Planes(time[chosen], np.zeros(len(chosen), np.uint16), counts[chosen, None])
