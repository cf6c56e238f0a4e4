"""One process at a time per file of the cache, also on file systems that have no locks."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from magnetoflow.archive.remote.transfer import storing
from magnetoflow.errors import ArchiveError
from magnetoflow.io.integrity import brief
from magnetoflow.times import format_utc

LOG = logging.getLogger(__name__)
FOLDER = ".locks"
NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
WAIT_S = 2400.0
PATIENCE_S = 10.0
"""After so long a process says for whom it waits."""
POLL_S = 0.1
ABANDONED_S = 7200.0
BREAKING_S = 60.0
"""Longest time that breaking a lock takes."""


class Held(ArchiveError):  # noqa: N818 (says who, and is no fault of the file)
    """Another process had the lock for too long."""


@dataclass(frozen=True)
class Holder:
    """Who has a lock: written into its file."""

    host: str
    pid: int
    since: float

    @classmethod
    def me(cls) -> Holder:
        """Name this process."""
        return cls(socket.gethostname(), os.getpid(), time.time())

    @classmethod
    def read(cls, path: Path) -> Holder | None:
        """Who signed a lock file; None if nobody did."""
        try:
            values = json.loads(path.read_bytes())
            return cls(str(values["host"]), int(values["pid"]), float(values["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC).replace(microsecond=0)
        return f"process {self.pid} on {brief(self.host)}, since {format_utc(since)}"

    def write(self, descriptor: int) -> None:
        """Replace the content of an open file."""
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(self)).encode(), 0)


@contextmanager
def locked(root: Path, target: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Keep other processes, here and on other computers, from one file of the cache.

    Parameters
    ----------
    root : Path
        Root of the cache; locks lie in its folder ``.locks``.
    target : Path
        The file, under `root`.
    wait_s : float, optional [s]
        Longest wait; 0 does not wait. Where the file system has no locks, a lock file is taken for abandoned
        when its process is dead, or on another computer after `ABANDONED_S`, or twice this time if longer.

    Raises
    ------
    Held
        Another process has it for longer; the message says which.
    ArchiveError
        The disk is full, or the folder cannot be written.
    """
    name = target.relative_to(root) if target.is_relative_to(root) else target
    path = root / FOLDER / f"{hashlib.sha256(name.as_posix().encode()).hexdigest()[:20]}.lock"
    with storing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        release = _acquire(path, target, wait_s)
    try:
        yield
    finally:
        with storing(path.parent):
            release()


def _acquire(path: Path, target: Path, wait_s: float) -> Callable[[], None]:
    try:
        return _system_lock(path, target, wait_s)
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    path.unlink(missing_ok=True)
    return _lock_file(path.with_suffix(".held"), target, wait_s)


def _system_lock(path: Path, target: Path, wait_s: float) -> Callable[[], None]:
    lock = FileLock(
        path,
        thread_local=False,  # a file is checked, and its lock released, in another thread
        fallback_to_soft=False,
        on_acquired=lambda opened: Holder.me().write(opened),
    )
    first = min(PATIENCE_S, wait_s)
    try:
        lock.acquire(timeout=first)
    except Timeout:
        if wait_s > first:
            _say(path, target)
        try:
            lock.acquire(timeout=wait_s - first)
        except Timeout:
            raise _held(path, target, wait_s) from None

    def release() -> None:
        # whoever waits for the removed file finds that out, and makes another (filelock does)
        path.unlink(missing_ok=True)
        lock.release()

    return release


def _lock_file(path: Path, target: Path, wait_s: float) -> Callable[[], None]:
    """Take a lock by making its file, which only one process can do."""
    began, said = time.monotonic(), False
    while True:
        try:
            opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            if _broken(path, max(ABANDONED_S, 2 * wait_s)):
                continue
            waited = time.monotonic() - began
            if waited >= wait_s:
                raise _held(path, target, wait_s) from None
            if waited >= PATIENCE_S and not said:
                _say(path, target)
                said = True
            time.sleep(POLL_S)
            continue
        try:
            Holder.me().write(opened)
        finally:
            os.close(opened)
        return lambda: path.unlink(missing_ok=True)


def _broken(path: Path, age_s: float) -> bool:
    """Remove an abandoned lock file; only one process at a time looks and removes."""
    if not _abandoned(path, age_s):
        return False
    guard = path.with_suffix(".breaking")
    try:
        os.close(os.open(guard, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        if _age(guard) > BREAKING_S:
            guard.unlink(missing_ok=True)
        return False
    try:
        if not _abandoned(path, age_s):
            return False
        LOG.warning("removing an abandoned lock: %s", Holder.read(path) or path)
        path.unlink(missing_ok=True)
        return True
    finally:
        guard.unlink(missing_ok=True)


def _abandoned(path: Path, age_s: float) -> bool:
    holder = Holder.read(path)
    if holder is None:  # its process died before it signed, or it is gone
        return _age(path) > age_s
    if holder.host == socket.gethostname():
        return not _lives(holder.pid)
    return time.time() - holder.since > age_s


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _say(path: Path, target: Path) -> None:
    LOG.warning("%s is being brought by %s: waiting", target.name, Holder.read(path) or "another process")


def _held(path: Path, target: Path, wait_s: float) -> Held:
    return Held(
        f"{target.name} is held by another process",
        where=target,
        why=f"{Holder.read(path) or 'another process'}; waited {wait_s:g} s",
        todo=f"end that process; if there is none, remove {path}",
    )
