"""The whole model of a fit: grid, reduction, clustering and named classes. It labels records of any day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.rept_pad.data import Floats, Prepared, Scores, Singles, take
from magnetoflow.rept_pad.kmeans import Centres
from magnetoflow.rept_pad.mixture import Mixture
from magnetoflow.rept_pad.model_parts import parts
from magnetoflow.rept_pad.pca import chunks
from magnetoflow.rept_pad.quality import DATA, FLAGS, NO_DATA
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca

CHUNK = 65536
BACKGROUND_ID, NO_DATA_ID = 0, -1
"""Class of a record without an energy above the background, and of one without data."""


@dataclass(frozen=True)
class NamedClass:
    """A class: its stable number from 1, its name, and its shape at each energy."""

    id: int
    name: str
    shapes: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """What the model says of records.

    Attributes
    ----------
    class_id : (n,) ndarray of int16
        Number of the most probable class; 0 without an energy above the background, -1 without data.
    probability : (n, class) ndarray of float32 [1]
        Of each class, in the order of ``ClassModel.classes``; NaN for records of no class.
    entropy : (n,) ndarray of float32 [bit]
        Of the probabilities; NaN for records of no class.
    distance : (n,) ndarray of float32 [sigma]
        From the middle of the most probable cluster; NaN for records of no class.
    quality : (n,) ndarray of uint16
        That of the records, with ``far_from_classes`` where the distance is beyond the limit.
    """

    class_id: NDArray[np.int16]
    probability: Singles
    entropy: Singles
    distance: Singles
    quality: NDArray[np.uint16]


@dataclass(frozen=True)
class ClassModel:
    """Classes of pitch-angle distributions.

    Attributes
    ----------
    angle_deg, energy_mev : (angle,), (energy,) ndarray [deg, MeV]
        Grid of the records that it was fitted on, and of those that it labels.
    equatorial : bool
        Classes are over pitch angles at the equator; local records are then compared as they are seen there.
    folded : bool
        As in :class:`magnetoflow.rept_pad.data.Prepared`.
    options : mapping
        Sections of the configuration that made it, in plain numbers and texts.
    reduction : WeightedPca or VectorReduction
    clustering : Mixture or Centres
    classes : tuple of NamedClass
    members : tuple of int
        Number (`NamedClass.id`) of the class of each cluster of `clustering`.
    pads : (class, angle, energy) ndarray [1]
        Mean distribution of each class, by which classes of another fit are matched; NaN where never seen.
    outlier_limit : float [sigma]
        Records farther from their cluster get the flag ``far_from_classes``.
    trained_on, recipe : str
        The data in words; hash of configuration and code, empty where unknown.
    """

    angle_deg: Floats
    energy_mev: Floats
    equatorial: bool
    folded: bool
    options: Mapping[str, Any]
    reduction: WeightedPca | VectorReduction
    clustering: Mixture | Centres
    classes: tuple[NamedClass, ...]
    members: tuple[int, ...]
    pads: Floats
    outlier_limit: float
    trained_on: str
    recipe: str = ""

    @property
    def ids(self) -> tuple[int, ...]:
        """Numbers of the classes, in their order."""
        return tuple(one.id for one in self.classes)

    @property
    def id(self) -> str:
        """Name made from all that decides a label: equal for equal models."""
        arrays, scalars = self.content()
        classes = [[one.id, one.name, one.shapes] for one in self.classes]
        named = [self.options, scalars, classes, self.members, float(self.outlier_limit)]
        digest = hashlib.sha256(json.dumps([self.equatorial, self.folded, *named], sort_keys=True).encode())
        for name in sorted(arrays):
            array = np.ascontiguousarray(arrays[name])
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
        return f"rept_pad-{digest.hexdigest()[:8]}"

    @property
    def title(self) -> str:
        """Id and training data, as tables state them."""
        return f"{self.id}, trained on {self.trained_on}"

    def content(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain values of grid, reduction and clustering by dotted name."""
        arrays: dict[str, NDArray[Any]] = {
            "angle_deg": self.angle_deg,
            "energy_mev": self.energy_mev,
            "pads": self.pads,
        }
        scalars: dict[str, Any] = {}
        for name in ("reduction", "clustering"):
            some, plain = parts(getattr(self, name), name)
            arrays, scalars = arrays | some, scalars | plain
        return arrays, scalars

    def label(self, p: Prepared) -> Labels:
        """Label records, every one.

        Parameters
        ----------
        p : Prepared
            On the model's grid, local; or mapped, where the model is equatorial.

        Returns
        -------
        Labels

        Raises
        ------
        ModelError
            Other angles, energies, folding or mapping than the model's.
        """
        self.check(p)
        n, k = len(p), len(self.classes)
        class_id = np.where(p.state == NO_DATA, NO_DATA_ID, BACKGROUND_ID).astype(np.int16)
        probability = np.full((n, k), np.nan, np.float32)
        entropy, distance = (np.full(n, np.nan, np.float32) for _ in range(2))
        ids = np.array(self.ids, np.int16)
        clustered = np.flatnonzero(p.state == DATA)
        for some in chunks(len(clustered), CHUNK):
            rows = clustered[some]
            shares, distance[rows] = self.judge(self.reduction.scores(take(p, rows)))
            class_id[rows] = ids[shares.argmax(axis=1)]
            probability[rows] = shares
            with np.errstate(divide="ignore", invalid="ignore"):
                entropy[rows] = np.where(shares > 0, -shares * np.log2(shares), 0.0).sum(axis=1)
        far = np.uint16(FLAGS["far_from_classes"])
        quality = np.where(distance > self.outlier_limit, p.quality | far, p.quality)
        return Labels(class_id, probability, entropy, distance, quality.astype(np.uint16))

    def judge(self, scores: Scores) -> tuple[Floats, Floats]:
        """Probability (n, class) of each class, and distance (n,) [sigma], of scores."""
        by_cluster = self.clustering.posterior(scores)
        owner = np.array(self.members)[:, None] == np.array(self.ids)
        return by_cluster @ owner.astype(float), self.clustering.distance(scores)

    def check(self, p: Prepared) -> None:
        """Refuse records on another grid than the model's, naming both.

        Raises
        ------
        ModelError
        """
        for what, mine, theirs in (
            ("pitch angles", self.angle_deg, p.angle_deg),
            ("energies", self.energy_mev, p.energy_mev),
        ):
            if mine.shape != theirs.shape or not np.allclose(mine, theirs, rtol=1e-3, atol=1e-3):
                _refuse(what, np.round(mine, 3).tolist(), np.round(theirs, 3).tolist())
        if self.folded != p.folded:
            _refuse("folding", self.folded, p.folded)
        if p.equatorial and not self.equatorial:
            _refuse("mapping to the equator", self.equatorial, p.equatorial)


def _refuse(what: str, model: object, data: object) -> None:
    raise ModelError(
        f"the model was fitted on other {what} than the records have",
        why=f"model: {model}; records: {data}",
        todo="prepare the records as the model's were, or use or fit a model of this grid",
    )
