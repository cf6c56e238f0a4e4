"""Write label sheets of sample camera-days in the published layouts, and outputs in the published form."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from openpyxl import Workbook

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import atomic_path, write_text
from magnetoflow.sample.aurora_files import frame_numbers
from magnetoflow.sample.aurora_night import day_truth, night_seed
from magnetoflow.sample.aurora_plan import (
    INTERVALS_SHEET,
    PLAIN_SHEET,
    PREDICTED_DAYS,
    SHEET_DAYS,
    UPDATED_SHEET,
    CameraDay,
    camera_day,
    code_of,
    prediction_file,
)

MADE = datetime(2020, 1, 1)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
CREATED_LINE = "# File created on 2023-07-04 15:31:16"
_PUBLISHED_CODES = {"p": "pa", "cm": "cs"}
"""What `INTERVALS_SHEET` calls codes of the others."""


@dataclass(frozen=True)
class Interval:
    """Frames of one scene on one UTC date, as a labeller would list them.

    Attributes
    ----------
    site : str
    day : date
    first, last : int
        Frame numbers in time order over the date, both included.
    start, stop : datetime
        Times of those frames, whole seconds, UTC.
    code : str
    """

    site: str
    day: date
    first: int
    last: int
    start: datetime
    stop: datetime
    code: str


def planned_day(site: str, day: date) -> CameraDay:
    """Camera-day of the sample.

    Raises
    ------
    ArchiveError
        The sample has none.
    """
    plan = camera_day(site, day)
    if plan is None:
        raise ArchiveError(f"the sample has no images of {site} on {day}")
    return plan


def label_intervals(site: str, day: date) -> list[Interval]:
    """Return the intervals of a camera-day: one for each scene; they share no frame and leave none out."""
    plan = planned_day(site, day)
    truth = day_truth(plan)
    number, intervals = frame_numbers(truth), []
    for scene in np.unique(truth.scene[truth.expected]):
        rows = np.flatnonzero((truth.scene == scene) & truth.expected)
        rows = rows[np.argsort(number[rows])]
        start, stop = (truth.time[row].astype("datetime64[s]").item() for row in rows[[0, -1]])
        code = code_of(plan.night.scenes[scene])
        intervals.append(Interval(site, day, int(number[rows[0]]), int(number[rows[-1]]), start, stop, code))
    return intervals


def write_labels(root: Path) -> list[Path]:
    """Write the label sheets below the root of the sample archive; return their paths below the root.

    Raises
    ------
    ArchiveError
        A file cannot be written.
    """
    made = {name: [label_intervals(*one) for one in days] for name, days in SHEET_DAYS.items()}
    _write_workbook(root / UPDATED_SHEET, _updated_book(made[UPDATED_SHEET]))
    _write_workbook(root / PLAIN_SHEET, _plain_book(made[PLAIN_SHEET]))
    lines = ["camera,date,start_frame,end_frame,classification"]
    for day in made[INTERVALS_SHEET]:
        for one in day:
            code = _PUBLISHED_CODES.get(one.code, one.code)
            lines.append(f"{one.site},{one.day:%Y%m%d},{one.first},{one.last},{code}")
    write_text(root / INTERVALS_SHEET, "\n".join(lines) + "\n")
    return [Path(name) for name in SHEET_DAYS]


def _updated_book(days: Sequence[Sequence[Interval]]) -> Workbook:
    """Workbook in the layout of ``classification-09092022 updated``.

    Traps: blanks after codes and frame numbers, capitals, zero-padded text beside whole numbers, dates as
    text with and without dashes, as whole number and as date, neighbours that share a frame.
    """
    book, sheet = _book("themis")
    sheet.append(
        ["vid_num", "entry_num", "Date", "camera", "Start time", "End time", "Classification", "Confidence",
         "Start frame", "End frame", "notes"]
    )  # fmt: skip
    codes = {"bv": "bv ", "p": "P", "dis-sub": "Dis-Sub"}
    for video, day in enumerate(days, start=1):
        for row, one in enumerate(day):
            stop, shares = one.stop, row == 3
            frames: tuple[Any, ...] = (f"{one.first:05d}", f"{one.last:05d}")
            if row == 1:
                frames = (f"{one.first:05d} ", f"{one.last:05d}")
            elif row == 2:
                frames = (one.first, one.last)
            elif shares:
                frames, stop = (frames[0], f"{day[4].first:05d}"), day[4].start
            sheet.append(
                [str(video), str(row + 1), _date_cell(one.day, row % 4), one.site, f"{one.start:%H:%M:%S}",
                 f"{stop:%H:%M:%S}", codes.get(one.code, one.code), "4", *frames,
                 "shares a frame with the next" if shares else None]
            )  # fmt: skip
    legend = book.create_sheet("Sheet 2")
    legend.append(["classification:", "p - pulsating", "bv - bad viewing condition"])
    return book


def _date_cell(day: date, form: int) -> str | int | datetime:
    """One of the four ways in which sheets give a date."""
    if form == 3:
        return datetime(day.year, day.month, day.day)
    return (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", int(f"{day:%Y%m%d}"))[form]


def _plain_book(days: Sequence[Sequence[Interval]]) -> Workbook:
    """Workbook in the layout of ``classification-02012023``: text cells, a formula, a note without title."""
    book, sheet = _book("themis")
    sheet.append(
        [
            "Date",
            "camera",
            "Start time",
            "End time",
            "Classification",
            "Start frame",
            "End frame",
            "length",
            None,
        ]
    )
    row = 1
    for day in days:
        for one in day:
            row += 1
            sheet.append(
                [f"{one.day:%Y%m%d}", one.site, f"{one.start:%H:%M:%S}", f"{one.stop:%H:%M:%S}", one.code,
                 f"{one.first:05d}", f"{one.last:05d}", f"=G{row}-F{row}", "synthetic" if row == 2 else None]
            )  # fmt: skip
    legend = book.create_sheet("classification")
    legend.append(["classification"])
    legend.append(["pulsating aurora", "across the entire sky", "p", "pulsating aurora"])
    return book


def _book(title: str) -> tuple[Workbook, Any]:
    """Workbook with one sheet."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    book.properties.creator, book.properties.created = "magnetoflow", MADE
    return book, sheet


