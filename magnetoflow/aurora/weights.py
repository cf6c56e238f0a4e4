"""A trained network as plain arrays: whoever reads or copies one need not import torch, which takes 2 s."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.inputs import INPUTS

Floats = NDArray[np.float32]

WIDTHS = (20, 48, 64, 64, 56)
"""Channels after each convolution: 110,252 weights."""


@dataclass(frozen=True)
class Network:
    """A trained network.

    Attributes
    ----------
    arrays : mapping of str to ndarray of float32
        ``conv1_weight`` (out, in, 3, 3), ``conv1_bias`` and so on, ``dense_weight`` (4, 2 out) and
        ``dense_bias``.
    preprocessing : mapping
        Options of the preprocessing that it was trained with: ``chain``, ``size``, ...
    temperature : float
        What the last layer is divided by before the softmax; fitted on groups held out of the training.
    trained_on, recipe : str
        The data in words; sha256 of options and code.
    scores : mapping
        On nights and sites that took no part: names and values.
    camera_days : tuple of str
        Real ones that it was trained on, ``gill_20140310``.
    """

    arrays: Mapping[str, Floats]
    preprocessing: Mapping[str, Any]
    temperature: float = 1.0
    trained_on: str = ""
    recipe: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    camera_days: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Sixteen digits that change with any weight."""
        digest = hashlib.sha256(f"{self.temperature!r}".encode())
        for name in sorted(self.arrays):
            digest.update(name.encode() + np.ascontiguousarray(self.arrays[name], "<f4").tobytes())
        return digest.hexdigest()[:16]

    @property
    def chain(self) -> str:
        """Preprocessing chain, ``fast`` or ``compatible``."""
        return str(self.preprocessing["chain"])


def shapes(widths: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays of a network with those channels."""
    sizes = [len(INPUTS), *widths]
    found: dict[str, tuple[int, ...]] = {}
    for k in range(1, len(sizes)):
        found[f"conv{k}_weight"] = (sizes[k], sizes[k - 1], 3, 3)
        found[f"conv{k}_bias"] = (sizes[k],)
    return found | {"dense_weight": (len(CLASSES), 2 * sizes[-1]), "dense_bias": (len(CLASSES),)}
