"""What a study read: one collection per manifest, one file per entry, with what was missing or damaged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from magnetoflow.archive.manifests import DAMAGED, read_manifest
from magnetoflow.io.crate.graph import Graph, entity, format_of, link, links
from magnetoflow.io.integrity import sha256_of

MISSING = "missing"
ARCHIVES = {
    "sample": ("synthetic sample data", "synthetic"),
    "remote": ("public archives of the missions", "measured"),
}
"""Name and kind of an archive by the source of its manifests; of a folder, what it holds is not known."""


def add_manifests(graph: Graph, paths: Iterable[str | Path]) -> list[str]:
    """Enter the manifests of a study, and give their ids.

    Parameters
    ----------
    graph : Graph
    paths : iterable of path
        Read one after the other: those of a camera name hundreds of images, and only their number is kept.

    Raises
    ------
    ArchiveError
        One cannot be read.
    """
    return [_add_manifest(graph, Path(path).stem, read_manifest(path)) for path in paths]


def _add_manifest(graph: Graph, stem: str, manifest: Mapping[str, Any]) -> str:
    root = Path(manifest["root"])
    name, kind = ARCHIVES.get(manifest["source"], ("folder", None))
    identity = f"#archive/{manifest['source']}"
    archive = graph.add(entity(identity, "DataCatalog", name=name, keywords=kind, url=root.as_uri()))
    product, probe = manifest["product"], manifest["probe"]
    if "skymap" in manifest:
        about = _images(graph, stem, root, manifest)
    else:
        about = {
            "hasPart": links(_add_file(graph, stem, root, one) for one in manifest["files"]),
            "description": manifest["missing"],
        }
    return graph.add(
        entity(
            f"#input/{product}/{probe}/{stem}",
            "Collection",
            name=f"{product} of {probe}, {manifest['day']}",
            temporalCoverage=manifest["day"],
            isPartOf=link(archive),
            creativeWorkStatus=MISSING if manifest["missing"] else None,
            **about,
        )
    )


def _add_file(graph: Graph, stem: str, root: Path, entry: Mapping[str, Any]) -> str:
    first, last = entry.get("first"), entry.get("last")
    path = PurePosixPath(entry["path"])
    return graph.add(
        entity(
            entry.get("url") or (root / path).as_uri(),
            "File",
            name=path.name,
            identifier=entry["path"],
            version=entry.get("version"),
            contentSize=None if entry["size"] is None else str(entry["size"]),
            sha256=entry["sha256"],
            encodingFormat=format_of(path.name),
            temporalCoverage=f"{first}/{last}" if first and last else None,
            sdDatePublished=entry.get("fetched"),
            creativeWorkStatus=entry.get("status"),
            description=entry.get("reason"),
        ),
        stem,
    )


def _images(graph: Graph, stem: str, root: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Images are hundreds a day: their number, size and a hash of the lines ``path<TAB>size`` of each."""
    entries, skymap = manifest["files"], manifest["skymap"]
    listed = "".join([f"{entry['path']}\t{entry['size']}\n" for entry in entries])
    named = [entry for entry in entries if entry["status"] == DAMAGED] + ([skymap] if skymap else [])
    lacking = [reason for reason in (manifest["missing"], manifest["skymap_reason"]) if reason]
    return {
        "collectionSize": len(entries),
        "contentSize": str(sum([entry["size"] or 0 for entry in entries])),
        "sha256": hashlib.sha256(listed.encode()).hexdigest(),
        "hasPart": links(_add_file(graph, stem, root, one) for one in named),
        "description": "; ".join(lacking) or None,
    }


def add_given(graph: Graph, paths: Iterable[str | Path]) -> list[str]:
    """Enter files that the configuration names, such as labels, and give their ids."""
    return [
        graph.add(
            entity(
                path.resolve().as_uri(),
                "File",
                name=path.name,
                contentSize=str(path.stat().st_size),
                sha256=sha256_of(path),
                encodingFormat=format_of(path.name),
            )
        )
        for path in map(Path, paths)
    ]
