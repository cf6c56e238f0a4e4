"""Rows of label sheets. No numpy: the configuration reads label sheets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from magnetoflow.aurora.classes import PULSATING, UNLABELLED

ADVISED_EXCLUSIONS = (("kuuj", date(2018, 3, 10)), ("inuv", date(2020, 1, 31)))
"""Camera-days of the published sheets not to train on: the first for its noise, as a sheet advises."""


@dataclass(frozen=True)
class LabelRow:
    """One labelled interval of one camera and UTC date.

    Attributes
    ----------
    site : str
    date : date
        UTC.
    start_frame, end_frame : int or None
        First and last frame, counted from 0 in time order over the UTC day.
    start_time, end_time : datetime or None
        First and last moment, UTC.
    possible : tuple of int
        Classes that the code leaves possible; one for most codes.
    code : str
        As in the sheet.
    confidence : float or None
        The labeller's own scale, 1 to 4 in the published sheets.
    where : str
        ``file:sheet:row``.
    note : str
        Of the sheet, or what the code means where it is not a class.
    """

    site: str
    date: date
    start_frame: int | None
    end_frame: int | None
    start_time: datetime | None
    end_time: datetime | None
    possible: tuple[int, ...]
    code: str
    confidence: float | None = None
    where: str = ""
    note: str = ""

    @property
    def label(self) -> int:
        """Class index, or ``UNLABELLED`` where the code is not one class."""
        return self.possible[0] if len(self.possible) == 1 else UNLABELLED

    @property
    def pulsating(self) -> bool | None:
        """Whether the row says pulsating or not; None where it leaves both possible."""
        if PULSATING not in self.possible:
            return False
        return True if len(self.possible) == 1 else None

    @property
    def n_frames(self) -> int:
        """Frames from the first to the last number, both included; 0 where the row has times only."""
        if self.start_frame is None or self.end_frame is None:
            return 0
        return self.end_frame - self.start_frame + 1


@dataclass(frozen=True)
class LabelTable:
    """What was read from label sheets.

    Attributes
    ----------
    rows : tuple of LabelRow
        In the order of the file.
    remarks : tuple of str
        What was set aside while reading, with file, sheet and row.
    excluded : tuple of LabelRow
        Rows left out by :func:`without_days`.
    """

    rows: tuple[LabelRow, ...]
    remarks: tuple[str, ...] = ()
    excluded: tuple[LabelRow, ...] = ()

    def __len__(self) -> int:
        """Count rows."""
        return len(self.rows)


def joined(tables: Iterable[LabelTable]) -> LabelTable:
    """One table of several."""
    parts = list(tables)
    return LabelTable(
        rows=tuple(row for part in parts for row in part.rows),
        remarks=tuple(text for part in parts for text in part.remarks),
        excluded=tuple(row for part in parts for row in part.excluded),
    )


def camera_days(table: LabelTable) -> list[tuple[str, date]]:
    """Sites and UTC dates that have rows, sorted, each once."""
    return sorted({(row.site, row.date) for row in table.rows})


def without_days(table: LabelTable, days: Iterable[tuple[str, date]]) -> LabelTable:
    """Leave camera-days out; their rows stay visible in `excluded`.

    Parameters
    ----------
    table : LabelTable
    days : iterable of (str, date)
        Site and UTC date, for example :data:`ADVISED_EXCLUSIONS`.
    """
    out = set(days)
    kept = tuple(row for row in table.rows if (row.site, row.date) not in out)
    dropped = tuple(row for row in table.rows if (row.site, row.date) in out)
    return replace(table, rows=kept, excluded=(*table.excluded, *dropped))
