"""Before a run brings files, and after one that failed: what is said, and what is asked again. No numpy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from magnetoflow.archive import images
from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.manifests import DAMAGED, OK, read_manifest
from magnetoflow.archive.remote.progress import amount
from magnetoflow.archive.source import source_root
from magnetoflow.config import Config
from magnetoflow.errors import ArchiveError, DownloadError, NoNetwork

if TYPE_CHECKING:
    from magnetoflow.archive.remote.days import Day
    from magnetoflow.archive.remote.listed import Listed

MOST_ASKED = 200
"""Of more manifests at most so many are asked for, evenly spread; the whole is estimated from them."""
UNKNOWN_BYTES = 2_000_000
"""Taken for a file whose size the archive does not list; a minute of images has about that."""
GB = 1e9
SHOWN = 20
HOW = (
    "reconnect and run again; or copy the files into a folder with these paths and set archive: to it; "
    "or try archive: sample"
)


@dataclass(frozen=True)
class Need:
    """What some manifests need from the archives.

    Attributes
    ----------
    files, there : int
        Files that they name, and how many of them are in the cache.
    bytes : int
        Of those that are not; sizes that are not listed are taken as `UNKNOWN_BYTES`.
    unsized : int
        Files without a listed size.
    servers : tuple of str
        Roots of the addresses that have them.
    """

    files: int
    there: int
    bytes: int
    unsized: int
    servers: tuple[str, ...]

    def __str__(self) -> str:
        about = "about " if self.unsized else ""
        where = f" from {', '.join(self.servers)}" if self.servers else ""
        left = self.files - self.there
        return f"{left} files, {about}{amount(self.bytes)} to bring{where}; {self.there} are there"

    def scaled(self, factor: float) -> Need:
        """Estimate of the whole from a part."""
        files, there = round(self.files * factor), round(self.there * factor)
        return Need(files, there, round(self.bytes * factor), max(1, self.unsized), self.servers)


def prepare(config: Config, manifests: Sequence[str], used: Sequence[str] = ()) -> None:
    """Ask the archives what a run needs, before its first job.

    Parameters
    ----------
    config : Config
    manifests : sequence of str
        Paths of those that the run will make.
    used : sequence of str, optional
        Paths of those that are there, and that its jobs read: what is gone of their files is brought again.

    Raises
    ------
    ArchiveError
        There is no network and something is missing; or the files are more than ``remote.max_download_gb``,
        or than the disk has room for. Other mistakes of the archives are left to the jobs that meet them.
    """
    root = Path(source_root(config.archive, config.data))
    restore(config, root, used)
    if not manifests:
        return
    step = -(-len(manifests) // MOST_ASKED)
    asked = sorted(manifests)[::step]
    look_up_all(config, root, asked)
    need = needed(root, asked)
    if step > 1:
        need = need.scaled(len(manifests) / len(asked))
        sys.stderr.write(f"archive: estimated from {len(asked)} of {len(manifests)} days\n")
    if need.files > need.there:
        sys.stderr.write(f"archive: {need}\n")
        check_connection(config, root, asked, need)
    check_limits(config, root, need)


def restore(config: Config, root: Path, used: Iterable[str]) -> None:
    """Bring files again that manifests name and that are gone, or have another size.

    Raises
    ------
    ArchiveError
        Some could not be brought: all are named.
    """
    gone = {path: count for path in used if (count := _count_gone(root, path))}
    if not gone:
        return
    from magnetoflow.archive.remote.client import Client
    from magnetoflow.archive.remote.days import Day, bring
    from magnetoflow.archive.remote.skymaps import bring_skymap

    number = sum(gone.values())
    sys.stderr.write(f"archive: bringing {number} files again that manifests name and that are gone\n")
    failures = []
    with Client(config.remote.settings()) as client:
        for day in map(Day.of_manifest, gone):
            failures += bring(client, root, day)
            if day.is_images:
                bring_skymap(client, config.remote.settings(), root, day.probe, day.day)
    for _, error in failures:
        _stop_offline(root, list(gone), error if isinstance(error, NoNetwork) else None)
    if failures:
        raise ArchiveError(
            f"{len(failures)} of {number} files that manifests name are gone, and could not be brought again",
            where=failures[0][0].url,
            why="\n       ".join(f"{one.name}: {error.reason}" for one, error in failures),
            todo="magnetoflow archive update takes what the archive has now",
        )


def _count_gone(root: Path, path: str) -> int:
    """Files of a manifest that are not there in their size; none of a day whose images were discarded."""
    from magnetoflow.archive.remote import records
    from magnetoflow.archive.remote.days import Day

    if not Path(path).is_file():
        return 0
    day, manifest = Day.of_manifest(path), read_manifest(path)
    if records.read_record(root, day.product, day.probe, day.day)["discarded"]:
        return 0
    named = [one for one in manifest["files"] if one["status"] == OK]
    named += [manifest["skymap"]] if manifest.get("skymap") else []
    return sum(not _has_size(root / one["path"], one["size"]) for one in named)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def look_up_all(config: Config, root: Path, manifests: Sequence[str]) -> None:
    """Make the listings of manifests known, some at the same time; one error where there is no network."""
    # imported here: only runs on the remote archives need them
    from magnetoflow.archive.remote.days import Day, look_up
    from magnetoflow.archive.remote.listings import Listings, some_at_once

    settings = config.remote.settings()
    with Listings(settings) as listings:

        def ask(path: str) -> NoNetwork | None:
            try:
                look_up(listings, settings, root, Day.of_manifest(path))
            except NoNetwork as error:
                return error
            except DownloadError:
                pass  # its job will meet it, and say so
            return None

        for error in some_at_once(ask, manifests):
            _stop_offline(root, manifests, error)


def _stop_offline(root: Path, manifests: Sequence[str], error: NoNetwork | None) -> None:
    if error is None:
        return
    missing = missing_files(root, manifests)
    more = f"\n       … and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    raise ArchiveError(
        f"no network, and {len(missing)} files or days are not in the cache",
        where=f"{error.url}\n       " + "\n       ".join(missing[:SHOWN]) + more,
        why=error.reason,
        todo=HOW,
    )


def check_connection(config: Config, root: Path, manifests: Sequence[str], need: Need) -> None:
    """Stop where a server that has files to bring cannot be reached: their listing may be an old one.

    Raises
    ------
    ArchiveError
        One message of all that is missing.
    """
    from magnetoflow.archive.remote.client import Client

    with Client(config.remote.settings()) as client:
        for server in need.servers:
            try:
                client.reach(server)
            except NoNetwork as error:
                _stop_offline(root, manifests, error)


def missing_files(root: Path, manifests: Iterable[str]) -> list[str]:
    """Paths of files that manifests need and the cache lacks; patterns where the listing is not known."""
    from magnetoflow.archive.remote import records
    from magnetoflow.archive.remote.days import Day

    missing: dict[str, None] = {}
    for day in map(Day.of_manifest, manifests):
        record = records.read_record(root, day.product, day.probe, day.day)
        if records.is_known(record, day.asked):
            names = [one.path for one in day.wanted(records.listed_files(record))]
        elif day.is_images:
            names = [f"{images.STREAM0}/{day.day:%Y/%m/%d}/{day.probe}_themis*/ut*/*_full.pgm.gz"]
        else:
            names = [_pattern(day)]
        missing |= dict.fromkeys(name for name in names if not (root / name).is_file())
    return list(missing)


def _pattern(day: Day) -> str:
    kind = PRODUCTS[day.product]
    stem = kind.stem.replace("{probe}", day.probe.upper() if kind.text else day.probe)
    slot = day.day.strftime("%Y%j" if kind.text else "%Y%m%d")
    return f"{kind.folder_of(day.probe, day.day)}/{stem}{slot}*"


def needed(root: Path, manifests: Iterable[str]) -> Need:
    """Add up what manifests need, as far as listings are known."""
    from magnetoflow.archive.remote import records
    from magnetoflow.archive.remote.days import Day

    wanted: dict[str, Listed] = {}
    for day in map(Day.of_manifest, manifests):
        record = records.read_record(root, day.product, day.probe, day.day)
        wanted |= {one.path: one for one in day.wanted(records.listed_files(record))}
    left = [one for path, one in wanted.items() if not (root / path).is_file()]
    sizes = [one.size or (sum(one.about) // 2 if one.about else UNKNOWN_BYTES) for one in left]
    unsized = sum(one.size is None for one in left)
    servers = tuple(sorted({"{0.scheme}://{0.netloc}".format(urlsplit(one.url)) for one in left}))
    return Need(len(wanted), len(wanted) - len(left), sum(sizes), unsized, servers)


def check_limits(config: Config, root: Path, need: Need) -> None:
    """Stop above ``remote.max_download_gb``, or above the room on the disk.

    Raises
    ------
    ArchiveError
        With the numbers.
    """
    limit = config.remote.max_download_gb
    if need.bytes > limit * GB:
        raise ArchiveError(
            f"the run would bring {amount(need.bytes)}",
            why=f"{need}; remote.max_download_gb is {limit:g}",
            todo="magnetoflow archive plan says which; run fewer events, or raise remote.max_download_gb",
        )
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if need.bytes > free and config.remote.keep_raw:
        raise ArchiveError(
            f"the run would bring {amount(need.bytes)}, and the disk has {amount(free)} left",
            where=root,
            todo="set data: to a larger disk, run fewer events, or remote.keep_raw: false for images",
        )


def say_damaged(manifests: Iterable[str]) -> None:
    """Name files of events that a run left out as damaged, one line each; images are counted elsewhere."""
    for path in map(Path, manifests):
        if path.parent.parent.name == images.PRODUCT or not path.is_file():
            continue
        for one in read_manifest(path)["files"]:
            if one["status"] == DAMAGED:
                sys.stderr.write(f"damaged file, its time is missing: {one['path']}: {one['reason']}\n")


def look_again(manifests: Iterable[str]) -> None:
    """Let the next run ask again for what the archives lacked, where it needs it.

    The stamp of such a manifest is removed. Events that ended well do not miss it.
    """
    for path in map(Path, manifests):
        if not path.is_file():
            continue
        manifest = read_manifest(path)
        if manifest["missing"] or any(one["status"] == DAMAGED for one in manifest["files"]):
            path.with_suffix(".made").unlink(missing_ok=True)
