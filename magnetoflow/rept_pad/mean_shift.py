"""Number of classes as the number of modes of the density of whitened scores (mean shift).

Flat kernel as in scikit-learn, after Comaniciu and Meer 2002, doi:10.1109/34.1000236. One bandwidth is no
evidence: the number is read off a sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.data import Floats, Scores
from magnetoflow.rept_pad.kmeans import finite
from magnetoflow.rept_pad.mean_shift_loops import climbed, members
from magnetoflow.rept_pad.mixture import pooled_mixture
from magnetoflow.rept_pad.seeding import shrunk, well_measured
from magnetoflow.rept_pad.stability import Labeller, Labels, bootstrap_ari

QUANTILES = (0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
REFERENCE_QUANTILE, REFERENCE_SAMPLES = 0.1, 6000
STARTS = 300
MIN_SHARE = 0.01


@dataclass(frozen=True)
class SweepRow:
    """Mean shift at one bandwidth.

    Attributes
    ----------
    quantile : float
        Share of the other records within one bandwidth of a record, on the average.
    bandwidth : float [1]
        In whitened scores.
    k : int
        Number of modes with at least the least share of the records.
    share_of_smallest : float
        Share of the smallest of these.
    stability, stability_error : float
        Mean adjusted Rand index of the labels and those of resampled records, and its standard deviation.
    """

    quantile: float
    bandwidth: float
    k: int
    share_of_smallest: float
    stability: float
    stability_error: float


def sweep(
    scores: Scores,
    quantiles: Sequence[float] = QUANTILES,
    seed: int = 0,
    max_rows: int = 3000,
    *,
    repeats: int = 4,
    min_share: float = MIN_SHARE,
) -> tuple[SweepRow, ...]:
    """Run mean shift at the bandwidth of each quantile.

    Parameters
    ----------
    scores : Scores
        Finite. Of those with errors the well measured are used: errors smear out the modes.
    quantiles : sequence of float
    seed : int
    max_rows : int
        Records used, drawn at random.
    repeats : int
        Resampled fits for each stability.
    min_share : float
        A mode with a smaller share of the records is not counted.

    Returns
    -------
    tuple of SweepRow
        In the order of `quantiles`.

    Raises
    ------
    InsufficientData
        Too few records, or a score is not finite.
    """
    points = _points(scores, seed, max_rows)
    return tuple(_row(points, quantile, seed, repeats, min_share) for quantile in quantiles)


def choose_k(rows: Sequence[SweepRow], *, min_stability: float = 0.9) -> int:
    """Choose the number of modes that holds over the longest range of ln(bandwidth) among the stable rows.

    Parameters
    ----------
    rows : sequence of SweepRow
    min_stability : float

    Returns
    -------
    int
        At least 2 where any row has two modes and is stable; 1 otherwise. Of ranges of the same length the
        one of more modes.
    """
    edges = _edges(np.log([row.bandwidth for row in rows]))
    lengths: dict[int, float] = {}
    run, before = 0.0, 0
    for i in np.argsort([row.bandwidth for row in rows]):
        row = rows[i]
        usable = row.k > 1 and row.stability >= min_stability
        run = (run if row.k == before else 0.0) + float(edges[i]) if usable else 0.0
        before = row.k if usable else 0
        if usable:
            lengths[row.k] = max(lengths.get(row.k, 0.0), run)
    return max(lengths, key=lambda k: (round(lengths[k], 9), k)) if lengths else 1


def reference_k(values: Floats) -> int:
    """Count clusters by the settings of the reference, for the report.

    scikit-learn's ``estimate_bandwidth(quantile=0.1, n_samples=6000, random_state=0)``, then
    ``MeanShift(bin_seeding=True)``, on the scores as they are (Bakrania et al. 2020,
    doi:10.3389/fspas.2020.593516).
    """
    from sklearn.cluster import MeanShift, estimate_bandwidth  # only for this comparison

    values = finite(values, 1)
    size = min(REFERENCE_SAMPLES, len(values))
    bandwidth = estimate_bandwidth(values, quantile=REFERENCE_QUANTILE, n_samples=size, random_state=0)
    if bandwidth <= 0:
        return 1
    return len(MeanShift(bandwidth=bandwidth, bin_seeding=True).fit(values).cluster_centers_)


def _points(scores: Scores, seed: int, max_rows: int) -> Floats:
    pooled = pooled_mixture(scores)
    values, information = shrunk(scores, pooled.means[0], pooled.covariances[0])
    rows = well_measured(information)
    if len(rows) > max_rows:
        rows = np.sort(np.random.default_rng(seed).choice(rows, max_rows, replace=False))
    return np.ascontiguousarray(values[rows])


def _row(points: Floats, quantile: float, seed: int, repeats: int, min_share: float) -> SweepRow:
    bandwidth = _bandwidth(points, quantile, seed)
    labels = _nearest(points, modes(points, bandwidth, seed, min_share))
    shares = np.bincount(labels) / len(points)
    found = bootstrap_ari(
        Scores(points),
        labels,
        lambda drawn, own: _labeller(drawn.values, bandwidth, own, min_share),
        repeats,
        seed,
    )
    return SweepRow(quantile, bandwidth, len(shares), float(shares.min()), found.mean, found.error)


def _labeller(points: Floats, bandwidth: float, seed: int, min_share: float) -> Labeller:
    centres = modes(points, bandwidth, seed, min_share)
    return lambda scores: _nearest(scores.values, centres)


def modes(points: Floats, bandwidth: float, seed: int, min_share: float = MIN_SHARE) -> Floats:
    """Find modes of the density.

    Parameters
    ----------
    points : (n, q) ndarray
    bandwidth : float
        Radius of the flat kernel.
    seed : int
        Of the records from which the climbs start.
    min_share : float
        Modes to which a smaller share of the records belongs are left out.

    Returns
    -------
    (k, q) ndarray
        The densest first.
    """
    rng = np.random.default_rng(seed)
    starts = points[np.sort(rng.choice(len(points), min(STARTS, len(points)), replace=False))]
    ends, inside = climbed(points, starts, bandwidth)
    order = np.lexsort((*ends.T[::-1], -inside))
    kept: list[Floats] = []
    for i in order:
        if all(((ends[i] - one) ** 2).sum() > bandwidth**2 for one in kept):
            kept.append(ends[i])
    centres = np.stack(kept)
    shares = np.bincount(_nearest(points, centres), minlength=len(centres)) / len(points)
    large = shares >= min(min_share, shares.max())
    return np.asarray(centres[large])


def _bandwidth(points: Floats, quantile: float, seed: int) -> float:
    """Mean distance of the neighbour below which the share `quantile` of the records lies."""
    rng = np.random.default_rng(seed)
    some = points[np.sort(rng.choice(len(points), min(500, len(points)), replace=False))]
    squares = members(points, some)
    nth = min(max(int(quantile * len(points)), 1), len(points) - 1)
    distances = np.sqrt(np.partition(squares, nth, axis=1)[:, nth])
    return float(distances.mean()) or float(np.finfo(float).eps)


def _nearest(points: Floats, centres: Floats) -> Labels:
    return np.asarray(members(points, centres).argmin(axis=0), dtype=np.int64)


def _edges(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length of the range of positions that belongs to each, up to half way to its neighbours."""
    order = np.argsort(positions)
    middles = 0.5 * (positions[order][1:] + positions[order][:-1])
    ends = np.concatenate([[positions[order][0]], middles, [positions[order][-1]]])
    lengths = np.empty(len(positions))
    lengths[order] = np.diff(ends)
    return lengths
