"""What became of a file: a good one, or why there is none. No network here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from magnetoflow.archive.remote.listed import Listed
from magnetoflow.errors import CorruptFile, DownloadError, MagnetoflowError

T = TypeVar("T")


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


Failure = tuple[Listed, DownloadError | CorruptFile]


def refusal(
    listed: Listed, path: Path, reason: str | None, size: int, sha256: str, *, sure: bool
) -> DownloadError | CorruptFile:
    """Make the error of a file that was refused twice; `sure`: the same bytes came, and all of them."""
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
