"""Colours and names of the four classes, and time axes on which gaps stay blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.frames import CADENCE_S
from magnetoflow.figures.style import FONT_PT
from magnetoflow.figures.time_axis import day_number

Floats = NDArray[np.float64]

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/; grey for what cannot be judged.
CLASS_COLOURS: Mapping[str, str] = {
    "bad_viewing": "#999999",
    "no_aurora": "#0072B2",
    "other_aurora": "#009E73",
    "pulsating": "#D55E00",
}
CLASS_NAMES: Mapping[str, str] = {name: name.replace("_", " ") for name in CLASSES}
MOST_BINS = 1600
STACK_ROWS = 60


def class_colours(colours: Mapping[str, str] | None) -> dict[str, str]:
    """Fill a user's choice of colours up with :data:`CLASS_COLOURS`."""
    return {**CLASS_COLOURS, **(colours or {})}


def class_handles(colours: Mapping[str, str], names: Sequence[str] = CLASSES) -> list[Artist]:
    """Legend entries of the classes, in their fixed order."""
    return [Patch(facecolor=colours[name], edgecolor="none", label=CLASS_NAMES[name]) for name in names]


def utc_times(column: pd.Series) -> NDArray[np.datetime64]:
    """Read a time column, text or datetime, as UTC ``datetime64[ns]``."""
    times = pd.to_datetime(column, utc=True, format="ISO8601").dt.tz_localize(None)
    return np.asarray(times, dtype="datetime64[ns]")


def class_index(column: pd.Series) -> NDArray[np.int64]:
    """Turn class names into their index; missing or empty is -1.

    Raises
    ------
    ValueError
        A name is no class.
    """
    names = column.astype(object).where(column.notna(), "")
    foreign = sorted(set(names) - {*CLASSES, ""})
    if foreign:
        raise ValueError(f"labels that are no class: {foreign}; allowed: {list(CLASSES)}")
    return np.asarray(names.map({"": -1} | {name: k for k, name in enumerate(CLASSES)}), dtype=np.int64)


@dataclass(frozen=True)
class TimeBins:
    """Equal bins of time for images; a bin without a frame stays blank.

    Attributes
    ----------
    start : datetime64[ns]
        Half a cadence before the first frame, so that a frame stands in the middle of its bin.
    step : timedelta64[ns]
        One cadence at least.
    count : int
    """

    start: np.datetime64
    step: np.timedelta64
    count: int

    @classmethod
    def of(cls, first: np.datetime64, last: np.datetime64) -> TimeBins:
        """Cover the frames from ``first`` to ``last``."""
        cadence = np.timedelta64(round(CADENCE_S * 1e9), "ns")
        start = first.astype("datetime64[ns]") - cadence // 2
        span = last.astype("datetime64[ns]") + cadence - start
        step = max(cadence, span // MOST_BINS + np.timedelta64(1, "ns"))
        return cls(start, step, int(-(-span // step)))

    @property
    def days(self) -> tuple[float, float]:
        """Begin of the first and end of the last bin as numbers of a date axis."""
        left, right = day_number(np.array([self.start, self.start + self.count * self.step]))
        return float(left), float(right)

    def place(self, time: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Bin of each time."""
        return np.asarray((time.astype("datetime64[ns]") - self.start) // self.step, dtype=np.int64)

    def mean(self, time: NDArray[np.datetime64], values: NDArray[np.floating]) -> Floats:
        """Mean of rows of values per bin, (bin, ...); NaN where there is none."""
        place = self.place(time)
        if len(place) == 0:
            return np.full((self.count, *values.shape[1:]), np.nan)
        order = np.argsort(place, kind="stable")
        bins, first = np.unique(place[order], return_index=True)
        sorted_values = values[order]
        known = np.isfinite(sorted_values)
        total = np.add.reduceat(np.where(known, sorted_values, 0.0), first, axis=0)
        number = np.add.reduceat(known.astype(np.float64), first, axis=0)
        mean = np.full((self.count, *values.shape[1:]), np.nan)
        mean[bins] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        return mean


def draw_stack(axes: Axes, bins: TimeBins, shares: Floats, colours: Mapping[str, str]) -> None:
    """Draw shares of the four classes stacked to 1, as an image; bins that are NaN stay white.

    Parameters
    ----------
    axes : Axes
    bins : TimeBins
    shares : (bin, 4) ndarray
    colours : mapping of class to colour
    """
    palette = np.array([to_rgb(colours[name]) for name in CLASSES])
    total = shares.sum(axis=1)
    known = np.isfinite(total) & (total > 0)
    level = (np.arange(STACK_ROWS) + 0.5) / STACK_ROWS
    image = np.ones((STACK_ROWS, len(shares), 3))
    top = np.cumsum(shares[known], axis=1) / total[known, None]
    code = (top[None] < level[:, None, None]).sum(axis=2)
    image[:, known] = palette[np.minimum(code, len(CLASSES) - 1)]
    left, right = bins.days
    axes.imshow(
        image,
        extent=(left, right, 0, 1),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        rasterized=True,
    )
    axes.set_ylim(0, 1)


def right_axis(axes: Axes, texts: Sequence[str], name: str) -> None:
    """Write a text beside each row of a panel, on an axis at its right."""
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(texts)), list(texts))
    right.set_ylabel(name, size=FONT_PT)
    right.tick_params(labelsize=FONT_PT, length=2.5, width=0.6, pad=2)


def one_hot(label: NDArray[np.integer]) -> Floats:
    """Rows with 1 in the column of the class; NaN for unlabelled."""
    rows = np.full((len(label), len(CLASSES)), np.nan)
    known = label >= 0
    rows[known] = np.eye(len(CLASSES))[label[known]]
    return rows
