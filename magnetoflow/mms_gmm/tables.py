"""The columns of ``features.csv`` and of the table of model selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.mms_gmm.features import Features
from magnetoflow.mms_gmm.robust import RobustFeatures
from magnetoflow.mms_gmm.selection import SELECTION_COLUMNS, Candidate

ROBUST_COLUMNS = tuple(field.name for field in fields(RobustFeatures))


def feature_frame(event: str, probe: int, features: Features) -> pd.DataFrame:
    """Lay the features of one event out as a table.

    Parameters
    ----------
    event : str
        Id of the event.
    probe : int
        1 to 4.
    features : Features

    Returns
    -------
    DataFrame
        ``event, time, probe, ratio_max_width, ratio_high_low, norm_Bt, pseudofeature, zeroed, b_nt``, the
        robust features, ``filled, n_samples, n_b, quality``. Missing is NaN (NA in ``zeroed``).
    """
    reference = features.reference
    return pd.DataFrame(
        {
            "event": pd.Series([event] * len(features.time), dtype=object),
            "time": features.time,
            "probe": np.full(len(features.time), probe, dtype=np.int64),
            "ratio_max_width": reference.ratio_max_width,
            "ratio_high_low": reference.ratio_high_low,
            "norm_Bt": features.norm_bt,
            "pseudofeature": reference.pseudofeature,
            "zeroed": whole(reference.zeroed),
            "b_nt": features.b_nt,
            **{name: getattr(features.robust, name) for name in ROBUST_COLUMNS},
            "filled": features.filled,
            "n_samples": features.n_samples,
            "n_b": features.n_b,
            "quality": features.quality,
        }
    )


def whole(values: NDArray[np.float64]) -> pd.Series:
    """Whole numbers that may be missing (NaN)."""
    return pd.Series(values).astype("Int64")


def selection_frame(candidates: Sequence[Candidate]) -> pd.DataFrame:
    """Lay the sweep of mixtures out as a table, one row per candidate."""
    return pd.DataFrame(
        [[getattr(one, name) for name in SELECTION_COLUMNS] for one in candidates],
        columns=list(SELECTION_COLUMNS),
    )