def _write_workbook(path: Path, book: Workbook) -> None:
    """Write a workbook whose bytes depend on its cells only: times inside the file are fixed."""
    buffer = io.BytesIO()
    book.save(buffer)
    with atomic_path(path) as part, zipfile.ZipFile(buffer) as made, zipfile.ZipFile(part, "w") as fixed:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{MADE:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, content)


def write_predictions(root: Path) -> list[Path]:
    """Write outputs in the earlier published form for `PREDICTED_DAYS`; return their paths below the root.

    Notes
    -----
    Labels flicker and are confused as published ones are; rows are not in time order, as in published files.
    """
    written = []
    for site, day in PREDICTED_DAYS:
        plan = planned_day(site, day)
        truth = day_truth(plan)
        rows = np.flatnonzero(truth.expected)
        rows = rows[np.argsort(truth.time[rows], kind="stable")]
        rng = np.random.default_rng([*night_seed(plan.night), day.toordinal(), 4])
        scores = confused(truth.label[rows], rng)
        lines = []
        for row, one in zip(rows, scores, strict=True):
            clock = f"{truth.time[row].astype('datetime64[s]').item():%H:%M:%S}"
            best = int(one.argmax())
            lines.append(f"{day:%Y%m%d},{clock},{best},{CLASSES[best]},{np.float32(one[best])}")
        blocks = [lines[k : k + 30] for k in range(0, len(lines), 30)]
        mixed = [line for k in rng.permutation(len(blocks)) for line in blocks[k]]
        head = [
            CREATED_LINE, "# This file contains the predictions generated by the model.", "",
            "date,time,prediction,prediction_str,confidence",
        ]  # fmt: skip
        path = Path(prediction_file(site, day))
        write_text(root / path, "\n".join([*head, *mixed]) + "\n")
        written.append(path)
    return written


def confused(label: NDArray[np.int8], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return (frame, 4) probabilities of a classifier that errs for minutes and flickers between frames."""
    slow = np.zeros((len(label), len(CLASSES)))
    for k in range(1, len(label)):
        slow[k] = 0.98 * slow[k - 1] + 0.2 * rng.normal(0, 1.2, len(CLASSES))
    logit = 2.2 * np.eye(len(CLASSES))[label] + slow + rng.normal(0, 0.8, slow.shape)
    weight = np.exp(logit - logit.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
