"""Scores: against values worked out here."""

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.mms_rnn.evaluation import (
    Measured,
    Scores,
    calibration_error,
    confusion,
    confusion_table,
    evaluate,
    evaluation_table,
    f1_scores,
    false_separatrix,
    macro_f1,
    measure,
    switches,
    winners,
)
from magnetoflow.mms_rnn.generator import trajectories
from magnetoflow.mms_rnn.network import Network

TRUTH = np.array([0, 0, 0, 0, 1, 1, 3, 3, 5, -1, 2])
FOUND = np.array([0, 0, 3, 5, 1, 1, 3, 0, 5, 3, -1])


def scores(truth, found, family=None, confidence=0.9):
    """Scores with given winners; -1 gives a row of NaN."""
    found = np.asarray(found)
    table = np.full((len(found), 6), (1 - confidence) / 5)
    table[np.arange(len(found)), found] = confidence
    table[found < 0] = np.nan
    names = np.array(family if family is not None else ["a"] * len(found))
    blank = np.array([""] * len(found))
    zeros = np.zeros(len(found), np.int64)
    return Scores(table, Measured(np.zeros((len(found), 14)), zeros, np.asarray(truth), names, blank, blank))


def value(table, metric, **which):
    rows = table[(table["metric"] == metric)]
    for name, one in which.items():
        rows = rows[rows[name] == one]
    assert len(rows) == 1
    return float(rows["value"].iloc[0])


def test_confusion_counts_pairs_that_both_have():
    table = confusion(TRUTH, FOUND)
    assert table.sum() == 9
    assert table[0].tolist() == [2, 0, 0, 1, 0, 1]
    assert table[3].tolist() == [1, 0, 0, 1, 0, 0]


def test_f1_and_false_separatrix():
    table = confusion(TRUTH, FOUND)
    # north inflow: 2 right of 4 true and 3 found; 1: all; 3: 1 of 2 and 2; 5: 1 of 1 true and 2 found
    expected = [4 / 7, 1, np.nan, 2 / 4, np.nan, 2 / 3]
    np.testing.assert_allclose(f1_scores(table), expected, rtol=1e-12)
    assert macro_f1(TRUTH, FOUND) == pytest.approx((4 / 7 + 1 + 0.5 + 2 / 3) / 4, rel=1e-12)
    assert false_separatrix(table) == pytest.approx(2 / 6)
    assert np.isnan(false_separatrix(confusion([3], [3])))
    assert f1_scores(np.stack([table, 2 * table])).shape == (2, 6)


def test_calibration_error():
    chances = np.array([[0.9, 0.1, 0, 0, 0, 0]] * 10 + [[0.55, 0.45, 0, 0, 0, 0]] * 10 + [[np.nan] * 6])
    truth = np.array([0] * 8 + [1] * 2 + [0] * 7 + [1] * 3 + [0])
    # bins [0.9, 1): 0.8 right at 0.9; [0.5, 0.6): 0.7 right at 0.55
    assert calibration_error(truth, chances) == pytest.approx((0.1 + 0.15) / 2, rel=1e-9)
    with pytest.raises(InsufficientData, match="nothing to score"):
        calibration_error([-1], chances[:1])


def test_winners_and_switches():
    assert winners(np.array([[0, 0, 0.6, 0.4, 0, 0], [np.nan] * 6])).tolist() == [2, -1]
    found, cut = np.array([0, 0, 1, 1, -1, 0, 0]), np.array([0, 0, 0, 1, 1, 1, 1])
    # pairs inside a cut with both labels: 0-0, 0-1, 0-0
    assert switches(found, cut) == pytest.approx(1 / 3)


