"""What the events of studies need from the remote archives, and how much of it is not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from magnetoflow.archive.manifests import OK, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.days import Day
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.listed import Asker, Listed, newest
from magnetoflow.archive.remote.listings import Listings, some_at_once
from magnetoflow.archive.remote.progress import amount
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.skymaps import choose
from magnetoflow.archive.remote.status import is_margin, too_recent
from magnetoflow.archive.spans import midnight
from magnetoflow.errors import DownloadError, NotReleased

UNKNOWN_BYTES = 2_000_000
"""Taken for a file without a listed size: the web service for images lists none; a minute has so much."""
THERE, TO_MAKE, NOTHING = "there", "to bring", "nothing there"
NOT_RELEASED, FAILED, GONE, DISCARDED = "not released", "not known", "gone", "discarded"
INCOMPLETE = (NOTHING, NOT_RELEASED, FAILED, GONE)


@dataclass(frozen=True)
class ToBring:
    """One file that is not there.

    Attributes
    ----------
    path : str
        Under the root of the cache.
    bytes : int
        The middle, where the archive lists a rounded size; `UNKNOWN_BYTES` where it lists none.
    exact : bool
    """

    path: str
    bytes: int
    exact: bool


@dataclass(frozen=True)
class Row:
    """What one manifest needs.

    Attributes
    ----------
    event : str
        ``study/event``.
    day : Day
    state : str
    files : tuple of str
        Paths of all that it names, or will name.
    there : tuple of str
        Of those, verified earlier and on disk in the right size.
    unchecked : tuple of str
        Of those, on disk in the listed size, but verified only when the manifest is made.
    bring : tuple of ToBring
    why : str
        Why there is nothing, what else is to be said, or the error of the listing.
    """

    event: str
    day: Day
    state: str
    files: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    bring: tuple[ToBring, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Totals:
    """Sums over rows; a file that several events need counts once."""

    files: int
    there: int
    unchecked: int
    bring: int
    bytes: int
    exact: bool
    failed: int


def plan(settings: Settings, root: Path, needs: Mapping[str, Sequence[str]]) -> list[Row]:
    """Ask the archives what manifests need; nothing is fetched or written.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache.
    needs : mapping
        Paths of manifests by ``study/event``.

    Returns
    -------
    list of Row
        A listing that cannot be had is a row in state `FAILED` or `NOT_RELEASED`.

    Raises
    ------
    ArchiveError
        A manifest or record cannot be read.
    """
    paths = sorted({Path(path) for some in needs.values() for path in some})
    with Listings(settings) as listings:
        rows = some_at_once(partial(_row, listings, settings, root), paths)
        found = dict(zip(paths, rows, strict=True))
    return [
        Row(**{**vars(found[Path(path)]), "event": event}) for event, some in needs.items() for path in some
    ]


def total(rows: Iterable[Row]) -> Totals:
    """Sum rows up."""
    rows = list(rows)
    bring = {one.path: one for row in rows for one in row.bring}
    sets = {
        name: {path for row in rows for path in getattr(row, name)}
        for name in ("files", "there", "unchecked")
    }
    return Totals(
        **{name: len(some) for name, some in sets.items()},
        bring=len(bring),
        bytes=sum(one.bytes for one in bring.values()),
        exact=all(one.exact for one in bring.values()),
        failed=len({row.day for row in rows if row.state in (FAILED, NOT_RELEASED)}),
    )


def _row(listings: Asker, settings: Settings, root: Path, manifest: Path) -> Row:
    day = Day.of_manifest(manifest)
    record = records.read_record(root, day.product, day.probe, day.day)
    if manifest.is_file() and manifest.with_suffix(".made").is_file():
        return _of_manifest(root, day, manifest, record)
    try:
        if not records.is_known(record, day.asked):
            listing = discover(listings, settings, day.product, day.probe, day.day, day.asked)
            records.add_listing(record, *newest(listing.files), listing, day.asked)
        files = day.wanted(records.listed_files(record))
        maps = _skymap(listings, settings, day, record)
    except NotReleased as error:
        return Row("", day, NOT_RELEASED, why=error.reason)
    except DownloadError as error:
        return Row("", day, FAILED, why=f"{error.what}: {error.reason} ({error.url})")
    return compare(root, day, record, [*files, *maps] if files else [], made=manifest.is_file())


def compare(
    root: Path, day: Day, record: records.Record, files: Sequence[Listed], *, made: bool = False
) -> Row:
    """Compare listed files with what is on disk; `made`: a manifest names them, discarded ones as well."""
    known = {**record["files"], **({record["skymap"]["path"]: record["skymap"]} if record["skymap"] else {})}
    there: list[str] = []
    unchecked: list[str] = []
    bring: list[ToBring] = []
    used: list[ToBring] = []
    for one in files:
        held = size_of(root / one.path)
        if one.path in known and held == known[one.path]["size"]:
            there.append(one.path)
        elif one.path not in known and held is not None and held == one.size:
            unchecked.append(one.path)
        else:
            to = used if made and one.path in record["discarded"] else bring
            to.append(to_bring(one, known.get(one.path, {}).get("size")))
    nothing = not files and not is_margin(day.span)
    state = TO_MAKE if bring or unchecked else DISCARDED if used else NOTHING if nothing else THERE
    notes = (_why(record), too_recent(day.product, day.day)) if nothing else (_used(used),)
    why = "; ".join(filter(None, notes))
    paths = tuple(one.path for one in files)
    return Row("", day, state, paths, tuple(there), tuple(unchecked), tuple(bring), why)


def size_of(path: Path) -> int | None:
    """Size of a file in bytes; None if there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _of_manifest(root: Path, day: Day, path: Path, record: records.Record) -> Row:
    """Row of a manifest that is there: a run uses what it names, and brings what is gone of that."""
    manifest = read_manifest(path)
    entries = [one for one in manifest["files"] if one["status"] == OK]
    entries += [manifest["skymap"]] if manifest.get("skymap") else []
    there = [one["path"] for one in entries if size_of(root / one["path"]) == one["size"]]
    lacking = [ToBring(one["path"], one["size"], exact=True) for one in entries if one["path"] not in there]
    used = [one for one in lacking if one.path in record["discarded"]]
    gone = [one for one in lacking if one.path not in record["discarded"]]
    damaged = sum(one["status"] != OK for one in manifest["files"])
    nothing = manifest["missing"] and not is_margin(day.span)
    notes = [
        manifest["missing"] if nothing else "",
        "a run brings them again, of the same content" if gone else "",
        f"damaged in the archive: {damaged}" if damaged else "",
        _used(used),
    ]
    state = NOTHING if nothing else GONE if gone else DISCARDED if used else THERE
    files = tuple(one["path"] for one in entries)
    return Row("", day, state, files, tuple(there), (), tuple(gone), "; ".join(filter(None, notes)))


