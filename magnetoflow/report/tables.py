"""Which tables of a study the report holds, which it only names, and which are too large for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magnetoflow.report.limits import LARGEST_TABLE
from magnetoflow.report.rows import amount, count_rows


@dataclass(frozen=True)
class Table:
    """A table of a study.

    Attributes
    ----------
    path : str
        Below the results of the study; a name in braces stands for any.
    words : str
        What a row is.
    held : bool
        It is in the report, unless it is too large.
    """

    path: str
    words: str
    held: bool = True

    @property
    def name(self) -> str:
        """Name of the table and of its caption: ``model/selection.csv`` is ``selection``."""
        return Path(self.path).stem


OVERVIEW = Table("overview.csv", "an event: state, files, flags, labels, remarks")
FAILED = Table("failed.csv", "an event that failed, with the reason")
REMARKS = Table("remarks.csv", "a remark on an event")

TABLES: dict[str, tuple[Table, ...]] = {
    "mms_gmm": (
        OVERVIEW,
        Table("crossings.csv", "a boundary crossing"),
        Table("solar_wind_region_list.csv", "a visit to the solar wind"),
        Table("ion_foreshock_region_list.csv", "a visit to the ion foreshock"),
        Table("magnetosheath_region_list.csv", "a visit to the magnetosheath"),
        Table("magnetosphere_region_list.csv", "a visit to the magnetosphere"),
        Table("model/selection.csv", "a mixture that was tried"),
        FAILED,
        Table("features.csv", "a minute, with its features", held=False),
        Table("regions.csv", "a minute, with its region and probabilities", held=False),
        Table("labeled_sunside_data.csv", "a minute, in the published format", held=False),
    ),
    "mms_mp": (
        OVERVIEW,
        Table("events.csv", "an event: axes, speed, thickness of its main pass"),
        REMARKS,
        FAILED,
        Table("{event}/*.csv", "tables of one event: crossings, normals, motion, thickness, ...", held=False),
        Table("{event}/index.html", "page of one event", held=False),
    ),
    "mms_rnn": (
        OVERVIEW,
        Table("summary.csv", "an event and spacecraft"),
        Table("intervals.csv", "a stay in a region"),
        Table("statistics.csv", "a region and a component of the work"),
        Table("model/evaluation.csv", "a score of the network"),
        Table("model/confusion.csv", "a true and a predicted region"),
        REMARKS,
        FAILED,
        Table("{event}_mms{probe}/mms{probe}_labels.csv", "an electron sample, with its region", held=False),
        Table("{event}_mms{probe}/mms{probe}_vars.nc", "quantities on electron times", held=False),
    ),
    "rept_pad": (
        OVERVIEW,
        Table("classes.csv", "a class"),
        Table("class_shapes.csv", "a class at one energy"),
        Table("occurrence.csv", "a class in a cell of L and local time"),
        Table("storms.csv", "a class in a cell of storm time and L"),
        Table("daily.csv", "a class on one date"),
        Table("quality.csv", "a part of an event"),
        Table("model/selection.csv", "a bandwidth of mean shift"),
        Table("model/number.csv", "a number of classes that was tried"),
        Table("model/methods.csv", "a way of reduction and clustering"),
        Table("model/reconstruction.csv", "a method at one energy"),
        REMARKS,
        FAILED,
        Table("labels.csv", "a record, with its class and probabilities", held=False),
        Table("pads.csv", "a mean distribution at one energy and angle", held=False),
        Table("model/scores.csv", "a record, with its scores", held=False),
    ),
    "aurora": (
        OVERVIEW,
        Table("intervals.csv", "an interval of pulsating aurora"),
        Table("daily.csv", "a camera and date"),
        Table("occurrence.csv", "an hour of universal or magnetic local time"),
        Table("evaluation.csv", "scores of a camera-day against human labels"),
        Table("confusion.csv", "a human label of a camera-day"),
        Table("reliability.csv", "a bin of stated probability"),
        Table("labels.csv", "a camera-day of human labels"),
        Table("quality.csv", "a shard: its files and frames"),
        Table("refused.csv", "a file that was refused, with the reason"),
        FAILED,
        Table("pulsation.csv", "a pulsating patch", held=False),
        Table("pulses.csv", "one pulse of a patch", held=False),
        Table("smoothed/{site}.csv", "a frame, with its label in time", held=False),
        Table("frames/{year}/{month}/{day}/*_frames.csv", "a frame, with its label", held=False),
        Table("classifications/{year}/{month}/{day}/*.txt", "a frame, in the published format", held=False),
    ),
}


def caption_of(study: str, path: str) -> str:
    """Name of the caption of a table that the report holds; empty of others.

    Parameters
    ----------
    study : str
    path : str
        Below the results of the study.
    """
    table = next((one for one in TABLES[study] if one.held and one.path == path), None)
    if table is None:
        return ""
    if table in (OVERVIEW, FAILED, REMARKS):
        return f"table_{table.name}"
    return (
        f"table_{study}_region_list" if path.endswith("_region_list.csv") else f"table_{study}_{table.name}"
    )


def fits(path: Path) -> bool:
    """Tell whether a table is small enough for the report, or not made yet."""
    try:
        return path.stat().st_size <= LARGEST_TABLE
    except OSError:
        return True


def sizes(study: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Rows and bytes of the tables of a study that have one path, by name."""
    return {
        table.name: {
            "rows": (rows := count_rows(folder / table.path)),
            "words": amount(rows, "rows"),
            "bytes": (folder / table.path).stat().st_size,
        }
        for table in TABLES[study]
        if "{" not in table.path and (folder / table.path).is_file()
    }


def size_words(size: int) -> str:
    """Bytes in words."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000  # type: ignore[assignment]
    return f"{size:.3g} GB"
