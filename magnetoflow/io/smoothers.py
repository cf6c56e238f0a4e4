"""Smoothers on disk: one JSON file of plain numbers with its sha256. Nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.smoothing import (
    HiddenMarkovSmoother,
    LogisticSmoother,
    MeanSmoother,
    Member,
    Smoother,
    States,
)
from magnetoflow.aurora.smoothing_features import Windows
from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import write_json
from magnetoflow.io.smoother_files import CONVERT, FORMAT, content_hash, read_description

Floats = NDArray[np.float64]

SIZE = len(CLASSES)
MOST_MEMBERS, MOST_MINUTES, MOST_FRAMES = 64, 7 * 1440, 100_000


def write_smoother(
    path: str | Path,
    smoother: Smoother,
    *,
    trained_on: str = "",
    recipe: str = "",
    camera_days: Iterable[str] = (),
) -> dict[str, Any]:
    """Write a smoother: the same bytes for the same smoother.

    Parameters
    ----------
    path : path
    smoother : Smoother
    trained_on, recipe : str
        What it was fitted on, and how to do that again.
    camera_days : iterable of str
        Real ones among that, ``gill_20140310``: scores on them do not say how good it is elsewhere.

    Returns
    -------
    dict
        What was written: also ``id`` and ``sha256``.
    """
    about: dict[str, Any] = {
        "format": FORMAT,
        "classes": list(CLASSES),
        "uses": smoother.uses,
        "max_gap_s": smoother.max_gap_s,
        "trained_on": trained_on,
        "recipe": recipe,
        "camera_days": sorted(camera_days),
        **_numbers_of(smoother),
    }
    try:
        about["sha256"] = content_hash(about)
    except ValueError as error:
        raise ModelError("smoother with numbers that are not finite", where=path, why=str(error)) from error
    about["id"] = f"{about['kind']}-{about['sha256'][:12]}"
    write_json(path, about)
    return about


def _numbers_of(smoother: Smoother) -> dict[str, Any]:
    if isinstance(smoother, MeanSmoother):
        return {"kind": "mean", "frames": smoother.frames, "temperature": smoother.temperature}
    if isinstance(smoother, HiddenMarkovSmoother):
        names = ("emission", "transition", "start")
        return {"kind": "hidden_markov", **{name: getattr(smoother, name).tolist() for name in names}}
    if isinstance(smoother, LogisticSmoother):
        return {
            "kind": "logistic",
            "block_s": smoother.block_s,
            "temperature": smoother.temperature,
            "states": {
                "stay_min": smoother.states.stay_min,
                "samples": list(smoother.states.samples),
                "share": smoother.states.share,
            },
            "members": [_numbers_of_member(one) for one in smoother.members],
        }
    raise ModelError("smoother of an unknown kind", why=type(smoother).__name__)


def _numbers_of_member(member: Member) -> dict[str, Any]:
    windows = member.windows
    return {
        "windows_min": {name: list(getattr(windows, name)) for name in ("centred", "sided", "wide")},
        "night": windows.night,
        "center": member.center.tolist(),
        "scale": member.scale.tolist(),
        "weights": member.weights.tolist(),
        "bias": member.bias.tolist(),
    }


def read_smoother(path: str | Path) -> Smoother:
    """Read a smoother.

    Raises
    ------
    ModelError
        Damaged, foreign, edited, or with numbers that are no smoother.
    """
    return smoother_of(read_description(path), path)


def smoother_of(about: Mapping[str, Any], path: str | Path) -> Smoother:
    """Smoother of a description that :func:`read_description` gave."""
    try:
        return _smoother(about)
    except KeyError as error:
        why = f"no {error.args[0]!r}"
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        why = str(error)[:200]
    raise ModelError("not a smoother", where=path, why=why, todo=CONVERT)


def _smoother(about: Mapping[str, Any]) -> Smoother:
    uses = about["uses"]
    if uses not in ("winner", "four"):
        raise ValueError(f"uses {str(uses)[:40]!r}, expected winner or four")
    max_gap_s = _number(about, "max_gap_s", 0, 86400)
    if about["kind"] == "mean":
        return MeanSmoother(
            uses=uses,
            max_gap_s=max_gap_s,
            frames=_whole(about["frames"], MOST_FRAMES),
            temperature=_number(about, "temperature", 0.01, 100),
        )
    if about["kind"] == "hidden_markov":
        return HiddenMarkovSmoother(
            uses=uses,
            max_gap_s=max_gap_s,
            emission=_positive(about, "emission", (SIZE, SIZE)),
            transition=_shares(about, "transition", (SIZE, SIZE)),
            start=_shares(about, "start", (SIZE,)),
        )
    members = about["members"]
    if not isinstance(members, list) or not 0 < len(members) <= MOST_MEMBERS:
        raise ValueError(f"members: a list of 1 to {MOST_MEMBERS} expected")
    return LogisticSmoother(
        uses=uses,
        max_gap_s=max_gap_s,
        members=tuple(_member(one) for one in members),
        states=_states(about["states"]),
        temperature=_number(about, "temperature", 0.01, 100),
        block_s=_number(about, "block_s", 1, 3600),
    )


def _member(about: Mapping[str, Any]) -> Member:
    given = about["windows_min"]
    if type(about["night"]) is not bool:
        raise ValueError("night is not true or false")
    several = {name: tuple(_minutes(given[name])) for name in ("centred", "sided", "wide")}
    windows = Windows(**several, night=about["night"])
    if not windows.size:
        raise ValueError("windows_min: none")
    return Member(
        windows=windows,
        center=_array(about, "center", (windows.size,)),
        scale=_positive(about, "scale", (windows.size,)),
        weights=_array(about, "weights", (windows.size, SIZE)),
        bias=_array(about, "bias", (SIZE,)),
    )


def _states(about: Mapping[str, Any]) -> States:
    samples = np.asarray(about["samples"])
    positive = _positive(about, "samples", (samples.size,))
    return States(
        stay_min=_number(about, "stay_min", 0.01, MOST_MINUTES),
        samples=tuple(positive.tolist()),
        share=_number(about, "share", 0, 1),
    )


def _minutes(values: Any) -> list[int]:
    if not isinstance(values, list) or len(values) > MOST_MEMBERS:
        raise ValueError("windows_min: lists of minutes expected")
    return [_whole(value, MOST_MINUTES) for value in values]


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from 1 to {most}")
    return value


def _number(about: Mapping[str, Any], name: str, least: float, most: float) -> float:
    value = about[name]
    if type(value) not in (int, float) or not least <= value <= most:
        raise ValueError(f"{name}: {str(value)[:40]!r} is no number from {least} to {most}")
    return float(value)


def _array(about: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> Floats:
    values = np.asarray(about[name])  # texts, truth values and ragged lists keep their kind, and are refused
    if values.dtype.kind not in "if" or values.shape != shape:
        raise ValueError(f"{name}: {values.dtype} {values.shape}, numbers of shape {shape} expected")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not finite")
    return values.astype(np.float64)


def _positive(about: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> Floats:
    values = _array(about, name, shape)
    if not values.size or (values <= 0).any():
        raise ValueError(f"{name} holds values that are not positive")
    return values


def _shares(about: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> Floats:
    values = _positive(about, name, shape)
    if (np.abs(values.sum(axis=-1) - 1) > 1e-6).any():
        raise ValueError(f"{name}: rows that do not sum to 1")
    return values
