"""Gaussian mixtures over scaled features: fitting, covariances and stability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

Floats = NDArray[np.float64]
Groups = NDArray[np.str_]

MAX_ITERATIONS = 300


def fit_mixture(
    scaled: Floats,
    components: int,
    covariance: str,
    *,
    n_init: int,
    reg_covar: float,
    seed: int,
    groups: Groups | None = None,
) -> GaussianMixture:
    """Fit a mixture by expectation maximisation.

    Parameters
    ----------
    scaled : (row, feature) ndarray
    components : int
    covariance : str
        ``full``, ``tied`` or ``diag``; not ``tied`` with groups.
    n_init, reg_covar, seed : int, float, int
        As in scikit-learn.
    groups : (row,) ndarray of str, optional
        Each group is fitted by itself with its equal part of the components.

    Returns
    -------
    GaussianMixture
        With groups, the mixture of all groups, weighted by their rows.

    Raises
    ------
    ValueError
        The components cannot be shared out, or a group would share one covariance with others.
    """
    if groups is None:
        return GaussianMixture(
            components,
            covariance_type=covariance,
            n_init=n_init,
            reg_covar=reg_covar,
            max_iter=MAX_ITERATIONS,
            random_state=seed,
        ).fit(scaled)
    names = np.unique(groups)
    if components % len(names) or covariance == "tied":
        raise ValueError(f"{components} {covariance} components for the groups {', '.join(names)}")
    members = [scaled[groups == name] for name in names]
    parts = [
        fit_mixture(rows, components // len(names), covariance, n_init=n_init, reg_covar=reg_covar, seed=seed)
        for rows in members
    ]
    whole = GaussianMixture(components, covariance_type=covariance)
    shares = [len(rows) / len(scaled) for rows in members]
    whole.weights_ = np.concatenate([s * part.weights_ for s, part in zip(shares, parts, strict=True)])
    for name in ("means_", "covariances_", "precisions_cholesky_"):
        setattr(whole, name, np.concatenate([getattr(part, name) for part in parts]))
    return whole


def full_covariances(mixture: GaussianMixture) -> Floats:
    """Covariance matrix of each component, (component, feature, feature) ndarray."""
    if mixture.covariance_type == "full":
        return np.asarray(mixture.covariances_)
    if mixture.covariance_type == "tied":
        return np.repeat(mixture.covariances_[None], mixture.n_components, axis=0)
    return np.stack([np.diag(variances) for variances in mixture.covariances_])


def stability(
    scaled: Floats,
    mixture: GaussianMixture,
    *,
    repeats: int,
    reg_covar: float,
    seed: int,
    groups: Groups | None = None,
) -> Floats:
    """Compute the adjusted Rand index of the mixture's labels and those of refits to resampled rows.

    Returns
    -------
    (repeat,) ndarray
    """
    rng = np.random.default_rng(seed)
    labels = mixture.predict(scaled)
    scores = []
    for _ in range(repeats):
        drawn = rng.integers(len(scaled), size=len(scaled))
        refit = fit_mixture(
            scaled[drawn],
            mixture.n_components,
            mixture.covariance_type,
            n_init=1,
            reg_covar=reg_covar,
            seed=int(rng.integers(2**31)),
            groups=None if groups is None else groups[drawn],
        )
        scores.append(adjusted_rand_score(labels, refit.predict(scaled)))
    return np.array(scores)
