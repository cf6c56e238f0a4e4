"""Requests to archives: bounded in time, polite, and only to the hosts of the configuration."""

import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from magnetoflow.archive.remote import client as client_module
from magnetoflow.archive.remote.answers import name_in
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.fetch import fetch, fetch_all
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.errors import DownloadError, NoNetwork, NotInArchive, NotReleased
from tests import archive_faults as faults
from tests.archive_server import ArchiveServer
from tests.download_files import FOLDER, SIZE, check, files_below, good, listed

NAME = "x_v1.0.0.cdf"
PATH = f"{FOLDER}/{NAME}"


@pytest.fixture
def server():
    with ArchiveServer() as server:
        server.add(PATH, good())
        yield server


@pytest.fixture
def client(server):
    with Client(server.settings(connect_s=20.0, read_s=20.0, total_s=60.0)) as client:
        yield client


@pytest.fixture
def pauses(monkeypatch):
    """Pauses between attempts, which take no time."""
    found = []
    monkeypatch.setattr(client_module.time, "sleep", found.append)
    return found


def url_of(server):
    return f"{server.url}/spdf/{FOLDER}/"


# ---- listings


def test_a_listing_is_text_and_its_query_is_encoded(server, client):
    assert NAME in client.text(url_of(server))
    answer = client.text(f"{server.url}/sdc/file_info/science", {"sc_id": "mms1", "descriptor": "a b&c"})
    assert answer.startswith('{"files"')
    assert server.requests[-1].path.endswith("science?sc_id=mms1&descriptor=a+b&c")


CUT = [faults.cut(0.5), faults.cut_chunked(0.5), faults.cut_without_length(0.5), faults.empty()]


@pytest.mark.parametrize("fault", CUT, ids=lambda fault: fault.name)
def test_a_listing_that_was_cut_is_none(server, client, fault):
    server.fault(FOLDER, fault, times=2)
    assert NAME in client.text(url_of(server))
    server.fault(FOLDER, fault)
    with pytest.raises(DownloadError, match=r"cut|empty") as caught:
        client.text(url_of(server))
    assert url_of(server) in str(caught.value)
    assert server.count() == 6


@pytest.mark.parametrize("fault", [faults.chunked(), faults.cut_without_length(1.0)])
def test_a_whole_listing_without_length_is_taken(server, client, fault):
    server.fault(FOLDER, fault)
    assert NAME in client.text(url_of(server))
    assert server.count() == 1


def test_a_listing_without_end_is_refused(server, client, monkeypatch):
    monkeypatch.setattr(client_module, "LONGEST_LISTING", 1000)
    server.fault(FOLDER, faults.html(b"<html>" + bytes(2000)))
    with pytest.raises(DownloadError, match="longer than 1000 bytes"):
        client.text(url_of(server))


@pytest.mark.parametrize(("code", "kind"), [(403, NotReleased), (404, NotInArchive), (400, DownloadError)])
def test_answers_that_stay_the_same_are_asked_for_once(server, client, code, kind):
    server.fault("", faults.status(code))
    with pytest.raises(kind, match=f"answered {code} ") as caught:
        client.text(url_of(server))
    assert type(caught.value) is kind
    assert server.count() == 1


# ---- attempts and pauses


def test_pauses_double_and_attempts_are_counted(server, pauses):
    server.fault("", faults.status(500))
    settings = server.settings(total_s=60.0, attempts=4, backoff_s=0.5)
    with (
        Client(settings) as client,
        pytest.raises(DownloadError, match=r"500 Internal Server Error \(attempt 4 of 4\)"),
    ):
        client.text(url_of(server))
    assert pauses == [0.5, 1.0, 2.0]
    assert server.count() == 4


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_in_seconds_is_honoured(server, client, pauses, code):
    server.fault("", faults.status(code, "3"), times=1)
    assert NAME in client.text(url_of(server))
    assert pauses == [3.0]


