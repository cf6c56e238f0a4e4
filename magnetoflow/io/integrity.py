"""The gate: no reader gets a byte of a CDF file that was not checked.

Most readers accept damage: they crash, hang or return wrong numbers. So a file is judged before it is opened,
by its MD5 trailer where it carries one, else by decoding every variable in a child process with limits.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from magnetoflow.errors import CorruptFile

MAGIC_V3, MAGIC_V2 = b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02"
FLAG_OFFSET = {MAGIC_V3: 40, MAGIC_V2: 32}
UNCOMPRESSED, COMPRESSED = b"\x00\x00\xff\xff", b"\xcc\xcc\x00\x01"
CHECKSUM_BITS = 0b1100
"""Bit 2 of the flag word: the file has a checksum; bit 3: it is an MD5."""
DECODE_SECONDS = 300
TRAILER = 16
BLOCK = 1 << 20


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
    In a file without a trailer a changed byte of an uncompressed variable cannot be seen.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise CorruptFile(path, error.strerror or str(error)) from error
    if not head:
        raise CorruptFile(path, "empty file")
    if head.lstrip()[:1] in (b"<", b"{"):
        raise CorruptFile(path, "a web page or message, not a CDF file")
    if head[:4] not in FLAG_OFFSET or head[4:8] not in (UNCOMPRESSED, COMPRESSED):
        raise CorruptFile(path, f"not a CDF file: starts with {head[:8].hex()}")
    if _has_md5(head):
        _check_md5(path)
    elif expect_md5:
        raise CorruptFile(path, "no MD5 trailer, which every file of this product has: header damaged")
    else:
        _decode_in_child(path)


def sha256_of(path: Path) -> str:
    """sha256 of a file, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _has_md5(head: bytes) -> bool:
    at = FLAG_OFFSET[head[:4]]
    flags = int.from_bytes(head[at : at + 4], "big")
    return head[4:8] == UNCOMPRESSED and flags & CHECKSUM_BITS == CHECKSUM_BITS


def _check_md5(path: Path) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    left = path.stat().st_size - TRAILER
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            digest.update(block)
            left -= len(block)
        trailer = stream.read(TRAILER)
    if trailer != digest.digest():
        size = path.stat().st_size
        raise CorruptFile(
            path, f"MD5 trailer does not match the content ({size} bytes): truncated or changed"
        )


def _decode_in_child(path: Path) -> None:
    """Decode every variable where a crash, a hang or a flood of memory does no harm."""
    package_root = Path(__file__).resolve().parents[2]
    python_path = os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "magnetoflow.io.decode", str(path)]
    try:
        child = subprocess.run(  # noqa: S603 (our own module, no shell)
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DECODE_SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": python_path},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CorruptFile(path, f"decoding did not end within {DECODE_SECONDS} s") from error
    if child.returncode < 0:
        raise CorruptFile(path, f"decoding was ended by signal {-child.returncode}")
    if child.returncode:
        lines = child.stderr.strip().splitlines()
        raise CorruptFile(path, lines[-1][:300] if lines else f"decoding failed ({child.returncode})")
