"""Whatever a server does, a good file has the final name or none has, and a second run finishes the work."""

import errno
import os
import pickle
import re
import resource
import time
from contextlib import contextmanager

import pytest

from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.fetch import DamagedInArchive, fetch, fetch_all
from magnetoflow.archive.remote.progress import Progress
from magnetoflow.archive.remote.transfer import RESUME_FROM
from magnetoflow.errors import (
    ArchiveError,
    CorruptFile,
    DownloadError,
    NoNetwork,
    NotInArchive,
    NotReleased,
)
from magnetoflow.io.integrity import check_file, sha256_of
from tests import archive_faults as faults
from tests.archive_server import ArchiveServer
from tests.download_files import FOLDER, SIZE, check, files_below, good, listed

NAME = "x_v1.0.0.cdf"
PATH = f"{FOLDER}/{NAME}"
MESSAGE = faults.html(b'{"message": "too many users"}', "application/json")
FAULTS = {
    "F11 web page": (faults.html(), DownloadError, "web page or message"),
    "F11 message": (MESSAGE, DownloadError, "too many users"),
    "F11 401": (faults.status(401), NotReleased, "401"),
    "F11 403": (faults.status(403), NotReleased, "403"),
    "F11 429": (faults.status(429), DownloadError, "429 Too Many Requests"),
    "F12 cut": (faults.cut(0.5), DownloadError, "cut after"),
    "F12 cut at its end": (faults.cut(0.99), DownloadError, "cut after"),
    "F12 reset": (faults.cut(0.5, reset=True), DownloadError, "cut after"),
    "F12 drip feed": (faults.drip(100, 0.05), DownloadError, "0.7 s"),
    "D1 short": (faults.short(0.5), DownloadError, f"100000 bytes, but {SIZE} in the listing"),
    "D1 shorter by 1 %": (faults.short(0.99), DownloadError, f"but {SIZE} in the listing"),
    "D1 flipped": (faults.flipped(), DamagedInArchive, "its own sha256 does not match"),
    "D1 longer": (faults.content(good() + b"x"), DownloadError, f"{SIZE + 1} bytes, but"),
    "D2 cut without length": (faults.cut_without_length(0.5), DownloadError, "cut after"),
    "D3 chunked cut": (faults.cut_chunked(0.5), DownloadError, "cut after"),
    "D6 empty": (faults.empty(), DownloadError, "empty (0 bytes)"),
    "D7 404": (faults.status(404), NotInArchive, "404"),
    "D7 410": (faults.status(410), NotInArchive, "410"),
    "D8 500": (faults.status(500), DownloadError, "500"),
    "D8 503": (faults.status(503), DownloadError, "503"),
    "D9 stall before": (faults.stall_before(), DownloadError, "no answer"),
    "D9 stall within": (faults.stall_within(), DownloadError, "000 bytes"),
    "D17 loop": (faults.redirect("{path}"), DownloadError, "redirected more than 5 times"),
    "D17 other host": (faults.redirect("http://localhost:{port}{path}"), DownloadError, "not on a host"),
    "D17 file": (faults.redirect("file:///etc/hostname"), DownloadError, "not on a host"),
}
PATIENT = {"connect_s": 20.0, "read_s": 20.0, "total_s": 60.0}
"""Limits that a busy machine does not reach."""
ENDLESS = {"F12 drip feed", "D9 stall before", "D9 stall within"}


@pytest.fixture
def server():
    with ArchiveServer() as server:
        server.add(PATH, good())
        yield server


@pytest.fixture
def client(server):
    with Client(server.settings(**PATIENT)) as client:
        yield client