def _used(files: Sequence[ToBring]) -> str:
    if not files:
        return ""
    size = amount(sum(one.bytes for one in files))
    return f"used and deleted: {len(files)} (remote.keep_raw: false); {size} to bring if its shard runs again"


def _skymap(asker: Asker, settings: Settings, day: Day, record: records.Record) -> list[Listed]:
    if not day.is_images:
        return []
    if record["skymap"]:
        known = record["skymap"]
        path = Path(known["path"])
        return [Listed(path.name, known["url"], known["path"], midnight(day.day), (), known["size"])]
    chosen, _ = choose(asker, settings, day.probe, day.day)
    return [chosen] if chosen else []


def to_bring(one: Listed, known: int | None = None) -> ToBring:
    """Size that a file will have: as listed, as known from an earlier transfer, or estimated."""
    size = one.size if one.size is not None else known
    if size is not None:
        return ToBring(one.path, size, exact=True)
    return ToBring(one.path, sum(one.about) // 2 if one.about else UNKNOWN_BYTES, exact=False)


def _why(record: records.Record) -> str:
    said = [one["missing"] for one in record["listed"] if one["missing"]]
    if record["listing"]:
        return f"none of the {len(record['listing'])} files of that day holds some of the interval"
    return said[-1] if said else "the archive lists no file"
