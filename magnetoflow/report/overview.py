"""What the table of all events, ``overview.csv``, says of a study: states, files, flags, labels, failures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.report.limits import MOST_FIGURES
from magnetoflow.report.rows import (
    Row,
    amount,
    counted,
    in_line,
    listed,
    middle,
    read_rows,
    share,
    tally,
    whole,
)

RECORDS = {
    "mms_gmm": "minutes",
    "mms_mp": "field samples",
    "mms_rnn": "electron samples",
    "rept_pad": "distributions",
    "aurora": "frames",
}
"""What is labelled or analysed."""
CROSSINGS = {
    "mms_gmm": "boundary crossing",
    "mms_mp": "crossing of a single spacecraft",
    "aurora": "interval of pulsating aurora",
}
MANY = {"mms_mp": "crossings of single spacecraft", "aurora": "intervals of pulsating aurora"}
FLAGGED = {"mms_mp": "the records of all series miss a component"}
"""What flags count, where it is not the records."""
EVENT = {"aurora": "camera-day"}
MODEL = {"mms_gmm": "model", "mms_rnn": "model", "rept_pad": "model", "aurora": "model/network"}
"""Folders of the models."""
STATES = ("failed", "no data", "done")
CUT = 300
COUNTABLE = 10_000
"""Of fewer records a share in four digits is a whole number of them."""
LEAST_PERCENT = 0.1


def common(study: str, folder: Path, used: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Numbers and sentences that all studies have.

    Parameters
    ----------
    study : str
    folder : Path
        Results of the study.
    used : mapping of str to int, optional
        Numbers of input files, each counted once.

    Returns
    -------
    dict
        Texts and numbers by name; ``by_event`` has a sentence per event.
    """
    rows = read_rows(folder / "overview.csv")
    states = Counter(dict.fromkeys(STATES, 0)) + Counter(row["state"] for row in rows)
    records = sum(whole(row["records"]) for row in rows)
    flags, labels = (sum((tally(row[name]) for row in rows), Counter()) for name in ("flags", "labels"))
    event = EVENT.get(study, "event")
    carry = f"{amount(records, RECORDS[study])} carry a flag"
    named = sum(labels.values())
    what = RECORDS[study] if named == records else MANY.get(study, "labels")
    shown = rows if len(rows) <= MOST_FIGURES else []  # of more events no figure is in the report
    return {
        "study": study,
        "events": len(rows),
        "event_words": counted(len(rows), event),
        **{state.replace(" ", "_"): states[state] for state in STATES},
        "records": records,
        "records_name": RECORDS[study],
        "record_words": amount(records, RECORDS[study]),
        "flagged": f"{flagged_share(study, folder, rows)} of {FLAGGED.get(study, carry)}",
        "flags": listed(flags),
        "labels": f"{listed(labels, shares=True)}" + f" of {amount(named, what)}" * bool(named),
        "label_counts": dict(labels),
        "crossings": sum(whole(row["crossings"]) for row in rows),
        "covered": middle(rows, "covered"),
        "source": in_line(sorted({row["source"] for row in rows if row.get("source")})) or "not known",
        "model": model_words(study, folder),
        "inputs": inputs(study, folder, rows, used),
        "failures": failures(rows, event),
        "by_event": {row["event"]: sentence(study, row) for row in shown},
        "rows": rows,
    }


def flagged_share(study: str, folder: Path, rows: list[Row]) -> str:
    """Share of the records with a flag, as exact as the tables say it.

    Notes
    -----
    The overview has the share of each event in four digits: below `COUNTABLE` records that is a number of
    records. Of more it is known to 0.005 %, and two tables have the numbers themselves.
    """
    counts = _flag_counts(study, folder)
    if counts is None:
        parts = [(float(row["flagged"] or 0), whole(row["records"])) for row in rows]
        total = sum(records for _, records in parts)
        if any(records >= COUNTABLE for _, records in parts):
            percent = 100 * sum(part * records for part, records in parts) / total
            return f"about {percent:.1f} %" if percent >= LEAST_PERCENT else f"less than {LEAST_PERCENT} %"
        counts = sum(round(part * records) for part, records in parts), total
    return share(*counts)


