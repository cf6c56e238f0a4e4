"""Staging files that no process will continue. No network here."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

from magnetoflow.archive.remote.locks import Held, locked
from magnetoflow.archive.remote.places import QUARANTINE

LEFTOVER_S = 86400.0
"""Age after which a staging file is not continued any more."""
_STAGING = re.compile(r"\.(?P<name>.+)\.part(?:\.[^.]*){0,2}")


def remove_leftovers(root: Path, folders: Iterable[Path]) -> list[Path]:
    """Remove staging files that are older than a day and that no process holds.

    Parameters
    ----------
    root : Path
        Root of the cache, which has the locks.
    folders : iterable of Path
        Where to look, at any depth.

    Returns
    -------
    list of Path
    """
    limit = time.time() - LEFTOVER_S
    removed = []
    for path in sorted(one for folder in folders for one in folder.rglob(".*.part*")):
        match = _STAGING.fullmatch(path.name)
        if match is None or root / QUARANTINE in path.parents or not _is_old(path, limit):
            continue
        try:
            with locked(root, path.with_name(match["name"]), wait_s=0):
                if _is_old(path, limit):
                    path.unlink()
                    removed.append(path)
        except Held:
            continue
    return removed


def _is_old(path: Path, limit: float) -> bool:
    return path.is_file() and path.stat().st_mtime < limit
