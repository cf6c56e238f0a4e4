"""Train a network on training sets: some nights of some sites take no part, and give its scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.classify import classify
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.frames import Planes
from magnetoflow.aurora.inputs import relevant
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.scores import Row, evaluation_rows, pulsating_rates
from magnetoflow.aurora.sequences import LabelledSequence, cut
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.training import Epoch, TrainingOptions, train
from magnetoflow.aurora.training_blocks import night_of, split_groups
from magnetoflow.aurora.weights import Network
from magnetoflow.io.training_reading import read_blocks, read_elevation, read_training_set

TEST_SHARE = 0.2
FEWEST_GROUPS = 4
"""With fewer nights of sites none is left out: training needs two, and their scores would say nothing."""


@dataclass(frozen=True)
class Block:
    """Consecutive labelled frames, prepared.

    Attributes
    ----------
    planes : Planes
    labels : (frame,) ndarray of int8
    site, night : str
    """

    planes: Planes
    labels: NDArray[np.int8]
    site: str
    night: str

    @property
    def group(self) -> str:
        """Site and night."""
        return f"{self.site} {self.night}"


def train_on_sets(
    paths: Sequence[str | Path],
    preprocess: Preprocess,
    options: TrainingOptions,
    progress: Callable[[Epoch], None],
    *,
    min_elevation_deg: float | None,
    trained_on: str,
    recipe: str,
) -> tuple[Network, list[Row]]:
    """Train a network, and score it on nights of sites that took no part.

    Parameters
    ----------
    paths : sequence of path
        Training sets.
    preprocess : Preprocess
    options : TrainingOptions
    progress : callable
        Called after each epoch.
    min_elevation_deg : float or None [deg]
        Pixels that look lower, by the set's skymap, are masked; None: no mask.
    trained_on, recipe : str
        Go into the model.

    Returns
    -------
    Network
    list of dict
        Rows of :func:`magnetoflow.aurora.scores.evaluation_rows`; none where too few nights are labelled.

    Raises
    ------
    InsufficientData
        As :func:`magnetoflow.aurora.training.train`.
    CorruptFile
        A set is damaged.
    """
    held = _held_out(paths, options.seed)
    sequences: list[LabelledSequence] = []
    tests: list[Block] = []
    for path in paths:
        for block in _blocks(path, preprocess, min_elevation_deg):
            if block.group in held:
                tests.append(block)
                continue
            parts = block.planes, block.labels, block.site, block.night
            sequences += cut(*parts, preprocess.chain)
    about = relevant(asdict(preprocess))
    network = train(sequences, about, options, progress, trained_on=trained_on, recipe=recipe)
    days = tuple(sorted({name for path in paths for name in _camera_days(path)}))
    return _scored(replace(network, camera_days=days), tests)


def _camera_days(path: str | Path) -> set[str]:
    head = read_training_set(path)
    days = np.unique(head.time.astype("datetime64[D]"))
    return {f"{head.site}_{str(day).replace('-', '')}" for day in days}


def _held_out(paths: Sequence[str | Path], seed: int) -> frozenset[str]:
    """Nights of sites that only give scores."""
    counts: dict[str, NDArray[np.int64]] = {}
    for path in paths:
        head = read_training_set(path)
        nights = night_of(head.time, SITES[head.site].longitude)
        for night in np.unique(nights):
            labels = head.label[(nights == night) & (head.label >= 0)]
            group = counts.setdefault(f"{head.site} {night}", np.zeros(len(CLASSES), np.int64))
            group += np.bincount(labels, minlength=len(CLASSES))
    if len(counts) < FEWEST_GROUPS:
        return frozenset()
    shares = (1 - TEST_SHARE, TEST_SHARE)
    return frozenset(split_groups({name: one.tolist() for name, one in counts.items()}, seed, shares)[1])


def _blocks(path: str | Path, preprocess: Preprocess, lowest: float | None) -> Iterator[Block]:
    elevation = None if lowest is None else read_elevation(path)
    mask = None if elevation is None or lowest is None else elevation_mask(elevation, lowest)
    for frames, labels in read_blocks(path):
        night = str(night_of(frames.time[:1], SITES[frames.site].longitude)[0])
        yield Block(prepare(frames, mask, preprocess), labels, frames.site, night)


def _scored(network: Network, tests: Sequence[Block]) -> tuple[Network, list[Row]]:
    if not tests:
        return network, []
    found = [
        np.concatenate([one.probabilities for one in classify([block.planes], network)]) for block in tests
    ]
    truth = np.concatenate([block.labels for block in tests]).astype(np.int64)
    chances = np.concatenate(found)
    guess = chances.argmax(axis=1)
    overall = score(truth, chances)
    recall, false = pulsating_rates(truth, guess)
    scores = {
        "frames": float(overall.frames),
        "accuracy": overall.accuracy,
        "macro_f1": overall.macro_f1,
        "calibration_error": overall.ece,
        "pulsating_recall": recall,
        "pulsating_false_positives": false,
    }
    groups = [block.group for block in tests for _ in block.labels]
    return replace(network, scores=scores), evaluation_rows(truth, guess, groups)
