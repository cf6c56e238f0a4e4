"""Boundary crossings over the day, one row per event."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from magnetoflow.figures.mms_gmm.regions import draw_strip
from magnetoflow.figures.mms_gmm.tables import grid_rows, label_codes, time_edges, truth, utc_times
from magnetoflow.figures.style import (
    PAGE_MM,
    dress,
    legend_above,
    new_figure,
    region_colours,
    region_handles,
    say,
    styled,
)

TYPES: Mapping[str, tuple[str, str]] = {
    "bow_shock": ("v", "bow shock"),
    "magnetopause": ("D", "magnetopause"),
    "foreshock_boundary": ("o", "foreshock boundary"),
    "unresolved": ("X", "unresolved jump"),
}
TICKS_H = tuple(minutes / 60 for minutes in (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440))
STRIP, STEM = 0.32, 0.42  # heights within a row of height 1


@styled
def crossings_figure(
    labels: pd.DataFrame,
    crossings: pd.DataFrame,
    *,
    title: str,
    source_note: str,
    colours: Mapping[str, str] | None = None,
    width_mm: float = PAGE_MM,
    most_events: int = 30,
) -> Figure:
    """Draw the cleaned labels of each event as a strip, and its crossings on stems of their confidence.

    Parameters
    ----------
    labels : DataFrame
        Rows of ``regions.csv``: ``event``, ``time``, ``probe``, ``named_label``.
    crossings : DataFrame
        Rows of ``crossings.csv``: ``event``, ``time``, ``type``, ``confidence`` (0 to 1), ``clean``.
    title, source_note : str
        Heading and footer.
    colours : mapping of region to colour, optional
    width_mm : float [mm]
    most_events : int
        Only the first events are drawn where there are more; the figure says so.

    Returns
    -------
    Figure
        Abscissa: hours since 00:00 UTC of the day on which the event starts.
    """
    colour = region_colours(colours)
    events = list(dict.fromkeys(labels["event"].astype(str)))
    drawn = events[:most_events]
    note = (
        "Height of a stem: confidence, from 0 at the strip to 1 at the grey line. Filled: clean transition."
    )
    if len(events) > len(drawn):
        note += f" First {len(drawn)} of {len(events)} events."
    figure = new_figure(width_mm, 26 + 8.5 * max(len(drawn), 1), title, f"{note}\n{source_note}")
    axes = figure.add_subplot()
    if not drawn:
        axes.set_axis_off()
        say(axes, "no event with a minute")
        return figure
    by_event = dict(list(labels.groupby(labels["event"].astype(str), sort=False)))
    spans = []
    for row, event in enumerate(drawn):
        spans.append(_draw_event(axes, len(drawn) - 1 - row, by_event[event], crossings, event, colour))
    _dress_rows(axes, drawn, by_event, spans, int(width_mm / 18))
    if len(crossings[crossings["event"].astype(str).isin(drawn)]) == 0:
        axes.set_title("no crossing found", size=7, pad=3)
    legend_above(figure, [*region_handles(colour), *_handles()], width_mm)
    return figure


def _hours(time: NDArray[np.datetime64], day: np.datetime64) -> NDArray[np.float64]:
    return np.asarray((time - day) / np.timedelta64(1, "h"), dtype=np.float64)


def _draw_event(
    axes: Axes, row: int, labels: pd.DataFrame, crossings: pd.DataFrame, event: str, colour: Mapping[str, str]
) -> tuple[float, float]:
    """Draw one row; return the first and last hour."""
    times = utc_times(labels["time"])
    order = np.argsort(times, kind="stable")
    times = times[order]
    day = times[0].astype("datetime64[D]").astype("datetime64[ns]")
    edges = _hours(time_edges(times), day)
    codes = np.full(len(edges) - 1, np.nan)
    codes[grid_rows(times)] = label_codes(labels["named_label"])[order]
    draw_strip(axes, edges, codes, colour, row, row + STRIP)
    axes.hlines(row + STRIP + 0.05 + STEM, edges[0], edges[-1], color="0.8", linewidth=0.5, zorder=0)
    own = crossings[crossings["event"].astype(str) == event]
    hours = _hours(utc_times(own["time"]), day) if len(own) else np.empty(0)
    confidence = np.clip(np.nan_to_num(own["confidence"].to_numpy(dtype=float)), 0, 1)
    top = row + STRIP + 0.05 + STEM * confidence
    axes.vlines(hours, row, top, color="black", linewidth=0.5)
    clean = truth(own["clean"]) if len(own) else np.empty(0, dtype=bool)
    kinds = own["type"].astype(str).to_numpy()
    kinds[~np.isin(kinds, list(TYPES))] = "unresolved"
    for kind, (marker, _) in TYPES.items():
        for filled in (False, True):
            chosen = (kinds == kind) & (clean == filled)
            axes.plot(
                hours[chosen],
                top[chosen],
                linestyle="none",
                marker=marker,
                markersize=3.2,
                color="black",
                markerfacecolor="black" if filled else "white",
                markeredgewidth=0.6,
            )
    return float(edges[0]), float(edges[-1])


def _dress_rows(
    axes: Axes,
    drawn: list[str],
    by_event: Mapping[str, pd.DataFrame],
    spans: list[tuple[float, float]],
    most_ticks: int,
) -> None:
    most = 24 if most_ticks > 5 else 16
    names = []
    for event in drawn:
        probe = by_event[event]["probe"].iloc[0]
        date = str(utc_times(by_event[event]["time"]).min().astype("datetime64[D]"))
        short = event if len(event) <= most else f"{event[: most - 1]}…"
        names.append(f"{short}\nMMS{probe} {date}")
    axes.set_yticks([len(drawn) - 1 - row + STRIP / 2 for row in range(len(drawn))], names)
    axes.set_ylim(-0.15, len(drawn) + 0.02)
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    margin = 0.01 * (high - low)
    for row, (first, last) in enumerate(spans):
        if last - first < margin:
            text = f"{round(60 * (last - first))} min"
            axes.text(last + margin, len(drawn) - 1 - row + STRIP / 2, text, va="center", color="0.3")
    axes.set_xlim(low - margin, high + margin)
    step = next(
        (step for step in TICKS_H if (high - low) / step <= most_ticks), 24 * np.ceil((high - low) / 144)
    )
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(_clock))
    axes.set_xlabel("UTC (hours past 24: the next day)" if high > 24 else "UTC")
    dress(axes)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _clock(hours: float, _: object = None) -> str:
    seconds = round(hours * 3600)
    text = f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
    return text if seconds % 60 == 0 else f"{text}:{seconds % 60:02d}"


def _handles() -> list[Artist]:
    return [
        Line2D([], [], linestyle="none", marker=marker, markersize=4, color="black", label=name)
        for marker, name in TYPES.values()
    ]
