"""Posterior of a mixture: against the analytic densities, with features missing, in any order."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

from magnetoflow.mms_gmm.mixture import RegionModel, fit_temperature, posterior
from magnetoflow.mms_gmm.regions import REGIONS

rng = np.random.default_rng(4)
NAMES = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere", "magnetosheath", "unknown")


def covariance():
    root = rng.normal(size=(3, 3))
    return root @ root.T + 0.3 * np.eye(3)


MODEL = RegionModel(
    features=("a", "b", "c"),
    center=np.array([6.0, 3.0, -1.0]),
    scale=np.array([0.5, 0.3, 0.2]),
    weights=np.array([0.1, 0.2, 0.3, 0.2, 0.15, 0.05]),
    means=rng.normal(size=(6, 3)) * 2.0,
    covariances=np.stack([covariance() for _ in NAMES]),
    regions=NAMES,
    temperature=1.0,
    outlier_limit=4.0,
    zeroed_region=None,
    trained_on="this test",
)
VALUES = MODEL.center + MODEL.scale * rng.normal(size=(50, 3)) * 2.0
PATTERNS = [(0, 1, 2), (0, 1), (0, 2), (1, 2), (0,), (2,)]


def missing(values, pattern):
    there = np.isin(np.arange(3), pattern)
    return np.where(there, values, np.nan)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_missing_features_give_the_analytic_marginal(pattern):
    scaled = ((VALUES - MODEL.center) / MODEL.scale)[:, pattern]
    density = np.column_stack(
        [
            w * multivariate_normal(m[list(pattern)], c[np.ix_(pattern, pattern)]).pdf(scaled)
            for w, m, c in zip(MODEL.weights, MODEL.means, MODEL.covariances, strict=True)
        ]
    )
    expected = density / density.sum(axis=1, keepdims=True)
    found = posterior(MODEL, missing(VALUES, pattern))
    np.testing.assert_allclose(found.responsibility, expected, rtol=1e-9, atol=1e-12)
    sheath = expected[:, [2, 4]].sum(axis=1)
    np.testing.assert_allclose(found.region[:, REGIONS.index("magnetosheath")], sheath, rtol=1e-9)
    np.testing.assert_allclose(found.region.sum(axis=1), 1.0 - expected[:, 5], rtol=1e-9)


def test_rows_with_and_without_gaps_do_not_disturb_each_other():
    mixed = VALUES.copy()
    mixed[::2, 2] = np.nan
    mixed[1::5] = np.nan
    found = posterior(MODEL, mixed).region
    for k, row in enumerate(mixed):
        np.testing.assert_allclose(found[k], posterior(MODEL, row[None, :]).region[0], rtol=1e-12)


def test_a_row_without_any_feature_has_no_probability():
    found = posterior(MODEL, np.full((2, 3), np.nan))
    assert np.isnan(found.responsibility).all()
    assert np.isnan(found.region).all()
    assert np.isnan(found.outlier).all()


def test_the_order_of_components_changes_nothing():
    order = rng.permutation(6)
    turned = replace(
        MODEL,
        weights=MODEL.weights[order],
        means=MODEL.means[order],
        covariances=MODEL.covariances[order],
        regions=tuple(np.array(NAMES)[order].tolist()),
    )
    first, second = posterior(MODEL, VALUES), posterior(turned, VALUES)
    np.testing.assert_allclose(second.region, first.region, rtol=1e-10)
    np.testing.assert_allclose(second.outlier, first.outlier, rtol=1e-10)
    np.testing.assert_allclose(second.responsibility, first.responsibility[:, order], rtol=1e-10)


@pytest.mark.parametrize("pattern", [(0, 1, 2), (0, 1)])
def test_members_of_a_component_exceed_the_score_as_often_as_it_says(pattern):
    alone = replace(
        MODEL,
        weights=np.ones(1),
        means=MODEL.means[:1],
        covariances=MODEL.covariances[:1],
        regions=NAMES[:1],
    )
    draws = rng.multivariate_normal(alone.means[0], alone.covariances[0], size=20000)
    outlier = posterior(alone, missing(draws * alone.scale + alone.center, pattern)).outlier
    for score in (0.5, 1.0, 2.0):
        assert (outlier > score).mean() == pytest.approx(10.0**-score, rel=0.2)


def test_the_score_of_a_distant_row_is_that_of_its_distance():
    """A chi-squared tail that underflows must still be finite and grow."""
    far = MODEL.center + MODEL.scale * np.array([[20.0, 0, 0], [500.0, 0, 0]])
    near, farther = posterior(MODEL, far).outlier
    assert 10 < near < farther < np.inf
    scaled = (far[0] - MODEL.center) / MODEL.scale
    pairs = zip(MODEL.means, MODEL.covariances, strict=True)
    nearest = min((scaled - m) @ np.linalg.solve(c, scaled - m) for m, c in pairs)
    assert near == pytest.approx(-chi2.logsf(nearest, 3) / np.log(10), rel=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_softens_or_sharpens_without_another_choice(temperature):
    plain, tempered = (posterior(replace(MODEL, temperature=t), VALUES).region for t in (1.0, temperature))
    expected = plain[:, :2] ** (1 / temperature)
    np.testing.assert_allclose(tempered[:, 0] / tempered[:, 1], expected[:, 0] / expected[:, 1], rtol=1e-8)
    np.testing.assert_array_equal(tempered.argmax(axis=1), plain.argmax(axis=1))
    lower = tempered.max(axis=1) < plain.max(axis=1)
    assert lower.mean() > 0.9 if temperature > 1 else lower.mean() < 0.1


def test_calibration_finds_the_temperature_that_spoiled_the_truth():
    centre = np.linspace(-2.0, 2.0, 4)[:, None]
    model = replace(
        MODEL,
        features=("a",),
        center=np.zeros(1),
        scale=np.ones(1),
        weights=np.full(4, 0.25),
        means=centre,
        covariances=np.ones((4, 1, 1)),
        regions=REGIONS,
    )
    truth = rng.integers(4, size=8000)
    values = centre[truth] + rng.normal(size=(8000, 1))
    assert fit_temperature(model, values, truth) == pytest.approx(1.0, rel=0.1)
    too_sure = replace(model, covariances=np.full((4, 1, 1), 0.25))
    assert fit_temperature(too_sure, values, truth) == pytest.approx(4.0, rel=0.15)
