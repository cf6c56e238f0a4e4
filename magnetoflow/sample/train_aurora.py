"""Train the network that ships: ``python -m magnetoflow.sample.train_aurora [FOLDER]``.

Every scene is synthetic and drawn anew: cameras, skies, aurora, clouds. Some sites with all their nights take
no part in the training and give the scores. No demo night and no real data take part.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import magnetoflow.aurora
from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.classify import classify
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.frames import CADENCE_S, Frames, Planes
from magnetoflow.aurora.inputs import relevant
from magnetoflow.aurora.mask import MIN_ELEVATION_DEG, elevation_mask
from magnetoflow.aurora.network import Network
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.scores import Row, evaluation_rows, pulsating_rates
from magnetoflow.aurora.sequences import LENGTH, LabelledSequence, cut
from magnetoflow.aurora.training import Epoch, TrainingOptions, train
from magnetoflow.io.aurora_models import write_network
from magnetoflow.sample.aurora_camera import Camera, elevation_deg, random_camera
from magnetoflow.sample.aurora_scenes import blend, random_scene
from magnetoflow.workflow.code_hash import code_hash

FOLDER = Path(magnetoflow.aurora.__file__).parent / "model" / "network"
SCRIPT = "magnetoflow/sample/train_aurora.py"
START = np.datetime64("2000-01-01T00:00:00", "ns")
STEP = np.timedelta64(int(CADENCE_S * 1e9), "ns")
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """What is drawn.

    Attributes
    ----------
    sites, nights, scenes : int
        Sites of the training, nights of each, scenes of each class in a night.
    held_sites, held_nights, held_scenes, held_frames : int
        The same for the scores, and frames of each scene.
    transitions : float
        Share of the scenes that go over into one of another class.
    other_masks : float
        Share of the scenes with another limit of elevation than 15 degrees.
    """

    sites: int = 16
    nights: int = 6
    scenes: int = 6
    held_sites: int = 3
    held_nights: int = 4
    held_scenes: int = 4
    held_frames: int = 40
    transitions: float = 0.1
    other_masks: float = 0.15
    seed: int = 20260


RECIPE = Recipe()
OPTIONS = TrainingOptions(seed=1)
PREPROCESS = Preprocess()
MIXED = ("macro_f1", "pulsating_recall", "pulsating_false_positives")
"""Scores that are also told for scenes of which a part goes over into another class."""
SPANS = (2, 8)
"""Frames that a transition takes."""


@dataclass(frozen=True, eq=False)
class Shot:
    """Frames of one scene: planes, true class per frame, site, night and the scene's variant."""

    planes: Planes
    labels: NDArray[np.int8]
    site: str
    night: str
    variant: str


def shots(
    rng: np.random.Generator,
    camera: Camera,
    site: str,
    night: str,
    recipe: Recipe,
    options: Preprocess,
    *,
    scenes: int,
    frames: int,
) -> Iterator[Shot]:
    """Draw the scenes of one night.

    Parameters
    ----------
    rng : numpy.random.Generator
    camera : Camera
    site, night : str
    recipe : Recipe
    options : Preprocess
    scenes, frames : int
        Of each class; of each scene.

    Yields
    ------
    Shot
    """
    for _ in range(scenes):
        for kind in CLASSES:
            first, begin = random_scene(rng, kind, camera=camera), rng.uniform(0, 300)
            seconds = begin + CADENCE_S * np.arange(frames)
            labels, parts = np.full(frames, first.label, np.int8), [(first, 0.0)]
            weights = np.ones((frames, 1))
            if rng.random() < recipe.transitions:
                other = random_scene(rng, CLASSES[rng.integers(len(CLASSES))], camera=camera)
                span = rng.integers(*SPANS)
                share = np.clip((np.arange(frames) - rng.integers(4, frames - 4)) / span + 0.5, 0, 1)
                labels[share >= 0.5] = other.label
                parts, weights = [*parts, (other, 0.0)], np.column_stack([1 - share, share])
            lowest = rng.uniform(5, 25) if rng.random() < recipe.other_masks else MIN_ELEVATION_DEG
            mask = elevation_mask(elevation_deg(camera, *np.indices((256, 256)).astype(float)), lowest)
            images = blend(parts, seconds, weights)
            time, flags = START + STEP * np.arange(frames), np.zeros(frames, np.uint16)
            planes = prepare(Frames(site, time, images, flags), mask, options)
            yield Shot(planes, labels, site, night, first.variant)


