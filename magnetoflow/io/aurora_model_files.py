"""Look at a folder with an aurora network before any job starts: is it whole, and is it ours? No numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.inputs import described, relevant
from magnetoflow.errors import ModelError
from magnetoflow.io.model_folder import read_description, sha256

FORMAT = "magnetoflow.aurora"
CONVERT = (
    "train a network with magnetoflow, or name a folder with model.json and arrays.npz; pickles, joblib, "
    "torch and Keras files are refused"
)


def check_network(source: str, preprocessing: Mapping[str, Any], shipped: Path) -> dict[str, str]:
    """Check the network that a configuration names.

    Parameters
    ----------
    source : str
        ``shipped`` or the path of a model folder.
    preprocessing : mapping
        Options of the preprocessing that the configuration asks for: ``chain``, ``size``, ...
    shipped : Path
        Folder of the network that comes with the package.

    Returns
    -------
    dict
        ``folder`` and ``sha256`` (of ``model.json``, which holds the hash of the arrays).

    Raises
    ------
    ModelError
        As :func:`check_folder`; the network was trained on planes of another preprocessing; or the arrays of
        a user's network are no network.
    """
    folder = shipped if source == "shipped" else Path(source)
    about = check_folder(folder)
    check_preprocessing(folder, about, preprocessing)
    if source == "shipped":
        return {"folder": source, "sha256": sha256(folder / "model.json")}
    # imported here: only a user's network is decoded while the Snakefile is read
    from magnetoflow.io.aurora_models import read_network

    read_network(folder)
    return {"folder": str(folder.resolve()), "sha256": sha256(folder / "model.json")}


def check_preprocessing(folder: Path, about: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse a network for planes of another preprocessing.

    Raises
    ------
    ModelError
    """
    trained = about.get("preprocessing")
    trained = relevant(trained) if isinstance(trained, dict) else {}
    wanted = relevant(asked)
    if not trained or trained != wanted:
        raise ModelError(
            "the network was trained on images of another preprocessing",
            where=folder,
            why=f"trained with {_listed(trained)}; the configuration asks for {_listed(wanted)}",
            todo="set aurora.preprocess to what the network was trained with, or train another one",
        )


def check_folder(folder: Path) -> dict[str, Any]:
    """Check that a folder holds a network of this format, whole.

    Returns
    -------
    dict
        Content of ``model.json``.

    Raises
    ------
    ModelError
        The folder lacks a file, is not of this format, has other classes or inputs, or its arrays are not
        those that it was written with.
    """
    about = read_description(folder, FORMAT, "network", CONVERT)
    for name, expected in (("classes", list(CLASSES)), ("inputs", described())):
        if about.get(name) != expected:
            raise ModelError(
                f"the network has other {name}, or in another order",
                where=folder / "model.json",
                why=f"{name} {about.get(name)!r}, expected {expected!r}",
                todo="train it again with this version of magnetoflow",
            )
    return about


def _listed(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {options[name]}" for name in sorted(options)) or "nothing named"
