"""UTC axes, with the spacecraft's position under the ticks where it is known."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import Formatter, Locator
from numpy.typing import NDArray

from magnetoflow.figures.style import FONT_PT

FORMATS = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S.%f"]
ZERO_FORMATS = ["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M"]
EARTH_RADIUS_KM = 6371.2


def day_number(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Convert UTC times to the numbers of matplotlib's date axes, in days."""
    return np.asarray(mdates.date2num(times), dtype=np.float64)  # type: ignore[no-untyped-call]


class TimeTicks(Formatter):
    """Tick text: the time, and under it X, Y, Z where the position is known.

    Parameters
    ----------
    locator : Locator
        Of the axis.
    days : (row,) ndarray [day]
        Times of the positions as :func:`day_number` gives them, increasing.
    position_re : (row, 3) ndarray [RE]
        NaN where unknown. No row: times only.
    """

    def __init__(self, locator: Locator, days: NDArray[np.float64], position_re: NDArray[np.float64]) -> None:
        self.times = mdates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, tz="UTC", formats=FORMATS, zero_formats=ZERO_FORMATS, show_offset=False
        )
        self.days, self.position_re = days, position_re

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Text of one tick."""
        return str(self.times(x, pos)) + self._position(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Text of all ticks: dates depend on the neighbours."""
        texts = self.times.format_ticks(values)  # type: ignore[no-untyped-call]
        return [text + self._position(value) for text, value in zip(texts, values, strict=True)]

    def _position(self, day: float) -> str:
        """Lines with the position of the minute that holds the tick; dashes where it is unknown."""
        if len(self.days) == 0:
            return ""
        row = int(np.searchsorted(self.days, day + 1e-7)) - 1
        if row < 0 or day - self.days[row] > 1.5 / 1440 or not np.isfinite(self.position_re[row]).all():
            return "\n–" * 3
        return "".join(f"\n{value:.1f}".replace("-", "\N{MINUS SIGN}") for value in self.position_re[row])


def utc_axis(
    axes: Axes,
    first: np.datetime64,
    last: np.datetime64,
    width_mm: float,
    *,
    label: bool = True,
    least: int | None = None,
    position: tuple[NDArray[np.datetime64], NDArray[np.float64]] | None = None,
) -> None:
    """Set limits, ticks and label of a UTC axis.

    Parameters
    ----------
    first, last : datetime64 [UTC]
        Limits; the label names their date or dates.
    width_mm : float [mm]
        Width of the figure, for the number of ticks.
    label : bool
        Write the label; False where the axis below carries it.
    least : int, optional
        Fewest ticks; half of the most that fit by default.
    position : ((row,) ndarray of datetime64, (row, 3) ndarray [km, GSE]), optional
        Written under the ticks where any of it is known.
    """
    left, right = day_number(np.array([first, last]))
    axes.set_xlim(left, right)
    most = max(4, int(width_mm / 17))
    fewest = most // 2 if least is None else least
    locator = mdates.AutoDateLocator(tz="UTC", minticks=fewest, maxticks=most)  # type: ignore[no-untyped-call]
    days, position_re = np.empty(0), np.empty((0, 3))
    if position is not None and np.isfinite(position[1]).all(axis=1).any():
        days, position_re = day_number(position[0]), position[1] / EARTH_RADIUS_KM
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(TimeTicks(locator, days, position_re))
    if not label:
        return
    dates = [str(time.astype("datetime64[D]")) for time in (first, last - np.timedelta64(1, "ns"))]
    text = "UTC, " + (dates[0] if dates[0] == dates[1] else f"{dates[0]} to {dates[1]}")
    if len(days):
        text += "; X, Y, Z: GSE [R$_E$]"
        axes.annotate(
            "UTC\nX\nY\nZ",
            (0, 0),
            (-16, -4.5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="top",
            size=FONT_PT,
        )
    axes.set_xlabel(text)
