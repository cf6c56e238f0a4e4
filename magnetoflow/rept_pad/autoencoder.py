"""The reference autoencoder: one hidden layer, trained by torch, used without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData
from magnetoflow.rept_pad.pca import Floats, chunks

if TYPE_CHECKING:
    import torch

Singles = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderOptions:
    """How to train; the defaults are those of the reference.

    Attributes
    ----------
    hidden : int or None
        Values of a code; None takes half the values of a vector.
    rate : float
        Learning rate of Adam.
    epochs, patience : int
        At most; epochs without a better validation loss after which training ends.
    batch : int [vector]
    seed : int
        Of the first weights and of the order of the vectors.
    """

    hidden: int | None = None
    rate: float = 5e-4
    epochs: int = 200
    patience: int = 5
    batch: int = 256
    seed: int = 0


@dataclass(frozen=True)
class Encoder:
    """A trained autoencoder.

    Attributes
    ----------
    w1, b1 : (value, code), (code,) ndarray of float32
        Codes are relu(x w1 + b1).
    w2, b2 : (code, value), (value,) ndarray of float32
        Vectors are sigmoid(code w2 + b2).
    history : (epoch, 2) ndarray
        Mean squared error of training and validation vectors after each epoch, in units of x.
    offset, scale : float
        x = (vector - offset) / scale, cut off at 0 and 1, which the sigmoid cannot leave; 0 and 1 for vectors
        that lie there.
    """

    w1: Singles
    b1: Singles
    w2: Singles
    b2: Singles
    history: Floats
    offset: float = 0.0
    scale: float = 1.0

    def codes(self, vectors: NDArray[Any]) -> Singles:
        """Codes (n, code) of vectors (n, value)."""
        # sums in float64: the last digit of a float32 sum depends on the number of threads
        w1, b1 = self.w1.astype(np.float64), self.b1.astype(np.float64)
        codes = np.empty((len(vectors), len(b1)), np.float32)
        for rows in chunks(len(vectors)):
            codes[rows] = np.maximum(_scaled(vectors[rows], self.offset, self.scale) @ w1 + b1, 0.0)
        return codes

    def decode(self, codes: NDArray[Any]) -> Singles:
        """Vectors (n, value) of codes (n, code)."""
        w2, b2 = self.w2.astype(np.float64), self.b2.astype(np.float64)
        vectors = np.empty((len(codes), len(b2)), np.float32)
        for rows in chunks(len(codes)):
            x = 0.5 + 0.5 * np.tanh(0.5 * (codes[rows].astype(np.float64) @ w2 + b2))
            vectors[rows] = x * self.scale + self.offset
        return vectors

    def reconstruct(self, vectors: NDArray[Any]) -> Singles:
        """Vectors (n, value) as the code lets them through."""
        out = np.empty(vectors.shape, np.float32)
        for rows in chunks(len(vectors)):
            out[rows] = self.decode(self.codes(vectors[rows]))
        return out


def train_encoder(
    training: NDArray[Any],
    validation: NDArray[Any],
    options: EncoderOptions,
    progress: Callable[[int, float, float], None] = lambda *_: None,
) -> Encoder:
    """Train an autoencoder: the same weights for the same vectors, options and seed.

    Parameters
    ----------
    training, validation : (n, value) ndarray
        Finite; blocks of neighbours must not be in both.
    options : EncoderOptions
    progress : callable
        Called after each epoch with its number and both losses.

    Returns
    -------
    Encoder
        Of the last epoch, as in the reference, not of the best one.

    Raises
    ------
    InsufficientData
        No vectors, or values that are not finite.

    Notes
    -----
    Loss, layers, Adam's rate and the rule to stop are those of Bakrania et al. 2020,
    10.3389/fspas.2020.593516, and Killey et al. 2023, 10.1093/rasti/rzad035. First weights and Adam's epsilon
    are Keras' defaults: Glorot and Bengio 2010 (uniform), and 1e-7.
    """
    import torch  # takes 2 s, which only training needs to spend

    offset, scale = _range(training, validation)
    torch.set_num_threads(1)
    fit, check = (torch.from_numpy(_scaled(one, offset, scale, np.float32)) for one in (training, validation))
    model = _model(training.shape[1], options)
    adam = _Adam(list(model.parameters()), options.rate)
    order = np.random.default_rng(options.seed)
    history: list[tuple[float, float]] = []
    best, waited = np.inf, 0
    for number in range(1, options.epochs + 1):
        rows = torch.from_numpy(order.permutation(len(fit)))
        history.append((_epoch(model, adam, fit, rows, options.batch), _loss(model, check)))
        progress(number, *history[-1])
        waited = 0 if history[-1][1] < best else waited + 1
        best = min(best, history[-1][1])
        if waited >= options.patience:
            break
    state = {name: one.detach().numpy().copy() for name, one in model.state_dict().items()}
    w1, w2 = (np.ascontiguousarray(state[f"{layer}.weight"].T) for layer in (0, 2))
    return Encoder(w1, state["0.bias"], w2, state["2.bias"], np.array(history), offset, scale)


def _model(width: int, options: EncoderOptions) -> torch.nn.Sequential:
    """Layers with their first weights, which depend on the seed alone."""
    import torch

    hidden = options.hidden or max(width // 2, 1)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(options.seed)
        layers = torch.nn.Linear(width, hidden), torch.nn.Linear(hidden, width)
        for layer in layers:
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.Sigmoid())


class _Adam:
    """Adam as Keras has it: epsilon is added to the root of the uncorrected mean square.

    Kingma and Ba 2015, arXiv:1412.6980, last paragraph before section 2.1. torch's own adds it after the
    correction, and takes about 2 s to import.
    """

    def __init__(self, weights: list[torch.nn.Parameter], rate: float) -> None:
        self.rate, self.number = rate, 0
        self.states = [(one.data, one.data * 0, one.data * 0, one) for one in weights]

    def step(self) -> None:
        """Move the weights against their gradients, which are then forgotten."""
        self.number += 1
        rate = self.rate * (1 - 0.999**self.number) ** 0.5 / (1 - 0.9**self.number)
        for values, mean, square, weight in self.states:
            slope = weight.grad
            assert slope is not None
            mean.mul_(0.9).add_(slope, alpha=0.1)
            square.mul_(0.999).addcmul_(slope, slope, value=0.001)
            values.addcdiv_(mean, square.sqrt().add_(1e-7), value=-rate)
            weight.grad = None


def _epoch(
    model: torch.nn.Sequential, adam: _Adam, vectors: torch.Tensor, order: torch.Tensor, batch: int
) -> float:
    """Train on each vector once; mean loss on the way."""
    total = 0.0
    for first in range(0, len(order), batch):
        x = vectors[order[first : first + batch]]
        loss = ((model(x) - x) ** 2).mean()
        loss.backward()
        adam.step()
        total += loss.item() * len(x)
    return total / len(order)


def _loss(model: torch.nn.Sequential, vectors: torch.Tensor) -> float:
    """Mean squared error of all vectors."""
    parts = [vectors[rows] for rows in chunks(len(vectors))]
    return sum(float(((model(one).detach() - one) ** 2).double().sum()) for one in parts) / vectors.numel()


def _range(training: NDArray[Any], validation: NDArray[Any]) -> tuple[float, float]:
    """Offset and scale that bring the training vectors into 0 to 1; 0 and 1 where they lie there."""
    for name, vectors in (("training", training), ("validation", validation)):
        if not (vectors.size and np.isfinite(vectors).all()):
            raise InsufficientData(
                "an autoencoder cannot be trained",
                where=f"{name} vectors, {vectors.shape[0]} of {vectors.shape[1]} values",
                why="there are none, or some values are not finite",
                todo="fit on more blocks, leave out records without data, and fill missing bins",
            )
    if training.min() >= 0 and training.max() <= 1:
        return 0.0, 1.0
    # a single bin of few counts may lie far outside; it must not squeeze all others into a corner
    low, high = (float(one) for one in np.quantile(training, [0.001, 0.999]))
    return low, (high - low) or 1.0


def _scaled(vectors: NDArray[Any], offset: float, scale: float, kind: Any = np.float64) -> NDArray[Any]:
    """Vectors in 0 to 1."""
    return np.asarray(np.clip((vectors.astype(kind) - kind(offset)) / kind(scale), kind(0), kind(1)))
