"""How far the jobs of an event came: errors in their logs, statuses, and where everything is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from magnetoflow.io.overview.states import DONE, state_of
from magnetoflow.io.small_tables import read_object
from magnetoflow.io.stories.text import Section, first_of, reason_parts

_ENTRY = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (?P<level>[A-Z]+) ")
FINISHED = "Z INFO done, process "


def log_error(path: Path) -> str:
    """Last error of a log, in one line; empty where its job ended well, or has none yet."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if FINISHED in text:
        return ""
    entry: list[str] = []
    for line in text.splitlines():
        match = _ENTRY.match(line)
        if match and match["level"] in ("ERROR", "CRITICAL"):
            entry = [line[match.end() :]]
        elif match:
            continue
        elif entry:
            entry.append(line)
    if not entry:
        return "its job did not end: it runs, or was killed"
    if entry[0].startswith("Traceback"):
        return f"a defect of the code: {entry[-1].strip()}"
    return " ".join(" ".join(entry).split())


def state_lines(
    statuses: Sequence[Path],
    logs: Sequence[Path],
    results: Sequence[Path],
    failures: Iterable[Mapping[str, str]] = (),
) -> list[str]:
    """Say whether an event is done, failed, without data, or not finished, and why.

    Parameters
    ----------
    statuses : sequence of Path
        ``status.json`` of its first jobs.
    logs : sequence of Path
        Folders of its logs, or logs.
    results : sequence of Path
        Files that make it done.
    failures : iterable of mapping
        Rows of ``failed.csv``.
    """
    lost: list[Mapping[str, str]] = list(failures)
    for path in statuses:
        status = read_object(path)
        if status.get("failed") and not any(str(status["reason"]) in one["reason"] for one in lost):
            lost.append(status)
    left = [f"left out: {one['event']}: {one['error']}: {one['reason']}" for one in lost]
    errors = [(path, log_error(path)) for path in logs_below(logs)]
    broken = [f"{path.stem} failed: {error} (log: {path})" for path, error in errors if error]
    lacking = [path for path in results if not path.exists()]
    ended = state_of(0, [one["error"] for one in lost]) if lost else DONE
    state = "not finished" if lacking else "done, but a job failed" if broken and not lost else ended
    parts = [
        f"  {one}" if k else one for text in (*left, *broken) for k, one in enumerate(reason_parts(text))
    ]
    return [state, *parts, *first_of([f"not there: {path}" for path in lacking], 4)]


def logs_below(paths: Iterable[Path]) -> list[Path]:
    """List the logs among paths and below those that are folders."""
    return [
        one
        for path in paths
        for one in (sorted(path.glob("**/*.log")) if path.is_dir() else [path])
        if one.is_file()
    ]


def where(**named: Sequence[Path] | Path) -> Section:
    """List what is there of tables, figures, pages and logs of an event."""
    lines = []
    for name, paths in named.items():
        found = [path for path in ([paths] if isinstance(paths, Path) else paths) if path.exists()]
        lines += first_of([f"{name.replace('_', ' ')}: {path}" for path in found], 6)
    return Section("Where", lines)
