"""What names of image files and skymaps say. No numpy: the archive's manifests are made of this."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

MINUTE, HOUR = "minute", "hour"
WIDE = "_wide_"
"""In names of files of the same format that hold no good data."""


def skymap_dates(name: str, site: str) -> tuple[date, date | None, int] | None:
    """First day, last day (None is open) and version that the name of a skymap says; None for other files.

    ``themis_skymap_gako_20110305-+_vXX.sav``, ``themis_skymap_gako_20110305-20120101_v02.sav``; version XX
    counts as 0.
    """
    match = re.fullmatch(rf"themis_skymap_{site}_(\d{{8}})(?:-(\+|\d{{8}}))?(?:_v(\d+|XX))?\.sav", name)
    if match is None:
        return None
    try:
        first = datetime.strptime(match[1], "%Y%m%d").date()
        last = None if match[2] in (None, "+") else datetime.strptime(match[2], "%Y%m%d").date()
    except ValueError:
        return None
    return first, last, int(match[3]) if (match[3] or "XX") != "XX" else 0


def minute_slot(name: str, site: str) -> datetime | None:
    """Minute (UTC) that the name of an image file says: ``20140310_0600_gill_themis19_full.pgm.gz``."""
    pattern = rf"(\d{{8}}_\d{{4}})_{re.escape(site)}_themis\d*_\w*full\w*\.pgm(?:\.gz)?"
    match = re.fullmatch(pattern, name)
    if match is None or WIDE in name:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d_%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
