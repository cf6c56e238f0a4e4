"""A hash of the code behind a rule, which changes only if the code can act differently."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
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


@cache
def _read(path: Path, module: str) -> tuple[str, tuple[str, ...]]:
    """Hash of one module's syntax tree, and the modules that it imports."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    imported = tuple(dict.fromkeys(_imported(tree, module, path.name == "__init__.py")))
    _drop_docstrings(tree)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


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
