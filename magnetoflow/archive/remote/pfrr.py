"""Images of the all-sky camera of Poker Flat: a listing of the day, or of each hour of it.

Names are ``PKR_DASC_0558_20151007_082305.930.FITS``, with the wavelength in nm; those of
``PFRR_20230210_101500_0558.FITS``, as pictures of later years are named there, are understood, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from magnetoflow.archive.remote.calgary import Span, hours_of
from magnetoflow.archive.remote.index import Entry, absent, read_index, read_listed
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, listing
from magnetoflow.errors import NotInArchive

FOLDER = "pfrr"
ALL = "pkr"
"""Asks for every wavelength; else the probe is one, as in names: ``0558``."""
_TIME = r"(?P<day>\d{8})_(?P<time>\d{6})(?:\.(?P<fraction>\d{1,6}))?"
_NAME = re.compile(
    rf"PKR_DASC_(?P<colour>\d{{4}})_{_TIME}\.FITS|"
    r"(?:PKR|PFRR)_(?P<later_day>\d{8})_(?P<later_time>\d{6})_(?P<later_colour>\d{4})\.FITS",
    re.I,
)


def parse_name(name: str) -> tuple[datetime, str] | None:
    """Time (UTC) and wavelength that a name says; None for other files."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    text = (match["day"] or match["later_day"]) + (match["time"] or match["later_time"])
    try:
        start = datetime.strptime(f"{text}.{match['fraction'] or '0'}", "%Y%m%d%H%M%S.%f")
    except ValueError:
        return None
    return start.replace(tzinfo=UTC), match["colour"] or match["later_colour"]


def list_pfrr(client: Asker, root: str, probe: str, day: date, span: Span | None) -> Listing:
    """Images of one UTC date; files stand in the folder of the day or in folders of its hours.

    Raises
    ------
    DownloadError
        An answer is no listing, or a listed folder is not there; or as the client raises.
    """
    top = f"{root.rstrip('/')}/{day:%Y/%Y%m%d}/"
    try:
        entries = read_index(client, top)
    except NotInArchive:
        return absent(client, root, top)
    hours = hours_of(day, span)
    folder = f"{FOLDER}/{day:%Y/%Y%m%d}"
    files, asked = _images(entries, folder, probe, day), [top]
    for entry in entries:
        if entry.folder and entry.name in {f"{hour:02d}" for hour in hours}:
            files += _images(read_listed(client, entry.url), f"{folder}/{entry.name}", probe, day)
            asked.append(entry.url)
    files = [one for one in files if one.slot.hour in hours]
    return listing(files, " ".join(asked), f"no image of {probe} on {day} among those listed: {top}")


def _images(entries: Sequence[Entry], folder: str, probe: str, day: date) -> list[Listed]:
    found = []
    for entry in entries:
        parsed = None if entry.folder else parse_name(entry.name)
        if parsed is not None and parsed[0].date() == day and probe in (ALL, parsed[1]):
            path = f"{folder}/{entry.name}"
            found.append(Listed(entry.name, entry.url, path, parsed[0], (), entry.size, entry.about))
    return found
