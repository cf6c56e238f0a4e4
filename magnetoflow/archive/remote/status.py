"""What manifests say of the files that events need: there, missing, damaged, not brought yet. No network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from magnetoflow.archive.images import PRODUCT as IMAGES
from magnetoflow.archive.manifests import OK, Manifest, read_manifest
from magnetoflow.archive.remote import records
from magnetoflow.archive.source import REMOTE
from magnetoflow.archive.spans import Span, read_day

THERE, MISSING, NOT_RELEASED, DAMAGED = "there", "missing", "not released", "damaged"
GONE, DISCARDED, NOT_BROUGHT, NOT_MADE = "gone", "discarded", "not brought yet", "no manifest yet"
COMPLETE = (THERE, DISCARDED)
RELEASED_AFTER_DAYS = {"mms_defeph": 30, "mms_": 60, "rbsp_": 60, "themis_": 10}
"""Assumed, by the begin of the product's name: about so long after a day its files are public. Level 2 of MMS
comes 30 to 60 days after the measurement."""
SHOWN = 5


@dataclass(frozen=True)
class Row:
    """What one manifest says, and what of it is on disk.

    Attributes
    ----------
    event : str
        ``study/event``.
    product, probe, day : str
        The day as in the manifest's name.
    state : str
        One of the constants above: the worst that is found.
    files : int
        That the manifest names, or that the archive is known to list.
    there, damaged, discarded : int
    why : str
        Reasons, and names of files.
    """

    event: str
    product: str
    probe: str
    day: str
    state: str
    files: int = 0
    there: int = 0
    damaged: int = 0
    discarded: int = 0
    why: str = ""


def status(
    source: str, root: Path, needs: Mapping[str, Sequence[str]], today: date | None = None
) -> list[Row]:
    """Look at manifests and records, and at the sizes of files.

    Parameters
    ----------
    source : str
        ``sample``, ``remote`` or ``folder-...``.
    root : Path
        Root of the archive, or of the cache.
    needs : mapping
        Paths of manifests by ``study/event``.
    today : date, optional
        UTC.

    Returns
    -------
    list of Row
        Content is not looked at: that is what `verify` does.

    Raises
    ------
    ArchiveError
        A manifest or record cannot be read.
    """
    now = today or datetime.now(UTC).date()
    return [_row(event, Path(path), source, root, now) for event, some in needs.items() for path in some]


def _row(event: str, path: Path, source: str, root: Path, now: date) -> Row:
    product, probe = path.parent.parent.name, path.parent.name
    name = event, product, probe, path.stem
    day, span = read_day(path.stem)
    record = records.read_record(root, product, probe, day) if source == REMOTE else records.new_record()
    if not path.is_file():
        if source != REMOTE:
            return Row(*name, NOT_MADE)
        return _without_manifest(name, record, root, span, too_recent(product, day, now))
    manifest = read_manifest(path)
    if manifest["missing"] and not is_margin(span):
        why = str(manifest["missing"])
        state = NOT_RELEASED if refused(why) else MISSING
        young = too_recent(product, day, now)
        return Row(*name, NOT_RELEASED, why=f"{why}; {young}") if young else Row(*name, state, why=why)
    return _of_files(name, manifest, record, root)


def _of_files(name: tuple[str, str, str, str], manifest: Manifest, record: records.Record, root: Path) -> Row:
    good = [one for one in manifest["files"] if one["status"] == OK]
    damaged = [one for one in manifest["files"] if one["status"] != OK]
    there = [one for one in good if _is_there(root, one)]
    lacking = [one["path"] for one in good if one not in there]
    discarded = [path for path in lacking if path in record["discarded"]]
    gone = [path for path in lacking if path not in record["discarded"]]
    skymap = manifest["skymap"] if name[1] == IMAGES else None
    if skymap is not None and not _is_there(root, skymap):
        gone.append(skymap["path"])
    why = [_names(gone)] if gone else []
    if damaged:
        said = "; ".join(f"{Path(one['path']).name}: {one['reason']}" for one in damaged[:SHOWN])
        more = f" and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else ""
        why.append(f"{'damaged: ' if gone else ''}{said}{more}")
    if discarded:
        why.append(f"used and deleted: {len(discarded)} (remote.keep_raw: false)")
    if name[1] == IMAGES and skymap is None:
        why.append(f"no skymap: {manifest['skymap_reason']}")
    state = GONE if gone else DAMAGED if damaged else DISCARDED if discarded else THERE
    counts = len(manifest["files"]), len(there), len(damaged), len(discarded)
    return Row(*name, state, *counts, why="; ".join(why))


def _without_manifest(
    name: tuple[str, str, str, str], record: records.Record, root: Path, span: Span | None, young: str
) -> Row:
    # imported here: it needs the network's libraries, which the status of a folder does not
    from magnetoflow.archive.remote.days import Day

    files = Day(name[1], name[2], read_day(name[3])[0], span).wanted(records.listed_files(record))
    verified = [
        {**record["files"][one.path], "path": one.path} for one in files if one.path in record["files"]
    ]
    there = sum(_is_there(root, one) for one in verified)
    said = [one["missing"] for one in record["listed"] if one["missing"]]
    if record["refused"]:
        first = next(iter(record["refused"].items()))
        why = f"not public: {len(record['refused'])}, such as {Path(first[0]).name}: {first[1]}"
        return Row(*name, NOT_RELEASED, len(files), there, why=why)
    if not files and said:
        state = NOT_RELEASED if young or refused(said[-1]) else MISSING
        return Row(*name, state, why="; ".join(filter(None, (said[-1], young))))
    why = f"{there} of {len(files)} in the cache" if files else ""
    return Row(*name, NOT_BROUGHT, len(files), there, why=why)


def is_margin(span: Span | None) -> bool:
    """Whether a part of a day has no length: only what reaches into it counts, and often nothing does."""
    return span is not None and span[0] == span[1]


def refused(why: str) -> bool:
    """Whether a reason is that a server has something and does not give it to the public."""
    return re.search(r"answered 40[13]\b", why) is not None


def _is_there(root: Path, entry: Mapping[str, Any]) -> bool:
    path = root / str(entry["path"])
    try:
        return path.is_file() and path.stat().st_size == entry["size"]
    except OSError:
        return False


def too_recent(product: str, day: date, today: date | None = None) -> str:
    """Say that a day is too recent for its files to be public; empty text if it is not."""
    now = today or datetime.now(UTC).date()
    days = next((days for name, days in RELEASED_AFTER_DAYS.items() if product.startswith(name)), 0)
    if (now - day).days >= days:
        return ""
    return (
        f"probably not released yet: {(now - day).days} days ago, and about {days} days are usual (assumed)"
    )


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(Path(path).name for path in paths[:SHOWN]) + more
