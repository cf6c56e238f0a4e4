"""What the answers of servers mean: which are files, which ask for patience. No network here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from magnetoflow.archive.remote.transfer import Remains, TryAgain
from magnetoflow.errors import DownloadError, NotInArchive, NotReleased
from magnetoflow.io.integrity import brief

Headers = Mapping[str, str]
CONTINUED = (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
CLOSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


def name_in(url: str) -> str:
    """Name of the file that a URL asks for, in its path or as ``file=`` of its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return brief(url)
    named = parse_qs(parts.query).get("file", [])
    return brief((named or [unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.netloc])[0])


def judge_status(status: int, headers: Headers, url: str, *, continued: bool = False) -> None:
    """Let pass the answers that carry a body.

    Parameters
    ----------
    status : int
    headers : mapping
    url : str
    continued : bool
        A part of a file was asked for: 206 and 416 are for `judge_part`.

    Raises
    ------
    NotInArchive, NotReleased, DownloadError
        Another attempt would get the same answer.
    TryAgain
        It may get another.
    """
    if status == HTTPStatus.OK or (continued and status in CONTINUED):
        return
    phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
    why = f"the server answered {status} {phrase}".rstrip()
    name = name_in(url)
    if status in ABSENT:
        raise NotInArchive(f"{name} is not in the archive", url=url, why=why, todo="check event and product")
    if status in CLOSED:
        todo = "wait for its release, or leave it out; a server that is out of order may answer so, too"
        raise NotReleased(f"{name} is not given to the public", url=url, why=why, todo=todo)
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TryAgain(why, wait=wait_of(headers) if status in BUSY else None)
    raise DownloadError(f"{name} was refused by the server", url=url, why=why)


def wait_of(headers: Headers) -> float | None:
    """Seconds to wait by ``Retry-After``, given as seconds or as a date; None without or if it is neither."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def judge_part(headers: Headers, held: int, remains: Remains) -> None:
    """Refuse a part that is not the rest of the same file.

    Parameters
    ----------
    headers : mapping
    held : int [bytes]
        What is here: the rest begins there.
    remains : Remains

    Raises
    ------
    TryAgain
        Also after 416, which names no part: the file has to be brought anew.
    """
    found = headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", found.strip())
    total = str(remains.total)
    if (
        match is None
        or int(match[1]) != held
        or (remains.total is not None and match[3] not in (total, "*"))
        or (match[3] != "*" and int(match[2]) + 1 != int(match[3]))
    ):
        raise TryAgain(f"bytes from {held} of {total} were asked for, {brief(found) or 'none'} came")
    etag = headers.get("ETag", remains.validator)
    if remains.validator.startswith('"') and etag != remains.validator:
        raise TryAgain(f"the rest is of another file: ETag {brief(etag)}, not {brief(remains.validator)}")


def judge_length(total: int | None, size: int | None, about: tuple[int, int] | None, url: str) -> None:
    """Compare the size of a file with its listing.

    Raises
    ------
    DownloadError
        They differ.
    """
    if total is None:
        return
    if size is not None and total != size:
        _refuse_length(url, f"{total} bytes, but {size} in the listing")
    if about is not None and not about[0] <= total <= about[1]:
        _refuse_length(url, f"{total} bytes, but {about[0]} to {about[1]} by the listing")


def _refuse_length(url: str, why: str) -> None:
    todo = "run again later; if it stays so, listing and file differ in the archive itself: tell its keepers"
    raise DownloadError(f"{name_in(url)} was refused: wrong size", url=url, why=why, todo=todo)


def judge_start(first: bytes, encoding: str, url: str) -> None:
    """Refuse a page or a message in place of a file, by the first bytes of its body.

    No kind of file that the archives hold begins so.

    Raises
    ------
    DownloadError
    """
    head = first[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"<", b"{", b"["):
        why = f"the server sent a web page or message: {brief(head.decode('utf-8', 'replace'), 80)!r}"
        raise DownloadError(f"{name_in(url)} was refused: no data", url=url, why=why)
    if encoding not in ("", "identity") and head[:2] == b"\x1f\x8b" and not name_in(url).endswith(".gz"):
        why = f"the server compressed it ({brief(encoding)}), which it was asked not to do"
        raise DownloadError(f"{name_in(url)} was refused: compressed on the way", url=url, why=why)
