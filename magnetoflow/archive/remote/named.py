"""Files that manifests and records name, with what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from magnetoflow.archive import images
from magnetoflow.archive.manifests import OK, Entry, Manifest, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.days import Day
from magnetoflow.archive.remote.gates import Gate, check_skymap, gate_of
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.errors import ArchiveError
from magnetoflow.io.asi_names import HOUR, MINUTE
from magnetoflow.io.integrity import check_file
from magnetoflow.times import parse_utc

DISCARDED, DAMAGED = "discarded", "known as damaged"
SKYMAP = "skymap"
Slot = tuple[datetime, str]


@dataclass(frozen=True)
class Named:
    """One file.

    Attributes
    ----------
    path : str
        Under the root.
    day : Day
    size : int or None [bytes]
    sha256, url : str or None
    kind : str
        ``minute``, ``hour``, ``skymap``, or empty.
    in_use : bool
        A manifest or the listing in use names it; else it is an older version that lies beside.
    settled : str
        `DISCARDED` or `DAMAGED`: there is nothing to check.
    conflict : bool
        Manifest and record name another content.
    """

    path: str
    day: Day
    size: int | None
    sha256: str | None
    url: str | None = None
    kind: str = ""
    in_use: bool = True
    settled: str = ""
    conflict: bool = False

    @property
    def gate(self) -> Gate:
        """Check of its content."""
        if self.kind == SKYMAP:
            return check_skymap
        return _check_hour if self.kind == HOUR else gate_of(self.day.product, self.day.probe)


def named_files(manifests: Iterable[Path], cache: Path | None, *, all_records: bool = False) -> list[Named]:
    """Collect the files of manifests, and those of the records of the same days.

    Parameters
    ----------
    manifests : iterable of Path
    cache : Path or None
        Root of the cache, if the manifests are those of the remote archives.
    all_records : bool
        Records of other days, too.

    Returns
    -------
    list of Named
        Each once, by path.

    Raises
    ------
    ArchiveError
        A manifest or record cannot be read, or names a file outside the archive.
    """
    found: dict[str, Named] = {}
    days: dict[Day, None] = {}
    for path in manifests:
        day = replace(Day.of_manifest(path), span=None)
        days[day] = None
        found |= {one.path: one for one in _of_manifest(path, day)}
    if cache is not None:
        for path in sorted((cache / records.FOLDER).glob("*/*/*.json")) if all_records else ():
            days[Day.of_manifest(path)] = None
        for day in days:
            for one in _of_record(records.read_record(cache, day.product, day.probe, day.day), day):
                found[one.path] = _joined(one, found.get(one.path))
    for name in found:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or not parts or any(part.startswith(".") for part in parts):
            raise ArchiveError("a manifest names a file outside the archive", where=repr(name))
    return [found[path] for path in sorted(found)]


def _joined(of_record: Named, of_manifest: Named | None) -> Named:
    if of_manifest is None:
        return of_record
    both = of_manifest.sha256, of_record.sha256
    return replace(of_record, in_use=True, conflict=None not in both and both[0] != both[1])


def _of_manifest(path: Path, day: Day) -> Iterator[Named]:
    manifest = read_manifest(path)
    for entry in manifest["files"]:
        known = entry["path"], day, entry["size"], entry["sha256"], entry.get("url"), entry.get("kind", "")
        yield Named(*known, settled="" if entry["status"] == OK else DAMAGED)
    if manifest.get("skymap"):
        yield _skymap(manifest["skymap"], day)


def _of_record(record: records.Record, day: Day) -> Iterator[Named]:
    used = {one["path"] for one in record["listing"]}
    kind = MINUTE if day.product == images.PRODUCT else ""
    for path, one in record["files"].items():
        settled = DISCARDED if path in record["discarded"] else ""
        yield Named(path, day, one["size"], one["sha256"], one["url"], kind, path in used, settled)
    if record["skymap"]:
        yield _skymap(record["skymap"], day)


def _skymap(known: dict[str, Any], day: Day) -> Named:
    return Named(known["path"], day, known["size"], known["sha256"], known.get("url"), SKYMAP)


def _check_hour(path: Path) -> tuple[None, None]:
    check_file(path, expect_md5=False)
    return None, None


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
