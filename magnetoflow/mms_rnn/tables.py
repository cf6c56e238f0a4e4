"""Tables of one spacecraft in one event, as data frames: labels, probabilities, scaled features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.mms_rnn.classes import FEATURES, PROBABILITIES, REGIONS, UNKNOWN
from magnetoflow.mms_rnn.inference import Labels
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.tt2000 import tt2000

LABEL_COLUMNS = (
    *("Predicted", "time", "tt2000", "event", "probe", "region", "confidence", "unknown", "ood_score"),
    *("stability", "smoothed_region", "segment", "flags", "source", "model"),
)
PROBABILITY_COLUMNS = (
    *("Predicted", "Confidence", "time", "tt2000", "region", *PROBABILITIES),
    *("ood_score", "unknown", "stability", "source", "model"),
)
DECIMALS = 6
"""Of probabilities, scores and shares: single precision holds no more."""

Times = NDArray[np.datetime64]


def labels_frame(
    time: Times,
    segment: NDArray[np.integer],
    flags: NDArray[np.integer],
    labels: Labels,
    *,
    event: str,
    probe: int,
    source: str,
    model: str,
) -> pd.DataFrame:
    """One row per sample with its label.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC.
    segment : (time,) ndarray of int
    flags : (time,) ndarray of int
        Bits of :data:`magnetoflow.mms_rnn.quality.FLAGS`; UNUSUAL and UNSURE are added here.
    labels : Labels
    event : str
    probe : int
    source, model : str

    Returns
    -------
    DataFrame
        With `LABEL_COLUMNS`; ``Predicted`` is what the network says, ``region`` is ``unknown`` where that is
        not to be trusted.
    """
    columns = _common(time, labels) | {
        "event": event,
        "probe": probe,
        "confidence": labels.confidence.round(DECIMALS),
        "smoothed_region": region_names(labels.smoothed),
        "segment": segment.astype(np.int64),
        "flags": flags.astype(np.int64)
        | FLAGS["UNUSUAL"] * labels.unusual.astype(np.int64)
        | FLAGS["UNSURE"] * labels.unsure.astype(np.int64),
        "source": source,
        "model": model,
    }
    return pd.DataFrame(columns, columns=list(LABEL_COLUMNS))


def probabilities_frame(time: Times, labels: Labels, *, source: str, model: str) -> pd.DataFrame:
    """One row per sample with all probabilities.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
    labels : Labels
    source, model : str

    Returns
    -------
    DataFrame
        With `PROBABILITY_COLUMNS`.
    """
    columns = _common(time, labels) | {
        "Confidence": labels.confidence.round(DECIMALS),
        **{name: labels.probabilities[:, k].round(DECIMALS) for k, name in enumerate(PROBABILITIES)},
        "source": source,
        "model": model,
    }
    return pd.DataFrame(columns, columns=list(PROBABILITY_COLUMNS))


def features_frame(time: Times, features: NDArray[np.float64]) -> pd.DataFrame:
    """Put the inputs of the network into the published layout: times in a column without a name.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
    features : (time, 14) ndarray

    Returns
    -------
    DataFrame
    """
    return pd.DataFrame({"": time, **{name: features[:, k] for k, name in enumerate(FEATURES)}})


def region_names(label: NDArray[np.integer]) -> NDArray[np.object_]:
    """Names of region indices; ``unknown`` for -1."""
    names: NDArray[np.object_] = np.array([*REGIONS, UNKNOWN], object)[label]
    return names


def _common(time: Times, labels: Labels) -> dict[str, Any]:
    """Columns that both tables have."""
    predicted = pd.array(labels.predicted.astype(np.int64), dtype="Int64")
    predicted[labels.predicted < 0] = pd.NA
    return {
        "Predicted": predicted,
        "time": time,
        "tt2000": tt2000(time),
        "region": region_names(np.where(labels.unknown, -1, labels.predicted)),
        "unknown": labels.unknown,
        "ood_score": labels.ood_score.round(DECIMALS),
        "stability": labels.stability.round(DECIMALS),
    }
