"""Bring what a manifest of the remote archives names: listing, choice of versions, files, entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from magnetoflow.archive import images
from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.manifests import DAMAGED, OK, Entry, Manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.fetch import Fetched, fetch_all
from magnetoflow.archive.remote.gates import Records, gate_of
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, newest
from magnetoflow.archive.remote.progress import Progress
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.skymaps import bring_skymap
from magnetoflow.archive.source import REMOTE
from magnetoflow.archive.spans import DAY, Span, midnight, read_day
from magnetoflow.errors import CorruptFile, DownloadError, NoNetwork, NotInArchive, NotReleased
from magnetoflow.io.asi_names import MINUTE
from magnetoflow.times import format_utc

CLOCK_REACH = timedelta(minutes=2)
"""How far outside the time of its file's name an image may lie, where a clock was set."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Day:
    """One node of the archive: a product of one probe (or site) on one day, or a part of it.

    Attributes
    ----------
    product, probe : str
    day : date
        UTC.
    span : (datetime, datetime) or None
        Part of the day; None is all of it.
    """

    product: str
    probe: str
    day: date
    span: Span | None = None

    @classmethod
    def of_manifest(cls, path: str | Path) -> Day:
        """Day of a manifest's path, ``.../<product>/<probe>/<day>.json``."""
        name = Path(path)
        return cls(name.parent.parent.name, name.parent.name, *read_day(name.stem))

    @property
    def is_images(self) -> bool:
        """Whether its files are images of THEMIS."""
        return self.product == images.PRODUCT

    @property
    def asked(self) -> Span | None:
        """Part of the day to list: of images whole hours, as they lie in folders; of other files all."""
        if self.span is None or not self.is_images:
            return None
        begin = midnight(self.day)
        low, high = self.span[0] - CLOCK_REACH, self.span[1] + CLOCK_REACH
        low = max(begin, begin + (low - begin) // HOUR * HOUR)
        return low, min(begin + DAY, begin - (begin - high) // HOUR * HOUR)

    def wanted(self, files: Sequence[Listed]) -> list[Listed]:
        """Files that may hold some of the span: those that begin in it, and the last one before it."""
        if self.span is None:
            return list(files)
        low, high = self.span
        if self.is_images:
            return [one for one in files if low - CLOCK_REACH <= one.slot < high + CLOCK_REACH]
        reach = PRODUCTS[self.product].reach if self.product in PRODUCTS else timedelta(0)
        before = [one.slot for one in files if one.slot < low < one.slot + reach]
        last = max(before, default=None)
        return [one for one in files if low <= one.slot < high or one.slot == last]


def look_up(client: Asker, settings: Settings, root: Path, day: Day, *, again: bool = False) -> None:
    """Enter in its record what the archive lists of a day, unless that is known.

    Parameters
    ----------
    client : Client or Listings
    settings : Settings
    root : Path
        Root of the cache.
    day : Day
    again : bool
        Ask again; slots whose file was brought keep it.

    Raises
    ------
    DownloadError
        The listing cannot be had, or is not what the archive should give.
    """
    key = day.product, day.probe, day.day
    if not again and records.is_known(records.read_record(root, *key), day.asked):
        return
    try:
        listing = discover(client, settings, *key, day.asked)
    except NoNetwork:
        record = records.read_record(root, *key)
        if records.was_asked(record, day.asked) and not record["closed"]:
            return  # that there was nothing is what is known
        raise
    except NotReleased as error:
        with records.changing(root, *key) as record:
            records.add_listing(record, [], [], Listing((), error.url, error.reason), day.asked)
            record["closed"] = True
        raise
    chosen, superseded = newest(listing.files)
    with records.changing(root, *key) as record:
        record["closed"] = False
        if again:
            record["listing"] = [one for one in record["listing"] if one["path"] in record["files"]]
        records.add_listing(record, chosen, superseded, listing, day.asked)


def remote_manifest(
    settings: Settings, root: Path, day: Day, say: Callable[[str], None] | None = None
) -> Manifest:
    """Bring the files of a day that are not there yet, and describe them.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache, ``<data>/archive``.
    day : Day
    say : callable, optional
        Takes lines of progress.

    Returns
    -------
    dict
        Keys as of :func:`magnetoflow.archive.manifests.build_manifest`, for images as of
        :func:`magnetoflow.archive.images.build_image_manifest`; entries also have ``url`` and ``fetched``.
        ``span`` is there where it is a part of the day.

    Raises
    ------
    DownloadError
        Some files could not be brought; the others are kept.
    """
    with Client(settings) as client:
        look_up(client, settings, root, day)
        failures = bring(client, root, day, say)
        if any(isinstance(error, NotInArchive) for _, error in failures):
            # the listing is older than the archive: what was not brought yet may have a newer version
            look_up(client, settings, root, day, again=True)
            failures = bring(client, root, day, say)
        damaged = [one for one in failures if _is_damaged_there(settings, day, one[1])]
        if len(damaged) < len(failures):
            raise _not_brought(day, [one for one in failures if one not in damaged])
        if day.is_images:
            bring_skymap(client, settings, root, day.probe, day.day)
    return describe(root, day, damaged)


Failure = tuple[Listed, DownloadError | CorruptFile]


def bring(client: Client, root: Path, day: Day, say: Callable[[str], None] | None = None) -> list[Failure]:
    """Fetch the wanted files of a day in the versions of its record; what could not be fetched.

    Every file is entered in the record; those that are there already are checked against it.
    """
    key = day.product, day.probe, day.day
    record = records.read_record(root, *key)
    wanted = day.wanted(records.listed_files(record))
    hashes = {path: one["sha256"] for path, one in record["files"].items()}
    progress = Progress(len(wanted), sum(one.size or 0 for one in wanted), say)
    fetched, failures = fetch_all(
        client, wanted, root, gate_of(day.product, day.probe), sha256=hashes, progress=progress
    )
    refused = {one.path: error.reason for one, error in failures if isinstance(error, NotReleased)}
    if fetched or refused:
        now = format_utc(datetime.now(UTC).replace(microsecond=0))
        with records.changing(root, *key) as record:
            record["refused"] |= refused
            for listed, one in fetched:
                path = listed.path
                record["refused"].pop(path, None)
                record["files"].setdefault(path, verified(one, listed, now))
                record["discarded"] = [other for other in record["discarded"] if other != path]
    return failures


def verified(one: Fetched[Records], listed: Listed, now: str) -> dict[str, Any]:
    """Give what a record keeps of a file that was brought, or found there and checked."""
    first, last = one.found
    return {
        "url": listed.url,
        "size": one.size,
        "sha256": one.sha256,
        "first": first,
        "last": last,
        "fetched": now,
    }


def _is_damaged_there(settings: Settings, day: Day, error: DownloadError | CorruptFile) -> bool:
    """Whether the archive's own copy is damaged: two transfers of the right size gave the same bytes."""
    return isinstance(error, CorruptFile) and (day.is_images or settings.keep_damaged)


def _not_brought(day: Day, failures: Sequence[Failure]) -> DownloadError:
    """One error that names every file that could not be brought."""
    if len(failures) == 1 and isinstance(failures[0][1], DownloadError):
        return failures[0][1]
    reasons = [f"{one.name}: {getattr(error, 'reason', error)}" for one, error in failures]
    damaged = any(isinstance(error, CorruptFile) for _, error in failures)
    hint = (
        "the archive's own copy is damaged: tell the archive, or go on without it by "
        "remote.keep_damaged: true and on_damaged: gap of the study"
    )
    return DownloadError(
        f"{len(failures)} files of {day.product}, {day.probe}, {day.day} could not be brought",
        url=failures[0][0].url,
        why="\n       ".join(reasons),
        todo=hint if damaged else None,
    )


def describe(root: Path, day: Day, damaged: Sequence[Failure] = ()) -> Manifest:
    """Manifest of a day from its record; keys as of :func:`remote_manifest`.

    Parameters
    ----------
    root : Path
        Root of the cache.
    day : Day
    damaged : sequence of (Listed, error)
        Files that the archive itself holds damaged.
    """
    record = records.read_record(root, day.product, day.probe, day.day)
    listed = day.wanted(records.listed_files(record))
    reasons = {one.path: str(getattr(error, "reason", error)) for one, error in damaged}
    content: Manifest = {
        "source": REMOTE,
        "root": str(root.resolve()),
        "product": day.product,
        "probe": day.probe,
        "day": day.day.isoformat(),
        "files": [_entry(day, one, record["files"].get(one.path), reasons.get(one.path)) for one in listed],
        "superseded": record["superseded"],
        "missing": None if listed else _why_nothing(record, day),
        "made": format_utc(datetime.now(UTC).replace(microsecond=0)),
    }
    if day.span is not None:
        content["span"] = [format_utc(one) for one in day.span]
    if day.is_images:
        content |= {"wide_ignored": record["wide"], "skymap": record["skymap"]}
        content["skymap_reason"] = record["skymap_reason"]
    return content


def _entry(day: Day, one: Listed, verified: dict[str, Any] | None, reason: str | None) -> Entry:
    known = verified or {"size": one.size, "sha256": None, "first": None, "last": None, "fetched": None}
    entry: Entry = {
        "path": one.path,
        "slot": format_utc(one.slot),
        "size": known["size"],
        "sha256": known["sha256"],
        "status": OK if verified else DAMAGED,
        "reason": None if verified else reason,
        "url": one.url,
        "fetched": known["fetched"],
    }
    if day.is_images:
        return {**entry, "kind": MINUTE, "twins": []}
    version = ".".join(map(str, one.version))
    return {**entry, "version": version, "first": known["first"], "last": known["last"]}


def _why_nothing(record: records.Record, day: Day) -> str:
    """Reason for a manifest without files."""
    said = [one["missing"] for one in record["listed"] if one["missing"]]
    if record["listing"]:
        return f"none of the {len(record['listing'])} files of that day holds some of the interval"
    return said[-1] if said else f"the archive lists no file of {day.product}, {day.probe}, {day.day}"