def training_sequences(recipe: Recipe, options: Preprocess) -> Iterator[LabelledSequence]:
    """Sequences of all training nights."""
    for k in range(recipe.sites):
        camera = random_camera(np.random.default_rng([recipe.seed, k]))
        for night in range(recipe.nights):
            rng = np.random.default_rng([recipe.seed, k, night, 0])
            LOG.info("drawing site %d of %d, night %d of %d", k + 1, recipe.sites, night + 1, recipe.nights)
            for one in shots(
                rng, camera, f"s{k:02d}", f"n{night}", recipe, options, scenes=recipe.scenes, frames=LENGTH
            ):
                yield from cut(one.planes, one.labels, one.site, one.night, options.chain)


def held_out(recipe: Recipe, options: Preprocess) -> Iterator[Shot]:
    """Scenes of the sites and nights that give the scores."""
    for k in range(recipe.held_sites):
        camera = random_camera(np.random.default_rng([recipe.seed, 1000 + k]))
        for night in range(recipe.held_nights):
            rng = np.random.default_rng([recipe.seed, 1000 + k, night, 0])
            yield from shots(
                rng, camera, f"h{k:02d}", f"n{night}", recipe, options,
                scenes=recipe.held_scenes, frames=recipe.held_frames,
            )  # fmt: skip


def shuffled(planes: Planes, rng: np.random.Generator) -> Planes:
    """Put the images in another order, the times stay."""
    order = rng.permutation(len(planes))
    return replace(planes, images=planes.images[order])


def probabilities(network: Network, planes: Planes) -> NDArray[np.float32]:
    """Probabilities of the frames of one scene."""
    return np.concatenate([one.probabilities for one in classify([planes], network)])


def scored(network: Network, shown: Iterator[Shot]) -> tuple[dict[str, float], list[Row]]:
    """Scores of a network on held-out scenes.

    Returns
    -------
    dict of str to float
    list of dict
        Of :func:`magnetoflow.aurora.scores.evaluation_rows`, groups being nights of sites, then variants.
    """
    rng = np.random.default_rng(0)
    found, controls, labels, groups, variants = [], [], [], [], []
    for one in shown:
        found.append(probabilities(network, one.planes))
        labels.append(one.labels)
        groups += [f"{one.site} {one.night}"] * len(one.labels)
        variants += [one.variant] * len(one.labels)
        if (one.labels == CLASSES.index("pulsating")).all():
            controls.append((found[-1][:, -1], probabilities(network, shuffled(one.planes, rng))[:, -1]))
    truth, chance = np.concatenate(labels).astype(np.int64), np.concatenate(found)
    guess = chance.argmax(axis=1)
    recall, false = pulsating_rates(truth, guess)
    overall = score(truth, chance)
    scores = {
        "frames": float(len(truth)),
        "accuracy": overall.accuracy,
        "macro_f1": overall.macro_f1,
        "calibration_error": overall.ece,
        "pulsating_recall": recall,
        "pulsating_false_positives": false,
        "pulsating_mean_probability": float(np.concatenate([one for one, _ in controls]).mean()),
        "pulsating_mean_probability_shuffled": float(np.concatenate([one for _, one in controls]).mean()),
    }
    rows = evaluation_rows(truth, guess, groups)
    by_variant = evaluation_rows(truth, guess, variants)[len(CLASSES) :]
    return scores, rows + [row for row in by_variant if row["frames"]]


def recipe_hash(recipe: Recipe, options: TrainingOptions, preprocess: Preprocess) -> str:
    """Hash of everything that decides the weights."""
    parts = json.dumps([asdict(recipe), asdict(options), asdict(preprocess)], sort_keys=True)
    return hashlib.sha256(f"{parts} {code_hash(SCRIPT)}".encode()).hexdigest()


def report(epoch: Epoch) -> None:
    """Log the progress of an epoch."""
    LOG.info(
        "epoch %d of %d: loss %.4f, validation loss %.4f, macro-F1 %.4f",
        epoch.number, epoch.epochs, epoch.loss, epoch.validation_loss, epoch.macro_f1,
    )  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Train the network and write it to the folder named, or to that of the package."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    folder = Path(arguments[0]) if arguments else FOLDER
    sequences = list(training_sequences(RECIPE, PREPROCESS))
    network = train(
        sequences,
        relevant(asdict(PREPROCESS)),
        OPTIONS,
        report,
        trained_on="synthetic scenes of magnetoflow.sample",
        recipe=recipe_hash(RECIPE, OPTIONS, PREPROCESS),
    )
    scores, rows = scored(network, held_out(replace(RECIPE, transitions=0.0), PREPROCESS))
    others, _ = scored(network, held_out(RECIPE, PREPROCESS))
    scores |= {f"{name}_with_transitions": value for name, value in others.items() if name in MIXED}
    LOG.info("scores %s", scores)
    write_network(folder, replace(network, scores=scores), rows)


if __name__ == "__main__":
    main(sys.argv[1:])
