"""How far a sample lies from everything that a network was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS

Floats = NDArray[np.float64]

FLOOR = 0.05
"""Spread [scaled units] that every feature has at least: errors of measurement and scaling that a model of
training data may lack."""
SHRINKAGE = 0.1
"""Weight of the covariance matrix without correlations."""
QUANTILE = 0.995
"""Share of the training samples within the limit."""
FEWEST = 100
"""Samples of a group below which its spread is not estimated."""
GROUPS = 8
"""Most groups of a region: regions bend through the 14 features, and noise differs between events."""
ROUNDS = 20


@dataclass(frozen=True)
class Reference:
    """Normal distributions of the scaled features, several for each region of training data.

    Attributes
    ----------
    means : (group, 14) ndarray
    covariances : (group, 14, 14) ndarray
    limit : float
        Mahalanobis distance from the nearest group within which the stated share of the training data lies.
    """

    means: Floats
    covariances: Floats
    limit: float


def fit(features: Floats, labels: NDArray[np.integer], *, quantile: float = QUANTILE) -> Reference:
    """Describe training data, region by region.

    Parameters
    ----------
    features : (sample, 14) ndarray
        Scaled; rows with NaN or infinity are left out.
    labels : (sample,) ndarray of int
        Indices of :data:`magnetoflow.mms_rnn.classes.REGIONS`; others are left out.
    quantile : float
        Share of the samples whose score is at most 1.

    Returns
    -------
    Reference
        Of the regions and groups that have :data:`FEWEST` samples.

    Raises
    ------
    InsufficientData
        No region has enough samples.
    """
    known = np.isfinite(features).all(axis=1)
    means, covariances, kept = [], [], []
    for region in range(len(REGIONS)):
        members = features[known & (labels == region)]
        if len(members) < FEWEST:
            continue
        kept.append(members)
        for group in _groups(members):
            spread = np.cov(group, rowvar=False)
            alone = np.diag(np.diag(spread))
            means.append(group.mean(axis=0))
            covariances.append(spread + SHRINKAGE * (alone - spread) + FLOOR**2 * np.eye(len(FEATURES)))
    if not means:
        raise InsufficientData(
            "too few samples to say what is usual",
            why=f"no region has {FEWEST} samples with all {len(FEATURES)} features",
            todo="give more labelled data",
        )
    reference = Reference(np.array(means), np.array(covariances), 1.0)
    limit = float(np.quantile(score(np.concatenate(kept), reference), quantile))
    return Reference(reference.means, reference.covariances, limit)


def score(features: Floats, reference: Reference) -> Floats:
    """Distance from the nearest group of the training data, in units of the limit.

    Parameters
    ----------
    features : (sample, 14) ndarray
        Scaled.
    reference : Reference

    Returns
    -------
    (sample,) ndarray
        Above 1: unlike the training data. NaN where a feature is missing.

    References
    ----------
    Lee et al. 2018, arXiv:1807.03888, eq. 2, on the inputs themselves.
    """
    known = np.isfinite(features).all(axis=1)
    rows = features[known]
    nearest = np.full(len(rows), np.inf)
    for mean, covariance in zip(reference.means, reference.covariances, strict=True):
        white = np.linalg.solve(np.linalg.cholesky(covariance), (rows - mean).T)
        nearest = np.minimum(nearest, np.sqrt((white**2).sum(axis=0)))
    found = np.full(len(features), np.nan)
    found[known] = nearest / reference.limit
    return found


def _groups(members: Floats) -> list[Floats]:
    """Split the samples of a region by k-means that starts from slices along the longest axis.

    References
    ----------
    Lloyd 1982, doi:10.1109/TIT.1982.1056489
    """
    count = max(1, min(GROUPS, len(members) // (2 * FEWEST)))
    scaled = (members - members.mean(axis=0)) / np.sqrt(members.var(axis=0) + FLOOR**2)
    _, axes = np.linalg.eigh(np.cov(scaled, rowvar=False))
    group = np.empty(len(members), dtype=np.int64)
    group[np.argsort(scaled @ axes[:, -1], kind="stable")] = np.arange(len(members)) * count // len(members)
    for _ in range(ROUNDS):
        centres = np.array([scaled[group == k].mean(axis=0) for k in np.unique(group)])
        group = ((centres**2).sum(axis=1) - 2 * scaled @ centres.T).argmin(axis=1)
    found = [members[group == k] for k in np.unique(group)]
    return [one for one in found if len(one) >= FEWEST] or [members]
