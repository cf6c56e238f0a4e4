"""Principal components, the reference autoencoder, and how well each gives back what it never saw."""

import numpy as np
import pytest
import torch

from magnetoflow.errors import InsufficientData
from magnetoflow.rept_pad import pca as pca_module
from magnetoflow.rept_pad.autoencoder import EncoderOptions, _Adam, train_encoder
from magnetoflow.rept_pad.pca import fit_pca
from magnetoflow.rept_pad.reconstruction import channel_shares, compare

ANGLES, ENERGIES = 5, 4


def drawn(n=600, seed=0):
    """Vectors of one free exponent, with a little noise, in 0 to 1."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0.3, np.pi / 2, ANGLES)
    exponent = rng.uniform(0.3, 3.0, n)[:, None, None]
    level = np.exp(-np.arange(ENERGIES) * 0.4)
    x = np.sin(angle)[None, :, None] ** exponent * level + 0.01 * rng.random((n, ANGLES, ENERGIES))
    return np.clip(x, 0, 1).reshape(n, -1).astype(np.float32)


def test_components_variances_and_ratios_are_those_of_a_plane_that_is_known():
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))[0][:2]
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    scores = np.stack([3 * np.cos(turn), 0.5 * np.sin(turn)], axis=1)
    found = fit_pca(scores @ axes + 7.0, 2)
    np.testing.assert_allclose(np.abs(found.components @ axes.T), np.eye(2), atol=1e-12)
    # R12: the variance is not its ratio
    np.testing.assert_allclose(found.explained_variance, np.array([4.5, 0.125]) * 400 / 399)
    np.testing.assert_allclose(found.explained_variance_ratio, [4.5 / 4.625, 0.125 / 4.625])
    np.testing.assert_allclose(found.reconstruct(found.scores(scores @ axes + 7.0)), scores @ axes + 7.0)


def test_chunks_and_order_of_records_change_nothing_and_singular_values_agree(monkeypatch):
    x = drawn()
    whole = fit_pca(x, 3)
    left, values, _ = np.linalg.svd(x - x.mean(axis=0, dtype=float), full_matrices=False)
    np.testing.assert_allclose(whole.explained_variance, values[:3] ** 2 / 599, rtol=1e-9)
    np.testing.assert_allclose(whole.explained_variance_ratio, values[:3] ** 2 / (values**2).sum(), rtol=1e-9)
    np.testing.assert_allclose(np.abs(whole.scores(x)), np.abs(left * values)[:, :3], atol=1e-9)
    assert (np.take_along_axis(whole.components, np.abs(whole.components).argmax(1)[:, None], 1) > 0).all()
    monkeypatch.setattr(pca_module.chunks, "__defaults__", (7,))
    shuffled = fit_pca(x[np.random.default_rng(2).permutation(len(x))], 3)
    np.testing.assert_allclose(shuffled.components, whole.components, atol=1e-9)
    np.testing.assert_allclose(shuffled.scores(x), whole.scores(x), atol=1e-9)


@pytest.mark.parametrize(
    ("vectors", "components", "expected"),
    [
        (drawn(3), 3, "3 asked for, of 3 vectors"),
        (drawn(40), 21, "21 asked for, of 40 vectors of 20 values"),
        (drawn(40), 0, "0 asked for"),
        (np.ones((40, 4)), 2, "all 40 vectors are equal"),
        (np.where(drawn(40) == drawn(40).max(), np.nan, drawn(40)), 2, "not finite"),
    ],
)
def test_components_that_cannot_be_found_are_refused(vectors, components, expected):
    with pytest.raises(InsufficientData, match=expected):
        fit_pca(vectors, components)


def test_the_autoencoder_is_the_reference_and_numpy_gives_what_torch_gave():
    x, unseen = drawn(), drawn(seed=1)
    found = train_encoder(x, unseen, EncoderOptions(epochs=25, rate=5e-3))
    assert found.w1.shape == (20, 10), "half the values of a vector"
    assert found.w2.shape == (10, 20)
    assert (found.offset, found.scale) == (0.0, 1.0)
    assert len(found.history) == 25
    # the last validation loss of torch is the error of the weights that are kept, by NumPy
    assert np.mean((found.reconstruct(unseen) - unseen) ** 2.0) == pytest.approx(
        found.history[-1, 1], rel=1e-5
    )
    assert found.history[-1, 1] < 0.5 * found.history[0, 1]
    assert found.codes(x).shape == (600, 10)
    assert (found.codes(x) >= 0).all()
    assert found.decode(found.codes(x)) == pytest.approx(found.reconstruct(x))
    reference = 204 * 102 + 102 + 102 * 204 + 204
    assert reference == 41_922, "weights of the reference, counted as here"


def test_steps_of_adam_are_those_of_its_formula():
    weight = torch.nn.Parameter(torch.zeros(2))
    adam = _Adam([weight], 0.01)
    for slope, moved in ((1.0, -1.0), (1.0, -2.0), (-1.0, -2.0 - 0.071 / 0.271)):
        weight.grad = torch.tensor([slope, -3 * slope])
        adam.step()
        # the same for any size of the gradient; after 1, 1, -1 its mean is 0.071 / (1 - 0.9^3) of its root
        assert weight.detach().numpy() == pytest.approx(0.01 * moved * np.array([1, -1]), rel=1e-4)


def test_r10_the_seed_is_honoured_and_training_ends_by_patience_with_the_last_weights():
    # validation by vectors turned upside down gets worse while training goes on
    x = drawn(256)
    options = EncoderOptions(epochs=200, patience=5, rate=2e-2, seed=3)
    found, again = (train_encoder(x, 1 - x, options) for _ in range(2))
    best = int(found.history[:, 1].argmin())
    assert len(found.history) == best + 6
    assert np.mean((found.reconstruct(1 - x) - (1 - x)) ** 2.0) == pytest.approx(
        found.history[-1, 1], rel=1e-5
    )
    for name in ("w1", "b1", "w2", "b2", "history"):
        assert np.array_equal(getattr(found, name), getattr(again, name)), name
    other = train_encoder(x, 1 - x, EncoderOptions(epochs=1, seed=4))
    assert not np.allclose(other.w1, train_encoder(x, 1 - x, EncoderOptions(epochs=1, seed=3)).w1)


def test_vectors_beyond_0_to_1_are_scaled_before_the_sigmoid():
    x = 6 * drawn(400) - 4
    found = train_encoder(x, x, EncoderOptions(epochs=20, rate=3e-2, batch=32))
    low, high = np.quantile(x, [0.001, 0.999])
    assert (found.offset, found.offset + found.scale) == pytest.approx((low, high))
    back = found.reconstruct(x)
    assert back.min() < 0 < 1 < back.max()
    assert compare(x, np.arange(400), x.mean(0), ENERGIES, {"": found.reconstruct})[0].explained > 0.5
    far = x.copy()
    far[0, 0] = 1e4  # one bin of few counts, in `90`
    assert train_encoder(far, far, EncoderOptions(epochs=1)).scale < 1.5 * found.scale


def test_an_autoencoder_without_finite_vectors_is_refused():
    x = drawn(20)
    for training, validation in ((x, x[:0]), (x[:0], x), (x * np.nan, x)):
        with pytest.raises(InsufficientData, match="an autoencoder cannot be trained"):
            train_encoder(training, validation, EncoderOptions(epochs=1))


def test_r13_ways_are_compared_on_the_same_unseen_blocks():
    x = drawn(400)
    block, mean = np.repeat(np.arange(40), 10), x.mean(axis=0)
    wrong = np.zeros((ANGLES, ENERGIES))
    wrong[:, 2] = 0.1  # one energy is off by 0.1 in each bin

    ways = {
        "same": lambda some: some,
        "mean": lambda some: np.tile(mean, (len(some), 1)),
        "off": lambda some: some + wrong.ravel(),
    }
    same, middle, off = compare(x, block, mean, ENERGIES, ways)
    assert (same.mse, same.mse_error, same.explained) == (0.0, 0.0, 1.0)
    assert middle.explained == pytest.approx(0.0, abs=1e-9)
    assert middle.mse == pytest.approx(x.astype(float).var(axis=0).mean(), rel=1e-4)
    assert off.mse == pytest.approx(0.01 / ENERGIES)
    assert off.mse_by_energy == pytest.approx([0, 0, 0.01, 0])
    assert off.mse_error == pytest.approx(0.0, abs=1e-9), "the same in each block"
    assert off.explained_by_energy[[0, 1, 3]] == pytest.approx([1, 1, 1])
    with pytest.raises(InsufficientData, match="no block is left"):
        compare(x[:0], block[:0], mean, ENERGIES, ways)


def test_the_error_of_the_mean_square_covers_what_other_blocks_give():
    def judged(seed):
        rng = np.random.default_rng(seed)
        x = np.repeat(rng.normal(size=(60, 8)), 25, axis=0)  # 60 blocks of equal neighbours
        return compare(x, np.repeat(np.arange(60), 25), np.zeros(8), 4, {"zero": np.zeros_like})[0]

    found = [judged(seed) for seed in range(60)]
    scatter = np.std([one.mse for one in found])
    assert np.mean([one.mse_error for one in found]) == pytest.approx(scatter, rel=0.3)


def test_r7_shares_of_the_energies_in_the_variance_are_told():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4000, ANGLES, 1)) * np.array([1.0, 0.1, 0.01, 0.0]) + 3.0
    assert channel_shares(x.reshape(4000, -1), ENERGIES) == pytest.approx(
        np.array([1, 1e-2, 1e-4, 0]) / 1.0101
    )
    assert np.isnan(channel_shares(np.ones((3, 20)), ENERGIES)).all()
