"""Look at a model folder before any job starts: is it whole, and is it ours? No numpy at import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magnetoflow.errors import ModelError
from magnetoflow.io.model_folder import read_description, sha256

FORMAT = "magnetoflow.mms_gmm"
CONVERT = (
    "fit a model with model.source: fit, or name a folder with model.json and arrays.npz; pickles are refused"
)


def check_model(source: str, features: str, shipped: Path) -> dict[str, str]:
    """Check the model that a configuration names.

    Parameters
    ----------
    source : str
        ``shipped``, ``fit`` or the path of a model folder.
    features : str
        ``robust`` or ``reference``: which features the configuration asks for.
    shipped : Path
        Folder of the model that comes with the package.

    Returns
    -------
    dict
        ``folder`` and ``sha256`` (of ``model.json``, which holds the hash of the arrays); empty for ``fit``.

    Raises
    ------
    ModelError
        As :func:`check_folder`, or the model is one of other features, or a user's model has numbers that
        are no mixture.
    """
    if source == "fit":
        return {}
    folder = shipped if source == "shipped" else Path(source)
    description = check_folder(folder)
    found = "robust" if description.get("zeroed_region") is None else "reference"
    if found != features:
        raise ModelError(
            f"mms_gmm.model.features is {features}, but the model was fitted on {found} features",
            where=folder,
            why=f"its features are {', '.join(map(str, description.get('features', [])))}",
            todo=f"set mms_gmm.model.features: {found}, or mms_gmm.model.source: fit",
        )
    if source == "shipped":
        return {"folder": source, "sha256": sha256(folder / "model.json")}
    # imported here: only a user's model is decoded while the Snakefile is read
    from magnetoflow.io.models import read_region_model

    read_region_model(folder)
    return {"folder": str(folder.resolve()), "sha256": sha256(folder / "model.json")}


def check_folder(folder: Path) -> dict[str, Any]:
    """Check that a folder holds a model of this format, whole.

    Returns
    -------
    dict
        Content of ``model.json``.

    Raises
    ------
    ModelError
        The folder lacks a file, is not of this format, or its arrays are not those that it was written with.
    """
    return read_description(folder, FORMAT, "model", CONVERT)
