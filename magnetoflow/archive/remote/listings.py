"""Listings that one command asks for: each once, some at a time; a silent server is not asked again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Self, TypeVar
from urllib.parse import urlencode, urlsplit

from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.errors import MagnetoflowError, NoNetwork

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 4
KEPT = 256
"""Answers that are kept. Days of one month stand in one listing of SPDF, all skymaps of a camera in some."""


class Listings:
    """What servers answer about their files, for several threads.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._clients: list[Client] = []
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._silent: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.__exit__(None, None, None)

    def text(self, url: str, params: dict[str, str] | None = None) -> str:
        """Answer of one URL.

        Raises
        ------
        NoNetwork
            No connection, now or earlier: a server is not tried again.
        DownloadError
            As the client raises.
        """
        asked = f"{url}?{urlencode(params)}" if params else url
        server = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        with self._lock:
            if asked in self._answers:
                return self._answers[asked]
            if server in self._silent:
                raise NoNetwork("no connection", url=server, why=self._silent[server])
        try:
            answer = self._client().text(url, params)
        except NoNetwork as error:
            self._silent[server] = error.reason
            raise NoNetwork("no connection", url=server, why=error.reason) from error
        with self._lock:
            self._answers[asked] = answer
            if len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return answer

    def _client(self) -> Client:
        """Client of this thread."""
        if not hasattr(self._mine, "client"):
            self._mine.client = Client(self._settings)
            self._clients.append(self._mine.client)
        client: Client = self._mine.client
        return client


def some_at_once(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Call a function for all items, some at the same time; results in the order of the items.

    An interrupt waits for none of them: threads of a pool would be waited for.
    """
    futures: list[tuple[T, Future[R]]] = [(item, Future()) for item in items]
    waiting = iter(futures)
    lock, over = threading.Lock(), threading.Event()

    def work() -> None:
        while not over.is_set():
            with lock:
                item, future = next(waiting, (None, None))
            if item is None or future is None:
                return
            try:
                future.set_result(function(item))
            except MagnetoflowError as error:
                future.set_exception(error)
            finally:
                future.cancel()  # without effect but after a mistake of ours, which the thread then shows

    for _ in range(min(AT_ONCE, len(futures))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _, future in futures:
            yield future.result()
    finally:
        over.set()
