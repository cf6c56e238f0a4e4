"""Front page of a study: method, inputs, numbers, events, tables, and where the rest is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from magnetoflow.io import html
from magnetoflow.report.limits import MOST_FIGURES
from magnetoflow.report.overview import STATES, cut
from magnetoflow.report.rows import Row, counted, read_rows, share
from magnetoflow.report.start import SYNTHETIC, TITLES
from magnetoflow.report.study import study_numbers
from magnetoflow.report.tables import TABLES, Table, fits, size_words

MOST_EVENTS = 200
"""Events that the page lists; those without a result come first."""
MOST_ROWS = 25
"""Rows of a table that the page shows."""
MOST_WORDS = 120
"""Letters of a remark that it shows."""
COLUMNS = ("event", "probes", "from", "to", "state", "with data", "records", "flagged", "found", "remarks")
SAID: dict[str, tuple[tuple[str, str], ...]] = {
    "mms_gmm": (
        ("crossings, by type", "crossing_types"),
        ("clean crossings", "clean"),
        ("median uncertainty of a crossing", "uncertainty"),
        ("median confidence of a crossing", "confidence"),
        ("visits listed", "lists"),
        ("mixture", "chosen"),
    ),
    "mms_mp": (
        ("normals", "reliable"),
        ("methods of the normals", "methods"),
        ("median error of the reliable normals", "normal_error"),
        ("median speed along N and its error", "speed speed_error"),
        ("methods of the speeds", "speed_methods"),
        ("median half-width and its error", "half_width half_width_error"),
        ("formations", "formations"),
    ),
    "mms_rnn": (
        ("time labelled", "labelled"),
        ("stays, by region", "interval_regions"),
        ("median length of a stay", "duration"),
        ("median confidence", "confidence"),
        ("samples below the least probability", "unsure"),
        ("mean work J.E' by region [nW/m³]", "work"),
        ("network on data held out", "scores"),
    ),
    "rept_pad": (
        ("classes, with their share of the records with data", "class_shares"),
        ("stability of their number", "stability"),
        ("median probability of the class", "probability"),
        ("records", "with_data"),
        ("storms", "storms"),
        ("median residual of the reductions", "reduction"),
    ),
    "aurora": (
        ("intervals of pulsating aurora", "intervals"),
        ("their time in all, and the median of one", "pulsating_minutes duration"),
        ("median period", "period"),
        ("hours", "hours"),
        ("share of good viewing that pulsates", "pulsating_share"),
        ("files", "refused"),
        ("against human labels", "scores"),
    ),
}
"""Numbers of a study: what they are, and their names; two names are a number and its error or median."""


PLAIN = (
    "<script>if(location.protocol==='data:')"
    "document.querySelectorAll('a').forEach(one=>one.removeAttribute('href'))</script>"
)
"""Makes links plain text within the report, where nothing lies beside the page and a click would empty it."""


def front_page(study: str, folder: Path, method: Sequence[str], figures: Mapping[str, int]) -> str:
    """Front page of a study.

    Parameters
    ----------
    study : str
    folder : Path
        Its results.
    method : sequence of str
        Sentences that say how the results were made.
    figures : mapping of str to int
        Number of figures of single events by where they are.
    """
    found = study_numbers(study, folder)
    synthetic = [f"<p><strong>{escape(SYNTHETIC)}</strong></p>"] if "synthetic" in found["source"] else []
    parts = [
        *synthetic,
        "<h2>Method</h2>",
        f"<p>{escape(' '.join(method))} Details: docs/{study}.md.</p>",
        "<h2>Inputs</h2>",
        f"<p>{escape(found['inputs'])}.</p>",
        "<h2>Numbers</h2>",
        html.table(("what", "number"), _numbers(study, found)),
        "<h2>Events</h2>",
        *_events(found["rows"], found["failures"], _pages(study, found["rows"])),
        "<h2>Tables</h2>",
        *(part for table in TABLES[study] if table.held for part in _table(table, folder, found["tables"])),
        "<h2>What is behind</h2>",
        _behind(study, folder, found["tables"], figures),
        "<p>Figures: " + html.link("figures/", "figures") + ".</p>",
        PLAIN,
    ]
    return html.page(f"{study}: {TITLES[study]}", parts)


def _numbers(study: str, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    states = ", ".join(f"{found[state.replace(' ', '_')]} {state}" for state in reversed(STATES))
    rows = [
        ("events", f"{found['events']}: {states}"),
        ("flags", f"{found['flagged']}; {found['flags']}"),
        ("labels", found["labels"]),
    ]
    for words, names in SAID[study]:
        rows.append((words, "; ".join(str(found[name]) for name in names.split())))
    return rows


def _linked(table: str, pages: Mapping[str, str]) -> str:
    """Table whose first cells link to files beside the page."""
    for words, target in pages.items():
        table = table.replace(f">{html.text(words)}</td>", f">{html.link(target, words)}</td>", 1)
    return table


def _events(rows: Sequence[Row], failures: str, pages: Mapping[str, str]) -> list[str]:
    ordered = sorted(rows, key=lambda row: STATES.index(row["state"]) if row["state"] in STATES else 0)
    shown = ordered[:MOST_EVENTS]
    more = [f"<p>And {counted(len(rows) - len(shown), 'more event')}: overview.csv.</p>"]
    return [
        f"<p>{escape(failures[:1].upper() + failures[1:])}.</p>",
        _linked(html.table(COLUMNS, map(_event, shown)), pages),
        *(more if len(rows) > len(shown) else []),
    ]


def _pages(study: str, rows: Sequence[Row]) -> dict[str, str]:
    """Pages of events, of a study that has such."""
    if study != "mms_mp":
        return {}
    return {row["event"]: f"{row['event']}/index.html" for row in rows if row["state"] == "done"}


def _event(row: Row) -> tuple[str, ...]:
    start, stop = (row[name].replace("T", " ").removesuffix("Z") for name in ("start", "stop"))
    covered, flagged = (share(float(row[name]), 1) if row[name] else "" for name in ("covered", "flagged"))
    same_day = stop[11:] if start[:10] == stop[:10] else stop
    about = (row["event"], row["probes"], start, same_day, row["state"], covered, row["records"], flagged)
    return (*about, row["crossings"], cut(row["remarks"], MOST_WORDS))


def _table(table: Table, folder: Path, sizes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """First rows of a table, folded."""
    size = sizes.get(table.name, {"rows": 0, "bytes": 0})
    rows = read_rows(folder / table.path, MOST_ROWS) if fits(folder / table.path) else []
    there = table.name in sizes
    about = f": {counted(size['rows'], 'row')}" + f", each {table.words}" * bool(size["rows"])
    if not fits(folder / table.path):
        about += f"; {size_words(size['bytes'])}, too large for the report"
    name = html.link(table.path) if there else escape(table.path)
    if not rows:
        return [f"<p>{name}{escape(about)}.</p>"]
    first = f"<p>The first {len(rows)} rows.</p>" if size["rows"] > len(rows) else ""
    shown = html.table(list(rows[0]), ([one or "" for one in row.values()] for row in rows))
    return [f"<details><summary>{name}{escape(about)}</summary>{first}{shown}</details>"]


def _behind(
    study: str, folder: Path, sizes: Mapping[str, Mapping[str, Any]], figures: Mapping[str, int]
) -> str:
    """Files that the report does not hold."""
    rows = []
    for table in TABLES[study]:
        if table.held and fits(folder / table.path):
            continue
        size = sizes.get(table.name)
        rows.append(
            (table.path, table.words, str(size["rows"]), size_words(size["bytes"]))
            if size
            else (table.path, table.words, "", "")
        )
    number = sum(figures.values())
    if number > MOST_FIGURES:
        said = "figures of events: {}, too many for the report"
        rows += [(path, said.format(count), "", "") for path, count in figures.items()]
    rows += [("run.json", "inputs with sha256, configuration, code, library versions, model", "", "")]
    head = ("below the results of the study", "what a row is, or what it holds", "rows", "size")
    there = [table.path for table in TABLES[study] if table.name in sizes]
    return _linked(html.table(head, rows), {path: path for path in ["run.json", *there]})
