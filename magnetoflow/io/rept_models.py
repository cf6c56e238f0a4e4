"""Models of rept_pad on disk: model.json and arrays.npz. Nothing is ever unpickled."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import atomic_path, write_json
from magnetoflow.io.model_arrays import read_arrays
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rept_model_arrays import CLUSTERINGS, REDUCTIONS, array_fault
from magnetoflow.io.rept_model_files import CONVERT, FORMAT, check_folder
from magnetoflow.rept_pad.autoencoder import Encoder
from magnetoflow.rept_pad.class_model import ClassModel, NamedClass
from magnetoflow.rept_pad.kmeans import Centres
from magnetoflow.rept_pad.mixture import Mixture
from magnetoflow.rept_pad.model_parts import assembled
from magnetoflow.rept_pad.pca import Pca
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca

TYPES: Mapping[str, type[Any]] = {
    "weighted": WeightedPca,
    "pca": VectorReduction,
    "autoencoder": VectorReduction,
    "mixture": Mixture,
    "kmeans": Centres,
}
INNER: Mapping[str, type[Any]] = {"pca": Pca, "encoder": Encoder}
Arrays = Mapping[str, NDArray[Any]]


def write_class_model(folder: str | Path, model: ClassModel) -> None:
    """Write a model: the same bytes for the same model.

    Parameters
    ----------
    folder : path
        Gets ``arrays.npz`` and ``model.json``, which holds the sha256 of the arrays.
    model : ClassModel
    """
    folder = Path(folder)
    arrays, plain = model.content()
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(sorted(arrays.items())))
    with atomic_path(folder / "arrays.npz") as part:
        part.write_bytes(buffer.getvalue())
    reduction, clustering = kinds(model)
    write_json(
        folder / "model.json",
        {
            "format": FORMAT,
            "id": model.id,
            "reduction": reduction,
            "clustering": clustering,
            "equatorial": model.equatorial,
            "folded": model.folded,
            "classes": [{"id": one.id, "name": one.name, "shapes": one.shapes} for one in model.classes],
            "members": model.members,
            "outlier_limit": model.outlier_limit,
            "values": plain,
            "options": model.options,
            "trained_on": model.trained_on,
            "recipe": model.recipe,
            "arrays_sha256": sha256(folder / "arrays.npz"),
        },
    )


def read_class_model(folder: str | Path) -> ClassModel:
    """Read a model.

    Parameters
    ----------
    folder : path
        With ``model.json`` and ``arrays.npz``.

    Returns
    -------
    ClassModel
        Gives the same labels as the one that was written.

    Raises
    ------
    ModelError
        Damaged, foreign, or with numbers that are no model.
    """
    folder = Path(folder)
    about = check_folder(folder)
    arrays = read_arrays(folder / "arrays.npz", "model", CONVERT)
    try:
        reason = array_fault(about, arrays)
        model = None if reason else _assembled(about, arrays)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        where = folder / "model.json"
        raise ModelError("model.json is not complete", where=where, why=repr(error), todo=CONVERT) from error
    if model is not None and about.get("id") != model.id:
        reason = f"the numbers make {model.id}, model.json says {about.get('id')!r}: edited by hand"
    if model is None or reason:
        raise ModelError("not a model of classes", where=folder, why=reason, todo=CONVERT)
    return model


def kinds(model: ClassModel) -> tuple[str, str]:
    """Ways of reduction and of clustering, as ``model.json`` names them."""
    clustering = "mixture" if isinstance(model.clustering, Mixture) else "kmeans"
    if isinstance(model.reduction, WeightedPca):
        return "weighted", clustering
    return ("pca" if model.reduction.encoder is None else "autoencoder"), clustering


def _assembled(about: dict[str, Any], arrays: Arrays) -> ClassModel:
    """Put description and arrays together."""
    reduction, clustering, plain = (about[name] for name in ("reduction", "clustering", "values"))
    if reduction not in REDUCTIONS or clustering not in CLUSTERINGS:
        raise ValueError(f"{reduction}, {clustering}")
    return ClassModel(
        angle_deg=arrays["angle_deg"],
        energy_mev=arrays["energy_mev"],
        equatorial=about["equatorial"],
        folded=about["folded"],
        options=dict(about["options"]),
        reduction=assembled(TYPES[reduction], "reduction", arrays, plain, INNER),
        clustering=assembled(TYPES[clustering], "clustering", arrays, plain, {}),
        classes=tuple(NamedClass(one["id"], one["name"], tuple(one["shapes"])) for one in about["classes"]),
        members=tuple(about["members"]),
        pads=arrays["pads"],
        outlier_limit=float(about["outlier_limit"]),
        trained_on=str(about["trained_on"]),
        recipe=str(about["recipe"]),
    )
