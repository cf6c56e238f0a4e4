"""Names of published text files, and where they lie in a folder. No numpy: rules list folders."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from magnetoflow.errors import ArchiveError

HEADER_LINES = 4
"""Two remarks, a blank line, the column row."""

_NAME = re.compile(r"(\d{8})_([a-z]{4})_themis_classifications\.txt")


def classification_name(site: str, day: date) -> str:
    """Path under the folder: ``YYYY/MM/DD/YYYYMMDD_<site>_themis_classifications.txt``."""
    return f"{day:%Y/%m/%d}/{day:%Y%m%d}_{site}_themis_classifications.txt"


def named_camera_day(name: str) -> tuple[str, date] | None:
    """Site and date of a published file name; None for any other."""
    match = _NAME.fullmatch(name)
    try:
        day = datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date() if match else None
    except ValueError:
        return None
    return (match[2], day) if match and day else None


def find_classifications(folder: str | Path) -> list[tuple[str, date, Path]]:
    """List the camera-days of published files in a folder, at any depth.

    Parameters
    ----------
    folder : path
        Files with other names do not count; of two of one camera-day the first by path counts.

    Returns
    -------
    list of (site, date, path)
        By site and date.

    Raises
    ------
    ArchiveError
        It is not a folder that can be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ArchiveError("no folder of classifications", where=root, todo="name an existing folder")
    found: dict[tuple[str, date], Path] = {}
    for path in sorted(root.rglob("*_themis_classifications.txt")):
        named = named_camera_day(path.name)
        if named:
            found.setdefault(named, path)
    return [(*named, found[named]) for named in sorted(found)]
