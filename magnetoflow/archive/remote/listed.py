"""What an archive lists: files with slots and versions, and which of them a run takes. No network here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


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


def _order(one: Listed) -> tuple[datetime, tuple[int, ...], str]:
    return one.slot, one.version, one.path


def _rank(one: Listed) -> tuple[tuple[int, ...], bool]:
    """Of equal ones the first path is kept."""
    return one.version, one.name.endswith(".gz")
