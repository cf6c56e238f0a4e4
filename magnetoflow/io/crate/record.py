"""Content of ``run.json`` and ``ro-crate-metadata.json``: what the results of a study were made from.

Terms are those of RO-Crate 1.1 and of its profile Process Run Crate 0.5. Entities of files in the results
folder have paths in it as ids; those of inputs are addresses, of the archive or of a file here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from magnetoflow.io.crate.graph import DESCRIPTOR, ROOT, Graph, entity, format_of, link, links
from magnetoflow.io.crate.inputs import add_given, add_manifests
from magnetoflow.io.crate.models import add_model, files_of
from magnetoflow.io.crate.software import add_software
from magnetoflow.io.crate.studies import LICENCE, STUDIES
from magnetoflow.io.crate.work_times import work_times
from magnetoflow.io.integrity import sha256_of
from magnetoflow.times import format_utc

SPECIFICATION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
DONE, FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
RUN = "#run"


@dataclass(frozen=True)
class Made:
    """What a study made of what.

    Attributes
    ----------
    folder : Path
        ``<results>/<study>``.
    results : sequence of path
        Tables and model files in it.
    manifests, given : sequence of path
        Manifests of the archive; files that the configuration names.
    models : sequence of path
        ``model.json`` and ``smoother.json``, which are among the results.
    """

    folder: Path
    results: Sequence[str | Path]
    manifests: Sequence[str | Path] = ()
    given: Sequence[str | Path] = ()
    models: Sequence[str | Path] = ()


def study_crate(study: str, made: Made, config: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Record one study's run.

    Parameters
    ----------
    study : str
        ``mms_gmm``.
    made : Made
    config : mapping
        Configuration in use; that of the study under its name.
    code : str
        Hash of the code that writes the record.

    Returns
    -------
    dict
        JSON-LD document. Equal for equal runs but for times, libraries and system.

    Raises
    ------
    ArchiveError
        A manifest cannot be read.
    """
    graph = Graph()
    now = format_utc(datetime.now(UTC).replace(microsecond=0))
    start, end = work_times(made.folder / "logs")
    collections = add_manifests(graph, made.manifests)
    given = add_given(graph, made.given)
    settings = _add_config(graph, study, config)
    results = [_add_result(graph, made.folder, Path(path)) for path in made.results]
    results += _add_folders(graph, study, made.folder)
    models = [
        add_model(graph, path, files_of(_inside(made.folder, path), results))
        for path in map(Path, made.models)
    ]
    software = add_software(graph, code)
    graph.add(
        entity(
            RUN,
            "CreateAction",
            name=f"Run of {study}",
            description=STUDIES[study].question,
            instrument=link(software),
            object=links([*collections, *given, *settings, *models]),
            result=links(results),
            startTime=start,
            endTime=end or now.replace("Z", "+00:00"),
            actionStatus=DONE,
        )
    )
    rows = enumerate(_failed_rows(made.results), start=1)
    failed = [_add_failed(graph, number, row, software) for number, row in rows]
    _add_root(graph, study, now, [RUN, *failed, *collections])
    return graph.document()


def _inside(folder: Path, path: Path) -> str:
    return quote(path.relative_to(folder).as_posix())


def _add_config(graph: Graph, study: str, config: Mapping[str, Any]) -> list[str]:
    """Enter one value per setting of the run and per section of the study: JSON, to be read back."""
    flat = {name: value for name, value in config.items() if name != study}
    flat |= {f"{study}.{name}": value for name, value in config.get(study, {}).items()}
    return [
        graph.add(
            entity(
                f"#config/{name}",
                "PropertyValue",
                name=name,
                value=json.dumps(value, sort_keys=True, ensure_ascii=False),
            )
        )
        for name, value in flat.items()
    ]


def _add_result(graph: Graph, folder: Path, path: Path) -> str:
    return graph.add(
        entity(
            _inside(folder, path),
            "File",
            name=path.name,
            contentSize=str(path.stat().st_size),
            sha256=sha256_of(path),
            encodingFormat=format_of(path.name),
        )
    )


def _add_folders(graph: Graph, study: str, folder: Path) -> list[str]:
    found = [
        (path, text)
        for pattern, text in STUDIES[study].folders.items()
        for path in sorted(folder.glob(pattern))
    ]
    return [
        graph.add(entity(f"{_inside(folder, path)}/", "Dataset", name=path.name, description=text))
        for path, text in found
    ]


def _failed_rows(results: Iterable[str | Path]) -> list[dict[str, str]]:
    """Rows of ``failed.csv``, where it is among the results."""
    rows: list[dict[str, str]] = []
    for path in map(Path, results):
        if path.name == "failed.csv":
            with path.open(encoding="utf-8", newline="") as stream:
                rows += csv.DictReader(stream)
    return rows


def _add_failed(graph: Graph, number: int, row: Mapping[str, str], software: str) -> str:
    return graph.add(
        entity(
            f"#failed/{number}",
            "CreateAction",
            name=f"Event {row['event']}",
            description="left out of the results (skip_failed)",
            instrument=link(software),
            actionStatus=FAILED,
            error=f"{row['error']}: {row['reason']}",
        )
    )


def _add_root(graph: Graph, study: str, now: str, mentioned: Sequence[str]) -> None:
    """Enter what a crate must have: its descriptor, profile, licence, and the root with publications."""
    about = STUDIES[study]
    graph.add(entity(DESCRIPTOR, "CreativeWork", about=link(ROOT), conformsTo=link(SPECIFICATION)))
    graph.add(entity(PROFILE, "CreativeWork", name="Process Run Crate", version="0.5"))
    licence = graph.add(
        entity(
            f"https://spdx.org/licenses/{LICENCE}",
            "CreativeWork",
            name=f"{LICENCE} License",
            description="of magnetoflow; data of public archives come with rules of their own",
        )
    )
    papers = [
        graph.add(entity(f"https://doi.org/{doi}", "ScholarlyArticle", name=name, identifier=doi))
        for doi, name in about.publications.items()
    ]
    graph.add(
        entity(
            ROOT,
            "Dataset",
            name=f"Results of {study} (magnetoflow)",
            description=about.question,
            datePublished=now,
            license=link(licence),
            conformsTo=link(PROFILE),
            citation=links(papers),
            hasPart=links(graph.files()),
            mentions=links(mentioned),
        )
    )
