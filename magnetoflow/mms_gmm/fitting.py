"""Fit a region model: sweep mixtures, refuse degenerate ones, name the components of the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.mms_gmm.gaussians import Groups, fit_mixture, full_covariances, stability
from magnetoflow.mms_gmm.mixture import RegionModel, posterior
from magnetoflow.mms_gmm.naming import RULES, name_components
from magnetoflow.mms_gmm.selection import Candidate, feature_matrix

Floats = NDArray[np.float64]

FEATURES = {
    "robust": ("log_flux", "log_energy", "log_core", "log_tail", "log_excess", "log_b"),
    "reference": ("ratio_max_width", "ratio_high_low", "norm_Bt"),
}
ROWS_PER_PARAMETER = 2
FLOOR_MARGIN = 1.05
"""A component whose smallest variance is below this many times the floor lies on the floor."""


@dataclass(frozen=True)
class FitOptions:
    """How to choose and fit the mixture.

    Attributes
    ----------
    features : str
        ``robust`` or ``reference``.
    components : sequence of int
    covariances : sequence of str
        ``full``, ``tied`` or ``diag``.
    criterion : str
        ``bic`` or ``icl``; the smallest wins.
    regions : sequence of str
        Regions that the rows must hold.
    n_init, reg_covar : int, float
        As in scikit-learn; `reg_covar` in scaled features.
    min_weight : float
        A component with less weight makes a mixture degenerate.
    bootstrap : int
        Number of refits of resampled rows for the stability; 0 leaves it out.
    max_rows : int
        Larger tables are thinned at random, evenly over events.
    outlier_quantile : float
        Share of the fitted rows beyond the outlier limit.
    seed : int
    """

    features: str = "robust"
    components: Sequence[int] = (4, 5, 6, 7, 8, 10, 12)
    covariances: Sequence[str] = ("full", "tied", "diag")
    criterion: str = "bic"
    regions: Sequence[str] = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
    n_init: int = 10
    reg_covar: float = 1e-4
    min_weight: float = 0.005
    bootstrap: int = 10
    max_rows: int = 200_000
    outlier_quantile: float = 0.001
    seed: int = 20151017


def fit_regions(
    columns: Mapping[str, Floats],
    options: FitOptions,
    *,
    trained_on: str,
    recipe: str = "",
    groups: Groups | None = None,
) -> tuple[RegionModel, list[Candidate]]:
    """Fit and name a mixture.

    Parameters
    ----------
    columns : mapping of str to (row,) ndarray
        The feature table of all events.
    options : FitOptions
    trained_on, recipe : str
        Kept in the model.
    groups : (row,) ndarray of str, optional
        What each row is known to be, empty where nothing is known: such rows are left out, and each group
        is described by its own equal share of the components. The rules name the components all the same.

    Returns
    -------
    RegionModel
    list of Candidate
        The whole sweep.

    Raises
    ------
    InsufficientData
        Too few complete rows for the smallest mixture.
    ModelError
        Every mixture is degenerate, or the rows hold fewer regions than asked for.
    """
    names = FEATURES[options.features]
    values = feature_matrix(columns, names)
    usable = np.isfinite(values).all(axis=1)
    zeroed = np.nan_to_num(np.asarray(columns["zeroed"], dtype=np.float64)) == 1
    if options.features == "reference":
        usable &= ~zeroed
    if groups is not None:
        usable &= groups != ""
    rows = _thin(np.flatnonzero(usable), options)
    _require_rows(len(rows), len(names), options)
    center, scale = values[rows].mean(axis=0), values[rows].std(axis=0)
    if (scale == 0).any():
        constant = [name for name, s in zip(names, scale, strict=True) if s == 0]
        raise InsufficientData("a feature is constant", where=", ".join(constant), todo="fit on more events")
    scaled = (values[rows] - center) / scale
    found = {"magnetosphere"} if options.features == "reference" and zeroed.any() else set()
    chosen = None if groups is None else groups[rows]
    sweep = [
        _candidate(scaled, k, c, options, chosen) for c in options.covariances for k in options.components
    ]
    # only the best: among many poorer mixtures one may be found whose misfits carry the missing names
    best = min((s for s in sweep if s.accepted), key=lambda s: getattr(s, options.criterion), default=None)
    if best is None:
        raise _degenerate(sweep)
    model = _named(best.mixture, names, center, scale, options, trained_on, recipe)
    missing = [r for r in options.regions if r not in found | set(model.regions)]
    if missing:
        raise _missing(missing, options)
    limit = float(np.quantile(posterior(model, values[rows]).outlier, 1 - options.outlier_quantile))
    return replace(model, outlier_limit=limit), [replace(s, chosen=s is best) for s in sweep]


def _thin(rows: NDArray[np.int64], options: FitOptions) -> NDArray[np.int64]:
    if len(rows) <= options.max_rows:
        return rows
    keep = np.random.default_rng(options.seed).choice(rows, options.max_rows, replace=False)
    return np.sort(keep)


def _require_rows(rows: int, features: int, options: FitOptions) -> None:
    smallest = min(options.components)
    parameters = smallest * (1 + features + features * (features + 1) // 2)
    if rows < ROWS_PER_PARAMETER * parameters:
        raise InsufficientData(
            "too few minutes to fit a mixture",
            why=f"{rows} complete minutes, but {smallest} components have {parameters} parameters",
            todo="add events, or set mms_gmm.model.source: shipped",
        )


def _candidate(
    scaled: Floats, components: int, covariance: str, options: FitOptions, groups: Groups | None
) -> Candidate:
    floor, seed = options.reg_covar, options.seed
    mixture = fit_mixture(
        scaled, components, covariance, n_init=options.n_init, reg_covar=floor, seed=seed, groups=groups
    )
    smallest = min(np.linalg.eigvalsh(c).min() for c in full_covariances(mixture))
    weight = float(mixture.weights_.min())
    at_floor = bool(smallest < FLOOR_MARGIN * floor)
    reason = "component at the covariance floor" if at_floor else ""
    if weight < options.min_weight:
        reason = f"lightest component below min_weight: {weight:.4f}"
    responsibility = mixture.predict_proba(scaled)
    entropy = -(responsibility * np.log(np.clip(responsibility, 1e-300, 1.0))).sum()
    bic = float(mixture.bic(scaled))
    scores = np.full(1, np.nan)
    if not reason:
        scores = stability(
            scaled, mixture, repeats=options.bootstrap, reg_covar=floor, seed=seed, groups=groups
        )
    return Candidate(
        components=components,
        covariance=covariance,
        bic=bic,
        icl=bic + 2.0 * float(entropy),
        min_weight=weight,
        at_floor=at_floor,
        stability=float(np.mean(scores)) if len(scores) else np.nan,
        stability_std=float(np.std(scores)) if len(scores) else np.nan,
        accepted=not reason,
        reason=reason,
        mixture=mixture,
    )


def _named(
    mixture: GaussianMixture,
    names: Sequence[str],
    center: Floats,
    scale: Floats,
    options: FitOptions,
    trained_on: str,
    recipe: str,
) -> RegionModel:
    order = np.lexsort(mixture.means_.T[::-1])
    centroids = mixture.means_[order] * scale + center
    return RegionModel(
        features=tuple(names),
        center=center,
        scale=scale,
        weights=mixture.weights_[order],
        means=mixture.means_[order],
        covariances=full_covariances(mixture)[order],
        regions=name_components(centroids, names, RULES[options.features]),
        temperature=1.0,
        outlier_limit=np.inf,
        zeroed_region="magnetosphere" if options.features == "reference" else None,
        trained_on=trained_on,
        recipe=recipe,
    )


def _degenerate(sweep: Sequence[Candidate]) -> ModelError:
    return ModelError(
        "every mixture is degenerate",
        why="; ".join(sorted({f"{s.covariance} {s.components}: {s.reason}" for s in sweep})),
        todo="add events, ask for fewer components, or set mms_gmm.model.source: shipped",
    )


def _missing(missing: Sequence[str], options: FitOptions) -> ModelError:
    return ModelError(
        "the events hold fewer regions than asked for",
        why=f"no component fits the rules of {', '.join(missing)}; asked for {', '.join(options.regions)}",
        todo="add events that visit them, shorten mms_gmm.model.regions, or set model.source: shipped",
    )
