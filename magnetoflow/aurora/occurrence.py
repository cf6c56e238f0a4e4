"""How often aurora pulsates: per day, per hour of universal time and of magnetic local time, with errors.

Time observed is frames times cadence: what no frame saw is not counted. Shares are of good viewing: of
labelled frames that are not ``bad_viewing``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.classes import BAD_VIEWING, CLASSES, PULSATING
from magnetoflow.aurora.frames import CADENCE_S

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAILY_COLUMNS = (
    *("site", "date", "frames", "hours_observed", "hours_good"),
    *(f"hours_{name}" for name in CLASSES),
    *("share", "share_error"),
)
HOURLY_COLUMNS = (
    *("clock", "hour", "hours_observed", "hours_good", "hours_pulsating", "nights", "share", "share_error"),
)
FEWEST_BLOCKS = 5


@dataclass(frozen=True)
class OccurrenceOptions:
    """How time is counted, and errors are drawn.

    Attributes
    ----------
    cadence_s : float [s]
        Time that one frame stands for.
    resamples : int
        Of the block bootstrap.
    seed : int
    """

    cadence_s: float = CADENCE_S
    resamples: int = 400
    seed: int = 20


def share_with_error(
    pulsating: ArrayLike, good: ArrayLike, options: OccurrenceOptions | None = None
) -> tuple[float, float]:
    """Estimate the share of good viewing with pulsating aurora from blocks of time.

    Parameters
    ----------
    pulsating, good : (block,) array_like
        Frames, or time, of each block. Frames within a block are not independent; blocks are taken as such.
    options : OccurrenceOptions, optional

    Returns
    -------
    share, error : float
        1 sigma. From resampled blocks (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 8);
        with fewer than 5 blocks, or a share of 0 or 1, from the Jeffreys posterior of a binomial with as many
        trials as there are blocks. NaN without good viewing.
    """
    options = options or OccurrenceOptions()
    part, whole = np.asarray(pulsating, dtype=np.float64), np.asarray(good, dtype=np.float64)
    part, whole = part[whole > 0], whole[whole > 0]
    blocks = len(whole)
    if blocks == 0:
        return float("nan"), float("nan")
    share = float(part.sum() / whole.sum())
    if blocks < FEWEST_BLOCKS or share in (0.0, 1.0):
        a, b = share * blocks + 0.5, (1 - share) * blocks + 0.5
        return share, float(np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1))))
    rng = np.random.default_rng(options.seed)
    drawn = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=options.resamples)
    return share, float(np.std(drawn @ part / np.maximum(drawn @ whole, 1e-12), ddof=1))


def _numbered(*keys: NDArray[np.generic]) -> Integers:
    """Give each combination of keys a number, in their sorted order."""
    number = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        values, place = np.unique(key, return_inverse=True)
        number = number * max(len(values), 1) + place
    return np.asarray(np.unique(number, return_inverse=True)[1], dtype=np.int64)


def nights(time: NDArray[np.datetime64], longitude_deg: ArrayLike = 0.0) -> NDArray[np.datetime64]:
    """Date on which the night of each frame began, noon to noon of mean solar time."""
    shift = (np.asarray(longitude_deg, dtype=np.float64) / 15 - 12) * 3600e9
    moved = time + np.asarray(np.round(shift)).astype("timedelta64[ns]")
    return np.asarray(moved.astype("datetime64[D]"))


def daily_table(
    time: NDArray[np.datetime64],
    site: NDArray[np.str_],
    label: NDArray[np.integer],
    options: OccurrenceOptions | None = None,
) -> pd.DataFrame:
    """Summarise each UTC date of each camera.

    Parameters
    ----------
    time : (frame,) ndarray of datetime64 [UTC]
        In any order.
    site : (frame,) ndarray of str
    label : (frame,) ndarray of int
        Index in :data:`magnetoflow.aurora.classes.CLASSES`, -1 unlabelled.
    options : OccurrenceOptions, optional

    Returns
    -------
    DataFrame
        Columns :data:`DAILY_COLUMNS`, by site and date. ``share_error`` takes clock hours as independent.
    """
    options = options or OccurrenceOptions()
    site, label = np.asarray(site, dtype=np.str_), np.asarray(label)
    dates, hours = time.astype("datetime64[D]"), time.astype("datetime64[h]")
    day = _numbered(site, dates)
    hour = options.cadence_s / 3600
    rows = []
    for number in range(day.max(initial=-1) + 1):
        chosen = np.flatnonzero(day == number)
        own = label[chosen]
        block = np.unique(hours[chosen], return_inverse=True)[1]
        good, pulsating = (own >= 0) & (own != BAD_VIEWING), own == PULSATING
        share, error = share_with_error(np.bincount(block, pulsating), np.bincount(block, good), options)
        counts = np.bincount(own[own >= 0], minlength=len(CLASSES))
        rows.append(
            (
                *(site[chosen[0]], str(dates[chosen[0]]), len(chosen)),
                *(len(chosen) * hour, good.sum() * hour, *(counts * hour), share, error),
            )
        )
    return pd.DataFrame(rows, columns=list(DAILY_COLUMNS))


def hourly_table(
    time: NDArray[np.datetime64],
    site: NDArray[np.str_],
    label: NDArray[np.integer],
    longitude_deg: NDArray[np.floating],
    mlt_h: NDArray[np.floating],
    options: OccurrenceOptions | None = None,
) -> pd.DataFrame:
    """Summarise hours of the day over all dates and cameras given.

    Parameters
    ----------
    time, site, label
        As for :func:`daily_table`.
    longitude_deg : (frame,) ndarray [deg]
        Geographic, of the camera: it tells nights apart.
    mlt_h : (frame,) ndarray [h]
        Magnetic local time, see :func:`magnetoflow.sky.magnetic_local_time`; NaN leaves a frame out of
        the MLT rows.
    options : OccurrenceOptions, optional

    Returns
    -------
    DataFrame
        Columns :data:`HOURLY_COLUMNS`: 24 rows of clock ``ut``, 24 of clock ``mlt``. ``share_error`` takes
        nights of each camera as independent; ``nights`` counts those with good viewing in that hour.
    """
    names, label = np.asarray(site, dtype=np.str_), np.asarray(label)
    parts = [
        night_counts(time[mine], str(name), label[mine], longitude_deg[mine], mlt_h[mine])
        for name in np.unique(names)
        for mine in [names == name]
    ]
    return hours_of(pd.concat(parts, ignore_index=True) if parts else _NO_COUNTS, options)


def night_counts(
    time: NDArray[np.datetime64],
    site: str,
    label: NDArray[np.integer],
    longitude_deg: ArrayLike,
    mlt_h: NDArray[np.floating],
) -> pd.DataFrame:
    """Count the frames of one camera by hour and night: all that :func:`hours_of` needs of them.

    Parameters
    ----------
    time, label, longitude_deg, mlt_h
        As for :func:`hourly_table`.
    site : str

    Returns
    -------
    DataFrame
        ``clock``, ``hour``, ``site``, ``night``, and the numbers of ``frames``, of ``good`` and of
        ``pulsating`` ones.
    """
    label = np.asarray(label)
    ut = (time - time.astype("datetime64[D]")) // np.timedelta64(1, "h")
    frames = pd.DataFrame(
        {
            "night": nights(time, longitude_deg),
            "frames": 1,
            "good": (label >= 0) & (label != BAD_VIEWING),
            "pulsating": label == PULSATING,
        }
    )
    parts = []
    for clock, hour in (("ut", np.asarray(ut, dtype=np.float64)), ("mlt", np.floor(mlt_h) % 24)):
        known = np.isfinite(hour)
        own = frames[known].assign(clock=clock, hour=hour[known].astype(np.int64), site=site)
        parts.append(own.groupby(["clock", "hour", "site", "night"], as_index=False).sum())
    return pd.concat(parts, ignore_index=True)


def hours_of(counts: pd.DataFrame, options: OccurrenceOptions | None = None) -> pd.DataFrame:
    """Summarise counts of any number of cameras and nights; see :func:`hourly_table`."""
    options = options or OccurrenceOptions()
    rows = []
    for clock in ("ut", "mlt"):
        for hour in range(24):
            own = counts[(counts["clock"] == clock) & (counts["hour"] == hour)]
            share, error = share_with_error(own["pulsating"], own["good"], options)
            spent = [own[name].sum() * options.cadence_s / 3600 for name in ("frames", "good", "pulsating")]
            rows.append((clock, hour, *spent, int((own["good"] > 0).sum()), share, error))
    return pd.DataFrame(rows, columns=list(HOURLY_COLUMNS))


_NO_COUNTS = pd.DataFrame(columns=["clock", "hour", "site", "night", "frames", "good", "pulsating"])
