"""Listings of the Space Physics Data Facility: folders of missions in our own layout, but for burst files."""

from __future__ import annotations

from datetime import date

from magnetoflow.archive.layout import Product
from magnetoflow.archive.remote.index import absent, read_index, read_listed
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, listing
from magnetoflow.errors import NotInArchive


def discover_spdf(client: Asker, root: str, kind: Product, probe: str, day: date) -> Listing:
    """Look for one product, probe and day in the folders of SPDF.

    They are ours, but for burst files, which lie there in the folder of the month; a mirror of the SDC has
    folders of days in it.

    Raises
    ------
    DownloadError
        An answer is no listing, or the archive itself is not there; or as the client raises.
    """
    ours = kind.folder_of(probe, day)
    by_day = kind.folder.endswith("/%d")
    url = f"{root.rstrip('/')}/{ours.rpartition('/')[0] if by_day else ours}/"
    try:
        entries, asked = read_index(client, url), [url]
    except NotInArchive:
        return absent(client, root, url)
    for entry in entries if by_day else ():
        if entry.folder and entry.name == f"{day:%d}":
            entries = [*entries, *read_listed(client, entry.url)]
            asked.append(entry.url)
    files = []
    for entry in entries:
        parsed = None if entry.folder else kind.parse(entry.name, probe)
        if parsed is not None and parsed[0].date() == day:
            path = f"{ours}/{entry.name}"
            files.append(Listed(entry.name, entry.url, path, *parsed, entry.size, entry.about))
    missing = f"none of {len(entries)} entries is of {probe} and {day}: {' '.join(asked)}"
    return listing(files, " ".join(asked), missing)
