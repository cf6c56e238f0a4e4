"""Train the network that ships: ``python -m magnetoflow.sample.train_aurora [FOLDER]``.

Every scene is synthetic and drawn anew: cameras, skies, aurora, clouds. Some sites with all their nights take
no part in the training and give the scores. No demo night and no real data take part:
the demo's nights are scored too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import magnetoflow.aurora
from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.aurora.classify import classify
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.frames import CADENCE_S, Frames, Planes
from magnetoflow.aurora.inputs import relevant
from magnetoflow.aurora.mask import MIN_ELEVATION_DEG, elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.scores import Row, evaluation_rows, pulsating_rates
from magnetoflow.aurora.sequences import LENGTH, LabelledSequence, cut
from magnetoflow.aurora.training import Epoch, TrainingOptions, train
from magnetoflow.aurora.weights import Network
from magnetoflow.io.aurora_models import write_network
from magnetoflow.sample.aurora_camera import Camera, elevation_deg, random_camera
from magnetoflow.sample.aurora_planes import sample_planes
from magnetoflow.sample.aurora_scenes import Scene, blend, random_scene
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
        Sites of the training, nights of each, sequences of a night that begin with each class.
    changes : float
        Share of the sequences that go over into one or two other scenes.
    changed_frames : int
        Length of those; of the others it is `LENGTH`.
    other_masks : float
        Share of the sequences with another limit of elevation than 15 degrees.
    held_sites, held_nights, held_scenes : int
        Sites and nights for the scores, and the scenes that follow each other in such a night.
    held_frames : (int, int)
        Shortest and longest of those scenes.
    """

    sites: int = 18
    nights: int = 5
    scenes: int = 6
    changes: float = 0.4
    changed_frames: int = 60
    other_masks: float = 0.15
    held_sites: int = 5
    held_nights: int = 4
    held_scenes: int = 10
    held_frames: tuple[int, int] = (40, 120)
    seed: int = 20262


RECIPE = Recipe()
OPTIONS = TrainingOptions(seed=1)
AGAIN = replace(OPTIONS, epochs=9, rate=1.2e-3)
"""What training goes on with after `OPTIONS`."""
PREPROCESS = Preprocess()
SPANS, HELD_SPAN = (1.0, 6.0), 4.0
"""Frames that one scene takes to go over into the next: in the training; for the scores, 12 s."""
APART = 12
"""Frames between changes of scene in the training, and to the ends of the sequence."""


@dataclass(frozen=True, eq=False)
class Shot:
    """Consecutive frames of one camera.

    Attributes
    ----------
    planes : Planes
    labels : (frame,) ndarray of int8
        Class of the scene that gives most of the light.
    pure : (frame,) ndarray of bool
        Light of one scene only.
    scene : (frame,) ndarray of int
        Number of the scene that gives most of the light.
    variants : tuple of str
        Of the scenes.
    site, night : str
    """

    planes: Planes
    labels: NDArray[np.int8]
    pure: NDArray[np.bool_]
    scene: NDArray[np.int64]
    variants: tuple[str, ...]
    site: str
    night: str


