"""Training: families are never split, the seed decides all, a small set is learnt; the network that ships."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import magnetoflow.mms_rnn
from magnetoflow.errors import InsufficientData
from magnetoflow.io.rnn_models import read_model, write_model
from magnetoflow.mms_rnn.calibration import fit_temperature, separatrix_offset
from magnetoflow.mms_rnn.classes import FEATURES, SEPARATRICES
from magnetoflow.mms_rnn.cuts import Cut
from magnetoflow.mms_rnn.evaluation import evaluate, evaluation_table
from magnetoflow.mms_rnn.generator import HELD_PATHS, HELD_SHAPES, trajectories
from magnetoflow.mms_rnn.network import logits
from magnetoflow.mms_rnn.training import Layers, TrainingOptions, by_kind, fit_network, train
from magnetoflow.mms_rnn.training_data import draw, measured, split, standard

SHIPPED = Path(magnetoflow.mms_rnn.__file__).parent / "model"
TINY = TrainingOptions(
    hidden=8, layers=1, epochs=3, steps=15, batch=8, length=32, rate=2e-2, families=16, degraded=False, seed=3
)


def simple(family, seed, rows=300):
    """Cut whose first six features say the region, with some noise."""
    rng = np.random.default_rng(seed)
    region = np.repeat(rng.permutation(6), rows // 6).astype(np.int8)
    values = 0.1 * rng.normal(size=(rows, 14))
    values[np.arange(rows), region] += 1
    return Cut(values, region, family)


@pytest.fixture(scope="module")
def cuts():
    return [simple(f"run {k // 2}", k) for k in range(12)]


@pytest.fixture(scope="module")
def fitted(cuts):
    seen = []
    return fit_network(cuts, TINY, seen.append, trained_on="test", recipe="00"), seen


def test_a_small_set_is_learnt_and_progress_is_told(fitted):
    fit, seen = fitted
    assert [(one.number, one.epochs) for one in seen] == [(1, 3), (2, 3), (3, 3)]
    assert seen[-1].loss < 0.5 * seen[0].loss
    table = fit.evaluation
    assert set(table["set"]) == {"held_out"}
    assert table[table["metric"] == "macro_f1"]["value"].item() > 0.95
    assert fit.network.scores["macro_f1_noise_0"] > 0.95
    assert (fit.network.trained_on, fit.network.recipe, fit.network.window) == ("test", "00", None)
    assert fit.confusion["samples"].sum() == table[table["metric"] == "samples"]["value"].item()
    assert fit.reference.means.shape == (6, 14)


def test_the_seed_decides_all(cuts, fitted):
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = fit_network(cuts, TINY)
    assert again.network.id == fitted[0].network.id
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()
    assert fit_network(cuts, replace(TINY, seed=4, epochs=1)).network.id != again.network.id


def test_a_fit_is_written_and_read(fitted, tmp_path):
    fit = fitted[0]
    write_model(tmp_path, fit.network, fit.reference, evaluation=fit.evaluation)
    network, reference = read_model(tmp_path)
    assert network.id == fit.network.id
    np.testing.assert_array_equal(reference.means, fit.reference.means)


@pytest.mark.parametrize(("kind", "layers"), [("elman", 3), ("gru", 2)])
def test_the_network_gives_what_was_trained(kind, layers):
    options = replace(TINY, architecture=kind, layers=layers, epochs=1, steps=3, degraded=True)
    network = train(trajectories(1, 20, "training"), trajectories(1, 15, "validation"), options)
    model = Layers(options)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in network.arrays.items()})
    values = trajectories(2, 1, "held_out")[0].features[:200]
    scaled = ((values - network.mean) / network.scale).astype(np.float32)
    with torch.inference_mode():
        expected = model(torch.from_numpy(scaled)[None])[0].numpy()
    found = logits(network, values, np.zeros(len(values), np.int64))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_elman_of_42_by_3_has_the_shapes_of_the_published_network():
    options = TrainingOptions(architecture="elman", hidden=42, layers=3)
    found = {name: tuple(one.shape) for name, one in Layers(options).state_dict().items()}
    assert sum(int(np.prod(one)) for one in found.values()) == 9918
    assert found["rnn.weight_ih_l0"] == (42, 14)
    assert found["fc.weight"] == (6, 42)


def test_families_are_in_one_part_only(cuts):
    for seed in range(5):
        parts = split(cuts, replace(TINY, seed=seed))
        names = [{one.family for one in part} for part in parts]
        assert all(names)
        assert len(set.union(*names)) == sum(map(len, names))
        assert sum(map(len, parts)) == len(cuts)


def test_of_three_families_each_has_a_part_and_of_two_one_does_both(cuts):
    assert [len(part) for part in split(cuts[:6], TINY)] == [2, 2, 2]
    assert [len(part) for part in split(cuts[:4], TINY)] == [2, 2, 0]
    fit = fit_network(cuts[:4], replace(TINY, epochs=1))
    assert set(fit.evaluation["set"]) == {"validation"}


def test_what_cannot_be_trained_on_is_refused(cuts):
    with pytest.raises(InsufficientData, match="one family"):
        fit_network(cuts[:2], TINY)
    without = [replace_region(one, 3, 0) for one in cuts]
    with pytest.raises(InsufficientData, match="separatrix_north"):
        fit_network(without, TINY)
    with pytest.raises(InsufficientData, match="one epoch"):
        fit_network(cuts, replace(TINY, epochs=0))
    with pytest.raises(InsufficientData, match="no labelled sample"):
        train(cuts, [replace(cuts[0], region=np.full(300, -1, np.int8))], TINY)
    holes = [
        replace(one, features=np.where(np.arange(300)[:, None] % 10 == 0, np.nan, one.features))
        for one in cuts
    ]
    with pytest.raises(InsufficientData, match="no stretch"):
        train(holes, cuts, TINY)


def test_stretches_without_labels_do_not_spoil_the_weights(cuts):
    blank = [
        replace(one, region=np.where(np.arange(300) < 280, -1, one.region).astype(np.int8)) for one in cuts
    ]
    network = train([*cuts[:2], *blank], cuts[2:], replace(TINY, epochs=1, batch=1))
    assert all(np.isfinite(one).all() for one in network.arrays.values())


def replace_region(cut, old, new):
    return replace(cut, region=np.where(cut.region == old, new, cut.region).astype(np.int8))


def test_stretches_avoid_gaps_and_carry_their_own_labels():
    values = np.tile(np.arange(100.0)[:, None], 14)
    values[40:45] = np.nan
    cut = Cut(values, (np.arange(100) % 6).astype(np.int8), "a")
    places = [(0, slice(0, 40)), (0, slice(45, 100))]
    inputs, labels = draw([cut], places, replace(TINY, batch=50), np.random.default_rng(0))
    assert inputs.shape == (50, 32, 14)
    np.testing.assert_array_equal(inputs[..., 0].astype(int) % 6, labels)
    assert (np.diff(inputs[..., 0], axis=1) == 1).all()


def test_unlabelled_and_missing_samples_do_not_validate():
    values, region = np.zeros((12, 14)), np.zeros(12, np.int8)
    values[3, 5], region[7] = np.nan, -1
    cut = Cut(values, region, "a")
    rows, segment, truth = measured([cut, cut], np.random.default_rng(0), TINY)
    assert len(rows) == len(truth) == 20
    assert np.unique(segment, return_counts=True)[1].tolist() == [3, 3, 4, 3, 3, 4]


def test_inputs_are_standardised_and_a_constant_one_is_only_shifted():
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (5000, 14))
    values[:, 4] = 7
    mean, scale = standard(values)
    assert (mean.dtype, scale.dtype) == (np.float32, np.float32)
    assert scale[4] == 1
    np.testing.assert_allclose(((values - mean) / scale)[:, 0].std(), 1, rtol=1e-5)


def test_the_temperature_that_made_the_labels_is_found():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 4, (40_000, 6))
    chances = np.exp(scores / 2.5)
    chances /= chances.sum(axis=1, keepdims=True)
    truth = (chances.cumsum(axis=1) < rng.random((len(scores), 1))).sum(axis=1)
    assert fit_temperature(scores, truth) == pytest.approx(2.5, rel=0.03)


def test_separatrices_are_lowered_until_few_are_false():
    rng = np.random.default_rng(0)
    scores, truth = rng.normal(0, 2, (20_000, 6)), rng.integers(6, size=20_000)
    outside = ~np.isin(truth, SEPARATRICES)
    before, after = (
        np.isin((scores - separatrix_offset(scores, truth, most)).argmax(axis=1), SEPARATRICES)[
            outside
        ].mean()
        for most in (1.0, 0.01)
    )
    assert before == pytest.approx(1 / 3, abs=0.02)
    assert after == pytest.approx(0.01, abs=1e-3)
    lowered = separatrix_offset(scores, truth, 0.01)
    assert lowered[3] == lowered[5] > 0
    assert not lowered[[0, 1, 2, 4]].any()


@pytest.fixture(scope="module")
def shipped():
    return read_model(SHIPPED)


def test_the_shipped_network_holds_on_families_that_neither_trained_nor_gave_its_scores(shipped):
    network = shipped[0]
    cuts = trajectories(777, 45, "held_out")
    table = evaluation_table({"held_out": evaluate(network, cuts, 5, noises=(0.3, 0.5))})
    found = table.set_index(["metric", "noise_e0"])["value"]
    assert found["macro_f1", 0.3] >= 0.90
    assert found["macro_f1", 0.5] >= 0.88
    assert found["false_separatrix", 0.5] <= 0.01
    assert found["calibration_error", 0.3] <= 0.06


def test_held_out_families_are_told_apart_by_what_is_new(shipped):
    levels = evaluate(shipped[0], trajectories(3, 15, "held_out"), 5, noises=(0.3,))
    kinds = by_kind(levels)
    sizes = {name: len(one[0.3].measured.truth) for name, one in kinds.items()}
    assert sum(sizes.values()) == len(levels[0.3].measured.truth)
    assert all(sizes.values())
    assert set(kinds["held_path"][0.3].measured.path) == set(HELD_PATHS)
    assert set(kinds["held_shape"][0.3].measured.shape) == set(HELD_SHAPES)
    assert set(kinds["held_both"][0.3].measured.shape) == set(HELD_SHAPES)


def test_the_shipped_network_says_what_it_is(shipped):
    network = shipped[0]
    assert "analytic model" in network.trained_on
    assert len(network.recipe) == 64
    assert network.scores["macro_f1_noise_0.3"] >= 0.90
    assert network.scores["false_separatrix_noise_0.5"] <= 0.01
    assert "analytic model" in (SHIPPED / "card.md").read_text()
    assert len(FEATURES) == len(network.mean)
