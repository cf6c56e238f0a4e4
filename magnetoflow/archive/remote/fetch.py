"""Bring files of an archive: locked, staged, checked, and only then under their final names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.locks import Held, locked
from magnetoflow.archive.remote.places import place_of, put, quarantine
from magnetoflow.archive.remote.progress import Progress
from magnetoflow.archive.remote.transfer import Deadline, discard, staging_of, storing
from magnetoflow.errors import CorruptFile, DownloadError, MagnetoflowError, NoNetwork
from magnetoflow.io.integrity import sha256_of

T = TypeVar("T")
GATE_S = 600.0
"""Time that a process which holds a file may take for its checks, beside ``total_s`` for its transfer."""


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """A good file under its final name.

    Attributes
    ----------
    path : Path
    size : int [bytes]
    sha256 : str
    found : object
        What the check returned.
    reused : bool
        It was there already.
    """

    path: Path
    size: int
    sha256: str
    found: T
    reused: bool


class DamagedInArchive(CorruptFile):
    """The archive's own copy is damaged: two whole transfers gave the same bytes, and the check refused them.

    Attributes
    ----------
    path : Path
        Final name, under which there is no file.
    reason, url, sha256 : str
    size : int [bytes]
    """

    def __init__(self, path: Path, reason: str, url: str, size: int, sha256: str) -> None:
        self.path, self.reason, self.url, self.size, self.sha256 = path, reason, url, size, sha256
        MagnetoflowError.__init__(
            self,
            "damaged file refused",
            where=path,
            why=f"{reason}; it came twice the same from {url}",
            todo="tell the archive; remote: keep_damaged: true lists it, and on_damaged of the study decides",
        )

    def __reduce__(self) -> tuple[type[DamagedInArchive], tuple[Path, str, str, int, str]]:  # type: ignore[override]
        """Rebuild from its parts, so that the error crosses process borders."""
        return type(self), (Path(self.path), self.reason, self.url, self.size, self.sha256)


def fetch(
    client: Client,
    listed: Listed,
    root: Path,
    check: Callable[[Path], T],
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Fetched[T]:
    """Bring one file, unless a good one is there.

    A file that is there and is not what the archive lists gives way, into quarantine, when a good one has
    come; one that has not the known sha256 is damaged, and goes at once.

    Parameters
    ----------
    client : Client
    listed : Listed
    root : Path
    check : callable
        Gate: takes a path, raises :class:`~magnetoflow.errors.CorruptFile`.
    sha256 : str, optional
        Known from an earlier transfer: the file must have it.
    progress : Progress, optional

    Returns
    -------
    Fetched

    Raises
    ------
    DownloadError
        `NotInArchive`, `NotReleased`, `NoNetwork`, or any other; a good file that was there is still there.
    CorruptFile
        The archive's own copy is damaged.
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    path = place_of(root, listed)
    try:
        with locked(root, path, client.settings.total_s + GATE_S):
            found = _held(path, listed, check, sha256)
            if found is not None:
                if progress:
                    progress.skip(listed.size)
                return found
            if sha256 is not None and path.exists():
                quarantine(root, path)
            fetched = _bring(client, listed, path, check, sha256, progress)
            put(root, path)
    except Held as error:
        raise DownloadError(error.what, url=listed.url, why=str(error.why), todo=error.todo) from error
    if progress:
        progress.done()
    return fetched


Failure = tuple[Listed, DownloadError | CorruptFile]


def fetch_all(
    client: Client,
    files: Sequence[Listed],
    root: Path,
    check: Callable[[Path], T],
    *,
    sha256: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tuple[list[tuple[Listed, Fetched[T]]], list[Failure]]:
    """Bring many files; one that fails does not keep the others.

    Parameters
    ----------
    client, root, check, progress
        As in `fetch`.
    files : sequence of Listed
    sha256 : mapping, optional
        Known ones, by path under the root.

    Returns
    -------
    (list of (Listed, Fetched), list of (Listed, error))
        Without a connection the rest is taken from what is there, and is not asked for.

    Raises
    ------
    ArchiveError
        The disk is full, or a folder cannot be written: nothing more can be stored.
    """
    known = sha256 or {}
    fetched: list[tuple[Listed, Fetched[T]]] = []
    failures: list[Failure] = []
    offline: NoNetwork | None = None
    try:
        for listed in files:
            digest = known.get(listed.path)
            try:
                if offline is not None:
                    fetched.append((listed, _without_network(listed, root, check, digest, offline)))
                else:
                    one = fetch(client, listed, root, check, sha256=digest, progress=progress)
                    fetched.append((listed, one))
            except (DownloadError, CorruptFile) as error:
                failures.append((listed, error))
                offline = error if isinstance(error, NoNetwork) else offline
    finally:
        if progress:
            progress.end()
    return fetched, failures


def _held(path: Path, listed: Listed, check: Callable[[Path], T], sha256: str | None) -> Fetched[T] | None:
    """Take the file that is there, if it is the one: existing is not enough."""
    with storing(path.parent):
        if not path.is_file():
            return None
        size = path.stat().st_size
        least, most = (listed.size, listed.size) if listed.size is not None else listed.about or (0, size)
        if sha256 is None and not least <= size <= most:
            return None
        digest = sha256_of(path)
    if sha256 not in (None, digest):
        return None
    try:
        return Fetched(path, size, digest, check(path), reused=True)
    except CorruptFile:
        return None


def _without_network(
    listed: Listed, root: Path, check: Callable[[Path], T], sha256: str | None, error: NoNetwork
) -> Fetched[T]:
    found = _held(place_of(root, listed), listed, check, sha256)
    if found is None:
        raise NoNetwork(f"{listed.name} was not asked for: no connection", url=listed.url, why=error.reason)
    return found


def _bring(
    client: Client,
    listed: Listed,
    path: Path,
    check: Callable[[Path], T],
    sha256: str | None,
    progress: Progress | None,
) -> Fetched[T]:
    """Stage a good file; content that is refused is asked for once more, from its first byte."""
    part = staging_of(path)
    deadline = Deadline(client.settings.total_s)
    earlier: str | None = None
    while True:
        transfer = client.download(
            listed.url,
            part,
            size=listed.size,
            about=listed.about,
            advance=progress.advance if progress else None,
            deadline=deadline,
        )
        with storing(part.parent):
            digest = sha256_of(part)
        try:
            found, reason = check(part), None
        except CorruptFile as error:
            reason = error.reason
        else:
            if sha256 in (None, digest):
                return Fetched(path, transfer.size, digest, found, reused=False)
        discard(part)
        if earlier is not None:
            sure = digest == earlier and (transfer.whole or listed.size is not None)
            raise _refusal(listed, path, reason, transfer.size, digest, sure=sure)
        earlier = digest
        if progress:
            progress.advance(-transfer.size)


def _refusal(
    listed: Listed, path: Path, reason: str | None, size: int, sha256: str, *, sure: bool
) -> DownloadError | CorruptFile:
    if reason is None:
        return DownloadError(
            f"{path} was not replaced by {listed.name}",
            url=listed.url,
            why="the server has another content under the same name than the one in use (sha256)",
            todo="magnetoflow archive update shows the difference, and takes the new one",
        )
    if sure:
        return DamagedInArchive(path, reason, listed.url, size, sha256)
    return DownloadError(
        f"{listed.name} was refused, twice: {path} is not there",
        url=listed.url,
        why=f"{reason} ({size} bytes, and the server did not say how long it is, or sent other bytes before)",
    )
