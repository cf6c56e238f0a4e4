"""Requests to the archives: bounded in time, tried again with pauses, continued where they were cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlencode

import requests

from magnetoflow.archive.remote.answers import judge_length, judge_part, judge_start, judge_status, name_in
from magnetoflow.archive.remote.connection import Connection, pieces
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.transfer import (
    Deadline,
    Remains,
    Transfer,
    TryAgain,
    discard,
    storing,
)
from magnetoflow.errors import ArchiveError, DownloadError, NoNetwork

T = TypeVar("T")
Advance = Callable[[int], None]
LONGEST_LISTING = 1 << 25
TRIES_TO_CONNECT = 2
"""Without a network a run ends after so many attempts, in less than half a minute."""
RECONNECT = (
    "reconnect, or set remote: proxy, and run again; a server that was asked too much may refuse connections "
    "for a while"
)


@dataclass(frozen=True)
class _Order:
    """One file to bring, and what is known of it."""

    url: str
    part: Path
    size: int | None
    about: tuple[int, int] | None
    told: _Told
    deadline: Deadline


class _Told:
    """Tells how far a file is, though an attempt may begin before the end of the last."""

    def __init__(self, advance: Advance | None) -> None:
        self._advance, self._at = advance, 0

    def at(self, position: int) -> None:
        if self._advance and position != self._at:
            self._advance(position - self._at)
        self._at = position


class Client:
    """Requests to the hosts of the settings, one after the other, each independent of earlier ones.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection = Connection(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def text(self, url: str, params: Mapping[str, str] | None = None) -> str:
        """Bring a listing.

        Parameters
        ----------
        url : str
        params : mapping, optional
            Query.

        Returns
        -------
        str
            All of it: an answer that was cut is none.

        Raises
        ------
        NotInArchive, NotReleased, NoNetwork, DownloadError
        """
        asked = f"{url}?{urlencode(params)}" if params else url
        deadline = Deadline(self.settings.total_s)
        return self._attempts(asked, deadline, lambda _: self._listing(asked, deadline))

    def reach(self, url: str) -> None:
        """Find out whether a server can be connected to; what it answers does not matter.

        Raises
        ------
        NoNetwork
        """
        deadline = Deadline(TRIES_TO_CONNECT * self.settings.connect_s + self.settings.backoff_s)

        def once(_: int) -> None:
            try:
                self._connection.get(url, {}, deadline).close()
            except TryAgain as failure:
                if not failure.connected:
                    raise

        try:
            self._attempts(url, deadline, once)
        except NoNetwork:
            raise
        except DownloadError:
            return

    def download(
        self,
        url: str,
        part: Path,
        *,
        size: int | None = None,
        about: tuple[int, int] | None = None,
        advance: Advance | None = None,
        deadline: Deadline | None = None,
    ) -> Transfer:
        """Bring a file into its staging place, going on from what an earlier attempt or run left there.

        Parameters
        ----------
        url : str
        part : Path
            Staging file; a note beside it says how it can be continued.
        size : int, optional [bytes]
            From the listing; another is refused.
        about : (int, int), optional [bytes]
            Least and largest size, from a rounded listing.
        advance : callable, optional
            Told the bytes that came; a negative number when bytes are brought anew.
        deadline : Deadline, optional
            Default: ``total_s`` of the settings from now.

        Returns
        -------
        Transfer

        Raises
        ------
        NotInArchive, NotReleased, NoNetwork, DownloadError
            What can be continued stays in the staging place; else nothing does.
        ArchiveError
            The disk is full, or the folder cannot be written.
        """
        deadline = deadline or Deadline(self.settings.total_s)
        order = _Order(url, part, size, about, _Told(advance), deadline)
        return self._attempts(url, deadline, lambda attempt: self._file(order, attempt))

    def _attempts(self, url: str, deadline: Deadline, once: Callable[[int], T]) -> T:
        pause = self.settings.backoff_s
        attempt = 0
        while True:
            attempt += 1
            try:
                return once(attempt)
            except TryAgain as failure:
                wait = max(pause, failure.wait or 0.0)
                over = self._over(failure, attempt, wait, deadline)
                if over is not None:
                    if failure.connected:
                        raise DownloadError(
                            f"{name_in(url)} could not be brought", url=url, why=over
                        ) from failure
                    what = f"{name_in(url)} could not be asked for: no connection"
                    raise NoNetwork(what, url=url, why=over, todo=RECONNECT) from failure
            time.sleep(wait)
            pause *= 2

    def _over(self, failure: TryAgain, attempt: int, wait: float, deadline: Deadline) -> str | None:
        """Why there is no other attempt; None if there is."""
        attempts = self.settings.attempts
        if not failure.connected and not self._connection.reached:
            attempts = min(TRIES_TO_CONNECT, attempts)
        longest = self.settings.max_wait_s
        if attempt >= attempts:
            return f"{failure.why} (attempt {attempt} of {attempts})"
        if failure.wait is not None and failure.wait > longest:
            return f"{failure.why}, to be asked again in {wait:.0f} s: more than max_wait_s, {longest:g} s"
        if wait >= deadline.left():
            return f"{failure.why}; no time is left of the {deadline.seconds:g} s for it"
        return None

    def _listing(self, url: str, deadline: Deadline) -> str:
        with closing(self._connection.get(url, {}, deadline)) as response:
            judge_status(response.status_code, response.headers, url)
            told = _length_is_told(response)
            content = bytearray()
            for piece in pieces(response, deadline):
                content += piece
                if len(content) > LONGEST_LISTING:
                    why = f"the listing is longer than {LONGEST_LISTING} bytes"
                    raise DownloadError("a listing was refused", url=url, why=why)
        if not content:
            raise TryAgain("the answer is empty")
        if not told and not content.rstrip().lower().endswith((b"</html>", b"}", b"]")):
            raise TryAgain("the answer has no length, and no end: it was cut")
        return content.decode("utf-8", errors="replace")

    def _file(self, order: _Order, attempt: int) -> Transfer:
        """Leave in the staging place what can be continued, and nothing else."""
        try:
            return self._bring(order, attempt)
        except TryAgain:
            if Remains.read(order.part, order.url) is None:
                discard(order.part)
            raise
        except ArchiveError:
            discard(order.part)
            raise

    def _bring(self, order: _Order, attempt: int) -> Transfer:
        remains = Remains.read(order.part, order.url)
        held = order.part.stat().st_size if remains else 0
        headers = {"Range": f"bytes={held}-", "If-Range": remains.validator} if remains else {}
        with closing(self._connection.get(order.url, headers, order.deadline)) as response:
            judge_status(response.status_code, response.headers, order.url, continued=remains is not None)
            start = 0
            if remains is not None and response.status_code != requests.codes.ok:
                start = _rest(response, order.part, held, remains)
            length, told = response.raw.length_remaining, _length_is_told(response)
            total = None if length is None else start + length
            with closing(pieces(response, order.deadline)) as body:
                first = next(body, b"")
                if not first:
                    raise TryAgain("the answer is empty (0 bytes)")
                if not start:
                    judge_start(first, response.headers.get("Content-Encoding", ""), order.url)
                judge_length(total, order.size, order.about, order.url)
                with storing(order.part.parent):
                    if not start:
                        _begin(order, Remains.of(order.url, response.headers, total))
                    size = _write(order, start, chain([first], body))
        if not told and order.size is not None and size < order.size:
            raise TryAgain(f"the answer was cut after {size} of {order.size} bytes")
        judge_length(size, order.size, order.about, order.url)
        return Transfer(size, told, start, attempt)


def _length_is_told(response: requests.Response) -> bool:
    return response.raw.length_remaining is not None or response.raw.chunked


def _rest(response: requests.Response, part: Path, held: int, remains: Remains) -> int:
    try:
        judge_part(response.headers, held, remains)
    except TryAgain:
        discard(part)
        raise
    return held


def _begin(order: _Order, remains: Remains | None) -> None:
    discard(order.part)
    order.part.parent.mkdir(parents=True, exist_ok=True)
    if remains:
        remains.write(order.part)


def _write(order: _Order, start: int, body: Iterable[bytes]) -> int:
    size = start
    with order.part.open("ab" if start else "wb") as stream:
        for piece in body:
            size += stream.write(piece)
            if order.size is not None and size > order.size:
                break
            order.told.at(size)
    return size
