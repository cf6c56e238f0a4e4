"""Train the network on labelled sequences: early stopping and temperature by groups that take no part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import nn

from magnetoflow.aurora.augmentation import Augmentation, sample_inputs
from magnetoflow.aurora.classes import CLASSES, OTHER_AURORA, PULSATING
from magnetoflow.aurora.evaluation import score
from magnetoflow.aurora.network import Layers, as_tensor, layers
from magnetoflow.aurora.sequences import Draw, LabelledSequence, draw
from magnetoflow.aurora.training_blocks import split_groups
from magnetoflow.aurora.weights import WIDTHS, Floats, Network
from magnetoflow.errors import InsufficientData

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes
    ----------
    epochs, patience : int
        At most; epochs without a better validation after which training ends.
    per_class, batch : int [sample]
        Samples of each class in an epoch; samples per step.
    rate, decay : float
        Learning rate at the begin (it falls to 0 by a cosine), and weight decay.
    shuffled : float
        Share of the samples of other aurora that are pulsating frames among neighbours out of order.
    validation : float
        Share of the groups (site and night) for early stopping and the temperature.
    frames : int
        Frames of each validation sequence that are scored.
    device : str
        ``cpu``, the same result for the same seed; ``cuda`` on request.
    """

    epochs: int = 14
    patience: int = 8
    per_class: int = 1400
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-3
    shuffled: float = 0.3
    validation: float = 0.2
    frames: int = 5
    seed: int = 0
    device: str = "cpu"
    widths: tuple[int, ...] = WIDTHS
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class Epoch:
    """Progress after one epoch: mean loss of training and validation, and the validation's macro F1."""

    number: int
    epochs: int
    loss: float
    validation_loss: float
    macro_f1: float


