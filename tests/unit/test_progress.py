"""Progress of downloads: rare lines in logs, one line on a terminal."""

import io
import sys

import pytest

from magnetoflow.archive.remote import progress as module
from magnetoflow.archive.remote.progress import Progress, amount


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(module.time, "monotonic", lambda: Clock.now)
    return Clock


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_has_a_line_in_ten_seconds_at_most(clock):
    lines = []
    progress = Progress(10, 10_000_000, lines.append)
    for _ in range(99):
        clock.now += 0.3
        progress.advance(100_000)
    progress.done()
    progress.end()
    assert lines == [
        "downloads: 0 of 10 files, 3.4 MB of 10.0 MB, 0.3 MB/s, 20 s left",
        "downloads: 0 of 10 files, 6.8 MB of 10.0 MB, 0.3 MB/s, 10 s left",
    ]


def test_a_short_batch_leaves_no_line_in_a_log(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress(2, 0)
    for _ in range(2):
        clock.now += 3
        progress.advance(100)
        progress.done()
    progress.end()
    assert stream.getvalue() == ""
    clock.now += 5
    progress.advance(1)
    assert stream.getvalue() == "downloads: 2 of 2 files, 0.0 MB, 0.0 MB/s, 0 s left\n"


def test_a_terminal_has_one_line_which_is_taken_away(clock, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    progress = Progress(1, 2_000_000)
    for _ in range(4):
        clock.now += 0.25
        progress.advance(500_000)
    shown = sys.stderr.getvalue()
    assert "\n" not in shown
    assert shown.count("\r") == 4
    assert (
        shown.rpartition("\r")[2].rstrip() == "downloads: 0 of 1 files, 2.0 MB of 2.0 MB, 2.0 MB/s, 0 s left"
    )
    progress.end()
    assert sys.stderr.getvalue().endswith(" \r")


def test_a_file_that_was_there_does_not_count_for_the_rate(clock):
    progress = Progress(3, 30_000_000)
    progress.skip(10_000_000)
    clock.now += 10
    progress.advance(10_000_000)
    progress.done()
    assert progress.line() == "downloads: 2 of 3 files, 10.0 MB of 20.0 MB, 1.0 MB/s, 10 s left"


def test_without_sizes_files_tell_the_time(clock):
    progress = Progress(100, 0)
    progress.skip(None)
    assert progress.line() == "downloads: 1 of 100 files, 0.0 MB, 0.0 MB/s"
    clock.now += 60
    progress.done()
    assert progress.line().endswith("1 h 38 min left")


def test_bytes_that_have_to_come_again_are_taken_back(clock):
    progress = Progress(1, 4_000_000)
    clock.now += 100
    progress.advance(2_000_000)
    progress.advance(-1_000_000)
    assert progress.line() == "downloads: 0 of 1 files, 1.0 MB of 4.0 MB, 0.0 MB/s, 5 min 00 s left"


@pytest.mark.parametrize(("count", "text"), [(0, "0.0 MB"), (9.99e9, "9990.0 MB"), (1.25e10, "12.5 GB")])
def test_amounts(count, text):
    assert amount(count) == text
