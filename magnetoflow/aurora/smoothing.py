"""Smoothers: class probabilities of one site in time, cut at gaps. Fitted ones are plain arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from magnetoflow.aurora.classes import CLASSES, UNLABELLED
from magnetoflow.aurora.smoothing_blocks import (
    Blocks,
    check_frames,
    keep_winner,
    make_blocks,
    segment_numbers,
)
from magnetoflow.aurora.smoothing_calibration import SMALLEST, tempered
from magnetoflow.aurora.smoothing_features import Windows, features
from magnetoflow.aurora.smoothing_states import forward_backward, lasting, viterbi

Floats = NDArray[np.float64]
Labels = NDArray[np.int8]
Times = NDArray[np.datetime64]
Place = tuple[float, float]

MAX_GAP_S = 600.0
"""Longer times without frames divide segments."""


@dataclass(frozen=True)
class SmoothedTable:
    """Frames of one site after smoothing, in time order, each once.

    Attributes
    ----------
    time : (frame,) ndarray of datetime64[ns]
        UTC.
    probabilities : (frame, 4) ndarray
        NaN where the frame had none.
    label : (frame,) ndarray of int8
        Class, ``UNLABELLED`` where the frame had no probabilities.
    segment : (frame,) ndarray of int64
        Number of the stretch of time without a long gap; -1 as above.
    row : (frame,) ndarray of int64
        Row of the frame in what was given.
    """

    time: Times
    probabilities: Floats
    label: Labels
    segment: NDArray[np.int64]
    row: NDArray[np.int64]

    def __len__(self) -> int:
        """Count frames."""
        return len(self.time)


@dataclass(frozen=True, kw_only=True)
class Smoother(ABC):
    """What every smoother has.

    Attributes
    ----------
    uses : str
        ``winner``: only winning class and its probability are looked at, as published outputs hold them;
        ``four``: all probabilities.
    max_gap_s : float [s]
        A longer time without frames divides segments; nothing is carried across.
    """

    uses: Literal["winner", "four"] = "four"
    max_gap_s: float = MAX_GAP_S

    def predict(
        self, time: ArrayLike, probabilities: ArrayLike, latitude_deg: float, longitude_deg: float
    ) -> SmoothedTable:
        """Smooth the frames of one site.

        Parameters
        ----------
        time : (frame,) array_like of datetime64 [UTC]
            In any order, any number of dates: nights that UTC midnight divides are joined. Of repeated
            times the first row counts.
        probabilities : (frame, 4) array_like
            NaN where missing.
        latitude_deg, longitude_deg : float [deg]
            Geographic.

        Returns
        -------
        SmoothedTable

        Raises
        ------
        VariableError
            Shapes do not fit, or rows are no probabilities.
        """
        time, table = check_frames(time, probabilities)
        time, row = np.unique(time, return_index=True)  # the first of equal times
        table = table[row]
        there = ~np.isnan(table).any(axis=1)
        smooth = np.full(table.shape, np.nan)
        label = np.full(len(time), UNLABELLED, dtype=np.int8)
        segment = np.full(len(time), -1, dtype=np.int64)
        if there.any():
            given = keep_winner(table[there]) if self.uses == "winner" else table[there]
            smooth[there], label[there] = self._smooth(time[there], given, (latitude_deg, longitude_deg))
            segment[there] = segment_numbers(time[there], self.max_gap_s)
        return SmoothedTable(time, smooth, label, segment, row.astype(np.int64))

    @abstractmethod
    def _smooth(self, time: Times, table: Floats, place: Place, /) -> tuple[Floats, Labels]:
        """Probabilities and labels of frames in time order, none missing."""


@dataclass(frozen=True, kw_only=True)
class MeanSmoother(Smoother):
    """Centred mean over a number of frames, fewer at the ends of a segment.

    Attributes
    ----------
    frames : int
    temperature : float
        The mean is raised to 1 / temperature.
    """

    frames: int = 20
    temperature: float = 1.0

    def _smooth(self, time: Times, table: Floats, _place: Place, /) -> tuple[Floats, Labels]:
        number = segment_numbers(time, self.max_gap_s)
        size = np.bincount(number)
        end = np.cumsum(size)[number]
        own = np.arange(len(time))
        low = np.maximum(own - self.frames // 2, end - size[number])
        high = np.minimum(own - self.frames // 2 + self.frames, end)
        total = np.concatenate([np.zeros((1, len(CLASSES))), table.cumsum(axis=0)])
        mean = np.clip((total[high] - total[low]) / (high - low)[:, None], 0, 1)
        label = mean.argmax(axis=1).astype(np.int8)
        return (mean if self.temperature == 1 else tempered(mean, self.temperature)), label


@dataclass(frozen=True, kw_only=True)
class HiddenMarkovSmoother(Smoother):
    """Hidden Markov model of the label, the most probable class of each frame its observation.

    Attributes
    ----------
    emission : (4, 4) ndarray
        Probability of an observed class (column) in a true one (row), to a power that stands for frames that
        are not independent; rows need not sum to 1.
    transition : (4, 4) ndarray
        Per frame, from row to column.
    start : (4,) ndarray
    """

    emission: Floats
    transition: Floats
    start: Floats

    def _smooth(self, time: Times, table: Floats, _place: Place, /) -> tuple[Floats, Labels]:
        evidence = self.emission.T[table.argmax(axis=1)]
        number = segment_numbers(time, self.max_gap_s)
        pieces = np.split(evidence, np.flatnonzero(np.diff(number)) + 1)
        logs = np.log(self.transition), np.log(self.start)
        label = np.concatenate([viterbi(np.log(piece), *logs) for piece in pieces])
        posterior = [forward_backward(piece, self.transition, self.start) for piece in pieces]
        return np.concatenate(posterior), label.astype(np.int8)


@dataclass(frozen=True)
class Member:
    """One logistic regression.

    Attributes
    ----------
    windows : Windows
    center, scale : (feature,) ndarray
        Features are standardised with these.
    weights : (feature, 4) ndarray
    bias : (4,) ndarray
    """

    windows: Windows
    center: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, columns: Floats) -> Floats:
        """Class probabilities of features (block, feature)."""
        score = (columns - self.center) / self.scale @ self.weights + self.bias
        raised = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class States:
    """Hidden states that take the members' probabilities as evidence.

    Attributes
    ----------
    stay_min : float [min]
        Mean time that a label lasts.
    samples : tuple of float
        Independent looks that the evidence of one mean stay is worth; one hidden-state model each.
    share : float
        Weight of the hidden-state models in the final mean.
    """

    stay_min: float
    samples: tuple[float, ...]
    share: float


@dataclass(frozen=True, kw_only=True)
class LogisticSmoother(Smoother):
    """Mean of logistic regressions over windows, and of the states that they are evidence of.

    Attributes
    ----------
    members : tuple of Member
    states : States
    temperature : float
        Final probabilities are raised to 1 / temperature.
    block_s : float [s]
    """

    members: tuple[Member, ...]
    states: States
    temperature: float
    block_s: float = 60.0

    def _smooth(self, time: Times, table: Floats, place: Place, /) -> tuple[Floats, Labels]:
        blocks = make_blocks(time, table, self.block_s, self.max_gap_s)
        known = {one.windows: features(blocks, one.windows, *place) for one in self.members}
        mean = sum((one.probabilities(known[one.windows]) for one in self.members), np.zeros((1, 1)))
        mean = with_states(mean / len(self.members), blocks, self.states)
        final = tempered(mean, self.temperature)[blocks.of_frame]
        return final, final.argmax(axis=1).astype(np.int8)


def with_states(mean: Floats, blocks: Blocks, states: States) -> Floats:
    """Mix block probabilities with the posterior of states that last, for which they are the evidence.

    Windows overlap, so that neighbouring blocks repeat each other: evidence counts with a power below 1.
    """
    if states.share == 0:
        return mean
    stay = max(states.stay_min * 60 / blocks.length_s, 2.0)
    transition, start = lasting(1 - 1 / stay), np.full(len(CLASSES), 1 / len(CLASSES))
    powers = np.array(states.samples)[:, None] / stay
    evidence = np.maximum(mean, SMALLEST)[:, None, :] ** powers
    evidence[blocks.sums[:, 0] == 0] = 1.0
    pieces = np.split(evidence, np.flatnonzero(np.diff(blocks.segment)) + 1)
    lasted = np.concatenate([forward_backward(piece, transition, start) for piece in pieces])
    return np.asarray((1 - states.share) * mean + states.share * lasted.mean(axis=1))
