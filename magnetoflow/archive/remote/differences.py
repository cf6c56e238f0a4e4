"""What the archives list now, against what manifests name. Nothing is fetched or written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from magnetoflow.archive.images import PRODUCT as IMAGES
from magnetoflow.archive.manifests import DAMAGED, Manifest, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.days import Day
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, newest
from magnetoflow.archive.remote.listings import Listings, some_at_once
from magnetoflow.archive.remote.named import (
    Slot,
    by_slot,
    entries_of,
    in_use,
    is_good,
    listed_entry,
    slot_of,
)
from magnetoflow.archive.remote.plan import ToBring, size_of, to_bring
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.skymaps import choose
from magnetoflow.archive.spans import Span
from magnetoflow.errors import CorruptFile, DownloadError
from magnetoflow.times import format_utc, parse_utc

NEWER, OTHER, CONTENT = "newer version", "other version", "other content"
NEW, VANISHED, ANEW, SKYMAP = "new file", "not listed any more", "not on disk", "skymap"
STILL_DAMAGED = "damaged, will be asked for again"
Key = tuple[str, str, date]


@dataclass(frozen=True)
class Change:
    """One line of the difference.

    Attributes
    ----------
    product, probe, slot : str
    kind : str
        One of the constants above.
    old, new : str
        Names of files, or empty.
    size : ToBring or None
        Of the new one.
    """

    product: str
    probe: str
    slot: str
    kind: str
    old: str
    new: str
    size: ToBring | None = None


@dataclass
class Difference:
    """What the archive has now of a product, probe and day.

    Attributes
    ----------
    key : (str, str, date)
    paths : list of Path
        Manifests of that day that are there, of all parts of it.
    changes : list of Change
    use : dict
        Files to use from now on, by slot, where they are not those of the record.
    bring : list of Listed
        What is new, and what is not on disk.
    listings : list of (span, Listing)
    skymap : Listed or None
        Another one than that of the record.
    unrecorded : bool
        The record, or a part of it, was lost: it is made anew from the manifests.
    damaged : list of (Listed, CorruptFile)
        Files that the manifests state as damaged in the archive.
    failure : str
        Why the day stays as it is.
    written : list of Path
        Manifests that were rewritten.
    notes : list of str
        What was found only when files were there.
    """

    key: Key
    paths: list[Path]
    changes: list[Change] = field(default_factory=list)
    use: dict[Slot, Listed] = field(default_factory=dict)
    bring: list[Listed] = field(default_factory=list)
    listings: list[tuple[Span | None, Listing]] = field(default_factory=list)
    skymap: Listed | None = None
    unrecorded: bool = False
    damaged: list[tuple[Listed, CorruptFile]] = field(default_factory=list)
    failure: str = ""
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def differences(
    settings: Settings, root: Path, manifests: Iterable[Path], *, all_records: bool = False
) -> list[Difference]:
    """Compare manifests and records with what the archives list now.

    A day is compared as a whole: manifests of all its parts, which other events use, and files that only its
    record names. Snakemake deletes the manifest of a job that fails: a record may be all that is left.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache.
    manifests : iterable of Path
        Of one that is not there the record of its day.
    all_records : bool
        Records of other days, too.

    Returns
    -------
    list of Difference
        Of each product, probe and day; a listing that cannot be had is its ``failure``.

    Raises
    ------
    ArchiveError
        A manifest or record cannot be read.
    """
    days: dict[Key, set[Path]] = {}
    for path in manifests:
        days.setdefault(_key(path), set()).update((path, *path.parent.glob(f"{path.stem[:8]}*.json")))
    for path in (root / records.FOLDER).glob("*/*/*.json") if all_records else ():
        days.setdefault(_key(path), set())
    with Listings(settings) as listings:
        found = some_at_once(lambda one: _compare(listings, settings, root, *one), sorted(days.items()))
        return [one for one in found if one is not None]


def _compare(asker: Asker, settings: Settings, root: Path, key: Key, paths: set[Path]) -> Difference | None:
    found = Difference(key, sorted(path for path in paths if path.is_file()))
    record = records.read_record(root, *key)
    if not (found.paths or record["listing"]):
        return None
    days = [Day.of_manifest(path) for path in found.paths]
    spans = {day.asked for day in days} | {_span(one) for one in record["listed"]}
    try:
        for span in [None] if None in spans else sorted(one for one in spans if one):
            found.listings.append((span, discover(asker, settings, *key, span)))
        lost = [Day.of_manifest(path) for path in paths if not path.is_file()]
        _Comparison(found, root, record, [read_manifest(path) for path in found.paths]).run(days, lost)
        if key[0] == IMAGES and (days or record["skymap"]):
            _compare_skymap(found, asker, settings, root, record)
    except DownloadError as error:
        found.failure = f"{error.what}: {error.reason} ({error.url})"
    return found


def _key(path: Path) -> Key:
    day = Day.of_manifest(path)
    return day.product, day.probe, day.day


def _span(listed: dict[str, Any]) -> Span | None:
    return None if listed["from"] is None else (parse_utc(listed["from"]), parse_utc(listed["to"]))


class _Comparison:
    """Files of one day: those of the manifests, those of the record, those that are listed now."""

    def __init__(
        self, found: Difference, root: Path, record: records.Record, manifests: Sequence[Manifest]
    ) -> None:
        self.found, self.root, self.record = found, root, record
        self.entries = entries_of(manifests)
        self.named: dict[Slot, list[Listed]] = {}
        for one in map(listed_entry, self.entries.values()):
            self.named.setdefault(slot_of(one), []).append(one)
        self.use = in_use(record, self.entries)
        files = {one.path: one for _, listing in found.listings for one in listing.files}
        self.paths = set(files)
        self.listed = {slot_of(one): one for one in newest(files.values())[0]}
        self.lost: set[str] = set()

    def run(self, days: Sequence[Day], lost: Sequence[Day]) -> None:
        """Enter what differs for manifests that are there, and for those that are not there any more."""
        brought = [one for one in records.listed_files(self.record) if one.path in self.record["files"]]
        self.lost = {one.path for day in lost for one in day.wanted(brought)}
        self.found.use = {slot: one for slot, one in self.listed.items() if self._is_taken(slot, one)}
        now = {**self.use, **self.found.use}
        files = sorted(now.values(), key=by_slot)
        wanted = {one.path: one for day in days for one in day.wanted(files)}
        for one in brought:
            slot, new = slot_of(one), now[slot_of(one)]
            if slot not in self.named and new.path not in wanted:  # no manifest speaks of it
                self.named[slot], wanted[new.path] = [one], new
        for one in wanted.values():
            self._wanted(one)
        for slot, olds in self.named.items():
            old = next((one for one in olds if one.path == now[slot].path), None)
            if old is not None and old.path not in self.paths and self._was_asked(slot[0]):
                self._change(VANISHED, old, None)
        good = {path for path, entry in self.entries.items() if is_good(entry)}
        self.found.unrecorded = not good <= self.record["files"].keys()
        self.found.changes.sort(key=lambda change: (change.slot, change.old, change.new))

    def _is_taken(self, slot: Slot, one: Listed) -> bool:
        """Whether a listed file is used from now on; an older version is only where nothing is lost by it."""
        old = self.use.get(slot)
        if old is None or one.version > old.version:
            return True
        if one.path != old.path:
            return old.path not in self.paths and not self._is_there(old)
        known = self.record["files"].get(old.path) or self.entries.get(old.path)
        if known is None or known["size"] is None:
            return one != old
        least, most = (one.size, one.size) if one.size is not None else one.about or (0, known["size"])
        return not least <= known["size"] <= most

    def _wanted(self, one: Listed) -> None:
        """Say how a wanted file differs from that of the manifests, and whether it must be brought."""
        slot = slot_of(one)
        olds = self.named.get(slot, [])
        old = next((other for other in olds if other.path != one.path), olds[0] if olds else None)
        entry = self.entries.get(one.path)
        known = self.record["files"].get(one.path)
        now = self.listed.get(slot, one)
        if old is None:
            self._change(NEW, None, one)
        elif old.path != one.path:
            self._change(NEWER if one.version > old.version else OTHER, old, one)
        elif entry is not None and entry["status"] == DAMAGED:
            self.found.damaged.append((one, CorruptFile(one.path, str(entry["reason"]))))
            self._change(STILL_DAMAGED, old, one)
        elif slot in self.found.use or (known and entry and known["sha256"] != entry["sha256"]):
            self._change(CONTENT, old, one)
        elif not self._is_there(one):
            self._change(ANEW, old, one)
        else:
            return
        # where it is listed now may be another mirror than that of the record
        self.found.bring.append(now if now.path == one.path else one)

    def _is_there(self, one: Listed) -> bool:
        known = self.record["files"].get(one.path) or self.entries.get(one.path)
        vouched = one.path in self.entries and one.path not in self.lost
        if vouched and one.path in self.record["discarded"]:
            return True
        held = size_of(self.root / one.path)
        return held is not None and (not known or held == known["size"])

    def _was_asked(self, slot: datetime) -> bool:
        return any(span is None or span[0] <= slot < span[1] for span, _ in self.found.listings)

    def _change(self, kind: str, old: Listed | None, new: Listed | None) -> None:
        slot = next(format_utc(one.slot) for one in (new, old) if one)
        names = (old.name if old else "", new.name if new else "")
        size = to_bring(new) if new else None
        self.found.changes.append(Change(*self.found.key[:2], slot, kind, *names, size))


def _compare_skymap(
    found: Difference, asker: Asker, settings: Settings, root: Path, record: records.Record
) -> None:
    product, site, day = found.key
    chosen, _ = choose(asker, settings, site, day)
    old = record["skymap"]
    same = chosen is not None and old is not None and old["path"] == chosen.path
    if chosen is None or (same and size_of(root / chosen.path) == old["size"]):
        return
    found.skymap = chosen
    name, kind = Path(old["path"]).name if old else "", ANEW if same else SKYMAP
    found.changes.append(Change(product, site, f"{day}", kind, name, chosen.name, to_bring(chosen)))