def test_table_holds_each_score_once_and_errors_come_from_families():
    twins = ["a"] * len(TRUTH) + ["b"] * len(TRUTH)
    same = scores(np.tile(TRUTH, 2), np.tile(FOUND, 2), twins)
    table = evaluation_table({"held_out": {0.3: same}, "one": {0.3: scores(TRUTH, FOUND)}})
    assert list(table.columns) == ["set", "noise_e0", "metric", "value", "error"]
    assert not table.duplicated(["set", "noise_e0", "metric"]).any()
    expected = {"macro_f1": macro_f1(TRUTH, FOUND), "accuracy": 6 / 9, "false_separatrix": 2 / 6}
    for metric, number in expected.items():
        assert value(table, metric, set="held_out") == pytest.approx(number)
        errors = table[table["metric"] == metric].set_index("set")["error"]
        assert errors["held_out"] == pytest.approx(0, abs=1e-12)
        assert np.isnan(errors["one"])
    assert value(table, "samples", set="held_out") == 18
    assert value(table, "families", set="held_out") == 2
    assert value(table, "f1_separatrix_north", set="one") == pytest.approx(0.5)


def test_families_that_differ_give_an_error():
    unequal = scores([0] * 20, [0] * 10 + [3] * 10, ["a"] * 10 + ["b"] * 10)
    table = evaluation_table({"held_out": {0.0: unequal}})
    # two families, all right or all wrong: the share is 0, 1/2 or 1 with weights 1, 2, 1
    error = table[table["metric"] == "false_separatrix"]["error"].iloc[0]
    assert error == pytest.approx(np.sqrt(1 / 8), rel=0.1)


def test_confusion_rows():
    table = confusion_table({"held_out": {0.5: scores(TRUTH, FOUND)}})
    assert len(table) == 36
    row = table[(table["truth"] == "inflow_north") & (table["predicted"] == "separatrix_south")].iloc[0]
    assert (row["samples"], row["share"], row["noise_e0"]) == (1, 0.25, 0.5)
    shares = table.groupby("truth")["share"].sum()
    assert shares["outflow_earthward"] == pytest.approx(1)


def test_levels_differ_in_the_electric_noise_only():
    cuts = trajectories(0, 3, "held_out")
    quiet, loud = measure(cuts, 0.0, 1), measure(cuts, 0.5, 1)
    both = np.isfinite(quiet.features).all(axis=1) & np.isfinite(loud.features).all(axis=1)
    others = [k for k, name in enumerate(FEATURES) if not name.startswith("E")]
    np.testing.assert_array_equal(quiet.features[both][:, others], loud.features[both][:, others])
    spread = np.diff(loud.features[both][:, 3], axis=0).std() / np.sqrt(2)
    assert spread == pytest.approx(0.5, abs=0.1)
    assert len(quiet.family) == len(quiet.segment) == sum(len(one.region) for one in cuts)


def test_a_network_that_knows_is_scored_as_right():
    # logits: the feature k < 6 is the score of region k; one direction, tanh of 3 x keeps the order
    arrays = {
        "rnn.weight_ih_l0": np.eye(6, 14, dtype=np.float32) * 3,
        "rnn.weight_hh_l0": np.zeros((6, 6), np.float32),
        "rnn.bias_ih_l0": np.zeros(6, np.float32),
        "rnn.bias_hh_l0": np.zeros(6, np.float32),
        "fc.weight": np.eye(6, dtype=np.float32) * 8,
        "fc.bias": np.zeros(6, np.float32),
    }
    region = np.repeat(np.arange(6), 5).astype(np.int8)
    values = np.zeros((30, 14))
    values[np.arange(30), region] = 1
    values[7] = np.nan
    found = evaluate(Network("elman", arrays), [Cut(values, region, "a")], degraded=False)
    assert list(found) == [0.0]
    table = evaluation_table({"held_out": found})
    assert value(table, "macro_f1") == 1
    assert value(table, "samples") == 29
    noisy = evaluate(Network("elman", arrays), [Cut(values, region, "a")], noises=(0.0, 5.0))
    assert list(noisy) == [0.0, 5.0]
    assert macro_f1(region, winners(noisy[5.0].probabilities)) < 0.9
    assert len(REGIONS) == 6
