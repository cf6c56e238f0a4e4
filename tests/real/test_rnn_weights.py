"""The published weights, read without executing their pickle: labels and probabilities as published."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from magnetoflow.io.rnn_model_files import check_model
from magnetoflow.io.rnn_weights import read_published
from magnetoflow.mms_rnn.analytic import Site, fields, reference_path, true_region
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.features import rescaled
from magnetoflow.mms_rnn.inference import Options, classify
from magnetoflow.mms_rnn.network import probabilities
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
WEIGHTS = REAL / "models/reconnection_rnn_best_model"
pytestmark = pytest.mark.skipif(not WEIGHTS.is_file(), reason="no real files beside the checkout")

B, E, V_I, V_E = slice(0, 3), slice(3, 6), slice(8, 11), slice(11, 14)


@pytest.fixture(scope="module")
def network():
    return read_published(WEIGHTS)


@pytest.fixture(scope="module")
def oracle():
    """Probabilities by torch of one sequence that starts with a zero state."""
    state = torch.load(WEIGHTS, weights_only=True)
    rnn, fc = torch.nn.RNN(14, 42, 3, batch_first=True), torch.nn.Linear(42, 6)
    torch.nn.ModuleDict({"rnn": rnn, "fc": fc}).load_state_dict(state)

    def run(features):
        with torch.inference_mode():
            scores = fc(rnn(torch.from_numpy(features.astype(np.float32))[None])[0])[0]
        return torch.softmax(scores.double(), dim=1).numpy()

    return run


@pytest.fixture(scope="module")
def crossing():
    x, y = reference_path()
    return fields(x, y), true_region(x, y)


def labels(network, features, window=None):
    one = np.zeros(len(features), dtype=np.int32)
    return probabilities(network, features, one, window=window).argmax(axis=1)


def runs(label):
    """Label and length of each run."""
    ends = np.append(np.flatnonzero(np.diff(label)), len(label) - 1)
    return list(zip(label[ends].tolist(), np.diff(ends, prepend=-1).tolist(), strict=True))


def order(label, longer_than=5):
    """Labels of the longer runs, equal neighbours once."""
    kept = [one for one, length in runs(label) if length > longer_than]
    return [one for k, one in enumerate(kept) if k == 0 or one != kept[k - 1]]


def vector():
    i, j = np.mgrid[:64, :14]
    return 0.8 * np.sin(0.37 * (14 * i + j))


def test_weights_are_those_that_torch_reads(network):
    state = torch.load(WEIGHTS, weights_only=True)
    assert list(network.arrays) == list(state)
    for name, array in network.arrays.items():
        np.testing.assert_array_equal(array, state[name].numpy())
    assert sum(array.size for array in network.arrays.values()) == 9918
    assert check_model(str(WEIGHTS), None, ROOT)["sha256"] == network.recipe


@pytest.mark.parametrize("window", [32, None])
def test_the_test_vector_gives_the_published_labels(network, window):
    expected = "1115441114441154411154411144411544211544111044111444115441115441"
    assert "".join(map(str, labels(network, vector(), window))) == expected


def test_the_test_vector_gives_the_published_probabilities(network):
    found = probabilities(network, vector(), np.zeros(64, dtype=np.int32), window=32)[31]
    np.testing.assert_allclose(found, [0.0070, 0.2037, 0.0001, 0, 0, 0.7891], atol=5e-5)


@pytest.mark.parametrize(("noise", "limit"), [(0.0, 1e-6), (0.3, 2e-6), (1.0, 2e-6)])
def test_probabilities_equal_those_of_torch(network, oracle, crossing, noise, limit):
    """Torch itself is up to 1.3e-6 from its result in double precision where inputs are noisy."""
    noisy = crossing[0] + noise * np.random.default_rng(0).normal(size=(3000, 14))
    for features in (vector(), noisy):
        one = np.zeros(len(features), dtype=np.int32)
        found = probabilities(network, features, one)
        np.testing.assert_allclose(found, oracle(features), rtol=0, atol=limit)
        windows = [oracle(features[k : k + 32]) for k in range(0, len(features), 32)]
        found = probabilities(network, features, one, window=32)
        np.testing.assert_allclose(found, np.concatenate(windows), rtol=0, atol=limit)


def test_the_crossing_gives_the_published_runs(network, crossing):
    features, truth = crossing
    found = labels(network, features)
    expected = [(0, 714), (3, 79), (0, 145), (4, 562), (1, 532), (2, 174), (5, 82), (2, 712)]
    assert runs(found) == expected
    assert round((found == truth).mean(), 3) == 0.848
    windows = labels(network, features, 32)
    assert order(windows) == [0, 3, 0, 4, 1, 2, 5, 2]
    assert round((windows == truth).mean(), 3) == 0.848


def test_windows_change_few_labels_and_those_at_their_start(network, crossing):
    noisy = crossing[0] + np.random.default_rng(1).normal(0, 0.1, (3000, 14))
    same = labels(network, noisy) == labels(network, noisy, 32)
    assert same.mean() > 0.99
    first = np.arange(3000) % 32 < 3
    assert same[first].mean() < same[~first].mean()


@pytest.mark.parametrize(
    ("change", "regions", "agreement"),
    [
        ("weak Hall field", [0, 4, 1, 2], 0.795),
        ("x flipped", [2, 1, 4, 0], 0.0),
        ("axes not remapped", [0, 4, 1, 2], 0.79),
        ("y flipped", [0, 4, 1, 2], 0.80),
        ("B0 too large", [0, 4, 1, 2], 0.80),
    ],
)
def test_what_labels_show_of_a_wrong_chain(network, crossing, change, regions, agreement):
    features, truth = crossing[0].copy(), crossing[1]
    if change == "weak Hall field":
        features = fields(*reference_path(), Site(e_hall=1.0))
    elif change == "x flipped":
        features[:, [0, 3, 8, 11]] *= -1
    elif change == "axes not remapped":
        for group in (B, E, V_I, V_E):  # GSM itself: Y = z, Z = -y
            x, y, z = features[:, group].T
            features[:, group] = np.column_stack([x, z, -y])
    elif change == "y flipped":
        features[:, [1, 4, 9, 12]] *= -1
    else:
        features = rescaled(features, 1.2, 1.0)
    found = labels(network, features)
    assert order(found) == regions
    assert (found == truth).mean() == pytest.approx(agreement, abs=0.0075)


@pytest.mark.parametrize(
    ("change", "agreement"),
    [("z flipped", 0.83), ("V_e not divided", 0.86), ("E x 15", 0.92), ("n0 too large", 0.97)],
)
def test_what_labels_do_not_show_of_a_wrong_chain(network, crossing, change, agreement):
    """The right chain agrees in 0.848: only numbers show these, as in the tests of scaling and features."""
    features, truth = crossing[0].copy(), crossing[1]
    if change == "z flipped":
        features[:, [2, 5, 10, 13]] *= -1
    elif change == "V_e not divided":
        features[:, V_E] *= 42.85
    elif change == "E x 15":
        features[:, E] *= 15
    else:
        features = rescaled(features, 1.0, 5.0)
    found = labels(network, features)
    assert order(found)[:2] + order(found)[-2:] == [0, 3, 5, 2]
    assert (found == truth).mean() == pytest.approx(agreement, abs=0.015)


def steady(network, **values):
    """Label of steady input, the other features zero, after eight samples."""
    row = np.zeros(14)
    for name, value in values.items():
        row[FEATURES.index(name)] = value
    return labels(network, np.tile(row, (8, 1)))[-1]


@pytest.mark.parametrize(
    ("separatrix", "sign", "smallest"),
    [(3, 1, [1.05, 0.95, 0.85, 0.95, 1.05, 1.10, 1.20]), (5, -1, [0.80, 0.75, 0.85, 0.95, 1.00, 1.10, 1.15])],
)
def test_hall_field_that_makes_a_separatrix(network, separatrix, sign, smallest):
    for bx, expected in zip([-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1.0], smallest, strict=True):
        grid = np.arange(0.5, 1.5, 0.05)
        found = [
            steady(network, Bx=sign * bx, Ey=sign * ey, Ez=0.1, ni=0.15, ne=0.15) == separatrix for ey in grid
        ]
        assert grid[found.index(True)] == pytest.approx(expected, abs=0.051), bx


def test_outflow_where_the_flow_exceeds_the_field(network):
    for bx in (-0.8, -0.4, 0.4, 0.8):
        for sign, outflow in ((1, 1), (-1, 4)):
            inflow = 0 if bx > 0 else 2
            more, less = abs(bx) + 0.1, abs(bx) - 0.15
            at = {"Bx": bx, "Ez": 0.1, "ni": 0.15, "ne": 0.15}
            assert steady(network, vix=sign * more, **at) == outflow
            assert steady(network, vix=sign * less, **at) == inflow


def test_zeros_and_the_quiet_lobe(network):
    zeros = probabilities(network, np.zeros((8, 14)), np.zeros(8, dtype=np.int32))[-1]
    assert zeros.argmax() == 4
    assert zeros.max() == pytest.approx(0.83, abs=0.01)
    lobe = np.zeros((8, 14))
    lobe[:, [0, 6, 7]] = 1.0, 0.1, 0.1
    assert probabilities(network, lobe, np.zeros(8, dtype=np.int32))[-1, 0] > 0.999


def test_a_missing_sample_is_without_a_label_and_the_network_starts_anew_after_it(network, crossing):
    features, segment = crossing[0].copy(), np.zeros(3000, dtype=np.int32)
    features[1500, 4] = np.nan
    found = classify(features, segment, network, None, Options())
    cut = classify(crossing[0], np.repeat([0, 1, 2], [1500, 1, 1499]), network, None, Options())
    others = np.arange(3000) != 1500
    np.testing.assert_allclose(found.probabilities[others], cut.probabilities[others], atol=1e-6)
    assert np.flatnonzero(found.predicted == -1).tolist() == [1500]
    assert np.flatnonzero(found.unknown).tolist() == [1500]
