"""Bring files of any product into the cache, for no study."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from magnetoflow.archive import images
from magnetoflow.archive.layout import PRODUCTS, days_of
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.days import Day, bring, look_up
from magnetoflow.archive.remote.discover import PFRR
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.listings import Listings
from magnetoflow.archive.remote.outcomes import DamagedInArchive
from magnetoflow.archive.remote.pfrr import ALL
from magnetoflow.archive.remote.plan import Row, ToBring, compare
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.skymaps import bring_skymap
from magnetoflow.archive.remote.status import is_margin, too_recent
from magnetoflow.archive.spans import DAY, part_of, read_day
from magnetoflow.aurora.sites import SITES
from magnetoflow.errors import ArchiveError, ConfigError, CorruptFile, DownloadError
from magnetoflow.times import days_between, format_utc

KNOWN = (*PRODUCTS, images.PRODUCT, PFRR)
GB = 1e9


@dataclass(frozen=True)
class Brought:
    """What became of one day.

    Attributes
    ----------
    day : Day
    paths : tuple of Path
        Files that are there now.
    failures : tuple of str
        Why others are not, or why there is nothing.
    """

    day: Day
    paths: tuple[Path, ...]
    failures: tuple[str, ...] = ()


def days_asked(product: str, probe: str, start: datetime, stop: datetime) -> list[Day]:
    """Days, or parts of days, of a product and time.

    Parameters
    ----------
    product : str
        One of `KNOWN`.
    probe : str
        ``1`` or ``mms1``, ``a`` or ``rbspa``, ``gill``; of ``pfrr_dasc`` ``pkr`` or a wavelength, ``0558``.
    start, stop : datetime
        UTC, half open.

    Returns
    -------
    list of Day

    Raises
    ------
    ConfigError
        There is no such product or probe, or the time is not one of the past.
    """
    if product not in KNOWN:
        near = difflib.get_close_matches(product, KNOWN, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(f"no product {product!r}", todo=f"{hint}known are {', '.join(KNOWN)}")
    name = _probe(product, probe)
    now = datetime.now(UTC).replace(microsecond=0)
    if stop <= start:
        raise ConfigError("stop must be later than start", why=f"{format_utc(start)} to {format_utc(stop)}")
    if start > now:
        raise ConfigError(f"start {format_utc(start)} is in the future", why=f"it is now {format_utc(now)}")
    kind = PRODUCTS.get(product)
    partly = kind is None or kind.reach < DAY
    days = days_between(start, stop) if kind is None else days_of(product, start, stop)
    parts = {day: part_of(day, start, stop) if partly else "" for day in days}
    return [Day(product, name, *read_day(f"{day:%Y%m%d}_{part}".rstrip("_"))) for day, part in parts.items()]


def _probe(product: str, text: str) -> str:
    given = text.strip().lower()
    if product == images.PRODUCT:
        allowed, found = sorted(SITES), given
    elif product == PFRR:
        allowed = [ALL, "a wavelength in nm such as 0558"]
        found = given if given == ALL or re.fullmatch(r"\d{4}", given) else ""
        return _known(product, text, found, [found] if found else [], allowed)
    else:
        mission, letters = ("rbsp", "ab") if product.startswith("rbsp") else ("mms", "1234")
        allowed, found = [f"{mission}{one}" for one in letters], f"{mission}{given.removeprefix(mission)}"
    return _known(product, text, found, allowed, allowed)


def _known(product: str, text: str, found: str, allowed: Sequence[str], said: Sequence[str]) -> str:
    if found not in allowed:
        raise ConfigError(f"no probe {text!r} of {product}", todo=f"known are {', '.join(said)}")
    return found


def bring_days(
    settings: Settings, root: Path, days: Sequence[Day], say: Callable[[str], None] | None = None
) -> list[Brought]:
    """List and fetch the files of days; one that fails does not keep the others.

    Parameters
    ----------
    settings : Settings
    root : Path
        Root of the cache.
    days : sequence of Day
    say : callable, optional
        Takes lines of progress.

    Returns
    -------
    list of Brought

    Raises
    ------
    ArchiveError
        It is more than ``max_download_gb``, or than the disk has room for; or a file cannot be written.
    """
    failed: dict[Day, str] = {}
    with Listings(settings) as listings, Client(settings) as client:
        for day in days:
            try:
                look_up(listings, settings, root, day)
            except DownloadError as error:
                failed[day] = f"{error.what}: {error.reason} ({error.url})"
        good = [day for day in days if day not in failed]
        check_room(settings, root, [file for day in good for file in _row(root, day).bring])
        found = {day: _bring_day(client, settings, root, day, say) for day in good}
    return [found.get(day) or Brought(day, (), (failed[day],)) for day in days]


def check_room(settings: Settings, root: Path, files: Iterable[ToBring]) -> None:
    """Refuse what is more than ``max_download_gb``, or than the disk has room for.

    Raises
    ------
    ArchiveError
        With the numbers.
    """
    files = list({one.path: one for one in files}.values())
    need = sum(one.bytes for one in files)
    about = "" if all(one.exact for one in files) else "about "
    said = f"files to be brought: {len(files)}, of {about}{need / GB:.3g} GB"
    if need > settings.max_download_gb * GB:
        raise ArchiveError(
            said,
            why=f"remote.max_download_gb is {settings.max_download_gb:g}",
            todo="ask for less, or raise it: --set remote.max_download_gb=…",
        )
    free = free_bytes(root)
    if need > free:
        raise ArchiveError(said, where=root, why=f"{free / GB:.3g} GB are free", todo="give another --data")


def free_bytes(root: Path) -> int:
    """Room on the disk of a folder, which need not be there yet."""
    there = next(one for one in (root, *root.absolute().parents) if one.is_dir())
    return shutil.disk_usage(there).free


def failure_text(one: Listed, error: DownloadError | CorruptFile, older: Sequence[str] = ()) -> str:
    """Say why a file could not be brought, and what to do; `older` versions are named if it is damaged."""
    damaged = isinstance(error, DamagedInArchive)
    text = f"{one.name}: {'damaged in the archive: ' if damaged else ''}{error.reason} ({one.url})"
    text += "; two transfers gave the same bytes" if damaged else ""
    text += f"; an older version is listed: {older[-1]}" if damaged and older else ""
    return f"{text}; {error.todo}" if error.todo else text


def _same_slot(day: Day, one: Listed, paths: Sequence[str]) -> list[str]:
    """Names of the paths that are other versions of a file."""
    kind = PRODUCTS.get(day.product)
    names = [path.rsplit("/", 1)[1] for path in paths]
    parsed = {name: kind.parse(name, day.probe) for name in names} if kind else {}
    return [name for name, found in parsed.items() if found and found[0] == one.slot and name != one.name]


def _row(root: Path, day: Day) -> Row:
    record = records.read_record(root, day.product, day.probe, day.day)
    return compare(root, day, record, day.wanted(records.listed_files(record)))


def _bring_day(
    client: Client, settings: Settings, root: Path, day: Day, say: Callable[[str], None] | None
) -> Brought:
    failed = bring(client, root, day, say)
    older = records.read_record(root, day.product, day.probe, day.day)["superseded"]
    failures = [failure_text(one, error, _same_slot(day, one, older)) for one, error in failed]
    if day.is_images:
        try:
            bring_skymap(client, settings, root, day.probe, day.day)
        except (DownloadError, CorruptFile) as error:
            failures.append(f"skymap: {error.what}: {error.reason}")
    record = records.read_record(root, day.product, day.probe, day.day)
    wanted = [one.path for one in day.wanted(records.listed_files(record))]
    if not wanted and not is_margin(day.span):
        said = [one["missing"] for one in record["listed"] if one["missing"]]
        why = said[-1] if said else f"none of the {len(record['listing'])} files of that day is of that time"
        recent = too_recent(day.product, day.day)
        failures.append(f"{why}; {recent}" if recent else why)
    paths = [path for path in wanted if path in record["files"] and (root / path).is_file()]
    paths += [record["skymap"]["path"]] if day.is_images and record["skymap"] else []
    return Brought(day, tuple(root / path for path in paths), tuple(failures))
