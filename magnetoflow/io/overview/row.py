"""Row of the overview table, and what is the same in all studies: events, states, counts in one field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from magnetoflow.io.tables import write_csv
from magnetoflow.times import format_utc, parse_utc

DIGITS = 4


@dataclass(frozen=True)
class Event:
    """An event as its configuration names it.

    Attributes
    ----------
    id : str
    probes : tuple of str
        ``("1", "2")``, ``("a",)`` or ``("gill",)``.
    start, stop : datetime
        UTC, half open.
    products : tuple of str
        Archive products that it asks for.
    seconds : float
        Time that is asked for: of a camera-day the sum of its intervals.
    """

    id: str
    probes: tuple[str, ...]
    start: datetime
    stop: datetime
    products: tuple[str, ...] = ()
    seconds: float = 0.0


def read_events(config: Mapping[str, Any]) -> list[Event]:
    """Events of the canonical configuration of an overview rule."""
    events = []
    for one in config["events"]:
        start, stop = parse_utc(one["start"]), parse_utc(one["stop"])
        seconds = float(one.get("seconds", (stop - start).total_seconds()))
        names = tuple(map(str, one["probes"])), tuple(one.get("products", ()))
        events.append(Event(one["id"], names[0], start, stop, names[1], seconds))
    return events


@dataclass(frozen=True)
class Row:
    """One event of a study; the names of the attributes are the columns.

    Attributes
    ----------
    study, event, probes : str
    start, stop : str
        ISO, with Z.
    state : str
        ``done``, ``failed`` or ``no data``.
    files, missing, damaged : int
        Files that the event uses; products and days (aurora: minutes) that had nothing; files refused.
    covered : float or None
        Share of the event's time with data.
    records : int
        Rows that were labelled or analysed.
    flagged : float or None
        Share of the records with any flag.
    flags, labels : str
        ``name:count name:count``, largest first.
    crossings : int or None
    remarks, source : str
    """

    study: str
    event: str
    probes: str
    start: str
    stop: str
    state: str
    files: int
    missing: int
    damaged: int
    covered: float | None
    records: int
    flagged: float | None
    flags: str
    labels: str
    crossings: int | None
    remarks: str
    source: str


COLUMNS = tuple(one.name for one in fields(Row))
WHOLE = dict.fromkeys(("files", "missing", "damaged", "records", "crossings"), "Int64")


def write_overview(path: str | Path, rows: Sequence[Row]) -> None:
    """Write the overview table of a study."""
    table = pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS))
    write_csv(path, table.astype(WHOLE))


def named(event: Event) -> dict[str, str]:
    """Columns that say which event a row is of."""
    return {
        "event": event.id,
        "probes": " ".join(event.probes),
        "start": format_utc(event.start),
        "stop": format_utc(event.stop),
    }


def counted(counts: Mapping[str, int]) -> str:
    """Write counts in one field, largest first, without those that are 0; blanks in names become ``_``."""
    found = sorted(((-int(count), name) for name, count in counts.items() if count))
    return " ".join(f"{name.replace(' ', '_')}:{-count}" for count, name in found)


def bit_counts(quality: pd.Series, bits: Mapping[str, int]) -> dict[str, int]:
    """Count the records that have each bit."""
    values = quality.value_counts()
    return {name: int(values[(values.index & bit) > 0].sum()) for name, bit in bits.items()}


def share(part: float, whole: float) -> float | None:
    """Ratio between 0 and 1; None of nothing."""
    return round(min(1.0, max(0.0, part / whole)), DIGITS) if whole > 0 else None


def sentences(texts: Iterable[str], most: int = 4) -> str:
    """Join remarks to one field, each once; of many the first ones and how many more there are."""
    said = list(dict.fromkeys(" ".join(text.split()).rstrip(".") for text in texts if text))
    more = [f"{len(said) - most} more remarks"] if len(said) > most else []
    return "; ".join([*said[:most], *more])


def read_table(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read some columns of a large table; text that repeats takes the memory of one."""
    texts = {"event": "category", "named_label": "category", "type": "category"}
    types: Any = {name: kind for name, kind in texts.items() if name in columns}
    return pd.read_csv(Path(path).absolute(), usecols=list(columns), dtype=types, compression=None)


def paths_of(given: str | Sequence[str]) -> list[str]:
    """Paths of an input of a rule; of a list of one Snakemake gives the path itself."""
    return [given] if isinstance(given, str) else list(given)
