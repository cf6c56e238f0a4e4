"""What RO-Crate 1.1 and Process Run Crate say a crate must be, as checks of `run.json`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from magnetoflow.io.integrity import sha256_of

Entities = dict[str, dict[str, Any]]
TERMS = {
    *("about", "actionStatus", "citation", "collectionSize", "conformsTo", "contentSize"),
    *("creativeWorkStatus", "datePublished", "description", "encodingFormat", "endTime", "error", "hasPart"),
    *("identifier", "instrument", "isBasedOn", "isPartOf", "keywords", "license", "mentions", "name"),
    *("object", "operatingSystem", "result", "sdDatePublished", "softwareRequirements", "softwareVersion"),
    *("startTime", "temporalCoverage", "url", "value", "version"),
}
"""Properties in use that the context of RO-Crate 1.1 defines (looked up there), besides our ``sha256``."""


def listed(value: Any) -> list[Any]:
    """Values of a property, of which there may be none, one or a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def check_crate(folder: Path) -> Entities:
    """Check the crate in a results folder against the MUSTs of the specification; give its entities by id."""
    text = (folder / "run.json").read_bytes()
    assert (folder / "ro-crate-metadata.json").read_bytes() == text
    document = json.loads(text)
    return check_document(document, folder)


def check_document(document: dict[str, Any], folder: Path) -> Entities:
    """Check a document as :func:`check_crate` does."""
    assert document.keys() == {"@context", "@graph"}
    address, own = document["@context"]
    assert address == "https://w3id.org/ro/crate/1.1/context"
    graph = document["@graph"]
    crate = {one["@id"]: one for one in graph}
    assert len(crate) == len(graph), "ids are unique"
    for one in graph:
        assert one["@type"], one
        assert one.keys() - {"@id", "@type", *own} <= TERMS, one
        for name in one.keys() - {"@id", "@type"}:
            assert not isinstance(one[name], list) or len(one[name]) > 1, "one value is not a list"
            for value in listed(one[name]):
                _check_value(value, crate)
    _check_root(crate)
    _check_action(crate)
    parts = {part["@id"] for part in listed(crate["./"]["hasPart"])}
    data = {one for one, about in crate.items() if about["@type"] in {"File", "Dataset"} and one != "./"}
    assert parts == data, "the root links every data entity, and nothing else"
    for one in data:
        if not urlsplit(one).scheme:
            _check_file(folder / unquote(one), crate[one])
    return crate


def _check_value(value: Any, crate: Entities) -> None:
    if isinstance(value, dict):
        assert value.keys() == {"@id"}, "entities are not nested"
        assert value["@id"] in crate or value["@id"].startswith("https://w3id.org/ro/crate/"), value
    else:
        assert isinstance(value, str | int | bool), value


def _check_root(crate: Entities) -> None:
    descriptor, root = crate["ro-crate-metadata.json"], crate["./"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset"
    assert root["name"]
    assert root["description"]
    assert datetime.fromisoformat(root["datePublished"])
    assert {"name", "description"} <= crate[root["license"]["@id"]].keys()
    profile = crate[root["conformsTo"]["@id"]]
    assert profile["@type"] == "CreativeWork"
    assert profile["@id"].startswith("https://w3id.org/ro/wfrun/process/")


def _check_action(crate: Entities) -> None:
    mentioned = {one["@id"] for one in listed(crate["./"]["mentions"])}
    for one in (one for one in crate.values() if one["@type"] == "CreateAction"):
        assert one["@id"] in mentioned
        assert crate[one["instrument"]["@id"]]["@type"] == "SoftwareApplication"
        assert ("error" in one) == one["actionStatus"].endswith("/FailedActionStatus")
    run = crate["#run"]
    assert run.get("startTime", "") <= run["endTime"]
    assert {crate[one["@id"]]["@type"] for one in listed(run["object"])} <= {
        *("Collection", "File", "PropertyValue", "CreativeWork")
    }


def _check_file(path: Path, about: dict[str, Any]) -> None:
    assert not Path(about["@id"]).is_absolute()
    assert ".." not in Path(about["@id"]).parts
    if about["@type"] == "Dataset":
        assert path.is_dir()
        assert about["@id"].endswith("/")
    else:
        assert about["sha256"] == sha256_of(path)
        assert about["contentSize"] == str(path.stat().st_size)


def inputs(crate: Entities) -> dict[str, dict[str, Any]]:
    """Collections of the crate by product and probe, and day: ``mms_fgm_srvy/mms1/20171103``."""
    return {name.removeprefix("#input/"): one for name, one in crate.items() if one["@type"] == "Collection"}
