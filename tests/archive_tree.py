"""Folders in the public layout, as one tree to which tests add files, for `tests.archive_server`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.archive_faults import Item


class Tree:
    """Folders laid over each other, and files added or taken away without a change on disk.

    Parameters
    ----------
    *folders : Path
        Roots in the public layout; the first that has a file gives it.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self._added: dict[str, tuple[bytes, datetime]] = {}
        self._removed: set[str] = set()

    def add(self, path: str, content: bytes, modified: datetime | None = None) -> None:
        """Add or replace a file: path below the root."""
        self._added[path] = content, (modified or datetime.now(UTC)).replace(tzinfo=None, microsecond=0)
        self._removed.discard(path)

    def remove(self, path: str) -> None:
        """Take a file away."""
        self._added.pop(path, None)
        self._removed.add(path)

    def read(self, path: str) -> tuple[bytes, datetime] | None:
        """Content of a file and the time it was changed (UTC), or None."""
        if path in self._added:
            return self._added[path]
        for folder in () if path in self._removed else self.folders:
            if (folder / path).is_file():
                return (folder / path).read_bytes(), _changed(folder / path)
        return None

    def items(self, path: str) -> list[Item]:
        """What a folder holds, sorted by name."""
        below = f"{path}/" if path else ""
        found: dict[str, Item] = {}
        for folder in reversed(self.folders):
            for one in (folder / path).iterdir() if (folder / path).is_dir() else ():
                if below + one.name not in self._removed:
                    size = None if one.is_dir() else one.stat().st_size
                    found[one.name] = Item(one.name, size, _changed(one))
        for name, (content, changed) in self._added.items():
            if name.startswith(below):
                first, _, rest = name.removeprefix(below).partition("/")
                if not rest or first not in found:
                    found[first] = Item(first, None if rest else len(content), changed)
        return [found[name] for name in sorted(found)]

    def walk(self, path: str) -> Iterator[tuple[str, Item]]:
        """Files at any depth: folder and file."""
        for one in self.items(path):
            if one.size is None:
                yield from self.walk(f"{path}/{one.name}")
            else:
                yield path, one


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).replace(tzinfo=None)
