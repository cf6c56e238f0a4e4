"""Manifests: what the archive holds of one product, probe and day; the nodes of the graph and the data lock.

Making a manifest judges every file once. Everything later reads the manifest, and uses the files it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

from magnetoflow.archive.layout import Product, product_of
from magnetoflow.errors import ArchiveError, CorruptFile, DataError
from magnetoflow.times import format_utc, parse_utc

Entry = dict[str, Any]
Manifest = dict[str, Any]
OK, DAMAGED = "ok", "damaged"
NOT_MADE = "not made yet"


def manifest_path(data: str | Path, source: str, product: str, probe: str, day: date, part: str = "") -> Path:
    """Path of the manifest of one product, probe (mms1) and day, or of a part of it (`archive.spans`)."""
    name = f"{day:%Y%m%d}_{part}" if part else f"{day:%Y%m%d}"
    return Path(data, "manifests", source, product, probe, f"{name}.json")


def build_manifest(
    source: str,
    root: Path,
    product: str,
    probe: str,
    day: date,
    *,
    within: tuple[datetime, datetime] | None = None,
) -> Manifest:
    """Look at the files of one product, probe and day, and judge the newest of each time slot.

    Parameters
    ----------
    source : str
        ``sample``, ``remote`` or ``folder-...``.
    root : Path
        Root of the archive; nothing in it is changed.
    product : str
        A key of `magnetoflow.archive.layout.PRODUCTS`.
    probe : str
        ``mms1``.
    day : date
        UTC.
    within : (datetime, datetime), optional
        Only files that may hold some of [start, stop) are judged and listed.

    Returns
    -------
    dict
        ``files``: one entry per slot (``path`` under the root, ``slot``, ``version``, ``size``, ``sha256``,
        ``status``, ``reason``, ``first`` and ``last`` record); ``superseded``: older versions; ``missing``:
        why there is no file, or null.

    Raises
    ------
    ArchiveError
        The folder cannot be read.
    """
    kind = product_of(product)
    found = _candidates(kind, root, probe, day)
    if within is not None:
        found = [one for one in found if one[1] < within[1] and one[1] + kind.reach > within[0]]
    newest, superseded = _newest(found)
    return {
        "source": source,
        "root": str(root.resolve()),
        "product": product,
        "probe": probe,
        "day": day.isoformat(),
        "files": [_judge(kind, root, probe, *one) for one in newest],
        "superseded": sorted(str(path.relative_to(root)) for path in superseded),
        "missing": None if newest else f"no file of that day in {kind.folder_of(probe, day)}",
        "made": format_utc(datetime.now(UTC).replace(microsecond=0)),
    }


Found = tuple[Path, datetime, tuple[int, ...]]


def _candidates(product: Product, root: Path, probe: str, day: date) -> list[Found]:
    folder = root / product.folder_of(probe, day)
    if not folder.is_dir():
        return []
    found = []
    try:
        for path in sorted(folder.iterdir()):
            parsed = product.parse(path.name, probe)
            if parsed is not None and parsed[0].date() == day and path.is_file():
                found.append((path, *parsed))
    except OSError as error:
        raise ArchiveError("archive folder cannot be read", where=folder, why=error.strerror) from error
    return found


def _newest(candidates: Iterable[Found]) -> tuple[list[Found], list[Path]]:
    """Newest version per slot: one slot may have a newer version than the others."""
    best: dict[datetime, Found] = {}
    superseded = []
    for one in candidates:
        other = best.get(one[1])
        if other is None:
            best[one[1]] = one
        elif one[2] > other[2]:
            best[one[1]] = one
            superseded.append(other[0])
        else:
            superseded.append(one[0])
    return [best[slot] for slot in sorted(best)], superseded


def _judge(
    product: Product, root: Path, probe: str, path: Path, slot: datetime, version: tuple[int, ...]
) -> Entry:
    # imported here: the Snakefile reads manifests, and must not import numpy
    from magnetoflow.io.integrity import sha256_of

    entry: Entry = {
        "path": path.relative_to(root).as_posix(),
        "slot": format_utc(slot),
        "version": ".".join(map(str, version)),
        "size": path.stat().st_size,
        "sha256": sha256_of(path),
        "status": OK,
        "reason": None,
        "first": None,
        "last": None,
    }
    try:
        entry["first"], entry["last"] = checked_records(product, probe, path)
    except DataError as error:
        reason = error.reason if isinstance(error, CorruptFile) else f"{error.what}: {error.why}"
        entry |= {"status": DAMAGED, "reason": reason}
    return entry


def checked_records(product: Product, probe: str, path: Path) -> tuple[str | None, str | None]:
    """Pass a file through the gate of its kind; times of its first and last record.

    Raises
    ------
    DataError
        It is damaged, or does not hold what its name says.
    """
    if product.text:
        from magnetoflow.io.defeph import check_orbit

        return check_orbit(path, probe)
    from magnetoflow.io.cdf_epochs import first_and_last, name_of_times
    from magnetoflow.io.integrity import check_file

    check_file(path, expect_md5=product.expect_md5)
    epoch = name_of_times(path, product.times_of) if product.times_of else product.epoch_of(probe)
    return first_and_last(path, epoch)


def read_manifest(path: str | Path) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ArchiveError
        It is not one of ours.
    """
    try:
        manifest: Manifest = json.loads(Path(path).read_bytes())
        if not {"files", "root", "product", "day", "missing"} <= manifest.keys():
            raise ValueError("keys are missing")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise ArchiveError(
            "manifest cannot be read",
            where=path,
            why=str(error),
            todo="delete it; the next run makes it anew",
        ) from error
    return manifest


