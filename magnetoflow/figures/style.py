"""What every figure shares: sizes, colours, UTC axes, legend, and the footer that states the source."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, cast

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch

P = ParamSpec("P")

REGIONS = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
UNKNOWN = "unknown"
LABELS = (*REGIONS, UNKNOWN)

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/; grey for what is not named.
REGION_COLOURS: Mapping[str, str] = {
    "solar_wind": "#0072B2",
    "ion_foreshock": "#56B4E9",
    "magnetosheath": "#E69F00",
    "magnetosphere": "#D55E00",
    "unknown": "#999999",
}
MARKERS: Mapping[str, str] = {
    "solar_wind": "o",
    "ion_foreshock": "^",
    "magnetosheath": "s",
    "magnetosphere": "D",
    "unknown": "x",
}
REGION_NAMES: Mapping[str, str] = {label: label.replace("_", " ") for label in LABELS}

COLUMN_MM, PAGE_MM = 85.0, 170.0
FONT_PT = 7.0
LINE_MM = 3.1  # height of one line of FONT_PT text
MM = 1 / 25.4  # inch

STYLE: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": FONT_PT,
    "axes.titlesize": FONT_PT + 1,
    "axes.labelsize": FONT_PT,
    "xtick.labelsize": FONT_PT,
    "ytick.labelsize": FONT_PT,
    "legend.fontsize": FONT_PT,
    "figure.titlesize": FONT_PT + 1,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 0.9,
    "patch.linewidth": 0.6,
    "axes.formatter.use_mathtext": True,
    "legend.frameon": False,
    "timezone": "UTC",
    "svg.fonttype": "none",
    "svg.hashsalt": "magnetoflow",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw with :data:`STYLE` on matplotlib's defaults; a user's own matplotlibrc changes nothing."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(cast(Any, STYLE))
        yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Run a figure function within :func:`style` and settle its layout."""

    @wraps(draw)
    def within(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            return settle(draw(*args, **kwargs))

    return within


def settle(figure: Figure) -> Figure:
    """Lay the panels out now, rounded: the solver's last digits differ from run to run."""
    FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine(None)  # after "none", savefig would draw twice
    for axes in figure.axes:
        left, bottom, width, height = (
            round(float(side), 5) for side in axes.get_position(original=True).bounds
        )
        axes.set_position((left, bottom, width, height))
    return figure


def new_figure(width_mm: float, height_mm: float, title: str, source_note: str) -> Figure:
    """Make an empty figure with title, footer and room for both.

    Parameters
    ----------
    width_mm, height_mm : float
        Size on paper; the height of title and footer is added to ``height_mm``.
    title : str
        Shown on top, left; wrapped to the width.
    source_note : str
        Footer: archive source, files or events, model; see :func:`source_note`.
    """
    heading = wrap(title, width_mm, FONT_PT + 1) if title else []
    footer = wrap(source_note, width_mm, FONT_PT)
    top = (LINE_MM * 1.15 * len(heading) + 1.5) if heading else 0.0
    bottom = LINE_MM * len(footer) + 2.0
    total = height_mm + top + bottom
    figure = Figure(figsize=(width_mm * MM, total * MM), layout="constrained")
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(
        rect=(0, bottom / total, 1, height_mm / total), w_pad=0.04, h_pad=0.02, hspace=0.02, wspace=0.02
    )
    left = 1.5 / width_mm
    if heading:
        figure.text(left, 1 - 1.0 / total, "\n".join(heading), size=FONT_PT + 1, va="top", parse_math=False)
    figure.text(
        left, 1.0 / total, "\n".join(footer), size=FONT_PT, color="0.3", va="bottom", parse_math=False
    )
    return figure


def wrap(text: str, width_mm: float, size_pt: float) -> list[str]:
    """Break text into lines that fit the width (DejaVu Sans: 0.58 em per character, 0.353 mm per point)."""
    characters = max(20, int((width_mm - 3) / (0.58 * size_pt * 0.353)))
    return [line for part in text.split("\n") for line in textwrap.wrap(part, characters) or [""]]


def source_note(
    source: str,
    *,
    events: Sequence[str] = (),
    files: Sequence[str] | None = None,
    n_files: int | None = None,
    model: str | None = None,
    trained_on: str | None = None,
) -> str:
    """Word the footer that every figure carries.

    Parameters
    ----------
    source : str
        Archive source as tables state it: ``synthetic sample data``, ``remote``, ``folder``.
    events : sequence of str, optional
        Event ids; more than three are counted.
    files : sequence of str, optional
        Names of the archive files used; of more than two, the first and the last.
    n_files : int, optional
        Their number, where `files` holds only the first and the last.
    model : str, optional
        Model id.
    trained_on : str, optional
        What the model was trained on, for instance ``synthetic sample data``.
    """
    parts = [f"Source: {source}"]
    if events:
        named = ", ".join(events) if len(events) <= 3 else f"{events[0]} … {events[-1]} ({len(events)})"
        parts.append(f"{'event' if len(events) == 1 else 'events'} {named}")
    if files is not None:
        count = n_files or len(files)
        ends = [*files] if count <= 2 else [files[0], "…", files[-1]]
        parts.append(f"{count} file{'' if count == 1 else 's'}: {' '.join(ends)}")
    if model:
        parts.append(f"model {model}" + (f", trained on {trained_on}" if trained_on else ""))
    return " | ".join(parts)


def dress(axes: Axes) -> None:
    """Fix the ticks' look on the axes itself: ticks made while saving would follow the global settings."""
    axes.tick_params(which="major", labelsize=FONT_PT, length=2.5, width=0.6, pad=2)
    axes.tick_params(which="minor", length=1.5, width=0.4)
    axes.xaxis.label.set_fontsize(FONT_PT)
    axes.yaxis.label.set_fontsize(FONT_PT)


def region_handles(colours: Mapping[str, str], labels: Sequence[str] = LABELS) -> list[Artist]:
    """Legend entries of the regions, in their fixed order."""
    return [Patch(facecolor=colours[label], edgecolor="none", label=REGION_NAMES[label]) for label in labels]


def legend_above(figure: Figure, handles: Sequence[Artist], width_mm: float) -> None:
    """Put a legend between title and panels, in as many columns as fit, and move the panels down."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    most = max(1, int((width_mm - 4) / (longest * 1.45 + 8)))
    rows = -(-len(handles) // most)
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    left, bottom, width, height = engine.get()["rect"]
    figure.legend(
        handles=list(handles),
        loc="upper center",
        bbox_to_anchor=(left, bottom, width, height),
        ncols=-(-len(handles) // rows),
        handlelength=1.8,
        columnspacing=1.2,
        borderaxespad=0.1,
        borderpad=0.2,
        labelspacing=0.3,
    ).set_in_layout(False)
    height_mm = figure.get_size_inches()[1] / MM
    engine.set(rect=(left, bottom, width, height - (rows * 3.4 + 1.5) / height_mm))


def say(axes: Axes, text: str) -> None:
    """Write in an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", size=FONT_PT, color="0.3")


def region_colours(colours: Mapping[str, str] | None) -> dict[str, str]:
    """Fill a user's choice of colours up with :data:`REGION_COLOURS`."""
    return {**REGION_COLOURS, **(colours or {})}
