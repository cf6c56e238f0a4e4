"""What came out of a camera-day: labels, intervals, patches, and scores against human labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.io.small_tables import rows_if_there
from magnetoflow.io.stories.text import first_of, number, percent, span, with_error
from magnetoflow.times import parse_utc

Span = tuple[datetime, datetime]
Rows = Sequence[Mapping[str, str]]


def dashed(day: str) -> str:
    """Date of a camera-day."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def label_lines(folder: Path, site: str, days: Sequence[str], frames: Rows) -> list[str]:
    """Count single frames by label, and tell the hours of each class in time, by date."""
    lines = []
    column = "prediction_str" if frames and "prediction_str" in frames[0] else "raw_label"
    if frames:
        counts = Counter(one[column] for one in frames).most_common()
        told = ", ".join(
            f"{name or 'unlabelled'} {count} ({percent(count, len(frames))})" for name, count in counts
        )
        lines.append(f"single frames: {told}")
    for one in rows_if_there(folder / "daily.csv"):
        if one["site"] == site and one["date"] in map(dashed, days):
            told = ", ".join(f"{name} {60 * float(one[f'hours_{name}']):.3g} min" for name in CLASSES)
            lines.append(f"in time, {one['date']}, all of the run: {told}")
            lines.append(
                f"  share of good viewing that pulsates: {with_error(one['share'], one['share_error'])}"
            )
    return lines


def interval_lines(folder: Path, site: str, spans: Sequence[Span]) -> list[str]:
    """List intervals of pulsating aurora that overlap the event."""
    table = folder / "intervals.csv"
    found = [one for one in rows_if_there(table) if one["site"] == site and _overlaps(one, spans)]
    lines = [
        f"{span(one['start'], one['stop'])}: mean probability {number(one['confidence'])}, "
        f"{one['frames']} frames, gaps {percent(float(one['gap_share']), 1)}, "
        f"period {number(one['period_s'])} s, of {one['patches'] or 0} patches "
        f"({number(one['period_low_s'])} to {number(one['period_high_s'])})"
        for one in found
    ]
    return first_of(lines, where=str(table)) if lines else (["none"] if table.is_file() else [])


def patch_lines(folder: Path, site: str, spans: Sequence[Span]) -> list[str]:
    """Summarise pulsating patches."""
    table = folder / "pulsation.csv"
    found = [one for one in rows_if_there(table) if one["site"] == site and _overlaps(one, spans)]
    if not found:
        return ["none"] if table.is_file() else []
    periods = sorted(float(one["period_s"]) for one in found)
    return [
        f"{len(found)} in {len({one['start'] for one in found})} windows, periods {number(periods[0])} to "
        f"{number(periods[-1])} s, median {number(median(periods))} s; each has aliases below 6 s in {table}"
    ]


def _overlaps(one: Mapping[str, str], spans: Sequence[Span]) -> bool:
    begin, end = parse_utc(one["start"]), parse_utc(one["stop"])
    return any(begin < stop and end > start for start, stop in spans)


def score_lines(folder: Path, site: str, days: Sequence[str]) -> list[str]:
    """Tell the scores of camera-days that people labelled."""
    mine = {f"{site}_{day}" for day in days}
    lines = [
        f"{one['camera_day']}, {one['stage']}: accuracy {number(one['accuracy'])}, "
        f"macro-F1 {number(one['macro_f1'])}, F1 of pulsating {number(one['pulsating_f1'])}, "
        f"seen in training: {one['seen_in_training']}"
        for one in rows_if_there(folder / "evaluation.csv")
        if one["camera_day"] in mine
    ]
    lines += [
        f"{one['camera_day']}: the labels count {one['frames_labelled']} frames, "
        f"at hand are {one['frames_found']}"
        for one in rows_if_there(folder / "labels.csv")
        if one["camera_day"] in mine and one["excess"] != "0"
    ]
    return lines or (["not labelled"] if (folder / "evaluation.csv").is_file() else [])
