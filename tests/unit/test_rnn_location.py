"""Location in the analytic picture: truth within errors, symmetry, gaps, and what is not the model's."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, VariableError
from magnetoflow.mms_rnn.analytic import Site, fields, reference_path
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.location import Location, LocationOptions, locate

NOISE = np.array([0.03, 0.03, 0.03, 0.5, 0.5, 0.5, 0.02, 0.02, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05])
ONE = np.zeros(3000, dtype=np.int32)


def measured(site: Site | None = None, seed: int = 0) -> np.ndarray:
    x, y = reference_path()
    return fields(x, y, site) + np.random.default_rng(seed).normal(size=(len(x), 14)) * NOISE


@cache
def reference() -> Location:
    return locate(measured(), ONE)


def inside(found: Location, sigma: float) -> tuple[float, float]:
    """Shares of the samples whose true x, and y, are within so many standard errors."""
    x, y = reference_path()
    share_x = np.mean(np.abs(found.x - x) <= sigma * found.x_error)
    return float(share_x), float(np.mean(np.abs(found.y - y) <= sigma * found.y_error))


def mirrored(features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    return features * [-1 if name in names else 1 for name in FEATURES]


def test_the_reference_crossing_is_found_within_its_errors() -> None:
    x, y = reference_path()
    found = reference()
    assert found.ok.all()
    assert min(inside(found, 2)) >= 0.95
    assert np.sqrt(np.mean((found.x - x) ** 2)) < 1.0
    assert np.sqrt(np.mean((found.y - y) ** 2)) < 0.6
    sheet = np.abs(y) < 0.9
    assert np.sqrt(np.mean((found.y - y)[sheet] ** 2)) < 0.12
    assert found.x_error[sheet].mean() < found.x_error[~sheet].mean()


@pytest.mark.parametrize(
    "site",
    [Site(half_width=0.9, opening=0.15), Site(half_width=0.45), Site(b_guide=0.2), Site(v_outflow=0.95)],
)
def test_errors_admit_other_sites(site: Site) -> None:
    assert min(inside(locate(measured(site), ONE), 2)) >= 0.9


def test_errors_admit_a_wrong_scale() -> None:
    features = measured()
    features[:, :3] *= 1.2
    features[:, 6:8] *= 0.6
    assert min(inside(locate(features, ONE), 2)) >= 0.9


def test_mirrored_measurements_give_the_mirrored_path() -> None:
    features, found = measured(), reference()
    north = locate(mirrored(features, ("Bx", "Bz", "Ey", "viy")), ONE)
    np.testing.assert_allclose(north.y, -found.y, atol=1e-4)
    np.testing.assert_allclose(north.x, found.x, atol=1e-4)
    tail = locate(mirrored(features, ("By", "Bz", "vix", "vex")), ONE)
    np.testing.assert_allclose(tail.x, -found.x, atol=1e-4)
    np.testing.assert_allclose(tail.x_error, found.x_error, atol=1e-4)


def test_segments_are_searched_for_by_themselves() -> None:
    features = measured()[900:1500]
    segment = np.repeat([0, 1], 300)
    both = locate(features, segment)
    alone = locate(features[300:], segment[300:])
    np.testing.assert_allclose(both.x[300:], alone.x)
    assert both.x_error[300] > 1.1 * locate(features, ONE[:600]).x_error[300]


def test_with_times_a_path_goes_on_over_a_short_gap_only() -> None:
    rows = np.delete(np.arange(3000), np.arange(1400, 1600))
    features, segment = measured()[rows], (rows >= 1600).astype(int)
    time = np.datetime64("2017-07-19", "ns") + rows * np.timedelta64(30, "ms")
    alone, joined = locate(features, segment), locate(features, segment, time=time)
    x, _ = reference_path()
    blank = measured()
    blank[1400:1600] = np.nan
    np.testing.assert_allclose(joined.x, locate(blank, ONE).x[rows], atol=0.1)
    assert np.abs(joined.x - x[rows]).max() < np.abs(alone.x - x[rows]).max()
    time[1400:] += np.timedelta64(30, "s")
    apart = locate(features, segment, time=time)
    np.testing.assert_array_equal(apart.x, alone.x)


def test_a_gap_in_the_inputs_widens_the_errors_and_is_not_ok() -> None:
    features, whole = measured(), reference()
    features[1400:1600] = np.nan
    found = locate(features, ONE)
    assert not found.ok[1400:1600].any()
    assert np.isnan(found.misfit[1405:1595]).all()
    assert found.x_error[1500] > 1.2 * whole.x_error[1500]
    np.testing.assert_allclose(found.y[:1000], whole.y[:1000], atol=0.02)
    partial = measured()
    partial[:, FEATURES.index("Ey")] = np.nan
    assert min(inside(locate(partial, ONE), 2)) >= 0.9


def test_a_segment_without_input_has_no_place() -> None:
    features = measured()[:200]
    features[:100] = np.nan
    found = locate(features, np.repeat([0, 1], 100))
    assert np.isnan(found.x[:100]).all()
    assert np.isfinite(found.x[100:]).all()
    assert not found.ok[:100].any()
    assert locate(np.empty((0, 14)), np.empty(0, int)).x.shape == (0,)


def test_single_wrong_samples_do_not_move_the_path() -> None:
    features, whole = measured(), reference()
    features[1000:1004, FEATURES.index("Bx")] = -50
    features[1004, FEATURES.index("Bx")] = 1e30
    features[1005, FEATURES.index("Bx")] = np.inf
    np.testing.assert_allclose(locate(features, ONE).y[1000:1005], whole.y[1000:1005], atol=0.15)


def test_what_the_model_does_not_know_is_not_ok() -> None:
    features = measured()
    features[:, FEATURES.index("ni")] = 5.0
    found = locate(features, ONE)
    assert (found.misfit > 4).all()
    assert not found.ok.any()


def test_wrong_shapes_and_tolerances_are_refused() -> None:
    with pytest.raises(VariableError, match="do not fit"):
        locate(np.zeros((5, 13)), np.zeros(5))
    with pytest.raises(VariableError, match="do not fit"):
        locate(np.zeros((5, 14)), np.zeros(4))
    with pytest.raises(ConfigError, match="Bq"):
        locate(np.zeros((5, 14)), np.zeros(5), options=LocationOptions(tolerance={"Bq": 1.0}))
    with pytest.raises(ConfigError, match="above 0"):
        locate(np.zeros((5, 14)), np.zeros(5), options=LocationOptions(tolerance={"Bx": 0.0}))
