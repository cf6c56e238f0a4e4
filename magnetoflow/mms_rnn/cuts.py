"""A labelled cut: what a spacecraft would measure along one path, with the true region of each sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cut:
    """Samples of one path, evenly spaced in time.

    Attributes
    ----------
    features : (sample, 14) ndarray
        In the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`, scaled; NaN where missing.
    region : (sample,) ndarray of int8
        Index of :data:`magnetoflow.mms_rnn.classes.REGIONS`; -1 where unlabelled.
    family : str
        Cuts of one family are never on both sides of a split.
    name : str
    shape, path : str
        Kinds of profile and of path, where the generator made it.
    """

    features: Floats
    region: NDArray[np.int8]
    family: str
    name: str = ""
    shape: str = ""
    path: str = ""


def pieces(features: Floats, shortest: int = 1) -> list[slice]:
    """Stretches without a missing number.

    Parameters
    ----------
    features : (sample, 14) ndarray
    shortest : int [sample]
        Shorter ones are left out.
    """
    there = np.concatenate([[False], np.isfinite(features).all(axis=1), [False]])
    edges = np.flatnonzero(there[1:] != there[:-1])
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= shortest]


def families(cuts: Sequence[Cut]) -> list[str]:
    """Names of the families, in the order in which they come first."""
    return list(dict.fromkeys(one.family for one in cuts))


def of_families(cuts: Sequence[Cut], names: Sequence[str]) -> Iterator[Cut]:
    """Cuts of some families."""
    kept = set(names)
    return (one for one in cuts if one.family in kept)
