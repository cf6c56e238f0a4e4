"""The networks' arithmetic is torch's, in windows and over segments, whatever is computed beside them."""

import numpy as np
import pytest
import torch

from magnetoflow.mms_rnn import network as module
from magnetoflow.mms_rnn.network import Network, logits, probabilities, sequences, shapes

CASES = [("elman", 42, 3, False), ("elman", 8, 1, True), ("gru", 24, 1, False), ("gru", 16, 2, True)]


def layers_of(kind, hidden, layers, both):
    """Torch's own layers, states that remember their start, but are not chaotic."""
    make = torch.nn.RNN if kind == "elman" else torch.nn.GRU
    with torch.random.fork_rng():
        torch.manual_seed(hidden)
        rnn = make(14, hidden, layers, bidirectional=both, batch_first=True)
        fc = torch.nn.Linear(hidden * (1 + both), 6)
        for weight in (*rnn.parameters(), *fc.parameters()):
            torch.nn.init.normal_(weight, std=0.8 / hidden**0.5)
    return rnn.eval(), fc.eval()


def network_of(rnn, fc, kind, **more):
    state = {f"rnn.{name}": value for name, value in rnn.state_dict().items()}
    state |= {f"fc.{name}": value for name, value in fc.state_dict().items()}
    return Network(kind, {name: value.numpy() for name, value in state.items()}, **more)


def by_torch(rnn, fc, features, pieces):
    """Probabilities of pieces of a table, each on its own, with a zero state at its start."""
    out = np.full((len(features), 6), np.nan)
    with torch.inference_mode():
        for begin, end in pieces:
            piece = torch.from_numpy(features[begin:end].astype(np.float32))[None]
            out[begin:end] = torch.softmax(fc(rnn(piece)[0]).double(), dim=2)[0].numpy()
    return out


@pytest.fixture(scope="module")
def features():
    return np.random.default_rng(1).normal(size=(300, 14))


@pytest.mark.parametrize("case", CASES)
def test_probabilities_equal_those_of_torch(case, features):
    rnn, fc = layers_of(*case)
    network = network_of(rnn, fc, case[0])
    segment = np.repeat([4, 4, 9, 2], [100, 83, 1, 116])
    pieces = [(0, 183), (183, 184), (184, 300)]
    whole = by_torch(rnn, fc, features, pieces)
    np.testing.assert_allclose(probabilities(network, features, segment), whole, atol=1e-6)
    cut = [(k, min(k + 32, end)) for begin, end in pieces for k in range(begin, end, 32)]
    windows = by_torch(rnn, fc, features, cut)
    np.testing.assert_allclose(probabilities(network, features, segment, window=32), windows, atol=1e-6)
    assert np.abs(windows - whole).max() > 0.01, "the cut at 32 samples is felt"


@pytest.mark.parametrize("case", CASES)
def test_what_is_computed_beside_a_sequence_does_not_matter(case, features, monkeypatch):
    network = network_of(*layers_of(*case), case[0])
    segment = np.repeat(np.arange(20), 15)
    together = probabilities(network, features, segment)
    monkeypatch.setattr(module, "SEQUENCES", 3)
    monkeypatch.setattr(module, "ROWS", 40)
    np.testing.assert_allclose(probabilities(network, features, segment), together, atol=1e-6)


def test_a_row_with_a_missing_input_cuts_the_sequence_and_touches_no_other(features):
    rnn, fc = layers_of(*CASES[3])
    network, segment = network_of(rnn, fc, "gru"), np.zeros(300, dtype=np.int32)
    broken = features.copy()
    broken[[0, 100, 101, 299], [3, 0, 13, 6]] = [np.nan, np.inf, np.nan, np.nan]
    found = probabilities(network, broken, segment)
    expected = by_torch(rnn, fc, features, [(1, 100), (102, 299)])
    assert np.isnan(found[[0, 100, 101, 299]]).all()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_inputs_are_standardised_and_scores_divided_by_the_temperature(features):
    rnn, fc = layers_of(*CASES[2])
    mean, scale = np.linspace(-1, 1, 14, dtype=np.float32), np.geomspace(0.1, 10, 14, dtype=np.float32)
    network = network_of(rnn, fc, "gru", mean=mean, scale=scale, temperature=2.5)
    plain, segment = network_of(rnn, fc, "gru"), np.zeros(300, dtype=np.int32)
    scores = logits(plain, (features - mean) / scale, segment).astype(float) / 2.5
    power = np.exp(scores)
    expected = power / power.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities(network, features, segment), expected, atol=1e-6)
    assert network.id != plain.id


def test_windows_begin_anew_in_each_segment():
    known = np.ones(75, dtype=bool)
    known[40] = False
    start, length = sequences(np.repeat([0, 1], [70, 5]), known, 32)
    assert start.tolist() == [0, 32, 41, 70]
    assert length.tolist() == [32, 8, 29, 5]
    start, length = sequences(np.repeat([0, 1], [70, 5]), known, None)
    assert start.tolist() == [0, 41, 70]
    assert length.tolist() == [40, 29, 5]


@pytest.mark.parametrize("count", [0, 3])
def test_a_table_without_a_known_row_gives_no_probability(count):
    network = network_of(*layers_of(*CASES[0]), "elman")
    found = probabilities(network, np.full((count, 14), np.nan), np.zeros(count, dtype=np.int32), window=32)
    assert found.shape == (count, 6)
    assert np.isnan(found).all()


@pytest.mark.parametrize("case", CASES)
def test_shapes_are_those_of_torch(case):
    network = network_of(*layers_of(*case), case[0])
    kind, hidden, layers, both = case
    assert {name: one.shape for name, one in network.arrays.items()} == shapes(
        kind, hidden, layers, both=both
    )
    assert (network.layers, len(network.directions)) == (layers, 1 + both)
