"""How complete and how noisy each series of an event is. Counts only: nothing is removed or changed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.mms_mp.data import EventData, Floats, Spacecraft, Times
from magnetoflow.mms_mp.tables import Row, table

GAP = 1.5
"""Times farther apart than so many cadences have a gap between them."""
FENCE = 3.0
"""Interquartile ranges beyond the quartiles; of normal differences 3 in a million are outside."""
Z = 5.0
"""Standard deviations from the mean."""
NORMAL_MAD = 1.4826
"""Standard deviation of a normal distribution over the median distance from its median."""
COUNTED = ("flagged", "unusable", "fill", "out_of_range", "duplicates", "out_of_order", "bad_epoch")

QUALITY = (
    *("probe", "series", "unit", "records", "expected", "cadence_s", "missing_share", "masked", "gaps"),
    *("longest_gap_s", "outliers_iqr", "outliers_z", "snr", "file_records"),
    *(f"file_{name}" for name in COUNTED),
    "source",
)
GAPS = ("probe", "series", "start", "stop", "seconds", "source")
WHOLE = tuple(
    one
    for one in QUALITY
    if one in ("records", "expected", "masked", "gaps") or one.startswith(("outliers", "file_"))
)


@dataclass(frozen=True)
class _Part:
    """One series; values (time, component)."""

    name: str
    unit: str
    time: Times
    values: Floats
    counts: Mapping[str, int]
    cadence_s: float


def quality_frame(event: EventData, source: str) -> pd.DataFrame:
    """Count what each series lacks, and how noisy it is.

    Parameters
    ----------
    event : EventData
    source : str

    Returns
    -------
    DataFrame
        One row per spacecraft and series with `QUALITY`; a series that only other spacecraft have has no
        records. ``expected`` are the records that fill the event (positions: their own span too) at the
        median step, ``missing_share`` those of them that are not there or have a component missing,
        ``masked`` records with a component missing. ``outliers_iqr`` counts differences of neighbours that
        lie more than `FENCE` interquartile ranges beyond the quartiles in any component, ``outliers_z`` those
        more than `Z` standard deviations from the mean: a spike counts twice, a step once. ``snr`` is the
        variance over half the variance of these differences, the latter by its median absolute deviation,
        which the crossing does not raise: 1 for white noise alone. ``file_`` counts, records or values, are
        of the files or of what was read of them, beyond the event too; missing where the reader does not
        tell.
    """
    rows = (
        _row(event, probe, one)
        for probe, craft in sorted(event.spacecraft.items())
        for one in _all(event, craft)
    )
    return table(QUALITY, source, rows).astype(dict.fromkeys(WHOLE, "Int64"))


def gap_list_frame(event: EventData, source: str) -> pd.DataFrame:
    """List the gaps of each series.

    Parameters
    ----------
    event : EventData
    source : str

    Returns
    -------
    DataFrame
        One row per gap with `GAPS`: ``start`` and ``stop`` are the records on either side that miss no
        component, or begin and end of the event; ``seconds`` is the time between them.
    """
    return table(
        GAPS,
        source,
        (
            {
                "probe": probe,
                "series": one.name,
                "start": start,
                "stop": stop,
                "seconds": (stop - start) / np.timedelta64(1, "s"),
            }
            for probe, craft in sorted(event.spacecraft.items())
            for one in _all(event, craft)
            for start, stop in _gaps(event, one)
        ),
    )


def _all(event: EventData, craft: Spacecraft) -> Iterator[_Part]:
    """Series of a spacecraft, and empty ones for those that only others have."""
    mine = {one.name: one for one in _parts(craft)}
    theirs = {one.name: one for other in event.spacecraft.values() for one in _parts(other)}
    for name, one in theirs.items():
        yield mine.get(name) or _Part(name, one.unit, one.time[:0], one.values[:0], {}, one.cadence_s)


def _parts(craft: Spacecraft) -> Iterator[_Part]:
    series = {
        "field": craft.b,
        "position": craft.position,
        "electric_field": craft.e,
        "potential": craft.potential,
    }
    for name, one in series.items():
        if one is not None:
            yield _Part(name, one.unit, one.time, _columns(one.values), one.counts, _step(one.time))
    for species, plasma in craft.plasma.items():
        cadence = _step(plasma.time) if len(plasma.time) > 2 else plasma.cadence_s
        for name, unit, values in (("density", "cm^-3", plasma.n_cm3), ("velocity", "km/s", plasma.v_km_s)):
            columns = _columns(values)
            yield _Part(f"{species}_{name}", unit, plasma.time, columns, plasma.counts, cadence)


def _columns(values: Floats) -> Floats:
    return values.reshape(len(values), -1)


def _whole(one: _Part) -> NDArray[np.bool_]:
    """Mark records that miss no component."""
    return np.asarray(np.isfinite(one.values).all(axis=1))


def _step(time: Times) -> float:
    """Median step [s]; NaN for a single record."""
    return float(np.median(np.diff(time)) / np.timedelta64(1, "s")) if len(time) > 1 else np.nan


def _span(event: EventData, one: _Part) -> tuple[np.datetime64, np.datetime64]:
    """Time that the records should fill."""
    if not len(one.time):
        return event.start, event.stop
    last = one.time[-1]
    if last >= event.stop:
        last += np.timedelta64(int(np.nan_to_num(one.cadence_s) * 1e9), "ns")
    return min(event.start, one.time[0]), max(event.stop, last)


def _row(event: EventData, probe: int, one: _Part) -> Row:
    whole = _whole(one)
    start, stop = _span(event, one)
    expected = (
        round(float((stop - start) / np.timedelta64(1, "s")) / one.cadence_s) if one.cadence_s > 0 else None
    )
    gaps = [float((end - begin) / np.timedelta64(1, "s")) for begin, end in _gaps(event, one)]
    fence, z, snr = _noise(one, whole)
    return {
        "probe": probe,
        "series": one.name,
        "unit": one.unit,
        "records": len(one.time),
        "expected": expected,
        "cadence_s": one.cadence_s,
        "missing_share": max(0.0, 1 - int(whole.sum()) / expected) if expected else np.nan,
        "masked": int((~whole).sum()),
        "gaps": len(gaps),
        "longest_gap_s": max(gaps, default=0.0),
        "outliers_iqr": fence,
        "outliers_z": z,
        "snr": snr,
        **{f"file_{name}": one.counts.get(name) for name in ("records", *COUNTED)},
    }


def _gaps(event: EventData, one: _Part) -> list[tuple[np.datetime64, np.datetime64]]:
    """Pairs of times between which records are missing; at the ends of the event too."""
    known = one.time[_whole(one)]
    if not len(known):
        return [(event.start, event.stop)]
    edges = np.concatenate([[min(event.start, known[0])], known, [max(event.stop, known[-1])]])
    wide = np.flatnonzero(np.diff(edges) / np.timedelta64(1, "ns") > GAP * 1e9 * one.cadence_s)
    return [(edges[k], edges[k + 1]) for k in wide]


def _noise(one: _Part, whole: NDArray[np.bool_]) -> tuple[int, int, float]:
    """Outliers by both rules, and the signal-to-noise ratio."""
    near = np.diff(one.time) / np.timedelta64(1, "ns") <= GAP * 1e9 * one.cadence_s
    steps = np.diff(one.values, axis=0)[near & whole[1:] & whole[:-1]]
    if len(steps) < 3:
        return 0, 0, np.nan
    low, middle, high = np.percentile(steps, [25, 50, 75], axis=0)
    outside = (steps < low - FENCE * (high - low)) | (steps > high + FENCE * (high - low))
    far = np.abs(steps - steps.mean(axis=0)) > Z * steps.std(axis=0)
    deviation: Any = NORMAL_MAD * np.median(np.abs(steps - middle), axis=0)
    noise, variance = float(np.sum(deviation**2) / 2), float(np.sum(np.var(one.values[whole], axis=0)))
    ratio = variance / noise if noise > 0 else np.nan
    return int(outside.any(axis=1).sum()), int(far.any(axis=1).sum()), ratio
