"""Bring the skymap of a camera that is valid for a night."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from magnetoflow.archive import images
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.discover import discover_skymaps
from magnetoflow.archive.remote.fetch import fetch
from magnetoflow.archive.remote.gates import check_skymap
from magnetoflow.archive.remote.listed import Asker, Listed
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.io.asi_names import skymap_dates


def bring_skymap(client: Client, settings: Settings, root: Path, site: str, day: date) -> None:
    """Enter the skymap of a camera and day in its record, and fetch it.

    The choice of the first time is kept. Where the archive has none, it is looked for again each time.

    Raises
    ------
    DownloadError
        It cannot be brought.
    """
    key = images.PRODUCT, site, day
    known = records.read_record(root, *key)["skymap"]
    if known is not None:
        listed = _listed(known)
        fetch(client, listed, root, check_skymap, sha256=known["sha256"])
        return
    chosen, reason = choose(client, settings, site, day)
    entry = None
    if chosen is not None:
        found = fetch(client, chosen, root, check_skymap)
        entry = {
            "path": chosen.path,
            "valid_from": chosen.slot.date().isoformat(),
            "size": found.size,
            "sha256": found.sha256,
            "url": chosen.url,
        }
    with records.changing(root, *key) as record:
        record["skymap"], record["skymap_reason"] = entry, reason


def choose(client: Asker, settings: Settings, site: str, day: date) -> tuple[Listed | None, str | None]:
    """Latest skymap of a camera that the archive dates before a day; or None, and the reason."""
    listing = discover_skymaps(client, settings, site)
    found: list[images.Dated[str]] = []
    by_path = {one.path: one for one in listing.files}
    for one in listing.files:
        dates = skymap_dates(one.name, site)
        if dates is not None:
            found.append((dates[0], dates[2], one.path, dates[1]))
    if not found and listing.missing:
        return None, f"no skymap dated before {day}: {listing.missing}"
    chosen, reason = images.latest_skymap(found, site, day)
    return (by_path[chosen[2]] if chosen else None), reason


def _listed(known: dict[str, Any]) -> Listed:
    """Skymap of a record, as the archive listed it."""
    slot = datetime.combine(date.fromisoformat(known["valid_from"]), datetime.min.time(), UTC)
    name = Path(known["path"]).name
    return Listed(name, known["url"], known["path"], slot, (), size=known["size"])
