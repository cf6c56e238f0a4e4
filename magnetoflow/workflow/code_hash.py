"""A hash of the code behind a rule, which changes only if the code can act differently."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "magnetoflow"
NOT_DATA = {".py", ".pyc", ".pyi", ".nbi", ".nbc", ".part"}
OWN_TRIGGER = {"model", "__pycache__"}
"""Folders that are no part of the code: a shipped model enters a rule by its own sha256."""


def _find(name: str, root: Path) -> Path | None:
    """File of a module or package of that name, or None."""
    path = root.joinpath(*name.split("."))
    candidates = (path / "__init__.py", path.with_name(path.name + ".py"))
    return next((file for file in candidates if file.is_file()), None)


def _drop_docstrings(tree: ast.Module) -> None:
    """Remove what documents the code and does not act: docstrings, and those of constants."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                line
                for line in body
                if not (
                    isinstance(line, ast.Expr)
                    and isinstance(line.value, ast.Constant)
                    and isinstance(line.value.value, str)
                )
            ]


def _imported(tree: ast.Module, module: str, is_package: bool) -> Iterator[str]:
    """Names of the package's modules that a module may import, parents first; not all of them exist."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE:
                yield from (".".join(parts[:n]) for n in range(1, len(parts) + 1))


def _parsed(content: bytes, module: str, is_package: bool) -> tuple[str, tuple[str, ...]]:
    """Hash of one module's syntax tree, and the modules that it imports."""
    tree = ast.parse(content, filename=module)
    imported = tuple(dict.fromkeys(_imported(tree, module, is_package)))
    _drop_docstrings(tree)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


@cache
def _read(path: Path, module: str) -> tuple[str, tuple[str, ...]]:
    """Hash and imports of one module, kept in ``__pycache__``, as parsing takes longer than planning.

    What is kept holds for the same bytes only, read by the same code and version of Python.
    """
    content, is_package = path.read_bytes(), path.name == "__init__.py"
    parts = (Path(__file__).read_bytes(), sys.version.encode(), module.encode(), bytes([is_package]), content)
    key = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    kept = Path(cache_from_source(str(path))).with_suffix(".hash")
    with suppress(OSError, ValueError, KeyError, TypeError):
        entry = json.loads(kept.read_bytes())
        if entry["key"] == key:
            return entry["hash"], tuple(entry["imported"])
    found, imported = _parsed(content, module, is_package)
    if not sys.dont_write_bytecode:
        _keep(kept, {"key": key, "hash": found, "imported": imported})
    return found, imported


def _keep(path: Path, entry: dict[str, object]) -> None:
    """Write a file of ``__pycache__`` whole or not at all; where none can be written, there is none."""
    part = path.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        part.write_text(json.dumps(entry), encoding="utf-8")
        part.replace(path)


def _data_files(folder: Path) -> Iterator[Path]:
    """Package data in a folder and its plain subfolders (subpackages speak for themselves)."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in OWN_TRIGGER and not (path / "__init__.py").exists():
                yield from _data_files(path)
        elif path.suffix not in NOT_DATA and not path.name.startswith("."):
            yield path


def reached(script: str | Path, root: Path = ROOT) -> dict[str, Path]:
    """Modules of magnetoflow that a script reaches by import statements, wherever in the code they stand.

    Parameters
    ----------
    script : str or Path
        Path of a Python file, absolute or relative to `root`.
    root : Path
        Folder that holds the ``magnetoflow`` package.

    Returns
    -------
    dict of str to Path
        File of each module, sorted by name.
    """
    found: dict[str, Path] = {}
    waiting = list(_read(root / script, "")[1])
    while waiting:
        name = waiting.pop()
        path = _find(name, root)
        if name not in found and path is not None:
            found[name] = path
            waiting += _read(path, name)[1]
    return dict(sorted(found.items()))


@cache
def code_hash(script: str | Path, root: Path = ROOT) -> str:
    """Hash a script with every module of magnetoflow that it reaches, and their package data.

    Comments, docstrings, layout and file times do not count.

    Parameters
    ----------
    script : str or Path
        Path of a Python file, absolute or relative to `root`.
    root : Path
        Folder that holds the ``magnetoflow`` package.

    Returns
    -------
    str
        Hexadecimal digits of a sha256.
    """
    total = hashlib.sha256(_read(root / script, "")[0].encode())
    for name, path in reached(script, root).items():
        total.update(f"{name}={_read(path, name)[0]}\n".encode())
        if path.name == "__init__.py":
            for data in _data_files(path.parent):
                relative = data.relative_to(root).as_posix()
                total.update(f"{relative}={hashlib.sha256(data.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
