"""Look at a model folder before any job starts: is it whole, and is it ours? Nothing is decoded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from magnetoflow.errors import ModelError

FORMAT = "magnetoflow.mms_gmm"
CONVERT = (
    "fit a model with model.source: fit, or name a folder with model.json and arrays.npz; pickles are refused"
)


def _sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_model(source: str, shipped: Path) -> dict[str, str]:
    """Check the model that a configuration names.

    Parameters
    ----------
    source : str
        ``shipped``, ``fit`` or the path of a model folder.
    shipped : Path
        Folder of the model that comes with the package.

    Returns
    -------
    dict
        ``folder`` and ``sha256`` (of ``model.json``, which holds the hash of the arrays); empty for ``fit``.

    Raises
    ------
    ModelError
        The folder lacks a file, is not of this format, or its arrays are not those that it was written with.
    """
    if source == "fit":
        return {}
    folder = shipped if source == "shipped" else Path(source)
    head, arrays = folder / "model.json", folder / "arrays.npz"
    for path in (head, arrays):
        if not path.is_file():
            raise ModelError("model folder is not complete", where=path, why="no such file", todo=CONVERT)
    try:
        description = json.loads(head.read_bytes())
    except ValueError as error:
        raise ModelError("model.json cannot be read", where=head, why=str(error), todo=CONVERT) from error
    expected = description.get("arrays_sha256") if isinstance(description, dict) else None
    found = _sha256(arrays)
    if expected != found:
        raise ModelError(
            "the arrays are not those of the model",
            where=arrays,
            why=f"sha256 {found}, model.json says {expected}",
            todo=CONVERT,
        )
    return {"folder": str(folder.resolve()) if source != "shipped" else "shipped", "sha256": _sha256(head)}
