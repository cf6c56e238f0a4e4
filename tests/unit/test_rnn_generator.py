"""Cuts of the generator: shapes, paths, splits, and what noise and a wrong scaling make of them."""

import numpy as np
import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.mms_rnn.analytic import Site, exhaust_half_width, fields, reference_path
from magnetoflow.mms_rnn.classes import FEATURES, INFLOWS, SEPARATRICES
from magnetoflow.mms_rnn.cuts import Cut, families, of_families, pieces
from magnetoflow.mms_rnn.features import rescaled
from magnetoflow.mms_rnn.generator import HELD_PATHS, HELD_SHAPES, SPLITS, random_site, trajectories
from magnetoflow.mms_rnn.noise import Conditions, degrade, random_conditions, tilt
from magnetoflow.mms_rnn.paths import LONGEST, PATHS, SHORTEST, path
from magnetoflow.mms_rnn.profiles import PROFILES, Shape, shaped_fields

COLUMN = {name: k for k, name in enumerate(FEATURES)}


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_shape_without_changes_is_the_analytic_model():
    x, y = reference_path(500)
    site = random_site(rng(3))
    np.testing.assert_allclose(shaped_fields(x, y, site, Shape()), fields(x, y, site), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", PROFILES)
def test_profiles_begin_and_end_where_they_must(kind):
    one, t = PROFILES[kind], np.array([0.0, 4.0, -4.0])
    for odd in (one.field(t), one.along(t)):
        assert odd[0] == pytest.approx(0, abs=1e-12)
        assert 0.85 < odd[1] <= 1
    assert one.along(t)[2] == -one.along(t)[1]
    assert one.inside(t)[0] == pytest.approx(1, abs=1e-12)
    assert one.inside(t)[1] < 0.01
    assert one.layer(t)[0] == 1
    assert (one.layer(t)[1:] < 0.02).all()
    u = np.linspace(-3, 3, 6001)
    assert (one.layer(u) > 0.5).mean() * 6 == pytest.approx(2 * np.sqrt(np.log(2)), rel=0.01)
    steps = np.diff(one.field(np.linspace(0, 3, 300)))
    assert (steps >= -1e-12).all()


def test_no_two_shapes_are_alike():
    t = np.linspace(0, 3, 100)
    found = [
        np.concatenate([one.field(t), one.inside(t), one.layer(t), one.along(t)]) for one in PROFILES.values()
    ]
    for k, one in enumerate(found):
        assert all(np.abs(one - other).max() > 0.1 for other in found[:k])


def test_asymmetries_change_the_side_that_they_name():
    x, y = np.array([4.0, 4.0, -4.0, -4.0]), np.array([-1.0, 1.0, -1.0, 1.0]) * 1.35 * 1.08
    plain = shaped_fields(x, y, Site(), Shape())
    plain[plain == 0] = np.nan
    south = shaped_fields(x, y, Site(), Shape(south_b=1.1, south_e=0.5)) / plain
    np.testing.assert_allclose(south[:, COLUMN["Bx"]], [1, 1.1, 1, 1.1], atol=2e-3)
    np.testing.assert_allclose(south[:, COLUMN["Ey"]], [1, 0.5, 1, 0.5], atol=4e-3)
    tailward = shaped_fields(x, y, Site(), Shape(tailward_v=0.5)) / plain
    np.testing.assert_allclose(tailward[:, COLUMN["vix"]], [1, 1, 0.5, 0.5], atol=1e-12)
    arms = shaped_fields(x, y, Site(), Shape(arms_e=0.2))[:, COLUMN["Ey"]] / plain[:, COLUMN["Ey"]]
    np.testing.assert_allclose(arms, [1.2, 0.8, 0.8, 1.2], atol=2e-3)


@pytest.mark.parametrize("kind", PATHS)
def test_paths_keep_their_speed_and_length(kind):
    for seed in range(5):
        x, y = path(rng(seed), kind, Site(), 0.005)
        step = np.hypot(np.diff(x), np.diff(y))
        assert SHORTEST <= len(x) <= LONGEST
        assert step.max() < 0.005 * 1.55
        if len(x) > SHORTEST:
            assert np.median(step) > 0.005 / 1.55


def test_paths_meet_what_their_names_say():
    for seed in range(12):
        x, y = path(rng(seed), "lobe", Site(), 0.02)
        assert (np.abs(y) > 1.75 * exhaust_half_width(x, Site())).all()
        x, y = path(rng(seed), "crossing", Site(), 0.05)
        assert y.min() < -2 * exhaust_half_width(x[y.argmin()], Site())
        assert y.max() > 2 * exhaust_half_width(x[y.argmax()], Site())
        x, y = path(rng(seed), "x_line", Site(), 0.05)
        assert x.min() < -2 < 2 < x.max()
        x, y = path(rng(seed), "in_and_out", Site(), 0.05)
        assert np.sign(y[0]) == np.sign(y[-1])
        assert min(abs(y[0]), abs(y[-1])) > 1.75 * 0.6


def test_held_out_families_have_a_shape_or_a_path_of_no_other_split():
    seen = {name: trajectories(0, len(SPLITS[name]), name) for name in SPLITS}
    for name in ("training", "validation", "new_sites"):
        assert not {one.shape for one in seen[name]} & set(HELD_SHAPES)
        assert not {one.path for one in seen[name]} & set(HELD_PATHS)
    for one in seen["held_out"]:
        assert one.shape in HELD_SHAPES or one.path in HELD_PATHS
    names = [one.family for part in seen.values() for one in part]
    assert len(set(names)) == len(names)
    assert {one.shape for one in seen["held_out"]} == set(PROFILES)
    first = [part[0].features[0] for part in seen.values()]
    assert not any(np.array_equal(first[0], other) for other in first[1:])


def test_cuts_depend_on_seed_split_and_number_only():
    few, more = trajectories(5, 3, "training"), trajectories(5, 6, "training", cuts=2)
    np.testing.assert_array_equal(few[2].features, more[4].features)
    assert more[4].family == more[5].family == few[2].family
    assert not np.array_equal(few[0].features, trajectories(6, 1, "training")[0].features)
    with pytest.raises(ConfigError, match="no such split"):
        trajectories(0, 1, "test")


def test_samples_are_whole_and_regions_follow_the_geometry():
    cuts = trajectories(1, 60, "training")
    values, region = (np.concatenate([getattr(one, name) for one in cuts]) for name in ("features", "region"))
    assert np.isfinite(values).all()
    assert (values[:, COLUMN["ni"]] > 0).all()
    assert set(region.tolist()) == set(range(6))
    ey = values[:, COLUMN["Ey"]]
    assert np.median(ey[region == 3]) > 0.2 > np.abs(np.median(ey[np.isin(region, INFLOWS)]))
    assert np.median(ey[region == 5]) < -0.2
    assert (values[region == 0, 0] > 0).all()
    assert (values[region == 2, 0] < 0).all()
    lobe = np.concatenate([one.region for one in cuts if one.path == "lobe"])
    assert set(lobe.tolist()) == set(INFLOWS)
    assert np.isin(region, SEPARATRICES).mean() < 0.4


def test_clean_conditions_change_nothing():
    values = trajectories(0, 1, "training")[0].features
    np.testing.assert_allclose(degrade(values, Conditions(), rng()), values, rtol=0, atol=1e-12)


def test_rescaling_follows_the_units():
    # E0 = v_A B0 and v_A = B0 / n0^(1/2): with B0 twice and n0 four times as large v_A stays, E0 doubles
    found = rescaled(np.ones((1, 14)), 2.0, 4.0)[0]
    np.testing.assert_allclose(found, [0.5] * 3 + [0.5] * 3 + [0.25] * 2 + [1.0] * 6, rtol=1e-12)
    found = rescaled(np.ones(14), 1.2, 1.0)
    np.testing.assert_allclose(found, [1 / 1.2] * 3 + [1 / 1.44] * 3 + [1] * 2 + [1 / 1.2] * 6, rtol=1e-12)


def test_noise_has_the_stated_size():
    values = np.full((40_000, 14), 0.25)
    noisy = degrade(values, Conditions(e_white=0.3, b_white=0.01), rng()) - values
    np.testing.assert_allclose(noisy[:, 3:6].std(axis=0), 0.3, rtol=0.02)
    np.testing.assert_allclose(noisy[:, :3].std(axis=0), 0.01, rtol=0.02)
    # 400 counts at n0: 100 counts at n = 0.25, a tenth of the density and of the thermal speed
    counted = degrade(values, Conditions(electron_counts=400, ion_counts=400), rng()) - values
    assert counted[:, 7].std() == pytest.approx(0.1 * 0.25, rel=0.02)
    np.testing.assert_allclose(counted[:, 11:].std(axis=0), 0.1 * 0.5, rtol=0.02)
    # linear between every fifth sample: knots keep their size, the mean square in between is smaller
    expected = 0.1 * 0.7 * np.sqrt(np.mean([(1 - s) ** 2 + s**2 for s in np.arange(5) / 5]))
    np.testing.assert_allclose(counted[:, 8:11].std(axis=0), expected, rtol=0.03)
    assert np.corrcoef(counted[:-1, 8], counted[1:, 8])[0, 1] > 0.8
    assert abs(np.corrcoef(counted[:-1, 11], counted[1:, 11])[0, 1]) < 0.05


def test_waves_are_in_the_electric_field_and_bounded():
    noisy = degrade(np.zeros((2000, 14)), Conditions(e_waves=0.5), rng(2))
    assert 0.05 < np.abs(noisy[:, 3:6]).max() <= 4 * 0.5
    assert not noisy[:, :3].any()


def test_axes_turn_by_at_most_the_stated_angle():
    for seed in range(20):
        matrix = tilt(rng(seed), 10)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1)
        assert np.rad2deg(np.arccos((np.trace(matrix) - 1) / 2)) <= 10 + 1e-9
    matrix = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    values = np.arange(14.0)[None]
    found = degrade(values, Conditions(rotation=matrix), rng())[0]
    assert found.tolist() == [1, 0, 2, 4, -3, 5, 6, 7, 9, -8, 10, 12, -11, 13]


