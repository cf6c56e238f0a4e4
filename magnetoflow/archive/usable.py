"""The files of a product that an event can use, checked once more before they are read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from magnetoflow.archive.manifests import Entry, read_manifest, select, verify_entry
from magnetoflow.errors import CorruptFile
from magnetoflow.times import parse_utc

LOG = logging.getLogger(__name__)
Interval = tuple[datetime, datetime]


def why_none(manifests: Sequence[str | Path], start: datetime, stop: datetime) -> str:
    """Say what the archive has instead, where no file holds some of an interval.

    Parameters
    ----------
    manifests : sequence of path
        Of one product and probe.
    start, stop : datetime
        UTC, half open.
    """
    said = []
    for manifest in map(read_manifest, manifests):
        files = [entry for entry in manifest["files"] if entry["first"]]
        damaged = select([manifest], start, stop).damaged
        if manifest["missing"]:
            said.append(f"{manifest['day']}: {manifest['missing']} of {manifest['root']}")
        elif damaged:
            said += [f"{Path(one['path']).name} is damaged: {one['reason']}" for one in damaged]
        elif files:
            near = min(files, key=lambda one: _distance(one, start, stop))
            said.append(
                f"{len(files)} files of {manifest['day']}, none of that time; the nearest is "
                f"{Path(near['path']).name}, {near['first']} to {near['last']}"
            )
        else:
            said.append(f"{manifest['day']}: {len(manifest['files'])} files without records or damaged")
    return "; ".join(said) or "no manifest"


def _distance(entry: Entry, start: datetime, stop: datetime) -> timedelta:
    first, last = parse_utc(str(entry["first"])), parse_utc(str(entry["last"]))
    return max(first - stop, start - last)


def usable_files(
    root: Path, manifests: Sequence[str | Path], *, start: datetime, stop: datetime, on_damaged: str
) -> tuple[list[Path], list[Interval]]:
    """Files that hold some of an interval.

    Parameters
    ----------
    root : Path
        Root of the archive.
    manifests : sequence of path
        Of one product and probe.
    start, stop : datetime
        UTC, half open.
    on_damaged : str
        ``fail``, or ``gap``: a refused file leaves its time missing.

    Returns
    -------
    list of Path
        Whose content is as it was when the manifest was made.
    list of (start, stop)
        Times that refused files leave empty.

    Raises
    ------
    CorruptFile
        A file was refused and `on_damaged` is ``fail``, or one changed since its manifest was made.
    """
    selection = select([read_manifest(path) for path in manifests], start, stop)
    for entry in selection.damaged:
        LOG.warning("damaged file: %s: %s", entry["path"], entry["reason"])
    if selection.damaged and on_damaged == "fail":
        first, *more = selection.damaged
        others = f"; damaged too: {', '.join(Path(entry['path']).name for entry in more)}" if more else ""
        raise CorruptFile(root / first["path"], f"{first['reason']}{others}")
    damaged = [(parse_utc(entry["from"]), parse_utc(entry["to"])) for entry in selection.damaged]
    return [verify_entry(root, entry) for entry in selection.files], damaged
