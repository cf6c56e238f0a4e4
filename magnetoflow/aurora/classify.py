"""From planes to class probabilities, in the order of time, in bounded memory and one thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import BAD_VIEWING
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.temporal import USELESS, batches
from magnetoflow.aurora.weights import Network

BATCH = 64


@dataclass(frozen=True)
class Scores:
    """Class probabilities of frames.

    Attributes
    ----------
    time : (frame,) ndarray of datetime64[ns]
    flags : (frame,) ndarray of uint16
        Those of the planes, with SHORT_CONTEXT where the frame had too few neighbours.
    probabilities : (frame, 4) ndarray of float32
        In the order of CLASSES.
    """

    time: NDArray[np.datetime64]
    flags: NDArray[np.uint16]
    probabilities: NDArray[np.float32]

    def __len__(self) -> int:
        """Count frames."""
        return len(self.time)


def classify(planes: Iterable[Planes], model: Network, *, batch: int = BATCH) -> Iterator[Scores]:
    """Classify frames.

    Black and saturated frames are bad viewing with probability 1, and no window looks across them.

    Parameters
    ----------
    planes : iterable of Planes
        In the order of time; pulled as needed. How it is cut into chunks does not change the result.
    model : Network
    batch : int [frame]
        Frames per call of the network.

    Yields
    ------
    Scores
        At most `batch` frames each; all frames of the stream, each once.

    Raises
    ------
    DataError
        Chunks that are not in the order of time or that differ in size.
    """
    import torch  # here, as a job without images need not wait for it

    from magnetoflow.aurora.network import layers, probabilities

    torch.set_num_threads(1)
    net = layers(model)
    for one in batches(planes, model.chain, batch):
        # always a full batch: the arithmetic of a frame is then the same wherever it stands in the stream
        found = probabilities(net, one.inputs, model.temperature)[: len(one.time)].copy()
        useless = (one.flags & USELESS) != 0
        found[useless] = np.eye(found.shape[1], dtype=np.float32)[BAD_VIEWING]
        yield Scores(one.time, one.flags, found)
