"""A Gaussian mixture over features, with named components, that also answers when a feature is missing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, chdtrc, gammaincinv, gammaln, logsumexp

from magnetoflow.mms_gmm.regions import REGIONS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RegionModel:
    """Mixture of Gaussians over scaled features.

    Attributes
    ----------
    features : tuple of str
        Columns of the feature table, in order.
    center, scale : (feature,) ndarray
        Scaled feature = (feature - center) / scale.
    weights : (component,) ndarray
        Sum to 1.
    means : (component, feature) ndarray
        In scaled features.
    covariances : (component, feature, feature) ndarray
        In scaled features.
    regions : tuple of str
        Region of each component, ``unknown`` where no rule fits.
    temperature : float
        Exponent 1/temperature on the region probabilities, found on blocks kept apart from the fit; 1 means
        as fitted.
    outlier_limit : float
        A row with a larger outlier score is unlike all that the model was fitted on.
    zeroed_region : str or None
        Region of rows that the reference definition sets to zero; they are named by this rule, not fitted.
    trained_on : str
        What the model was fitted on.
    recipe : str
        Hash of configuration and code that made the model; empty where unknown.
    """

    features: tuple[str, ...]
    center: Floats
    scale: Floats
    weights: Floats
    means: Floats
    covariances: Floats
    regions: tuple[str, ...]
    temperature: float
    outlier_limit: float
    zeroed_region: str | None
    trained_on: str
    recipe: str = ""

    @property
    def id(self) -> str:
        """Name made from the numbers: equal for equal models."""
        arrays = (self.center, self.scale, self.weights, self.means, self.covariances)
        content = b"".join(np.ascontiguousarray(one, dtype="<f8").tobytes() for one in arrays)
        named = repr((self.features, self.regions, self.temperature, self.outlier_limit))
        return f"mms_gmm-{hashlib.sha256(content + named.encode()).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        """Id and training data, as tables state them."""
        return f"{self.id}, trained on {self.trained_on}"

    def ellipses(self) -> list[tuple[Floats, Floats, str, float]]:
        """Mean, covariance, region and weight of each component, in units of the features."""
        return [
            (mean * self.scale + self.center, covariance * np.outer(self.scale, self.scale), region, weight)
            for mean, covariance, region, weight in zip(
                self.means, self.covariances, self.regions, self.weights.tolist(), strict=True
            )
        ]


@dataclass(frozen=True)
class Posterior:
    """What a model says of rows of features.

    Attributes
    ----------
    responsibility : (row, component) ndarray
        Probability of each component; NaN for a row without any feature.
    region : (row, len(REGIONS)) ndarray
        Calibrated probability of each region, in the order of `REGIONS`; components without a name count
        towards none, so that a row sums to less than 1 where they take part.
    outlier : (row,) ndarray
        -log10 of the probability that a member of the nearest component lies farther out.
    """

    responsibility: Floats
    region: Floats
    outlier: Floats


def posterior(model: RegionModel, values: Floats) -> Posterior:
    """Probabilities of components and regions.

    Parameters
    ----------
    model : RegionModel
    values : (row, feature) ndarray
        In the order of ``model.features``; NaN where a feature is missing. Such a row is judged by the
        marginal of the mixture over the features that are there.

    Returns
    -------
    Posterior
    """
    scaled = (values - model.center) / model.scale
    components = len(model.weights)
    log_joint = np.full((len(values), components), np.nan)
    outlier = np.full(len(values), np.nan)
    there = np.isfinite(scaled)
    for pattern in np.unique(there, axis=0):
        if pattern.any():
            rows = np.flatnonzero((there == pattern).all(axis=1))
            log_joint[rows], outlier[rows] = _marginal(model, scaled[np.ix_(rows, pattern)], pattern)
    responsibility = np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True))
    return Posterior(responsibility, _regions(model, log_joint), outlier)


def _marginal(model: RegionModel, scaled: Floats, pattern: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Log joint density of rows and components over some of the features, and the outlier score."""
    degrees = int(pattern.sum())
    log_joint = np.empty((len(scaled), len(model.weights)))
    distance2 = np.empty_like(log_joint)
    for k, (weight, mean, covariance) in enumerate(
        zip(model.weights, model.means, model.covariances, strict=True)
    ):
        root = np.linalg.cholesky(covariance[np.ix_(pattern, pattern)])
        white = np.linalg.solve(root, (scaled - mean[pattern]).T)
        distance2[:, k] = (white**2).sum(axis=0)
        log_norm = np.log(np.diag(root)).sum() + 0.5 * degrees * np.log(2 * np.pi)
        log_joint[:, k] = np.log(weight) - log_norm - 0.5 * distance2[:, k]
    return log_joint, -_log_tail(distance2.min(axis=1), degrees) / np.log(10)


def _log_tail(distance2: Floats, degrees: int) -> Floats:
    """Log of the chi-squared tail; beyond 1000, where SciPy's underflows, its asymptotic expansion."""
    shape, half = 0.5 * degrees, 0.5 * np.maximum(distance2, 1000.0)
    far = (shape - 1.0) * np.log(half) - half - gammaln(shape) + np.log1p((shape - 1.0) / half)
    return np.asarray(np.where(distance2 > 1000.0, far, _log_chi2_sf(np.minimum(distance2, 1000.0), degrees)))


def _log_chi2_sf(distance2: Floats, degrees: int) -> Floats:
    """Log of the chi-squared tail as ``scipy.stats`` has it, whose import takes longer than a job's work."""
    median = 2.0 * gammaincinv(0.5 * degrees, 0.5)
    with np.errstate(divide="ignore"):  # of the branch that is not taken
        below, above = np.log1p(-chdtr(degrees, distance2)), np.log(chdtrc(degrees, distance2))
    return np.asarray(np.where(distance2 > median, above, below))


def _regions(model: RegionModel, log_joint: Floats) -> Floats:
    """Sum components by region, then soften or sharpen by the temperature."""
    names = (*REGIONS, "unknown")
    by_region = np.full((len(log_joint), len(names)), -np.inf)
    for i, name in enumerate(names):
        members = [k for k, region in enumerate(model.regions) if region == name]
        if members:
            by_region[:, i] = logsumexp(log_joint[:, members], axis=1)
    tempered = by_region / model.temperature
    probability = np.exp(tempered - logsumexp(tempered, axis=1, keepdims=True))
    return np.asarray(probability[:, : len(REGIONS)])


def fit_temperature(model: RegionModel, values: Floats, truth: NDArray[np.int64]) -> float:
    """Temperature that makes the probabilities of known rows least wrong.

    Parameters
    ----------
    model : RegionModel
        With temperature 1.
    values : (row, feature) ndarray
        Rows that took no part in the fit.
    truth : (row,) ndarray of int
        Index of the true region in `REGIONS`.

    Returns
    -------
    float
        The minimum of the mean Brier score over a grid from 1/4 to 16.

    Notes
    -----
    Guo et al. 2017, arXiv:1706.04599, equation 9, with the log joint density in place of the logit. Their
    loss, the negative log probability, has no bound: one mistaken row of thousands would rule it. The score
    of Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, is as proper, and bounded.
    """
    grid = 2.0 ** np.arange(-2, 4.01, 0.125)
    probability = np.clip(posterior(model, values).region, 1e-300, 1.0)
    right = np.eye(len(REGIONS))[truth]
    loss = []
    for temperature in grid:
        tempered = np.log(probability) / temperature
        tempered = np.exp(tempered - logsumexp(tempered, axis=1, keepdims=True))
        loss.append(((tempered - right) ** 2).sum(axis=1).mean())
    return float(grid[int(np.argmin(loss))])