def _flag_counts(study: str, folder: Path) -> tuple[int, int] | None:
    """Count flagged and all records of a study, where its tables say both."""
    if study == "mms_rnn":
        rows, names = read_rows(folder / "summary.csv"), ("samples_flagged", "samples")
    elif study == "mms_mp":
        paths = [folder / row["event"] / "quality.csv" for row in read_rows(folder / "overview.csv")]
        rows, names = [row for path in paths for row in read_rows(path)], ("masked", "records")
    else:
        return None
    flagged, records = (sum(whole(row.get(name)) for row in rows) for name in names)
    return (flagged, records) if records else None


def inputs(study: str, folder: Path, rows: list[Row], used: Mapping[str, int] | None = None) -> str:
    """Say what the results were made from: archive, events, files, model.

    Without `used` a file of two events counts twice, which is said.
    """
    if not rows:
        return "no events"
    names = sorted({row["probes"] for row in rows})
    source = in_line(sorted({row["source"] for row in rows if row.get("source")})) or "source not known"
    files, missing, damaged = (
        used[name] if used else sum(whole(row[name]) for row in rows)
        for name in ("files", "missing", "damaged")
    )
    events = counted(len(rows), EVENT.get(study, "event"))
    most = "at most " if used is None and study != "aurora" and len(rows) > 1 and files else ""
    words = [
        f"{source[:1].upper()}{source[1:]}; {events} ({probe_words(study, names)})"
        f" {days_words([row['start'] for row in rows], [row['stop'] for row in rows])}",
        f"{most}{counted(files, 'archive file')} in use, {missing} missing, {damaged} damaged",
    ]
    model = model_words(study, folder)
    return "; ".join([*words, f"model {model}"] if model else words)


def days_words(starts: list[str], stops: list[str]) -> str:
    """Dates of all events in words."""
    first, last = min(starts)[:10], max(stops)[:10]
    return f"on {first}" if first == last else f"between {first} and {last}"


def probe_words(study: str, names: list[str]) -> str:
    """Spacecraft or cameras in words."""
    single = sorted({one for name in names for one in name.split()})
    if study == "aurora":
        return counted(len(single), "camera") + f": {in_line(single)}"
    before = "RBSP-" if study == "rept_pad" else "MMS"
    return in_line([f"{before}{one}" for one in single])


def model_words(study: str, folder: Path) -> str:
    """Id of the model, and what it was trained on; empty where the study has none."""
    path = folder / MODEL.get(study, "") / "model.json"
    if study not in MODEL or not path.is_file():
        return ""
    model = json.loads(path.read_text(encoding="utf-8"))
    trained = model.get("trained_on")
    return f"{model.get('id', 'without id')}" + (f", trained on {trained}" if trained else "")


def failures(rows: list[Row], event: str = "event") -> str:
    """Say which events have no result, and why."""
    without = [row for row in rows if row["state"] != "done"]
    if not without:
        return f"no {event} failed" if rows else "no events"
    said = [f"{row['event']} ({row['state']}: {cut(row['remarks'])})" for row in without]
    return f"{len(without)} of {counted(len(rows), event)} without result: {in_line(said)}"


def sentence(study: str, row: Row) -> str:
    """One event in words: times, state, data, flags, labels, what was found."""
    covered = share(float(row["covered"] or 0), 1)
    about = f"{row['event']}, {probe_words(study, [row['probes']])}, {row['start']} to {row['stop']}"
    if row["state"] != "done":
        why = cut(row["remarks"]) or "no reason is recorded"
        return f"{about}; {row['state']}, so there is no result: {why}"
    words = [
        about,
        row["state"],
        f"{counted(whole(row['files']), 'archive file')}, data for {covered} of the time",
        f"{amount(whole(row['records']), RECORDS[study])}, {share(float(row['flagged'] or 0), 1)} flagged",
    ]
    if row["labels"]:
        words.append(f"labels: {listed(tally(row['labels']))}")
    if row["crossings"] and study in CROSSINGS:
        words.append(counted(whole(row["crossings"]), CROSSINGS[study], MANY.get(study, "")))
    if row["remarks"]:
        words.append(f"remarks: {cut(row['remarks'])}")
    return "; ".join(words)


def cut(text: str, most: int = CUT) -> str:
    """Text that is not longer than a sentence or two."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
