"""Fit the smoother that ships for our frame tables: ``python -m magnetoflow.sample.train_aurora_smoother``.

Synthetic nights of cameras that are neither those of the demo nor those that the network was trained on are
classified by the shipped network; the smoother is fitted on these labels and the truth.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import magnetoflow.aurora
from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.classify import classify
from magnetoflow.aurora.frames import CADENCE_S, Frames
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.smoothing_fit import CameraDay
from magnetoflow.aurora.smoothing_plain import fit_mean
from magnetoflow.aurora.weights import Network
from magnetoflow.io.aurora_models import read_network
from magnetoflow.io.smoothers import write_smoother
from magnetoflow.sample.aurora_camera import elevation_deg, random_camera
from magnetoflow.sample.aurora_scenes import blend, random_scene
from magnetoflow.workflow.code_hash import code_hash

FOLDER = Path(magnetoflow.aurora.__file__).parent / "model"
SCRIPT = "magnetoflow/sample/train_aurora_smoother.py"
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class NightRecipe:
    """What is drawn.

    Attributes
    ----------
    nights, scenes : int
        Nights, each of another camera, and scenes of each night.
    minutes : (float, float) [min]
        Shortest and longest scene.
    transition_s : float [s]
        In which one scene goes over into the next.
    frames : int
        Of the centred mean.
    """

    nights: int = 16
    scenes: int = 6
    minutes: tuple[float, float] = (2.0, 6.0)
    transition_s: float = 12.0
    frames: int = 20
    seed: int = 20261


RECIPE = NightRecipe()


def night(network: Network, number: int, recipe: NightRecipe = RECIPE) -> CameraDay:
    """Draw one night, and classify its frames."""
    rng = np.random.default_rng([recipe.seed, number])
    camera = random_camera(rng)
    ends = np.cumsum(60 * rng.uniform(*recipe.minutes, recipe.scenes))
    kinds = rng.integers(len(CLASSES), size=recipe.scenes)
    scenes = [random_scene(rng, CLASSES[kind], camera=camera) for kind in kinds]
    seconds = np.arange(0, ends[-1], CADENCE_S)
    rise = np.clip((seconds[:, None] - ends[:-1]) / recipe.transition_s + 0.5, 0, 1)
    weights = np.hstack([np.ones((len(seconds), 1)), rise]) - np.hstack([rise, np.zeros((len(seconds), 1))])
    begins = np.concatenate([[0.0], ends[:-1]])
    images = blend([(scene, float(at)) for scene, at in zip(scenes, begins, strict=True)], seconds, weights)
    site = sorted(SITES)[number % len(SITES)]
    start = np.datetime64("2014-01-01T06:00", "ns") + np.timedelta64(number, "D")
    time = start + np.round(seconds * 1e9).astype("timedelta64[ns]")
    mask = elevation_mask(elevation_deg(camera, *np.indices((256, 256)).astype(float)))
    planes = prepare(Frames(site, time, images, np.zeros(len(time), np.uint16)), mask, Preprocess())
    chances = np.concatenate([one.probabilities for one in classify([planes], network)])
    label = np.array([scenes[k].label for k in weights.argmax(axis=1)], np.int8)
    place = SITES[site]
    return CameraDay(site, time, chances.astype(np.float64), label, place.latitude, place.longitude)


def main(arguments: Sequence[str]) -> None:
    """Fit the smoother and write it to the file named, or to that of the package."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    target = Path(arguments[0]) if arguments else FOLDER / "smoother_sample.json"
    network = read_network(FOLDER / "network")
    days = []
    for number in range(RECIPE.nights):
        LOG.info("night %d of %d", number + 1, RECIPE.nights)
        days.append(night(network, number))
    parts = json.dumps([asdict(RECIPE), network.id], sort_keys=True)
    recipe = hashlib.sha256(f"{parts} {code_hash(SCRIPT)}".encode()).hexdigest()
    frames = sum(len(day.time) for day in days)
    about = f"{frames} frames of {len(days)} synthetic nights, judged by network {network.id}"
    smoother = fit_mean(days, RECIPE.frames)
    LOG.info("temperature %.3f", smoother.temperature)
    write_smoother(target, smoother, trained_on=about, recipe=recipe)


if __name__ == "__main__":
    main(sys.argv[1:])
