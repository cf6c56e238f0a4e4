"""Files appear whole or not at all: written under a temporary name beside the target, then renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from magnetoflow.errors import ArchiveError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Temporary path that becomes `path` when the block ends without an error.

    Parameters
    ----------
    path : path
        The final name; its folder is made. What is there stays until the new file is complete.

    Yields
    ------
    Path
        In the same folder, with the same suffix, so that writers which look at the suffix know the format.

    Raises
    ------
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    target = Path(path)
    part = target.parent / f".{target.stem}.{os.getpid()}.part{target.suffix}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except OSError as error:
        raise ArchiveError(
            "file cannot be written",
            where=target,
            why=error.strerror or str(error),
            todo="free space, or choose another folder",
        ) from error
    finally:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text with the line ends that it has."""
    with atomic_path(path) as part:
        part.write_bytes(text.encode("utf-8"))


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    write_text(path, json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n")
