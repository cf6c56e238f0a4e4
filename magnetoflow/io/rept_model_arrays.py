"""What keeps numbers from being a model of rept_pad: names, types, shapes, values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.rept_pad.normalise import NORMALISATIONS

Arrays = Mapping[str, NDArray[Any]]
Shapes = Mapping[str, tuple[str, ...]]

GRID: Shapes = {"angle_deg": ("angle",), "energy_mev": ("energy",), "pads": ("class", "angle", "energy")}
PCA: Shapes = {
    "fill": ("bin",),
    "pca.mean": ("value",),
    "pca.components": ("score", "value"),
    "pca.explained_variance": ("score",),
    "pca.explained_variance_ratio": ("score",),
}
REDUCTIONS: Mapping[str, Shapes] = {
    "weighted": {
        "mean": ("angle", "energy"),
        "components": ("score", "angle", "energy"),
        "exposure": ("angle", "energy"),
        "angle_deg": ("angle",),
        "energy_mev": ("energy",),
    },
    "pca": PCA,
    "autoencoder": {
        **PCA,
        "encoder.w1": ("bin", "value"),
        "encoder.b1": ("value",),
        "encoder.w2": ("value", "bin"),
        "encoder.b2": ("bin",),
        "encoder.history": ("epoch", "2"),
    },
}
CLUSTERINGS: Mapping[str, Shapes] = {
    "mixture": {
        "weights": ("cluster",),
        "means": ("cluster", "score"),
        "covariances": ("cluster", "score", "score"),
    },
    "kmeans": {"means": ("cluster", "score")},
}
VECTORS: Mapping[str, type[Any]] = {"normalise": str, "floor": float, "equator": bool}
PLAIN: Mapping[str, Mapping[str, type[Any]]] = {
    "weighted": {"equatorial": bool, "error_floor": float, "spread": float},
    "pca": VECTORS,
    "autoencoder": {**VECTORS, "encoder.offset": float, "encoder.scale": float},
    "mixture": {},
    "kmeans": {"sigma": float},
}
KINDS = (np.dtype("f4"), np.dtype("f8"))
POSITIVE = {"reduction.spread", "reduction.encoder.scale", "clustering.sigma", "outlier_limit"}


def array_fault(about: Mapping[str, Any], arrays: Arrays) -> str | None:
    """Say what keeps description and arrays from being a model, if anything.

    Parameters
    ----------
    about : mapping
        Content of ``model.json``.
    arrays : mapping of str to ndarray

    Returns
    -------
    str or None

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        The description lacks a key, or one is of another type.
    """
    for what, known in (("reduction", REDUCTIONS), ("clustering", CLUSTERINGS)):
        if not isinstance(about[what], str) or about[what] not in known:
            return f"{what} {str(about[what])[:60]!r}, expected one of {', '.join(known)}"
    return (
        _plain_fault(about)
        or _class_fault(about, arrays)
        or _shape_fault(about, arrays)
        or _grid_fault(arrays)
        or (_mixture_fault(arrays) if about["clustering"] == "mixture" else None)
        or (_pca_fault(arrays) if about["reduction"] != "weighted" else None)
    )


def _plain_fault(about: Mapping[str, Any]) -> str | None:
    """Say which plain value is missing, of another type or not possible."""
    wanted = {
        f"{part}.{name}": one
        for part in ("reduction", "clustering")
        for name, one in PLAIN[about[part]].items()
    }
    if set(about["values"]) != set(wanted):
        return f"values {', '.join(sorted(set(about['values']) ^ set(wanted)))[:200]} are missing or unknown"
    values = dict(about["values"]) | {name: about[name] for name in ("equatorial", "folded", "outlier_limit")}
    wanted |= {"equatorial": bool, "folded": bool, "outlier_limit": float}
    for name, kind in wanted.items():
        value = values[name]
        if type(value) is not kind and not (kind is float and type(value) is int):
            return f"{name} is {str(value)[:60]!r}, expected a {kind.__name__}"
        if kind is float and not (math.isfinite(value) and (value > 0 or name not in POSITIVE)):
            return f"{name} is {value}"
        if name == "reduction.normalise" and value not in NORMALISATIONS:
            return f"{name} is {value[:60]!r}, expected one of {', '.join(NORMALISATIONS)}"
    return None


def _class_fault(about: Mapping[str, Any], arrays: Arrays) -> str | None:
    """Say whether classes and the clusters that belong to them do not fit together."""
    ids = [one["id"] for one in about["classes"]]
    if not ids or not all(type(one) is int and 0 < one < 1000 for one in ids) or len(set(ids)) < len(ids):
        return f"numbers of classes {str(ids)[:100]}, expected different ones from 1 to 999"
    if not all(type(one) is int for one in about["members"]) or set(about["members"]) != set(ids):
        return f"clusters belong to classes {str(about['members'])[:100]}, the classes are {ids[:20]}"
    energies = len(arrays["energy_mev"])
    for one in about["classes"]:
        texts = [one["name"], *one["shapes"]]
        if len(one["shapes"]) != energies or not all(isinstance(text, str) for text in texts):
            return f"class {one['id']} has {len(one['shapes'])} shapes for {energies} energies, or no name"
    return None


def _shape_fault(about: Mapping[str, Any], arrays: Arrays) -> str | None:
    """Say which array is missing, of another type or shape, or not finite."""
    shapes = dict(GRID)
    for part, known in (("reduction", REDUCTIONS), ("clustering", CLUSTERINGS)):
        shapes |= {f"{part}.{name}": shape for name, shape in known[about[part]].items()}
    if set(arrays) != set(shapes):
        return f"arrays {', '.join(sorted(set(arrays) ^ set(shapes)))[:200]} are missing or unknown"
    sizes = {"2": 2, "class": len(about["classes"]), "cluster": len(about["members"])}
    sizes |= {"angle": arrays["angle_deg"].size, "energy": arrays["energy_mev"].size}
    sizes["bin"] = sizes["angle"] * sizes["energy"]
    if about["reduction"] == "pca":
        sizes["value"] = sizes["bin"]
    for name, shape in shapes.items():
        array = arrays[name]
        if array.ndim == len(shape):
            for dimension, size in zip(shape, array.shape, strict=True):
                sizes.setdefault(dimension, size)
        expected = tuple(sizes.get(dimension, -1) for dimension in shape)
        if array.shape != expected or array.dtype not in KINDS or not array.size:
            return f"{name}: {array.dtype} {array.shape}, expected numbers {expected}"
        if name != "pads" and not np.isfinite(array).all():
            return f"{name} holds values that are not finite"
    return None


def _grid_fault(arrays: Arrays) -> str | None:
    """Say whether angles or energies are none."""
    angle, energy = arrays["angle_deg"], arrays["energy_mev"]
    if not ((np.diff(angle) > 0).all() and angle[0] >= 0 and angle[-1] <= 180):
        return "angles that do not ascend from 0 to 180"
    return None if (np.diff(energy) > 0).all() and energy[0] > 0 else "energies that do not ascend from 0"


def _mixture_fault(arrays: Arrays) -> str | None:
    """Say whether weights or covariances are none."""
    weights, covariances = arrays["clustering.weights"], arrays["clustering.covariances"]
    if not ((weights >= 0).all() and abs(weights.sum() - 1.0) < 1e-6):
        return f"weights that are negative, or whose sum {weights.sum()} is not 1"
    symmetric = np.allclose(covariances, covariances.transpose(0, 2, 1), rtol=1e-9, atol=1e-12)
    if not symmetric or np.linalg.eigvalsh(covariances).min() <= 0:
        return "a covariance that is not symmetric and positive definite"
    return None


def _pca_fault(arrays: Arrays) -> str | None:
    """Say whether components are no directions."""
    components = arrays["reduction.pca.components"]
    if not np.allclose(components @ components.T, np.eye(len(components)), atol=1e-6):
        return "components that are not orthonormal"
    return None
