"""Several processes want one file; processes that are killed; file systems without locks."""

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from magnetoflow.archive.remote import fetch as fetch_module
from magnetoflow.archive.remote import locks
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.locks import Held, Holder, locked
from magnetoflow.archive.remote.settings import to_environment
from magnetoflow.errors import ArchiveError, DownloadError
from tests import archive_faults as faults
from tests.archive_server import ArchiveServer
from tests.download_files import FOLDER, SIZE, check, files_below, good, listed

NAME = "x_v1.0.0.cdf"
PATH = f"{FOLDER}/{NAME}"
CHECKOUT = Path(__file__).resolve().parents[2]
FETCH = """
import multiprocessing, sys
from pathlib import Path
from types import SimpleNamespace
from magnetoflow.archive.remote import locks
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.fetch import fetch
from magnetoflow.archive.remote.settings import from_environment
from tests.download_files import check, listed

root, url, kind, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])

def no_locks(*words, **more):
    raise NotImplementedError

if kind == "no locks":
    locks.FileLock = no_locks

def one():
    barrier.wait()
    with Client(from_environment()) as client:
        found = fetch(client, listed(SimpleNamespace(url=url)), root, check)
    answers.put((found.reused, found.size))

context = multiprocessing.get_context("fork")
barrier, answers = context.Barrier(count), context.SimpleQueue()
workers = [context.Process(target=one) for _ in range(count)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
while not answers.empty():
    print(*answers.get())
"""
HOLD = """
import sys, time
from pathlib import Path
from magnetoflow.archive.remote.locks import locked

with locked(Path(sys.argv[1]), Path(sys.argv[1]) / "a/x"):
    print("held", flush=True)
    time.sleep(600)
"""


def start(script, *words, **more):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.fixture
def server(monkeypatch):
    with ArchiveServer() as server:
        server.add(PATH, good())
        monkeypatch.setenv("MAGNETOFLOW_REMOTE", "")
        to_environment(server.settings(connect_s=20.0, read_s=20.0, total_s=60.0))
        yield server


@pytest.fixture(params=[NotImplementedError()])
def no_locks(request, monkeypatch):
    """A file system that has no locks."""

    def fail(*_, **__):
        raise request.param

    monkeypatch.setattr(locks, "FileLock", fail)


@contextlib.contextmanager
def holder(root):
    """Another process that has the lock of a/x."""
    child = start(HOLD, root)
    assert child.stdout.readline() == "held\n"
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def lock_file(root, target="a/x"):
    """Path of the file that is a lock where there are no others, found by taking the lock once."""
    with locked(root, root / target):
        (found,) = (root / locks.FOLDER).iterdir()
    return found.with_suffix(".held")


def sign(path, host, pid, since):
    path.write_text(json.dumps({"host": host, "pid": pid, "since": since}))


def dead_pid():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


# ---- one download


@pytest.mark.parametrize("kind", ["locks", "no locks"])
def test_eight_processes_want_one_file_and_one_brings_it(server, tmp_path, kind):
    if kind == "no locks":  # and a process that died left its lock
        sign(lock_file(tmp_path, PATH), socket.gethostname(), dead_pid(), time.time())
    server.fault(NAME, faults.stall_within(0.5, 0.5))
    with start(FETCH, tmp_path, server.url, kind, 8) as child:
        answers = child.communicate(timeout=60)[0].splitlines()
    assert sorted(answers) == [f"False {SIZE}"] + [f"True {SIZE}"] * 7
    assert server.count() == 1
    assert files_below(tmp_path) == [PATH]
    assert list((tmp_path / locks.FOLDER).iterdir()) == []


def test_a_killed_process_is_followed_by_one_that_goes_on(server, tmp_path):
    server.fault(NAME, faults.stall_within(0.5, 60))
    to_environment(server.settings(read_s=60.0, total_s=60.0))
    child = start(FETCH, tmp_path, server.url, "locks", 1, start_new_session=True)
    part = tmp_path / FOLDER / f".{NAME}.part.cdf"
    until = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size == SIZE // 2):
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    assert files_below(tmp_path) == [f"{FOLDER}/{part.name}", f"{FOLDER}/{part.name}.json"]

    server.mend()
    with Client(server.settings(read_s=20.0)) as client:
        fetch_module.fetch(client, listed(server), tmp_path, check)
    assert server.requests[-1].headers["range"] == f"bytes={SIZE // 2}-"
    assert server.sent == SIZE
    assert (tmp_path / PATH).read_bytes() == good()
    assert files_below(tmp_path) == [PATH]
    assert list((tmp_path / locks.FOLDER).iterdir()) == []


# ---- who waits for whom


def test_who_waits_says_for_whom_and_has_a_limit(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0.05)
    with holder(tmp_path) as child:
        began = time.monotonic()
        with pytest.raises(Held) as caught, locked(tmp_path, tmp_path / "a/x", 0.3):
            pass
        assert 0.3 <= time.monotonic() - began < 10
        with locked(tmp_path, tmp_path / "a/y", 0.3):
            pass  # another file is free
        name = f"process {child.pid} on {socket.gethostname()}, since 20"
        assert name in str(caught.value)
        assert str(tmp_path / "a/x") in str(caught.value)
        assert name in caplog.text