def test_conditions_stay_in_their_ranges_and_the_noise_can_be_given():
    drawn = [random_conditions(rng(seed)) for seed in range(200)]
    b0, n0, white = (np.array([getattr(one, name) for one in drawn]) for name in ("b0", "n0", "e_white"))
    assert 0.85 <= b0.min() < 0.88 < 1.12 < b0.max() <= 1.15
    assert 1 / 1.6 <= n0.min() < 0.68 < 1.5 < n0.max() <= 1.6
    assert 0 <= white.min() < 0.05 < 0.75 < white.max() <= 0.8
    assert 0.2 < np.mean([one.gaps > 0 for one in drawn]) < 0.47
    given, other = random_conditions(rng(1), 0.3), random_conditions(rng(1), 0.5)
    assert (given.e_white, other.e_white) == (0.3, 0.5)
    assert (given.b0, given.n0, given.electron_counts) == (other.b0, other.n0, other.electron_counts)


def test_gaps_are_missing_samples_and_end_pieces():
    found = degrade(np.ones((400, 14)), Conditions(gaps=2), rng(4))
    missing = ~np.isfinite(found).all(axis=1)
    assert 5 <= missing.sum() <= 120
    assert np.isfinite(found[:, :3]).any(axis=1).sum() >= 280
    parts = pieces(found)
    assert sum(one.stop - one.start for one in parts) == 400 - missing.sum()
    assert all(np.isfinite(found[one]).all() for one in parts)


def test_pieces_and_families():
    values = np.ones((10, 14))
    values[[0, 4], 3] = np.nan
    assert pieces(values) == [slice(1, 4), slice(5, 10)]
    assert pieces(values, 4) == [slice(5, 10)]
    region = np.zeros(10, np.int8)
    cuts = [Cut(values, region, name) for name in ("b", "a", "b")]
    assert families(cuts) == ["b", "a"]
    assert [one.family for one in of_families(cuts, ["b"])] == ["b", "b"]
