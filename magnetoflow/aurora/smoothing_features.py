"""What a smoother sees of each block: means, spreads, flicker of class probabilities, and time of night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.smoothing_blocks import (
    CERTAINTY,
    CHANGES,
    MEAN,
    SQUARE,
    Blocks,
    window_means,
)
from magnetoflow.sky import magnetic_local_time, sun_elevation

Floats = NDArray[np.float64]

FLOOR = 0.02
"""Added to mean probabilities before the logarithm: windows of a minute hold 20 frames."""
NIGHT_H = 8.0
"""Magnetic local time is cut at this distance from midnight, where the labels of the fit end."""
DARK_DEG, ASTRONOMICAL_DEG = -40.0, -18.0
FULL, SHORT, TIME = 12, 4, 4
"""Features of a centred window, of a one-sided or wide one, and of the time of night."""


@dataclass(frozen=True)
class Windows:
    """Windows of one model.

    Attributes
    ----------
    centred : tuple of int [min]
        Log-odds of mean probabilities, spreads, flicker, winning probability and entropy.
    sided : tuple of int [min]
        Log-odds before and after the block.
    wide : tuple of int [min]
        Log-odds in centred windows as long as a night.
    night : bool
        Magnetic local time and Sun elevation too. Not to be used where few nights are labelled: they would be
        told apart by it.
    """

    centred: tuple[int, ...]
    sided: tuple[int, ...] = ()
    wide: tuple[int, ...] = ()
    night: bool = True

    @property
    def size(self) -> int:
        """Count features."""
        size = FULL * len(self.centred) + SHORT * (2 * len(self.sided) + len(self.wide))
        return size + TIME if self.night else size


def features(blocks: Blocks, windows: Windows, latitude_deg: float, longitude_deg: float) -> Floats:
    """Features of each block.

    Parameters
    ----------
    blocks : Blocks
    windows : Windows
    latitude_deg, longitude_deg : float [deg]
        Geographic position of the site; only Sun and magnetic local time are taken from it.

    Returns
    -------
    (block, feature) ndarray
    """
    parts = []
    for minutes in windows.centred:
        mean = _around(blocks, minutes)
        spread = np.sqrt(np.maximum(mean[:, SQUARE] - mean[:, MEAN] ** 2, 0))
        parts += [_log_odds(mean[:, MEAN]), spread, mean[:, CHANGES], mean[:, CERTAINTY]]
    for minutes in windows.sided:
        reach = _blocks(blocks, minutes)
        parts += [_log_odds(window_means(blocks, reach, 1)[:, MEAN])]
        parts += [_log_odds(window_means(blocks, 0, reach + 1)[:, MEAN])]
    parts += [_log_odds(_around(blocks, minutes)[:, MEAN]) for minutes in windows.wide]
    if windows.night:
        parts.append(_night(blocks, latitude_deg, longitude_deg))
    return np.hstack(parts)


def _blocks(blocks: Blocks, minutes: int) -> int:
    return max(round(minutes * 60 / blocks.length_s), 1)


def _around(blocks: Blocks, minutes: int) -> Floats:
    size = _blocks(blocks, minutes)
    return window_means(blocks, size // 2, size - size // 2)


def _log_odds(mean: Floats) -> Floats:
    """Logarithms of mean probabilities, less their mean over the classes."""
    logs = np.log(mean + FLOOR)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def _night(blocks: Blocks, latitude_deg: float, longitude_deg: float) -> Floats:
    """Magnetic local time and its square, Sun elevation, twilight.

    Pulsating aurora follows midnight in magnetic local time; twilight looks like bad viewing.
    """
    place = (latitude_deg, longitude_deg)
    hour = (magnetic_local_time(blocks.time, *place) + 12) % 24 - 12
    hour = np.clip(hour, -NIGHT_H, NIGHT_H) / 4
    sun = np.clip(sun_elevation(blocks.time, *place), DARK_DEG, 0)
    twilight = np.maximum(sun - ASTRONOMICAL_DEG, 0)
    return np.stack([hour, hour**2, sun / 10, twilight / 5], axis=1)
