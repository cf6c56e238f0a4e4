"""Tables of a fit: number of classes, stability, methods side by side, reconstruction, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.rept_pad.comparison import Method
from magnetoflow.rept_pad.data import Floats, Prepared, take
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.fitting import Fit
from magnetoflow.rept_pad.reconstruction import Reconstruction, channel_shares, compare
from magnetoflow.rept_pad.shape_errors import ShapeErrors, shape_errors
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca

SCORES = 3
TABLES = ("selection", "number", "methods", "reconstruction", "examples", "scores", "stability")
COLUMNS = {
    "selection": ("quantile", "bandwidth", "k", "share_of_smallest", "stability", "stability_error"),
    "number": (
        "k", "log_likelihood", "bic", "icl", "stability", "stability_error", "share_of_smallest", "accepted",
        "reason", "chosen",
    ),
    "methods": (
        "method", "k", "stability", "agreement", "explained_variance", "reconstruction_error", "chosen",
    ),
    "reconstruction": ("energy_mev", "method", "error"),
    "examples": (
        "record", "time", "class_id", "L", "energy_mev", "angle_deg", "flux", "flux_error", "reconstructed",
    ),
    "scores": ("time", "block", "L", "set", "class_id", "score_1", "score_2", "score_3"),
    "stability": ("seed_a", "seed_b", "ari"),
}  # fmt: skip


def report(fit: Fit, methods: Sequence[Method], options: FitOptions) -> dict[str, pd.DataFrame]:
    """Make the tables of a fit.

    Parameters
    ----------
    fit : Fit
    methods : sequence of Method
        Both of :func:`magnetoflow.rept_pad.comparison.compared`.
    options : FitOptions

    Returns
    -------
    dict of str to DataFrame
        Keys :data:`TABLES`.
    """
    unseen = take(fit.records, fit.split.test)
    errors = {method.name: _shape_errors(unseen, _reduction(fit, method), options) for method in methods}
    given_back = {one.name: one for one in _vector_errors(unseen, methods)}
    choice = fit.choice
    number = pd.DataFrame([asdict(row) for row in choice.rows] if choice else [])
    number["chosen"] = number["k"] == choice.k if choice else None
    return {
        "selection": _columned(
            pd.DataFrame([asdict(row) for row in choice.sweep] if choice else []), "selection"
        ),
        "number": _columned(number, "number"),
        "methods": _methods(methods, errors, given_back),
        "reconstruction": _reconstruction(unseen, methods, errors, given_back),
        "examples": _examples(fit, unseen, options),
        "scores": _scores(fit, methods),
        "stability": _stability(fit, options),
    }


def _columned(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.reindex(columns=list(COLUMNS[name]))


def _reduction(fit: Fit, method: Method) -> WeightedPca | VectorReduction:
    return fit.model.reduction if method.reduction is None else method.reduction


def _seen(p: Prepared, equator: bool) -> Prepared:
    return mapped(p) if equator and not p.equatorial else p


def shapes_of(p: Prepared, reduction: WeightedPca | VectorReduction) -> tuple[Prepared, NDArray[np.floating]]:
    """Shapes as a reduction gives them back.

    Returns
    -------
    records : Prepared
        At equatorial pitch angles where the reduction is.
    shapes : (n, angle, energy) ndarray [1]
        Flux up to a factor of each energy.
    """
    if isinstance(reduction, WeightedPca):
        seen = _seen(p, reduction.equatorial)
        return seen, np.exp(reduction.reconstruct(reduction.scores(p)))
    seen = _seen(p, reduction.equator)
    x = reduction.reconstruct(reduction.vectors(seen)).reshape(len(p), len(p.angle_deg), -1)
    return seen, 10.0**x if reduction.normalise == "log" else x


def _shape_errors(p: Prepared, reduction: WeightedPca | VectorReduction, options: FitOptions) -> ShapeErrors:
    return shape_errors(*shapes_of(p, reduction), options.error_floor)


def _vector_errors(p: Prepared, methods: Sequence[Method]) -> list[Reconstruction]:
    """Errors of normalised vectors: of autoencoder and principal components each on the same vectors."""
    found: list[Reconstruction] = []
    for method in methods:
        if method.reduction is not None:
            seen = _seen(p, method.reduction.equator)
            x = method.reduction.vectors(seen)
            ways = {method.name: method.reduction.reconstruct}
            found += compare(x, p.block, method.reduction.fill, len(p.energy_mev), ways)
    return found


def _methods(
    methods: Sequence[Method], errors: dict[str, ShapeErrors], given_back: dict[str, Reconstruction]
) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "method": method.name,
                "k": method.k,
                "k_mean_shift": method.found if method.found >= 0 else None,
                "stability": method.stability,
                "stability_error": method.stability_error,
                "agreement": method.agreement,
                "calinski_harabasz": method.validity.calinski_harabasz,
                "davies_bouldin": method.validity.davies_bouldin,
                "silhouette": method.validity.silhouette,
                "explained_variance": given_back[method.name].explained
                if method.name in given_back
                else np.nan,
                "reconstruction_error": errors[method.name].total,
                "chosen": method.chosen,
            }
            for method in methods
        ]
    ).astype({"k_mean_shift": "Int64"})


def _reconstruction(
    unseen: Prepared,
    methods: Sequence[Method],
    errors: dict[str, ShapeErrors],
    given_back: dict[str, Reconstruction],
) -> pd.DataFrame:
    """Error in units of the errors of counts, and in units of the vectors where there are vectors.

    A row per energy and way of reduction, which methods that differ in their clustering share.
    """
    energy_mev = unseen.energy_mev
    nothing = np.full(len(energy_mev), np.nan)
    shares = {
        method.name: channel_shares(method.reduction.vectors(unseen), len(energy_mev))
        for method in methods
        if method.reduction is not None
    }
    rows = []
    shown = {method.name: method.reduction for method in methods if method.chosen or method.reduction}
    for name in shown:
        one, back = errors[name], given_back.get(name)
        rows.append(
            pd.DataFrame(
                {
                    "energy_mev": energy_mev,
                    "method": name.rpartition(", ")[0],
                    "error": one.by_energy(),
                    "vector_mse": back.mse_by_energy if back else nothing,
                    "vector_explained": back.explained_by_energy if back else nothing,
                    "vector_variance_share": shares.get(name, nothing),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _examples(fit: Fit, unseen: Prepared, options: FitOptions) -> pd.DataFrame:
    """One record of each class from unseen blocks: the one with the median counts."""
    labels = fit.model.clustering.labels(fit.scores)[fit.split.test]
    counts = np.where(unseen.signal[:, None, :], np.nan_to_num(unseen.counts), 0.0).sum(axis=(1, 2))
    rows = []
    for cluster, _ in sorted(enumerate(fit.model.members), key=lambda one: one[1]):
        members = np.flatnonzero(labels == cluster)
        if len(members):
            rows.append(members[np.argsort(counts[members], kind="stable")[len(members) // 2]])
    some = take(unseen, np.array(rows, dtype=np.int64))
    seen, shapes = shapes_of(some, fit.model.reduction)
    level = shape_errors(seen, shapes, options.error_floor).level
    ids = [fit.model.members[labels[row]] for row in rows]
    tables = [
        _example(seen, k, number, level[k] * np.maximum(shapes[k], 0) + seen.floor)
        for k, number in enumerate(ids)
    ]
    return pd.concat(tables, ignore_index=True)


def _example(p: Prepared, row: int, class_id: int, reconstructed: Floats) -> pd.DataFrame:
    angle, energy = np.meshgrid(p.angle_deg, p.energy_mev, indexing="ij")
    flux, counts = p.flux[row].astype(float), p.counts[row].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(counts > 0, flux / counts, p.one_count)
    return pd.DataFrame(
        {
            "record": row,
            "time": p.time[row],
            "class_id": class_id,
            "L": p.l[row],
            "energy_mev": energy.ravel(),
            "angle_deg": angle.ravel(),
            "flux": flux.ravel(),
            "flux_error": (unit * np.sqrt(np.maximum(counts, 1.0))).ravel(),
            "reconstructed": np.where(p.signal[row], reconstructed, np.nan).ravel(),
        }
    )


def _scores(fit: Fit, methods: Sequence[Method]) -> pd.DataFrame:
    """List the records of the fit: first scores, class, and clusters by the other methods."""
    members = np.array(fit.model.members)
    table = pd.DataFrame(
        {
            "time": fit.records.time,
            "block": fit.records.block,
            "L": fit.records.l,
            "set": np.select([fit.split.train, fit.split.validation], ["train", "validation"], "test"),
            "class_id": members[fit.model.clustering.labels(fit.scores)],
        }
    )
    for k in range(min(SCORES, fit.scores.values.shape[1])):
        table[f"score_{k + 1}"] = fit.scores.values[:, k]
        if fit.scores.covariance is not None:
            table[f"score_{k + 1}_error"] = np.sqrt(fit.scores.covariance[:, k, k])
    for method in methods:
        if not method.chosen:
            table[f"{method.name}, {method.k}"] = method.labels
    return table


def _stability(fit: Fit, options: FitOptions) -> pd.DataFrame:
    pairs = list(combinations(range(options.seeds), 2))
    return pd.DataFrame(pairs, columns=["seed_a", "seed_b"]).assign(ari=fit.stability.every)
