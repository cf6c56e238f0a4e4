"""Fitting: what is chosen, what is refused, and what the shipped recipe does."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.io.models import read_region_model
from magnetoflow.mms_gmm.fitting import FEATURES, FitOptions, fit_regions
from magnetoflow.mms_gmm.gaussians import fit_mixture
from magnetoflow.mms_gmm.mixture import posterior
from magnetoflow.mms_gmm.regions import REGIONS
from magnetoflow.mms_gmm.robust import robust_features
from magnetoflow.mms_gmm.selection import feature_matrix
from magnetoflow.sample import train_mms_gmm
from magnetoflow.sample.instrument import energy_table
from magnetoflow.sample.plan import PROBE_DAYS
from magnetoflow.sample.train_mms_gmm import NAMED, known_minutes

QUICK = FitOptions(components=(4, 6, 8), covariances=("full",), n_init=2, bootstrap=0)
CENTRES = {  # log_flux, log_energy, log_core, log_tail, log_excess, log_b
    "solar_wind": (6.7, 3.2, -1.15, -2.6, 0.2, 0.7),
    "ion_foreshock": (6.6, 3.1, -1.0, -1.3, 1.4, 0.5),
    "magnetosheath": (6.9, 3.0, -0.6, -1.5, 1.2, 1.2),
    "magnetosphere": (6.0, 3.95, -0.6, 0.5, 1.9, 1.6),
}


def drawn(names, rows=300, seed=1):
    """Feature table of rows around the centres of some regions, and the region of each row."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(list(names), rows)
    values = np.array([CENTRES[name] for name in truth]) + 0.06 * rng.normal(size=(len(truth), 6))
    return as_columns(values), truth


def as_columns(values):
    columns = dict(zip(FEATURES["robust"][:-1], values.T, strict=False))
    return columns | {"b_nt": 10.0 ** values[:, -1], "zeroed": np.zeros(len(values))}


def named(model, columns):
    region = posterior(model, feature_matrix(columns, model.features)).region
    return np.array(REGIONS)[region.argmax(axis=1)]


def test_four_separate_clouds_get_their_names_and_four_components():
    columns, truth = drawn(CENTRES)
    model, sweep = fit_regions(columns, QUICK, trained_on="clouds", recipe="r")
    assert sorted(model.regions) == sorted(CENTRES)
    assert [one.components for one in sweep if one.chosen] == [4]
    assert (named(model, columns) == truth).all()
    assert (model.trained_on, model.recipe) == ("clouds", "r")
    beyond = posterior(model, feature_matrix(columns, model.features)).outlier > model.outlier_limit
    assert beyond.mean() == pytest.approx(QUICK.outlier_quantile, abs=1e-3)


def test_order_of_rows_and_start_change_neither_names_nor_order_of_components():
    columns, truth = drawn(CENTRES)
    turn = np.random.default_rng(5).permutation(len(truth))
    turned = {name: values[turn] for name, values in columns.items()}
    first, _ = fit_regions(columns, QUICK, trained_on="")
    second, _ = fit_regions(turned, replace(QUICK, seed=99), trained_on="")
    assert first.regions == second.regions
    np.testing.assert_allclose(first.means, second.means, atol=1e-3)


def test_the_same_table_gives_the_same_model():
    columns, _ = drawn(CENTRES)
    first, second = (fit_regions(columns, QUICK, trained_on="")[0] for _ in range(2))
    assert first.id == second.id
    np.testing.assert_array_equal(first.covariances, second.covariances)


@pytest.mark.parametrize("names", [["magnetosheath"], ["magnetosheath", "magnetosphere"], list(CENTRES)[1:]])
def test_events_with_fewer_regions_than_asked_are_refused(names):
    columns, _ = drawn(names, rows=500)
    with pytest.raises(ModelError, match="fewer regions") as caught:
        fit_regions(columns, QUICK, trained_on="")
    absent = sorted(set(CENTRES) - set(names))
    assert all(name in str(caught.value).split("asked for")[1] for name in absent)
    if len(names) > 1:
        model, _ = fit_regions(columns, replace(QUICK, regions=names), trained_on="")
        assert set(names) <= set(model.regions)


def test_a_component_on_one_point_is_degenerate():
    columns, _ = drawn(CENTRES)
    point = {name: np.append(values, np.full(200, values[0])) for name, values in columns.items()}
    options = replace(QUICK, components=(5,))
    with pytest.raises(ModelError, match="covariance floor"):
        fit_regions(point, options, trained_on="")


