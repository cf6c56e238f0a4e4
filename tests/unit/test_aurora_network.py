"""The network in torch is the arrays' own arithmetic, and a frame's result is its own."""

import numpy as np
import pytest
import torch

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.inputs import INPUTS
from magnetoflow.aurora.network import Layers, as_tensor, layers, probabilities
from magnetoflow.aurora.weights import WIDTHS, Network, shapes


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(Layers((6, 8)).arrays(), {"chain": "fast", "size": 64}, 2.0)


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(8, 16, 16, len(INPUTS))).astype(np.float32)


def convolved(image, weight, bias):
    """Convolution of stride 2 with a border of zeros, by its definition."""
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    out = np.zeros((image.shape[0] // 2, image.shape[1] // 2, len(weight)))
    for i, j in np.ndindex(out.shape[:2]):
        out[i, j] = np.einsum("hwc,ochw->o", padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3], weight) + bias
    return np.maximum(out, 0)


def test_probabilities_are_those_of_the_definition(network, inputs):
    found, arrays = probabilities(layers(network), inputs, network.temperature), network.arrays
    for image, row in zip(inputs[:3], found[:3], strict=True):
        for k in (1, 2):
            image = convolved(image, arrays[f"conv{k}_weight"], arrays[f"conv{k}_bias"])
        pooled = np.concatenate([image.mean(axis=(0, 1)), image.max(axis=(0, 1))])
        power = np.exp((arrays["dense_weight"] @ pooled + arrays["dense_bias"]) / 2.0)
        np.testing.assert_allclose(row, power / power.sum(), rtol=1e-4)
    assert found.dtype == np.float32
    assert found.shape == (8, len(CLASSES))


def test_the_other_frames_of_a_batch_do_not_matter(network, inputs):
    model = layers(network)
    whole = probabilities(model, inputs, 1.0)
    other = inputs[::-1].copy()
    assert (probabilities(model, other, 1.0)[::-1] == whole).all()


def test_shapes_are_those_of_the_layers():
    arrays = Layers().arrays()
    assert {name: array.shape for name, array in arrays.items()} == shapes(WIDTHS)
    assert sum(array.size for array in arrays.values()) == 110252


def test_layers_and_arrays_are_inverse(network):
    again = layers(network).arrays()
    assert list(again) == list(network.arrays)
    assert all((again[name] == network.arrays[name]).all() for name in again)


def test_id_follows_weights_and_temperature(network):
    arrays = {name: array.copy() for name, array in network.arrays.items()}
    assert Network(arrays, {}, 2.0).id == network.id
    assert Network(arrays, {}, 2.5).id != network.id
    arrays["dense_bias"][0] += 1e-3
    assert Network(arrays, {}, 2.0).id != network.id


def test_inputs_are_channels_last_without_a_copy(inputs):
    tensor = as_tensor(inputs)
    assert tensor.shape == (8, len(INPUTS), 16, 16)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert tensor.data_ptr() == inputs.ctypes.data
