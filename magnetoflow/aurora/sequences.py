"""Labelled sequences of frames: cut from nights, and drawn with classes in balance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES, OTHER_AURORA, PULSATING, UNLABELLED
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.inputs import WINDOW
from magnetoflow.aurora.temporal import runs, sky_of, two_channels

LENGTH = WINDOW + 3


@dataclass(frozen=True, eq=False)
class LabelledSequence:
    """Consecutive frames of one camera without a gap.

    Attributes
    ----------
    sky : (frame, 2, block) ndarray of float32
        Mean and excess of each block inside the mask.
    pixels : (block,) ndarray of int
        Places of the blocks in the flat image.
    shape : tuple of int
        Rows and columns of the image.
    labels : (frame,) ndarray of int8
        Class of each frame, or UNLABELLED.
    site, night : str
        What sequences are grouped by.
    """

    sky: NDArray[np.float32]
    pixels: NDArray[np.int64]
    shape: tuple[int, int]
    labels: NDArray[np.int8]
    site: str
    night: str

    @property
    def group(self) -> str:
        """Site and night."""
        return f"{self.site} {self.night}"


@dataclass(frozen=True)
class Draw:
    """One sample: a frame of a sequence.

    Attributes
    ----------
    sequence, frame : int
    label : int
    shuffled : bool
        The frames around it are to be put out of order.
    """

    sequence: int
    frame: int
    label: int
    shuffled: bool = False


def cut(
    planes: Planes,
    labels: NDArray[np.int8],
    site: str,
    night: str,
    chain: str,
    *,
    length: int = LENGTH,
    every: int = LENGTH,
) -> Iterator[LabelledSequence]:
    """Cut planes into sequences.

    Parameters
    ----------
    planes : Planes
    labels : (frame,) ndarray of int8
    site, night : str
    chain : str
        ``fast`` or ``compatible``.
    length : int [frame]
        Of a sequence; what is left of a run of frames and is shorter than half of it is dropped.
    every : int [frame]
        From the begin of a sequence to that of the next.

    Yields
    ------
    LabelledSequence
        Those with a label.
    """
    start, stop = runs(planes.time, planes.flags)
    for first in np.unique(start):
        for a in range(int(first), int(stop[first]), every):
            rows = slice(a, min(a + length, int(stop[first])))
            if rows.stop - a >= length // 2 and (labels[rows] != UNLABELLED).any():
                images = two_channels(planes.images[rows], chain)
                labelled = np.asarray(labels[rows], np.int8)
                yield LabelledSequence(*sky_of(images), images.shape[2:], labelled, site, night)


def draw(
    sequences: Sequence[LabelledSequence], per_class: int, shuffled: float, rng: np.random.Generator
) -> list[Draw]:
    """Draw samples: each class as often as another, and within it each group.

    Parameters
    ----------
    sequences : sequence of LabelledSequence
    per_class : int
        Samples of each class that occurs.
    shuffled : float
        Share of the samples of other aurora that are pulsating frames among neighbours out of order: they
        look like pulsating aurora and do not act like it.
    rng : numpy.random.Generator

    Returns
    -------
    list of Draw
        In random order.
    """
    drawn = []
    for label in range(len(CLASSES)):
        fakes = round(shuffled * per_class) if label == OTHER_AURORA else 0
        drawn += _of_class(sequences, label, per_class - fakes, rng)
        drawn += [
            Draw(one.sequence, one.frame, label, True) for one in _of_class(sequences, PULSATING, fakes, rng)
        ]
    return [drawn[k] for k in rng.permutation(len(drawn))]


def _of_class(
    sequences: Sequence[LabelledSequence], label: int, count: int, rng: np.random.Generator
) -> list[Draw]:
    groups: dict[str, list[int]] = {}
    for k, one in enumerate(sequences):
        if (one.labels == label).any():
            groups.setdefault(one.group, []).append(k)
    names, drawn = sorted(groups), []
    for _ in range(count if names else 0):
        members = groups[names[rng.integers(len(names))]]
        sequence = members[rng.integers(len(members))]
        frames = np.flatnonzero(sequences[sequence].labels == label)
        drawn.append(Draw(sequence, int(frames[rng.integers(len(frames))]), label))
    return drawn
