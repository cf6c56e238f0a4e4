"""Directory listings as HTML, as Apache, nginx and others write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from magnetoflow.archive.remote.listed import Asker, Listing, check_answer, check_name
from magnetoflow.errors import DownloadError, NotInArchive, NotReleased

_TOKEN = re.compile(
    r"""<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?![-:\w])"""
    r"""(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+|[^<>]*+)>|(?P<text>[^<]++)|<""",
    re.I,
)
"""Of HTML. Not `html.parser`: on pages of unclosed tags its time grows with the square of the length, and on
others it fails by an assertion."""
_HREF = re.compile(r"""(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_SIGNS = re.compile(r"index of|directory listing", re.I)
_SORTED = re.compile(r"\?(?:C=[NMSD]\b|sort=)", re.I)
"""Links that sort a listing anew."""
_DATE = r"(?:\d{4}-\d\d-\d\d|\d\d-[A-Z][a-z]{2}-\d{4}) +\d\d:\d\d(?::\d\d)?"
_SIZE = r"(?P<number>\d{1,19}(?:\.(?P<decimals>\d{1,9}))?) ?(?P<unit>[KMGT]?)(?P<byte>i?B)?"
_LINE = re.compile(rf"\s*{_DATE}\s+{_SIZE}(?=\s|$)", re.I)
_CELL = re.compile(_SIZE, re.I)


@dataclass(frozen=True)
class Entry:
    """One line of a directory listing.

    Attributes
    ----------
    name : str
        Without the slash of folders, percent signs decoded.
    url : str
        With a slash where it is a folder.
    folder : bool
    size : int or None
        Exact, in bytes.
    about : (int, int) or None
        Least and largest size [bytes] that the rounded number stands for.
    """

    name: str
    url: str
    folder: bool
    size: int | None = None
    about: tuple[int, int] | None = None


def absent(client: Asker, root: str, url: str) -> Listing:
    """Say that a folder is not there (404), if the archive is.

    Raises
    ------
    DownloadError
        The root is not there, either: it is wrong, and says nothing about the folder.
    """
    top = f"{root.rstrip('/')}/"
    try:
        client.text(top)
    except NotReleased:
        pass
    except NotInArchive as error:
        raise DownloadError(
            "the archive is not there",
            url=top,
            why=f"404 there, and at {url}",
            todo="correct the address in section remote of the configuration",
        ) from error
    return Listing((), url, f"404 at {url}")


def read_listed(client: Asker, url: str) -> list[Entry]:
    """Read a folder that another listing names: when it is not there, that listing is not to be trusted.

    Raises
    ------
    DownloadError
        It is not there, or is no listing.
    """
    try:
        return read_index(client, url)
    except NotInArchive as error:
        raise DownloadError(
            "a folder is listed and not there", url=url, why="404; the archive may have changed meanwhile"
        ) from error


def read_index(client: Asker, url: str) -> list[Entry]:
    """Read the listing of a folder, whose URL ends with a slash.

    Raises
    ------
    DownloadError
        The answer is no listing, is cut, or has a name that leads out of the folder; or as the client raises.
    """
    return parse_index(client.text(url), url)


def parse_index(text: str, url: str) -> list[Entry]:
    """Entries of a directory listing, by name; links to elsewhere are passed over.

    Parameters
    ----------
    text : str
        HTML.
    url : str
        Of the folder; ends with a slash.

    Raises
    ------
    DownloadError
        The text is no listing, is cut, or has a name that leads out of the folder.
    """
    check_answer(text, url)
    page = _scan(text)
    if not page.is_index(url):
        raise DownloadError(
            "listing refused: the answer is no directory listing",
            url=url,
            why=f"it begins with {' '.join(text.split())[:80]!r}",
        )
    if not page.whole:
        raise DownloadError(
            "listing refused: it is cut", url=url, why=f"the list of {len(page.links)} links has no end"
        )
    entries: dict[str, Entry] = {}
    for link in page.links:
        entry = _entry(link, url)
        if entry is None:
            continue
        # an icon before the name may be a link, too, and has no size after it
        other = entries.get(entry.name)
        if other is None or not _tells_size(other):
            entries[entry.name] = entry
        elif _tells_size(entry) and entry != other:
            raise DownloadError(
                f"listing contradicts itself about {entry.name}",
                url=url,
                why=f"sizes {other.size or other.about} and {entry.size or entry.about}",
            )
    return [entries[name] for name in sorted(entries)]


@dataclass
class _Link:
    href: str
    after: list[str]
    """Texts up to the next link or row."""


@dataclass
class _Page:
    links: list[_Link] = field(default_factory=list)
    heading: str = ""
    whole: bool = False
    """The list has an end."""

    def is_index(self, url: str) -> bool:
        """Whether the page says that it is a listing, or has the links that only listings have."""
        if _SIGNS.search(self.heading):
            return True
        up = urlsplit(urljoin(url, "../"))
        return any(_SORTED.match(link.href) or _split(url, link.href) == up for link in self.links)


def _scan(text: str) -> _Page:
    page, inside = _Page(), ""
    row: _Link | None = None
    for token in _TOKEN.finditer(_without_comments(text)):
        tag, ends = (token["tag"] or "").lower(), bool(token["end"])
        if inside in ("script", "style"):
            inside = "" if ends and tag == inside else inside
        elif token["text"] and inside in ("title", "h1"):
            page.heading += _plain(token["text"])
        elif token["text"] and inside != "a" and row is not None:
            row.after.append(_plain(token["text"]))
        elif ends:
            inside = "" if tag == inside else inside
            page.whole = page.whole or tag in ("pre", "table", "body", "html")
        elif tag == "a":
            inside, page.whole, row = tag, False, None
            href = _HREF.search(token["attributes"])
            if href:
                row = _Link(_plain(href[1] or href[2] or href[3] or ""), [])
                page.links.append(row)
        elif tag in ("title", "h1", "script", "style"):
            inside = tag
        elif tag == "tr":
            row = None
    return page


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(text)
    return "".join([*kept, text[at:]])


def _plain(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character's number of thousands of digits
        return text


def _split(url: str, href: str) -> SplitResult:
    try:
        return urlsplit(urljoin(url, href))
    except ValueError:
        return urlsplit("")


def _entry(link: _Link, url: str) -> Entry | None:
    """Read a link to something directly in the folder; None for every other."""
    base, target = urlsplit(url), _split(url, link.href)
    # behind a proxy links may differ in scheme: the URL is put together anew, so that this does no harm
    if target.query or target.hostname != base.hostname:
        return None
    above, parts = base.path.split("/")[:-1], target.path.split("/")
    if [unquote(part) for part in parts[: len(above)]] != [unquote(part) for part in above]:
        return None
    rest = parts[len(above) :]
    folder = len(rest) == 2 and rest[1] == ""
    if not rest or not rest[0] or (len(rest) > 1 and not folder):
        return None
    name = unquote(rest[0])
    check_name(name, url)
    there = url + quote(name, safe="") + ("/" if folder else "")
    return Entry(name, there, True) if folder else Entry(name, there, False, *_size(link.after))


def _tells_size(entry: Entry) -> bool:
    return entry.size is not None or entry.about is not None


def _size(after: Sequence[str]) -> tuple[int | None, tuple[int, int] | None]:
    """Size that stands behind a link: exact, or the bounds of a rounded number."""
    for text in after:
        match = _LINE.match(text) or _CELL.fullmatch(text.strip())
        if match is None:
            continue
        if not match["unit"] and match["decimals"] is None:
            return int(match["number"]), None
        power = " KMGT".index((match["unit"] or " ").upper())
        # kB is 1000 or 1024 bytes
        least = 1000**power if (match["byte"] or "").upper() == "B" else 1024**power
        # servers round or cut: one unit of the last digit in both directions
        digits, scale = int(match["number"].replace(".", "")), 10 ** len(match["decimals"] or "")
        return None, (max(0, (digits - 1) * least // scale), -(-(digits + 1) * 1024**power // scale))
    return None, None
