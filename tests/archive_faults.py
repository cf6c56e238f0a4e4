"""Ways in which a server of files misbehaves, for `tests.archive_server`.

A fault changes what a listing names (`items`), what is answered (`change`), or how it is sent (`send`). All
functions below return one.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

PAGE = b"<!DOCTYPE html>\n<html><head><title>Login</title></head><body><p>Please log in.</p></body></html>\n"


@dataclass(frozen=True)
class Item:
    """What a listing names: a file, or a folder (size None)."""

    name: str
    size: int | None
    modified: datetime


@dataclass(frozen=True)
class Reply:
    """An answer before it is sent; `ranges`: a part may be asked for, and begins at `start` if set."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = False
    start: int | None = None

    def plus(self, **headers: str) -> Reply:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})


class Connection(Protocol):
    """What a fault needs of the handler of one request."""

    connection: socket.socket
    close_connection: bool

    def head(self, reply: Reply, length: int | None) -> None:
        """Send status and headers; without a length, there is no Content-Length."""

    def body(self, content: bytes) -> None: ...

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the server runs."""

    def send(self, reply: Reply) -> None:
        """Send as a good server does."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong."""

    name: str
    items: Callable[[list[Item]], list[Item]] | None = None
    change: Callable[[Reply], Reply] | None = None
    send: Callable[[Connection, Reply], None] | None = None


# ---- how it is sent


def cut(at: float = 0.5, reset: bool = False) -> Fault:
    """Content-Length is right, the connection ends after the share `at` of the body."""

    def send(to: Connection, reply: Reply) -> None:
        to.head(reply, len(reply.body))
        _end(to, reply.body[: int(at * len(reply.body))], reset)

    return Fault(f"cut at {at:.0%}", send=send)


def cut_without_length(at: float = 0.5) -> Fault:
    """No Content-Length: the end of the connection ends the body, early or not (``at=1.0``)."""

    def send(to: Connection, reply: Reply) -> None:
        to.head(reply.plus(Connection="close"), None)
        _end(to, reply.body[: int(at * len(reply.body))])

    return Fault(f"cut at {at:.0%} without length", send=send)


