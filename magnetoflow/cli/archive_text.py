"""Tables and last lines of ``magnetoflow archive``."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from magnetoflow.archive.remote.progress import amount
from magnetoflow.io.atomic import write_text

if TYPE_CHECKING:
    from magnetoflow.archive.remote.differences import Change, Difference
    from magnetoflow.archive.remote.plan import Row as PlanRow
    from magnetoflow.archive.remote.plan import ToBring, Totals
    from magnetoflow.archive.remote.status import Row

GB = 1e9
NOTHING = "nothing there"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
PLAN_COLUMNS = (
    *("event", "product", "probe", "day", "state", "files", "there", "unchecked"),
    *("to_bring", "bytes", "bytes_exact", "why"),
)


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their cells; numbers to the right; the last column as it is."""
    if not rows:
        return ""
    cells = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    right = [isinstance(value, int) for value in rows[0]]
    lines = []
    for row in cells:
        padded = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines) + "\n"


def plan_table(rows: Sequence[PlanRow]) -> str:
    """One line per manifest."""
    head = ("event", "product", "probe", "day", "files", "there", "to bring", "bytes", "state")
    return table(head, [_plan_cells(row) for row in rows])


def _plan_cells(row: PlanRow) -> tuple[object, ...]:
    note = f", {len(row.unchecked)} on disk to be checked" if row.unchecked else ""
    why = "; ".join("nothing listed" if "://" in part else part for part in row.why.split("; "))
    state = _said(f"{row.state}{note}", why if row.state == NOTHING else row.why)
    counts = len(row.files), len(row.there), len(row.bring)
    return row.event, row.day.product, row.day.probe, day_text(row), *counts, _bytes(row.bring), state


def _said(state: str, why: str) -> str:
    return f"{state}: {why}" if why else state


def day_text(row: PlanRow) -> str:
    """``2017-07-11``, with the part of the day where it is not all of it."""
    if row.day.span is None:
        return f"{row.day.day}"
    low, high = row.day.span
    end = f"{high:%H:%M:%S}" if high.date() == row.day.day else "24:00:00"
    begin = f"{low:%H:%M:%S}" if low.date() == row.day.day else "24:00:00"
    return f"{row.day.day} {begin}-{end}"


def _bytes(bring: Sequence[ToBring]) -> str:
    if not bring:
        return "-"
    about = "" if all(one.exact for one in bring) else "about "
    return f"{about}{amount(sum(one.bytes for one in bring))}"


def plan_totals(need: Totals, events: int, limit_gb: float, free: int, sampled: Sequence[str] = ()) -> str:
    """Last lines of a plan; a file that several events need counts once. `sampled`: studies of the sample."""
    about = "" if need.exact else "about "
    lines = [
        f"{counted(events, 'event')}: {counted(need.files, 'file')}, {need.there} there, "
        f"{need.unchecked} on disk to be checked, {need.bring} to bring: {about}{amount(need.bytes)}",
        f"remote.max_download_gb: {limit_gb:g}; free on the disk: {free / GB:.1f} GB",
    ]
    if need.bytes > limit_gb * GB:
        lines.append("more than remote.max_download_gb: a run of all of this stops before it begins")
    if need.bytes > free:
        lines.append("more than the disk has room for")
    if need.failed:
        lines.append(f"not in these sums: {counted(need.failed, 'day')} whose listing could not be had")
    lines += [
        f"{study}: its events are those of the sample, which the archives need not have: "
        "name an event list by --configfile"
        for study in sampled
    ]
    return "\n".join(lines) + "\n"


def write_plan(path: Path, rows: Sequence[PlanRow]) -> None:
    """Write a plan as CSV.

    Raises
    ------
    ArchiveError
        The file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PLAN_COLUMNS)
    for row in rows:
        exact = all(one.exact for one in row.bring)
        counts = (len(row.files), len(row.there), len(row.unchecked), len(row.bring))
        cells = (row.event, row.day.product, row.day.probe, day_text(row), row.state, *counts)
        writer.writerow([*cells, sum(one.bytes for one in row.bring), str(exact).lower(), _harmless(row.why)])
    write_text(path, text.getvalue())


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not run: servers wrote some of it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def status_table(rows: Sequence[Row], complete: Collection[str]) -> str:
    """One line per manifest, and how many are in a state that is complete."""
    head = ("event", "product", "probe", "day", "files", "there", "state")
    cells = [
        (row.event, row.product, row.probe, row.day, row.files, row.there, _said(row.state, row.why))
        for row in rows
    ]
    counts = Counter(row.state for row in rows)
    said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    whole = sum(counts[state] for state in complete)
    return f"{table(head, cells)}{whole} of {len(rows)} manifests complete: {said}\n"


def difference_table(found: Sequence[Difference]) -> str:
    """One line per file that differs."""
    head = ("product", "probe", "slot", "what", "bytes", "old -> new")
    return table(head, [_change_cells(change) for one in found for change in one.changes])


def _change_cells(one: Change) -> tuple[object, ...]:
    names = f"{one.old or 'none'} -> {one.new}" if one.new else f"{one.old} is kept"
    size = _bytes([one.size] if one.size else [])
    return one.product, one.probe, one.slot, one.kind, size, names


def update_totals(found: Sequence[Difference], *, dry_run: bool) -> str:
    """Last lines of an update."""
    changes = sum(len(one.changes) for one in found)
    manifests = sum(len(one.paths) for one in found)
    lines = [f"note: {' '.join(map(str, one.key[:2]))}: {note}" for one in found for note in one.notes]
    lines += [f"rewritten: {path}" for one in found for path in one.written]
    asked = f"{counted(manifests, 'manifest')} of {counted(len(found), 'day')} asked for"
    said = f"{asked}: {counted(changes, 'difference')}"
    if dry_run:
        lines.append(f"{said}; nothing was changed (--dry-run)")
    else:
        lines.append(f"{said}, {counted(sum(len(one.written) for one in found), 'manifest')} rewritten")
    return "\n".join(lines) + "\n"


def failures(found: Sequence[Difference]) -> str:
    """Days that stay as they were; what many have in common, such as no network, is said once."""
    days: dict[str, list[str]] = {}
    for one in found:
        if one.failure:
            days.setdefault(one.failure, []).append(" ".join(map(str, one.key)))
    lines = []
    for why, names in days.items():
        if len(names) == 1:
            lines.append(f"left as it was: {names[0]}: {why}\n")
        else:
            lines.append(f"left as they were, {len(names)} days: {why}\n  " + "\n  ".join(names) + "\n")
    return "".join(lines)


def verify_totals(counts: Mapping[str, int], manifests: int, removed: Sequence[Path]) -> str:
    """Last lines of a check."""
    lines = [f"removed: {path}, left by a download more than a day ago" for path in removed]
    said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
    return "\n".join([*lines, f"{counted(manifests, 'manifest')}; files: {said}"]) + "\n"
