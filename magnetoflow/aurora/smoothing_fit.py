"""Fit smoothers on labelled camera-days; probabilities are calibrated on sites that were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from magnetoflow.aurora.classes import CLASSES, UNLABELLED
from magnetoflow.aurora.smoothing import (
    MAX_GAP_S,
    LogisticSmoother,
    Member,
    States,
    with_states,
)
from magnetoflow.aurora.smoothing_blocks import Blocks, check_frames, keep_winner, make_blocks
from magnetoflow.aurora.smoothing_calibration import best_temperature
from magnetoflow.aurora.smoothing_features import Windows, features
from magnetoflow.errors import InsufficientData

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

WINDOWS = (
    Windows(centred=(1, 5, 10, 20, 40, 60)),
    Windows(centred=(5, 20, 60), wide=(1440,)),
    Windows(centred=(20, 60)),
    Windows(centred=(10, 40), sided=(60, 120), wide=(1440,)),
)
MIN_SITES = 3
DECIMALS = 6
"""Coefficients are rounded, so that a model on disk is the model in memory."""


@dataclass(frozen=True, eq=False)
class CameraDay:
    """Labelled frames of one site and UTC date.

    Attributes
    ----------
    site : str
    time : (frame,) ndarray of datetime64 [UTC]
    probabilities : (frame, 4) ndarray
        NaN where missing.
    label : (frame,) ndarray of int
        Class, or ``UNLABELLED``.
    latitude_deg, longitude_deg : float [deg]
    """

    site: str
    time: NDArray[np.datetime64]
    probabilities: NDArray[np.floating]
    label: NDArray[np.integer]
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True)
class FitOptions:
    """How a smoother is fitted.

    Attributes
    ----------
    windows : tuple of Windows
        One member per entry and strength.
    strengths : tuple of float
        Inverse weight of the penalty (half the squared weights) beside the mean log loss.
    site_weight : float
        1: each site counts alike; 0: each frame does.
    every : int [block]
        Only each so-many-th block is fitted: windows of neighbours are nearly the same.
    samples : tuple of float
    state_share : float
        As in :class:`magnetoflow.aurora.smoothing.States`.
    uses : str
    block_s, max_gap_s : float [s]
    """

    windows: tuple[Windows, ...] = WINDOWS
    strengths: tuple[float, ...] = (10.0, 30.0)
    site_weight: float = 1.0
    every: int = 4
    samples: tuple[float, ...] = (2.5, 6.0, 12.0)
    state_share: float = 0.5
    uses: Literal["winner", "four"] = "four"
    block_s: float = 60.0
    max_gap_s: float = MAX_GAP_S


SHORT_RECORDS = FitOptions(
    windows=(Windows(centred=(1, 5), night=False), Windows(centred=(1, 3, 10), night=False)),
    every=1,
    block_s=15.0,
    max_gap_s=60.0,
)
"""For records of 10 to 60 minutes from few nights, and probabilities that are mostly right."""


@dataclass(frozen=True, eq=False)
class Unit:
    """What is left out together: a site, or a camera-day where there are few sites.

    Attributes
    ----------
    name : str
    blocks : Blocks
    columns : mapping of Windows to (block, feature) ndarray
    label : (block,) ndarray of int64
        Most frequent label of the block's frames.
    frames : (block,) ndarray
        Labelled frames.
    """

    name: str
    blocks: Blocks
    columns: Mapping[Windows, Floats]
    label: Labels
    frames: Floats


def fit_smoother(days: Sequence[CameraDay], options: FitOptions | None = None) -> LogisticSmoother:
    """Fit the mean of logistic regressions and calibrate it.

    Parameters
    ----------
    days : sequence of CameraDay
    options : FitOptions, optional

    Returns
    -------
    LogisticSmoother
        Its temperature is that of probabilities that members give for a unit when fitted on the others.

    Raises
    ------
    InsufficientData
        Fewer than two classes, or than two sites or camera-days, are labelled.
    """
    options = options or FitOptions()
    units = prepare(days, options)
    members, states = fit_members(units, options), fit_states(units, options)
    held_out = []
    for unit in units:
        others = [other for other in units if other is not unit]
        mean = members_mean(fit_members(others, options), unit)
        held_out.append(with_states(mean, unit.blocks, fit_states(others, options)))
    return LogisticSmoother(
        uses=options.uses,
        max_gap_s=options.max_gap_s,
        members=members,
        states=states,
        temperature=best_temperature(np.concatenate(held_out), *labels_of(units)),
        block_s=options.block_s,
    )


def prepare(days: Sequence[CameraDay], options: FitOptions) -> list[Unit]:
    """Join the camera-days of each site, or keep them apart where fewer than three sites are there."""
    labelled = [day for day in days if (np.asarray(day.label) >= 0).any()]
    joined = len({day.site for day in labelled}) >= MIN_SITES

    def name_of(day: CameraDay) -> str:
        return day.site if joined else f"{day.site} {str(np.min(day.time))[:10]}"

    groups = groupby(sorted(labelled, key=name_of), key=name_of)
    units = [_unit(name, list(members), options) for name, members in groups]
    if len(units) < 2:
        why = f"{len(units)} with labels, at least two are needed"
        raise InsufficientData("too few labelled camera-days for a smoother", why=why, todo="label more")
    return units


def _unit(name: str, days: Sequence[CameraDay], options: FitOptions) -> Unit:
    checked = [check_frames(day.time, day.probabilities) for day in days]
    time, row = np.unique(np.concatenate([one for one, _ in checked]), return_index=True)
    table = np.concatenate([one for _, one in checked])[row]
    label = np.concatenate([np.asarray(day.label, dtype=np.int64) for day in days])[row]
    there = ~np.isnan(table).any(axis=1)
    time, table, label = time[there], table[there], label[there]
    if options.uses == "winner":
        table = keep_winner(table)
    blocks = make_blocks(time, table, options.block_s, options.max_gap_s)
    place = days[0].latitude_deg, days[0].longitude_deg
    known = label >= 0
    flat = blocks.of_frame[known] * len(CLASSES) + label[known]
    votes = np.bincount(flat, minlength=len(blocks) * len(CLASSES)).reshape(-1, len(CLASSES))
    frames = votes.sum(axis=1).astype(np.float64)
    return Unit(
        name=name,
        blocks=blocks,
        columns={one: features(blocks, one, *place) for one in options.windows},
        label=np.where(frames > 0, votes.argmax(axis=1), UNLABELLED),
        frames=frames,
    )


def fit_members(units: Sequence[Unit], options: FitOptions) -> tuple[Member, ...]:
    """Fit one member per set of windows and strength."""
    return tuple(
        fit_member(units, windows, strength, options)
        for windows in options.windows
        for strength in options.strengths
    )


def fit_member(units: Sequence[Unit], windows: Windows, strength: float, options: FitOptions) -> Member:
    """Fit a multinomial logistic regression with a ridge penalty.

    References
    ----------
    Hastie, Tibshirani and Friedman 2009, The elements of statistical learning, sections 4.4 and 18.3.2.
    """
    rows = [np.flatnonzero(unit.frames > 0) for unit in units]
    rows = [row[row % options.every == 0] if options.every < len(row) else row for row in rows]
    columns = np.concatenate([unit.columns[windows][row] for unit, row in zip(units, rows, strict=True)])
    label = np.concatenate([unit.label[row] for unit, row in zip(units, rows, strict=True)])
    counts = [unit.frames[row] for unit, row in zip(units, rows, strict=True)]
    weight = np.concatenate([count / max(count.sum(), 1.0) ** options.site_weight for count in counts])
    if len(np.unique(label)) < 2:
        why = f"{len(label)} labelled blocks of {len(np.unique(label))} class(es)"
        raise InsufficientData("too few labels for a smoother", why=why, todo="label more camera-days")
    center, scale = np.round(columns.mean(axis=0), DECIMALS), np.round(columns.std(axis=0), DECIMALS)
    scale[scale < 10.0**-DECIMALS * 10] = 1.0  # a constant column
    solution = _logistic((columns - center) / scale, label, weight / weight.sum(), 1 / strength)
    solution = np.round(solution, DECIMALS)
    return Member(windows, center, scale, solution[:-1], solution[-1])


def _logistic(columns: Floats, label: Labels, weight: Floats, penalty: float) -> Floats:
    """Weights (feature + 1, 4), the last row the bias."""
    size = columns.shape[1] + 1
    rows = np.hstack([columns, np.ones((len(columns), 1))])
    turned = np.ascontiguousarray(rows.T)
    wanted, own = np.eye(len(CLASSES))[:, label], np.arange(len(label))
    shrink = np.full(size, penalty)
    shrink[-1] = penalty * 1e-3  # keeps the bias of a class without labels finite

    def loss(flat: Floats) -> tuple[float, Floats]:
        solution = flat.reshape(len(CLASSES), size)
        score = solution @ turned
        score -= score.max(axis=0)
        log_probability = score - np.log(np.exp(score).sum(axis=0))
        error = (np.exp(log_probability) - wanted) * weight
        value = -(weight * log_probability[label, own]).sum() + 0.5 * (shrink * solution**2).sum()
        return float(value), (error @ rows + shrink * solution).ravel()

    found = minimize(
        loss,
        np.zeros(size * len(CLASSES)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6},
    )
    return np.asarray(found.x, dtype=np.float64).reshape(len(CLASSES), size).T


def members_mean(members: Sequence[Member], unit: Unit) -> Floats:
    """Mean of the members' probabilities for each block of a unit."""
    each = [member.probabilities(unit.columns[member.windows]) for member in members]
    return np.asarray(np.mean(each, axis=0))


def fit_states(units: Sequence[Unit], options: FitOptions) -> States:
    """Mean stay of the labels, in minutes; a stay that the record cuts counts as it is."""
    stays, labelled = 0, 0
    for unit in units:
        known = unit.frames > 0
        label, segment = unit.label[known], unit.blocks.segment[known]
        stays += 1 + int(((np.diff(label) != 0) | (np.diff(segment) != 0)).sum())
        labelled += int(known.sum())
    return States(
        stay_min=round(labelled / max(stays, 1) * options.block_s / 60, 2),
        samples=options.samples,
        share=options.state_share,
    )


def labels_of(units: Sequence[Unit]) -> tuple[Labels, Floats]:
    """Labels and labelled frames of the blocks of several units."""
    label = np.concatenate([unit.label for unit in units])
    return label, np.concatenate([unit.frames for unit in units])
