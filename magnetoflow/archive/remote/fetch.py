"""Bring files of an archive: locked, staged, checked, and only then under their final names."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.locks import Held, locked
from magnetoflow.archive.remote.outcomes import DamagedInArchive, Failure, Fetched, refusal
from magnetoflow.archive.remote.places import place_of, put, quarantine
from magnetoflow.archive.remote.progress import Progress
from magnetoflow.archive.remote.transfer import Deadline, Transfer, discard, staging_of, storing
from magnetoflow.errors import CorruptFile, DownloadError, NoNetwork
from magnetoflow.io.integrity import sha256_of

__all__ = ["DamagedInArchive", "Fetched", "fetch", "fetch_all"]
T = TypeVar("T")
GATE_S = 600.0
"""Time that a process which holds a file may take for its checks, beside ``total_s`` for its transfer."""


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
    task = _Task(client, listed, root, check, sha256, progress)
    while True:
        fetched = task.run()
        if fetched is not None:
            return fetched


def fetch_all(
    client: Client,
    files: Sequence[Listed],
    root: Path,
    check: Callable[[Path], T],
    *,
    sha256: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tuple[list[tuple[Listed, Fetched[T]]], list[Failure]]:
    """Bring many files, each checked while the next one comes; one that fails does not keep the others.

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
    tasks = [_Task(client, one, root, check, known.get(one.path), progress) for one in files]
    batch = _Batch(tasks)
    try:
        batch.bring()
        batch.bring_refused()
    finally:
        for task in tasks:
            task.close()
        if progress:
            progress.end()
    fetched: list[tuple[Listed, Fetched[T]]] = []
    failures: list[Failure] = []
    for listed, outcome in zip(files, batch.outcomes, strict=True):
        if isinstance(outcome, Fetched):
            fetched.append((listed, outcome))
        elif outcome is not None:
            failures.append((listed, outcome))
    return fetched, failures


class _Batch(Generic[T]):
    """What became of each task; None: not known yet."""

    def __init__(self, tasks: Sequence[_Task[T]]) -> None:
        self._tasks = tasks
        self._offline: NoNetwork | None = None
        self.outcomes: list[Fetched[T] | DownloadError | CorruptFile | None] = [None] * len(tasks)

    def bring(self) -> None:
        """Transfer all, one after the other; what came is checked in another thread meanwhile."""
        waiting: tuple[int, Future[Fetched[T] | None]] | None = None
        with ThreadPoolExecutor(1) as checks:
            for k, task in enumerate(self._tasks):
                self._enter(k, self._way(task, task.transfer))
                if waiting:
                    self._enter(waiting[0], waiting[1].result)
                waiting = (k, checks.submit(task.settle)) if self.outcomes[k] is None else None
            if waiting:
                self._enter(waiting[0], waiting[1].result)

    def bring_refused(self) -> None:
        """Ask again for what was refused; only now, as no lock may be waited for while another is held."""
        for k, task in enumerate(self._tasks):
            if self.outcomes[k] is None:
                self._enter(k, self._way(task, task.run))

    def _way(self, task: _Task[T], step: Callable[[], Fetched[T] | None]) -> Callable[[], Fetched[T] | None]:
        return partial(task.without_network, self._offline) if self._offline else step

    def _enter(self, k: int, step: Callable[[], Fetched[T] | None]) -> None:
        try:
            self.outcomes[k] = step()
        except (DownloadError, CorruptFile) as error:
            self.outcomes[k] = error
            if isinstance(error, NoNetwork):
                self._offline = error


