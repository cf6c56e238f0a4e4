"""Paths of the spacecraft through the analytic picture of the reconnection site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from magnetoflow.figures.lines import PROBE_COLOURS, PROBE_WIDTHS
from magnetoflow.figures.mms_rnn.measured import with_gaps
from magnetoflow.figures.mms_rnn.regions import NAMES, half_sample
from magnetoflow.figures.style import FONT_PT, PAGE_MM, dress, legend_above, new_figure, say, styled
from magnetoflow.figures.time_axis import utc_axis
from magnetoflow.mms_rnn.analytic import Site, exhaust_half_width, fields
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.location import Location

Floats = NDArray[np.float64]
X_LIMIT, Y_LIMIT = 8.0, 5.0
INNER, OUTER = 1.05, 1.75
"""Edges of the separatrix regions in half widths of the exhaust, as the analytic truth has them."""
NAMED_AT = {
    "inflow_north": (2.2, -3.75),
    "inflow_south": (-2.2, 3.75),
    "separatrix_north": (5.9, -1.82),
    "separatrix_south": (5.9, 1.82),
    "outflow_earthward": (5.9, 0.0),
    "outflow_tailward": (-5.9, 0.0),
}
MARK_S = (1, 2, 5, 10, 20, 30, 60, 120)
PICTURE_MM, SERIES_MM = 66, 16
HALO = [withStroke(linewidth=1.5, foreground="white")]


@dataclass(frozen=True)
class Track:
    """Places of one spacecraft.

    Attributes
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC, increasing.
    segment : (time,) ndarray of int
    location : Location
        At these times.
    """

    time: NDArray[np.datetime64]
    segment: NDArray[np.integer]
    location: Location


@styled
def trajectory_figure(
    tracks: Mapping[int, Track],
    *,
    title: str,
    source_note: str,
    site: Site | None = None,
    probe_colours: Mapping[int, str] | None = None,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw where the spacecraft were, if the site were that of the analytic model.

    Parameters
    ----------
    tracks : mapping of int to Track
        By spacecraft.
    title, source_note : str
        Heading and footer.
    site : Site, optional
        The picture, the one that the places were found in.
    probe_colours : mapping of int to colour, optional
    width_mm : float [mm]

    Returns
    -------
    Figure
        Above: out-of-plane field and field lines of the model, edges of its regions, the paths with dots at
        even times, arrows in the direction of time, and ellipses of the standard errors. Below: both
        coordinates over time with their errors. Only places that are ``ok`` are drawn.
    """
    site = site or Site()
    colours = {**PROBE_COLOURS, **(probe_colours or {})}
    tracks = {probe: tracks[probe] for probe in sorted(tracks)}
    picture = PICTURE_MM if width_mm > 120 else 50
    drawn = {probe: one for probe, one in tracks.items() if one.location.ok.any()}
    step = _mark_step(list(drawn.values()))
    note = f"Picture: analytic model, not this event. Dots: every {step} s; ellipses, bands: standard errors."
    figure = new_figure(width_mm, picture + 2 * SERIES_MM + 22, f"{title}\n{note}", source_note)
    grid = GridSpec(3, 2, figure=figure, height_ratios=[picture, SERIES_MM, SERIES_MM], width_ratios=[60, 1])
    axes, scale = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    series = [figure.add_subplot(grid[row, 0]) for row in (1, 2)]
    _draw_site(figure, axes, scale, site, short=width_mm <= 120)
    for probe, one in drawn.items():
        _draw_path(axes, one, colours[probe], PROBE_WIDTHS[probe], step)
    for panel in series:
        dress(panel)
    dress(axes)
    if not drawn:
        say(series[0], "no place found: nothing measured, unlike the model, or too uncertain")
        for panel in series:
            panel.set_xticks([])
            panel.set_yticks([])
        return figure
    _write_ends(axes, next(iter(drawn.values())))
    _draw_series(series, drawn, colours, width_mm)
    lines = [Line2D([], [], color=colours[probe], linewidth=1.5, label=f"MMS{probe}") for probe in drawn]
    legend_above(figure, lines, width_mm)
    figure.align_ylabels([axes, *series])
    return figure


