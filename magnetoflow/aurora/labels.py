"""Labels of single frames from labelled intervals.

Rules. Intervals include both ends. A frame that ends one interval and begins another belongs to the later
one. Where intervals overlap, a frame keeps the classes that all of them leave possible: one class is its
label; more than one, or none (a contradiction, which is counted), is no label. The order does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, UNLABELLED
from magnetoflow.aurora.frames import CADENCE_S
from magnetoflow.aurora.label_rows import LabelRow

By = Literal["auto", "frame", "time"]
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class LabelReport:
    """How the rows of a camera-day met its frames.

    Attributes
    ----------
    site : str
    date : date
    n_labelled : int
        Frames that the rows count: the highest frame number plus 1; 0 where they have times only.
    n_found : int
        Frames at hand of that UTC date.
    rows_by_frame, rows_by_time, rows_unused : int
        Rows placed by number, by time, and not at all: without times, while the numbers do not fit.
    n_contradictory : int
        Frames without label because intervals contradict each other.
    """

    site: str
    date: date
    n_labelled: int
    n_found: int
    rows_by_frame: int
    rows_by_time: int
    rows_unused: int
    n_contradictory: int

    @property
    def excess(self) -> int:
        """Frames at hand beyond those that the rows count; negative where frames are missing."""
        return self.n_found - self.n_labelled if self.n_labelled else 0


@dataclass(frozen=True)
class FrameLabels:
    """Labels of frames.

    Attributes
    ----------
    label : (frame,) ndarray of int8
        Class index or ``UNLABELLED``.
    pulsating : (frame,) ndarray of int8
        1 pulsating, 0 not, ``UNLABELLED`` unknown: known for more frames than `label`.
    source : (frame,) ndarray of int32
        Index in `sources` of the first row that covers the frame, -1 for none.
    sources : tuple of str
        Where these rows stand, ``file:sheet:row``, in time order.
    report : LabelReport
    """

    label: NDArray[np.int8]
    pulsating: NDArray[np.int8]
    source: NDArray[np.int32]
    sources: tuple[str, ...]
    report: LabelReport


def frame_labels(
    rows: Iterable[LabelRow],
    frame_times: NDArray[np.datetime64],
    *,
    site: str,
    date: date,
    by: By = "auto",
    whole_day: bool = True,
) -> NDArray[np.int8]:
    """Labels of :func:`label_frames` alone.

    Returns
    -------
    (frame,) ndarray of int8
        Class index or ``UNLABELLED``.
    """
    return label_frames(rows, frame_times, site=site, date=date, by=by, whole_day=whole_day).label


def label_frames(
    rows: Iterable[LabelRow],
    frame_times: NDArray[np.datetime64],
    *,
    site: str,
    date: date,
    by: By = "auto",
    whole_day: bool = True,
    erode: int = 0,
    cadence_s: float = CADENCE_S,
) -> FrameLabels:
    """Label the frames of one camera and UTC date.

    Parameters
    ----------
    rows : iterable of LabelRow
        Those of other sites and dates are not used.
    frame_times : (frame,) ndarray of datetime64
        UTC, in any order. Row numbers count the frames of the whole UTC date.
    site : str
    date : date
        Frames of other dates get no label.
    by : {"auto", "frame", "time"}
        How rows are placed. ``auto``: by number where the row has no times, or where the frames with its
        first and last number are within 1.5 cadences of its times; else by time. Where the times of most rows
        of the day do not fit their numbers, rows without times are not used.
    whole_day : bool
        All frames of the date are at hand. If not, ``auto`` does not use rows without times: nothing shows
        that their numbers count other frames.
    erode : int
        Frames without label on each side of each change of label: hands are not exact to the frame.
    cadence_s : float [s]

    Returns
    -------
    FrameLabels
        In the order of `frame_times`.
    """
    mine = sorted((row for row in rows if (row.site, row.date) == (site, date)), key=_order)
    seconds = frame_times.astype("datetime64[s]")
    day = np.datetime64(date, "s")
    inside = np.flatnonzero((seconds >= day) & (seconds < day + _DAY))
    time, place = np.unique(seconds[inside], return_inverse=True)
    fits = [_fits(row, time, 1.5 * cadence_s) for row in mine]
    spans = _spans(mine, time, by, fits, whole_day=whole_day)
    possible, pulsating, source = _painted(mine, _without_shared(spans), len(time))
    masks = 1 << np.arange(len(CLASSES))
    label = np.full(len(time), UNLABELLED, np.int8)
    for index, mask in enumerate(masks):
        label[(source >= 0) & (possible == mask)] = index
    report = LabelReport(
        site=site,
        date=date,
        n_labelled=max((row.end_frame + 1 for row in mine if row.end_frame is not None), default=0),
        n_found=len(time),
        rows_by_frame=sum(how == "frame" for how, _ in spans),
        rows_by_time=sum(how == "time" for how, _ in spans),
        rows_unused=sum(how == "" for how, _ in spans),
        n_contradictory=int(((source >= 0) & (possible == 0)).sum()),
    )

    def scattered(values: NDArray[np.int8] | NDArray[np.int32]) -> NDArray[np.int32]:
        every = np.full(len(frame_times), UNLABELLED, np.int32)
        every[inside] = values[place]
        return every

    return FrameLabels(
        label=scattered(eroded(label, erode)).astype(np.int8),
        pulsating=scattered(eroded(pulsating, erode)).astype(np.int8),
        source=scattered(source),
        sources=tuple(row.where for row in mine),
        report=report,
    )


def eroded(label: NDArray[np.int8], frames: int) -> NDArray[np.int8]:
    """Take the labels of frames near a change of label.

    Parameters
    ----------
    label : (frame,) ndarray of int8
        In time order.
    frames : int
        How many on each side.

    Returns
    -------
    (frame,) ndarray of int8
    """
    changes = np.flatnonzero(label[1:] != label[:-1]) + 1
    steps = np.zeros(len(label) + 1, np.int64)
    np.add.at(steps, np.maximum(changes - frames, 0), 1)
    np.add.at(steps, np.minimum(changes + frames, len(label)), -1)
    return np.where(np.cumsum(steps[:-1]) > 0, np.int8(UNLABELLED), label).astype(np.int8)


def _order(row: LabelRow) -> tuple[object, ...]:
    begin = row.start_time.isoformat() if row.start_time else ""
    first = -1 if row.start_frame is None else row.start_frame
    return (first, begin, -1 if row.end_frame is None else row.end_frame, row.possible, row.where)


def _times(row: LabelRow) -> tuple[np.datetime64, np.datetime64] | None:
    if row.start_time is None or row.end_time is None:
        return None
    begin, end = (np.datetime64(one.replace(tzinfo=None), "s") for one in (row.start_time, row.end_time))
    return begin, end


def _fits(row: LabelRow, time: NDArray[np.datetime64], tolerance_s: float) -> bool | None:
    """Whether the frames with the row's numbers have its times; None where it lacks either."""
    times = _times(row)
    if row.start_frame is None or row.end_frame is None or times is None:
        return None
    if row.end_frame >= len(time):
        return False
    apart = (
        (time[[row.start_frame, row.end_frame]] - np.array(times)).astype("timedelta64[s]").astype(np.int64)
    )
    return bool((np.abs(apart) <= tolerance_s).all())