@pytest.mark.parametrize("zone", [UTC, None])
def test_retry_after_as_a_date_is_honoured(server, client, pauses, zone):
    moment = datetime.now(UTC) + timedelta(seconds=6)
    server.fault(
        "", faults.status(503, format_datetime(moment.replace(tzinfo=zone), usegmt=bool(zone))), times=1
    )
    assert NAME in client.text(url_of(server))
    assert 3.0 < pauses[0] <= 6.0


@pytest.mark.parametrize("value", ["0", "soon", "", "-5", "1e9", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_retry_after_without_sense_leaves_the_usual_pause(server, client, pauses, value):
    server.fault("", faults.status(503, value), times=1)
    assert NAME in client.text(url_of(server))
    assert pauses == [0.01]


@pytest.mark.parametrize(("seconds", "reason"), [(60, "more than max_wait_s, 20 s"), (15, "no time is left")])
def test_too_long_a_wait_is_refused(server, pauses, seconds, reason):
    server.fault("", faults.status(503, str(seconds)))
    settings = server.settings(max_wait_s=20.0, total_s=10.0)
    with Client(settings) as client, pytest.raises(DownloadError, match="503 Service Unavailable") as caught:
        client.text(url_of(server))
    assert reason in str(caught.value)
    assert pauses == []
    assert server.count() == 1


def test_another_server_error_ends_in_bounded_time_and_the_next_file_comes(server, client, tmp_path):
    server.add(f"{FOLDER}/y.cdf", good(2, 2000))
    server.fault(NAME, faults.status(503))
    fetched, failures = fetch_all(client, [listed(server), listed(server, "y.cdf", 2000)], tmp_path, check)
    assert (len(fetched), len(failures)) == (1, 1)
    assert server.count(NAME) == 3


def test_a_server_that_hangs_up_without_an_answer_is_asked_again(server, client):
    def hang_up(to, reply):
        to.close_connection = True
        to.connection.shutdown(socket.SHUT_RDWR)

    server.fault("", faults.Fault("hangs up", send=hang_up), times=2)
    assert NAME in client.text(url_of(server))
    assert server.count() == 3
    server.fault("", faults.Fault("hangs up", send=hang_up))
    with pytest.raises(DownloadError) as caught:
        client.text(url_of(server))
    assert not isinstance(caught.value, NoNetwork)


# ---- time


@contextmanager
def raw_server(*sent: bytes, pause: float):
    """Sends each of some pieces after a pause to whoever connects; the last one for ever."""
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                pieces = list(sent)
                while not over.wait(pause):
                    try:
                        connection.sendall(pieces.pop(0) if len(pieces) > 1 else pieces[0])
                    except OSError:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        over.set()
        listening.shutdown(socket.SHUT_RDWR)


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"
DRIPS = {
    "status line": [b"H"],
    "headers": [b"HTTP/1.1 200 OK\r\nX: ", b"a"],
    "head of a chunk": [HEAD, b"a"],
    "body without length": [b"HTTP/1.1 200 OK\r\n\r\n", b"a"],
    "text": [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"],
}


@pytest.mark.parametrize("name", DRIPS)
def test_bytes_that_drip_do_not_outlast_the_limit(name, tmp_path):
    with raw_server(*DRIPS[name], pause=0.05) as url:
        settings = Settings(spdf=url, connect_s=0.5, read_s=5.0, total_s=0.5, backoff_s=0.01)
        began = time.monotonic()
        with Client(settings) as client, pytest.raises(DownloadError, match=r"0\.5 s"):
            client.download(url, tmp_path / "part")
        assert time.monotonic() - began < 4.0
        assert files_below(tmp_path) == []


def test_the_limit_holds_for_all_attempts_together(server):
    server.fault("", faults.stall_before())
    began = time.monotonic()
    settings = server.settings(read_s=0.2, total_s=1.2, attempts=50)
    with (
        Client(settings) as client,
        pytest.raises(DownloadError, match=r"no time is left of the 1\.2 s|limit of 1\.2 s"),
    ):
        client.text(url_of(server))
    assert time.monotonic() - began < 4.0
    assert 2 <= server.count() <= 6


# ---- no network


def refusing():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return f"http://127.0.0.1:{one.getsockname()[1]}/x"


def test_a_refused_connection_is_no_network():
    url = refusing()
    settings = Settings(spdf=url, attempts=9, backoff_s=0.01)
    with (
        Client(settings) as client,
        pytest.raises(NoNetwork, match=r"Connection refused \(attempt 2 of 2\)") as caught,
    ):
        client.text(url)
    assert url in str(caught.value)


def test_a_server_that_was_there_is_waited_for_longer(server, pauses):
    with Client(server.settings(read_s=20.0, total_s=60.0, attempts=4)) as client:
        client.text(url_of(server))
        server.stop()
        with pytest.raises(NoNetwork, match=r"Connection refused \(attempt 4 of 4\)"):
            client.text(url_of(server))
    assert pauses == [0.01, 0.02, 0.04]


def test_a_connection_that_never_comes_is_no_network():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        filling = [socket.socket() for _ in range(4)]
        for one in filling:  # the queue is full: the system answers nothing more
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        settings = Settings(spdf=f"http://127.0.0.1:{port}", connect_s=0.3, backoff_s=0.01)
        with Client(settings) as client, pytest.raises(NoNetwork, match="attempt 2 of 2"):
            client.text(f"http://127.0.0.1:{port}/x")
        for one in filling:
            one.close()


def test_a_name_server_that_is_silent_is_no_network(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait())
    settings = Settings(spdf="http://a.invalid", connect_s=0.2, backoff_s=0.01)
    began = time.monotonic()
    with (
        Client(settings) as client,
        pytest.raises(NoNetwork, match=r"no name server told the address of a\.invalid"),
    ):
        client.text("http://a.invalid/x")
    over.set()
    assert time.monotonic() - began < 15.0


def test_an_unknown_name_is_no_network(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    settings = Settings(spdf="http://a.invalid", backoff_s=0.01)
    with Client(settings) as client, pytest.raises(NoNetwork, match=r"a\.invalid: Name or service not known"):
        client.text("http://a.invalid/x")


def test_all_addresses_of_a_host_share_the_limit_of_a_connection(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [()] * 8)
    limits = []

    def send(self, request, **options):
        limits.append((options["timeout"], bool(options["verify"])))
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    settings = Settings(spdf="http://a.invalid", connect_s=4.0, backoff_s=0.01)
    with Client(settings) as client, pytest.raises(NoNetwork):
        client.text("http://a.invalid/x")
    assert limits == [((0.5, 60.0), True)] * 2  # certificates are looked at


def test_with_the_default_limits_a_run_without_network_ends_in_half_a_minute():
    settings = Settings()
    attempts = client_module.TRIES_TO_CONNECT
    assert attempts * settings.connect_s + settings.backoff_s * (2 ** (attempts - 1) - 1) < 20


def test_reach_asks_only_whether_there_is_a_connection(server):
    client = Client(server.settings(connect_s=2.0, read_s=0.2))
    for fault in (faults.status(503), faults.html(), faults.redirect(), faults.stall_before()):
        server.mend()
        server.fault("", fault)
        client.reach(url_of(server))
    before = server.count()
    assert before == 1 + 1 + 6 + 1  # none is tried again
    server.mend()
    client.reach(url_of(server))
    assert server.count() == before + 1
    server.stop()
    with pytest.raises(NoNetwork, match="Connection refused"):
        client.reach(url_of(server))


# ---- hosts


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/spdf/x",
        "http://127.0.0.1.evil.org/x",
        "http://127.0.0.1@evil.org/x",
        "ftp://127.0.0.1:{port}/x",
        "file:///etc/hostname",
        "http://[::1/x",
        "http://127.0.0.1:99999/x",
        "//127.0.0.1/x",
        "",
    ],
)
def test_only_hosts_of_the_configuration_are_asked(server, client, url):
    with pytest.raises(DownloadError, match="not on a host of section remote"):
        client.text(url.format(port=server.port))
    assert server.count() == 0


def test_a_redirect_to_a_host_that_was_added_is_followed(server, tmp_path):
    server.fault(NAME, faults.redirect("http://LOCALHOST:{port}{path}"), times=1)
    with Client(server.settings(read_s=20.0, total_s=60.0, hosts=("localhost",))) as client:
        fetch(client, listed(server), tmp_path, check)
    assert [one.headers["host"].split(":")[0].lower() for one in server.requests] == [
        "127.0.0.1",
        "localhost",
    ]


def test_a_redirect_without_a_place_is_refused(server, client):
    server.fault("", faults.Fault("302", change=lambda reply: faults.Reply(302, b"")))
    with pytest.raises(DownloadError, match="answered 302"):
        client.text(url_of(server))


# ---- manners


def test_what_a_request_says_of_us(server, client):
    client.text(url_of(server))
    headers = server.requests[-1].headers
    assert headers["user-agent"].startswith("magnetoflow/")
    assert headers["accept-encoding"] == "identity"


def test_the_user_agent_can_be_set(server):
    with Client(server.settings(user_agent="institute 7")) as client:
        client.text(url_of(server))
    assert server.requests[-1].headers["user-agent"] == "institute 7"


def test_one_connection_serves_many_requests(server, client, tmp_path):
    opened = []

    class Counted(set):
        def add(self, one):
            opened.append(one)
            super().add(one)

    server.connections = Counted()
    for k in range(4):
        server.add(f"{FOLDER}/y{k}.cdf", good(k, 2000))
        fetch(client, listed(server, f"y{k}.cdf", 2000), tmp_path, check)
    assert len(opened) == 1
    assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]


@pytest.mark.parametrize("place", ["http://[::1/x", "http://127.0.0.1:x/", "javascript:1", "//evil.org/x"])
def test_a_redirect_to_no_address_names_file_and_server(server, client, tmp_path, place):
    server.fault(NAME, faults.Fault("odd", change=lambda reply: faults.Reply(302, b"", {"Location": place})))
    with pytest.raises(DownloadError, match=r"redirected: .* is not on a host") as caught:
        fetch(client, listed(server), tmp_path, check)
    assert caught.value.url == listed(server).url


@pytest.mark.parametrize("how", ["settings", "environment"])
def test_a_proxy_is_used(server, monkeypatch, how):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    if how == "environment":
        monkeypatch.setenv("http_proxy", server.url)
    proxy = server.url if how == "settings" else None
    with Client(server.settings(spdf="http://a.invalid/spdf", proxy=proxy)) as client:
        assert NAME in client.text(f"http://a.invalid/spdf/{FOLDER}/")
    assert server.requests[-1].path == f"http://a.invalid/spdf/{FOLDER}/"


def test_a_proxy_that_is_not_there_is_no_network():
    proxy = refusing()
    settings = Settings(spdf="http://a.invalid", proxy=proxy, connect_s=0.5, backoff_s=0.01)
    with Client(settings) as client, pytest.raises(NoNetwork, match="Connection refused"):
        client.text("http://a.invalid/x")


def test_no_password_is_read_from_home(server, client, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    client.text(url_of(server))
    assert "authorization" not in server.requests[-1].headers


def test_a_file_that_was_compressed_on_the_way_is_refused(server, client, tmp_path):
    server.fault(NAME, faults.content(b"\x1f\x8b" + bytes(SIZE - 2)))
    server.fault(NAME, faults.labelled_gzip())
    with pytest.raises(DownloadError, match="the server compressed it"):
        fetch(client, listed(server), tmp_path, check)


def test_a_gzip_file_comes_as_it_is_whatever_its_label(server, client, tmp_path):
    content = b"\x1f\x8b" + bytes(2000)
    server.add(f"{FOLDER}/y.pgm.gz", content)
    server.fault("y.pgm.gz", faults.labelled_gzip())
    fetch(client, listed(server, "y.pgm.gz", 2002), tmp_path, lambda path: None)
    assert (tmp_path / FOLDER / "y.pgm.gz").read_bytes() == content


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h/a/b.cdf", "b.cdf"),
        ("http://h/download/science?file=c.cdf", "c.cdf"),
        ("http://h/a/b/", "b"),
        ("http://h", "h"),
        ("http://h/a%0Ab", "a b"),
    ],
)
def test_the_name_of_a_file_is_in_its_address(url, name):
    assert name_in(url) == name
