"""What the figures of mms_mp share: colours, vectors along L, M, N, panels over time, regions, crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from magnetoflow.figures.envelope import draw_envelope
from magnetoflow.figures.lines import COMPONENT_COLOURS, PROBE_COLOURS, name_lines
from magnetoflow.figures.style import FONT_PT, dress, say
from magnetoflow.figures.time_axis import day_number, utc_axis
from magnetoflow.mms_mp.data import EventData, Plasma, require_frame
from magnetoflow.mms_mp.passages import REGIONS
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

COLOURS: Mapping[str, str] = {
    "magnetosphere": "#56B4E9",
    "mp_layer": "#CC79A7",
    "sheath": "#E69F00",
    **{f"mms{probe}": colour for probe, colour in PROBE_COLOURS.items()},
}
"""Default colours, of Okabe & Ito (2008)."""
REGION_NAMES: Mapping[str, str] = {
    "magnetosphere": "magnetosphere",
    "mp_layer": "boundary layer",
    "sheath": "magnetosheath",
}
LMN = ("L", "M", "N")
SPECIES_COLOURS: Mapping[str, str] = {
    "ion": COMPONENT_COLOURS[2],
    "electron": COMPONENT_COLOURS[0],
    "exb": "0.6",
    "heplus": "black",
}
EMPTY_MM = 7.0
"""Height of a panel for which no spacecraft has data."""
STRETCH = 3.0
"""How far single points may stretch a panel beyond the range of nearly all, before they are left out."""


def palette(colours: Mapping[str, str] | None) -> dict[str, str]:
    """Fill a user's choice of colours up with :data:`COLOURS`.

    Raises
    ------
    ValueError
        A name that no figure uses.
    """
    foreign = sorted(set(colours or {}) - set(COLOURS))
    if foreign:
        raise ValueError(f"colours of {foreign}: allowed are {list(COLOURS)}")
    return {**COLOURS, **(colours or {})}


def along(analysis: Analysis, measured: Series | Plasma) -> Floats:
    """(time, 3) vectors along L, M, N.

    Raises
    ------
    VariableError
        They are not in the frame of the analysis.
    """
    require_frame(analysis.frame, measured)
    vectors = measured.values if isinstance(measured, Series) else measured.v_km_s
    return np.asarray(vectors @ analysis.orientation.lmn.matrix.T)


def magnitude(vectors: Floats) -> Floats:
    """Length of (time, 3) vectors."""
    return np.asarray(np.sqrt(np.square(vectors).sum(axis=1)))


def frame_words(analysis: Analysis) -> str:
    """Say which axes are drawn and where they are from."""
    lmn = analysis.orientation.lmn
    return f"LMN by {method_name(lmn.method)}" + ("" if lmn.reliable else " (not reliable)")


METHOD_NAMES: Mapping[str, str] = {
    "mva": "MVA",
    "mva_bn0": "MVA ⟨B$_N$⟩=0",
    "mdd": "MDD",
    "shue1997": "Shue 1997",
    "shue1998": "Shue 1998",
    "cta": "CTA",
    "da": "DA",
    "mtv": "MTV",
    "cva": "CVA",
    "faraday": "Faraday residue",
    "mass": "mass-flux residue",
}


def method_name(method: str) -> str:
    """Name of a method as figures write it."""
    return METHOD_NAMES.get(method, method.replace("_", " "))


def set_limits(axes: Axes, values: Floats, *, zero: bool = False, more: Floats | None = None) -> None:
    """Show all values; where few would squeeze the rest, leave them out and say how many.

    Parameters
    ----------
    axes : Axes
    values : (value,) ndarray
    zero : bool
        The panel includes 0.
    more : (value,) ndarray, optional
        Shown only where they are near: they do not stretch the panel.
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return
    low, high = float(known.min()), float(known.max())
    inner_low, inner_high = (float(one) for one in np.percentile(known, [0.2, 99.8]))
    if zero:
        low, high, inner_low, inner_high = min(low, 0), max(high, 0), min(inner_low, 0), max(inner_high, 0)
    if high - low > STRETCH * (inner_high - inner_low) > 0:
        low, high = inner_low, inner_high
    margin = 0.06 * (high - low) or 1.0
    low, high = low - margin, high + margin
    every = known if more is None else np.concatenate([known, more[np.isfinite(more)]])
    beyond = int(((every < low) | (every > high)).sum())
    if beyond:
        where: dict[str, Any] = {"transform": axes.transAxes, "va": "top"}
        axes.text(0.005, 0.97, f"{beyond} points beyond", size=FONT_PT, color="0.4", **where)
    axes.set_ylim(low, high)


