"""Look at a model of rept_pad before any job: is it whole, ours, and of this configuration? No numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.errors import ModelError
from magnetoflow.io.model_folder import read_description, sha256

FORMAT = "magnetoflow.rept_pad"
CONVERT = (
    "fit a model with rept_pad.model.source: fit, or name a folder with model.json and arrays.npz; pickles, "
    "joblib, torch and Keras files are refused"
)


def check_model(source: str, sections: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Check the model that a configuration names.

    Parameters
    ----------
    source : str
        ``fit`` or the path of a model folder.
    sections : mapping of str to mapping
        Sections of the configuration that must be those of the model: what makes a record's numbers
        comparable, such as ``prepare``. Keys in one of the two alone count as different.

    Returns
    -------
    dict
        ``folder`` and ``sha256`` (of ``model.json``, which holds the hash of the arrays); empty for ``fit``.

    Raises
    ------
    ModelError
        As :func:`check_folder` and :func:`magnetoflow.io.rept_models.read_class_model`, or another section.
    """
    if source == "fit":
        return {}
    folder = Path(source)
    options = check_folder(folder).get("options")
    for name, section in sections.items():
        own = options.get(name) if isinstance(options, dict) else None
        _same(name, own if isinstance(own, dict) else {}, section, folder)
    # imported here: only a user's model is decoded while the Snakefile is read
    from magnetoflow.io.rept_models import read_class_model

    read_class_model(folder)
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
    if folder.is_file():
        raise ModelError("not a model folder", where=folder, why="a file", todo=CONVERT)
    return read_description(folder, FORMAT, "model", CONVERT)


def _same(name: str, own: Mapping[str, Any], asked: Mapping[str, Any], folder: Path) -> None:
    """Refuse a section that differs from the model's, naming both values."""
    asked = {key: list(value) if isinstance(value, tuple) else value for key, value in asked.items()}
    for key in sorted({*own, *asked}):
        if key not in own or key not in asked or own[key] != asked[key]:
            mine, wanted = (str(one[key])[:200] if key in one else "not given" for one in (own, asked))
            raise ModelError(
                f"the model was fitted with another rept_pad.{name}.{key}",
                where=folder / "model.json",
                why=f"model: {mine}; configuration: {wanted}",
                todo=f"set rept_pad.{name}.{key} to the model's, or rept_pad.model.source: fit",
            )
