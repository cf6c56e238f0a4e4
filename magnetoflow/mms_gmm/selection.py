"""What labelling shares with fitting, without its libraries: the feature matrix, and a row of the sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """One mixture of the sweep; `reason` says why it was refused."""

    components: int
    covariance: str
    bic: float
    icl: float
    min_weight: float
    at_floor: bool
    stability: float = np.nan
    stability_std: float = np.nan
    accepted: bool = False
    chosen: bool = False
    reason: str = ""
    mixture: Any = field(default=None, repr=False, compare=False)


SELECTION_COLUMNS = tuple(f.name for f in fields(Candidate) if f.name != "mixture")


def feature_matrix(columns: Mapping[str, Floats], features: Sequence[str]) -> Floats:
    """Model features of a feature table.

    Parameters
    ----------
    columns : mapping of str to (row,) ndarray
        The feature table.
    features : sequence of str
        Wanted columns; ``log_b`` is log10 of ``b_nt`` [nT].

    Returns
    -------
    (row, feature) ndarray
        NaN where missing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = {"log_b": np.log10(np.asarray(columns["b_nt"], dtype=np.float64))}
    matrix = np.column_stack(
        [np.asarray(derived.get(name, columns.get(name)), dtype=np.float64) for name in features]
    )
    return np.where(np.isfinite(matrix), matrix, np.nan)
