"""Recurrent networks in NumPy: the published Elman network and GRUs, forward only.

Sequences of different lengths are packed: at each step those that are still running, the longest first, so
that one product of matrices serves many windows, segments or re-scalings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.classes import FEATURES, REGIONS

Single = NDArray[np.float32]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

GATES = {"elman": 1, "gru": 3}
"""Blocks of rows in the weights of each kind."""
PUBLISHED_WINDOW = 32
"""Samples of the windows behind the published labels."""
SEQUENCES, ROWS = 256, 1 << 17
"""Most sequences, and most samples, that are computed together: a window of each fits a core's cache."""


def _zeros() -> Single:
    return np.zeros(len(FEATURES), dtype=np.float32)


def _ones() -> Single:
    return np.ones(len(FEATURES), dtype=np.float32)


@dataclass(frozen=True)
class Network:
    """A trained network.

    Attributes
    ----------
    kind : {"elman", "gru"}
    arrays : mapping of str to ndarray of float32
        Weights under torch's names and in its order: ``rnn.weight_ih_l0``, ``rnn.weight_hh_l0``,
        ``rnn.bias_ih_l0``, ``rnn.bias_hh_l0``, with ``_reverse`` for the other direction, then ``l1`` and so
        on; ``fc.weight`` and ``fc.bias``. Gates of a GRU: reset, update, new.
    mean, scale : (14,) ndarray of float32
        Subtracted from the inputs, which are then divided.
    temperature : float
        What the scores are divided by before the softmax.
    window : int or None
        Samples of the sequences that it was trained on; None: whole segments.
    trained_on, recipe : str
        The data in words; sha256 of options and code.
    scores : mapping
        On families that took no part: names and values.
    """

    kind: Literal["elman", "gru"]
    arrays: Mapping[str, Single]
    mean: Single = field(default_factory=_zeros)
    scale: Single = field(default_factory=_ones)
    temperature: float = 1.0
    window: int | None = None
    trained_on: str = ""
    recipe: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def layers(self) -> int:
        """Recurrent layers."""
        return sum(name.startswith("rnn.weight_hh") for name in self.arrays) // len(self.directions)

    @property
    def directions(self) -> tuple[str, ...]:
        """Suffixes of the directions of each layer."""
        return ("", "_reverse") if "rnn.weight_hh_l0_reverse" in self.arrays else ("",)

    @property
    def id(self) -> str:
        """Sixteen digits that change with any number that a probability depends on."""
        digest = hashlib.sha256(f"{self.kind} {self.temperature!r}".encode())
        for name, array in sorted({**self.arrays, "mean": self.mean, "scale": self.scale}.items()):
            digest.update(name.encode() + np.ascontiguousarray(array, "<f4").tobytes())
        return digest.hexdigest()[:16]

    @property
    def label(self) -> str:
        """Id and training data, as in the column ``model`` of tables."""
        return f"{self.id}, trained on {self.trained_on}"


