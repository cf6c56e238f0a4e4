"""Which images a camera-day was made from, and which were missing or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from magnetoflow.archive.images import PRODUCT, absent_minutes
from magnetoflow.archive.manifests import Entry, Manifest, read_manifest
from magnetoflow.io.asi_names import HOUR
from magnetoflow.io.stories.files import from_where, is_source, size
from magnetoflow.io.stories.gaps import gap_section, runs
from magnetoflow.io.stories.place import Place
from magnetoflow.io.stories.text import first_of
from magnetoflow.times import parse_utc

Span = tuple[datetime, datetime]
MINUTE = timedelta(minutes=1)


def manifests_of(place: Place, site: str, days: Sequence[str]) -> list[Manifest]:
    """Manifests of the images of some camera-days; of parts of a day all that there are."""
    return [
        read_manifest(path)
        for folder in sorted((place.data / "manifests").glob("*"))
        if is_source(folder.name, place)
        for day in days
        for path in sorted((folder / PRODUCT / site).glob(f"{day}*.json"))
    ]


def _overlaps(entry: Entry, spans: Sequence[Span]) -> bool:
    begin = parse_utc(entry["slot"])
    end = begin + (timedelta(hours=1) if entry["kind"] == HOUR else MINUTE)
    return any(begin < stop and end > start for start, stop in spans)


def image_lines(place: Place, site: str, days: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """Count the files of each date, and name the skymap."""
    if place.instead:
        return [f"text files in {place.instead} stand for images"]
    found = manifests_of(place, site, days)
    lines = from_where(found)
    for one in found:
        mine = [entry for entry in one["files"] if _overlaps(entry, spans)]
        kinds = ", ".join(
            f"{count} {kind} files"
            for kind in sorted({entry["kind"] for entry in mine})
            if (count := sum(entry["kind"] == kind for entry in mine))
        )
        total = size(sum(entry["size"] or 0 for entry in mine))
        lines.append(
            f"{site}, {one['day']}: {kinds or 'no file'}, {total}, of {len(one['files'])} of the date"
        )
        if mine:
            lines.append(f"  from {mine[0]['path']} to {mine[-1]['path'].rsplit('/', 1)[-1]}")
        skymap = one["skymap"]
        lines.append(
            f"  skymap {skymap['path']}, valid from {skymap['valid_from']}, sha256 {skymap['sha256'][:12]}"
            if skymap
            else f"  no skymap: {one['skymap_reason']}"
        )
    return lines or ["no manifest of images"]


def lost_lines(
    place: Place, site: str, days: Sequence[str], spans: Sequence[Span], refused: Sequence[Mapping[str, str]]
) -> list[str]:
    """Name refused files, minutes without a file, and copies and versions that were not used."""
    lines = [f"damaged: {one['path'].rsplit('/', 1)[-1]}: {one['reason']}" for one in refused]
    for one in manifests_of(place, site, days):
        if one["missing"]:
            lines.append(f"missing: {one['missing']}")
        absent = [m for m in absent_minutes(one["files"]) if any(start <= m < stop for start, stop in spans)]
        if absent:
            told = gap_section(runs(absent, [True] * len(absent), MINUTE, "no file"), "").lines
            lines += [f"missing minutes: {line}" for line in told]
        lines += [
            f"not used, as another copy or version is there: {name.rsplit('/', 1)[-1]}"
            for name in one["superseded"]
        ]
        if one["wide_ignored"]:
            lines.append(
                f"not used, as wide files are another product: {one['wide_ignored']} of {one['day']}"
            )
    return first_of(lines, 14)
