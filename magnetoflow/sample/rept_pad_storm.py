"""What the planted storm does: phases, dropout and recovery of the level, chances of the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from magnetoflow.sample.rept_pad_plan import FIRST, STORM

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

PHASES = ("quiet", "main", "recovery")
DROPOUT_LN = -1.0
"""A record is of a dropout where ln of the level is lower by this or more."""
SLOT_L = 2.8
"""No trapped electrons that this instrument sees inside."""
PROTON_L = 2.5
"""Protons of the inner belt are counted as electrons inside."""


def phase(time: Times) -> NDArray[np.int8]:
    """Find the numbers in :data:`PHASES`, (t,) ndarray."""
    onset, minimum, end = _edges()
    out = np.zeros(len(time), dtype=np.int8)
    out[(time >= onset) & (time < minimum)] = 1
    out[(time >= minimum) & (time < end)] = 2
    return out


def activity(time: Times) -> Floats:
    """Strength of the storm: 0 before, 1 at the minimum, falling by e in 1.5 days; (t,) ndarray."""
    onset, minimum, _ = _edges()
    rise = (time - onset) / (minimum - onset)
    fall = np.exp(-np.maximum((time - minimum) / np.timedelta64(36, "h"), 0.0))
    return np.asarray(np.clip(rise, 0.0, 1.0) * fall)


def dropout_ln(time: Times, l_shell: Floats) -> Floats:
    """Loss in ln of the level: within three hours of the onset, at high L, undone within half a day."""
    onset, minimum, _ = _edges()
    rise = np.clip((time - onset) / np.timedelta64(3, "h"), 0.0, 1.0)
    fall = np.exp(-np.maximum((time - minimum) / np.timedelta64(12, "h"), 0.0))
    return np.asarray(-3.0 * rise * fall * _step((l_shell - 4.8) / 0.35))


def amplitude_ln(time: Times, l_shell: Floats) -> Floats:
    """Change in ln of the level without its scatter: slow change, dropout, growth over days; (t,) ndarray."""
    _, minimum, _ = _edges()
    days = (time - np.datetime64(FIRST, "ns")) / np.timedelta64(1, "D")
    growth = 1.0 - np.exp(-np.maximum((time - minimum) / np.timedelta64(30, "h"), 0.0))
    slow = 0.35 * np.sin(2.0 * np.pi * days / 4.3 + 1.0 + 0.5 * l_shell) - 0.3
    where = np.exp(-(((l_shell - 4.6) / 0.8) ** 2))
    return np.asarray(slow + dropout_ln(time, l_shell) + 1.2 * growth * where)


def outer_edge_l(time: Times) -> Floats:
    """L beyond which no trapped electrons are left, (t,) ndarray."""
    return np.asarray(6.2 - 0.4 * activity(time))


def chances(time: Times, l_shell: Floats, mlt: Floats) -> Floats:
    """Chances of the classes by place and phase.

    Steep pancakes inside L 4.4, mild ones on the dayside, flattops around L 4.75, butterflies at night beyond
    L 5.6, in the main phase beyond 5; each class has some chance everywhere.

    Returns
    -------
    (t, 6) ndarray
        Sums to 1.
    """
    night = _step((mlt - 18.0) / 0.7)
    edge = np.choose(phase(time), [5.5, 4.8, 5.2])
    weights = np.column_stack(
        [
            0.08 + 0.6 * _step((4.4 - l_shell) / 0.2),
            0.08 + 0.5 * (1.0 - night),
            0.08 + 0.7 * night * _step((l_shell - edge) / 0.15),
            0.08 + 0.4 * night * _step((l_shell - edge + 0.6) / 0.2) + 0.15 * _step((3.5 - l_shell) / 0.1),
            0.08 + 0.5 * np.exp(-(((l_shell - 4.75) / 0.35) ** 2)),
            0.08 + 0.3 * (1.0 - night) * _step((l_shell - 4.6) / 0.2),
        ]
    )
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _step(value: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(value)))


def _edges() -> list[np.datetime64]:
    """Onset, minimum and end of the storm."""
    return [np.datetime64(one.replace(tzinfo=None), "ns") for one in (STORM.onset, STORM.minimum, STORM.end)]
