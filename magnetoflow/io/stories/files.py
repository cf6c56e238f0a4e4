"""Which files an event was made from, and what was missing or damaged: from the manifests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magnetoflow.archive.layout import product_of
from magnetoflow.archive.manifests import Entry, Manifest
from magnetoflow.archive.source import source_name
from magnetoflow.errors import ArchiveError
from magnetoflow.io.overview.used import Shelf, Used
from magnetoflow.io.stories.place import Place, times_of
from magnetoflow.io.stories.text import Section, first_of, many, span
from magnetoflow.times import format_utc

SHOWN = 4
"""Files of one product that are named."""
SOURCES = {"sample": "synthetic sample data", "remote": "the public archives"}


def used_files(
    place: Place, event: Mapping[str, Any], products: Sequence[str], probes: Sequence[str]
) -> Used:
    """Look up what an event used in the manifests below the data folder.

    Parameters
    ----------
    place : Place
    event : mapping
        With ``start`` and ``stop``.
    products, probes : sequence of str
        As in the paths of manifests.
    """
    root = place.data / "manifests"
    folders = [one for one in sorted(root.glob("*")) if is_source(one.name, place)]
    paths = [
        path
        for folder in folders
        for product in products
        for probe in probes
        for path in sorted((folder / product / probe).glob("*.json"))
    ]
    return Shelf(paths).used(products, probes, *times_of(event))


def is_source(name: str, place: Place) -> bool:
    """Whether manifests of a source are those of the run's archive."""
    try:
        return name == source_name(str(place.config.get("archive", "")))
    except ArchiveError:  # the folder is not where it was: its manifests are told all the same
        return name.startswith("folder-")


def file_sections(used: Used) -> list[Section]:
    """Tell which files were used, and which were missing or damaged."""
    return [Section("Files", _used_lines(used)), Section("Missing or damaged", lost_lines(used))]


def _used_lines(used: Used) -> list[str]:
    groups: dict[str, list[tuple[Manifest, Entry]]] = {}
    for manifest, entry in used.files:
        groups.setdefault(manifest["product"], []).append((manifest, entry))
    lines = from_where([manifest for manifest, _ in used.files])
    for product, found in groups.items():
        probes = " ".join(dict.fromkeys(manifest["probe"] for manifest, _ in found))
        total = size(sum(entry["size"] for _, entry in found))
        lines.append(f"{product}: {many(len(found), 'file')} of {probes}, {total}")
        lines += [f"  {one}" for one in first_of([_file(entry) for _, entry in found], SHOWN)]
    return lines or ["none"]


def from_where(manifests: Sequence[Manifest]) -> list[str]:
    """Say from which archive files come, and when they were looked at."""
    roots = {(one["source"], one["root"]): one for one in manifests}
    lines = [f"from {SOURCES.get(source, 'the folder')}: {root}" for source, root in roots]
    made = sorted(str(one["made"]) for one in manifests if one.get("made"))
    return [*lines, f"looked at, and their sha256 noted, {span(made[0], made[-1])}"] if made else lines


def _file(entry: Entry) -> str:
    brought = f", brought {entry.get('fetched') or '?'} from {entry['url']}" if entry.get("url") else ""
    return (
        f"{Path(entry['path']).name}: version {entry['version']}, sha256 {str(entry['sha256'])[:12]}{brought}"
    )


def _older(manifest: Manifest, entry: Entry) -> list[str]:
    """Name older versions of a file."""
    product = product_of(manifest["product"])
    parsed = {name: product.parse(Path(name).name, manifest["probe"]) for name in manifest["superseded"]}
    return [name for name, one in parsed.items() if one and format_utc(one[0]) == entry["slot"]]


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.3g} {unit}"


def lost_lines(used: Used) -> list[str]:
    """Name what was missing, and what was refused as damaged, with the time that it leaves empty."""
    lines = [
        f"missing: {one['product']}, {one['probe']}, {one['day']}: {reason}" for one, reason in used.missing
    ]
    lines += [
        f"damaged: {entry['path']}: {entry['reason']}; none of {span(entry['from'], entry['to'])} was used"
        for _, entry in used.damaged
    ]
    older = sorted({name for manifest, entry in used.files for name in _older(manifest, entry)})
    lines += [f"not used, as a newer version is there: {Path(name).name}" for name in older]
    return first_of(lines, 12)
