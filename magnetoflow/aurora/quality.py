"""Quality of shards: what was read, dropped, refused and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

COUNTS = (
    *("files", "refused", "superseded", "wide_ignored", "frames", "duplicates", "clock_back", "misdated"),
    *("absent_minutes", "windows_judged"),
)
COLUMNS = ("site", "date", "hour", *COUNTS, "failed")


def quality_table(statuses: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row per shard, with `COLUMNS`.

    Parameters
    ----------
    statuses : sequence of mapping
        ``event`` (``gill_20140310_06``), ``failed``, and ``counts``; a shard that failed before it read its
        files has none, which is 0.
    """
    rows = []
    for one in statuses:
        site, day, hour = str(one["event"]).split("_")
        counts = [int(one["counts"].get(name, 0)) for name in COUNTS]
        rows.append((site, f"{day[:4]}-{day[4:6]}-{day[6:]}", hour, *counts, int(one["failed"])))
    return pd.DataFrame(rows, columns=list(COLUMNS))
