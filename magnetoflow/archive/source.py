"""Which archive a run reads: the sample, a folder, or the remote archives. No numpy here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from magnetoflow.errors import ArchiveError

SAMPLE, REMOTE = "sample", "remote"


def source_name(archive: str) -> str:
    """Name of the source in paths: ``sample``, ``remote``, or ``folder-`` and 8 digits of a hash of its path.

    Raises
    ------
    ArchiveError
        The archive is a folder that is not there.
    """
    if archive in (SAMPLE, REMOTE):
        return archive
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
    """Root of the archive's files; of the remote archives that of their cache."""
    if archive == SAMPLE:
        return str(Path(data) / "sample")
    if archive == REMOTE:
        return str(Path(data) / "archive")
    return str(Path(archive).expanduser().resolve())
