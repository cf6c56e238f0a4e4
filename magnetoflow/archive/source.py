"""Which archive a run reads: the sample, a folder, or (not there yet) the remote archives. No numpy here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from magnetoflow.errors import ArchiveError

SAMPLE, REMOTE = "sample", "remote"


def source_name(archive: str) -> str:
    """Name of the source in paths: ``sample``, or ``folder-`` and 8 digits of the hash of the folder's path.

    Raises
    ------
    ArchiveError
        The archive is ``remote``, which cannot be used yet, or a folder that is not there.
    """
    if archive == SAMPLE:
        return SAMPLE
    if archive == REMOTE:
        raise ArchiveError(
            "archive: remote is not there yet",
            why="this version does not download",
            todo="use archive: sample, or the path of a folder in the layout of the public archives",
        )
    root = Path(archive).expanduser()
    if not root.is_dir():
        raise ArchiveError(
            "archive folder not found",
            where=root.absolute(),
            why="archive is sample, remote or the path of a folder",
            todo="correct archive: in the configuration, or --archive",
        )
    return f"folder-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:8]}"


def source_root(archive: str, data: str) -> str:
    """Root of the archive's files."""
    if archive == SAMPLE:
        return str(Path(data) / "sample")
    return str(Path(archive).expanduser().resolve())