def shares(changes: NDArray[np.float64], spans: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Share of each scene in the light of each frame; `changes` are middles, `spans` lengths."""
    rise = np.clip((np.arange(frames)[:, None] - changes) / spans + 0.5, 0.0, 1.0)
    return -np.diff(rise, axis=1, prepend=1.0, append=0.0)


def shot(
    camera: Camera, place: tuple[str, str], scenes: Sequence[Scene],
    begins: NDArray[np.float64], weights: NDArray[np.float64], options: Preprocess,
    lowest: float = MIN_ELEVATION_DEG,
) -> Shot:  # fmt: skip
    """Render scenes, begun at some seconds, that go over into each other; `place` is site and night."""
    frames, most = len(weights), weights.argmax(axis=1)
    images = blend(list(zip(scenes, begins, strict=True)), CADENCE_S * np.arange(frames), weights)
    mask = elevation_mask(elevation_deg(camera, *np.indices((256, 256)).astype(float)), lowest)
    time, flags = START + STEP * np.arange(frames), np.zeros(frames, np.uint16)
    planes = prepare(Frames(place[0], time, images, flags), mask, options)
    labels = np.array([one.label for one in scenes], np.int8)[most]
    return Shot(planes, labels, weights.max(axis=1) == 1.0, most, tuple(x.variant for x in scenes), *place)


def training_shots(
    rng: np.random.Generator, camera: Camera, place: tuple[str, str], recipe: Recipe, options: Preprocess
) -> Iterator[Shot]:
    """Shots of one training night: those of one scene, and those of two or three."""
    for kind in CLASSES * recipe.scenes:
        scenes, weights = [random_scene(rng, kind, camera=camera)], np.ones((LENGTH, 1))
        if rng.random() < recipe.changes:
            count = int(rng.integers(1, 3))
            scenes += [
                random_scene(rng, CLASSES[rng.integers(len(CLASSES))], camera=camera) for _ in range(count)
            ]
            free = recipe.changed_frames - (count + 1) * APART
            changes = np.sort(rng.uniform(0, free, count)) + APART * np.arange(1, count + 1)
            weights = shares(changes, rng.uniform(*SPANS, count), recipe.changed_frames)
        lowest = rng.uniform(5, 25) if rng.random() < recipe.other_masks else MIN_ELEVATION_DEG
        begins = -rng.uniform(0, 300, len(scenes))
        yield shot(camera, place, scenes, begins, weights, options, lowest)


def training_sequences(recipe: Recipe, options: Preprocess) -> Iterator[LabelledSequence]:
    """Sequences of all training nights."""
    for k in range(recipe.sites):
        camera = random_camera(np.random.default_rng([recipe.seed, k]))
        for night in range(recipe.nights):
            rng = np.random.default_rng([recipe.seed, k, night, 0])
            LOG.info("drawing site %d of %d, night %d of %d", k + 1, recipe.sites, night + 1, recipe.nights)
            for one in training_shots(rng, camera, (f"s{k:02d}", f"n{night}"), recipe, options):
                yield from cut(
                    one.planes,
                    one.labels,
                    one.site,
                    one.night,
                    options.chain,
                    length=len(one.labels),
                    every=len(one.labels),
                )


def held_out(recipe: Recipe, options: Preprocess) -> Iterator[Shot]:
    """Nights of the sites that give the scores: scenes of some minutes, one after the other."""
    for k in range(recipe.held_sites):
        camera = random_camera(np.random.default_rng([recipe.seed, 2000 + k]))
        for night in range(recipe.held_nights):
            rng = np.random.default_rng([recipe.seed, 2000 + k, night, 0])
            kinds = [CLASSES[one % len(CLASSES)] for one in rng.permutation(recipe.held_scenes)]
            scenes = [random_scene(rng, kind, camera=camera) for kind in kinds]
            ends = np.cumsum(rng.integers(*recipe.held_frames, recipe.held_scenes)).astype(float)
            weights = shares(ends[:-1], np.full(len(ends) - 1, HELD_SPAN), int(ends[-1]))
            # lights drift: a scene that began long before it is shown may have left the field of view
            begins = CADENCE_S * np.append(0.0, ends[:-1])
            yield shot(camera, (f"h{k:02d}", f"n{night}"), scenes, begins, weights, options)


def shuffled(planes: Planes, rng: np.random.Generator) -> Planes:
    """Put the images in another order, the times stay."""
    order = rng.permutation(len(planes))
    return replace(planes, images=planes.images[order])


def probabilities(network: Network, planes: Planes) -> NDArray[np.float32]:
    """Probabilities of the frames of one scene."""
    return np.concatenate([one.probabilities for one in classify([planes], network)])


def scored(network: Network, shown: Iterable[Shot]) -> tuple[dict[str, float], list[Row]]:
    """Scores of a network on held-out nights.

    Returns
    -------
    dict of str to float
        On frames with the light of one scene; those named ``all_frames`` on all, changes of scene too.
    list of dict
        Of :func:`magnetoflow.aurora.scores.evaluation_rows`, groups being nights of sites, then variants.
    """
    rng = np.random.default_rng(0)
    found, controls, labels, pure, groups, variants = [], [], [], [], [], []
    for one in shown:
        found.append(probabilities(network, one.planes))
        labels.append(one.labels.astype(np.int64))
        pure.append(one.pure)
        groups += [f"{one.site} {one.night}"] * len(one.labels)
        variants += [one.variants[number] for number in one.scene]
        controls += [
            [probabilities(network, part)[:, PULSATING] for part in (kept, shuffled(kept, rng))]
            for kept in pulsating_parts(one)
        ]
    truth, chance, single = np.concatenate(labels), np.concatenate(found), np.concatenate(pure)
    kept, mixed = (np.concatenate([pair[k] for pair in controls]).mean() for k in (0, 1))
    scores = {
        **rates(truth[single], chance[single]),
        **{f"all_frames_{name}": value for name, value in rates(truth, chance).items()},
        "pulsating_mean_probability": float(kept),
        "pulsating_mean_probability_shuffled": float(mixed),
    }
    guess, which = chance.argmax(axis=1), np.flatnonzero(single)
    tables = [
        evaluation_rows(truth[which], guess[which], [names[k] for k in which]) for names in (groups, variants)
    ]
    return scores, tables[0] + [row for row in tables[1][len(CLASSES) :] if row["frames"]]


def pulsating_parts(shot: Shot) -> Iterator[Planes]:
    """Frames of each pulsating scene of a shot."""
    for number in range(len(shot.variants)):
        rows = np.flatnonzero((shot.scene == number) & shot.pure & (shot.labels == PULSATING))
        if len(rows):
            yield Planes(shot.planes.time[rows], shot.planes.flags[rows], shot.planes.images[rows])


def rates(truth: NDArray[np.int64], chance: NDArray[np.float32]) -> dict[str, float]:
    """Scores of some frames."""
    overall = score(truth, chance)
    recall, false = pulsating_rates(truth, chance.argmax(axis=1))
    return {
        "frames": float(len(truth)),
        "accuracy": overall.accuracy,
        "macro_f1": overall.macro_f1,
        "calibration_error": overall.ece,
        "pulsating_recall": recall,
        "pulsating_false_positives": false,
    }


def sample_scores(network: Network) -> dict[str, float]:
    """Scores on the sample's frames with the light of one scene; its nights and sites are in no training."""
    days = [(probabilities(network, one), *rest) for one, *rest in sample_planes(PREPROCESS)]
    chance, truth, pure = (np.concatenate(one) for one in zip(*days, strict=True))
    kept = pure & (truth >= 0)
    return {f"sample_{k}": v for k, v in rates(truth[kept].astype(np.int64), chance[kept]).items()}


def recipe_hash() -> str:
    """Hash of everything that decides the weights."""
    parts = json.dumps([asdict(one) for one in (RECIPE, OPTIONS, AGAIN, PREPROCESS)], sort_keys=True)
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
    parts = {"trained_on": "synthetic scenes of magnetoflow.sample", "recipe": recipe_hash()}
    first = train(sequences, relevant(asdict(PREPROCESS)), OPTIONS, report)
    network = train(sequences, relevant(asdict(PREPROCESS)), AGAIN, report, start=first, **parts)
    scores, rows = scored(network, held_out(RECIPE, PREPROCESS))
    scores |= sample_scores(network)
    LOG.info("scores %s", scores)
    write_network(folder, replace(network, scores=scores), rows)


if __name__ == "__main__":
    main(sys.argv[1:])
