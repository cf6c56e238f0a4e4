"""Aurora networks on disk: model.json, arrays.npz, card.md and evaluation.csv. Nothing is ever unpickled."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.inputs import described
from magnetoflow.aurora.weights import Network, shapes
from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import atomic_path, write_json, write_text
from magnetoflow.io.aurora_model_files import CONVERT, FORMAT, check_folder
from magnetoflow.io.model_arrays import read_arrays
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.tables import write_csv


def write_network(folder: str | Path, network: Network, evaluation: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write a network with its card and evaluation table: the same bytes for the same network.

    Parameters
    ----------
    folder : path
    network : Network
    evaluation : sequence of dict, optional
        Rows of :func:`magnetoflow.aurora.scores.evaluation_rows`.
    """
    folder = Path(folder)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(sorted(network.arrays.items())))
    with atomic_path(folder / "arrays.npz") as part:
        part.write_bytes(buffer.getvalue())
    if evaluation:
        write_csv(folder / "evaluation.csv", pd.DataFrame(list(evaluation)))
    write_text(folder / "card.md", card(network, evaluation))
    write_json(
        folder / "model.json",
        {
            "format": FORMAT,
            "id": network.id,
            "classes": list(CLASSES),
            "inputs": described(),
            "preprocessing": dict(network.preprocessing),
            "temperature": network.temperature,
            "trained_on": network.trained_on,
            "camera_days": list(network.camera_days),
            "recipe": network.recipe,
            "scores": {name: float(value) for name, value in network.scores.items()},
            "arrays_sha256": sha256(folder / "arrays.npz"),
        },
    )


def read_network(folder: str | Path) -> Network:
    """Read a network.

    Parameters
    ----------
    folder : path
        With ``model.json`` and ``arrays.npz``.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        Damaged, foreign, or with arrays that are no network.
    """
    folder = Path(folder)
    about = check_folder(folder)
    network = _assembled(folder, about, read_arrays(folder / "arrays.npz", "network", CONVERT))
    reason = _fault(network)
    if reason is None and about.get("id") != network.id:
        reason = f"the numbers make {network.id}, model.json says {about.get('id')!r}: edited by hand"
    if reason:
        raise ModelError("not a network", where=folder, why=reason, todo=CONVERT)
    return network


def _assembled(folder: Path, about: dict[str, Any], arrays: dict[str, NDArray[np.float32]]) -> Network:
    """Put description and arrays together."""
    try:
        return Network(
            arrays=arrays,
            preprocessing=dict(about["preprocessing"]),
            temperature=float(about["temperature"]),
            trained_on=str(about["trained_on"]),
            camera_days=tuple(str(one) for one in about.get("camera_days", [])),
            recipe=str(about["recipe"]),
            scores={str(name): float(value) for name, value in dict(about.get("scores", {})).items()},
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(
            "model.json is not complete", where=folder / "model.json", why=repr(error), todo=CONVERT
        ) from error


def _fault(network: Network) -> str | None:
    """Say what keeps the arrays from being a network, if anything."""
    arrays = network.arrays
    widths: list[int] = []
    while (name := f"conv{len(widths) + 1}_bias") in arrays:
        widths.append(len(arrays[name]) if arrays[name].ndim else 0)
    if not widths or 0 in widths:
        return f"no convolutions among {', '.join(sorted(arrays))[:200]}"
    expected = shapes(widths)
    if set(arrays) != set(expected):
        return f"arrays {', '.join(sorted(set(arrays) ^ set(expected)))[:200]} are missing or unknown"
    for name, shape in expected.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            return f"{name}: {array.dtype} {array.shape}, expected float32 {shape}"
        if not np.isfinite(array).all():
            return f"{name} holds values that are not finite"
    if not (network.temperature > 0 and math.isfinite(network.temperature)):
        return "temperature that is not positive"
    if network.preprocessing.get("chain") not in ("fast", "compatible"):
        return f"chain {network.preprocessing.get('chain')!r}, expected fast or compatible"
    return None


def card(network: Network, evaluation: Sequence[Mapping[str, Any]] = ()) -> str:
    """Model card: what a network was trained on, its scores and limits.

    Parameters
    ----------
    network : Network
    evaluation : sequence of dict, optional

    Returns
    -------
    str
        Markdown.
    """
    weights = sum(array.size for array in network.arrays.values())
    chain = ", ".join(f"{name} {value}" for name, value in sorted(network.preprocessing.items()))
    lines = [
        f"# Aurora network {network.id}",
        "",
        f"- Trained on: {network.trained_on or 'not said'}.",
        f"- Classes: {', '.join(CLASSES)}.",
        f"- Preprocessing: {chain}.",
        f"- Weights: {weights}; temperature {network.temperature:g}; recipe {network.recipe[:16]}.",
        "",
        "## Scores on groups that took no part",
        "",
        "| score | value |",
        "|---|---|",
        *(f"| {name} | {value:.4g} |" for name, value in sorted(network.scores.items())),
        "",
    ]
    overall = [row for row in evaluation if row["group"] == "all"]
    if overall:
        lines += ["| class | frames | recall | precision | F1 |", "|---|---|---|---|---|"]
        lines += [
            f"| {row['class']} | {row['frames']} | "
            + " | ".join(f"{row[name]:.3f}" for name in ("recall", "precision", "f1"))
            + " |"
            for row in overall
        ]
        lines.append("")
    lines += [
        "## Limits",
        "",
        "- The scores hold for data like those that it was trained on. Scores on synthetic scenes say",
        "  nothing of real nights: compare with human labels before the results are used.",
        "- At 3 s cadence pulsations with periods below 6 s are aliased; pulsations slower than about 30 s",
        "  look like drift within a window of 60 s.",
        "- Frames with the flag SHORT_CONTEXT are judged by their brightness mostly.",
        "- Probabilities are calibrated for classes in equal shares.",
        "",
    ]
    return "\n".join(lines)
