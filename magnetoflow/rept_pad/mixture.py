"""A Gaussian mixture over scores that have errors: each record is compared with its own error included.

The density of a record with value x and error covariance C in class k is N(x; mean_k, spread_k + C), as in
extreme deconvolution (Bovy, Hogg and Roweis 2011, doi:10.1214/10-AOAS439). Noise therefore makes the classes
of a record less certain; it never makes a class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.rept_pad.data import Floats, Scores
from magnetoflow.rept_pad.gaussian_loops import densities, expectation
from magnetoflow.rept_pad.seeding import groups, shrunk

CHUNK = 65_536
SHORT_ITERATIONS = 20
SHORT_ROWS, SHORT_ROWS_PER_CLASS = 2_000, 250
ROWS_PER_CLASS = 3
"""Least number of records for each class, in units of the number of scores."""


@dataclass(frozen=True)
class Mixture:
    """Gaussian classes, without the errors of the records.

    Attributes
    ----------
    weights : (k,) ndarray [1]
        Shares of the classes, sum 1.
    means : (k, q) ndarray [1]
        Ascending in the first score.
    covariances : (k, q, q) ndarray
        Spread of each class.
    """

    weights: Floats
    means: Floats
    covariances: Floats

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.weights)

    def log_density(self, scores: Scores) -> Floats:
        """Compute the log of weight times density of each record in each class, (n, k) ndarray.

        Raises
        ------
        ModelError
            The records have another number of scores than the classes.
        """
        return _by_chunk(self, scores)[0]

    def posterior(self, scores: Scores) -> Floats:
        """Compute the probability of each class for each record, (n, k) ndarray, rows sum to 1."""
        return _normalised(self.log_density(scores))

    def distance(self, scores: Scores) -> Floats:
        """Compute the Mahalanobis distance from the most probable class, (n,) ndarray [sigma].

        Its square is chi-squared with q degrees of freedom for records of the class.
        """
        logs, squares = _by_chunk(self, scores)
        return np.sqrt(np.take_along_axis(squares, logs.argmax(axis=1)[:, None], axis=1)[:, 0])

    def labels(self, scores: Scores) -> NDArray[np.int64]:
        """Find the most probable class of each record, from 0, (n,) ndarray."""
        return np.asarray(self.log_density(scores).argmax(axis=1))


def fit_mixture(
    scores: Scores,
    k: int,
    seed: int,
    *,
    start: NDArray[np.int64] | None = None,
    n_init: int = 4,
    reg: float = 1e-3,
    max_iterations: int = 300,
    tolerance: float = 1e-4,
) -> Mixture:
    """Fit a mixture by extreme deconvolution, or by plain expectation maximisation of scores without errors.

    Parameters
    ----------
    scores : Scores
        Finite.
    k : int
        Number of classes.
    seed : int
    start : (n,) ndarray of int, optional
        Class of each record to start with, from 0; -1 where not known. Replaces the seeds.
    n_init : int
        Number of starts, each run for a few steps on a part of the records; the most likely is finished.
    reg : float
        Share of the spread of all records that is added to the spread of each class.
    max_iterations : int
    tolerance : float
        The fit ends when the mean log likelihood of a record grows by less in one step.

    Returns
    -------
    Mixture

    Raises
    ------
    InsufficientData
        Too few records for `k` classes, or a score is not finite.
    """
    values, errors = _checked(scores, k)
    rng = np.random.default_rng(seed)
    # drawn first: mixtures of any k with one seed have the same floor, so that their BIC can be compared
    pooled = pooled_mixture(_thinned(scores, SHORT_ROWS, rng))
    part = _thinned(scores, max(SHORT_ROWS, SHORT_ROWS_PER_CLASS * k), rng)
    floor = reg * pooled.covariances[0]
    if start is not None:
        mixture = _from_labels(values, np.asarray(start), k, pooled.covariances[0])
    else:
        mixture = _best_start(part, pooled, k, rng, n_init, floor)
        # a part of the records leads near the end, where few steps with all of them are left
        mixture, _ = _climb(mixture, *_arrays(part), floor, max_iterations, tolerance)
    return _ordered(_climb(mixture, values, errors, floor, max_iterations, tolerance)[0])


def pooled_mixture(scores: Scores) -> Mixture:
    """Fit one class to all records: their mean and their spread without the errors."""
    values, errors = _checked(scores, 1)
    one = Mixture(np.ones(1), values.mean(axis=0)[None], np.cov(values.T).reshape(1, values.shape[1], -1))
    floor = 1e-9 * np.diag(np.maximum(one.covariances[0].diagonal(), np.finfo(float).tiny))
    return _climb(one, values, errors, floor, 100, 1e-4)[0]


def log_likelihood(mixture: Mixture, scores: Scores) -> float:
    """Sum of the log likelihood over the records."""
    logs = mixture.log_density(scores)
    highest = logs.max(axis=1)
    return float((highest + np.log(np.exp(logs - highest[:, None]).sum(axis=1))).sum())


def parameters(mixture: Mixture) -> int:
    """Count the free parameters."""
    k, q = mixture.k, int(mixture.means.shape[1])
    return k - 1 + k * q + k * q * (q + 1) // 2


def bic(mixture: Mixture, scores: Scores) -> float:
    """Bayesian information criterion: smaller is better (Schwarz 1978, doi:10.1214/aos/1176344136)."""
    return parameters(mixture) * float(np.log(len(scores))) - 2.0 * log_likelihood(mixture, scores)


def icl(mixture: Mixture, scores: Scores) -> float:
    """BIC plus twice the entropy of the classes (Biernacki et al. 2000, doi:10.1109/34.865189)."""
    probability = mixture.posterior(scores)
    entropy = -(probability * np.log(np.maximum(probability, 1e-300))).sum()
    return bic(mixture, scores) + 2.0 * float(entropy)


def _by_chunk(mixture: Mixture, scores: Scores) -> tuple[Floats, Floats]:
    """Log densities and squared distances, in pieces of bounded memory."""
    q = mixture.means.shape[1]
    if scores.values.ndim != 2 or scores.values.shape[1] != q:
        raise ModelError(
            "scores do not fit the classes",
            why=f"scores of shape {scores.values.shape}, classes of {q} scores",
            todo="reduce the records with the model's own reduction",
        )
    logs, squares = np.empty((len(scores), mixture.k)), np.empty((len(scores), mixture.k))
    with np.errstate(divide="ignore"):
        log_weights = np.log(mixture.weights)
    for first in range(0, len(scores), CHUNK):
        rows = slice(first, first + CHUNK)
        values, errors = _arrays(scores.rows(rows))
        logs[rows], squares[rows] = densities(values, errors, log_weights, mixture.means, mixture.covariances)
    return logs, squares


def _arrays(scores: Scores) -> tuple[Floats, Floats]:
    values = np.ascontiguousarray(scores.values, dtype=np.float64)
    if scores.covariance is None:
        return values, np.zeros((1, values.shape[1], values.shape[1]))
    return values, np.ascontiguousarray(scores.covariance, dtype=np.float64)


def _checked(scores: Scores, k: int) -> tuple[Floats, Floats]:
    values, errors = _arrays(scores)
    least = ROWS_PER_CLASS * k * values.shape[1]
    if k < 1 or len(values) < least:
        raise InsufficientData(
            "too few records to fit a mixture",
            why=f"{len(values)} records, {least} needed for {k} classes of {values.shape[1]} scores",
            todo="add days, or ask for fewer classes",
        )
    if not (np.isfinite(values).all() and np.isfinite(errors).all()):
        bad = ~np.isfinite(values).all(axis=1)
        raise InsufficientData(
            "scores to fit a mixture are not finite",
            why=f"{int(bad.sum())} of {len(values)} records",
            todo="leave out records without data",
        )
    return values, errors


def _normalised(logs: Floats) -> Floats:
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _thinned(scores: Scores, size: int, rng: np.random.Generator) -> Scores:
    if len(scores) <= size:
        return scores
    return scores.rows(np.sort(rng.choice(len(scores), size, replace=False)))


def _best_start(
    part: Scores, pooled: Mixture, k: int, rng: np.random.Generator, n_init: int, floor: Floats
) -> Mixture:
    """Run a few steps from each start; the most likely wins."""
    values, errors = _arrays(part)
    points, _ = shrunk(part, pooled.means[0], pooled.covariances[0])
    best, highest = None, -np.inf
    for _ in range(max(n_init, 1)):
        one = _from_labels(values, groups(points, k, rng), k, pooled.covariances[0])
        one, reached = _climb(one, values, errors, floor, SHORT_ITERATIONS, 1e-4)
        if best is None or reached > highest:
            best, highest = one, reached
    assert best is not None
    return best


def _from_labels(values: Floats, labels: NDArray[np.int64], k: int, pooled: Floats) -> Mixture:
    """Mixture of labelled records; their spread still holds the errors, which the first steps take out."""
    q = values.shape[1]
    means, covariances = np.tile(values.mean(axis=0), (k, 1)), np.tile(pooled, (k, 1, 1))
    counts = np.bincount(labels[labels >= 0], minlength=k)[:k].astype(float)
    for j in range(k):
        members = values[labels == j]
        if len(members):
            means[j] = members.mean(axis=0)
        if len(members) > 2 * q:
            covariances[j] = np.cov(members.T).reshape(q, q) + 1e-3 * pooled
    return Mixture((counts + 1.0) / (counts + 1.0).sum(), means, covariances)


def _climb(
    mixture: Mixture, values: Floats, errors: Floats, floor: Floats, max_iterations: int, tolerance: float
) -> tuple[Mixture, float]:
    """Take steps of expectation maximisation until the likelihood no longer grows."""
    before = likelihood = -np.inf
    for _ in range(max_iterations):
        mixture, likelihood = _step(mixture, values, errors, floor)
        if likelihood - before < tolerance * len(values):
            break
        before = likelihood
    return mixture, likelihood


def _step(mixture: Mixture, values: Floats, errors: Floats, floor: Floats) -> tuple[Mixture, float]:
    """One step, and the log likelihood of the mixture before it."""
    likelihood, total, first, second, inverse = expectation(
        values, errors, np.log(mixture.weights), mixture.means, mixture.covariances
    )
    total = np.maximum(total, 1e-6)
    spread = mixture.covariances
    mean_u = first / total[:, None]
    change = (second - inverse) / total[:, None, None] - mean_u[:, :, None] * mean_u[:, None, :]
    covariances = spread + spread @ change @ spread + floor
    covariances = 0.5 * (covariances + covariances.transpose(0, 2, 1))
    means = mixture.means + np.einsum("kab,kb->ka", spread, mean_u)
    return Mixture(total / total.sum(), means, covariances), likelihood


def _ordered(mixture: Mixture) -> Mixture:
    order = np.lexsort(mixture.means.T[::-1])
    return Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order])