def train(
    sequences: Sequence[LabelledSequence],
    preprocessing: Mapping[str, Any],
    options: TrainingOptions,
    progress: Callable[[Epoch], None] = lambda _: None,
    *,
    start: Network | None = None,
    trained_on: str = "",
    recipe: str = "",
) -> Network:
    """Train a network.

    Parameters
    ----------
    sequences : sequence of LabelledSequence
        Of at least two groups; a part of the groups only validates.
    preprocessing : mapping
        What made the planes: ``chain``, ``size``, ...; goes into the model.
    options : TrainingOptions
    progress : callable
        Called after each epoch.
    start : Network, optional
        Goes on from its weights, with other samples, instead of from random ones.
    trained_on, recipe : str
        Go into the model.

    Returns
    -------
    Network
        Of the epoch with the least validation loss, with its temperature.

    Raises
    ------
    InsufficientData
        Fewer than two groups, or a class without a sample in the training groups.
    """
    fitting, validating = _parts(sequences, options)
    rng, chain = (
        np.random.default_rng([options.seed, 1] if start else options.seed),
        str(preprocessing["chain"]),
    )
    checks = _validation_draws(validating, options)
    inputs = sample_inputs(validating, checks, chain, None, np.random.default_rng(options.seed))
    truth = np.array([one.label for one in checks])
    if options.device == "cpu":
        torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(options.seed)
        model = layers(start).train() if start else Layers(options.widths)
        model = model.to(options.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        best, state = np.inf, model.arrays()
        optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=options.decay)
        steps = options.epochs * -(-options.per_class * len(CLASSES) // options.batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        waited = 0
        for number in range(1, options.epochs + 1):
            draws = draw(fitting, options.per_class, options.shuffled, rng)
            loss = _epoch(model, optimizer, schedule, fitting, draws, chain, options, rng)
            scores = _scores(model, inputs, options)
            checked = _loss(scores, truth, 1.0)
            right = score(truth, found=scores.argmax(axis=1)).macro_f1
            progress(Epoch(number, options.epochs, loss, checked, right))
            waited += 1
            if checked < best:
                best, state, waited = checked, model.arrays(), 0
                best_scores = scores
            if waited >= options.patience:
                break
    temperature = fit_temperature(best_scores, truth)
    return Network(state, dict(preprocessing), temperature, trained_on, recipe)


def fit_temperature(scores: Floats, truth: Integers) -> float:
    """Temperature with the least cross entropy.

    Parameters
    ----------
    scores : (sample, class) ndarray
        Before the softmax.
    truth : (sample,) ndarray of int

    Returns
    -------
    float
        From 0.25 to 8.
    """
    found = minimize_scalar(
        lambda log: _loss(scores, truth, float(np.exp(log))), bounds=np.log([0.25, 8.0]), method="bounded"
    )
    return float(np.round(np.exp(found.x), 6))


def _parts(
    sequences: Sequence[LabelledSequence], options: TrainingOptions
) -> tuple[list[LabelledSequence], list[LabelledSequence]]:
    """Sequences that are fitted, and those that validate: no group is in both."""
    groups = {one.group: np.zeros(len(CLASSES), int) for one in sequences}
    for one in sequences:
        groups[one.group] += np.bincount(one.labels[one.labels >= 0], minlength=len(CLASSES))
    if len(groups) < 2:
        raise InsufficientData(
            "a network cannot be trained on one night of one site",
            where=", ".join(sorted(groups)) or "no labelled frames",
            why="nights or sites that take no part are needed to stop the training and to calibrate",
            todo="label frames of at least two nights or sites",
        )
    shares = (1 - options.validation, options.validation)
    _, held = split_groups({name: one.tolist() for name, one in groups.items()}, options.seed, shares)
    fitting = [one for one in sequences if one.group not in held]
    missing = [name for k, name in enumerate(CLASSES) if not any((one.labels == k).any() for one in fitting)]
    if missing:
        raise InsufficientData(
            "a class has no labelled frames to train on",
            where=", ".join(missing),
            why=f"validation holds out {', '.join(sorted(held))}",
            todo="label frames of each class in several nights, or train with another seed",
        )
    return fitting, [one for one in sequences if one.group in held]


def _validation_draws(sequences: Sequence[LabelledSequence], options: TrainingOptions) -> list[Draw]:
    """Frames evenly spread over each sequence; those that pulsate also out of order."""
    draws = []
    for k, one in enumerate(sequences):
        labelled = np.flatnonzero(one.labels >= 0)
        for frame in labelled[np.linspace(0, len(labelled) - 1, options.frames).astype(int)]:
            draws.append(Draw(k, int(frame), int(one.labels[frame])))
        if (one.labels == PULSATING).all() and options.shuffled:
            draws.append(Draw(k, len(one.labels) // 2, OTHER_AURORA, True))
    return draws


def _epoch(
    model: Layers,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    sequences: Sequence[LabelledSequence],
    draws: Sequence[Draw],
    chain: str,
    options: TrainingOptions,
    rng: np.random.Generator,
) -> float:
    """Train on samples once; mean loss."""
    model.train()
    total = 0.0
    for first in range(0, len(draws), options.batch):
        some = draws[first : first + options.batch]
        inputs = as_tensor(sample_inputs(sequences, some, chain, options.augmentation, rng))
        labels = torch.tensor([one.label for one in some], device=options.device)
        loss = nn.functional.cross_entropy(model(inputs.to(options.device)), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        total += loss.item() * len(some)
    return total / len(draws)


def _scores(model: Layers, inputs: Floats, options: TrainingOptions) -> Floats:
    """Scores of validation samples before the softmax."""
    model.eval()
    with torch.inference_mode():
        parts = [
            model(as_tensor(inputs[first : first + options.batch]).to(options.device)).cpu().numpy()
            for first in range(0, len(inputs), options.batch)
        ]
    return np.concatenate(parts)


def _loss(scores: Floats, truth: Integers, temperature: float) -> float:
    """Mean cross entropy."""
    scaled = scores.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    log = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return float(-log[np.arange(len(truth)), truth].mean())
