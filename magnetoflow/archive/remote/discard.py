"""Delete images that their shards have used, and say so in the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from magnetoflow.archive.images import PRODUCT
from magnetoflow.archive.manifests import OK, Entry
from magnetoflow.archive.remote import records
from magnetoflow.errors import ArchiveError


def discard_images(root: Path, site: str, day: date, entries: Sequence[Entry]) -> list[str]:
    """Delete verified images from the cache of the remote archives.

    Parameters
    ----------
    root : Path
        Root of the cache.
    site : str
    day : date
        UTC.
    entries : sequence of dict
        ``files`` of the camera-day's manifest.

    Returns
    -------
    list of str
        Paths of those that are not there any more, under `root`.

    Raises
    ------
    ArchiveError
        A file cannot be deleted.
    """
    gone = []
    with records.changing(root, PRODUCT, site, day) as record:
        for entry in entries:
            # without its sha256 a file could not be brought again and be known as the same
            if entry["status"] != OK or entry["path"] not in record["files"]:
                continue
            try:
                (root / entry["path"]).unlink(missing_ok=True)
            except OSError as error:
                raise ArchiveError(
                    "image cannot be deleted", where=root / entry["path"], why=error.strerror
                ) from error
            gone.append(entry["path"])
        record["discarded"] = sorted({*record["discarded"], *gone})
    return gone