def draw_lines(
    axes: Axes,
    lines: Sequence[tuple[str, str, Times, Floats]],
    width_mm: float,
    *,
    zero: bool = False,
    limits: bool = True,
    linewidths: Sequence[float] | None = None,
) -> None:
    """Draw named lines, the first on top; say that there is none where all are missing.

    Parameters
    ----------
    lines : sequence of (name, colour, time, values)
        An empty name is not written.
    zero : bool
        The panel includes 0.
    limits : bool
        Set the limits of y.
    linewidths : sequence of float, optional
    """
    known = [one for one in lines if np.isfinite(one[3]).any()]
    if not known:
        axes.set_yticks([])
        say(axes, "no data")
        return
    widths = linewidths or [0.7] * len(lines)
    for place, (name, colour, time, values) in reversed(list(enumerate(lines))):
        draw_envelope(axes, time, values, width_mm, color=colour, linewidth=widths[place], gid=name)
    if limits:
        set_limits(axes, np.concatenate([one[3] for one in known]), zero=zero)
    if axes.get_yscale() == "linear" and axes.get_ylim()[0] < 0 < axes.get_ylim()[1]:
        axes.axhline(0, color="0.75", linewidth=0.5, zorder=1)
    named = [one for one in known if one[0]]
    name_lines(axes, [one[0] for one in named], [one[1] for one in named])


def name_panel(axes: Axes, label: str, *, empty: bool = False) -> None:
    """Write the label of a panel; of a low one without data only its first line."""
    axes.set_ylabel(label.split("\n")[0] if empty else label)


def mark_crossings(
    axes: Axes, event: EventData, analysis: Analysis, probes: Sequence[int], color: str = "0.2"
) -> None:
    """Draw a dotted line at each crossing of the spacecraft."""
    for probe in probes:
        for one in analysis.crossings.get(probe, ()):
            if np.isfinite(one.time_s):
                day = day_number(np.array([event.utc(one.time_s)]))[0]
                axes.axvline(day, color=color, linestyle=":", linewidth=0.7, zorder=1.5)


def draw_point(
    axes: Axes, x: float, y: float, colour: str, *, xerr: float = 0.0, yerr: float = 0.0, gid: str = ""
) -> None:
    """Draw a dot with its error; none where the error is not known."""
    errors = [np.nan if not np.isfinite(one) else one for one in (xerr, yerr)]
    axes.errorbar(
        x, y, xerr=np.nan_to_num(errors[0]), yerr=np.nan_to_num(errors[1]), fmt="o", color=colour,
        markersize=2.8, elinewidth=0.8, gid=gid,
    )  # fmt: skip


def draw_strip(
    axes: Axes, event: EventData, analysis: Analysis, probes: Sequence[int], colours: Mapping[str, str]
) -> None:
    """Draw the regions of each spacecraft as a row of bars; white where none is known."""
    for row, probe in enumerate(probes):
        for visit in analysis.visits.get(probe, ()):
            begin, end = day_number(np.array([event.utc(visit.start_s), event.utc(visit.stop_s)]))
            axes.broken_barh(
                [(begin, end - begin)], (row + 0.08, 0.84), color=colours[visit.region], linewidth=0
            )
    axes.set_ylim(len(probes), 0)
    axes.set_yticks(np.arange(len(probes)) + 0.5, [f"MMS{probe}" for probe in probes])
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def region_handles(colours: Mapping[str, str]) -> list[Artist]:
    """Legend entries of the regions."""
    return [Patch(facecolor=colours[one], edgecolor="none", label=REGION_NAMES[one]) for one in REGIONS]


def probe_handles(probes: Sequence[int], colours: Mapping[str, str]) -> list[Artist]:
    """Legend entries of the spacecraft."""
    return [
        Line2D([], [], color=colours[f"mms{probe}"], linewidth=1.5, label=f"MMS{probe}") for probe in probes
    ]


def finish(
    figure: Figure,
    panels: Sequence[Axes],
    span: tuple[np.datetime64, np.datetime64],
    width_mm: float,
    strip: int = 0,
) -> None:
    """Give panels over the same time a common UTC axis below the last; the first `strip` have bare ends."""
    minutes = (span[1] - span[0]) / np.timedelta64(1, "m")
    for axes in panels:
        last = axes is panels[-1]
        # labels without seconds are short: as many as on a wider figure
        wide = max(width_mm, 105 if minutes > 3.5 else 0)
        utc_axis(axes, *span, wide, label=last, least=4 if wide > 120 else 2)
        dress(axes)
        axes.tick_params(labelbottom=last)
    for axes in panels[:strip]:
        axes.tick_params(left=False, bottom=False)
    figure.align_ylabels(list(panels[strip:]))