@dataclass(frozen=True)
class Selection:
    """Entries of manifests that touch an interval.

    Attributes
    ----------
    files : list of dict
        Good ones, in time order.
    damaged : list of dict
        With ``from`` and ``to``, the part of time that is lost.
    missing : list of str
        Days without any file, with the reason.
    """

    files: list[Entry] = field(default_factory=list)
    damaged: list[Entry] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def select(manifests: Sequence[Manifest], start: datetime, stop: datetime) -> Selection:
    """Entries whose records, or whose lost time, overlap [start, stop).

    Good files are chosen by their true first and last record. What a damaged file would have covered is not
    known: it counts from its slot time to the next file's, at most for the longest time that the product
    allows.
    """
    selection = Selection()
    for manifest in manifests:
        if manifest["missing"]:
            selection.missing.append(f"{manifest['day']}: {manifest['missing']}")
        reach = product_of(manifest["product"]).reach
        entries = manifest["files"]
        for entry, following in zip_longest(entries, entries[1:]):
            if entry["status"] == OK:
                begin, end = _covered(entry, following, reach)
                if begin < stop and end > start:
                    selection.files.append(entry)
                continue
            begin, end = _nominal(entry, following, reach)
            if begin < stop and end > start:
                selection.damaged.append({**entry, "from": format_utc(begin), "to": format_utc(end)})
    return selection


def _covered(entry: Entry, following: Entry | None, reach: timedelta) -> tuple[datetime, datetime]:
    """First record to just after the last; a file without records stays in its nominal place."""
    if entry["first"] is None:
        return _nominal(entry, following, reach)
    return parse_utc(entry["first"]), parse_utc(entry["last"]) + timedelta(microseconds=1)


def _nominal(entry: Entry, following: Entry | None, reach: timedelta) -> tuple[datetime, datetime]:
    begin = parse_utc(entry["slot"])
    end = begin + reach
    return begin, min(end, parse_utc(following["slot"])) if following else end


def file_hashes(paths: Iterable[str | Path], start: datetime, stop: datetime) -> list[str]:
    """List what an event uses of the manifests: sha256 of its files, with what is damaged or missing.

    Parameters
    ----------
    paths : iterable of path
        Manifests; one that is not there yet counts as such.
    start, stop : datetime
        UTC, half open.

    Returns
    -------
    list of str
        Equal as long as the event would read the same bytes.
    """
    hashes = []
    for path in paths:
        if not Path(path).is_file():
            hashes.append(NOT_MADE)
            continue
        selection = select([read_manifest(path)], start, stop)
        hashes += [entry["sha256"] for entry in selection.files]
        hashes += [
            f"{DAMAGED} {entry['sha256']} {entry['from']} {entry['to']}" for entry in selection.damaged
        ]
        hashes += [f"missing {Path(path).stem}" for _ in selection.missing]
    return hashes


def verify_entry(root: Path, entry: Entry) -> Path:
    """Path of a manifest's file, after a check that it is still the file that the manifest names.

    Raises
    ------
    CorruptFile
        It is gone, or its size or sha256 changed.
    """
    from magnetoflow.io.integrity import sha256_of

    path = root / str(entry["path"])
    if not path.is_file():
        raise CorruptFile(path, "named by the manifest, but gone", _restoring(entry))
    if path.stat().st_size != entry["size"]:
        found = path.stat().st_size
        raise CorruptFile(
            path, f"{found} bytes, but {entry['size']} when its manifest was made", _restoring(entry)
        )
    if sha256_of(path) != entry["sha256"]:
        raise CorruptFile(path, "its content changed since its manifest was made", _restoring(entry))
    return path


def _restoring(entry: Entry) -> str:
    """Advise on a file that is not what its manifest says: no gap, as a good copy was there."""
    if entry.get("url"):
        return "`magnetoflow archive verify` brings it again"
    return "put the file back as it was, or delete its manifest, which is then made anew"
