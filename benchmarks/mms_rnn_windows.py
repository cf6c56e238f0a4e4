"""Time the published network on windows of 32 samples: all together, and one by one as a user would today.

``python benchmarks/mms_rnn_windows.py [--weights FILE] [--windows N] [--rounds N]``. One thread, CPU time.
The ways take turns in every round, so that other work on the machine slows all of them; ratios are of one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy; matrices this small are slower in threads

import numpy as np
import torch
from numpy.typing import NDArray

from magnetoflow.io.rnn_weights import SHAPES, read_published
from magnetoflow.mms_rnn.analytic import fields, reference_path
from magnetoflow.mms_rnn.network import PUBLISHED_WINDOW, Network, logits

WEIGHTS = "models/reconnection_rnn_best_model"
OURS = "NumPy, windows together"
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def weights_of(path: Path) -> Network:
    """Read the published weights; without the file draw numbers of these shapes: it is as much work."""
    if path.is_file():
        return read_published(path)
    print(f"no published weights at {path}: random ones of the same shapes")
    rng = np.random.default_rng(0)
    drawn = {name: rng.normal(0, 0.15, shape).astype(np.float32) for name, shape in SHAPES.items()}
    return Network("elman", drawn, window=PUBLISHED_WINDOW, trained_on="nothing")


def crossings(windows: int) -> Floats:
    """Features of noisy crossings of the analytic site."""
    samples = windows * PUBLISHED_WINDOW
    clean = fields(*reference_path())
    repeated = np.tile(clean, (samples // len(clean) + 1, 1))[:samples]
    return np.asarray(repeated + np.random.default_rng(0).normal(0, 0.2, repeated.shape))


def together(network: Network, features: Floats) -> Labels:
    """Windows in batches, as the study computes them."""
    segment = np.zeros(len(features), dtype=np.int32)
    return np.asarray(logits(network, features, segment, window=PUBLISHED_WINDOW).argmax(axis=1))


def numpy_one_by_one(network: Network, features: Floats) -> Labels:
    """Each window alone, step by step and layer by layer, in NumPy."""
    arrays, found = network.arrays, []
    layers = [
        tuple(arrays[f"rnn.{kind}_l{k}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        for k in range(network.layers)
    ]
    single = features.astype(np.float32)
    for begin in range(0, len(single), PUBLISHED_WINDOW):
        states = [np.zeros(len(layer[2]), dtype=np.float32) for layer in layers]
        for row in single[begin : begin + PUBLISHED_WINDOW]:
            below = row
            for k, (across, within, bias, other) in enumerate(layers):
                below = states[k] = np.tanh(across @ below + bias + within @ states[k] + other)
            found.append(int((arrays["fc.weight"] @ below + arrays["fc.bias"]).argmax()))
    return np.array(found)


def torch_layers(network: Network) -> torch.nn.ModuleDict:
    """Build the published layers in torch."""
    layers = torch.nn.ModuleDict(
        {"rnn": torch.nn.RNN(14, 42, 3, batch_first=True), "fc": torch.nn.Linear(42, 6)}
    )
    layers.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in network.arrays.items()})
    return layers.eval()


def torch_one_by_one(layers: torch.nn.ModuleDict, features: Floats) -> Labels:
    """Each window alone, in torch."""
    single, found = torch.from_numpy(features.astype(np.float32)), []
    with torch.inference_mode():
        for window in single.split(PUBLISHED_WINDOW):
            scores = layers["fc"](layers["rnn"](window[None])[0])[0]
            found.append(torch.softmax(scores, dim=1).argmax(dim=1).numpy())
    return np.concatenate(found)


def torch_together(layers: torch.nn.ModuleDict, features: Floats) -> Labels:
    """All windows in one batch, in torch."""
    windows = torch.from_numpy(features.astype(np.float32)).reshape(-1, PUBLISHED_WINDOW, features.shape[1])
    with torch.inference_mode():
        scores = layers["fc"](layers["rnn"](windows)[0])
        return scores.argmax(dim=2).numpy().ravel()


def timed(way: Callable[[], Labels]) -> tuple[float, Labels]:
    """Seconds of the processor, and labels, of one call."""
    begin = time.process_time()
    found = way()
    return time.process_time() - begin, found


def main() -> None:
    """Run the rounds and print rates and ratios."""
    parser = argparse.ArgumentParser(description="windows of the published network, together and one by one")
    default = Path(os.environ.get("MAGNETOFLOW_REAL", "../shared/real")) / WEIGHTS
    parser.add_argument("--weights", type=Path, default=default, help="the published file of the weights")
    parser.add_argument("--windows", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network, features = weights_of(arguments.weights), crossings(arguments.windows)
    layers = torch_layers(network)
    ways: dict[str, Callable[[], Labels]] = {
        "torch, one by one": lambda: torch_one_by_one(layers, features),
        "NumPy, one by one": lambda: numpy_one_by_one(network, features),
        "torch, windows together": lambda: torch_together(layers, features),
        OURS: lambda: together(network, features),
    }
    labels = {name: way() for name, way in ways.items()}  # also warms all of them
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, way in ways.items():
            took, found = timed(way)
            seconds[name].append(took)
            if not np.array_equal(found, labels[OURS]):
                sys.exit(f"{name}: {(found != labels[OURS]).sum()} labels differ from those of {OURS}")
    print(f"{arguments.windows} windows of {PUBLISHED_WINDOW} samples, {arguments.rounds} rounds, CPU time;")
    print("labels are the same in all ways and rounds; ratio to ours: median of the rounds, worst, best")
    ours = np.array(seconds[OURS])
    for name, took in seconds.items():
        ratio = np.array(took) / ours
        print(
            f"  {name:<24} {len(features) / np.median(took):>9.0f} samples/s   "
            f"{np.median(ratio):6.1f} {ratio.min():6.1f} {ratio.max():6.1f}"
        )


if __name__ == "__main__":
    main()
