"""The frames that show each class best, of all camera-days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES

MOST_PER_CLASS = 4


@dataclass(frozen=True)
class Example:
    """A frame to show.

    Attributes
    ----------
    site : str
    time : datetime64[ns]
        UTC.
    index : int
        Class in :data:`magnetoflow.aurora.classes.CLASSES`.
    probability : float
    image : (256, 256) ndarray [count]
    mask : (256, 256) ndarray of bool
        Pixels to show.
    east : str
        ``left`` or ``right``: the side of the image that is east, from the skymap; empty where unknown.
    """

    site: str
    time: np.datetime64
    index: int
    probability: float
    image: NDArray[np.integer]
    mask: NDArray[np.bool_]
    east: str = ""


def best_examples(examples: Iterable[Example], most: int = MOST_PER_CLASS) -> list[Example]:
    """Choose the examples to show.

    Parameters
    ----------
    examples : iterable of Example
        Choosing may be repeated: what was chosen before, with the examples of one more camera-day.
    most : int
        Per class.

    Returns
    -------
    list of Example
        By class, the largest probability first. The best frame of every camera-day comes before the second
        best of any: four frames of one night would show one sky.
    """
    found = list(examples)
    found.sort(key=lambda one: (one.index, -one.probability, one.time, one.site))
    seen: Counter[tuple[str, np.datetime64, int]] = Counter()
    ranked: list[tuple[int, int, int, Example]] = []
    for one in found:
        night = (one.site, one.time.astype("datetime64[D]"), one.index)
        ranked.append((one.index, seen[night], len(ranked), one))
        seen[night] += 1
    chosen: list[Example] = []
    for index in range(len(CLASSES)):
        own = [one for klass, _, _, one in sorted(ranked, key=lambda row: row[:3]) if klass == index][:most]
        chosen += sorted(own, key=lambda one: -one.probability)
    return chosen