def chunked(at: float = 1.0, piece: int = 8192) -> Fault:
    """Chunked transfer; below 1 it ends after the share `at`, without the last chunk."""

    def send(to: Connection, reply: Reply) -> None:
        to.head(reply.plus(Transfer_Encoding="chunked"), None)
        content = reply.body[: int(at * len(reply.body))]
        for start in range(0, len(content), piece):
            part = content[start : start + piece]
            to.body(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if at < 1.0:
            _end(to, b"")
        else:
            to.body(b"0\r\n\r\n")

    return Fault(f"chunked, ends at {at:.0%}", send=send)


def cut_chunked(at: float = 0.5) -> Fault:
    """Chunked transfer that ends early."""
    return chunked(at)


def stall_before(seconds: float = 3600.0) -> Fault:
    """Nothing at all for a while, then a good answer."""

    def send(to: Connection, reply: Reply) -> None:
        to.wait(seconds)
        to.send(reply)

    return Fault("stall before headers", send=send)


def stall_within(at: float = 0.5, seconds: float = 3600.0) -> Fault:
    """Headers and the share `at` of the body, then nothing for a while, then the rest."""

    def send(to: Connection, reply: Reply) -> None:
        half = int(at * len(reply.body))
        to.head(reply, len(reply.body))
        to.body(reply.body[:half])
        to.wait(seconds)
        to.body(reply.body[half:])

    return Fault(f"stall at {at:.0%}", send=send)


def drip(piece: int = 100, pause: float = 0.2) -> Fault:
    """The body in small pieces, each before a limit of reading is reached."""

    def send(to: Connection, reply: Reply) -> None:
        to.head(reply, len(reply.body))
        for start in range(0, len(reply.body), piece):
            to.body(reply.body[start : start + piece])
            to.wait(pause)

    return Fault("drip feed", send=send)


def other_range(start: int = 0) -> Fault:
    """206 from another byte than the one asked for."""
    return Fault("other range", change=lambda reply: replace(reply, start=start))


def _end(to: Connection, content: bytes, reset: bool = False) -> None:
    """Send the last bytes and close, by a reset if asked for."""
    to.body(content)
    to.close_connection = True
    if reset:
        to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        to.connection.close()


# ---- what is answered


def content(made: bytes | Callable[[bytes], bytes], name: str = "other content") -> Fault:
    """200 with other content, its Content-Length right."""

    def change(reply: Reply) -> Reply:
        return replace(reply, body=made(reply.body) if callable(made) else made)

    return Fault(name, change=change)


def short(at: float = 0.5) -> Fault:
    """200 with the first part of the file, Content-Length that of the part."""
    return content(lambda body: body[: int(at * len(body))], f"short by {1 - at:.0%}")


def flipped(at: float = 0.5, bits: int = 0xFF) -> Fault:
    """One byte differs."""

    def flip(body: bytes) -> bytes:
        changed = bytearray(body)
        changed[min(int(at * len(body)), len(body) - 1)] ^= bits
        return bytes(changed)

    return content(flip, f"flipped at {at:.0%}")


def empty() -> Fault:
    """200 with 0 bytes."""
    return Fault("empty", change=lambda reply: Reply(200, b"", reply.headers))


def html(page: bytes = PAGE, kind: str = "text/html; charset=utf-8") -> Fault:
    """200 with a page instead of the file or the listing."""
    return Fault("HTML", change=lambda reply: Reply(200, page, {"Content-Type": kind}))


def status(code: int, retry_after: str | None = None) -> Fault:
    """An error, as a page."""
    more = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(str(code), change=lambda reply: Reply(code, PAGE, {"Content-Type": "text/html", **more}))


def redirect(to: str = "{path}", code: int = 302) -> Fault:
    """Redirect; `to` may hold ``{path}`` and ``{port}``. The default is a loop.

    ``http://localhost:{port}{path}`` is another host that would answer; ``file:///etc/hostname`` none.
    """
    return Fault(f"redirect to {to}", change=lambda reply: Reply(code, b"", {"Location": to}))


def ignores_ranges() -> Fault:
    """200 and the whole file when a part is asked for, though Accept-Ranges says otherwise."""
    return Fault("ignores ranges", change=lambda reply: replace(reply, ranges=False))


def labelled_gzip() -> Fault:
    """A gzip file is sent as if gzip were only its transfer encoding."""
    return Fault("labelled gzip", change=lambda reply: reply.plus(Content_Encoding="gzip"))


# ---- listings


def nothing_listed() -> Fault:
    """A listing without files."""
    return Fault("nothing listed", items=lambda items: [])


def listed_size(made: int | Callable[[int], int]) -> Fault:
    """Sizes in the listing differ from those of the files."""

    def change(items: list[Item]) -> list[Item]:
        return [
            one if one.size is None else replace(one, size=made(one.size) if callable(made) else made)
            for one in items
        ]

    return Fault("other size listed", items=change)


def also_listed(*names: str, size: int | None = None) -> Fault:
    """More names than there are: ``../x.cdf``, ``/etc/x.cdf``, other versions, files nobody asked for."""

    def change(items: list[Item]) -> list[Item]:
        sizes = [one.size for one in items if one.size is not None]
        given = size if size is not None else (sizes or [1000])[0]
        return [*items, *(Item(name, given, datetime(2020, 1, 1)) for name in names)]

    return Fault(f"also listed {', '.join(names)}", items=change)


def not_listed(names: Iterable[str]) -> Fault:
    """Some files are not in the listing, though they are there."""
    left_out = set(names)
    return Fault("not listed", items=lambda items: [one for one in items if one.name not in left_out])


def document(change: Callable[[Any], Any], name: str = "other document") -> Fault:
    """JSON changed by a function that returns the new document."""
    return content(lambda body: json.dumps(change(json.loads(body))).encode(), name)


def not_json() -> Fault:
    """Half a document."""
    return content(b'{"files": [', "not JSON")


def without_key(key: str) -> Fault:
    """A key is missing, in the document and in each of its files."""

    def change(made: Any) -> Any:
        made.pop(key, None)
        for one in made.get("files", []):
            one.pop(key, None)
        return made

    return document(change, f"no {key}")


def size_as_text(text: str | None = None) -> Fault:
    """``file_size`` is text: the number, or what is given."""

    def change(made: Any) -> Any:
        for one in made["files"]:
            one["file_size"] = str(one["file_size"]) if text is None else text
        return made

    return document(change, "size as text")
