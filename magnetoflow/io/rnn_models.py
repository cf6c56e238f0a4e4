"""Networks of mms_rnn on disk: model.json, arrays.npz, card.md, evaluation.csv. Nothing is ever unpickled."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import atomic_path, write_json, write_text
from magnetoflow.io.model_arrays import read_arrays
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rnn_model_files import CONVERT, FORMAT, check_folder
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.mms_rnn.distribution import Reference
from magnetoflow.mms_rnn.network import GATES, Network, shapes

INPUTS = {"input.mean": np.float32, "input.scale": np.float32}
REFERENCE = dict.fromkeys(("reference.means", "reference.covariances", "reference.limit"), np.float64)
Arrays = Mapping[str, NDArray[Any]]


def write_model(
    folder: str | Path,
    network: Network,
    reference: Reference,
    *,
    evaluation: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write a network with its card and evaluation table: the same bytes for the same network.

    Parameters
    ----------
    folder : path
    network : Network
    reference : Reference
        What is usual in its training data.
    evaluation : DataFrame, optional
    notes : sequence of str, optional
        Lines of the card's section on limits.
    """
    folder = Path(folder)
    arrays: dict[str, NDArray[Any]] = {
        **network.arrays,
        "input.mean": network.mean,
        "input.scale": network.scale,
        "reference.means": reference.means,
        "reference.covariances": reference.covariances,
        "reference.limit": np.array(reference.limit),
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(sorted(arrays.items())))
    with atomic_path(folder / "arrays.npz") as part:
        part.write_bytes(buffer.getvalue())
    if evaluation is not None:
        write_csv(folder / "evaluation.csv", evaluation)
    write_text(folder / "card.md", card(network, notes))
    write_json(
        folder / "model.json",
        {
            "format": FORMAT,
            "id": network.id,
            "regions": list(REGIONS),
            "features": list(FEATURES),
            "kind": network.kind,
            "window": network.window,
            "temperature": network.temperature,
            "trained_on": network.trained_on,
            "recipe": network.recipe,
            "scores": {name: float(value) for name, value in network.scores.items()},
            "arrays_sha256": sha256(folder / "arrays.npz"),
        },
    )


def read_model(folder: str | Path) -> tuple[Network, Reference]:
    """Read a network and the reference distribution of its training data.

    Parameters
    ----------
    folder : path
        With ``model.json`` and ``arrays.npz``.

    Returns
    -------
    Network
    Reference

    Raises
    ------
    ModelError
        Damaged, foreign, or with arrays that are no network.
    """
    folder = Path(folder)
    about = check_folder(folder)
    arrays = read_arrays(folder / "arrays.npz", "network", CONVERT)
    reason = _fault(about.get("kind"), arrays)
    if reason:
        raise ModelError("not a network", where=folder, why=reason, todo=CONVERT)
    network, reference = _assembled(folder, about, arrays)
    if about.get("id") != network.id:
        reason = f"the numbers make {network.id}, model.json says {about.get('id')!r}: edited by hand"
    elif not (network.temperature > 0 and math.isfinite(network.temperature)):
        reason = "temperature that is not positive"
    elif network.window is not None and network.window < 1:
        reason = "window that is not positive"
    if reason:
        raise ModelError("not a network", where=folder, why=reason, todo=CONVERT)
    return network, reference


