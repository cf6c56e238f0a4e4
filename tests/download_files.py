"""Files that tests of downloads bring: bytes that end with their own sha256, and a check of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from magnetoflow.archive.remote.listed import Listed
from magnetoflow.errors import CorruptFile

SIZE = 200_000
FOLDER = "rbsp/rbspa/2013"


def good(seed: int = 1, size: int = SIZE) -> bytes:
    body = random.Random(seed).randbytes(size - 32)
    return body + sha256(body).digest()


def check(path: Path) -> int:
    """Gate: the number of bytes of a good file."""
    content = path.read_bytes()
    if sha256(content[:-32]).digest() != content[-32:]:
        raise CorruptFile(path, f"its own sha256 does not match ({len(content)} bytes)")
    return len(content)


def listed(server, name: str = "x_v1.0.0.cdf", size: int | None = SIZE, **more) -> Listed:
    """File as a listing names it; the server has it under the same path."""
    url = f"{server.url}/spdf/{FOLDER}/{name}"
    return Listed(name, url, f"{FOLDER}/{name}", datetime(2013, 3, 17, tzinfo=UTC), (1, 0, 0), size, **more)


def files_below(root: Path) -> list[str]:
    """Paths of the files below a folder, but for locks."""
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if path.parts[0] != ".locks")
