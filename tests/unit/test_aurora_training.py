"""Training: groups are never split, the seed decides all, and a small set is learnt."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.aurora.augmentation import Augmentation, sample_inputs
from magnetoflow.aurora.classes import CLASSES, OTHER_AURORA, PULSATING, UNLABELLED, Flag
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.inputs import INPUTS
from magnetoflow.aurora.scores import evaluation_rows, pulsating_rates
from magnetoflow.aurora.sequences import LENGTH, Draw, cut, draw
from magnetoflow.aurora.training import TrainingOptions, fit_temperature, train
from magnetoflow.errors import InsufficientData

START, STEP = np.datetime64("2014-03-10T06:00:00", "ns"), np.timedelta64(3, "s")
SMALL = TrainingOptions(
    epochs=12, per_class=64, batch=16, rate=1e-2, widths=(8, 8), validation=0.3, frames=2, seed=4
)
FAST = {"chain": "fast", "size": 16}


def scene(kind, n, rng):
    """Frames that differ in what each class differs in: brightness, stars, pulses."""
    light = 6000 + rng.normal(0, 25, (n, 16, 16))
    stars = np.full((n, 16, 16), 80.0)
    row, column = rng.integers(4, 12, 2)
    if kind != 0:
        stars[:, rng.integers(0, 16, 20), rng.integers(0, 16, 20)] = 900
    pulse = np.ones(n) if kind == 2 else 0.5 + 0.5 * np.cos(2 * np.pi * np.arange(n) / rng.uniform(3, 8))
    if kind >= 2:
        light[:, row - 3 : row + 3, column - 3 : column + 3] += 900 * pulse[:, None, None]
    return np.stack([light, stars], axis=1).astype(np.float32)


def planes(images, first=START):
    return Planes(first + np.arange(len(images)) * STEP, np.zeros(len(images), np.uint16), images)


@pytest.fixture(scope="module")
def sequences():
    rng, found = np.random.default_rng(0), []
    for site in ("gill", "rank"):
        for night in ("a", "b", "c"):
            for kind in range(4):
                labels = np.full(2 * LENGTH, kind, np.int8)
                one = planes(scene(kind, 2 * LENGTH, rng))
                found += cut(one, labels, site, night, "fast")
    return found


@pytest.fixture(scope="module")
def trained(sequences):
    seen = []
    return train(sequences, FAST, SMALL, seen.append, trained_on="test", recipe="00"), seen


def test_a_small_set_is_learnt_and_progress_is_told(trained, sequences):
    network, seen = trained
    assert [one.number for one in seen] == list(range(1, 13))
    assert max(one.macro_f1 for one in seen) > 0.9
    assert seen[-1].loss < seen[0].loss
    assert 0.25 <= network.temperature <= 8
    assert network.preprocessing == FAST
    assert network.trained_on == "test"


def test_the_same_seed_gives_the_same_network_and_another_one_does_not(trained, sequences):
    short = replace(SMALL, epochs=1, per_class=16)
    first, second = (train(sequences, FAST, short).id for _ in range(2))
    assert first == second
    assert train(sequences, FAST, replace(short, seed=5)).id != first


def test_training_goes_on_from_a_network(sequences, trained):
    seen = []
    again = train(sequences, FAST, replace(SMALL, epochs=1, rate=1e-3), seen.append, start=trained[0])
    assert seen[0].loss < 0.5 * trained[1][0].loss
    assert again.id != trained[0].id


def test_the_order_of_classes_in_memory_does_not_leak_groups(sequences):
    drawn = draw(sequences, 40, 0.25, np.random.default_rng(0))
    labels = np.array([one.label for one in drawn])
    assert np.bincount(labels).tolist() == [40, 40, 40, 40]
    fakes = [one for one in drawn if one.shuffled]
    assert len(fakes) == 10
    assert {one.label for one in fakes} == {OTHER_AURORA}
    assert all(sequences[one.sequence].labels[one.frame] == PULSATING for one in fakes)
    assert all(sequences[one.sequence].labels[one.frame] == one.label for one in drawn if not one.shuffled)
    assert len({sequences[one.sequence].group for one in drawn}) == 6


def test_sequences_are_cut_at_gaps_and_bad_frames_and_keep_their_labels():
    rng = np.random.default_rng(1)
    one = planes(scene(1, 70, rng))
    time, flags = one.time.copy(), one.flags.copy()
    time[30:] += np.timedelta64(6, "s")
    flags[50] = Flag.BLACK
    labels = np.arange(70).astype(np.int8) % 4
    labels[51:] = UNLABELLED
    found = list(cut(Planes(time, flags, one.images), labels, "gill", "a", "fast", length=20, every=20))
    assert [len(part.labels) for part in found] == [20, 10, 20]
    assert found[1].labels.tolist() == labels[20:30].tolist()
    assert (found[2].sky.reshape(20, 2, 16, 16) == one.images[30:50]).all()
    assert found[0].group == "gill a"


def test_shuffled_samples_lose_their_lags(sequences):
    which = next(k for k, one in enumerate(sequences) if (one.labels == PULSATING).all())
    rng = np.random.default_rng(0)
    kept, mixed = (
        sample_inputs(sequences, [Draw(which, 12, PULSATING, state)], "fast", None, rng)
        for state in (False, True)
    )
    bright = kept[0, ..., INPUTS.index("deviation")] > 2
    lags = slice(INPUTS.index("lag_1"), INPUTS.index("lag_10") + 1)
    assert bright.sum() > 20
    assert np.abs(mixed[0][bright][:, lags]).mean() < 0.6 * np.abs(kept[0][bright][:, lags]).mean()


def test_augmented_samples_stay_finite_and_differ(sequences):
    draws = [Draw(k, 5, 0) for k in range(12)]
    rng = np.random.default_rng(0)
    strong = Augmentation(gain=4, sky=100, noise=200, share=1, short=0.9)
    found = sample_inputs(sequences, draws, "fast", strong, rng)
    plain = sample_inputs(sequences, draws, "fast", None, rng)
    assert np.isfinite(found).all()
    assert (found != plain).any(axis=(1, 2, 3)).all()
    assert (plain == sample_inputs(sequences, draws, "fast", None, rng)).all()


def test_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1.5, (4000, 4))
    chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = (chance.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    assert fit_temperature((3 * scores).astype(np.float32), truth) == pytest.approx(3, rel=0.08)


def test_one_night_or_a_missing_class_is_refused(sequences):
    with pytest.raises(InsufficientData, match="one night of one site"):
        train([one for one in sequences if one.group == "gill a"], FAST, SMALL)
    with pytest.raises(InsufficientData, match="no labelled frames to train on"):
        train([one for one in sequences if not (one.labels == PULSATING).any()], FAST, SMALL)
    with pytest.raises(InsufficientData, match="no labelled frames"):
        train([], FAST, SMALL)


def test_tables_count_by_group_and_class():
    truth = np.array([0, 0, 1, 3, 3, 3, -1, 2])
    guess = np.array([0, 1, 1, 3, 3, 2, 0, 3])
    rows = evaluation_rows(truth, guess, list("aabbaabb"))
    assert [row["group"] for row in rows] == ["all"] * 4 + ["a"] * 4 + ["b"] * 4
    pulsating = rows[PULSATING]
    assert (pulsating["frames"], pulsating["as_other_aurora"]) == (3, 1)
    assert pulsating["recall"] == pytest.approx(2 / 3)
    assert pulsating["precision"] == pytest.approx(2 / 3)
    assert pulsating_rates(truth, guess) == (pytest.approx(2 / 3), pytest.approx(1 / 4))
    assert [row["class"] for row in rows[:4]] == list(CLASSES)
