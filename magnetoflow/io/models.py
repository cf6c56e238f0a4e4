"""Region models on disk: model.json, arrays.npz and selection.csv. Nothing is ever unpickled."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.io.atomic import atomic_path, write_json
from magnetoflow.io.model_arrays import read_arrays
from magnetoflow.io.model_files import CONVERT, FORMAT, check_folder
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_gmm.mixture import RegionModel
from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN
from magnetoflow.mms_gmm.selection import SELECTION_COLUMNS

ARRAYS = ("center", "scale", "weights", "means", "covariances")
TEXTS = {"trained_on", "recipe"}


def write_region_model(folder: str | Path, model: RegionModel) -> None:
    """Write a model: the same bytes for the same model.

    Parameters
    ----------
    folder : path
        Gets ``arrays.npz`` and ``model.json``, which holds the sha256 of the arrays.
    model : RegionModel
    """
    folder = Path(folder)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: getattr(model, name) for name in ARRAYS})
    with atomic_path(folder / "arrays.npz") as part:
        part.write_bytes(buffer.getvalue())
    write_json(
        folder / "model.json",
        {
            "format": FORMAT,
            "id": model.id,
            "features": list(model.features),
            "regions": list(model.regions),
            "temperature": model.temperature,
            "outlier_limit": model.outlier_limit,
            "zeroed_region": model.zeroed_region,
            "trained_on": model.trained_on,
            "recipe": model.recipe,
            "arrays_sha256": sha256(folder / "arrays.npz"),
        },
    )


def read_region_model(folder: str | Path) -> RegionModel:
    """Read a model.

    Parameters
    ----------
    folder : path
        With ``model.json`` and ``arrays.npz``.

    Returns
    -------
    RegionModel

    Raises
    ------
    ModelError
        Damaged, foreign, or with numbers that are no mixture.
    """
    folder = Path(folder)
    about = check_folder(folder)
    model = _assembled(folder, about, read_arrays(folder / "arrays.npz", "model", CONVERT, ARRAYS))
    reason = _fault(model)
    if reason is None and about.get("id") != model.id:
        reason = f"the numbers make {model.id}, model.json says {about.get('id')!r}: edited by hand"
    if reason:
        raise ModelError("not a mixture model", where=folder, why=reason, todo=CONVERT)
    return model


def read_selection(folder: str | Path) -> pd.DataFrame:
    """Read the sweep behind a model; an empty table where the folder has none."""
    path = Path(folder) / "selection.csv"
    return read_csv(path) if path.is_file() else pd.DataFrame(columns=list(SELECTION_COLUMNS))


def _assembled(folder: Path, about: dict[str, Any], arrays: dict[str, NDArray[np.float64]]) -> RegionModel:
    """Put description and arrays together."""
    try:
        return RegionModel(
            features=tuple(str(name) for name in about["features"]),
            regions=tuple(str(name) for name in about["regions"]),
            temperature=float(about["temperature"]),
            outlier_limit=float(about["outlier_limit"]),
            zeroed_region=about["zeroed_region"],
            trained_on=str(about["trained_on"]),
            recipe=str(about["recipe"]),
            **arrays,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(
            "model.json is not complete", where=folder / "model.json", why=repr(error), todo=CONVERT
        ) from error


def _fault(model: RegionModel) -> str | None:
    """Say what keeps the numbers from being a mixture, if anything."""
    k, f = len(model.regions), len(model.features)
    shapes = {"center": (f,), "scale": (f,), "weights": (k,), "means": (k, f), "covariances": (k, f, f)}
    for name, shape in shapes.items():
        array = getattr(model, name)
        if array.shape != shape or array.dtype != np.float64:
            return f"{name}: {array.dtype} {array.shape}, expected float64 {shape}"
        if not np.isfinite(array).all():
            return f"{name} holds values that are not finite"
    if not isinstance(model.zeroed_region, str | None):
        return "a zeroed region that is no name"
    if not (k and f and (model.scale > 0).all() and (model.weights > 0).all()):
        return "scale or weights that are not positive"
    if abs(model.weights.sum() - 1.0) > 1e-6:
        return f"weights sum to {model.weights.sum()}"
    symmetric = np.allclose(model.covariances, model.covariances.transpose(0, 2, 1), rtol=1e-9, atol=1e-12)
    if not symmetric or np.linalg.eigvalsh(model.covariances).min() <= 0:
        return "a covariance that is not symmetric and positive definite"
    if not (model.temperature > 0 and np.isfinite(model.temperature) and model.outlier_limit > 0):
        return "temperature or outlier limit that is not positive"
    foreign = set(model.regions) - {*REGIONS, UNKNOWN} | ({model.zeroed_region} - {*REGIONS, None})
    return f"regions without a meaning here: {', '.join(map(str, foreign))}" if foreign else None