def test_a_wait_of_zero_does_not_wait(tmp_path, caplog):
    with holder(tmp_path), pytest.raises(Held), locked(tmp_path, tmp_path / "a/x", 0):
        pass
    assert caplog.text == ""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    with holder(tmp_path) as child:
        child.kill()
        child.wait()
        with locked(tmp_path, tmp_path / "a/x", 0):
            pass


def test_a_file_that_is_held_too_long_fails_alone(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch_module, "GATE_S", -19.5)
    one = listed(server)
    held = Listed(one.name, one.url, "a/x", one.slot, one.version)
    with holder(tmp_path) as child, Client(server.settings(read_s=20.0, total_s=20.0)) as client:
        fetched, failures = fetch_module.fetch_all(client, [held, one], tmp_path, check)
    assert [listed for listed, _ in fetched] == [one]
    ((_, error),) = failures
    assert isinstance(error, DownloadError)
    assert error.url == one.url
    assert f"process {child.pid}" in str(error)


def test_a_full_disk_is_told_from_a_lock_that_is_held(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Holder, "write", full)
    with (
        pytest.raises(ArchiveError, match=os.strerror(errno.ENOSPC)) as caught,
        locked(tmp_path, tmp_path / "x"),
    ):
        pass
    assert not isinstance(caught.value, Held)


def test_other_faults_of_a_disk_are_no_lack_of_locks(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(locks, "FileLock", fail)
    with pytest.raises(ArchiveError, match=os.strerror(errno.EIO)), locked(tmp_path, tmp_path / "a/x"):
        pass


def test_a_lock_is_the_same_however_its_root_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with holder(tmp_path), pytest.raises(Held), locked(Path(), Path("a/x"), 0):
        pass


# ---- file systems without locks


@pytest.mark.parametrize(
    "no_locks",
    [NotImplementedError(), OSError(errno.ENOTSUP, "x"), OSError(errno.ENOSYS, "x")],
    indirect=True,
)
def test_without_locks_a_file_locks(tmp_path, no_locks):
    with locked(tmp_path, tmp_path / "a/x"):
        (found,) = (tmp_path / locks.FOLDER).iterdir()
        assert Holder.read(found).pid == os.getpid()
        with pytest.raises(Held, match=f"process {os.getpid()} on"), locked(tmp_path, tmp_path / "a/x", 0.2):
            pass
        with locked(tmp_path, tmp_path / "a/y", 0):
            pass
    with locked(tmp_path, tmp_path / "a/x", 0):
        pass
    assert list((tmp_path / locks.FOLDER).iterdir()) == []


HERE, ELSEWHERE = socket.gethostname(), "another.computer"
LEFT = {
    "dead process here": (lambda now: (HERE, dead_pid(), now), True),
    "living process here": (lambda now: (HERE, os.getppid(), now - 1e6), False),
    "another computer, young": (lambda now: (ELSEWHERE, dead_pid(), now - 3600), False),
    "another computer, old": (lambda now: (ELSEWHERE, os.getppid(), now - 7300), True),
}


@pytest.mark.parametrize("name", LEFT)
def test_abandoned_lock_files_are_broken_by_process_or_age(tmp_path, no_locks, caplog, name):
    made, free = LEFT[name]
    path = lock_file(tmp_path)
    sign(path, *made(time.time()))
    if free:
        with locked(tmp_path, tmp_path / "a/x", 0):
            assert Holder.read(path).pid == os.getpid()
        assert "removing an abandoned lock: process" in caplog.text
    else:
        before = path.read_bytes()
        with pytest.raises(Held, match=f"process .* on {made(0)[0]}"), locked(tmp_path, tmp_path / "a/x", 0):
            pass
        assert path.read_bytes() == before


@pytest.mark.parametrize(("age", "free"), [(10, False), (7300, True)])
def test_a_lock_file_without_a_name_is_broken_by_age(tmp_path, no_locks, age, free):
    path = lock_file(tmp_path)
    path.write_bytes(b"")
    os.utime(path, (time.time() - age,) * 2)
    if free:
        with locked(tmp_path, tmp_path / "a/x", 0):
            pass
    else:
        with pytest.raises(Held, match="another process"), locked(tmp_path, tmp_path / "a/x", 0):
            pass


def test_only_one_process_breaks_a_lock(tmp_path, no_locks):
    path = lock_file(tmp_path)
    sign(path, HERE, dead_pid(), time.time())
    guard = path.with_suffix(".breaking")
    guard.touch()  # another one is breaking it
    with pytest.raises(Held), locked(tmp_path, tmp_path / "a/x", 0.2):
        pass
    assert path.exists()
    os.utime(guard, (time.time() - 100,) * 2)  # it died meanwhile
    with locked(tmp_path, tmp_path / "a/x", 5):
        pass
    assert list((tmp_path / locks.FOLDER).iterdir()) == []
