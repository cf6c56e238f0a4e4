"""What is left of a file when its transfer is cut, and the limits of a transfer. No network here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magnetoflow.errors import ArchiveError

RESUME_FROM = 1 << 16
"""A body shorter than this [bytes] is sooner brought anew than noted."""


@dataclass(frozen=True)
class Transfer:
    """A body that lies in its staging file.

    Attributes
    ----------
    size : int [bytes]
    whole : bool
        The server said how long the file is, and that much came. Without this only the gate can tell.
    resumed : int [bytes]
        What an earlier attempt, or an earlier run, had brought.
    attempts : int
    """

    size: int
    whole: bool
    resumed: int
    attempts: int


class TryAgain(Exception):  # noqa: N818 (no error: it never leaves the client)
    """An attempt failed in a way that another may not.

    Attributes
    ----------
    why : str
    wait : float or None [s]
        What the server asks for.
    connected : bool
        False: there was no connection at all.
    """

    def __init__(self, why: str, *, wait: float | None = None, connected: bool = True) -> None:
        super().__init__(why)
        self.why, self.wait, self.connected = why, wait, connected


class Deadline:
    """One limit of time for a file with all its attempts and pauses."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, 0 at the end."""
        return max(0.0, self._end - time.monotonic())

    def check(self, state: str) -> None:
        """Raise `TryAgain`, which finds no time left, when the limit is over."""
        if not self.left():
            raise TryAgain(f"{state} when the limit of {self.seconds:g} s for the file was over")


@dataclass(frozen=True)
class Remains:
    """What was noted of a file when its transfer began, so that a later run can go on where it was cut.

    Attributes
    ----------
    url : str
    validator : str
        Strong ETag, or Last-Modified: goes into ``If-Range``.
    total : int or None [bytes]
    """

    url: str
    validator: str
    total: int | None

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str], total: int | None) -> Remains | None:
        """From the headers of an answer; None if its server does not continue files."""
        etag = headers.get("ETag", "")
        validator = etag if etag.startswith('"') else headers.get("Last-Modified", "")
        if headers.get("Accept-Ranges", "").lower() != "bytes" or not validator:
            return None
        return None if total is not None and total < RESUME_FROM else cls(url, validator, total)

    @classmethod
    def read(cls, part: Path, url: str) -> Remains | None:
        """Note beside a staging file; None if there is none for this URL, or nothing is left to bring."""
        try:
            values: dict[str, Any] = json.loads(note_of(part).read_bytes())
            remains = cls(str(values["url"]), str(values["validator"]), values["total"])
            held = part.stat().st_size
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if remains.url != url or not (remains.validator.isascii() and remains.validator.isprintable()):
            return None
        return None if remains.total is not None and held >= remains.total else remains

    def write(self, part: Path) -> None:
        """Note this beside a staging file."""
        values = {"url": self.url, "validator": self.validator, "total": self.total}
        note_of(part).write_text(json.dumps(values), encoding="utf-8")


def staging_of(path: Path) -> Path:
    """Staging file of a final name: in its folder, with its suffix, the same in every run."""
    return path.with_name(f".{path.name}.part{path.suffix}")


def note_of(part: Path) -> Path:
    """Path of the note beside a staging file."""
    return part.with_name(f"{part.name}.json")


def discard(part: Path) -> None:
    """Remove a staging file and its note."""
    for path in (note_of(part), part):
        with suppress(OSError):
            path.unlink()


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn errors of the disk into one that names the folder: another attempt would not help.

    Raises
    ------
    ArchiveError
        The disk or a quota is full, the folder cannot be written, or a file stands where a folder should be.
    """
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            "a file of the archive cannot be stored",
            where=folder,
            why=error.strerror or str(error),
            todo="free space, or choose another folder by data: in the configuration; then run again",
        ) from error
