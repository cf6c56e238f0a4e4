"""Tables of how well frames were classified: per class, and per night and site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.aurora.evaluation import confusion_matrix

Integers = NDArray[np.int64]
Row = dict[str, str | float | int]


def pulsating_rates(truth: Integers, predicted: Integers) -> tuple[float, float]:
    """Share of the pulsating frames that were found, and of the others that were taken for pulsating."""
    table = confusion_matrix(truth, predicted)
    others = np.arange(len(CLASSES)) != PULSATING
    with np.errstate(invalid="ignore"):
        recall = table[PULSATING, PULSATING] / table[PULSATING].sum()
        false = table[others, PULSATING].sum() / table[others].sum()
    return float(recall), float(false)


def evaluation_rows(truth: Integers, predicted: Integers, groups: Sequence[str]) -> list[Row]:
    """Tabulate the scores of all groups together, then of each one.

    Parameters
    ----------
    truth, predicted : (frame,) ndarray of int
    groups : (frame,) sequence of str

    Returns
    -------
    list of dict
        ``group``, ``class``, ``frames`` (of that true class), ``recall``, ``precision``, ``f1`` and the
        count of frames per predicted class, ``as_...``.
    """
    names = np.asarray(groups)
    rows: list[Row] = []
    for group in ["all", *sorted(set(groups))]:
        mine = names == group if group != "all" else np.ones(len(names), bool)
        table = confusion_matrix(truth[mine], predicted[mine])
        for k, name in enumerate(CLASSES):
            hits, actual, claimed = table[k, k], table[k].sum(), table[:, k].sum()
            rows.append(
                {
                    "group": group,
                    "class": name,
                    "frames": int(actual),
                    "recall": float(hits / actual) if actual else float("nan"),
                    "precision": float(hits / claimed) if claimed else float("nan"),
                    "f1": float(2 * hits / (actual + claimed)) if actual + claimed else float("nan"),
                    **{f"as_{other}": int(table[k, j]) for j, other in enumerate(CLASSES)},
                }
            )
    return rows
