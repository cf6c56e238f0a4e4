"""Classes of scores that have errors: mixture, k-means, mean shift, and how many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.rept_pad.agglomerative import fit_ward
from magnetoflow.rept_pad.data import Scores
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.fitting import final_clusters
from magnetoflow.rept_pad.kmeans import fit_kmeans
from magnetoflow.rept_pad.mean_shift import SweepRow, choose_k, reference_k, sweep
from magnetoflow.rept_pad.mixture import Mixture, bic, fit_mixture, log_likelihood
from magnetoflow.rept_pad.number import NumberOptions, choose_number
from magnetoflow.rept_pad.stability import pairwise_ari
from magnetoflow.rept_pad.validity import adjusted_rand, matched, validity

TRUE = Mixture(
    np.array([0.1, 0.3, 0.6]),
    np.array([[-4.0, 0.0], [0.0, 3.0], [4.0, 0.0]]),
    np.array([[[1.0, 0.6], [0.6, 0.5]], [[0.1, 0.0], [0.0, 0.8]], [[0.5, -0.2], [-0.2, 0.4]]]),
)


def drawn(n: int, seed: int, *, errors: bool = True) -> tuple[Scores, np.ndarray]:
    """Records of TRUE; their errors differ by a factor of 1000 and are tilted."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, n, p=TRUE.weights)
    roots = np.linalg.cholesky(TRUE.covariances)
    values = TRUE.means[labels] + np.einsum("nab,nb->na", roots[labels], rng.normal(size=(n, 2)))
    if not errors:
        return Scores(values), labels
    tilted = rng.normal(size=(n, 2, 2)) * 10 ** rng.uniform(-2, 1, n)[:, None, None]
    values += np.einsum("nab,nb->na", tilted, rng.normal(size=(n, 2)))
    return Scores(values, tilted @ tilted.transpose(0, 2, 1)), labels


def test_density_of_a_record_holds_its_own_error() -> None:
    scores, _ = drawn(5, 1)
    got = TRUE.log_density(scores)
    for i, (x, error) in enumerate(zip(scores.values, scores.covariance, strict=True)):
        for j in range(3):
            total, off = TRUE.covariances[j] + error, x - TRUE.means[j]
            by_hand = np.log(TRUE.weights[j]) - 0.5 * np.log(np.linalg.det(2 * np.pi * total))
            assert got[i, j] == pytest.approx(by_hand - 0.5 * off @ np.linalg.solve(total, off))
    assert TRUE.posterior(scores).sum(axis=1) == pytest.approx(1.0)


def test_spreads_come_out_without_the_errors() -> None:
    scores, _ = drawn(6000, 2)
    fit = fit_mixture(scores, 3, 0, reg=1e-6)
    assert fit.weights == pytest.approx(TRUE.weights, abs=0.02)
    assert fit.means == pytest.approx(TRUE.means, abs=0.15)
    assert fit.covariances == pytest.approx(TRUE.covariances, abs=0.15)
    assert np.trace(np.cov(scores.values.T)) > 3 * np.trace(np.cov(drawn(6000, 2, errors=False)[0].values.T))


def test_probabilities_of_noisy_records_say_how_often_they_are_right() -> None:
    scores, labels = drawn(6000, 3)
    highest = TRUE.posterior(scores).max(axis=1)
    right = TRUE.labels(scores) == labels
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 0.95)):
        some = (highest >= low) & (highest < high)
        error = np.sqrt(0.25 / some.sum())
        assert right[some].mean() == pytest.approx(highest[some].mean(), abs=4 * error)


def test_record_that_says_nothing_has_the_shares_of_the_classes() -> None:
    vague = Scores(np.zeros((1, 2)), 1e8 * np.eye(2)[None])
    assert TRUE.posterior(vague)[0] == pytest.approx(TRUE.weights, abs=1e-4)


def test_without_errors_it_is_plain_expectation_maximisation() -> None:
    scores, labels = drawn(1500, 4, errors=False)
    plain = fit_mixture(scores, 3, 0, reg=1e-9, tolerance=1e-9)
    zero = fit_mixture(Scores(scores.values, np.zeros((1500, 2, 2))), 3, 0, reg=1e-9, tolerance=1e-9)
    assert plain.means == pytest.approx(zero.means)
    share = plain.posterior(scores)
    means = share.T @ scores.values / share.sum(axis=0)[:, None]
    off = scores.values[:, None] - means
    spread = np.einsum("nk,nka,nkb->kab", share, off, off) / share.sum(axis=0)[:, None, None]
    assert plain.means == pytest.approx(means, abs=1e-4)
    assert plain.covariances == pytest.approx(spread, abs=1e-3)
    assert adjusted_rand(labels, plain.labels(scores)) > 0.95


def test_defect_f34_fit_ignores_order_units_and_seed() -> None:
    scores, _ = drawn(1200, 5)
    fit = fit_mixture(scores, 3, 0)
    same = fit_mixture(scores, 3, 0)
    assert all(np.array_equal(getattr(fit, name), getattr(same, name)) for name in vars(fit))
    back = fit_mixture(scores.rows(slice(None, None, -1)), 3, 0)
    turn = np.array([[2.0, 1.0], [0.0, -1e4]])
    turned = Scores(scores.values @ turn.T + 7, turn @ scores.covariance @ turn.T)
    labels = fit.labels(scores)
    assert adjusted_rand(labels, back.labels(scores)) > 0.99
    assert adjusted_rand(labels, fit_mixture(turned, 3, 0).labels(turned)) > 0.99
    agreement = pairwise_ari(lambda seed: fit_mixture(scores, 3, seed).labels(scores), range(4))
    assert agreement.mean > 0.99
    assert len(agreement.every) == 6


