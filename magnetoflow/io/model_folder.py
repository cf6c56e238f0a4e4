"""A model on disk: ``model.json`` and ``arrays.npz``. Is it whole, and of which format? No numpy."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from magnetoflow.errors import ModelError

MOST_BYTES = 16 << 20
"""Of a description; the shipped ones take a few kB."""


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_description(folder: Path, form: str, what: str, todo: str) -> dict[str, Any]:
    """Read ``model.json`` of a folder, after checks of format and of the hash of the arrays.

    Parameters
    ----------
    folder : Path
    form : str
        Expected ``format``.
    what : str
        What the messages call it: ``model``, ``network``.
    todo : str
        The way out, for the messages.

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        The folder lacks a file, is not of this format, or its arrays are not those that it was written with.
    """
    head, arrays = folder / "model.json", folder / "arrays.npz"
    for path in (head, arrays):
        if not path.is_file():
            raise ModelError("model folder is not complete", where=path, why="no such file", todo=todo)
    try:
        if head.stat().st_size > MOST_BYTES:
            raise ValueError(f"{head.stat().st_size} bytes, at most {MOST_BYTES}")
        about = json.loads(head.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError("model.json cannot be read", where=head, why=str(error), todo=todo) from error
    found = about.get("format") if isinstance(about, dict) else None
    if found != form:
        why = f"format {found!r}, expected {form!r}"
        raise ModelError(f"not a {what} of this study", where=head, why=why, todo=todo)
    expected, hashed = about.get("arrays_sha256"), sha256(arrays)
    if expected != hashed:
        why = f"sha256 {hashed}, model.json says {expected}"
        raise ModelError(f"the arrays are not those of the {what}", where=arrays, why=why, todo=todo)
    return dict(about)