def _draw_site(figure: Figure, axes: Axes, scale: Axes, site: Site, *, short: bool) -> None:
    """Draw the model: earthward right, north up, dusk into the page."""
    x, y = np.linspace(-X_LIMIT, X_LIMIT, 161), np.linspace(-Y_LIMIT, Y_LIMIT, 121)
    places = np.meshgrid(x, y)
    model = fields(places[0].ravel(), places[1].ravel(), site).reshape(*places[0].shape, len(FEATURES))
    bx, by, bz = (model[..., FEATURES.index(name)] for name in ("Bx", "By", "Bz"))
    most = max(float(np.abs(bz).max()), 0.1)
    edges = (-X_LIMIT, X_LIMIT, Y_LIMIT, -Y_LIMIT)
    image = axes.imshow(
        bz, extent=edges, cmap="PuOr", vmin=-2 * most, vmax=2 * most, aspect="auto",
        interpolation="bilinear", rasterized=True,
    )  # fmt: skip
    axes.streamplot(x, y, bx, by, color="0.72", linewidth=0.4, density=0.7, arrowsize=0.5, zorder=1)
    width = exhaust_half_width(x, site)
    for side in (-1, 1):
        for factor, dash in ((INNER, "-"), (OUTER, "--")):
            axes.plot(x, side * factor * width, color="0.25", linewidth=0.6, linestyle=dash, zorder=2)
    for name, (left, top) in NAMED_AT.items():
        place = top
        if name.startswith("separatrix"):
            place = float(np.sign(top) * 0.5 * (INNER + OUTER) * exhaust_half_width(np.array(left), site))
        text = name.split("_")[0] if short else NAMES[name]
        axes.text(left, place, text, ha="center", va="center", size=FONT_PT, zorder=7, path_effects=HALO)
    axes.set_xlim(-X_LIMIT, X_LIMIT)
    axes.set_ylim(Y_LIMIT, -Y_LIMIT)
    axes.set_xticks(np.arange(-8, 9, 4))
    axes.set_xlabel("x, earthward [d$_i$]")
    axes.set_ylabel("y, southward [d$_i$]")
    bar = figure.colorbar(image, cax=scale)
    scale.set_ylim(-most, most)
    bar.set_label("B$_z$, duskward [B$_0$]", size=FONT_PT)
    scale.tick_params(labelsize=FONT_PT, length=2, width=0.6)


def _write_ends(axes: Axes, track: Track) -> None:
    """Write the times of the first and of the last place."""
    known = np.flatnonzero(track.location.ok)
    for row in (known[0], known[-1]):
        left, top = track.location.x[row], track.location.y[row]
        axes.annotate(
            str(track.time[row].astype("datetime64[s]")).split("T")[1],
            (left, top),
            (0, 6 if top < 0 else -6),
            textcoords="offset points",
            ha="left" if left < 0 else "right",
            va="bottom" if top < 0 else "top",
            size=FONT_PT,
            zorder=8,
            path_effects=HALO,
        )


def _mark_step(tracks: list[Track]) -> int:
    """Even number of seconds [s] that puts about ten dots on a path."""
    spans = [(one.time[-1] - one.time[0]) / np.timedelta64(1, "s") for one in tracks]
    wanted = max(spans, default=10.0) / 10
    return next((step for step in MARK_S if step >= wanted), MARK_S[-1])


def _draw_path(axes: Axes, track: Track, colour: str, width: float, step: int) -> None:
    place = track.location
    x = np.where(place.ok, place.x, np.nan)
    y = np.where(place.ok, place.y, np.nan)
    _, path = with_gaps(track.time, track.segment, np.column_stack([x, y]))
    axes.plot(path[:, 0], path[:, 1], color=colour, linewidth=width, zorder=5)
    for row in _marks(track, step):
        axes.plot(x[row], y[row], ".", color=colour, markersize=2.5 + 2 * width, zorder=6)
        ellipse = Ellipse(
            (x[row], y[row]), 2 * place.x_error[row], 2 * place.y_error[row], facecolor="none",
            edgecolor=colour, linewidth=0.5, alpha=0.6, zorder=4,
        )  # fmt: skip
        axes.add_patch(ellipse)
    for row in _marks(track, step, shift=0.5):
        ahead = min(row + 10, len(x) - 1)
        if np.hypot(x[ahead] - x[row], y[ahead] - y[row]) > 0:
            axes.annotate(
                "", (x[ahead], y[ahead]), (x[row], y[row]), zorder=6,
                arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 0.6, "mutation_scale": 7},
            )  # fmt: skip


def _marks(track: Track, step: int, shift: float = 0.0) -> NDArray[np.int64]:
    """Find the samples nearest to even seconds of UTC, where the place is known."""
    since = (track.time - track.time[0].astype("datetime64[m]")) / np.timedelta64(1, "s")
    wanted = np.arange(np.ceil(since[0] / step), since[-1] / step) * step + shift * step
    row = np.clip(np.searchsorted(since, wanted), 0, len(since) - 1)
    near = np.abs(since[row] - wanted) < 0.5
    return np.asarray([one for one in row[near] if track.location.ok[one]], dtype=np.int64)


def _draw_series(
    series: list[Axes], tracks: Mapping[int, Track], colours: Mapping[int, str], width_mm: float
) -> None:
    """Draw both coordinates over time, with bands of their standard errors."""
    start = min(one.time[0] - half_sample(one.time) for one in tracks.values())
    stop = max(one.time[-1] + half_sample(one.time) for one in tracks.values())
    for probe, one in tracks.items():
        place = one.location
        for axes, centre, error in (
            (series[0], place.x, place.x_error),
            (series[1], place.y, place.y_error),
        ):
            shown = np.where(place.ok, centre, np.nan)
            days, band = with_gaps(
                one.time, one.segment, np.column_stack([shown - error, shown + error, shown])
            )
            axes.fill_between(days, band[:, 0], band[:, 1], color=colours[probe], alpha=0.12, linewidth=0)
            axes.plot(days, band[:, 2], color=colours[probe], linewidth=PROBE_WIDTHS[probe])
    for axes, name in zip(series, ("x [d$_i$]", "y [d$_i$]"), strict=True):
        axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
        axes.set_ylabel(name)
        utc_axis(axes, start, stop, width_mm, label=axes is series[-1])
        dress(axes)
    series[0].tick_params(labelbottom=False)
    series[1].invert_yaxis()
