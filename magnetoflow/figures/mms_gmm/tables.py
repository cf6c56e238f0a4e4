"""Bring the tables of the study into the arrays that figures draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.figures.style import LABELS, UNKNOWN
from magnetoflow.mms_gmm.minutes import MinuteTable

MINUTE = np.timedelta64(60_000_000_000, "ns")


def utc_times(column: pd.Series) -> NDArray[np.datetime64]:
    """Read a time column, text or datetime, as UTC ``datetime64[ns]``; empty stays empty."""
    times = pd.to_datetime(column, utc=True, format="ISO8601").dt.tz_localize(None)
    return np.asarray(times, dtype="datetime64[ns]")


def label_codes(column: pd.Series) -> NDArray[np.int64]:
    """Turn labels into numbers, their place in :data:`LABELS`; a missing label is ``unknown``.

    Raises
    ------
    ValueError
        A label is no region.
    """
    names = column.astype(object).where(column.notna(), UNKNOWN)
    names = names.replace("", UNKNOWN)
    foreign = sorted(set(names) - set(LABELS))
    if foreign:
        raise ValueError(f"labels that are no region: {foreign}; allowed: {list(LABELS)}")
    return np.asarray(names.map({label: code for code, label in enumerate(LABELS)}), dtype=np.int64)


def truth(column: pd.Series) -> NDArray[np.bool_]:
    """Read booleans, also as the text or the 0 and 1 of a CSV."""
    return np.asarray(column.astype(str).str.lower().isin(["true", "1", "1.0"]), dtype=np.bool_)


def rows_of(minutes: MinuteTable, labels: pd.DataFrame, event: str | None = None) -> pd.DataFrame:
    """Take the rows of ``labels`` that belong to the minutes, in their order.

    Raises
    ------
    ValueError
        Labels and minutes are not of the same times: drawn together they would lie.
    """
    rows = labels if event is None else labels[labels["event"].astype(str) == event]
    times = utc_times(rows["time"])
    order = np.argsort(times, kind="stable")
    if len(times) != len(minutes.time) or not np.array_equal(times[order], minutes.time):
        raise ValueError(
            f"labels and minutes{'' if event is None else ' of ' + event} differ: "
            f"{len(times)} labelled, {len(minutes.time)} minutes"
        )
    return rows.iloc[order]


def labelled_rows(minutes_by_event: Mapping[str, MinuteTable], labels: pd.DataFrame) -> list[pd.DataFrame]:
    """Rows of ``labels`` for each event, in the events' order."""
    by_event = dict(list(labels.groupby(labels["event"].astype(str), sort=False)))
    empty = labels.iloc[:0]
    return [rows_of(minutes, by_event.get(event, empty)) for event, minutes in minutes_by_event.items()]


def time_edges(time: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Edges of the complete minute grid from the first to the last minute (left edges in, one more out)."""
    count = int((time[-1] - time[0]) / MINUTE) + 1
    return np.asarray(time[0] + np.arange(count + 1) * MINUTE, dtype="datetime64[ns]")


def grid_rows(time: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Place of each minute on the grid of :func:`time_edges`."""
    return np.asarray((time - time[0]) // MINUTE, dtype=np.int64)


def energy_edges(energy_ev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of energy channels: geometric means between neighbours, the outer ones mirrored.

    Parameters
    ----------
    energy_ev : (table, channel) ndarray [eV]
        Ascending.

    Returns
    -------
    (table, channel + 1) ndarray [eV]
    """
    log = np.log(energy_ev)
    middle = (log[:, 1:] + log[:, :-1]) / 2
    low, high = 2 * log[:, :1] - middle[:, :1], 2 * log[:, -1:] - middle[:, -1:]
    return np.asarray(np.exp(np.concatenate([low, middle, high], axis=1)))


def spectrogram(
    minutes: MinuteTable, most_edges: int = 400
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay spectra of changing energy tables on one set of edges, without interpolation.

    Every cell takes the flux of the channel that covers it in that minute's own table; outside of the table,
    and in minutes without spectrum, it is NaN.

    Parameters
    ----------
    minutes : MinuteTable
        At least one minute.
    most_edges : int
        Where the tables have more edges than this altogether, a geometric grid of that many is used.

    Returns
    -------
    edges : (edge,) ndarray [eV]
        Empty where no minute has a spectrum.
    flux : (minute of the grid, edge - 1) ndarray [keV/(cm^2 s sr keV)]
    """
    usable = np.isfinite(minutes.energy_ev).all(axis=1) & (minutes.energy_ev > 0).all(axis=1)
    usable &= np.isfinite(minutes.flux).any(axis=1)
    rows = grid_rows(minutes.time)
    if not usable.any():
        return np.empty(0), np.empty((int(rows[-1]) + 1, 0))
    tables, which = np.unique(minutes.energy_ev[usable], axis=0, return_inverse=True)
    which = which.reshape(-1)
    own = energy_edges(tables)
    edges = np.unique(own)
    if len(edges) > most_edges:
        edges = np.geomspace(edges[0], edges[-1], most_edges)
    centres = np.sqrt(edges[1:] * edges[:-1])
    flux = np.full((int(rows[-1]) + 1, len(centres)), np.nan)
    for table in range(len(tables)):
        channel = np.searchsorted(own[table], centres) - 1
        inside = (channel >= 0) & (channel < tables.shape[1])
        members = np.flatnonzero(usable)[which == table]
        values = np.full((len(members), len(centres)), np.nan)
        values[:, inside] = minutes.flux[members][:, channel[inside]]
        flux[rows[members]] = values
    return edges, flux