@pytest.mark.parametrize("older", [None, good(2, 90_000)], ids=["", "older file"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_good_file_or_none_and_a_second_run_finishes(server, tmp_path, name, older):
    fault, kind, reason = FAULTS[name]
    if older:
        (tmp_path / PATH).parent.mkdir(parents=True)
        (tmp_path / PATH).write_bytes(older)
    server.fault(NAME, fault)
    limits = {"read_s": 0.2, "total_s": 0.7} if name in ENDLESS else PATIENT
    with Client(server.settings(**limits)) as client, pytest.raises(kind) as caught:
        fetch(client, listed(server), tmp_path, check)
    assert type(caught.value) is kind
    text = str(caught.value)
    assert NAME in text
    assert reason in text
    assert f"127.0.0.1:{server.port}" in text
    assert "do: " in text
    assert ".part" not in text
    if older:
        assert (tmp_path / PATH).read_bytes() == older
    else:
        assert not (tmp_path / PATH).exists()
    left = {path for path in files_below(tmp_path) if path != PATH}
    assert left <= {f"{FOLDER}/.{NAME}.part.cdf", f"{FOLDER}/.{NAME}.part.cdf.json"}

    server.mend()
    with Client(server.settings(**PATIENT)) as client:
        found = fetch(client, listed(server), tmp_path, check)
    assert (found.size, found.found, found.reused) == (SIZE, SIZE, False)
    assert found.sha256 == sha256_of(tmp_path / PATH)
    assert (tmp_path / PATH).read_bytes() == good()
    assert files_below(tmp_path) == ([f".quarantine/{PATH}"] if older else []) + [PATH]
    if older:
        assert (tmp_path / ".quarantine" / PATH).read_bytes() == older


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.short(0.5), "its own sha256 does not match (100000 bytes)"),
        (faults.cut_without_length(0.5), "its own sha256 does not match (100000 bytes)"),
        (faults.empty(), "0 bytes"),
        (faults.content(b""), "0 bytes"),
    ],
)
def test_without_a_listed_size_the_check_refuses(server, client, tmp_path, fault, reason):
    server.fault(NAME, fault)
    with pytest.raises((DownloadError, CorruptFile), match=NAME) as caught:
        fetch(client, listed(server, size=None), tmp_path, check)
    assert reason in str(caught.value)
    # that the archive's own copy is damaged is said only of a transfer whose length is known
    assert isinstance(caught.value, CorruptFile) == (fault.name == "short by 50%")
    assert not (tmp_path / PATH).exists()


@pytest.mark.parametrize("fault", [faults.chunked(), faults.cut_without_length(1.0)])
def test_a_whole_body_without_length_is_taken(server, client, tmp_path, fault):
    server.fault(NAME, fault)
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert server.count(NAME) == 1


@pytest.mark.parametrize(("about", "taken"), [((199_000, 201_000), True), ((99_000, 101_000), False)])
def test_a_rounded_size_bounds_the_file(server, client, tmp_path, about, taken):
    one = listed(server, size=None, about=about)
    if taken:
        assert fetch(client, one, tmp_path, check).size == SIZE
    else:
        with pytest.raises(DownloadError, match="200000 bytes, but 99000 to 101000 by the listing"):
            fetch(client, one, tmp_path, check)
    assert (tmp_path / PATH).exists() == taken


def test_a_wrong_size_in_the_listing_is_refused_without_the_body(server, client, tmp_path):
    with pytest.raises(DownloadError, match=f"{SIZE} bytes, but 7 in the listing"):
        fetch(client, listed(server, size=7), tmp_path, check)
    assert server.count(NAME) == 1
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("fault", [faults.chunked(), faults.cut_without_length(1.0)])
@pytest.mark.parametrize("wrong", [{"size": 7}, {"size": None, "about": (7, 9)}], ids=str)
def test_a_wrong_size_is_refused_without_content_length(server, client, tmp_path, fault, wrong):
    server.fault(NAME, fault)
    told = []
    with pytest.raises(DownloadError, match="bytes, but 7"):
        client.download(listed(server).url, tmp_path / "part", advance=told.append, **wrong)
    assert sum(told) <= (wrong["size"] or SIZE)  # a body that has no end is left
    assert files_below(tmp_path) == []


# ---- content that the check refuses


def test_flipped_bytes_of_one_transfer_are_brought_anew(server, client, tmp_path):
    server.fault(NAME, faults.flipped(), times=1)
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert server.count(NAME) == 2


