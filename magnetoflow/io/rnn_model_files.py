"""Look at the network that a configuration names before any job starts: ours, or the published? No numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magnetoflow.errors import ModelError
from magnetoflow.io.model_folder import read_description, sha256
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS

FORMAT = "magnetoflow.mms_rnn"
CONVERT = (
    "set mms_rnn.model.source to shipped, fit, a folder with model.json and arrays.npz, or the published "
    "file of the weights; pickles, joblib, other torch and Keras files are refused"
)


def check_model(source: str, allowed_sha256: str | None, shipped: Path) -> dict[str, str]:
    """Check the network that a configuration names.

    Parameters
    ----------
    source : str
        ``shipped``, the path of a model folder, or of a file of weights.
    allowed_sha256 : str or None
        Hash of a file of weights that is accepted beside the published one.
    shipped : Path
        Folder of the network that comes with the package.

    Returns
    -------
    dict
        ``kind``: shipped, folder or published; ``folder`` or ``file``; ``sha256`` of ``model.json``, which
        holds the hash of the arrays, or of the file.

    Raises
    ------
    ModelError
        As :func:`check_folder`, :func:`magnetoflow.io.rnn_models.read_model` or
        :func:`magnetoflow.io.rnn_weights.read_published`.
    """
    path = shipped if source == "shipped" else Path(source)
    # imported here: only a user's network is decoded while the Snakefile is read
    if path.is_file():
        from magnetoflow.io.rnn_weights import read_published

        return {
            "kind": "published",
            "file": str(path.resolve()),
            "sha256": read_published(path, allowed_sha256).recipe,
        }
    if source == "shipped":
        check_folder(path)
        return {"kind": "shipped", "folder": source, "sha256": sha256(path / "model.json")}
    from magnetoflow.io.rnn_models import read_model

    read_model(path)
    return {"kind": "folder", "folder": str(path.resolve()), "sha256": sha256(path / "model.json")}


def check_folder(folder: Path) -> dict[str, Any]:
    """Check that a folder holds a network of this format, whole.

    Returns
    -------
    dict
        Content of ``model.json``.

    Raises
    ------
    ModelError
        The folder lacks a file, is not of this format, has other regions or features, or its arrays are not
        those that it was written with.
    """
    about = read_description(folder, FORMAT, "network", CONVERT)
    for name, expected in (("regions", list(REGIONS)), ("features", list(FEATURES))):
        if about.get(name) != expected:
            raise ModelError(
                f"the network has other {name}, or in another order",
                where=folder / "model.json",
                why=f"{name} {str(about.get(name))[:300]}, expected {expected}",
                todo="train it again with this version of magnetoflow",
            )
    return about
