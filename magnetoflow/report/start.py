"""Start page of the report: what was run, and one row per study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from magnetoflow.io.html import text
from magnetoflow.report.overview import CROSSINGS, MANY
from magnetoflow.report.rows import counted

FRONT = "index.html"
ARCHIVE = "archive"
"""What jobs that belong to no study work for."""
STYLE = (
    ".grow.flex.items-center.justify-center.h-screen{align-items:flex-start}"
    ".grow.flex.gap-3.p-3.items-start{flex-direction:column}"
    ".prose{max-width:75rem!important}.prose td,.prose th{padding:.3em .8em .3em 0;vertical-align:top}"
    ".prose table{font-size:.95em}.prose .warn{color:#b00020}"
)
"""Puts the description above the graph of rules, as wide as its table, and shows its beginning."""
TITLES = {
    "mms_gmm": "Plasma regions from ion spectra (MMS)",
    "mms_mp": "Magnetopause crossings (MMS)",
    "mms_rnn": "Regions of tail reconnection (MMS)",
    "rept_pad": "Pitch-angle distributions of relativistic electrons (Van Allen Probes)",
    "aurora": "Pulsating aurora in all-sky images (THEMIS)",
}
SYNTHETIC = (
    "The data are synthetic: written by the workflow to try it out, with no measurement in them. "
    "No number here says anything about nature."
)


def start_page(
    results: Path,
    made: Sequence[tuple[str, Mapping[str, Any]]],
    about: Mapping[str, Any],
    waiting: Mapping[str, int],
) -> str:
    """Summary of all studies as HTML on one line.

    Parameters
    ----------
    results : Path
    made : sequence of tuple
        Studies and their numbers; ``archive`` is that of their run.
    about : mapping
        ``archive``, ``results``, ``version`` and ``options`` of this call.
    waiting : mapping of str to int
        Number of jobs of each study that would run.
    """
    again = about["options"]
    head = ("study", "events", "with result", "failed", "no data", "records", "found", "labels")
    parts = [
        f"<style>{STYLE}</style>",
        "<p>" + _archive_words(made, about["archive"]) + f" Results: {text(about['results'])}. "
        f"Given to this report: {escape(again.strip()) or 'no options'}. "
        f"magnetoflow {text(about['version'])}.</p>",
        "<table><thead><tr>" + "".join(f"<th>{one}</th>" for one in head) + "</tr></thead><tbody>",
        *(_row(study, found, results, again) for study, found in made),
        "</tbody></table>",
        *_notes(made, waiting, again),
        "<p>A study's front page has its method, inputs, numbers and events; the folders on the left hold "
        "its tables and figures. The i beside a figure or table shows its caption, the eye shows a figure "
        "and saves a table. Below: the rules of the workflow.</p>",
    ]
    return "".join(parts).replace("\n", " ")


def _archive_words(made: Sequence[tuple[str, Mapping[str, Any]]], archive: str) -> str:
    """Say where the data of the results are from; of no results, where those of this call would be."""
    there = [(study, found) for study, found in made if found["events"]]
    fakes = [study for study, found in there if "synthetic" in found["source"]]
    words = []
    if fakes or (not there and archive == "sample"):
        which = f"{', '.join(fakes)}: " if len(fakes) < len(there) else ""
        words.append(f"<strong>{text(which + SYNTHETIC)}</strong>")
    elif not there:
        words.append(f"Data: {text(_where(archive, ''))}.")
    measured = [_where(found["archive"], found["source"]) for study, found in there if study not in fakes]
    return " ".join([*words, *(f"Data: {text(where)}." for where in dict.fromkeys(measured))])


def _where(archive: str, source: str) -> str:
    if archive == "sample":
        return source
    return "the public archives" if archive == "remote" else f"files below {archive}"


def _row(study: str, found: Mapping[str, Any], results: Path, again: str) -> str:
    if not found["events"]:
        name = f"{study}<br>{text(TITLES[study])}"
        todo = f"no results: magnetoflow {study}{escape(again)} makes them"
        return f"<tr><td>{name}</td><td colspan='7'>{todo}</td></tr>"
    what = counted(found["crossings"], CROSSINGS[study], MANY.get(study, "")) if study in CROSSINGS else ""
    cells = [
        *(str(found[key]) for key in ("events", "done", "failed", "no_data")),
        found["record_words"],
        what,
        found["labels"],
    ]
    warn = [" class='warn'" if key in (2, 3) and cell != "0" else "" for key, cell in enumerate(cells)]
    return (
        f"<tr><td>{_link(study, results)}</td>"
        + "".join(f"<td{mark}>{text(cell)}</td>" for mark, cell in zip(warn, cells, strict=True))
        + "</tr>"
    )


def _link(study: str, results: Path) -> str:
    """Name of a study that opens its front page, where the report has one."""
    path = json.dumps(str(results / study / FRONT))
    show = (
        f"var p={path},r=results[p];if(r)app.setView({{content:'html',contentPath:r.data_uri,resultPath:p,"
        f"navbarMode:'category',category:'{study}'}});return false"
    )
    return f'<a href="#" onclick="{escape(show)}">{study}</a><br>{text(TITLES[study])}'


def _why(study: str, again: str, studies: Sequence[str]) -> str:
    if study == ARCHIVE:
        first = studies[0] if studies else "STUDY"
        call = f"magnetoflow {first}{escape(again)} --dry-run"
        return f"for sample files and manifests ({call} shows those of a study)"
    return f"(magnetoflow why {study}{escape(again)} says for which change)"


def _notes(
    made: Sequence[tuple[str, Mapping[str, Any]]], waiting: Mapping[str, int], again: str
) -> list[str]:
    """Failures, and studies whose results are older than what they are made from."""
    items = [
        f"<li class='warn'>{study}: {text(found['failures'])}</li>"
        for study, found in made
        if found["failed"] or found["no_data"]
    ]
    studies = [study for study, _ in made]
    items += [
        f"<li class='warn'>{study}: not up to date, {counted(number, 'job')} would run "
        f"{_why(study, again, studies)}</li>"
        for study, number in sorted(waiting.items())
    ]
    return ["<ul>", *items, "</ul>"] if items else []