def _spans(
    rows: Sequence[LabelRow],
    time: NDArray[np.datetime64],
    by: By,
    fits: Sequence[bool | None],
    *,
    whole_day: bool,
) -> list[tuple[str, tuple[int, int]]]:
    """How each row is placed, and its first and last frame; the last is below the first for no frame."""
    known = [one for one in fits if one is not None]
    numbers_fit = whole_day and 2 * sum(known) >= len(known)
    found = []
    for row, fit in zip(rows, fits, strict=True):
        times = _times(row)
        numbered = row.start_frame is not None and row.end_frame is not None
        use_number = numbered if by == "frame" else by == "auto" and (fit or (times is None and numbers_fit))
        if use_number and row.start_frame is not None and row.end_frame is not None:
            found.append(("frame", (row.start_frame, min(row.end_frame, len(time) - 1))))
        elif times is not None and by != "frame":
            first, last = np.searchsorted(time, times[0]), np.searchsorted(time, times[1], "right") - 1
            found.append(("time", (int(first), int(last))))
        else:
            found.append(("", (0, -1)))
    return found


def _without_shared(spans: Sequence[tuple[str, tuple[int, int]]]) -> list[tuple[int, int]]:
    """Take the last frame of a span where another begins."""
    begins = {first for _, (first, last) in spans if first <= last}
    return [
        (first, last - 1) if first < last and last in begins else (first, last) for _, (first, last) in spans
    ]


def _painted(
    rows: Sequence[LabelRow], spans: Sequence[tuple[int, int]], n_frames: int
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int32]]:
    """Classes left possible as bits, pulsating or not, and the first row of each frame."""
    possible = np.full(n_frames, (1 << len(CLASSES)) - 1, np.int64)
    said = np.zeros((2, n_frames), bool)
    source = np.full(n_frames, -1, np.int32)
    for index, (row, (first, last)) in enumerate(zip(rows, spans, strict=True)):
        span = slice(first, max(last + 1, first))
        possible[span] &= sum(1 << one for one in row.possible)
        if row.pulsating is not None:
            said[int(row.pulsating), span] = True
        source[span] = np.where(source[span] < 0, index, source[span])
    pulsating = np.where(said[1] & ~said[0], 1, np.where(said[0] & ~said[1], 0, UNLABELLED)).astype(np.int8)
    return possible, pulsating, source
