"""Connections: names looked up, redirects followed, answers read, all within a deadline."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import select_proxy
from urllib3.exceptions import HTTPError, NewConnectionError

from magnetoflow import __version__
from magnetoflow.archive.remote.answers import name_in
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.transfer import Deadline, TryAgain
from magnetoflow.errors import DownloadError
from magnetoflow.io.integrity import brief

T = TypeVar("T")
PIECE = 1 << 18
REDIRECTS = 5


@dataclass(frozen=True)
class _Way:
    """How a host is reached.

    Attributes
    ----------
    proxies : mapping
    certificates : str or True
        File of trusted ones, or the usual.
    addresses : int
        They are tried one after the other, and share the limit of a connection.
    """

    proxies: Mapping[str, str]
    certificates: str | bool
    addresses: int


class Connection:
    """Answers of the hosts of the settings; nothing of one request goes into the next.

    Parameters
    ----------
    settings : Settings

    Attributes
    ----------
    reached : bool
        There was an answer: without a connection from then on, there is a network all the same.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        roots = (settings.sdc, settings.spdf, settings.calgary, settings.calgary_api, settings.pfrr)
        self._hosts = {urlsplit(root).hostname for root in roots} | {host.lower() for host in settings.hosts}
        self._proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
        self._ways: dict[str, _Way] = {}
        self.reached = False
        self._session = self._new_session()

    def close(self) -> None:
        """Close what is open."""
        self._session.close()

    def get(self, asked: str, headers: dict[str, str], deadline: Deadline) -> requests.Response:
        """Follow redirects, each of which must lead to a host of the settings."""
        url = asked
        for _ in range(REDIRECTS + 1):
            self._permit(url, asked)
            response = self._send(url, headers, deadline)
            if not response.is_redirect:
                return response
            response.close()
            place = response.headers["Location"]
            with suppress(ValueError):  # no address at all: it will not be permitted
                place = urljoin(url, place)
            url = place
        why = f"redirected more than {REDIRECTS} times, last to {brief(url)}"
        raise DownloadError(f"{name_in(asked)} could not be brought", url=asked, why=why)

    def _permit(self, url: str, asked: str) -> None:
        try:
            parts = urlsplit(url)
            allowed = parts.scheme in ("http", "https") and parts.hostname in self._hosts and parts.port != 0
        except ValueError:
            allowed = False
        if allowed:
            return
        known = ", ".join(sorted(map(str, self._hosts)))
        how = "" if url == asked else "redirected: "
        raise DownloadError(
            f"{name_in(asked)} was not asked for",
            url=brief(asked),
            why=f"{how}{brief(url)} is not on a host of section remote ({known})",
            todo="if you trust it, add its host to remote: hosts: in the configuration",
        )

    def _send(self, url: str, headers: dict[str, str], deadline: Deadline) -> requests.Response:
        deadline.check("nothing was asked")
        session = self._session
        try:
            way = self._way(url, deadline)
            request = session.prepare_request(requests.Request("GET", url, headers=headers))
            # what session.get does, but for its redirects, which it looks into even when told not to follow
            send = partial(
                session.get_adapter(url).send,
                request,
                stream=True,
                proxies=way.proxies,
                verify=way.certificates,
            )
            connect_s = max(min(self.settings.connect_s, deadline.left()) / way.addresses, 1e-3)
            read_s = min(self.settings.read_s, deadline.left() or 1e-3)
            response = _within(deadline.left(), lambda: send(timeout=(connect_s, read_s)))
        except TimeoutError as error:
            self._session = self._new_session()  # the thread that waits keeps the old one
            raise TryAgain(f"no answer came within the limit of {deadline.seconds:g} s") from error
        except requests.ReadTimeout as error:
            raise TryAgain(f"no answer within {read_s:.3g} s") from error
        except (requests.exceptions.ProxyError, requests.ConnectTimeout) as error:
            raise TryAgain(_cause(error), connected=False) from error
        except requests.ConnectionError as error:
            refused = isinstance(getattr(error.args[0], "reason", None), NewConnectionError)
            raise TryAgain(_cause(error), connected=not refused) from error
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise DownloadError(f"{name_in(url)} cannot be asked for", url=url, why=_cause(error)) from error
        self.reached = True
        return response

    def _way(self, url: str, deadline: Deadline) -> _Way:
        """Find the way to a host once; asking the name server is limited, which the system's call is not."""
        server = urlsplit(url)._replace(path="", query="", fragment="").geturl()
        if server in self._ways:
            return self._ways[server]
        how = self._session.merge_environment_settings(url, self._proxies, True, None, None)
        proxy = select_proxy(url, how["proxies"])
        parts = urlsplit((proxy if "://" in proxy else f"http://{proxy}") if proxy else url)
        limit = min(self.settings.connect_s, deadline.left())
        try:
            found = _within(limit, lambda: socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM))
        except TimeoutError as error:
            why = f"no name server told the address of {parts.hostname}"
            raise TryAgain(why, connected=False) from error
        except OSError as error:
            raise TryAgain(f"{parts.hostname}: {_cause(error)}", connected=False) from error
        self._ways[server] = _Way(how["proxies"], how["verify"] or True, max(1, len(found)))
        return self._ways[server]

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        agent = self.settings.user_agent
        session.headers["User-Agent"] = f"magnetoflow/{__version__}" if agent == "magnetoflow" else agent
        session.headers["Accept-Encoding"] = "identity"
        session.auth = lambda request: request  # else names and passwords would be read from ~/.netrc
        return session


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Wait for a call that cannot be interrupted; its thread is left behind when the time is over."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except (OSError, ValueError, HTTPError) as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(seconds)


def pieces(response: requests.Response, deadline: Deadline) -> Generator[bytes]:
    """Body as it comes; at the deadline its connection is shut from outside, however slowly bytes come."""

    def stop() -> None:
        with suppress(OSError, RuntimeError, ValueError):  # it has ended meanwhile
            response.raw.shutdown()

    watch = threading.Timer(deadline.left(), stop)
    watch.daemon = True
    watch.start()
    came = 0
    try:
        while True:
            try:
                piece = response.raw.read1(PIECE, decode_content=False)
            except (HTTPError, OSError, ValueError) as error:
                deadline.check(f"{came} bytes had come")
                raise TryAgain(f"the answer was cut after {came} bytes: {_cause(error)}") from error
            deadline.check(f"{came} bytes had come")
            if not piece:
                return
            came += len(piece)
            yield piece
    finally:
        watch.cancel()


def _cause(error: BaseException) -> str:
    """Short reason of an error that wraps others."""
    while error.__context__ is not None:
        error = error.__context__
    return brief((isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__)
