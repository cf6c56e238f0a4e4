"""Classification of streams, and the shipped network on scenes that it has not seen."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from magnetoflow.aurora.classes import BAD_VIEWING, CLASSES, PULSATING, Flag
from magnetoflow.aurora.classify import classify
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.frames import CADENCE_S, Frames, Planes
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.io.aurora_model_files import check_network
from magnetoflow.io.aurora_models import read_network
from magnetoflow.sample.aurora_camera import elevation_deg, random_camera
from magnetoflow.sample.aurora_scenes import random_scene, render
from magnetoflow.sample.train_aurora import FOLDER, PREPROCESS, RECIPE, held_out, scored, shares, shuffled

START, STEP = np.datetime64("2014-03-10T06:00:00", "ns"), np.timedelta64(3, "s")
FRAMES = 26


def shot(rng, kind, variant=None, frames=FRAMES):
    camera = random_camera(rng)
    scene = random_scene(rng, kind, variant, camera)
    images = render(scene, rng.uniform(0, 300) + CADENCE_S * np.arange(frames))
    mask = elevation_mask(elevation_deg(camera, *np.indices((256, 256)).astype(float)))
    time, flags = START + STEP * np.arange(frames), np.zeros(frames, np.uint16)
    return prepare(Frames("test", time, images, flags), mask, Preprocess())


@pytest.fixture(scope="module")
def network():
    return read_network(FOLDER)


def chances(network, *planes):
    return np.concatenate([one.probabilities for one in classify(planes, network)])


def pieces(one, lengths):
    for a, b in pairwise(np.cumsum([0, *lengths])):
        yield Planes(one.time[a:b], one.flags[a:b], one.images[a:b])


@pytest.fixture(scope="module")
def pulsating():
    rng = np.random.default_rng(81)
    return [shot(rng, "pulsating") for _ in range(6)]


@pytest.fixture(scope="module")
def stream():
    """Two scenes with a gap between them, a missing frame, a black and a saturated one."""
    rng = np.random.default_rng(82)
    first, second = shot(rng, "pulsating", frames=40), shot(rng, "no_aurora", frames=40)
    time = np.concatenate([first.time, first.time + np.timedelta64(1, "h")])
    time[12:] += STEP
    flags = np.zeros(80, np.uint16)
    flags[60], flags[66] = Flag.BLACK, Flag.SATURATED | Flag.GAP_BEFORE
    return Planes(time, flags, np.concatenate([first.images, second.images]))


@pytest.mark.parametrize("lengths", [[1] * 80, [20] * 4, [3, 0, 50, 27]])
def test_chunks_do_not_change_a_bit(network, stream, lengths):
    whole, cut = (list(classify(one, network)) for one in ([stream], pieces(stream, lengths)))
    for name in ("time", "flags", "probabilities"):
        first, second = (np.concatenate([getattr(one, name) for one in found]) for found in (whole, cut))
        assert len(first) == 80
        assert first.tobytes() == second.tobytes()


def test_rows_in_any_order_give_the_same(network, stream):
    order = np.random.default_rng(0).permutation(80)
    mixed = Planes(stream.time[order], stream.flags[order], stream.images[order])
    assert chances(network, mixed).tobytes() == chances(network, stream).tobytes()


def test_each_frame_is_answered_once_with_its_flags(network, stream):
    found = list(classify([stream], network, batch=16))
    assert (np.concatenate([one.time for one in found]) == stream.time).all()
    flags = np.concatenate([one.flags for one in found])
    short = np.flatnonzero(flags & Flag.SHORT_CONTEXT)
    assert short.tolist() == [61, 62, 63, 64, 65]
    assert (flags & ~np.uint16(Flag.SHORT_CONTEXT) == stream.flags).all()
    table = np.concatenate([one.probabilities for one in found])
    assert table.shape == (80, 4)
    np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-5)


def test_black_and_saturated_frames_are_bad_viewing_for_certain(network, stream):
    found = chances(network, stream)
    expected = np.eye(4, dtype=np.float32)[BAD_VIEWING]
    assert (found[[60, 66]] == expected).all()
    assert (found[[59, 61]] != expected).any(axis=1).all()


def test_nothing_looks_across_a_gap(network, stream):
    images = stream.images.copy()
    images[40:] *= 1.3
    changed = chances(network, Planes(stream.time, stream.flags, images))
    assert (changed[:40] == chances(network, stream)[:40]).all()


def test_frames_are_pulled_as_they_are_needed(network, stream):
    pulled = []

    def chunks():
        for one in pieces(stream, [20] * 4):
            pulled.append(len(one))
            yield one

    next(classify(chunks(), network, batch=16))
    assert len(pulled) == 2


def test_an_empty_stream_gives_nothing(network):
    assert list(classify([], network)) == []


def test_shipped_network_holds_on_held_out_nights_and_sites(network):
    assert check_network("shipped", {"chain": "fast", "size": 64}, FOLDER)["folder"] == "shipped"
    scores = network.scores
    assert scores["pulsating_recall"] >= 0.95
    assert scores["pulsating_false_positives"] <= 0.01
    assert scores["macro_f1"] >= 0.95
    assert scores["frames"] < scores["all_frames_frames"]
    assert scores["sample_frames"] > 2000
    assert scores["sample_macro_f1"] >= 0.95
    assert scores["sample_pulsating_recall"] >= 0.95
    assert scores["sample_pulsating_false_positives"] <= 0.01
    assert scores["all_frames_macro_f1"] >= 0.95
    assert scores["all_frames_pulsating_recall"] >= 0.95
    assert scores["all_frames_pulsating_false_positives"] <= 0.01


def test_shares_of_scenes_that_follow_each_other():
    found = shares(np.array([10.0, 20.0]), np.array([4.0, 2.0]), 30)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.argmax(axis=1).tolist() == [0] * 11 + [1] * 10 + [2] * 9
    assert found[[8, 9, 10, 11, 12], 0].tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert (found.max(axis=1) < 1).sum() == 4


def test_shipped_network_on_nights_drawn_now_whose_scenes_change(network):
    recipe = replace(RECIPE, seed=85, held_sites=2, held_nights=2, held_scenes=8, held_frames=(40, 60))
    scores, _ = scored(network, held_out(recipe, PREPROCESS))
    assert scores["frames"] > 1000
    assert scores["macro_f1"] >= 0.9
    assert scores["pulsating_recall"] >= 0.88
    assert scores["pulsating_false_positives"] <= 0.02
    assert scores["pulsating_mean_probability_shuffled"] < 0.3


def test_shipped_network_on_scenes_drawn_now(network):
    rng = np.random.default_rng(83)
    truth, found = [], []
    for kind in CLASSES:
        for _ in range(6):
            found.append(chances(network, shot(rng, kind)))
            truth += [CLASSES.index(kind)] * FRAMES
    overall = score(np.array(truth), np.concatenate(found))
    assert overall.macro_f1 >= 0.9
    assert overall.recall[PULSATING] >= 0.9
    assert overall.precision[PULSATING] >= 0.9
    assert overall.ece <= 0.1


def test_control_shuffled_frames_lose_the_evidence(network, pulsating):
    rng = np.random.default_rng(0)
    kept = np.concatenate([chances(network, one)[:, PULSATING] for one in pulsating])
    mixed = np.concatenate([chances(network, shuffled(one, rng))[:, PULSATING] for one in pulsating])
    assert kept.mean() > 0.9
    assert mixed.mean() < 0.2


def test_control_a_frame_that_stands_still_is_not_pulsating(network, pulsating):
    for one in pulsating[:3]:
        still = Planes(one.time, one.flags, np.repeat(one.images[:1], len(one), axis=0))
        assert (chances(network, still).argmax(axis=1) != PULSATING).all()


@pytest.mark.parametrize(("kind", "variant"), [("other_aurora", "static_patches"), ("no_aurora", "lamp")])
def test_control_static_patches_and_a_blinking_lamp_are_not_pulsating(network, kind, variant):
    rng = np.random.default_rng(84)
    found = np.concatenate([chances(network, shot(rng, kind, variant))[:, PULSATING] for _ in range(5)])
    assert found.mean() < 0.15
    assert (found > 0.5).mean() <= 0.02


def test_camera_gain_does_not_change_the_class(network, pulsating):
    for gain in (0.7, 1.5):
        for one in pulsating[:3]:
            images = one.images.copy()
            images[:, 0] = np.where(images[:, 0] > 0, 3300 + gain * (images[:, 0] - 3300), 0)
            images[:, 1] *= gain
            found = chances(network, Planes(one.time, one.flags, images))
            assert (found.argmax(axis=1) == chances(network, one).argmax(axis=1)).mean() > 0.9
