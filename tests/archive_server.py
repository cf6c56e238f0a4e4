"""Loopback server that serves folders in the public layout in the archives' own way, well or badly.

::

    with ArchiveServer(run / "data/sample") as server:
        server.fault(".cdf", cut(0.5), times=1)   # tests.archive_faults
        with Client(server.settings()) as client: ...
        assert server.count("download/science") == 2

It serves ``/sdc`` (listing and download), ``/spdf``, ``/calgary`` and ``/pfrr`` (folders as HTML) and
``/calgary_api/urls``.
"""

from __future__ import annotations

import dataclasses
import re
import socket
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from magnetoflow.archive.remote.settings import Settings
from tests.archive_answers import answer, is_listing
from tests.archive_faults import Fault, Item, Reply
from tests.archive_tree import Tree


class Request(NamedTuple):
    """One request: path with its query, unquoted; names of headers in small letters."""

    method: str
    path: str
    headers: dict[str, str]


class ArchiveServer(Tree):
    """Server on 127.0.0.1, whose folders and added files are those of the tree.

    Attributes
    ----------
    requests : list of Request
        What was asked, in order.
    sent : int
        Bytes of bodies.
    """

    def __init__(self, *folders: Path) -> None:
        super().__init__(*folders)
        self.requests: list[Request] = []
        self.sent = 0
        self.port = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.connections: set[socket.socket] = set()
        self._faults: list[tuple[str, str, Fault, list[int | None]]] = []

    def __enter__(self) -> ArchiveServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve, on the same port as before."""
        self.stopping.clear()
        self._http = _Quiet(("127.0.0.1", self.port), type("Bound", (_Handler,), {"archive": self}))
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on, and end those that there are."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        for one in list(self.connections):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> Settings:
        """Settings with all roots here, and short limits."""
        roots = {name: f"{self.url}/{name}" for name in ("sdc", "spdf", "calgary", "pfrr")}
        roots["calgary_api"] = f"{self.url}/calgary_api/urls"
        limits = {"connect_s": 1.0, "read_s": 1.0, "total_s": 10.0, "attempts": 3, "backoff_s": 0.01}
        return Settings(**{**roots, **limits, **more})

    def section(self, keep_raw: bool = True, **more: Any) -> dict[str, Any]:
        """The same as section ``remote`` of the configuration: what differs from the defaults."""
        given, default = dataclasses.asdict(self.settings(**more)), dataclasses.asdict(Settings())
        differing = {name: value for name, value in given.items() if value != default[name]}
        section = {n: list(value) if isinstance(value, tuple) else value for n, value in differing.items()}
        return section if keep_raw else {**section, "keep_raw": False}

    def fault(self, fragment: str, fault: Fault, times: int | None = None, of: str = "any") -> None:
        """Answer requests whose unquoted path and query hold a fragment with a fault.

        Parameters
        ----------
        fragment : str
            ``.cdf``, ``file_info``, ``/spdf/rbsp/``; the empty text means every request.
        fault : Fault
        times : int, optional
            Number of requests, after which all is well.
        of : str
            ``file``, ``listing`` or ``any``; faults of what is listed are of listings only.
        """
        self._faults.append((fragment, "listing" if fault.items else of, fault, [times]))

    def mend(self) -> None:
        """Take all faults away."""
        self._faults.clear()

    def count(self, fragment: str = "", method: str | None = None) -> int:
        """Number of requests whose path and query hold a fragment."""
        return sum(fragment in one.path and method in {None, one.method} for one in list(self.requests))

    def faults_of(self, path: str, kind: str) -> list[Fault]:
        """Faults of one request, which counts for them."""
        found = []
        with self.lock:
            for fragment, of, fault, left in self._faults:
                if fragment in path and of in {kind, "any"} and left[0] != 0:
                    left[0] = None if left[0] is None else left[0] - 1
                    found.append(fault)
        return found


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a client or a fault ended."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    archive: ArchiveServer

    def setup(self) -> None:
        super().setup()
        self.archive.connections.add(self.connection)

    def finish(self) -> None:
        self.archive.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = unquote(self.path)
        with self.archive.lock:
            self.archive.requests.append(Request(self.command, path, headers))
        split = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(split.query).items()}
        bare = unquote(split.path)
        faults = self.archive.faults_of(path, "listing" if is_listing(bare) else "file")

        def listed(items: list[Item]) -> list[Item]:
            for fault in faults:
                items = fault.items(items) if fault.items else items
            return items

        reply = answer(self.archive, self.archive.url, bare, query, listed)
        for fault in faults:
            if fault.change:
                reply = fault.change(reply)
        where = {"path": self.path, "port": str(self.archive.port)}
        if "Location" in reply.headers:
            reply = reply.plus(Location=reply.headers["Location"].format(**where))
        reply = _part(reply, headers)
        senders = [fault.send for fault in faults if fault.send]
        try:
            if senders and self.command == "GET":
                senders[0](self, reply)
            else:
                self.send(reply)
        except OSError:  # the client, or the end of the server
            self.close_connection = True

    do_HEAD = do_GET  # noqa: N815

    def head(self, reply: Reply, length: int | None) -> None:
        self.send_response_only(reply.status)
        for name, value in {"Date": formatdate(usegmt=True), **reply.headers}.items():
            self.send_header(name, value)  # closes the connection itself after Connection: close
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def body(self, content: bytes) -> None:
        self.wfile.write(content)
        with self.archive.lock:
            self.archive.sent += len(content)

    def wait(self, seconds: float) -> None:
        if self.archive.stopping.wait(seconds):
            raise ConnectionAbortedError("the server stops")

    def send(self, reply: Reply) -> None:
        self.head(reply, len(reply.body))
        if self.command != "HEAD":
            self.body(reply.body)

    def log_message(self, *words: Any) -> None:
        """Keep the log of tests for what fails."""


def _part(reply: Reply, headers: dict[str, str]) -> Reply:
    """The part that was asked for, if the file is still the one that the client has a part of."""
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
    same = headers.get("if-range") in {None, reply.headers.get("ETag"), reply.headers.get("Last-Modified")}
    if not (asked and same and reply.ranges and reply.status == 200):
        return reply
    size, first = len(reply.body), int(asked[1]) if reply.start is None else reply.start
    if first >= size:
        return Reply(416, b"", {"Content-Range": f"bytes */{size}"})
    last = min(int(asked[2] or size - 1), size - 1)
    part = reply.plus(Content_Range=f"bytes {first}-{last}/{size}")
    return dataclasses.replace(part, status=206, body=reply.body[first : last + 1], ranges=False)
