"""Where files of the cache lie: under their final names, or in quarantine. No network here."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.transfer import discard, staging_of, storing
from magnetoflow.errors import DownloadError

QUARANTINE = ".quarantine"


def quarantine(root: Path, path: Path) -> Path:
    """Move a file of the cache out of use; nothing is deleted.

    Returns
    -------
    Path
        ``<root>/.quarantine/<path>``, with a number where that is taken.

    Raises
    ------
    ArchiveError
        The folder cannot be written.
    """
    place = root / QUARANTINE / path.relative_to(root)
    free, number = place, 0
    with storing(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        while free.exists():
            number += 1
            free = place.with_name(f"{place.name}.{number}")
        path.rename(free)
    return free


def put(root: Path, path: Path) -> None:
    """Give a staged file its final name; the disk must have all of it before an older one gives way.

    Raises
    ------
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    part = staging_of(path)
    try:
        with storing(path.parent):
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            older = quarantine(root, path) if path.exists() else None
            try:
                part.replace(path)
            except OSError:
                if older is not None:
                    older.rename(path)
                raise
    finally:
        discard(part)


def place_of(root: Path, listed: Listed) -> Path:
    """Tell the final name, which stays under the root whatever a listing says.

    Raises
    ------
    DownloadError
        It would not.
    """
    parts = PurePosixPath(listed.path).parts
    if not parts or listed.path.startswith("/") or any(part.startswith(".") for part in parts):
        why = f"its path {listed.path!r} does not stay in the archive"
        raise DownloadError(f"{listed.name} was refused", url=listed.url, why=why)
    return root / listed.path