def test_a_copy_that_is_damaged_in_the_archive_is_told_from_a_bad_transfer(server, client, tmp_path):
    server.fault(NAME, faults.flipped())
    with pytest.raises(DamagedInArchive) as caught:
        fetch(client, listed(server), tmp_path, check)
    error = pickle.loads(pickle.dumps(caught.value))  # crosses process borders
    assert (error.path, error.size, error.url) == (tmp_path / PATH, SIZE, listed(server).url)
    assert len(error.sha256) == 64
    assert str(error) == str(caught.value)
    assert str(tmp_path / PATH) in str(error)
    assert error.url in str(error)


def test_both_transfers_of_a_file_share_one_limit(server, tmp_path):
    server.fault(NAME, faults.flipped())
    server.fault(NAME, faults.stall_within(0.5, 1.0))
    settings = server.settings(read_s=20.0, total_s=1.6, attempts=1)
    with (
        Client(settings) as client,
        pytest.raises(DownloadError, match=r"when the limit of [01]\.\d+ s") as caught,
    ):
        fetch(client, listed(server), tmp_path, check)
    assert not isinstance(caught.value, CorruptFile)


def test_two_transfers_that_differ_are_no_verdict_on_the_archive(server, client, tmp_path):
    server.fault(NAME, faults.flipped(0.2), times=1)
    server.fault(NAME, faults.flipped(0.4))
    with pytest.raises(DownloadError, match="twice") as caught:
        fetch(client, listed(server), tmp_path, check)
    assert str(tmp_path / PATH) in str(caught.value)
    assert files_below(tmp_path) == []


def test_the_gate_of_cdf_files_names_the_final_path(server, client, tmp_path):
    server.fault(NAME, faults.content(b"\xcd\xf3\x00\x01" + bytes(SIZE - 4)))
    with pytest.raises(CorruptFile, match="not a CDF file") as caught:
        fetch(client, listed(server), tmp_path, lambda path: check_file(path, expect_md5=True))
    assert f"where: {tmp_path / PATH}" in str(caught.value)
    assert ".part" not in str(caught.value)


# ---- files that are there


def test_a_good_file_is_used_again_without_a_request(server, client, tmp_path):
    fetch(client, listed(server), tmp_path, check)
    again = fetch(client, listed(server), tmp_path, check)
    assert (again.reused, again.found) == (True, SIZE)
    assert server.count() == 1


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_truncated_file_is_not_kept_because_it_exists(server, client, tmp_path, size):
    fetch(client, listed(server), tmp_path, check)
    cut = good()[:-40] + bytes(40 if size else 0)
    (tmp_path / PATH).write_bytes(cut)
    assert not fetch(client, listed(server, size=size), tmp_path, check).reused
    assert (tmp_path / PATH).read_bytes() == good()
    assert (tmp_path / ".quarantine" / PATH).read_bytes() == cut
    assert server.count() == 2


def test_a_file_damaged_later_is_found_by_its_sha256(server, client, tmp_path):
    known = fetch(client, listed(server), tmp_path, check).sha256
    other = good(3)  # good in itself, and of the same size
    (tmp_path / PATH).write_bytes(other)
    assert not fetch(client, listed(server), tmp_path, check, sha256=known).reused
    assert (tmp_path / PATH).read_bytes() == good()
    assert (tmp_path / ".quarantine" / PATH).read_bytes() == other


def test_a_file_damaged_later_goes_though_no_other_comes(server, client, tmp_path):
    known = fetch(client, listed(server), tmp_path, check).sha256
    (tmp_path / PATH).write_bytes(good()[:-1])
    server.fault(NAME, faults.status(503))
    for _ in range(2):
        with pytest.raises(DownloadError, match="503"):
            fetch(client, listed(server), tmp_path, check, sha256=known)
        (tmp_path / PATH).write_bytes(b"again")
    with pytest.raises(DownloadError, match="503"):
        fetch(client, listed(server), tmp_path, check, sha256=known)
    kept = [f".quarantine/{PATH}", f".quarantine/{PATH}.1", f".quarantine/{PATH}.2"]
    assert files_below(tmp_path) == kept
    assert (tmp_path / kept[0]).read_bytes() == good()[:-1]


