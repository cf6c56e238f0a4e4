"""Take what the archives have newer than manifests name, and rewrite these. Older versions stay on disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from magnetoflow.archive.images import PRODUCT as IMAGES
from magnetoflow.archive.manifests import Manifest, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.bring import failure_text
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.days import Day, describe, verified
from magnetoflow.archive.remote.differences import CONTENT, NEW, Difference
from magnetoflow.archive.remote.fetch import Fetched, fetch, fetch_all
from magnetoflow.archive.remote.gates import Records, check_skymap, gate_of
from magnetoflow.archive.remote.listed import Listed, newest
from magnetoflow.archive.remote.named import by_slot, entries_of, in_use, is_good
from magnetoflow.archive.remote.progress import Progress
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.transfer import storing
from magnetoflow.errors import CorruptFile, DownloadError
from magnetoflow.io.atomic import write_json
from magnetoflow.times import format_utc

Say = Callable[[str], None]
Brought = list[tuple[Listed, Fetched[Records]]]


def update(settings: Settings, root: Path, differences: Iterable[Difference], say: Say | None = None) -> None:
    """Bring what changed, then rewrite record and manifests of the day.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache.
    differences : iterable of Difference
        Changed: ``written`` and ``notes``, and ``failure`` where a file could not be brought; the manifests
        and the record of such a day stay as they were.
    say : callable, optional
        Takes lines of progress.

    Raises
    ------
    ArchiveError
        The disk is full, or a folder cannot be written.
    """
    with Client(settings) as client:
        for one in differences:
            if not one.failure:
                _update(client, root, one, say)


def _update(client: Client, root: Path, found: Difference, say: Say | None) -> None:
    stated = len(found.damaged)
    with _kept(root, found):
        brought = _bring(client, root, found, say)
        skymap = _bring_skymap(client, root, found)
    same = not (brought or skymap or found.use or found.unrecorded or len(found.damaged) > stated)
    if found.failure or same:
        return
    # the record first: what is made again from it alone is then the new state, never the old one
    with records.changing(root, *found.key) as record:
        _renew(record, found)
        _enter(record, found, brought)
        if skymap is not None:
            old = record["skymap"]
            if old and old["path"] == skymap["path"] and old["sha256"] != skymap["sha256"]:
                found.notes.append(f"{Path(old['path']).name} has another content now")
            record["skymap"], record["skymap_reason"] = skymap, None
    paths = {listed.path for listed, _ in brought}
    damaged = [one for one in found.damaged if one[0].path not in paths]
    found.notes += [f"{one.name} is good now" for one, _ in found.damaged if one.path in paths]
    for path in found.paths:
        old, new = read_manifest(path), describe(root, Day.of_manifest(path), damaged)
        if _differ(old, new):
            write_json(path, new)
            found.written.append(path)


@contextmanager
def _kept(root: Path, found: Difference) -> Iterator[None]:
    """Put files back in whose place other content of the same name came, if the day stays as it was."""
    other = {change.new for change in found.changes if change.kind == CONTENT}
    paths = [root / one.path for one in found.bring if one.name in other and (root / one.path).is_file()]
    kept = {path: path.with_name(f".{path.name}.part.kept") for path in paths}
    for path, copy in kept.items():
        with storing(path.parent):
            copy.unlink(missing_ok=True)
            try:
                copy.hardlink_to(path)
            except OSError:  # a file system without links
                shutil.copy2(path, copy)
    whole = False
    try:
        yield
        whole = not found.failure
    finally:
        for path, copy in kept.items():
            with storing(path.parent):
                if not whole:
                    copy.replace(path)  # has no effect if both are the same file
                copy.unlink(missing_ok=True)


def _bring(client: Client, root: Path, found: Difference, say: Say | None) -> Brought:
    """Fetch what is new; the difference keeps what could not be fetched."""
    product, probe, _ = found.key
    progress = Progress(len(found.bring), sum(one.size or 0 for one in found.bring), say)
    brought, failures = fetch_all(client, found.bring, root, gate_of(product, probe), progress=progress)
    stated = {one.path for one, _ in found.damaged}
    may = client.settings.keep_damaged or product == IMAGES
    new = {change.new for change in found.changes if change.kind == NEW}
    for one, error in failures:
        if isinstance(error, CorruptFile) and one.path in stated:
            continue
        if isinstance(error, CorruptFile) and may and one.name in new:
            found.damaged.append((one, error))
        else:
            _fail(found, failure_text(one, error))
    return brought


def _bring_skymap(client: Client, root: Path, found: Difference) -> dict[str, object] | None:
    """Entry of another skymap, which is fetched; None if there is none."""
    one = found.skymap
    if one is None:
        return None
    try:
        skymap = fetch(client, one, root, check_skymap)
    except (DownloadError, CorruptFile) as error:
        _fail(found, failure_text(one, error))
        return None
    entry = {"path": one.path, "valid_from": one.slot.date().isoformat(), "url": one.url}
    return {**entry, "size": skymap.size, "sha256": skymap.sha256}


def _fail(found: Difference, why: str) -> None:
    found.failure += f"{'; ' if found.failure else ''}{why}"


def _renew(record: records.Record, found: Difference) -> None:
    """Enter in a record which files are used from now on."""
    for span, listing in found.listings:
        chosen = set(newest(listing.files)[0])
        others = [one for one in listing.files if one not in chosen]
        records.add_listing(record, [], others, replace(listing, wide=0), span)
    entries = entries_of(read_manifest(path) for path in found.paths)
    use = in_use(record, entries)
    now = {**use, **found.use}
    record["listing"] = [records.to_json(one) for one in sorted(now.values(), key=by_slot)]
    older = {one.path for one in use.values()} - {one.path for one in now.values()}
    record["superseded"] = sorted({*record["superseded"], *older} - {one.path for one in now.values()})
    for path, entry in entries.items():
        if is_good(entry) and path not in record["files"]:
            keys = ("url", "size", "sha256", "first", "last", "fetched")
            record["files"][path] = {key: entry.get(key) for key in keys}


def _enter(record: records.Record, found: Difference, brought: Brought) -> None:
    """Enter in a record what was brought."""
    now = format_utc(datetime.now(UTC).replace(microsecond=0))
    for listed, one in brought:
        before = record["files"].get(listed.path)
        if before is None or before["sha256"] != one.sha256:
            record["files"][listed.path] = verified(one, listed, now)
        if before is not None and before["sha256"] != one.sha256:
            found.notes.append(f"{listed.name} has another content now: sha256 {one.sha256[:12]}…")
        record["discarded"] = [path for path in record["discarded"] if path != listed.path]
        record["refused"].pop(listed.path, None)


def _differ(old: Manifest, new: Manifest) -> bool:
    """Whether the content differs: not the time, nor the wording of a reason for nothing."""
    same = old["files"] == new["files"] and old.get("skymap") == new.get("skymap")
    return not same or bool(old["missing"]) != bool(new["missing"])
