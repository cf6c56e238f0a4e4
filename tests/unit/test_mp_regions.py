"""Regions of one series: hysteresis and stays in seconds, plateaus, scores of regions and of boundaries."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.boundary_score import boundary_score
from magnetoflow.mms_mp.detection import DetectionOptions, Level, changes, stays
from magnetoflow.mms_mp.plateaus import evened, plateaus
from magnetoflow.mms_mp.region_score import region_scores, winner
from tests.unit.mp_events import axes, event

OPTIONS = DetectionOptions()
IN, LAYER, OUT = "magnetosphere", "mp_layer", "sheath"


@pytest.fixture(scope="module")
def alone():
    return event(noise=1.0, seed=1)


def without_plasma(data):
    return replace(data, spacecraft={1: replace(data.spacecraft[1], plasma={})})


def regions(visits):
    return [one.region for one in visits]


def level_of(t, values, cadence=0.45):
    return Level(np.asarray(t, float), np.asarray(values, float), cadence, 0.7, 0.5)


def test_a_region_is_held_until_its_lower_level():
    t = 0.45 * np.arange(60)
    values = np.where(np.arange(60) % 2, 0.6, 0.9)
    assert regions(stays(1, level_of(t, values), OPTIONS)) == [IN]
    assert regions(stays(1, level_of(t, values - 0.25), OPTIONS)) == [LAYER]


@pytest.mark.parametrize("step", [0.15, 0.45, 0.9])
def test_stays_are_counted_in_seconds(step):
    t = np.arange(0, 60, step)
    for length, expected in ((1.8, [IN, LAYER, IN]), (3.6, [IN, LAYER, OUT, LAYER, IN])):
        values = np.where(np.abs(t - 30) < length / 2 - 1e-9, -1.0, np.where(np.abs(t - 30) < 5, 0.0, 1.0))
        assert regions(stays(1, level_of(t, values, step), OPTIONS)) == expected


def test_a_short_step_into_the_layer_is_none():
    t = 0.15 * np.arange(400)
    for length, expected in ((0.45, [IN]), (1.2, [IN, LAYER, IN])):
        values = np.where(np.abs(t - 30) < length / 2 - 1e-9, 0.0, 1.0)
        assert regions(stays(1, level_of(t, values, 0.15), OPTIONS)) == expected


def test_a_slow_product_needs_two_measurements():
    t = 10.0 * np.arange(12)
    values = np.ones(12)
    values[5] = -1
    assert regions(stays(1, level_of(t, values, 10.0), OPTIONS)) == [IN, LAYER, IN]
    values[6] = -1
    visits = stays(1, level_of(t, values, 10.0), OPTIONS)
    assert regions(visits) == [IN, OUT, IN]
    found = changes(visits, level_of(t, values, 10.0), OPTIONS)
    assert [one.time_s for one in found] == [45.0, 65.0]
    assert found[0].error_s == pytest.approx(10 / np.sqrt(12))


def test_a_partial_passage_is_no_crossing():
    t = 0.45 * np.arange(200)
    series = level_of(t, 1 - 1.2 * np.exp(-(((t - 45) / 8) ** 2)))
    visits = stays(1, series, OPTIONS)
    assert regions(visits) == [IN, LAYER, IN]
    assert changes(visits, series, OPTIONS) == ()
    assert changes(visits[1:], series, OPTIONS) == ()


def test_running_means_keep_to_one_grid():
    t = np.arange(0, 30, 1 / 64)
    one = evened(t, t, 1.35)
    other = evened(t[5:], t[5:], 1.35)
    common = np.isin(np.round(other[0], 6), np.round(one[0], 6))
    assert common.all()
    np.testing.assert_allclose(one[1][2:-2], one[0][2:-2], atol=0.02)
    slow = evened(np.arange(5.0), np.array([1, np.nan, 2, 3, 4]), 1.35)
    np.testing.assert_array_equal(slow[0], [0, 2, 3, 4])
    assert slow[2] == 1.0


def test_plateaus_and_their_contrast():
    rng = np.random.default_rng(12)
    both = np.concatenate([rng.normal(-30, 3, 900), rng.normal(40, 1, 100)])
    low, high, contrast = plateaus(both)
    assert (low, high) == pytest.approx((-30, 40), abs=1)
    assert contrast > 20
    assert plateaus(rng.normal(size=5000))[2] == pytest.approx(2.24, abs=0.1)
    assert plateaus(np.full(9, 3.0))[2] == 0


def test_scores_of_clear_cases_and_of_missing_terms():
    t = np.arange(4.0)
    b_l = np.array([40.0, 40.0, -30.0, -30.0])
    scores = region_scores(
        t, b_l, OPTIONS,
        log_n=np.log([1.0, 1.0, 20.0, 20.0]), heplus=np.array([0.4, np.nan, 0.03, np.nan]),
        fraction=np.array([0.4, np.nan, 0.002, np.nan]),
    )  # fmt: skip
    np.testing.assert_allclose(scores[[0, 1], 0], 1, atol=5e-3)
    np.testing.assert_allclose(scores[[2, 3], 2], 1, atol=5e-3)
    np.testing.assert_array_equal(winner(scores, 0.05), [1, 1, -1, -1])
    close = np.array([[0.5, 0.0, 0.4], [0.5, 0.0, 0.52], [0.5, 0.0, 0.6]])
    np.testing.assert_array_equal(winner(close, 0.05), [1, 1, -1])


def test_boundary_score(alone):
    score = boundary_score(alone, 1, axes())
    assert score.terms == ("b", "n", "b_n")
    assert np.nanmin(score.score) >= 0
    assert np.nanmax(score.score) <= 1
    assert min(score.picks_score) >= 0.4
    assert np.min(np.diff(score.picks_s)) >= 10
    best = score.picks_s[int(np.argmax(score.picks_score))]
    assert abs(best) < 10
    of_field = boundary_score(without_plasma(alone), 1, axes())
    assert of_field.terms == ("b", "b_n")
    assert np.isfinite(of_field.score).sum() > 700
    assert boundary_score(alone, 1, axes(), threshold=1.1).picks_s == ()


def test_no_boundary_score_of_two_times(alone):
    b = alone.spacecraft[1].b
    craft = replace(alone.spacecraft[1], plasma={}, b=replace(b, time=b.time[:20], values=b.values[:20]))
    short = replace(alone, spacecraft={1: craft})
    with pytest.raises(InsufficientData, match="MMS1"):
        boundary_score(short, 1, axes())
