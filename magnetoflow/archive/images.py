"""All-sky images: where the archive keeps them; the manifest of one camera and UTC date. No numpy here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from magnetoflow.archive.manifests import OK, Entry, Manifest
from magnetoflow.aurora.sites import SITES
from magnetoflow.errors import ArchiveError
from magnetoflow.io.asi_names import HOUR, MINUTE, WIDE, skymap_dates
from magnetoflow.times import format_utc, parse_utc

PRODUCT = "themis_asi"
STREAM0, HOURS, SKYMAPS = "themis/asi/stream0", "themis/asi/l1", "themis/asi/skymaps"


T = TypeVar("T")
Dated = tuple[date, int, T, date | None]
"""First day, version, the skymap itself, last day (None is open)."""
COMPATIBLE_MAP = "gako", date(2011, 3, 5)
"""Camera and date of the skymap of which the published mask was made."""


def build_image_manifest(source: str, root: Path, site: str, day: date) -> Manifest:
    """List the images of one camera and UTC date, and the skymap that is valid for them.

    Parameters
    ----------
    source : str
        ``sample``, ``remote`` or ``folder-...``.
    root : Path
        Root of the archive; nothing in it is changed.
    site : str
        ``gill``.
    day : date
        UTC.

    Returns
    -------
    dict
        Keys as in :func:`magnetoflow.archive.manifests.build_manifest`. An entry of ``files`` has ``path``
        under the root, ``kind`` (``minute`` or ``hour``), ``slot``, ``size``, ``sha256`` (null: checked when
        it is decoded), ``status``, ``reason``, and ``twins``, other copies of the same file.
        ``superseded`` holds twins and older versions, ``wide_ignored`` a count. ``skymap`` has ``path``,
        ``valid_from``, ``size`` and ``sha256``, or is null for the reason in ``skymap_reason``.

    Raises
    ------
    ArchiveError
        A folder cannot be read.
    """
    try:
        minutes, superseded, wide = _minutes(root, site, day)
        hours, older = _hours(root, site, day)
        skymap, reason = find_skymap(root, site, day)
    except OSError as error:
        where = error.filename or root
        raise ArchiveError("archive folder cannot be read", where=where, why=error.strerror) from error
    files = sorted([*minutes, *hours], key=lambda entry: (entry["slot"], entry["kind"], entry["path"]))
    looked = f"{STREAM0}/{day:%Y/%m/%d}/{site}_themis* or {HOURS}"
    return {
        "source": source,
        "root": str(root.resolve()),
        "product": PRODUCT,
        "probe": site,
        "day": day.isoformat(),
        "files": files,
        "wide_ignored": wide,
        "superseded": sorted([*superseded, *older]),
        "skymap": skymap,
        "skymap_reason": reason,
        "missing": None if files else f"no image of {site} on that day in {looked}",
        "made": format_utc(datetime.now(UTC).replace(microsecond=0)),
    }


def files_within(
    entries: Sequence[Entry], spans: Sequence[tuple[datetime, datetime]], *, whole: bool
) -> list[Entry]:
    """Files of a manifest of which the minute or hour lies in one of the spans, as a whole or with a part."""
    found = []
    for entry in entries:
        start = parse_utc(entry["slot"])
        stop = start + (timedelta(hours=1) if entry["kind"] == HOUR else timedelta(minutes=1))
        if any(a <= start and stop <= b if whole else a < stop and start < b for a, b in spans):
            found.append(entry)
    return found


def absent_minutes(entries: Sequence[Entry]) -> list[datetime]:
    """Minutes between the first and the last minute file of a manifest that have no file."""
    slots = {parse_utc(entry["slot"]) for entry in entries if entry["kind"] == MINUTE}
    if not slots:
        return []
    count = (max(slots) - min(slots)) // timedelta(minutes=1)
    return [slot for k in range(count) if (slot := min(slots) + timedelta(minutes=k)) not in slots]


def _minutes(root: Path, site: str, day: date) -> tuple[list[Entry], list[str], int]:
    """Minute files, the names of their twins, and the number of wide ones."""
    pattern = re.compile(rf"{day:%Y%m%d}_(\d\d)(\d\d)_{site}_themis\d*_\w*full\w*\.pgm(?:\.gz)?")
    copies: dict[tuple[datetime, str], list[Path]] = {}
    wide = 0
    for path in _stream0_files(root / STREAM0 / f"{day:%Y/%m/%d}", site):
        if WIDE in path.name and path.name.startswith(f"{day:%Y%m%d}_"):
            wide += 1
            continue
        match = pattern.fullmatch(path.name)
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            continue
        slot = datetime(day.year, day.month, day.day, int(match[1]), int(match[2]), tzinfo=UTC)
        copies.setdefault((slot, path.name.removesuffix(".gz")), []).append(path)
    entries, superseded = [], []
    for slot, name in sorted(copies):
        # compressed first: it carries a checksum
        paths = sorted(copies[slot, name], key=lambda path: (path.suffix != ".gz", path))
        twins = [path.relative_to(root).as_posix() for path in paths[1:]]
        entries.append({**_entry(root, paths[0], MINUTE, slot), "twins": twins})
        superseded += twins
    return entries, superseded, wide


def _stream0_files(folder: Path, site: str) -> Iterator[Path]:
    """Files of a camera's folders, with the hour folders in them."""
    if not folder.is_dir():
        return
    for camera in sorted(folder.iterdir()):
        if not re.fullmatch(rf"{site}_themis\d*", camera.name) or not camera.is_dir():
            continue
        for path in sorted(camera.iterdir()):
            if re.fullmatch(r"ut\d\d", path.name) and path.is_dir():
                yield from (inner for inner in sorted(path.iterdir()) if inner.is_file())
            elif path.is_file():
                yield path