class _Task(Generic[T]):
    """One file on its way, locked from its transfer to the end of its checks."""

    def __init__(
        self,
        client: Client,
        listed: Listed,
        root: Path,
        check: Callable[[Path], T],
        sha256: str | None,
        progress: Progress | None,
    ) -> None:
        self._client, self._listed, self._root, self._progress = client, listed, root, progress
        self._check, self._sha256 = check, sha256
        self._left = client.settings.total_s
        self._refused: str | None = None
        self._steps: Generator[None, None, Fetched[T] | None] | None = None

    def run(self) -> Fetched[T] | None:
        """Transfer and settle."""
        return self.transfer() or self.settle()

    def transfer(self) -> Fetched[T] | None:
        """Take the file that is there, or stage what comes; None: it is to be settled."""
        self._steps = self._begin()
        return self._advance(self._steps)

    def settle(self) -> Fetched[T] | None:
        """Check what was staged and give it its name; None: it was refused, and is to come once more."""
        return self._advance(self._steps) if self._steps else None

    def close(self) -> None:
        """Remove what was staged and is not settled."""
        if self._steps:
            self._steps.close()

    def without_network(self, error: NoNetwork) -> Fetched[T]:
        """Take the file that is there, or say that there is no connection."""
        found = self._held(place_of(self._root, self._listed))
        if found is None:
            what = f"{self._listed.name} was not asked for: no connection"
            raise NoNetwork(what, url=self._listed.url, why=error.reason, todo=error.todo)
        return found

    @staticmethod
    def _advance(steps: Generator[None, None, Fetched[T] | None]) -> Fetched[T] | None:
        try:
            next(steps)
        except StopIteration as end:
            fetched: Fetched[T] | None = end.value
            return fetched
        return None

    def _begin(self) -> Generator[None, None, Fetched[T] | None]:
        path = place_of(self._root, self._listed)
        try:
            with locked(self._root, path, self._client.settings.total_s + GATE_S):
                fetched = self._held(path)
                if fetched is not None:
                    if self._progress:
                        self._progress.skip(self._listed.size)
                    return fetched
                if self._sha256 is not None and path.exists():
                    quarantine(self._root, path)
                transfer = self._stage(staging_of(path))
                try:
                    yield
                except GeneratorExit:
                    discard(staging_of(path))
                    raise
                fetched = self._judge(path, transfer)
                if fetched is None:
                    return None
                put(self._root, path)
        except Held as error:
            raise DownloadError(
                error.what, url=self._listed.url, why=str(error.why), todo=error.todo
            ) from error
        if self._progress:
            self._progress.done()
        return fetched

    def _held(self, path: Path) -> Fetched[T] | None:
        """Take the file that is there, if it is the one: existing is not enough."""
        listed = self._listed
        with storing(path.parent):
            if not path.is_file():
                return None
            size = path.stat().st_size
            least, most = (listed.size, listed.size) if listed.size is not None else listed.about or (0, size)
            if self._sha256 is None and not least <= size <= most:
                return None
            digest = sha256_of(path)
        if self._sha256 not in (None, digest):
            return None
        try:
            return Fetched(path, size, digest, self._check(path), reused=True)
        except CorruptFile:
            return None

    def _stage(self, part: Path) -> Transfer:
        deadline = Deadline(self._left)
        try:
            return self._client.download(
                self._listed.url,
                part,
                size=self._listed.size,
                about=self._listed.about,
                advance=self._progress.advance if self._progress else None,
                deadline=deadline,
            )
        finally:
            self._left = deadline.left()

    def _judge(self, path: Path, transfer: Transfer) -> Fetched[T] | None:
        """Check what was staged; None for content that is refused for the first time."""
        part = staging_of(path)
        with storing(part.parent):
            digest = sha256_of(part)
        reason = None
        try:
            found = self._check(part)
        except CorruptFile as error:
            reason = error.reason
        else:
            if self._sha256 in (None, digest):
                return Fetched(path, transfer.size, digest, found, reused=False)
        discard(part)
        if self._refused is not None:
            sure = digest == self._refused and (transfer.whole or self._listed.size is not None)
            raise refusal(self._listed, path, reason, transfer.size, digest, sure=sure)
        self._refused = digest
        if self._progress:
            self._progress.advance(-transfer.size)
        return None
