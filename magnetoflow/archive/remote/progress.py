"""How far downloads are: one line, rewritten on a terminal, now and then in a log."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

EVERY_S = 10.0
TERMINAL_EVERY_S = 0.2


class Progress:
    """Files, bytes, rate and time left of one batch.

    Parameters
    ----------
    files : int
    bytes_total : int
        0 where sizes are not listed.
    say : callable, optional
        Takes a line, at most one in 10 s: for logs. Default: the standard error stream, where a terminal has
        its line rewritten in place.
    """

    def __init__(self, files: int, bytes_total: int, say: Callable[[str], None] | None = None) -> None:
        self.files, self.bytes_total = files, bytes_total
        self.files_done = self.bytes_done = self._brought = 0
        self._in_place = say is None and sys.stderr.isatty()
        self._say = say or self._write
        self._every = TERMINAL_EVERY_S if self._in_place else EVERY_S
        self._began = self._last = time.monotonic()
        self._width = 0
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        """Count bytes that came; a negative number takes back what has to be brought anew."""
        with self._lock:
            self.bytes_done += count
            self._tell()

    def done(self) -> None:
        """Count a file that is there."""
        with self._lock:
            self.files_done += 1
            self._brought += 1
            self._tell()

    def skip(self, size: int | None) -> None:
        """Count a file that was there already: its bytes need not come."""
        with self._lock:
            self.files_done += 1
            self.bytes_total = max(0, self.bytes_total - (size or 0))
            self._tell()

    def end(self) -> None:
        """Leave the line of a terminal."""
        if self._in_place and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0

    def line(self) -> str:
        """State now."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = self.bytes_done / seconds
        total = f" of {amount(self.bytes_total)}" if self.bytes_total else ""
        left = self._left(seconds, rate)
        parts = [
            f"{self.files_done} of {self.files} files",
            f"{amount(self.bytes_done)}{total}",
            f"{amount(rate)}/s",
            *([f"{_time(left)} left"] if left is not None else []),
        ]
        return "downloads: " + ", ".join(parts)

    def _left(self, seconds: float, rate: float) -> float | None:
        if self.bytes_total:
            return max(0.0, self.bytes_total - self.bytes_done) / rate if rate > 0 else None
        if not self._brought:
            return None
        return (self.files - self.files_done) * seconds / self._brought

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._say(self.line())

    def _write(self, line: str) -> None:
        if self._in_place:
            sys.stderr.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def amount(count: float) -> str:
    """Bytes in words: MB, or GB from 10 GB on."""
    return f"{count / 1e9:.1f} GB" if count >= 1e10 else f"{count / 1e6:.1f} MB"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )
