"""Scores: against sklearn, by hand, and what does not count."""

import numpy as np
import pytest
import sklearn.metrics

from magnetoflow.aurora.evaluation import (
    bootstrap,
    bootstrap_calibration,
    confusion_by_camera_day,
    confusion_matrix,
    expected_calibration_error,
    flicker,
    reliability,
    score,
    winners,
)
from magnetoflow.errors import InsufficientData, VariableError


def sharp(label, chance=1.0):
    table = np.full((len(label), 4), (1 - chance) / 3)
    table[np.arange(len(label)), label] = chance
    return table


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    return rng.integers(0, 4, 3000), rng.dirichlet(np.ones(4), 3000)


def test_scores_are_those_of_sklearn(drawn):
    truth, table = drawn
    found, ours = table.argmax(axis=1), score(truth, table)
    assert ours.accuracy == pytest.approx(sklearn.metrics.accuracy_score(truth, found))
    assert ours.kappa == pytest.approx(sklearn.metrics.cohen_kappa_score(truth, found))
    assert ours.macro_f1 == pytest.approx(sklearn.metrics.f1_score(truth, found, average="macro"))
    np.testing.assert_allclose(ours.recall, sklearn.metrics.recall_score(truth, found, average=None))
    np.testing.assert_allclose(ours.precision, sklearn.metrics.precision_score(truth, found, average=None))
    assert (ours.confusion == sklearn.metrics.confusion_matrix(truth, found)).all()
    assert ours.pulsating_f1 == ours.f1[3]


def test_predictions_that_are_the_truth_score_1():
    truth = np.repeat([0, 1, 2, 3], 10)
    ours = score(truth, sharp(truth))
    assert (ours.accuracy, ours.kappa, ours.macro_f1, ours.pulsating_f1, ours.ece) == (1, 1, 1, 1, 0)


def test_calibration_error_by_hand():
    # 10 frames at 0.92 with 8 right, 30 at 0.62 with 15 right
    truth = np.repeat([0, 1, 0, 1], [8, 2, 15, 15])
    table = np.vstack([sharp(np.zeros(10, int), 0.92), sharp(np.zeros(30, int), 0.62)])
    assert expected_calibration_error(truth, table) == pytest.approx((10 * 0.12 + 30 * 0.12) / 40)
    bins = reliability(truth, table)
    assert bins.frames[[9, 13]].tolist() == [30, 10]
    assert bins.accuracy[13] == pytest.approx(0.8)
    assert np.isnan(bins.accuracy[0])
    assert reliability(truth[:8], sharp(truth[:8])).frames[14] == 8, "probability 1 is in the last bin"


def test_frames_without_label_or_probability_do_not_count():
    truth = np.array([0, 1, -1, 2])
    table = sharp([0, 1, 3, 3])
    table[1] = np.nan
    ours = score(truth, table)
    assert (ours.frames, ours.accuracy) == (2, 0.5)
    assert winners(table).tolist() == [0, -1, 3, 3]
    with pytest.raises(InsufficientData, match="no frame has a label"):
        score([-1, -1], sharp([0, 1]))


def test_a_class_that_is_nowhere_does_not_count():
    ours = score([0, 0, 1, 1], sharp([0, 1, 1, 1]))
    assert ours.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert np.isnan(ours.f1[2:]).all()


def test_flicker_counts_inside_camera_days():
    assert flicker([0, 0, 1, 1], ["a"] * 4) == pytest.approx(1 / 3)
    assert flicker([0, 0, 1, 1], ["a", "a", "b", "b"]) == 0
    assert flicker([1], ["a"]) == 0


def test_confusion_by_camera_day_adds_up(drawn):
    truth, table = drawn
    day = np.array(["gill 2020-02-18", "rank 2020-02-18", "gill 2020-02-19"])[np.arange(3000) % 3]
    parts = confusion_by_camera_day(truth, table.argmax(axis=1), day)
    assert sorted(parts) == sorted(set(day))
    assert (sum(parts.values()) == confusion_matrix(truth, table.argmax(axis=1))).all()


def test_bootstrap_draws_camera_days():
    good, bad = np.diag([50] * 4), np.roll(np.diag([50] * 4), 1, axis=1)
    same = bootstrap({str(k): good for k in range(5)})
    assert (same["accuracy"].low, same["accuracy"].high) == (1, 1)
    mixed = bootstrap({str(k): good if k % 2 else bad for k in range(10)})
    assert 0.1 < mixed["accuracy"].low < 0.5 < mixed["accuracy"].high < 0.9
    assert mixed == bootstrap({str(k): good if k % 2 else bad for k in range(10)}), "seeded"
    assert mixed["pulsating_f1"].low < 0.5 < mixed["pulsating_f1"].high


def test_bootstrap_of_a_gain_draws_the_same_camera_days_for_both():
    rng = np.random.default_rng(2)
    ours = {str(k): rng.integers(1, 90, (4, 4)) for k in range(12)}
    less = {name: table + 5 * (1 - np.eye(4, dtype=int)) for name, table in ours.items()}
    gain = bootstrap(ours, against=dict(reversed(less.items())))
    assert all(bound.low > 0 for bound in gain.values()), "though the intervals themselves overlap"
    assert bootstrap(ours)["accuracy"].low < bootstrap(less)["accuracy"].high
    assert bootstrap(ours, against=ours)["kappa"].high == 0
    with pytest.raises(VariableError, match="same camera-days"):
        bootstrap(ours, against={"0": ours["0"]})


def test_bootstrap_of_the_calibration_error_encloses_it(drawn):
    truth, table = drawn
    day = np.arange(3000) // 150
    bound, whole = bootstrap_calibration(truth, table, day), expected_calibration_error(truth, table)
    assert bound.low < whole < bound.high
    one = bootstrap_calibration(truth, table, np.zeros(3000))
    assert one.low == one.high == pytest.approx(whole)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(VariableError, match="do not fit"):
        confusion_matrix([0, 1], [0])
    with pytest.raises(VariableError, match="no class"):
        confusion_matrix([0, 7], [0, 1])
    with pytest.raises(VariableError, match="shape"):
        winners(np.ones((3, 3)))
