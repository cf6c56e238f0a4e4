"""Ward's method on a part of the records: it needs all pairs, so the others go to the nearest centre."""

from __future__ import annotations

import numpy as np

from magnetoflow.rept_pad.data import Scores
from magnetoflow.rept_pad.kmeans import Centres, centres_of, finite


def fit_ward(scores: Scores, k: int, seed: int, *, max_rows: int = 3000) -> Centres:
    """Merge records by least growth of variance (Ward 1963, doi:10.1080/01621459.1963.10500845).

    Parameters
    ----------
    scores : Scores
        Finite; errors are not used.
    k : int
        Number of classes.
    seed : int
        Of the records drawn.
    max_rows : int

    Returns
    -------
    Centres

    Raises
    ------
    InsufficientData
        Fewer different records than classes, or a score is not finite.
    """
    from sklearn.cluster import AgglomerativeClustering  # labels are given without scikit-learn

    values = scores.values
    if len(values) > max_rows:
        values = values[np.sort(np.random.default_rng(seed).choice(len(values), max_rows, replace=False))]
    values = finite(values, k)
    return centres_of(values, np.asarray(AgglomerativeClustering(k, linkage="ward").fit_predict(values)), k)