def test_a_component_of_a_few_rows_is_degenerate():
    columns, _ = drawn(CENTRES)
    spread = 0.05 * np.random.default_rng(3).normal(size=(4, 6))
    far = as_columns(np.array([9.0, 2.0, 0.2, 1.0, 3.0, 2.5]) + spread)
    both = {name: np.append(values, far[name]) for name, values in columns.items()}
    with pytest.raises(ModelError, match=r"below min_weight: 0\.00"):
        fit_regions(both, replace(QUICK, components=(5,)), trained_on="")


def test_too_few_rows_and_constant_features_are_refused():
    columns, _ = drawn(CENTRES, rows=20)
    with pytest.raises(InsufficientData, match="too few minutes"):
        fit_regions(columns, QUICK, trained_on="")
    columns, _ = drawn(CENTRES)
    columns["log_core"] = np.full(len(columns["log_core"]), -1.0)
    with pytest.raises(InsufficientData, match="log_core"):
        fit_regions(columns, QUICK, trained_on="")


def test_rows_with_a_missing_feature_take_no_part():
    columns, _ = drawn(CENTRES)
    first, _ = fit_regions(columns, QUICK, trained_on="")
    more = {name: np.append(values, np.full(100, 7.0)) for name, values in columns.items()}
    more["log_tail"][-100:] = np.nan
    more["zeroed"][-100:] = np.nan
    assert fit_regions(more, QUICK, trained_on="")[0].id == first.id


def test_stability_is_high_for_separate_clouds():
    columns, _ = drawn(CENTRES)
    _, sweep = fit_regions(columns, replace(QUICK, components=(4,), bootstrap=3), trained_on="")
    assert sweep[0].stability > 0.99


def test_groups_get_equal_shares_of_the_components_and_their_own_rows():
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(-1.0, 1.0, (900, 2)), rng.normal(1.0, 1.0, (100, 2))])
    groups = np.repeat(["left", "right"], [900, 100])
    mixture = fit_mixture(rows, 2, "full", n_init=1, reg_covar=1e-6, seed=0, groups=groups)
    np.testing.assert_allclose(mixture.weights_, [0.9, 0.1])
    np.testing.assert_allclose(mixture.means_, [rows[:900].mean(axis=0), rows[900:].mean(axis=0)], atol=1e-6)
    with pytest.raises(ValueError, match="left, right"):
        fit_mixture(rows, 3, "full", n_init=1, reg_covar=1e-6, seed=0, groups=groups)


@pytest.fixture(scope="module")
def days():
    """Minutes of one calibration day and two demo days."""
    plans = [one for one in PROBE_DAYS if one.role == "demo"][1:3]
    return known_minutes([*plans, next(one for one in PROBE_DAYS if one.role == "calibration")])


@pytest.fixture(scope="module")
def shipped():
    return read_region_model(train_mms_gmm.FOLDER)


def test_shipped_model_says_what_it_was_trained_on_and_knows_every_region(shipped):
    assert shipped.trained_on == "synthetic sample data"
    assert shipped.features == FEATURES["robust"]
    assert set(shipped.regions) == set(REGIONS)
    assert shipped.zeroed_region is None


def test_few_good_minutes_are_outliers_to_the_shipped_model(shipped, days):
    rows = days.region != ""
    outlier = posterior(shipped, feature_matrix(days.columns, shipped.features)[rows]).outlier
    assert (outlier > shipped.outlier_limit).mean() < 0.005


def test_random_spectra_are_outliers_to_the_shipped_model(shipped):
    rng = np.random.default_rng(8)
    flux, energy = rng.random((500, 32)) * 1e6, np.tile(energy_table("standard"), (500, 1))
    columns = {**vars(robust_features(flux, energy)), "b_nt": rng.random(500) * 100.0}
    outlier = posterior(shipped, feature_matrix(columns, shipped.features)).outlier
    assert (outlier > shipped.outlier_limit).mean() > 0.85


def test_missing_field_costs_little(shipped, days):
    rows = days.region != ""
    values = feature_matrix(days.columns, shipped.features)[rows]
    truth = np.array([NAMED.get(name, name) for name in days.region[rows].tolist()])
    values[:, shipped.features.index("log_b")] = np.nan
    found = np.array(REGIONS)[posterior(shipped, values).region.argmax(axis=1)]
    assert (found == truth).mean() > 0.96
