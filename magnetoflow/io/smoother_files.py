"""Look at a smoother file before any job starts: is it whole, and is it ours? No numpy at import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.errors import ModelError

FORMAT = "magnetoflow.aurora.smoother"
KINDS = ("mean", "hidden_markov", "logistic")
UNFITTED = ("mean", "none", "fit")
"""Sources that need no file."""
MOST_BYTES = 16 << 20
"""The shipped smoothers take 0.1 MB."""
CONVERT = "fit one with smoothing.source: fit, or use the smoother mean; only JSON of magnetoflow is read"


def check_smoother(source: str, shipped: Path) -> dict[str, str]:
    """Check the smoother that a configuration names.

    Parameters
    ----------
    source : str
        ``mean``, ``none``, ``fit``, ``shipped`` or the path of a smoother file.
    shipped : Path
        The file that comes with the package for this kind of table.

    Returns
    -------
    dict
        ``file`` and ``sha256`` (of its bytes); empty where no file is needed.

    Raises
    ------
    ModelError
        As :func:`read_description`; a user's file may also hold numbers that are no smoother.
    """
    if source in UNFITTED:
        return {}
    path = shipped if source == "shipped" else Path(source)
    read_description(path)
    hashed = hashlib.sha256(path.read_bytes()).hexdigest()
    if source == "shipped":
        return {"file": source, "sha256": hashed}
    # imported here: only a user's file is decoded while the Snakefile is read
    from magnetoflow.io.smoothers import read_smoother

    read_smoother(path)
    return {"file": str(path.resolve()), "sha256": hashed}


def read_description(path: str | Path) -> dict[str, Any]:
    """Read a smoother file as it is, after checks of format, classes and hash.

    Raises
    ------
    ModelError
        There is no such file, it is not JSON of this format, or not what was written.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            _refuse(path, "file of the smoother is too large", f"{size} bytes, at most {MOST_BYTES}")
        about = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as error:
        _refuse(path, "no file of a smoother", error.strerror or str(error))
    except (ValueError, RecursionError) as error:
        _refuse(path, "smoother cannot be read", str(error)[:200])
    form = about.get("format") if isinstance(about, dict) else None
    if form != FORMAT:
        _refuse(path, "not a smoother of this study", f"format {str(form)[:60]!r}, expected {FORMAT!r}")
    if about.get("classes") != list(CLASSES):
        _refuse(path, "the smoother has other classes, or in another order", str(about.get("classes"))[:200])
    if about.get("kind") not in KINDS:
        _refuse(path, "smoother of an unknown kind", f"{str(about.get('kind'))[:60]!r}")
    expected, found = about.get("sha256"), content_hash(about)
    if expected != found:
        why = f"sha256 {found}, the file says {str(expected)[:80]}: damaged, or edited by hand"
        _refuse(path, "the content is not that of the smoother", why)
    return dict(about)


def content_hash(about: Mapping[str, Any]) -> str:
    """Hash of all keys but ``sha256`` and ``id``, which depend on it."""
    kept = {key: value for key, value in about.items() if key not in {"sha256", "id"}}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _refuse(path: Path, what: str, why: str) -> NoReturn:
    raise ModelError(what, where=path, why=why, todo=CONVERT) from None
