"""The reference's way of reduction: normalised vectors, perhaps an autoencoder, then principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.autoencoder import Encoder
from magnetoflow.rept_pad.data import Prepared, Scores, Singles, take
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.normalise import vectors
from magnetoflow.rept_pad.pca import CHUNK, Pca, chunks


@dataclass(frozen=True)
class VectorReduction:
    """How records become scores: the same numbers for every record, whatever records are with it.

    Attributes
    ----------
    normalise : str
        ``max``, ``energy-max``, ``90`` or ``log``.
    floor : float
        Of :func:`magnetoflow.rept_pad.normalise.vectors`.
    fill : (angle energy,) ndarray of float32
        What a missing bin is taken to be: :func:`magnetoflow.rept_pad.normalise.mean_vector` of the fit.
    pca : Pca
        Of the vectors, or of the codes where there is an encoder.
    encoder : Encoder or None
    equator : bool
        Vectors are over equatorial pitch angles: local records are mapped first.
    """

    normalise: str
    floor: float
    fill: Singles
    pca: Pca
    encoder: Encoder | None = None
    equator: bool = False

    def vectors(self, p: Prepared) -> Singles:
        """Vectors (n, angle energy) of records, energy the fast axis."""
        seen = mapped(p) if self.equator and not p.equatorial else p
        return vectors(seen, self.normalise, floor=self.floor, fill=self.fill.astype(np.float64))

    def scores(self, p: Prepared) -> Scores:
        """Scores of records; their errors are not known."""
        values = np.empty((len(p), len(self.pca.components)))
        for rows in chunks(len(p), CHUNK):
            x = self.vectors(take(p, rows))
            values[rows] = self.pca.scores(x if self.encoder is None else self.encoder.codes(x))
        return Scores(values)

    def reconstruct(self, x: NDArray[Any]) -> NDArray[Any]:
        """Vectors (n, angle energy) as the scores let them through."""
        if self.encoder is None:
            return self.pca.reconstruct(self.pca.scores(x))
        return self.encoder.decode(self.pca.reconstruct(self.pca.scores(self.encoder.codes(x))))
