"""What an archive lists: files with slots and versions, and which of them a run takes. No network here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from magnetoflow.errors import DownloadError

LONGEST_ANSWER = 20_000_000
"""Characters. A day of the busiest camera lists about 5 million."""


class Asker(Protocol):
    """What a listing is asked through: the client, or a stand-in in tests."""

    def text(self, url: str, params: dict[str, str] | None = None) -> str:
        """Body of the answer of one URL."""


@dataclass(frozen=True)
class Listed:
    """One file as its archive lists it.

    Attributes
    ----------
    name : str
    url : str
    path : str
        Under the root of the cache, in the layout of the public archives, with ``/``.
    slot : datetime
        UTC, from the name.
    version : tuple of int
        From the name; empty where names carry none.
    size : int or None
        Exact, in bytes.
    about : (int, int) or None
        Least and largest size [bytes] that a rounded number in the listing stands for.
    """

    name: str
    url: str
    path: str
    slot: datetime
    version: tuple[int, ...]
    size: int | None = None
    about: tuple[int, int] | None = None


@dataclass(frozen=True)
class Listing:
    """Answer of an archive about one product, probe and day.

    Attributes
    ----------
    files : tuple of Listed
        All versions and twins, by slot, version and path.
    asked : str
        URL that was asked; several are divided by spaces.
    missing : str or None
        Why there is no file.
    wide : int
        Images of another kind that were passed over (``_wide_``).
    """

    files: tuple[Listed, ...]
    asked: str
    missing: str | None = None
    wide: int = 0


def listing(files: Iterable[Listed], asked: str, missing: str, wide: int = 0) -> Listing:
    """Sort the files; without any, the listing says why.

    Raises
    ------
    DownloadError
        One path is listed twice, and not alike.
    """
    found: dict[str, Listed] = {}
    for one in files:
        if found.setdefault(one.path, one) != one:
            raise DownloadError(
                f"listing contradicts itself about {one.name}",
                url=asked,
                why=f"listed with {_sizes(found[one.path])} and with {_sizes(one)}",
            )
    ordered = tuple(sorted(found.values(), key=_order))
    return Listing(ordered, asked, None if ordered else missing, wide)


def newest(files: Iterable[Listed]) -> tuple[list[Listed], list[Listed]]:
    """Newest version of each time slot: one slot may have a newer version than the others.

    Names without version are files of their own, but for twins: of ``x.pgm.gz`` and ``x.pgm`` the first is
    taken, as it carries a checksum.

    Returns
    -------
    (list of Listed, list of Listed)
        Those to use and the others, by slot, version and path.
    """
    best: dict[tuple[datetime, str], Listed] = {}
    ordered = sorted(files, key=_order)
    for one in ordered:
        key = (one.slot, "" if one.version else one.path.removesuffix(".gz"))
        if key not in best or _rank(one) > _rank(best[key]):
            best[key] = one
    chosen = sorted(best.values(), key=_order)
    taken = set(chosen)
    return chosen, [one for one in ordered if one not in taken]


def check_name(name: str, url: str) -> None:
    """Refuse a name that would lead out of its folder.

    Raises
    ------
    DownloadError
        It is empty, has a slash, backslash or control character, or leads up.
    """
    if not name or name in (".", "..") or re.search(r"[/\\\x00-\x1f\x7f-\x9f]", name):
        raise DownloadError(
            "listing refused: it has a name that is no file's",
            url=url,
            why=f"name {name[:100]!r}",
            todo="tell the archive, or use another mirror",
        )


def check_answer(text: str, url: str) -> None:
    """Refuse an empty answer, and one so long that it is no listing.

    Raises
    ------
    DownloadError
        It is one of these.
    """
    if not text.strip():
        raise DownloadError("listing refused: the answer is empty", url=url, why="0 bytes or only blanks")
    if len(text) > LONGEST_ANSWER:
        raise DownloadError(
            "listing refused: the answer is too long",
            url=url,
            why=f"{len(text)} characters; at most {LONGEST_ANSWER} are read",
        )


def _sizes(one: Listed) -> str:
    return f"size {one.size} from {one.url}"


def _order(one: Listed) -> tuple[datetime, tuple[int, ...], str]:
    return one.slot, one.version, one.path


def _rank(one: Listed) -> tuple[tuple[int, ...], bool]:
    """Of equal ones the first path is kept."""
    return one.version, one.name.endswith(".gz")
