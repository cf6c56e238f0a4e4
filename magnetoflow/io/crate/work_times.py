"""When the jobs of a study began and ended, as their logs say."""

from __future__ import annotations

import os
import re
from pathlib import Path

LINE = re.compile(rb"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z INFO (rule |done)", re.MULTILINE)
"""First and last line of a job's log, by :func:`magnetoflow.workflow.jobs.run_job`."""


def work_times(folder: str | Path) -> tuple[str | None, str | None]:
    """Give the times at which the first job of a folder of logs began and the last one ended.

    A job that runs again writes its log anew. Neither copies nor ``--touch`` change what is in it.

    Parameters
    ----------
    folder : path
        ``<results>/<study>/logs``.

    Returns
    -------
    (str or None, str or None)
        ``2026-01-31T12:00:00+00:00``; None where no log says it.
    """
    starts: set[bytes] = set()
    ends: set[bytes] = set()
    # os.walk: a run over years has a log per shard, and pathlib takes longer than reading them
    for parent, _, names in os.walk(folder):
        for name in (one for one in names if one.endswith(".log")):
            with open(f"{parent}/{name}", "rb") as stream:  # noqa: PTH123
                found = LINE.findall(stream.read())
            starts.update(when for when, word in found[:1] if word != b"done")
            ends.update(when for when, word in found[-1:] if word == b"done")
    start, end = min(starts, default=None), max(ends, default=None)
    return (f"{start.decode()}+00:00" if start else None, f"{end.decode()}+00:00" if end else None)
