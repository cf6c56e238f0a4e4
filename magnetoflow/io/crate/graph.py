"""The graph of an RO-Crate: flat entities, each with an id of its own, in an order that repeats."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

Entity = dict[str, Any]
DESCRIPTOR, ROOT = "ro-crate-metadata.json", "./"
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
"""The context of 1.1 is older than the term ``sha256`` of schema.org."""

FORMATS = {
    ".cdf": "application/x-cdf",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".h5": "application/x-hdf5",
    ".json": "application/json",
    ".md": "text/markdown",
    ".nc": "application/x-netcdf",
    ".npz": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def entity(identity: str, kind: str | list[str], **properties: Any) -> Entity:
    """Entity of the graph, without the properties that are None."""
    known = {name: value for name, value in properties.items() if value is not None}
    return {"@id": identity, "@type": kind, **known}


def link(identity: str) -> Entity:
    """Refer to an entity."""
    return {"@id": identity}


def links(identities: Iterable[str]) -> list[Entity] | Entity | None:
    """Refer to entities, sorted; to one without a list, as RO-Crate asks; None where there are none."""
    found = [link(one) for one in sorted(set(identities))]
    return found[0] if len(found) == 1 else found or None


def format_of(name: str) -> str | None:
    """MIME type by the suffix of a file's name; None where that does not say it."""
    return FORMATS.get(PurePosixPath(name).suffix.lower())


class Graph:
    """Entities by id."""

    def __init__(self) -> None:
        self._entities: dict[str, Entity] = {}

    def add(self, one: Entity, otherwise: str = "") -> str:
        """Enter an entity, and give its id.

        Parameters
        ----------
        one : dict
            Of :func:`entity`.
        otherwise : str, optional
            Fragment that is put to the id where another entity has it, such as a file that was replaced
            between two looks at it.

        Raises
        ------
        ValueError
            Another entity has the id, and the one with the fragment.
        """
        if self._entities.setdefault(one["@id"], one) == one:
            return str(one["@id"])
        if not otherwise:
            raise ValueError(f"two entities of a crate have the id {one['@id']}")
        return self.add({**one, "@id": f"{one['@id']}#{otherwise}"})

    def files(self) -> list[str]:
        """Ids of the data entities."""
        kinds = {"File", "Dataset"}
        return [name for name, one in self._entities.items() if one["@type"] in kinds and name != ROOT]

    def document(self) -> dict[str, Any]:
        """Give the JSON-LD document: descriptor and root first, then by id."""
        first = {DESCRIPTOR: 0, ROOT: 1}
        order = sorted(self._entities, key=lambda name: (first.get(name, 2), name))
        return {"@context": CONTEXT, "@graph": [self._entities[name] for name in order]}
