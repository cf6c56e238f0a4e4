"""The gate: no reader gets a byte of a CDF file that was not checked.

Most readers accept damage: they crash, hang or return wrong numbers. So a file is judged before it is opened,
by its MD5 trailer where it carries one, else by decoding every variable in a child process with limits.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from magnetoflow.errors import CorruptFile
from magnetoflow.io.cdf_structure import check_structure


@dataclass(frozen=True)
class _Layout:
    """Byte offsets of what the gate reads in the header, and the size of a pointer."""

    flags: int
    gdr: int
    end: int
    width: int


MAGIC = {b"\xcd\xf3\x00\x01": _Layout(40, 20, 36, 8), b"\xcd\xf2\x60\x02": _Layout(32, 16, 20, 4)}
UNCOMPRESSED, COMPRESSED = b"\x00\x00\xff\xff", b"\xcc\xcc\x00\x01"
CHECKSUM_BITS = 0b1100
"""Bit 2 of the flag word: the file has a checksum; bit 3: it is an MD5."""
DECODE_SECONDS = 300
TRAILER = 16
BLOCK = 1 << 20


def brief(value: object, size: int = 200) -> str:
    """Short printable form of what came out of a file: no control characters, no flood."""
    text = str(value)[: 4 * size]
    return "".join(c if c.isprintable() else " " for c in text)[:size]


def check_file(path: Path, *, expect_md5: bool) -> None:
    """Refuse a damaged CDF file.

    Parameters
    ----------
    path : Path
    expect_md5 : bool
        Files of this product always carry an MD5 trailer, so that its absence is damage to the header.

    Raises
    ------
    CorruptFile
        With the reason.

    Notes
    -----
    In a file without a trailer some damage cannot be seen: changed bytes of uncompressed values, of
    attributes and of names, and a change of byte order, of array order, or of a type to one of the same size.
    """
    try:
        with path.open("rb") as stream:
            flagged = _judge_header(path, stream, expect_md5)
            if flagged:
                _check_md5(path, stream)
            elif _is_whole(path, stream):
                check_structure(path)
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    if not flagged:
        decode_in_child(path)


def sha256_of(path: Path) -> str:
    """sha256 of a file, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _judge_header(path: Path, stream: BinaryIO, expect_md5: bool) -> bool:
    """Whether the file says that it carries an MD5 trailer."""
    head = stream.read(64)
    if not head:
        raise CorruptFile(path, "empty file")
    if head.lstrip()[:1] in (b"<", b"{"):
        raise CorruptFile(path, "a web page or message, not a CDF file")
    if head[:4] not in MAGIC or head[4:8] not in (UNCOMPRESSED, COMPRESSED):
        raise CorruptFile(path, f"not a CDF file: starts with {head[:8].hex()}")
    at = MAGIC[head[:4]].flags
    flags = int.from_bytes(head[at : at + 4], "big")
    flagged = head[4:8] == UNCOMPRESSED and flags & CHECKSUM_BITS == CHECKSUM_BITS
    if expect_md5 and not flagged:
        raise CorruptFile(path, "no MD5 trailer, which every file of this product has: header damaged")
    return flagged


def _check_md5(path: Path, stream: BinaryIO) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    size = stream.seek(0, os.SEEK_END)
    left = size - TRAILER
    stream.seek(0)
    while left > 0 and (block := stream.read(min(BLOCK, left))):
        digest.update(block)
        left -= len(block)
    if stream.read(TRAILER) != digest.digest():
        raise CorruptFile(
            path, f"MD5 trailer does not match the content ({size} bytes): truncated or changed"
        )


def _is_whole(path: Path, stream: BinaryIO) -> bool:
    """Compare the size with what the header says; of a file that is compressed as a whole it says nothing."""
    stream.seek(0)
    head = stream.read(64)
    if head[4:8] == COMPRESSED:
        return False
    layout = MAGIC[head[:4]]
    size = stream.seek(0, os.SEEK_END)
    stream.seek(min(int.from_bytes(head[layout.gdr : layout.gdr + layout.width], "big") + layout.end, size))
    end = int.from_bytes(stream.read(layout.width), "big")
    if size < end:
        raise CorruptFile(path, f"{size} bytes, but {end} by its header: truncated")
    if size not in (end, end + TRAILER):  # the library leaves a trailer where the flag is taken away
        raise CorruptFile(path, f"{size - end} bytes after the end that its header names")
    return True


def decode_in_child(path: Path, seconds: int | None = None) -> None:
    """Decode all of a file where a crash, a hang or a flood of memory does no harm.

    Parameters
    ----------
    path : Path
        A CDF file, or an IDL save file (``.sav``).
    seconds : int, optional [s]
        Limit, `DECODE_SECONDS` by default.

    Raises
    ------
    CorruptFile
        It cannot be decoded within the limits of :mod:`magnetoflow.io.decode`.
    """
    limit = seconds or DECODE_SECONDS
    package_root = Path(__file__).resolve().parents[2]
    python_path = os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as scratch:  # a compressed file is unpacked to a temporary file
        try:
            child = subprocess.run(  # noqa: S603 (our own module, no shell)
                [sys.executable, "-P", "-m", "magnetoflow.io.decode", str(path)],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limit,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": python_path, "TMPDIR": scratch, "OPENBLAS_NUM_THREADS": "1"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CorruptFile(path, f"decoding did not end within {limit} s") from error
    if child.returncode < 0:
        raise CorruptFile(path, f"decoding was ended by {signal.Signals(-child.returncode).name}")
    if child.returncode:
        lines = child.stderr.strip().splitlines()
        raise CorruptFile(path, brief(lines[-1]) if lines else f"decoding failed ({child.returncode})")