def _assembled(folder: Path, about: dict[str, Any], arrays: Arrays) -> tuple[Network, Reference]:
    """Put description and arrays together."""
    own = {name: array for name, array in arrays.items() if name.startswith(("rnn.", "fc."))}
    try:
        network = Network(
            kind=about["kind"],
            arrays=own,
            mean=arrays["input.mean"],
            scale=arrays["input.scale"],
            temperature=float(about["temperature"]),
            window=None if about["window"] is None else int(about["window"]),
            trained_on=str(about["trained_on"]),
            recipe=str(about["recipe"]),
            scores={str(name): float(value) for name, value in dict(about.get("scores", {})).items()},
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        where = folder / "model.json"
        raise ModelError("model.json is not complete", where=where, why=repr(error), todo=CONVERT) from error
    means, covariances, limit = (arrays[name] for name in REFERENCE)
    return network, Reference(means, covariances, float(limit))


def _fault(kind: object, arrays: Arrays) -> str | None:
    """Say what keeps the arrays from being a network with its reference, if anything."""
    if not isinstance(kind, str) or kind not in GATES:
        return f"kind {str(kind)[:60]!r}, expected one of {', '.join(GATES)}"
    first = arrays.get("rnn.weight_hh_l0", np.zeros(()))
    hidden, layers = first.shape[-1] if first.ndim else 0, 0
    while f"rnn.weight_hh_l{layers}" in arrays:
        layers += 1
    if not hidden:
        return f"no recurrent layer among {', '.join(sorted(arrays))[:200]}"
    wanted = shapes(kind, hidden, layers, both="rnn.weight_hh_l0_reverse" in arrays)
    kinds: dict[str, Any] = dict.fromkeys(wanted, np.float32) | INPUTS | REFERENCE
    if set(arrays) != set(kinds):
        return f"arrays {', '.join(sorted(set(arrays) ^ set(kinds)))[:200]} are missing or unknown"
    regions, width = arrays["reference.means"].shape[:1], len(FEATURES)
    wanted |= {"input.mean": (width,), "input.scale": (width,), "reference.means": (*regions, width)}
    wanted |= {"reference.covariances": (*regions, width, width), "reference.limit": ()}
    for name, shape in wanted.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != kinds[name]:
            return f"{name}: {array.dtype} {array.shape}, expected {np.dtype(kinds[name])} {shape}"
        if not array.size or not np.isfinite(array).all():
            return f"{name} holds no values, or values that are not finite"
    for name in ("input.scale", "reference.limit"):
        if not (arrays[name] > 0).all():
            return f"{name} holds values that are not positive"
    return _covariance_fault(arrays["reference.covariances"])


def _covariance_fault(covariances: NDArray[np.float64]) -> str | None:
    """Say whether a matrix is no covariance."""
    if not np.array_equal(covariances, np.swapaxes(covariances, 1, 2)):
        return "reference.covariances are not symmetric"
    if not (np.linalg.eigvalsh(covariances) > 0).all():
        return "reference.covariances are not positive definite"
    return None


def card(network: Network, notes: Sequence[str] = ()) -> str:
    """Model card: what a network was trained on, its scores and limits.

    Parameters
    ----------
    network : Network
    notes : sequence of str, optional
        Lines of the section on limits.

    Returns
    -------
    str
        Markdown.
    """
    weights = sum(array.size for array in network.arrays.values())
    both = ", both directions" if len(network.directions) == 2 else ""
    window = "whole segments" if network.window is None else f"windows of {network.window} samples"
    lines = [
        f"# Reconnection network {network.id}",
        "",
        f"- Trained on: {network.trained_on or 'not said'}; {window}.",
        f"- Regions: {', '.join(REGIONS)}.",
        f"- Inputs: {', '.join(FEATURES)}, scaled by B0, E0, n0, v_A and v_A (m_i/m_e)^1/2.",
        f"- {network.kind}, {network.layers} layers{both}, {weights} weights; temperature "
        f"{network.temperature:g}; recipe {network.recipe[:16]}.",
        "",
        *_scores(network),
        "## Limits",
        "",
        *(f"- {note}" for note in notes),
        "- Every sample gets one of these regions or is unknown: there is none for the diffusion region.",
        "- The scores hold for data like those that it was trained on.",
        "",
    ]
    return "\n".join(lines)


def _scores(network: Network) -> list[str]:
    """Lines of the card on scores, if there are any."""
    if not network.scores:
        return []
    rows = [f"| {name} | {value:.4g} |" for name, value in sorted(network.scores.items())]
    return ["## Scores on families that took no part", "", "| score | value |", "|---|---|", *rows, ""]
