"""Smoothers on synthetic sequences of labels, and smoother files."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.smoothing import MeanSmoother, States, with_states
from magnetoflow.aurora.smoothing_blocks import (
    keep_winner,
    make_blocks,
    segment_numbers,
    spread_confidence,
    window_means,
)
from magnetoflow.aurora.smoothing_calibration import tempered
from magnetoflow.aurora.smoothing_features import Windows, features
from magnetoflow.aurora.smoothing_fit import SHORT_RECORDS, CameraDay, FitOptions, fit_smoother
from magnetoflow.aurora.smoothing_plain import fit_hidden_markov, fit_mean
from magnetoflow.aurora.smoothing_states import forward_backward, lasting, viterbi
from magnetoflow.errors import InsufficientData, ModelError, VariableError
from magnetoflow.io.classifications import read_frame_table
from magnetoflow.io.fit_smoother import enough, fit_and_write, fit_on_labels, labelled_days
from magnetoflow.io.label_sheets import read_label_sheet
from magnetoflow.io.smoother_files import check_smoother, content_hash, read_description
from magnetoflow.io.smoothers import read_smoother, write_smoother
from magnetoflow.io.tables import write_csv

PLACE = (56.35, -94.66)
SITES = {"gill": PLACE, "rank": (62.82, -92.11), "fsmi": (60.03, -111.93), "snkq": (56.54, -79.23)}
QUICK = FitOptions(
    windows=(Windows(centred=(5, 20)), Windows(centred=(10,), sided=(30,), wide=(1440,))),
    strengths=(10.0,),
    every=2,
)
SECOND = np.timedelta64(1, "s")


def night(seed, hours=4.0, stay=400, right=0.6, start="2020-02-18T23:00:00"):
    """Times, truth and noisy probabilities of stays of random length."""
    rng = np.random.default_rng(seed)
    frames = int(hours * 1200)
    stays = rng.integers(stay // 2, 2 * stay, frames)
    truth = np.repeat(rng.integers(0, 4, len(stays)), stays)[:frames]
    seen = np.where(rng.random(frames) < right, truth, rng.integers(0, 4, frames))
    time = np.datetime64(start, "ns") + np.arange(frames) * np.timedelta64(3, "s")
    return time, truth, spread_confidence(seen, rng.uniform(0.4, 1.0, frames))


def camera_days(seeds=range(8)):
    found = []
    for seed in seeds:
        site = sorted(SITES)[seed % len(SITES)]
        time, truth, table = night(seed)
        time = time + seed // len(SITES) * np.timedelta64(24 * 3600, "s")
        found.append(CameraDay(site, time, table, truth, *SITES[site]))
    return found


@pytest.fixture(scope="module")
def fitted():
    return fit_smoother(camera_days(), QUICK)


def test_segments_are_cut_at_gaps_and_windows_stay_inside():
    time = np.datetime64("2020-01-01T00:00:30", "ns") + np.array([0, 3, 600, 603, 1300, 1303]) * SECOND
    assert segment_numbers(time, 600).tolist() == [0, 0, 0, 0, 1, 1]
    assert segment_numbers(time, np.inf).max() == 0
    table = np.eye(4)[[0, 0, 1, 1, 2, 2]]
    blocks = make_blocks(time, table, 60, 600)
    assert blocks.segment.tolist() == [0] * 11 + [1]
    assert blocks.of_frame.tolist() == [0, 0, 10, 10, 11, 11]
    assert blocks.time[0] == np.datetime64("2020-01-01T00:00:30")
    whole = window_means(blocks, 1000, 1000)
    np.testing.assert_allclose(whole[0, :5], [4, 0.5, 0.5, 0, 0])
    np.testing.assert_allclose(whole[11, :5], [2, 0, 0, 1, 0], atol=1e-12)
    assert window_means(blocks, 0, 3)[3, 0] == 0, "nothing is taken for what is missing"


@pytest.mark.parametrize(("before", "after"), [(0, 1), (2, 3), (30, 1), (500, 500)])
def test_window_means_are_means_over_the_frames(before, after):
    time, _, table = night(1, hours=1)
    keep = np.random.default_rng(0).random(len(time)) < 0.5
    keep[400:700] = False
    blocks = make_blocks(time[keep], table[keep], 60, 600)
    means = window_means(blocks, before, after)
    for block in (0, 7, 20, len(blocks) - 1):
        inside = np.abs(blocks.of_frame - block + 0.5 * (before - after + 1)) < 0.5 * (before + after)
        inside &= blocks.segment[blocks.of_frame] == blocks.segment[block]
        assert means[block, 0] == inside.sum()
        if inside.any():
            np.testing.assert_allclose(means[block, 1:5], table[keep][inside].mean(axis=0))


def test_features_know_the_time_of_night_and_not_the_site():
    time, _, table = night(2, hours=2)
    blocks, windows = make_blocks(time, table, 60, 600), Windows(centred=(5,), sided=(30,), wide=(120,))
    one, other = features(blocks, windows, *PLACE), features(blocks, windows, 62.8, -92.1)
    assert one.shape == (120, windows.size)
    assert np.isfinite(one).all()
    assert (one[:, :-4] == other[:, :-4]).all()
    assert (one[:, -4:] != other[:, -4:]).any()


def test_forward_backward_equals_the_sum_over_all_paths():
    rng = np.random.default_rng(4)
    evidence, start = rng.uniform(0.1, 1, (5, 3)), np.array([0.5, 0.3, 0.2])
    transition = rng.dirichlet(np.ones(3), 3)
    total, best = np.zeros((5, 3)), (0.0, ())
    for path in np.ndindex(*[3] * 5):
        chance = start[path[0]] * np.prod([evidence[k, state] for k, state in enumerate(path)])
        chance *= np.prod([transition[a, b] for a, b in pairwise(path)])
        total[np.arange(5), path] += chance
        best = max(best, (chance, path))
    found = forward_backward(evidence, transition, start)
    np.testing.assert_allclose(found, total / total.sum(axis=1, keepdims=True))
    assert viterbi(np.log(evidence), np.log(transition), np.log(start)).tolist() == list(best[1])
    many = forward_backward(np.stack([evidence, evidence**2], axis=1), transition, start)
    np.testing.assert_allclose(many[:, 0], found)


def test_long_sequences_neither_vanish_nor_overflow():
    found = forward_backward(np.tile([1e-6, 1, 1, 1e-6], (20000, 1)), lasting(0.999), np.full(4, 0.25))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[10000], [0, 0.5, 0.5, 0], atol=1e-5)


@pytest.mark.parametrize("frames", [1, 4, 5, 100])
def test_the_mean_is_centred_and_shorter_at_the_ends(frames):
    time, _, table = night(3, hours=0.2)
    ours = MeanSmoother(frames=frames).predict(time, table, *PLACE)
    half = frames // 2
    for k in (0, 1, 120, len(time) - 1):
        part = table[max(k - half, 0) : k - half + frames]
        np.testing.assert_allclose(ours.probabilities[k], part.mean(axis=0), atol=1e-12)


def test_the_mean_does_not_cross_a_gap():
    time = np.datetime64("2020-01-01", "ns") + np.array([0, 3, 6, 9000, 9003]) * SECOND
    ours = MeanSmoother(frames=100).predict(time, np.eye(4)[[0, 0, 0, 3, 3]], *PLACE)
    assert (ours.probabilities == np.eye(4)[[0, 0, 0, 3, 3]]).all()
    assert ours.segment.tolist() == [0, 0, 0, 1, 1]


def smoothers(fitted):
    return {
        "mean": MeanSmoother(frames=100, temperature=0.8),
        "counted": fit_hidden_markov(camera_days(), power=0.1),
        "logistic": fitted,
    }


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
def test_smoothing_beats_single_frames_on_unseen_nights(fitted, name):
    time, truth, table = night(77)
    raw = score(truth, table)
    ours = smoothers(fitted)[name].predict(time, table, *PLACE)
    found = score(truth, ours.probabilities, found=ours.label, day=["x"] * len(time))
    assert found.accuracy > raw.accuracy + 0.1
    assert found.macro_f1 > raw.macro_f1 + 0.1
    assert found.flicker < 0.05
    np.testing.assert_allclose(ours.probabilities.sum(axis=1), 1)


def test_fitted_probabilities_are_calibrated_on_unseen_nights(fitted):
    nights = [night(seed) for seed in range(70, 76)]
    truth = np.concatenate([one[1] for one in nights])
    ours = np.concatenate([fitted.predict(t, p, *PLACE).probabilities for t, _, p in nights])
    assert score(truth, ours).ece < 0.08


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
def test_order_and_repeats_of_rows_do_not_matter(fitted, name):
    time, _, table = night(5, hours=1)
    smoother = smoothers(fitted)[name]
    whole = smoother.predict(time, table, *PLACE)
    order = np.random.default_rng(0).permutation(len(time))
    mixed = smoother.predict(np.append(time[order], time[:9]), np.vstack([table[order], table[:9]]), *PLACE)
    assert (mixed.time == whole.time).all()
    assert (mixed.probabilities == whole.probabilities).all()
    assert (order[mixed.row] == np.arange(len(time))).all()


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
def test_a_hole_of_hours_divides_and_midnight_joins(fitted, name):
    smoother = smoothers(fitted)[name]
    time, _, table = night(6, hours=2)
    late_time, _, late = night(7, hours=1, start="2020-02-19T10:00:00")
    both = smoother.predict(np.append(time, late_time), np.vstack([table, late]), *PLACE)
    assert np.unique(both.segment).tolist() == [0, 1]
    alone = smoother.predict(time, table, *PLACE)
    np.testing.assert_allclose(both.probabilities[: len(time)], alone.probabilities, atol=1e-9)
    midnight = time < np.datetime64("2020-02-19")
    before = smoother.predict(time[midnight], table[midnight], *PLACE)
    assert not np.allclose(before.probabilities, alone.probabilities[midnight]), "the next date matters"


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
def test_missing_frames_stay_missing_and_change_nothing_else(fitted, name):
    smoother = smoothers(fitted)[name]
    time, _, table = night(8, hours=1)
    gone = np.arange(len(time)) % 7 == 3
    holes = np.where(gone[:, None], np.nan, table)
    ours, without = smoother.predict(time, holes, *PLACE), smoother.predict(time[~gone], table[~gone], *PLACE)
    assert np.isnan(ours.probabilities[gone]).all()
    assert (ours.label[gone] == -1).all()
    assert (ours.segment[gone] == -1).all()
    assert (ours.probabilities[~gone] == without.probabilities).all()


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
@pytest.mark.parametrize("frames", [0, 1, 2])
def test_very_short_records(fitted, name, frames):
    time, _, table = night(9, hours=1)
    ours = smoothers(fitted)[name].predict(time[:frames], table[:frames], *PLACE)
    assert len(ours) == frames
    assert np.isfinite(ours.probabilities).all()
    nothing = smoothers(fitted)[name].predict(time[:2], np.full((2, 4), np.nan), *PLACE)
    assert nothing.label.tolist() == [-1, -1]


@pytest.mark.parametrize("name", ["mean", "logistic"])
def test_sharp_right_probabilities_of_short_records_stay_right(fitted, name):
    time, truth, _ = night(10, hours=0.5, stay=300)
    ours = smoothers(fitted)[name].predict(time, spread_confidence(truth, np.full(len(time), 0.97)), *PLACE)
    assert (ours.label == truth).mean() > 0.85


def test_a_smoother_of_winners_does_not_look_at_the_other_classes(fitted):
    time, _, table = night(11, hours=1)
    table = np.random.default_rng(0).dirichlet(np.ones(4), len(time))
    winner = fit_smoother(camera_days(), replace(QUICK, uses="winner"))
    one = winner.predict(time, table, *PLACE)
    assert (one.probabilities == winner.predict(time, keep_winner(table), *PLACE).probabilities).all()
    four = fitted.predict(time, table, *PLACE)
    assert not np.allclose(four.probabilities, fitted.predict(time, keep_winner(table), *PLACE).probabilities)


def short_records(seeds):
    """Records of 20 minutes with stays of 5 minutes, 95 % of the frames right, all classes given."""
    days = []
    for seed in seeds:
        time, truth, _ = night(seed, hours=1 / 3, stay=100)
        rng = np.random.default_rng(seed)
        seen = np.where(rng.random(len(time)) < 0.94, truth, rng.integers(0, 4, len(time)))
        table = 0.3 * rng.dirichlet(np.ones(4), len(time)) + 0.7 * np.eye(4)[seen]
        time = time + seed * np.timedelta64(24 * 3600, "s")
        days.append(CameraDay(sorted(SITES)[seed % 2], time, table, truth, *PLACE))
    return days


@pytest.mark.parametrize("kind", ["mean", "logistic"])
def test_short_records_of_good_probabilities_stay_good_and_get_calibrated(kind):
    training, unseen = short_records(range(8)), short_records(range(20, 28))
    fitted = fit_mean(training) if kind == "mean" else fit_smoother(training, replace(SHORT_RECORDS, every=4))
    truth = np.concatenate([day.label for day in unseen])
    tables = [fitted.predict(day.time, day.probabilities, *PLACE).probabilities for day in unseen]
    raw = score(truth, np.concatenate([day.probabilities for day in unseen]))
    ours = score(truth, np.concatenate(tables))
    assert ours.macro_f1 > 0.965
    assert ours.ece < 0.05 < raw.ece
    with pytest.raises(InsufficientData):
        fit_mean([replace(training[0], label=training[0].label * 0 - 1)])


def test_states_hold_through_a_short_disturbance():
    time, _, _ = night(0, hours=2)
    blocks = make_blocks(time, np.full((len(time), 4), 0.25), 60, 600)
    mean = np.tile([0.1, 0.1, 0.1, 0.7], (120, 1))
    mean[60:63] = 0.4, 0.3, 0.2, 0.1
    states = States(stay_min=60, samples=(2.5, 6.0, 12.0), share=1.0)
    assert with_states(mean, blocks, states)[61].argmax() == 3
    assert (with_states(mean, blocks, replace(states, share=0)) == mean).all()


def test_tempering_keeps_the_order():
    table = np.array([[0.7, 0.2, 0.1, 0.0]])
    assert tempered(table, 2.0)[0, 0] < 0.7 < tempered(table, 0.5)[0, 0]
    assert (np.argsort(tempered(table, 2.0)) == np.argsort(table)).all()


def test_the_same_days_in_any_order_give_the_same_smoother(fitted):
    again = fit_smoother(camera_days(range(7, -1, -1)), QUICK)
    time, _, table = night(12, hours=1)
    ours, other = fitted.predict(time, table, *PLACE), again.predict(time, table, *PLACE)
    np.testing.assert_allclose(ours.probabilities, other.probabilities, atol=1e-4)


def test_two_camera_days_of_one_site_are_enough_to_fit_and_one_is_not():
    days = [CameraDay("gill", *_parts(night(seed)), *PLACE) for seed in (0,)]
    time, truth, table = night(1, start="2020-02-21T23:00:00")
    smoother = fit_smoother([*days, CameraDay("gill", time, table, truth, *PLACE)], QUICK)
    assert 0.2 < smoother.temperature < 4
    with pytest.raises(InsufficientData, match="two are needed"):
        fit_smoother(days, QUICK)
    unlabelled = [CameraDay(one.site, one.time, one.probabilities, one.label * 0, *PLACE) for one in days * 2]
    with pytest.raises(InsufficientData):
        fit_smoother(unlabelled, QUICK)


def _parts(one):
    time, truth, table = one
    return time, table, truth


@pytest.mark.parametrize(
    ("time", "table"),
    [
        (np.zeros(2, "M8[ns]"), np.full((3, 4), 0.25)),
        (np.zeros(2, "M8[ns]"), np.full((2, 3), 1 / 3)),
        (np.array(["NaT", "2020-01-01"], "M8[ns]"), np.full((2, 4), 0.25)),
        (np.zeros(2, "M8[ns]"), np.full((2, 4), 0.5)),
        (np.zeros(2, "M8[ns]"), np.array([[1.5, -0.5, 0, 0]] * 2)),
        (np.zeros(2, "M8[ns]"), np.full((2, 4), np.inf)),
    ],
)
def test_rows_that_are_no_probabilities_are_refused(time, table):
    with pytest.raises(VariableError):
        MeanSmoother().predict(time, table, *PLACE)


@pytest.mark.parametrize("name", ["mean", "counted", "logistic"])
def test_smoother_files_bring_the_smoother_back(tmp_path, fitted, name):
    smoother, path = smoothers(fitted)[name], tmp_path / "s.json"
    about = write_smoother(path, smoother, trained_on="synthetic", recipe="test")
    first = path.read_bytes()
    assert about["id"].endswith(about["sha256"][:12])
    assert write_smoother(path, smoother, trained_on="synthetic", recipe="test") == about
    assert path.read_bytes() == first
    time, _, table = night(13, hours=1)
    ours, again = smoother.predict(time, table, *PLACE), read_smoother(path).predict(time, table, *PLACE)
    assert (ours.probabilities == again.probabilities).all()
    assert check_smoother(str(path), tmp_path / "none")["file"] == str(path)
    assert check_smoother("shipped", path)["file"] == "shipped"


def test_sources_without_a_file(tmp_path):
    for source in ("mean", "none", "fit"):
        assert check_smoother(source, tmp_path / "none") == {}
    with pytest.raises(ModelError, match=r"none[\s\S]*smoother mean"):
        check_smoother("shipped", tmp_path / "none")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\x80\x04\x95", b'{"format": 1}', b"[" * 100_000, b'{"a": NaN}', b"PK\x03\x04"],
)
def test_files_that_are_no_smoothers_are_refused(tmp_path, content):
    path = tmp_path / "s.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"s\.json[\s\S]*only JSON"):
        read_smoother(path)


def _set(value, *keys):
    def change(about):
        for key in keys[:-1]:
            about = about[key]
        about[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set([1.0], "members", 0, "bias"),
        _set(["1", "2", "3", "4"], "members", 0, "bias"),
        _set([[1, 2], [3]], "members", 0, "weights"),
        _set([None] * 4, "members", 0, "bias"),
        _set([10**400] * 4, "members", 0, "bias"),
        _set([0.0] * 28, "members", 0, "scale"),
        _set([5, 20, 60], "members", 0, "windows_min", "centred"),
        _set([10**9, 20], "members", 0, "windows_min", "centred"),
        _set([], "members"),
        _set(None, "members"),
        _set([3], "members"),
        _set(0, "temperature"),
        _set(1, "members", 0, "night"),
        _set(False, "members", 0, "night"),
        _set(True, "temperature"),
        _set("1", "block_s"),
        _set(-1, "max_gap_s"),
        _set("all", "uses"),
        _set([], "states", "samples"),
        _set([[1.0]], "states", "samples"),
        _set(2, "states", "share"),
        _set("tree", "kind"),
        _set("mean", "kind"),
        _set(["a", "b", "c", "d"], "classes"),
        lambda about: about.pop("states"),
    ],
)
def test_numbers_that_are_no_smoother_are_refused(tmp_path, fitted, change):
    about = write_smoother(tmp_path / "s.json", fitted)
    change(about)
    about["sha256"] = content_hash(about)
    (tmp_path / "s.json").write_text(json.dumps(about))
    with pytest.raises(ModelError):
        read_smoother(tmp_path / "s.json")
    with pytest.raises(ModelError):
        check_smoother(str(tmp_path / "s.json"), tmp_path / "none")


def test_an_edited_file_is_refused_by_its_hash(tmp_path, fitted):
    about = write_smoother(tmp_path / "s.json", fitted)
    about["temperature"] += 0.1
    (tmp_path / "s.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match="edited by hand"):
        read_description(tmp_path / "s.json")


def stored_days(tmp_path, hours, count):
    """Frame tables and a label sheet of some camera-days."""
    tables, sheet = [], ["camera,date,start_frame,end_frame,classification"]
    codes = ("cl", "cs", "dis-sub", "pa")
    for k in range(count):
        time, truth, table = night(k, hours=hours, stay=100, start=f"2020-02-{10 + k // 3}T02:00:00")
        site = sorted(SITES)[k % 3]
        columns = {f"p_{name}": table[:, j] for j, name in enumerate(CLASSES)}
        tables.append(tmp_path / f"{k}.csv")
        write_csv(tables[-1], pd.DataFrame({"time": time, "site": site, **columns}))
        edges = [0, *(np.flatnonzero(np.diff(truth)) + 1), len(truth)]
        sheet += [f"{site},202002{10 + k // 3},{a},{b - 1},{codes[truth[a]]}" for a, b in pairwise(edges)]
    (tmp_path / "labels.csv").write_text("\n".join(sheet) + "\n")
    return tables, tmp_path / "labels.csv"


def test_a_smoother_is_fitted_on_tables_and_sheets(tmp_path):
    tables, sheet = stored_days(tmp_path, 0.3, 4)
    rows = read_label_sheet(sheet).rows
    days = labelled_days([read_frame_table(path) for path in tables], rows)
    about = fit_on_labels(days, tmp_path / "s.json")
    assert about["kind"] == "mean", "short records: only a temperature"
    assert about["trained_on"] == "1440 labelled frames of 4 camera-days, sites fsmi, gill, rank"
    assert read_smoother(tmp_path / "s.json").frames == 20
    about = fit_and_write(days, tmp_path / "s.json", SHORT_RECORDS)
    assert about["kind"] == "logistic"
    assert read_smoother(tmp_path / "s.json").block_s == 15
    with pytest.raises(InsufficientData, match="no labelled camera-days"):
        fit_on_labels([], tmp_path / "s.json")


def test_logistic_regressions_are_fitted_where_there_are_enough_nights():
    names = ("fsmi", "gill", "rank", "snkq", "talo")
    days = [replace(day, site=names[k % 5]) for k, day in enumerate(camera_days(range(12)))]
    assert enough(days)
    assert not enough(days[:9])
    assert not enough([day for day in days if day.site != "talo"] * 2)
    assert not enough([replace(day, time=day.time[:900]) for day in days])
    assert not enough([])