def test_start_replaces_seeds_and_likelihood_never_falls() -> None:
    scores, labels = drawn(2000, 6)
    started = fit_mixture(scores, 3, 0, start=np.where(np.arange(2000) % 2, labels, -1))
    assert log_likelihood(started, scores) >= log_likelihood(TRUE, scores) - 2.0
    assert bic(started, scores) < bic(fit_mixture(scores, 2, 0), scores)


def test_distance_of_members_is_chi_squared() -> None:
    scores, _ = drawn(4000, 7)
    assert (TRUE.distance(scores) ** 2).mean() == pytest.approx(2.0, abs=0.3)
    assert TRUE.distance(Scores(np.full((1, 2), 100.0)))[0] > 50


def test_defect_r14_kmeans_starts_are_explicit_and_the_number_is_no_single_quantile() -> None:
    scores, labels = drawn(900, 8, errors=False)
    centres = fit_kmeans(scores, 3, 0, n_init=5)
    again = fit_kmeans(scores.rows(slice(None, None, -1)), 3, 0, n_init=5)
    assert centres.means == pytest.approx(again.means)
    assert adjusted_rand(labels, centres.labels(scores)) > 0.9
    assert centres.posterior(scores).sum(axis=1) == pytest.approx(1.0)
    assert np.array_equal(centres.posterior(scores).argmax(axis=1), centres.labels(scores))
    alike = scores.rows(np.concatenate([np.flatnonzero(labels == j)[:80] for j in range(3)]))
    rows = sweep(alike, (0.05, 0.15, 0.25, 0.5, 0.9), 0, 240, repeats=2)
    assert len({row.k for row in rows}) > 1
    assert choose_k(rows) == 3
    assert rows[1:2] == sweep(alike, (0.15,), 0, 240, repeats=2)
    assert reference_k(scores.values[:300]) >= 1


def test_plateau_is_measured_in_the_logarithm_of_the_bandwidth_and_must_be_stable() -> None:
    def rows(*some: tuple[float, int, float]) -> list[SweepRow]:
        return [SweepRow(0.1, width, k, 0.1, stable, 0.0) for width, k, stable in some]

    found = rows((1, 9, 0.5), (1.1, 6, 1), (2.5, 6, 1), (3, 4, 1), (3.5, 4, 1), (4, 2, 1))
    assert choose_k(found) == 6
    assert choose_k([replace(row, stability=0.4) for row in found]) == 1
    assert choose_k(found[::-1]) == 6
    assert choose_k(rows((1, 5, 1), (2, 3, 0.1), (4, 5, 1), (7, 2, 1), (9, 2, 1))) == 5


@pytest.mark.parametrize("k", [1, 3])
def test_number_of_classes_is_found_without_being_told(k: int) -> None:
    scores, labels = drawn(1500, 9)
    scores = scores if k == 3 else scores.rows(labels == 2)
    options = NumberOptions(k_max=5, tested=2, repeats=2, n_init=2, mean_shift_rows=600, quantiles=(0.1, 0.3))
    choice = choose_number(scores, options)
    assert choice.k == k
    assert choice.low <= k <= choice.high
    assert [row.k for row in choice.rows] == [1, 2, 3, 4, 5][: k + options.patience]
    assert all(row.reason for row in choice.rows if not row.accepted)


def test_indices_prefer_the_true_labels_and_match_them() -> None:
    scores, labels = drawn(800, 10, errors=False)
    good = validity(scores, labels)
    bad = validity(scores, np.roll(labels, 1))
    assert good.calinski_harabasz > bad.calinski_harabasz
    assert good.silhouette > 0.5 > bad.silhouette
    assert good.davies_bouldin < bad.davies_bouldin
    assert np.isnan(validity(scores, np.zeros(800, int)).silhouette)
    renamed = np.array([7, 5, 9])[labels]
    assert matched(labels, renamed) == {7: 0, 5: 1, 9: 2}
    assert adjusted_rand(labels, renamed) == pytest.approx(1.0)
    assert adjusted_rand(labels, fit_ward(scores, 3, 0, max_rows=400).labels(scores)) > 0.9


def test_records_that_cannot_be_clustered_are_refused_by_name() -> None:
    scores, _ = drawn(100, 11)
    broken = replace(scores, values=np.where(np.arange(100)[:, None] == 3, np.nan, scores.values))
    for fit in (fit_mixture, fit_kmeans, fit_ward):
        with pytest.raises(InsufficientData, match="1 of 100 records"):
            fit(broken, 2, 0)
        with pytest.raises(InsufficientData, match="too few records"):
            fit(scores.rows(slice(0, 3)), 4, 0)
    with pytest.raises(InsufficientData, match="different records"):
        fit_kmeans(Scores(np.ones((500, 2))), 2, 0)
    for clusters in (TRUE, fit_kmeans(scores, 2, 0)):
        with pytest.raises(ModelError, match="do not fit"):
            clusters.posterior(Scores(np.zeros((4, 3))))


def test_the_final_fit_keeps_the_best_of_several_starts():
    """A small class beside two large ones is lost in a poor optimum; the search's fit is a start too."""
    rng = np.random.default_rng(5)
    middle = [(0.0, 0.0), (3.0, 0.0), (1.5, 2.0)]
    sizes = (3000, 3000, 60)
    values = np.concatenate([rng.normal(at, 0.3, (size, 2)) for at, size in zip(middle, sizes, strict=True)])
    scores = Scores(values)
    start = fit_mixture(scores, 3, 0, start=np.repeat(np.arange(3), sizes))
    found = final_clusters(scores, 3, FitOptions(n_init=1), start)
    assert log_likelihood(found, scores) >= log_likelihood(start, scores) - 1e-6
    assert adjusted_rand(np.repeat(np.arange(3), sizes), found.labels(scores)) > 0.99
