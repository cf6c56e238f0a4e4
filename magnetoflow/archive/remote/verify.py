"""Check the files on disk against what manifests and records say of them; bring again what is bad."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.remote import records
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.fetch import fetch
from magnetoflow.archive.remote.listed import Listed, newest
from magnetoflow.archive.remote.listings import Listings
from magnetoflow.archive.remote.locks import locked
from magnetoflow.archive.remote.named import SKYMAP, Named, named_files
from magnetoflow.archive.remote.places import quarantine
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.spans import midnight
from magnetoflow.errors import CorruptFile, DownloadError, NoNetwork, NotInArchive
from magnetoflow.io.integrity import sha256_of

GOOD, AGAIN, BAD, OLD = "good", "brought again", "bad", "old version"
UPDATE = "magnetoflow archive update shows the difference, and takes what is there now"


@dataclass(frozen=True)
class Checked:
    """Outcome for one file.

    Attributes
    ----------
    path : str
    state : str
        One of the constants above, or of `named`. `OLD`: an older version that nothing uses was bad, and is
        out of the way.
    why : str
        What was wrong, and what is to be done.
    """

    path: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class Verifier:
    """Where files lie, and whether bad ones may be moved and brought again.

    Attributes
    ----------
    root : Path
        Root of the archive, or of the cache.
    cache : bool
        It is the cache of the remote archives; all else is only read.
    settings : Settings or None
        None: nothing is brought.
    """

    root: Path
    cache: bool
    settings: Settings | None = None
    _silent: dict[str, str] = field(default_factory=dict)

    def verify(self, manifests: Iterable[Path], *, all_records: bool = False) -> Iterator[Checked]:
        """Check every file that manifests name, and that records of the same days name.

        Parameters
        ----------
        manifests : iterable of Path
        all_records : bool
            Records of other days, too.

        Yields
        ------
        Checked

        Raises
        ------
        ArchiveError
            A manifest or record cannot be read, or a bad file cannot be moved.
        """
        for one in named_files(manifests, self.root if self.cache else None, all_records=all_records):
            if not one.in_use and not (self.root / one.path).exists():
                continue  # who deletes older versions to have room does no harm
            if one.settled:
                yield Checked(one.path, one.settled)
                continue
            why = self.problem(one)
            if why and self.cache:
                yield self._mend(one)
            elif why:
                yield Checked(one.path, BAD, f"{why}; the archive is only read")
            elif one.conflict:
                yield Checked(one.path, BAD, f"its manifest names another content than its record: {UPDATE}")
            else:
                yield Checked(one.path, GOOD)

    @cached_property
    def _asker(self) -> Listings:
        return Listings(self.settings or Settings())

    def problem(self, one: Named) -> str:
        """Tell what is wrong with a file; empty text if nothing is."""
        path = self.root / one.path
        try:
            if not path.is_file():
                return "it is gone"
            size = path.stat().st_size
            if one.size is not None and size != one.size:
                return f"it has {size} bytes, not {one.size}"
            if one.sha256 is not None:
                return "" if sha256_of(path) == one.sha256 else "its content changed (sha256)"
            one.gate(path)
        except CorruptFile as error:
            return error.reason
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        return ""

    def _mend(self, one: Named) -> Checked:
        """Move a bad file out of the way, and bring the same again."""
        path = self.root / one.path
        with locked(self.root, path):
            why = self.problem(one)
            if not why:  # another process mended it
                return Checked(one.path, GOOD)
            if path.is_file():
                why += f"; moved to {quarantine(self.root, path).relative_to(self.root)}"
        if not one.in_use:
            self._forget(one)
            return Checked(one.path, OLD, why)
        if one.conflict:
            return Checked(one.path, BAD, f"{why}; manifest and record differ: {UPDATE}")
        if self.settings is None or one.url is None:
            return Checked(one.path, BAD, f"{why}; not brought again: --offline")
        failure = self._bring(one, one.url, self.settings)
        return Checked(one.path, BAD, f"{why}; {failure}") if failure else Checked(one.path, AGAIN, why)

    def _bring(self, one: Named, url: str, settings: Settings) -> str:
        """Why a file could not be brought again; empty text if it was."""
        name = PurePosixPath(one.path).name
        listed = Listed(name, url, one.path, midnight(one.day.day), (), one.size)
        if not _is_ours(url, settings):  # brought from another mirror
            now = self._listed(one, settings)
            listed = next((other for other in now if other.path == one.path), listed)
        server = urlsplit(listed.url).netloc
        if server in self._silent:
            return self._silent[server]
        try:
            with Client(settings) as client:
                fetch(client, listed, self.root, one.gate, sha256=one.sha256)
        except (DownloadError, CorruptFile) as error:
            said = f"not brought again: {error.what}: {error.reason} ({listed.url})"
            if isinstance(error, NoNetwork):
                self._silent[server] = said
            if isinstance(error, NotInArchive):
                return f"{said}; {self._instead(one, settings)}"
            return f"{said}; {error.todo}" if "archive update" in str(error.todo) else said
        return ""

    def _listed(self, one: Named, settings: Settings) -> list[Listed]:
        """Ask what the archive has of a file's day; nothing where that cannot be had."""
        if one.kind == SKYMAP:
            return []
        try:
            listing = discover(self._asker, settings, one.day.product, one.day.probe, one.day.day)
        except DownloadError:
            return []
        return newest(listing.files)[0]

    def _instead(self, one: Named, settings: Settings) -> str:
        """Say what the archive has now in place of a file."""
        kind = PRODUCTS.get(one.day.product)
        parsed = kind.parse(PurePosixPath(one.path).name, one.day.probe) if kind else None
        others = [file for file in self._listed(one, settings) if parsed and file.slot == parsed[0]]
        if not others:
            return "nor is another version there"
        return f"the archive has {others[0].name} instead: {UPDATE}"

    def _forget(self, one: Named) -> None:
        """Take an older version out of its record: nothing uses it, and it is not on disk any more."""
        with records.changing(self.root, one.day.product, one.day.probe, one.day.day) as record:
            record["files"].pop(one.path, None)


def _is_ours(url: str, settings: Settings) -> bool:
    """Whether a URL is of a server of the settings."""
    roots = (settings.sdc, settings.spdf, settings.calgary, settings.calgary_api, settings.pfrr)
    parts = urlsplit(url)
    return parts.netloc in {urlsplit(root).netloc for root in roots} or parts.hostname in settings.hosts