def _hours(root: Path, site: str, day: date) -> tuple[list[Entry], list[str]]:
    """Newest hour file of each hour, and the names of the others."""
    pattern = re.compile(rf"thg_l1_asf_{site}_{day:%Y%m%d}(\d\d)_v(\d+)\.cdf")
    found: dict[int, list[tuple[int, Path]]] = {}
    for path in _walk(root / HOURS, site, day):
        match = pattern.fullmatch(path.name)
        if match is not None and int(match[1]) < 24:
            found.setdefault(int(match[1]), []).append((int(match[2]), path))
    entries, older = [], []
    for hour, versions in sorted(found.items()):
        *rest, (_, newest) = sorted(versions)
        slot = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        entries.append({**_entry(root, newest, HOUR, slot), "twins": []})
        older += [path.relative_to(root).as_posix() for _, path in rest]
    return entries, older


def _walk(folder: Path, site: str, day: date) -> Iterator[Path]:
    """Files at any depth; folders named after another site, year or month are passed over."""
    for parent, folders, names in os.walk(folder, onerror=_raise):
        month = re.fullmatch(r"\d{4}", Path(parent).name)
        folders[:] = sorted(
            name
            for name in folders
            if not (name in SITES and name != site)
            and not (re.fullmatch(r"\d{4}", name) and name != f"{day:%Y}")
            and not (month and re.fullmatch(r"\d\d", name) and name != f"{day:%m}")
        )
        yield from (Path(parent) / name for name in sorted(names))


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _entry(root: Path, path: Path, kind: str, slot: datetime) -> Entry:
    return {
        "path": path.relative_to(root).as_posix(),
        "kind": kind,
        "slot": format_utc(slot),
        "size": path.stat().st_size,
        "sha256": None,
        "status": OK,
        "reason": None,
    }


def find_skymap(root: Path, site: str, day: date) -> tuple[dict[str, Any] | None, str | None]:
    """Latest skymap of a camera dated before a day, as in manifests; or None, and the reason."""
    from magnetoflow.io.integrity import sha256_of

    folder = root / SKYMAPS / site
    found: list[Dated[Path]] = []
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            dates = skymap_dates(name, site)
            if dates is not None:
                found.append((dates[0], dates[2], Path(parent) / name, dates[1]))
    chosen, why = latest_skymap(found, site, day)
    if chosen is None:
        return None, why
    start, _, path, _ = chosen
    return {
        "path": path.relative_to(root).as_posix(),
        "valid_from": start.isoformat(),
        "size": path.stat().st_size,
        "sha256": sha256_of(path),
    }, None


def latest_skymap(found: Sequence[Dated[T]], site: str, day: date) -> tuple[Dated[T] | None, str | None]:
    """Choose the latest skymap dated before a day; or None, and the reason."""
    before = [one for one in found if one[0] < day]
    if not before:
        first = min(one[0] for one in found).isoformat() if found else None
        why = f"the first of {site} is dated {first}" if first else f"no skymap in {SKYMAPS}/{site}"
        return None, f"no skymap dated before {day}: {why}"
    chosen = max(before, key=lambda one: (one[0], one[1], str(one[2])))
    last = chosen[3]
    if last is not None and last < day:
        return None, f"the latest skymap of {site} before {day} ended on {last}: {Path(str(chosen[2])).name}"
    return chosen, None


def compatible_skymap(root: Path) -> Path | None:
    """Skymap whose elevations, moved up by one row, masked the images of the published labels."""
    site, day = COMPATIBLE_MAP
    for parent, folders, names in os.walk(root / SKYMAPS / site, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            dates = skymap_dates(name, site)
            if dates is not None and dates[0] == day:
                return Path(parent) / name
    return None
