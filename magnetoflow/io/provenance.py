"""Content of ``run.json``: what the results of a study were made from."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import magnetoflow
from magnetoflow.io.integrity import sha256_of
from magnetoflow.times import format_utc

LIBRARIES = (
    *("snakemake", "numpy", "scipy", "pandas", "xarray", "h5netcdf", "h5py"),
    *("cdflib", "numba", "scikit-learn", "matplotlib", "torch", "isal", "openpyxl"),
)
SYNTHETIC = "synthetic sample data"


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

    A repository that merely lies around an unpacked copy does not count.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return {"commit": None, "changed": None}
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


def _inputs(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry per product, probe and day, with its files."""
    return [
        {
            "product": one["product"],
            "probe": one["probe"],
            "day": one["day"],
            "archive": one["source"],
            "root": one["root"],
            "missing": one["missing"],
            **(_image_files(one) if "skymap" in one else _files(one)),
        }
        for one in manifests
    ]


def _files(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "files": [
            {"logical_file_id": Path(entry["path"]).stem, **{key: entry[key] for key in FILE_KEYS}}
            for entry in manifest["files"]
        ]
    }


def _image_files(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Images are hundreds a day: their number, size and a hash of the list; the manifest names them."""
    listed = json.dumps([[entry["path"], entry["size"]] for entry in manifest["files"]]).encode()
    return {
        "files": len(manifest["files"]),
        "bytes": sum(entry["size"] or 0 for entry in manifest["files"]),
        "list_sha256": hashlib.sha256(listed).hexdigest(),
        "skymap": manifest["skymap"],
    }


FILE_KEYS = ("path", "version", "size", "sha256", "status", "reason")


def run_record(
    *,
    config: Mapping[str, Any],
    manifests: Sequence[Mapping[str, Any]],
    results: Sequence[str | Path],
    model: Mapping[str, Any],
    code: str,
) -> dict[str, Any]:
    """Record one study's run.

    Parameters
    ----------
    config : mapping
        Configuration in use.
    manifests : sequence of mapping
        Manifests of every day that the events use.
    results : sequence of path
        Tables whose sha256 is recorded.
    model : mapping
        Content of ``model.json``.
    code : str
        Hash of the code that writes the record.

    Returns
    -------
    dict
        For ``run.json``.
    """
    root = Path(magnetoflow.__file__).resolve().parents[1]
    return {
        "made": format_utc(datetime.now(UTC).replace(microsecond=0)),
        "source": sorted({SYNTHETIC if one["source"] == "sample" else one["source"] for one in manifests}),
        "config": dict(config),
        "inputs": _inputs(manifests),
        "results": {Path(path).name: sha256_of(Path(path)) for path in results},
        "model": {key: value for key, value in model.items() if isinstance(value, str | int | float | None)},
        "code": {"version": magnetoflow.__version__, "hash": code, **code_state(root)},
        "libraries": library_versions(),
        "system": platform.platform(),
    }