def test_other_content_under_the_same_name_waits_for_an_update(server, client, tmp_path):
    known = fetch(client, listed(server), tmp_path, check).sha256
    (tmp_path / PATH).unlink()
    server.add(PATH, good(2))
    with pytest.raises(DownloadError, match=r"another content .*\n.*magnetoflow archive update") as caught:
        fetch(client, listed(server), tmp_path, check, sha256=known)
    assert not isinstance(caught.value, CorruptFile)
    assert files_below(tmp_path) == []


def test_a_file_of_equal_name_in_another_folder_is_not_taken(server, client, tmp_path):
    server.remove(PATH)
    elsewhere = tmp_path / "rbsp/rbspb/2013" / NAME
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(good())
    with pytest.raises(NotInArchive, match=NAME):
        fetch(client, listed(server), tmp_path, check)
    assert server.count() == 1


@pytest.mark.parametrize("path", ["../x.cdf", "/tmp/x.cdf", "a/../../x.cdf", ".locks/x.cdf", "a/.x.cdf", ""])
def test_a_path_out_of_the_archive_is_refused(server, client, tmp_path, path):
    one = listed(server)
    with pytest.raises(DownloadError, match="does not stay in the archive"):
        fetch(client, type(one)(one.name, one.url, path, one.slot, one.version), tmp_path / "root", check)
    assert server.count() == 0
    assert list(tmp_path.iterdir()) == []


# ---- resume


def part_of(root):
    return root / FOLDER / f".{NAME}.part.cdf"


