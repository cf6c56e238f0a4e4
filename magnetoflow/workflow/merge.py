"""Merge per-event tables line by line: bytes stay as they are, and memory stays small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path


def merge_csv(paths: Sequence[str | Path], output: str | Path) -> None:
    """Write the rows of several CSV files under their common column row.

    Parameters
    ----------
    paths : sequence of path
        One or more files, in the order of the result; each starts with its column row.
    output : path
        Written to a temporary name, then renamed.

    Raises
    ------
    MagnetoflowError
        The files do not have the same columns.
    """
    header: bytes | None = None
    with atomic_path(output) as part, part.open("wb") as target:
        for path in paths:
            with Path(path).open("rb") as stream:
                columns = stream.readline()
                if header is None:
                    header = columns
                    target.write(header)
                if columns != header:
                    raise MagnetoflowError(
                        "tables with different columns cannot be merged",
                        where=path,
                        why=f"found {columns.decode().strip()}, expected {header.decode().strip()}",
                        todo="remove the event's work folder and run again",
                    )
                target.writelines(stream)


def merge_published(paths: Sequence[str | Path], output: str | Path, header_lines: int) -> None:
    """Write the rows of several published text files, in the order of the paths, under the first one's head.

    Parameters
    ----------
    paths : sequence of path
        One or more files.
    output : path
    header_lines : int
        Lines before the first row of each file.
    """
    with atomic_path(output) as part, part.open("wb") as target:
        for number, path in enumerate(paths):
            with Path(path).open("rb") as stream:
                head = [stream.readline() for _ in range(header_lines)]
                if number == 0:
                    target.writelines(head)
                target.writelines(stream)