def shapes(kind: str, hidden: int, layers: int, *, both: bool = False) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weights of a network, in torch's order.

    Parameters
    ----------
    kind : {"elman", "gru"}
    hidden, layers : int
    both : bool
        With a second direction.
    """
    rows, ways = GATES[kind] * hidden, ("", "_reverse") if both else ("",)
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(layers):
        width = len(FEATURES) if layer == 0 else hidden * len(ways)
        for way in ways:
            found[f"rnn.weight_ih_l{layer}{way}"] = (rows, width)
            found[f"rnn.weight_hh_l{layer}{way}"] = (rows, hidden)
            found[f"rnn.bias_ih_l{layer}{way}"] = (rows,)
            found[f"rnn.bias_hh_l{layer}{way}"] = (rows,)
    return found | {"fc.weight": (len(REGIONS), hidden * len(ways)), "fc.bias": (len(REGIONS),)}


def sequences(
    segment: NDArray[np.integer], known: NDArray[np.bool_], window: int | None
) -> tuple[Rows, Rows]:
    """First row and length of each sequence; the hidden state is zero before its first sample.

    Parameters
    ----------
    segment : (time,) ndarray of int
        Number of the stretch without a gap.
    known : (time,) ndarray of bool
        A row without all inputs ends a sequence and is in none.
    window : int or None
        Samples after which another sequence begins; None: at gaps only.

    Returns
    -------
    start, length : (sequence,) ndarray of int64
    """
    rows = np.arange(len(segment))
    begins = known.copy()
    begins[1:] &= (segment[1:] != segment[:-1]) | ~known[:-1]
    if window is not None:
        first = np.maximum.accumulate(np.where(begins, rows, 0))
        begins |= known & ((rows - first) % window == 0)
    start = np.flatnonzero(begins)
    length = np.add.reduceat(known, start, dtype=np.int64) if start.size else np.zeros(0, np.int64)
    return start, length


def logits(
    network: Network, features: Floats, segment: NDArray[np.integer], *, window: int | None = None
) -> Floats:
    """Scores of each sample before the softmax, not divided by the temperature.

    Parameters
    ----------
    network : Network
    features : (time, 14) ndarray
        Scaled; in the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`. A row with NaN or infinity is
        left out and ends a sequence: the samples around it do not see it.
    segment : (time,) ndarray of int
        Number of the stretch without a gap.
    window : int or None
        Samples of a sequence (32: as published), or None: whole segments.

    Returns
    -------
    (time, 6) ndarray
        NaN where an input is missing.
    """
    known = np.asarray(np.isfinite(features).all(axis=1))
    inputs = features.astype(np.float32)
    if network.mean.any() or (network.scale != 1).any():
        inputs = (inputs - network.mean) / network.scale
    scores = np.full((len(features), len(REGIONS)), np.nan)
    # in double precision: scores of 10 to 20 rounded to single would move probabilities by 1e-6
    weight, bias = network.arrays["fc.weight"].T.astype(np.float64), network.arrays["fc.bias"]
    for start, length in _batches(*sequences(segment, known, window)):
        rows, counts, mirror = _packed(start, length)
        values = inputs[rows]
        for layer in range(network.layers):
            parts = []
            for way in network.directions:
                mine = values if way == "" else values[mirror]
                states = _layer(network, f"l{layer}{way}", mine, counts)
                parts.append(states if way == "" else states[mirror])
            values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        scores[rows] = values @ weight + bias
    return scores


def probabilities(
    network: Network, features: Floats, segment: NDArray[np.integer], *, window: int | None = None
) -> Floats:
    """Probability of each region; as :func:`logits`.

    Returns
    -------
    (time, 6) ndarray
    """
    scores = logits(network, features, segment, window=window) / network.temperature
    power = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(power / power.sum(axis=1, keepdims=True))


def _batches(start: Rows, length: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Sequences that are computed together, the longest first."""
    order = np.argsort(-length, kind="stable")
    start, length = start[order], length[order]
    at = 0
    while at < len(start):
        some = length[at : at + SEQUENCES]
        count = max(1, int(np.searchsorted(np.cumsum(some), ROWS, side="right")))
        yield start[at : at + count], length[at : at + count]
        at += count


def _packed(start: Rows, length: Rows) -> tuple[Rows, Rows, Rows]:
    """Row of the table behind each packed row, how many sequences run at each step, and the mirror.

    The mirror is the packed row of the same sequence read from its end.
    """
    step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    order = np.argsort(step, kind="stable")
    sequence = np.repeat(np.arange(len(start)), length)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    backwards = np.repeat(np.cumsum(length) - 1, length) - step
    return start[sequence[order]] + step[order], np.bincount(step), place[backwards[order]]


def _layer(network: Network, name: str, values: Single, counts: Rows) -> Single:
    """States of one direction of one layer, over packed rows."""
    arrays = network.arrays
    within, across = arrays[f"rnn.weight_hh_{name}"], arrays[f"rnn.weight_ih_{name}"]
    bias, other = arrays[f"rnn.bias_ih_{name}"], arrays[f"rnn.bias_hh_{name}"]
    drive = values @ across.T
    if network.kind == "elman":
        drive += bias + other
        return _elman(drive, np.ascontiguousarray(within.T), counts)
    drive += bias
    return _gru(drive, np.ascontiguousarray(within.T), other, counts)


def _elman(drive: Single, within: Single, counts: Rows) -> Single:
    """Take the steps h = tanh(drive + W h); the states replace the drive."""
    before, end = np.zeros((counts[0], len(within)), dtype=np.float32), 0
    for count in counts:
        begin, end = end, end + count
        now = drive[begin:end]
        now += before[:count] @ within
        before = np.tanh(now, out=now)
    return drive


def _gru(drive: Single, within: Single, bias: Single, counts: Rows) -> Single:
    """Take the steps of a gated unit; the bias of the new state is inside the reset, as in torch."""
    hidden, end = len(within), 0
    states = np.empty((len(drive), hidden), dtype=np.float32)
    before = np.zeros((counts[0], hidden), dtype=np.float32)
    for count in counts:
        begin, end = end, end + count
        before = before[:count]
        recurrent = before @ within
        recurrent += bias
        gates = _sigmoid(drive[begin:end, : 2 * hidden] + recurrent[:, : 2 * hidden])
        new = np.tanh(drive[begin:end, 2 * hidden :] + gates[:, :hidden] * recurrent[:, 2 * hidden :])
        states[begin:end] = new + gates[:, hidden:] * (before - new)
        before = states[begin:end]
    return states


def _sigmoid(x: Single) -> Single:
    """Logistic function through tanh, which does not overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x += 1
    x *= 0.5
    return x
