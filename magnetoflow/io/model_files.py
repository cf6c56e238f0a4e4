"""Look at a model folder before any job starts: is it whole, and is it ours? No numpy at import."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from magnetoflow.errors import ModelError

FORMAT = "magnetoflow.mms_gmm"
CONVERT = (
    "fit a model with model.source: fit, or name a folder with model.json and arrays.npz; pickles are refused"
)


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    head, arrays = folder / "model.json", folder / "arrays.npz"
    for path in (head, arrays):
        if not path.is_file():
            raise ModelError("model folder is not complete", where=path, why="no such file", todo=CONVERT)
    try:
        description = json.loads(head.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ModelError("model.json cannot be read", where=head, why=str(error), todo=CONVERT) from error
    form = description.get("format") if isinstance(description, dict) else None
    if form != FORMAT:
        raise ModelError(
            "not a model of this study", where=head, why=f"format {form!r}, expected {FORMAT!r}", todo=CONVERT
        )
    expected, found = description.get("arrays_sha256"), sha256(arrays)
    if expected != found:
        raise ModelError(
            "the arrays are not those of the model",
            where=arrays,
            why=f"sha256 {found}, model.json says {expected}",
            todo=CONVERT,
        )
    return dict(description)
