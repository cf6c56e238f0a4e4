"""Fit classes of pitch-angle distributions: reduce, count, cluster, name, and report how sure that is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.rept_pad.blocks import Split, split
from magnetoflow.rept_pad.class_model import ClassModel, NamedClass
from magnetoflow.rept_pad.data import Floats, Prepared, Scores, take
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.kmeans import Centres, fit_kmeans
from magnetoflow.rept_pad.mean_pads import MeanPads, mean_pads
from magnetoflow.rept_pad.mixture import Mixture, fit_mixture, log_likelihood
from magnetoflow.rept_pad.naming import NamingOptions, class_names, class_shapes
from magnetoflow.rept_pad.number import Choice, NumberOptions, choose_number
from magnetoflow.rept_pad.order import canonical_order, matched_ids
from magnetoflow.rept_pad.pad_fits import Levels
from magnetoflow.rept_pad.pad_sums import pad_sums
from magnetoflow.rept_pad.quality import DATA
from magnetoflow.rept_pad.reductions import Reduction, fit_reduction
from magnetoflow.rept_pad.stability import Stability, pairwise_ari

LOG = logging.getLogger(__name__)
LEAST_RECORDS = 200
FINAL_FITS = 3
Clustering = Mixture | Centres
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Fit:
    """A model, and what it rests on.

    Attributes
    ----------
    model : ClassModel
    records : Prepared
        Local records of the fit, all with data.
    split : Split
        Of `records`.
    scores : Scores
        Of `records`.
    choice : Choice or None
        How the number of classes was found; None where it was given.
    stability : Stability
        Agreement of the labels of refits to halves of the records, each with another seed.
    """

    model: ClassModel
    records: Prepared
    split: Split
    scores: Scores
    choice: Choice | None
    stability: Stability

    def part(self, rows: NDArray[np.int64]) -> Fit:
        """Keep some of the records."""
        kept = Split(self.split.train[rows], self.split.validation[rows], self.split.test[rows])
        return replace(self, records=take(self.records, rows), split=kept, scores=self.scores.rows(rows))


def fit_classes(
    sample: Prepared,
    options: FitOptions,
    *,
    stored: Mapping[str, Any],
    trained_on: str,
    recipe: str = "",
    earlier: ClassModel | None = None,
) -> Fit:
    """Fit classes to records.

    Parameters
    ----------
    sample : Prepared
        Local records; those without data take no part.
    options : FitOptions
    stored : mapping
        Sections of the configuration that the model keeps.
    trained_on, recipe : str
        See :class:`magnetoflow.rept_pad.class_model.ClassModel`.
    earlier : ClassModel, optional
        Whose numbers alike classes keep.

    Returns
    -------
    Fit

    Raises
    ------
    InsufficientData
        Too few records or blocks, or no number of classes that is stable.
    """
    records = take(sample, sample.state == DATA)
    if len(records) < LEAST_RECORDS:
        raise InsufficientData(
            "too few distributions above the background to find classes",
            why=f"{len(records)} of {len(sample)} records, {LEAST_RECORDS} are needed",
            todo="add days, or label with the model of another run: rept_pad.model.source",
        )
    shares = (1 - options.validation - options.test, options.validation, options.test)
    parts = split(records.block, shares, options.seed)
    reduction = fit_reduction(records, parts, options)
    LOG.info("reduced %d records", len(records))
    scores = reduction.scores(records)
    choice = None
    if options.classes == "auto":
        by_shift = options.clustering == "kmeans"
        choice = choose_number(scores, number_options(options), by_mean_shift=by_shift)
        for reason in choice.reasons:
            LOG.info("%s", reason)
    k = choice.k if choice is not None else int(options.classes)
    clustering = final_clusters(scores, k, options, None if choice is None else choice.mixture)
    LOG.info("clustered: %d classes", k)
    found = _named(records, scores, reduction, clustering, options, earlier)
    kept = {**stored, "one_count": records.one_count.tolist(), "floor": records.floor.tolist()}
    model = ClassModel(**found, options=kept, trained_on=trained_on, recipe=recipe)
    return Fit(model, records, parts, scores, choice, stability_of(scores, k, options))


def number_options(options: FitOptions) -> NumberOptions:
    """Options of the search for the number of classes."""
    return NumberOptions(
        k_max=options.most,
        n_init=options.n_init,
        repeats=options.bootstrap,
        quantiles=options.quantiles,
        mean_shift_rows=options.shift_rows,
        seed=options.seed,
    )


def fit_clusters(scores: Scores, k: int, seed: int, options: FitOptions) -> Clustering:
    """Fit the clustering that the options ask for."""
    if options.clustering == "kmeans":
        return fit_kmeans(scores, k, seed, n_init=options.n_init)
    return fit_mixture(scores, k, seed, n_init=options.n_init)


def final_clusters(scores: Scores, k: int, options: FitOptions, start: Mixture | None) -> Clustering:
    """Fit the clustering from several sets of starts; take the most likely, as a poor optimum merges classes.

    Parameters
    ----------
    scores : Scores
    k : int
    options : FitOptions
    start : Mixture or None
        Fit of the search for the number of classes, one of the starts.
    """
    if options.clustering == "kmeans":
        return fit_clusters(scores, k, options.seed, options)
    fits = [fit_mixture(scores, k, options.seed + more, n_init=options.n_init) for more in range(FINAL_FITS)]
    if start is not None:
        fits.append(fit_mixture(scores, k, options.seed, start=start.labels(scores)))
    return max(fits, key=lambda one: log_likelihood(one, scores))


def stability_of(scores: Scores, k: int, options: FitOptions) -> Stability:
    """Refit to random halves of the records, and compare the labels of all records."""
    half = len(scores) // 2

    def labels(seed: int) -> Labels:
        rng = np.random.default_rng([options.seed, seed])
        rows = np.sort(rng.choice(len(scores), half, replace=False))
        return fit_clusters(scores.rows(rows), k, seed, options).labels(scores)

    return pairwise_ari(labels, range(options.seeds))


def _named(
    records: Prepared,
    scores: Scores,
    reduction: Reduction,
    clustering: Clustering,
    options: FitOptions,
    earlier: ClassModel | None,
) -> dict[str, Any]:
    """Fields of the model: classes in canonical order, their names, and ids of an earlier model."""
    labels = clustering.labels(scores)
    seen = mapped(records) if options.equator and not records.equatorial else records
    pads = class_pads(seen, labels, clustering.k)
    levels = Levels(seen.one_count, seen.floor)
    order = canonical_order(class_shapes(pads, levels, NamingOptions(min_counts=options.min_counts)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    pads = class_pads(seen, place[labels], clustering.k)
    shapes = class_shapes(pads, levels, NamingOptions(min_counts=options.min_counts)).shape
    ids = tuple(range(1, clustering.k + 1))
    if earlier is not None:
        old = np.array([one.shapes for one in earlier.classes])
        ids = matched_ids(_signal(pads.mean, shapes), _signal(earlier.pads, old), earlier.ids)
    classes = tuple(
        NamedClass(number, name, tuple(map(str, row)))
        for number, name, row in zip(ids, class_names(shapes), shapes, strict=True)
    )
    distance = clustering.distance(scores)
    return {
        "angle_deg": records.angle_deg,
        "energy_mev": records.energy_mev,
        "equatorial": options.equator,
        "folded": records.folded,
        "reduction": reduction,
        "clustering": clustering,
        "classes": classes,
        "members": tuple(ids[place[cluster]] for cluster in range(clustering.k)),
        "pads": pads.mean,
        "outlier_limit": float(np.quantile(distance, 1 - options.outlier_quantile)),
    }


def _signal(pads: Floats, shapes: NDArray[np.str_]) -> Floats:
    """Leave out what is background: it is alike in all classes."""
    kept = pads.copy()
    kept.transpose(0, 2, 1)[shapes == "background"] = np.nan
    return kept


def class_pads(p: Prepared, labels: Labels, k: int) -> MeanPads:
    """Mean distributions of classes 0 to k - 1, whose levels follow from their shapes."""
    levels = Levels(p.one_count, p.floor)
    shapes = mean_pads(pad_sums(p, labels, None, levels, k), p.angle_deg, p.energy_mev).mean
    return mean_pads(pad_sums(p, labels, shapes, levels, k), p.angle_deg, p.energy_mev, shapes)
