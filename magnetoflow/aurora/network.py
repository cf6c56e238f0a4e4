"""The network: plain convolutions of stride 2, global pooling, a dense layer, softmax with a temperature."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.inputs import INPUTS
from magnetoflow.aurora.weights import WIDTHS, Floats, Network


class Layers(nn.Module):
    """The network's layers in torch.

    Parameters
    ----------
    widths : sequence of int
        Channels after each convolution.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        sizes = [len(INPUTS), *widths]
        self.conv = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(sizes)
        )
        self.dense = nn.Linear(2 * widths[-1], len(CLASSES))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Scores before the softmax, (frame, class), of inputs (frame, input, row, column)."""
        for layer in self.conv:
            inputs = torch.relu(layer(inputs))
        # the mean says how much of the sky, the maximum whether anywhere
        return self.dense(torch.cat([inputs.mean(dim=(2, 3)), inputs.amax(dim=(2, 3))], dim=1))  # type: ignore[no-any-return]

    def arrays(self) -> dict[str, Floats]:
        """Weights as plain arrays."""
        parts = {f"conv{k}": layer for k, layer in enumerate(self.conv, start=1)} | {"dense": self.dense}
        return {
            f"{name}_{kind}": getattr(layer, kind).detach().cpu().contiguous().numpy().copy()
            for name, layer in parts.items()
            for kind in ("weight", "bias")
        }


def layers(network: Network) -> Layers:
    """Build the layers of a network, for inference."""
    count = sum(name.endswith("_weight") for name in network.arrays) - 1
    model = Layers([len(network.arrays[f"conv{k}_bias"]) for k in range(1, count + 1)])
    state = {}
    for name, array in network.arrays.items():
        layer, kind = name.split("_")
        place = layer if layer == "dense" else f"conv.{int(layer.removeprefix('conv')) - 1}"
        state[f"{place}.{kind}"] = torch.from_numpy(array.copy())
    model.load_state_dict(state)
    return model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def as_tensor(inputs: Floats) -> torch.Tensor:
    """View inputs (frame, row, column, input) as torch wants them, channels last in memory."""
    return torch.from_numpy(inputs).permute(0, 3, 1, 2)


def probabilities(model: Layers, inputs: Floats, temperature: float) -> Floats:
    """Class probabilities.

    Parameters
    ----------
    model : Layers
    inputs : (frame, row, column, input) ndarray of float32
    temperature : float

    Returns
    -------
    (frame, 4) ndarray of float32
    """
    with torch.inference_mode():
        return torch.softmax(model(as_tensor(inputs)) / temperature, dim=1).numpy()
