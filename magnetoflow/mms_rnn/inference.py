"""Labels of one spacecraft in one event, with what may be said against them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from magnetoflow.mms_rnn.distribution import Reference, score
from magnetoflow.mms_rnn.features import rescaled
from magnetoflow.mms_rnn.label_smoothing import Smoothing, smooth
from magnetoflow.mms_rnn.network import Network, probabilities, sequences

Floats = NDArray[np.float64]

UNKNOWN_LABEL = -1


@dataclass(frozen=True)
class Options:
    """How samples are labelled; the names are those of the configuration.

    Attributes
    ----------
    window : int or None
        Samples after which the hidden state starts anew (32: as published); None: at gaps only.
    min_probability : float
        A label of a smaller probability is unknown.
    outlier_limit : float
        A sample of a higher out-of-distribution score is unknown.
    smoothing : {"none", "majority", "hmm"}
    smoothing_s : float [s]
        Width of the vote, or mean stay in a region.
    cadence_s : float [s]
    b0_factors, n0_factors : tuple of float
        B0 and n0 are multiplied by each pair of these, and by one of them alone, to see which labels stay.
    """

    window: int | None = None
    min_probability: float = 0.5
    outlier_limit: float = 1.0
    smoothing: Smoothing = "none"
    smoothing_s: float = 0.3
    cadence_s: float = 0.03
    b0_factors: tuple[float, ...] = (0.8, 1.2)
    n0_factors: tuple[float, ...] = (0.5, 2.0)

    @property
    def rescalings(self) -> tuple[tuple[float, float], ...]:
        """Factors of B0 and n0, without that which changes neither."""
        pairs = product((1.0, *self.b0_factors), (1.0, *self.n0_factors))
        return tuple(dict.fromkeys(pair for pair in pairs if pair != (1.0, 1.0)))


@dataclass(frozen=True)
class Labels:
    """What a network says of each sample.

    Attributes
    ----------
    predicted : (time,) ndarray of int8
        Most probable region, an index of :data:`magnetoflow.mms_rnn.classes.REGIONS`; -1 where an input is
        missing.
    probabilities : (time, 6) ndarray
        NaN where an input is missing.
    confidence : (time,) ndarray
        The largest of them.
    ood_score : (time,) ndarray
        Above 1: unlike the training data.
    unusual, unsure, unknown : (time,) ndarray of bool
        Score above its limit; confidence below its limit; either of them, or an input missing.
    stability : (time,) ndarray
        Share of the re-scalings that give the same label; NaN where there is none, or an input is missing.
    alternatives : (rescaling, time) ndarray of int8
        Labels with B0 and n0 multiplied by each of :attr:`Options.rescalings`.
    smoothed : (time,) ndarray of int8
        Label after smoothing; -1 where an input is missing, the sample is unusual, or no sure one is near.
    """

    predicted: NDArray[np.int8]
    probabilities: Floats
    confidence: Floats
    ood_score: Floats
    unusual: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    stability: Floats
    alternatives: NDArray[np.int8]
    smoothed: NDArray[np.int8]


def classify(
    features: Floats,
    segment: NDArray[np.integer],
    network: Network,
    reference: Reference | None,
    options: Options | None = None,
) -> Labels:
    """Label samples.

    Parameters
    ----------
    features : (time, 14) ndarray
        Scaled; in the order of :data:`magnetoflow.mms_rnn.classes.FEATURES`; NaN where missing. The network
        restarts after a row with a missing feature as it does after a gap, so that such a row has no say in
        its neighbours.
    segment : (time,) ndarray of int
        Number of the stretch without a gap.
    network : Network
    reference : Reference or None
        What is usual; None: every sample is.
    options : Options, optional

    Returns
    -------
    Labels
    """
    options = options or Options()
    chances = probabilities(network, features, segment, window=options.window)
    predicted, confidence = _best(chances)
    known = predicted >= 0
    ood = np.full(len(features), np.nan) if reference is None else score(features, reference)
    unusual = ood > options.outlier_limit
    unsure = known & (confidence < options.min_probability)
    alternatives = _alternatives(features, segment, network, options)
    same = (alternatives == predicted).mean(axis=0) if len(alternatives) else np.full(len(features), np.nan)
    return Labels(
        predicted=predicted,
        probabilities=chances,
        confidence=confidence,
        ood_score=ood,
        unusual=unusual,
        unsure=unsure,
        unknown=~known | unusual | unsure,
        stability=np.where(known, same, np.nan),
        alternatives=alternatives,
        smoothed=_smoothed(chances, known, unusual, unsure, segment, options),
    )


def _best(chances: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Most probable region and its probability; -1 and NaN where there is none."""
    confidence = chances.max(axis=1, initial=-np.inf)
    return np.where(np.isnan(confidence), UNKNOWN_LABEL, chances.argmax(axis=1)).astype(np.int8), confidence


def _alternatives(
    features: Floats, segment: NDArray[np.integer], network: Network, options: Options
) -> NDArray[np.int8]:
    """Labels of every re-scaling; all of them run side by side as segments of one table."""
    size, factors = len(features), options.rescalings
    if not factors or not size:
        return np.empty((len(factors), size), dtype=np.int8)
    table = np.concatenate([rescaled(features, b0, n0) for b0, n0 in factors])
    count = int(segment.max()) + 1
    apart = np.concatenate([segment.astype(np.int64) + k * count for k in range(len(factors))])
    chances = probabilities(network, table, apart, window=options.window)
    return _best(chances)[0].reshape(len(factors), size)


def _smoothed(
    chances: Floats,
    known: NDArray[np.bool_],
    unusual: NDArray[np.bool_],
    unsure: NDArray[np.bool_],
    segment: NDArray[np.integer],
    options: Options,
) -> NDArray[np.int8]:
    """Smoothed labels; unusual samples have no say and no label."""
    start, length = sequences(segment, known, None)
    piece = np.full(len(known), -1)
    piece[known] = np.repeat(np.arange(len(start)), length)
    samples = options.smoothing_s / options.cadence_s
    labels = smooth(chances, known & ~unusual & ~unsure, piece, options.smoothing, samples)
    labels[unusual] = UNKNOWN_LABEL
    return labels