def leave_a_part(server, root, **more):
    """First run, cut at half of the file."""
    server.fault(NAME, faults.cut(0.5))
    with (
        Client(server.settings(**PATIENT, attempts=1)) as client,
        pytest.raises(DownloadError, match="cut after"),
    ):
        fetch(client, listed(server), root, check, **more)
    server.mend()
    assert part_of(root).read_bytes() == good()[: SIZE // 2]


def ranges(server):
    return [(one.headers.get("range"), one.headers.get("if-range")) for one in server.requests]


def test_attempts_go_on_where_the_last_was_cut(server, client, tmp_path):
    server.fault(NAME, faults.cut(0.5), times=2)
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert [asked for asked, _ in ranges(server)] == [None, "bytes=100000-", "bytes=150000-"]
    assert server.sent == SIZE


def test_a_second_run_goes_on_where_the_first_was_cut(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    fetch(client, listed(server), tmp_path, check)
    asked, validator = ranges(server)[-1]
    assert asked == f"bytes={SIZE // 2}-"
    assert validator.startswith('"')
    assert server.sent == SIZE
    assert files_below(tmp_path) == [PATH]


def test_without_an_etag_last_modified_is_the_condition(server, client, tmp_path):
    server.fault(NAME, faults.Fault("weak", change=lambda reply: reply.plus(ETag='W/"1"')))
    server.fault(NAME, faults.cut(0.5), times=1)
    fetch(client, listed(server), tmp_path, check)
    assert ranges(server)[1][1].endswith("GMT")
    assert server.sent == SIZE


def test_a_file_that_changed_meanwhile_is_brought_anew(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    server.add(PATH, good(2))
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good(2)
    assert ranges(server)[-1][0] == f"bytes={SIZE // 2}-"


@pytest.mark.parametrize("fault", [faults.ignores_ranges(), faults.other_range(0), faults.other_range(SIZE)])
def test_an_answer_with_another_part_is_not_joined(server, client, tmp_path, fault):
    leave_a_part(server, tmp_path)
    server.fault(NAME, fault)
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert files_below(tmp_path) == [PATH]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content_Range", f"bytes {SIZE // 2}-{SIZE}/{SIZE + 1}"),
        ("Content_Range", f"bytes {SIZE // 2}-{SIZE - 2}/{SIZE}"),
        ("Content_Range", "none"),
        ("ETag", '"another"'),
    ],
)
def test_a_part_that_is_said_to_be_of_another_file_is_not_joined(server, client, tmp_path, name, value):
    leave_a_part(server, tmp_path)

    def send(to, reply):
        to.send(reply.plus(**{name: value}) if reply.status == 206 else reply)

    server.fault(NAME, faults.Fault("other part", send=send))
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert ranges(server)[-1] == (None, None)


def test_a_part_of_another_server_is_not_continued(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    one = listed(server)
    server.add("themis/asi/x.cdf", good())
    moved = type(one)(one.name, f"{server.url}/calgary/x.cdf", one.path, one.slot, one.version, SIZE)
    fetch(client, moved, tmp_path, check)
    assert ranges(server)[-1] == (None, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: b"",
        lambda note: note[:-3],
        lambda note: b"[1]",
        lambda note: note.replace(b'"total"', b'"tota"'),
        lambda note: re.sub(rb'"validator": ".*?", "t', rb'"validator": "a\\nRange: b", "t', note),
        lambda note: re.sub(rb'"validator": ".*?", "t', rb'"validator": "\\u20ac", "t', note),
    ],
)
def test_a_damaged_note_starts_anew(server, client, tmp_path, change):
    leave_a_part(server, tmp_path)
    note = part_of(tmp_path).with_name(f"{part_of(tmp_path).name}.json")
    damaged = change(note.read_bytes())
    assert damaged != note.read_bytes()
    note.write_bytes(damaged)
    fetch(client, listed(server), tmp_path, check)
    assert ranges(server)[-1] == (None, None)


def test_a_part_that_is_whole_is_brought_anew(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    part_of(tmp_path).write_bytes(good())  # killed before it was checked: it may not be on the disk
    fetch(client, listed(server), tmp_path, check)
    assert ranges(server)[1:] == [(None, None)]


def without(*names):
    """A server that does not say these headers, and gives no parts."""

    def change(reply):
        headers = {name: value for name, value in reply.headers.items() if name not in names}
        return faults.Reply(reply.status, reply.body, headers)

    return faults.Fault(f"without {names}", change=change)


@pytest.mark.parametrize("names", [("Accept-Ranges",), ("ETag", "Last-Modified")])
@pytest.mark.parametrize("earlier", [False, True], ids=["", "after one that could"])
def test_nothing_is_left_of_a_file_that_cannot_be_continued(server, client, tmp_path, names, earlier):
    if earlier:
        leave_a_part(server, tmp_path)
        server.requests.clear()
    server.fault(NAME, without(*names))
    server.fault(NAME, faults.cut(0.5))
    with pytest.raises(DownloadError, match="cut after"):
        fetch(client, listed(server), tmp_path, check)
    assert [asked for asked, _ in ranges(server)][1:] == [None] * 2
    assert files_below(tmp_path) == []


def test_a_small_file_leaves_nothing(server, client, tmp_path):
    server.add(PATH, good(size=RESUME_FROM - 1))
    server.fault(NAME, faults.cut(0.5))
    with pytest.raises(DownloadError, match="cut after"):
        fetch(client, listed(server, size=RESUME_FROM - 1), tmp_path, check)
    assert files_below(tmp_path) == []


def test_a_part_that_was_damaged_on_disk_is_brought_anew(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    part_of(tmp_path).write_bytes(bytes(SIZE // 2))
    fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good()
    assert ranges(server)[-1] == (None, None)


def test_bytes_are_told_once_however_often_they_come(server, client, tmp_path):
    told = []
    server.fault(NAME, faults.cut(0.5), times=1)
    server.fault(NAME, faults.ignores_ranges())
    client.download(listed(server).url, tmp_path / "part", size=SIZE, advance=told.append)
    assert server.sent == SIZE * 3 // 2
    assert sum(told) == SIZE


# ---- many files


def many(server, count=4):
    names = [f"y{k}.cdf" for k in range(count)]
    for k, name in enumerate(names):
        server.add(f"{FOLDER}/{name}", good(k, 2000))
    return [listed(server, name, 2000) for name in names]


def test_one_of_many_fails_and_the_others_are_kept(server, client, tmp_path):
    files = many(server, 5)
    lines, ended = [], []
    progress = Progress(5, 10_000, lines.append)
    progress.end = lambda: ended.append(progress.files_done)
    server.fault("y1.cdf", faults.status(503))
    server.fault("y2.cdf", faults.flipped())
    server.fault("y3.cdf", faults.status(404))
    fetched, failures = fetch_all(client, files, tmp_path, check, progress=progress)
    assert [one.name for one, _ in fetched] == ["y0.cdf", "y4.cdf"]
    assert (progress.files_done, progress.bytes_done) == (2, 6000)  # one was refused at its end
    assert ended == [2]
    assert [(one.name, type(error)) for one, error in failures] == [
        ("y1.cdf", DownloadError),
        ("y2.cdf", DamagedInArchive),
        ("y3.cdf", NotInArchive),
    ]
    assert all(one.name in str(error) for one, error in failures)
    assert files_below(tmp_path) == [f"{FOLDER}/y0.cdf", f"{FOLDER}/y4.cdf"]
    server.mend()
    before = server.count("y0.cdf")
    progress = Progress(5, 10_000, lines.append)
    fetched, failures = fetch_all(client, files, tmp_path, check, progress=progress)
    assert (len(fetched), failures) == (5, [])
    assert (progress.files_done, progress.bytes_done, progress.bytes_total) == (5, 6000, 6000)
    assert server.count("y0.cdf") == before


def test_a_file_is_checked_while_the_next_one_comes(server, client, tmp_path):
    files = many(server, 3)
    came = {}

    def slow(path):
        name = path.name.removeprefix(".").removesuffix(".part.cdf")
        number = int(name[1])
        until = time.monotonic() + 20
        while number < 2 and not server.count(f"y{number + 1}.cdf") and time.monotonic() < until:
            time.sleep(0.01)
        came[name] = server.count()
        return check(path)

    fetched, _ = fetch_all(client, files, tmp_path, slow)
    assert [one.name for one, _ in fetched] == ["y0.cdf", "y1.cdf", "y2.cdf"]
    assert came == {"y0.cdf": 2, "y1.cdf": 3, "y2.cdf": 3}


def test_files_of_a_batch_that_were_refused_come_once_more(server, client, tmp_path):
    files = many(server, 4)
    server.fault("y1.cdf", faults.flipped(), times=1)
    server.fault("y3.cdf", faults.flipped(), times=1)
    fetched, failures = fetch_all(client, files, tmp_path, check)
    assert ([one for one, _ in fetched], failures) == (files, [])
    assert [server.count(one.name) for one in files] == [1, 2, 1, 2]
    assert files_below(tmp_path) == [one.path for one in files]
    assert list((tmp_path / ".locks").iterdir()) == []


def test_what_was_refused_is_not_asked_for_without_a_network(server, client, tmp_path, monkeypatch):
    files = many(server, 3)
    server.fault("y0.cdf", faults.flipped())
    asked = []
    download = client.download

    def offline(url, *words, **more):
        asked.append(url)
        if url == files[1].url:
            raise NoNetwork("no connection", url=url, why="unplugged")
        return download(url, *words, **more)

    monkeypatch.setattr(client, "download", offline)
    fetched, failures = fetch_all(client, files, tmp_path, check)
    assert (fetched, [type(error) for _, error in failures]) == ([], [NoNetwork] * 3)
    assert asked == [files[0].url, files[1].url]
    assert files_below(tmp_path) == []


def test_known_hashes_are_looked_up_by_path(server, client, tmp_path):
    files = many(server, 2)
    known = {files[1].path: "0" * 64}
    fetched, failures = fetch_all(client, files, tmp_path, check, sha256=known)
    assert [one.name for one, _ in fetched] == ["y0.cdf"]
    assert [one.name for one, _ in failures] == ["y1.cdf"]


def test_requests_are_independent_of_those_that_failed(server, client, tmp_path):
    leave_a_part(server, tmp_path)
    server.fault(NAME, faults.Fault("cookie", change=lambda reply: reply.plus(Set_Cookie="a=b; Path=/")))
    server.fault(NAME, faults.cut(0.5))
    files = many(server, 1)
    fetch_all(client, [listed(server), *files], tmp_path, check)
    last = server.requests[-1]
    assert "y0.cdf" in last.path
    assert not {"range", "if-range", "if-modified-since", "cookie", "authorization"} & last.headers.keys()


def test_without_a_server_what_is_there_is_used_and_the_rest_is_not_tried(server, client, tmp_path):
    files = many(server, 4)
    fetch(client, files[2], tmp_path, check)
    server.stop()
    asked = []
    send = client._connection._send
    client._connection._send = lambda url, *rest: asked.append(url) or send(url, *rest)
    fetched, failures = fetch_all(client, files, tmp_path, check)
    assert [one.name for one, _ in fetched] == ["y2.cdf"]
    assert [one.name for one, _ in failures] == ["y0.cdf", "y1.cdf", "y3.cdf"]
    assert all(type(error) is NoNetwork and one.url in str(error) for one, error in failures)
    assert asked == [files[0].url] * 3  # attempts of the settings


# ---- disk


@contextmanager
def largest_file(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_it_at_once(server, client, tmp_path):
    files = [listed(server), *many(server, 1)]
    with largest_file(100_000), pytest.raises(ArchiveError, match="cannot be stored") as caught:
        fetch_all(client, files, tmp_path, check)
    assert not isinstance(caught.value, DownloadError)
    assert f"where: {tmp_path / FOLDER}" in str(caught.value)
    assert os.strerror(errno.EFBIG) in str(caught.value)
    assert server.count() == 1
    assert files_below(tmp_path) == []
    assert len(fetch_all(client, files, tmp_path, check)[0]) == 2


def test_a_disk_that_is_full_while_the_next_file_comes_leaves_nothing(server, client, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    files = many(server, 4)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(ArchiveError, match=os.strerror(errno.ENOSPC)):
            fetch_all(client, files, tmp_path, check)
    assert files_below(tmp_path) == []
    assert list((tmp_path / ".locks").iterdir()) == []
    assert server.count() == 2
    assert len(fetch_all(client, files, tmp_path, check)[0]) == 4


@pytest.mark.parametrize("full", ["os.fsync", "pathlib.Path.replace"])
def test_a_disk_that_is_full_at_the_end_keeps_the_older_file(server, client, tmp_path, monkeypatch, full):
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(good(2, 90_000))

    def fail(*_):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        patch.setattr(full, fail)
        with pytest.raises(ArchiveError, match=os.strerror(errno.EDQUOT)):
            fetch(client, listed(server), tmp_path, check)
    assert (tmp_path / PATH).read_bytes() == good(2, 90_000)
    assert files_below(tmp_path) == [PATH]
    assert fetch(client, listed(server), tmp_path, check).size == SIZE


@pytest.mark.parametrize("blocked", [FOLDER, ".locks", "rbsp"])
def test_a_file_where_a_folder_should_be(server, client, tmp_path, blocked):
    (tmp_path / blocked).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocked).write_bytes(b"mine")
    with pytest.raises(ArchiveError, match="cannot be stored") as caught:
        fetch(client, listed(server), tmp_path, check)
    assert not isinstance(caught.value, DownloadError)
    assert str(tmp_path) in str(caught.value)
    assert (tmp_path / blocked).read_bytes() == b"mine"
    assert server.count() <= 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
def test_a_folder_that_cannot_be_written(server, client, tmp_path):
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER).chmod(0o500)
    with pytest.raises(ArchiveError, match=os.strerror(errno.EACCES)) as caught:
        fetch(client, listed(server), tmp_path, check)
    assert str(tmp_path / FOLDER) in str(caught.value)
    assert server.count() == 1
