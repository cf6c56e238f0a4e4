"""Scores against human labels as tables: overall and by camera-day, for single frames and in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.evaluation import (
    bootstrap,
    confusion_by_camera_day,
    confusion_matrix,
    reliability,
    score,
    winners,
)
from magnetoflow.aurora.labels import LabelReport

STAGES = ("frames", "in_time")
ALL = "all"
BOUNDED = ("accuracy", "kappa", "macro_f1", "pulsating_f1")
EVALUATION_COLUMNS = (
    *("stage", "camera_day", "frames", "accuracy", "kappa", "macro_f1", "pulsating_f1", "ece", "flicker"),
    *(f"{name}_{end}" for name in BOUNDED for end in ("low", "high")),
    *(f"{rate}_{name}" for rate in ("recall", "precision") for name in CLASSES),
    "seen_in_training",
)
CONFUSION_COLUMNS = ("stage", "camera_day", "labelled", *(f"as_{name}" for name in CLASSES))
LABEL_COLUMNS = (
    *("camera_day", "frames_labelled", "frames_found", "excess"),
    *("rows_by_frame", "rows_by_time", "rows_unused", "frames_contradictory"),
)
RELIABILITY_COLUMNS = ("stage", "low", "high", "frames", "confidence", "accuracy")


@dataclass(frozen=True)
class Labelled:
    """Labelled frames of all camera-days, camera-day by camera-day.

    Attributes
    ----------
    camera_day : (frame,) ndarray of str
        ``gill_20140310``.
    truth : (frame,) ndarray of int
        -1 unlabelled.
    probabilities : mapping of str to (frame, 4) ndarray
        By stage.
    """

    camera_day: NDArray[np.str_]
    truth: NDArray[np.int64]
    probabilities: Mapping[str, NDArray[np.float64]]

    @property
    def labelled(self) -> bool:
        """Whether any frame has a label."""
        return bool((self.truth >= 0).any())


def evaluation_table(
    frames: Labelled, seen: Mapping[str, frozenset[str] | None] = MappingProxyType({})
) -> pd.DataFrame:
    """Scores of both stages, overall and by camera-day.

    Parameters
    ----------
    frames : Labelled
    seen : mapping of str to set of str or None
        By stage, camera-days that the models behind it were fitted on: their scores do not say how good they
        are elsewhere. None: not known.

    Returns
    -------
    DataFrame
        With `EVALUATION_COLUMNS`; 90 % intervals from drawing camera-days again, if there are five or more.
    """
    rows = []
    for stage, table in frames.probabilities.items():
        for day in [ALL, *np.unique(frames.camera_day[frames.truth >= 0]).tolist()]:
            mine = np.ones(len(frames.truth), bool) if day == ALL else frames.camera_day == day
            known = (frames.truth[mine] >= 0) & np.isfinite(table[mine]).all(axis=1)
            if not known.any():
                continue
            one = score(frames.truth[mine], table[mine], day=frames.camera_day[mine])
            row = {"stage": stage, "camera_day": day, "frames": one.frames}
            row |= {name: getattr(one, name) for name in ("accuracy", "kappa", "macro_f1", "pulsating_f1")}
            row |= {"ece": one.ece, "flicker": one.flicker}
            row |= _bounds(frames, table) if day == ALL else {}
            for k, name in enumerate(CLASSES):
                row |= {f"recall_{name}": one.recall[k], f"precision_{name}": one.precision[k]}
            row["seen_in_training"] = _seen(day, frames, seen.get(stage, frozenset()))
            rows.append(row)
    return pd.DataFrame(rows, columns=list(EVALUATION_COLUMNS)).round(4)


def confusion_table(frames: Labelled) -> pd.DataFrame:
    """Labelled against found class, overall and by camera-day, with `CONFUSION_COLUMNS`."""
    rows = []
    known = frames.truth >= 0
    for stage, table in frames.probabilities.items():
        found = winners(table)
        matrices = {ALL: confusion_matrix(frames.truth, found)}
        matrices |= confusion_by_camera_day(frames.truth[known], found[known], frames.camera_day[known])
        for day, matrix in matrices.items():
            for k, name in enumerate(CLASSES):
                counts = {f"as_{other}": int(matrix[k, j]) for j, other in enumerate(CLASSES)}
                rows.append({"stage": stage, "camera_day": day, "labelled": name, **counts})
    return pd.DataFrame(rows if known.any() else [], columns=list(CONFUSION_COLUMNS))


def reliability_table(frames: Labelled) -> pd.DataFrame:
    """Accuracy against winning probability in equal bins, with `RELIABILITY_COLUMNS`."""
    rows = []
    for stage, table in frames.probabilities.items():
        if not (frames.labelled and np.isfinite(table[frames.truth >= 0]).all(axis=1).any()):
            continue
        found = reliability(frames.truth, table)
        for k, count in enumerate(found.frames):
            low, high = found.edges[k], found.edges[k + 1]
            rows.append((stage, low, high, int(count), found.confidence[k], found.accuracy[k]))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS)).round(4)


def label_table(reports: Sequence[LabelReport]) -> pd.DataFrame:
    """How labels met the frames of each camera-day, with `LABEL_COLUMNS`.

    Where the two counts of frames differ by more than a few, the sheet numbered other frames than these.
    """
    rows = [
        (
            *(f"{one.site}_{one.date:%Y%m%d}", one.n_labelled, one.n_found, one.excess),
            *(one.rows_by_frame, one.rows_by_time, one.rows_unused, one.n_contradictory),
        )
        for one in reports
    ]
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS))


def _bounds(frames: Labelled, table: NDArray[np.float64]) -> dict[str, float]:
    known = frames.truth >= 0
    days = confusion_by_camera_day(frames.truth[known], winners(table)[known], frames.camera_day[known])
    if len(days) < 5:
        return {}
    limits = bootstrap(days)
    return {f"{name}_{end}": getattr(limits[name], end) for name in BOUNDED for end in ("low", "high")}


def _seen(day: str, frames: Labelled, seen: frozenset[str] | None) -> str:
    if seen is None:
        return "unknown"
    if day != ALL:
        return "yes" if day in seen else "no"
    days = set(np.unique(frames.camera_day[frames.truth >= 0]).tolist())
    return "yes" if days <= seen else "no" if not days & seen else "partly"
