"""The published way and others beside the chosen one, on the same records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.agglomerative import fit_ward
from magnetoflow.rept_pad.background import signal_counts
from magnetoflow.rept_pad.data import Scores
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.fitting import Fit, fit_clusters
from magnetoflow.rept_pad.mean_shift import reference_k
from magnetoflow.rept_pad.reductions import PUBLISHED_COMPONENTS, fit_reduction
from magnetoflow.rept_pad.stability import bootstrap_ari
from magnetoflow.rept_pad.subsample import choose
from magnetoflow.rept_pad.validity import Validity, adjusted_rand, validity
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca

PUBLISHED = {
    "method": "autoencoder",
    "normalise": "max",
    "components": PUBLISHED_COMPONENTS,
    "clustering": "kmeans",
    "equator": False,
}
OTHERS = {
    "published: max, autoencoder, PCA(3), k-means": PUBLISHED,
    "max, PCA(3), k-means": {**PUBLISHED, "method": "pca"},
    "energy-max, PCA(3), k-means": {**PUBLISHED, "method": "pca", "normalise": "energy-max"},
    "log, PCA(6), mixture": {
        "method": "pca",
        "normalise": "log",
        "components": 6,
        "clustering": "mixture",
        "equator": True,
    },
}
"""Ways beside the chosen one; the first is that of 10.1093/rasti/rzad035, on folded records."""
RESAMPLES = 3
COMPARED_ROWS = 6000
"""Records of the fit on which ways are compared, chosen evenly over orbits."""


@dataclass(frozen=True)
class Method:
    """One way of finding classes.

    Attributes
    ----------
    name : str
    k : int
        Classes.
    found : int
        Classes that its own mean shift asks for, by the published settings; -1 where none was run: in more
        than three dimensions it takes long.
    stability, stability_error : float [1]
        Agreement with fits to resampled records, reduction kept.
    agreement : float [1]
        Adjusted Rand index with the chosen labels.
    validity : Validity
    labels : (n,) ndarray of int64
        Of the records that were compared.
    reduction : VectorReduction or None
        None where it is the chosen one.
    chosen : bool
    """

    name: str
    k: int
    found: int
    stability: float
    stability_error: float
    agreement: float
    validity: Validity
    labels: NDArray[np.int64]
    reduction: VectorReduction | None
    chosen: bool = False


def compared(fit: Fit, options: FitOptions) -> tuple[Fit, list[Method]]:
    """Find classes in other ways.

    Parameters
    ----------
    fit : Fit
    options : FitOptions
        Of the fit.

    Returns
    -------
    part : Fit
        Of the records that were compared.
    methods : list of Method
        The chosen way first; the published one has as many classes as its own mean shift finds, and once
        more as many as were chosen.
    """
    p = fit.records
    fit = fit.part(choose(p.state, p.block, signal_counts(p), COMPARED_ROWS, options.seed, p.time))
    k = fit.model.clustering.k
    labels = fit.model.clustering.labels(fit.scores)
    name = f"chosen: {described(options)}"
    chosen = _method(name, fit.scores, labels, k, k, labels, options, None)
    methods = [replace(chosen, chosen=True)]
    if options.compare:
        methods += _others(fit, options, labels, k)
    return fit, methods


def described(options: FitOptions) -> str:
    """Say in words how records are reduced and clustered."""
    clustering = "k-means" if options.clustering == "kmeans" else options.clustering
    if options.method == "weighted":
        return f"weighted PCA, {clustering}"
    way = "autoencoder and PCA" if options.method == "autoencoder" else "PCA"
    return f"{options.normalise}, {way}, {clustering}"


def _others(fit: Fit, options: FitOptions, labels: NDArray[np.int64], k: int) -> Iterator[Method]:
    scores = _without_errors(fit)
    for clustering in ("mixture", "kmeans"):
        if clustering != options.clustering:
            other = replace(options, clustering=clustering)
            found = fit_clusters(scores, k, options.seed, other).labels(scores)
            yield _method(described(other), scores, found, k, -1, labels, other, None)
    ward = fit_ward(scores, k, options.seed).labels(scores)
    yield _method("chosen scores, Ward on a part", scores, ward, k, -1, labels, None, None)
    for name, change in OTHERS.items():
        equator = bool(change["equator"]) and options.equator  # unfolded records cannot be mapped
        other = replace(options, **{**change, "equator": equator})  # type: ignore[arg-type]
        reduction = fit_reduction(fit.records, fit.split, other)
        assert isinstance(reduction, VectorReduction)
        scores = reduction.scores(fit.records)
        own = reference_k(scores.values) if scores.values.shape[1] <= PUBLISHED_COMPONENTS else -1
        for number in sorted({own, k} if change is PUBLISHED else {k}):
            found = fit_clusters(scores, number, options.seed, other).labels(scores)
            yield _method(name, scores, found, number, own, labels, other, reduction)


def _without_errors(fit: Fit) -> Scores:
    """Give scores for clusterings that know no errors: those of faint records are drawn to the middle."""
    if isinstance(fit.model.reduction, WeightedPca):
        return Scores(fit.model.reduction.scores(fit.records, prior=1.0).values)
    return fit.scores


def _method(
    name: str,
    scores: Scores,
    found: NDArray[np.int64],
    k: int,
    own: int,
    chosen: NDArray[np.int64],
    options: FitOptions | None,
    reduction: VectorReduction | None,
) -> Method:
    mean, error = np.nan, np.nan
    if options is not None and k > 1:
        again = bootstrap_ari(
            scores,
            found,
            lambda drawn, seed: fit_clusters(drawn, k, seed, options).labels,
            RESAMPLES,
            options.seed,
        )
        mean, error = again.mean, again.error
    agreement = adjusted_rand(chosen, found)
    return Method(name, k, own, mean, error, agreement, validity(scores, found), found, reduction)
