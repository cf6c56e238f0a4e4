"""What the archives list now, against what manifests name. Nothing is fetched or written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from magnetoflow.archive.manifests import DAMAGED, OK, Entry, Manifest, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.days import Day
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.listed import Asker, Listed, Listing, newest
from magnetoflow.archive.remote.listings import Listings, some_at_once
from magnetoflow.archive.remote.plan import ToBring, size_of, to_bring
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.skymaps import choose
from magnetoflow.archive.spans import Span
from magnetoflow.errors import CorruptFile, DownloadError
from magnetoflow.times import format_utc, parse_utc

NEWER, OTHER, CONTENT = "newer version", "other version", "other content"
NEW, VANISHED, ANEW, SKYMAP = "new file", "not listed any more", "not on disk", "skymap"
Key = tuple[str, str, date]
Slot = tuple[datetime, str]


@dataclass(frozen=True)
class Change:
    """One line of the difference.

    Attributes
    ----------
    product, probe, slot : str
    kind : str
        One of the constants above.
    old, new : str
        Names of files; empty where there is none.
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
        Manifests of that day, of all parts of it.
    changes : list of Change
    use : dict
        Files to use from now on, by slot, where they are not those of the record.
    bring : list of Listed
        New ones that a manifest names, and what is not on disk.
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


def differences(settings: Settings, root: Path, manifests: Iterable[Path]) -> list[Difference]:
    """Compare manifests with what the archives list now.

    A day is compared as a whole: manifests of other parts of it, which other events use, belong to it.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache.
    manifests : iterable of Path
        That are there.

    Returns
    -------
    list of Difference
        Of each product, probe and day; a listing that cannot be had is its ``failure``.

    Raises
    ------
    ArchiveError
        A manifest or record cannot be read.
    """
    days: dict[Key, list[Path]] = {}
    for path in sorted(manifests):
        day = Day.of_manifest(path)
        days[day.product, day.probe, day.day] = sorted(path.parent.glob(f"{day.day:%Y%m%d}*.json"))
    with Listings(settings) as listings:
        return list(some_at_once(lambda one: _compare(listings, settings, root, *one), days.items()))


def _compare(asker: Asker, settings: Settings, root: Path, key: Key, paths: list[Path]) -> Difference:
    found = Difference(key, paths)
    days = [Day.of_manifest(path) for path in paths]
    spans = {day.asked for day in days}
    try:
        for span in [None] if None in spans else sorted(one for one in spans if one):
            found.listings.append((span, discover(asker, settings, *key, span)))
        record = records.read_record(root, *key)
        _Comparison(found, root, record, [read_manifest(path) for path in paths]).run(days)
        if days[0].is_images:
            _compare_skymap(found, asker, settings, record)
    except DownloadError as error:
        found.failure = f"{error.what}: {error.reason} ({error.url})"
    return found


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

    def run(self, days: Sequence[Day]) -> None:
        """Enter what differs."""
        self.found.use = {slot: one for slot, one in self.listed.items() if self._is_taken(slot, one)}
        now = {**self.use, **self.found.use}
        files = sorted(now.values(), key=by_slot)
        for one in {one.path: one for day in days for one in day.wanted(files)}.values():
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
        if one.path in self.record["discarded"]:
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


def _compare_skymap(found: Difference, asker: Asker, settings: Settings, record: records.Record) -> None:
    product, site, day = found.key
    chosen, _ = choose(asker, settings, site, day)
    old = record["skymap"]
    if chosen is None or (old is not None and old["path"] == chosen.path):
        return
    found.skymap = chosen
    name = Path(old["path"]).name if old else ""
    found.changes.append(Change(product, site, f"{day}", SKYMAP, name, chosen.name, to_bring(chosen)))


def slot_of(one: Listed) -> Slot:
    """Tell what a file stands for, in whatever version; names without version stand for themselves."""
    return one.slot, "" if one.version else one.path.removesuffix(".gz")


def by_slot(one: Listed) -> tuple[datetime, str]:
    """Order of files in records."""
    return one.slot, one.path


def entries_of(manifests: Iterable[Manifest]) -> dict[str, Entry]:
    """Entries of manifests, by path."""
    return {entry["path"]: entry for manifest in manifests for entry in manifest["files"]}


def in_use(record: records.Record, entries: dict[str, Entry]) -> dict[Slot, Listed]:
    """Files that are used now, by slot: of the record, and of manifests where the record has none."""
    use = {slot_of(one): one for one in map(listed_entry, entries.values())}
    return use | {slot_of(one): one for one in records.listed_files(record)}


def listed_entry(entry: Entry) -> Listed:
    """File of a manifest, as the archive listed it."""
    version = tuple(int(number) for number in entry.get("version", "").split(".") if number)
    path = entry["path"]
    return Listed(Path(path).name, entry["url"], path, parse_utc(entry["slot"]), version, entry["size"])


def is_good(entry: Entry) -> bool:
    """Whether a manifest names the file as good."""
    return bool(entry["status"] == OK)
