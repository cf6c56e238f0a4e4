"""The code and the libraries behind a run, as ``run.json`` records them."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("snakemake", "pydantic", "numpy", "scipy", "pandas", "xarray", "h5netcdf", "h5py", "pyarrow", "cdflib"),
    *("spacepy", "numba", "scikit-learn", "matplotlib", "torch", "isal", "openpyxl"),
)
COMMIT = "MAGNETOFLOW_COMMIT"
"""Environment variable that names the commit where git knows nothing, as in a container."""


def _git(root: Path, *arguments: str) -> str | None:
    """Answer of git, or None where there is no git or no repository."""
    try:
        answer = subprocess.run(  # noqa: S603 (fixed arguments)
            ["git", "-C", str(root), *arguments],  # noqa: S607 (git is looked up as the user's shell does)
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def code_state(root: Path) -> dict[str, Any]:
    """Commit of the code, and whether files differ from it; None where that is not known.

    A repository that merely lies around an unpacked copy does not count. Where there is none of ours, the
    environment variable ``MAGNETOFLOW_COMMIT`` may name the commit, by its 40 hexadecimal digits.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        given = os.environ.get(COMMIT, "")
        return {"commit": given if re.fullmatch("[0-9a-f]{40}", given) else None, "changed": None}
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": _git(root, "rev-parse", "HEAD"), "changed": None if changes is None else bool(changes)}


def library_versions(names: Iterable[str] = LIBRARIES) -> dict[str, str | None]:
    """Installed versions; None where a library is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
