"""Images and skymaps of THEMIS at the University of Calgary: by listings; images by a web service, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import unquote, urlencode, urlsplit

from magnetoflow.archive.images import SKYMAPS, STREAM0
from magnetoflow.archive.remote.index import Entry, absent, read_index, read_listed
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, check_name, listing
from magnetoflow.archive.remote.sdc import read_json
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.errors import DownloadError, NotInArchive
from magnetoflow.io.asi_names import WIDE, minute_slot, skymap_dates

DATASET = "THEMIS_ASI_RAW"
Span = tuple[datetime, datetime]


def hours_of(day: date, span: Span | None) -> list[int]:
    """Hours of a UTC date that overlap [start, stop); all without it."""
    midnight = datetime.combine(day, time(), UTC)
    hours = [(hour, midnight + timedelta(hours=hour)) for hour in range(24)]
    return [
        hour
        for hour, start in hours
        if span is None or (start < span[1] and start + timedelta(hours=1) > span[0])
    ]


def list_images(client: Asker, settings: Settings, site: str, day: date, span: Span | None) -> Listing:
    """Minute files of one camera and UTC date by the listings: of the day, the camera, and each hour.

    Raises
    ------
    DownloadError
        An answer is no listing, or a listed folder is not there; or as the client raises.
    """
    top = f"{settings.calgary.rstrip('/')}/stream0/{day:%Y/%m/%d}/"
    try:
        entries = read_index(client, top)
    except NotInArchive:
        return absent(client, settings.calgary, top)
    hours = hours_of(day, span)
    files: list[Listed] = []
    asked, wide = [top], 0
    for camera in entries:
        if not camera.folder or not re.fullmatch(rf"{re.escape(site)}_themis\d*", camera.name):
            continue
        folder = f"{STREAM0}/{day:%Y/%m/%d}/{camera.name}"
        inside = read_listed(client, camera.url)
        asked.append(camera.url)
        found, others = _images(inside, folder, site, day)
        files += [one for one in found if one.slot.hour in hours]
        wide += others
        for hour in inside:
            if hour.folder and hour.name in {f"ut{number:02d}" for number in hours}:
                found, others = _images(read_listed(client, hour.url), f"{folder}/{hour.name}", site, day)
                files += found
                wide += others
                asked.append(hour.url)
    return listing(files, " ".join(asked), f"no image of {site}{_when(day, span)}: {top}", wide)


def _images(entries: Sequence[Entry], folder: str, site: str, day: date) -> tuple[list[Listed], int]:
    """Minute files in one listing, and the number of wide ones."""
    found, wide = [], 0
    for entry in entries:
        if entry.folder:
            continue
        wide += WIDE in entry.name
        slot = minute_slot(entry.name, site)
        if slot is not None and slot.date() == day:
            path = f"{folder}/{entry.name}"
            found.append(Listed(entry.name, entry.url, path, slot, (), entry.size, entry.about))
    return found, wide


def ask_images(client: Asker, settings: Settings, site: str, day: date, span: Span | None) -> Listing:
    """Minute files of one camera and UTC date by the web service, which tells no sizes.

    Raises
    ------
    DownloadError
        The answer is not this service's, or has URLs that are elsewhere; or as the client raises.
    """
    hours = hours_of(day, span)
    if not hours:
        return Listing((), settings.calgary_api, f"no image of {site} is asked for{_when(day, span)}")
    midnight = datetime.combine(day, time())
    start, stop = (midnight + timedelta(hours=hour) for hour in (min(hours), max(hours) + 1))
    # the service includes the end; names are looked at afterwards
    params = {"name": DATASET, "start": start.isoformat(), "end": stop.isoformat(), "site_uid": site}
    asked = f"{settings.calgary_api}?{urlencode(params)}"
    answer = read_json(client.text(settings.calgary_api, params), asked)
    prefix, urls, count = (answer.get(key) for key in ("path_prefix", "urls", "count"))
    if not isinstance(prefix, str) or not isinstance(urls, list):
        raise _refused(asked, f"no path_prefix, or no list of urls in it; it has {sorted(answer)[:10]}")
    if count is not None and count != len(urls):
        raise _refused(asked, f"it has {len(urls)} urls and says count {str(count)[:20]}")
    files, wide = [], 0
    for url in urls:
        name = _name_of(url, prefix, settings, asked)
        wide += WIDE in name
        slot = minute_slot(name, site)
        if slot is not None and slot.date() == day and slot.hour in hours:
            camera = name.split("_")[3]
            folder = f"{STREAM0}/{day:%Y/%m/%d}/{site}_{camera}/ut{slot:%H}"
            files.append(Listed(name, url, f"{folder}/{name}", slot, ()))
    return listing(files, asked, f"no image of {site}{_when(day, span)}: {asked}", wide)


def _name_of(url: object, prefix: str, settings: Settings, asked: str) -> str:
    """Name of the file of a URL below the prefix, on a host that is configured."""
    above = f"{prefix.rstrip('/')}/"
    if not isinstance(url, str) or not url.startswith(above):
        raise _refused(asked, f"url {str(url)[:200]!r} is not below path_prefix {prefix[:200]!r}")
    try:
        parts = urlsplit(url)
        host, scheme, more = parts.hostname, parts.scheme, parts.query or parts.fragment
    except ValueError as error:
        raise _refused(asked, f"url {url[:200]!r}: {error}") from error
    known = {urlsplit(root).hostname for root in (settings.calgary, settings.calgary_api)}
    if host not in known | {one.lower() for one in settings.hosts} or scheme not in ("http", "https") or more:
        raise _refused(asked, f"url {url[:200]!r} is not of a configured host: {', '.join(map(str, known))}")
    for name in (names := [unquote(part) for part in url.removeprefix(above).split("/")]):
        check_name(name, asked)
    return names[-1]


def list_skymaps(client: Asker, settings: Settings, site: str) -> Listing:
    """Skymaps of a camera: in its folder, and in the folder of each ``{site}_YYYYMMDD``.

    Raises
    ------
    DownloadError
        An answer is no listing, or a listed folder is not there; or as the client raises.
    """
    top = f"{settings.calgary.rstrip('/')}/skymaps/{site}/"
    try:
        entries = read_index(client, top)
    except NotInArchive:
        return absent(client, settings.calgary, top)
    folder = f"{SKYMAPS}/{site}"
    files, asked = _skymaps(entries, folder, site), [top]
    for entry in entries:
        if entry.folder and re.fullmatch(rf"{re.escape(site)}_\d{{8}}\w*", entry.name):
            files += _skymaps(read_listed(client, entry.url), f"{folder}/{entry.name}", site)
            asked.append(entry.url)
    return listing(files, " ".join(asked), f"no skymap of {site}: {top}")


def _skymaps(entries: Sequence[Entry], folder: str, site: str) -> list[Listed]:
    found = []
    for entry in entries:
        dates = None if entry.folder else skymap_dates(entry.name, site)
        if dates is not None:
            slot, path = datetime.combine(dates[0], time(), UTC), f"{folder}/{entry.name}"
            found.append(Listed(entry.name, entry.url, path, slot, (dates[2],), entry.size, entry.about))
    return found


def _when(day: date, span: Span | None) -> str:
    return f" on {day}" if span is None else f" from {span[0]:%Y-%m-%d %H:%M} to {span[1]:%Y-%m-%d %H:%M}"


def _refused(url: str, why: str) -> DownloadError:
    return DownloadError("listing refused: it is not what this web service answers", url=url, why=why)
