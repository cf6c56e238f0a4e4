"""Write figures whose bytes depend on nothing but the picture."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from magnetoflow.errors import ConfigError
from magnetoflow.figures.style import style
from magnetoflow.io.atomic import atomic_path

# None leaves the entry out: no version of matplotlib, no time of day.
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    ".svg": {"Creator": None, "Date": None},
}


def save_figure(figure: Figure, path: str | PathLike[str], dpi: float = 200) -> None:
    """Write a figure to a temporary name, then rename it.

    Parameters
    ----------
    figure : Figure
        Saved at its own size, not cropped.
    path : path-like
        The suffix, ``.png``, ``.pdf`` or ``.svg``, is the format.
    dpi : float [1/inch]
        Resolution of PNG files and of the rasterized parts of the others.

    Raises
    ------
    ConfigError
        The suffix is none of the three.
    ArchiveError
        The file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in METADATA:
        raise ConfigError(
            "unknown figure format", where=path, why=f"found {suffix!r}, allowed: {', '.join(METADATA)}"
        )
    FigureCanvasAgg(figure)  # a figure from pyplot would bring its window's canvas
    with style(), atomic_path(path) as part:
        figure.savefig(part, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix])
