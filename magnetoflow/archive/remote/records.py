"""What is known of a product, probe and day of the remote archives: the listing in use, and verified files.

A record lies beside the files that it tells of. It outlives manifests, which Snakemake deletes before it
makes them again: a manifest that is made again names the versions, and asks for the bytes, of the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from magnetoflow.archive.remote.listed import Listed, Listing
from magnetoflow.archive.remote.locks import locked
from magnetoflow.archive.spans import Span
from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import write_json
from magnetoflow.times import format_utc, parse_utc

Record = dict[str, Any]
FOLDER = ".records"


def record_path(root: Path, product: str, probe: str, day: date) -> Path:
    """Path of a record under the root of the cache."""
    return root / FOLDER / product / probe / f"{day:%Y%m%d}.json"


def new_record() -> Record:
    """Give a record of nothing.

    ``listed``: what was asked, of which part of the day (null: all), when, and why there was nothing;
    ``listing``: files in the versions that are in use; ``superseded``: names of the others; ``wide``: images
    that were passed over; ``closed``: the last listing was not given to the public; ``files``: verified files
    by path; ``refused``: reasons by path of files that the archive does not give to the public;
    ``discarded``: paths deleted by ``keep_raw: false``; ``skymap`` and ``skymap_reason``: as in manifests of
    images.
    """
    return {
        "listed": [],
        "listing": [],
        "superseded": [],
        "wide": 0,
        "closed": False,
        "files": {},
        "refused": {},
        "discarded": [],
        "skymap": None,
        "skymap_reason": None,
    }


def read_record(root: Path, product: str, probe: str, day: date) -> Record:
    """Read a record; one of nothing where there is none.

    Raises
    ------
    ArchiveError
        It is damaged.
    """
    path = record_path(root, product, probe, day)
    if not path.is_file():
        return new_record()
    try:
        record: Record = json.loads(path.read_bytes())
        if record.keys() != new_record().keys():
            raise ValueError("keys are missing")
    except (OSError, ValueError, AttributeError) as error:
        raise ArchiveError(
            "record of downloads cannot be read",
            where=path,
            why=str(error),
            todo="delete it: the files are checked again, and the newest versions are taken",
        ) from error
    return record


@contextmanager
def changing(root: Path, product: str, probe: str, day: date) -> Iterator[Record]:
    """Give a record to be changed, which is written where the block ends without an error.

    Another process that changes it waits.
    """
    path = record_path(root, product, probe, day)
    with locked(root, path):
        record = read_record(root, product, probe, day)
        before = json.dumps(record)
        yield record
        if json.dumps(record) != before:
            write_json(path, record)


def listed_files(record: Record) -> list[Listed]:
    """Files of the listing, in the versions in use."""
    return [from_json(one) for one in record["listing"]]


def to_json(one: Listed) -> dict[str, Any]:
    """Write a listed file as it stands in a record."""
    return {**asdict(one), "slot": format_utc(one.slot)}


def from_json(values: dict[str, Any]) -> Listed:
    """Read a listed file of a record."""
    about = tuple(values["about"]) if values["about"] else None
    version = tuple(values["version"])
    return Listed(**{**values, "slot": parse_utc(values["slot"]), "version": version, "about": about})


def is_known(record: Record, span: Span | None) -> bool:
    """Whether the listing in use covers a part of the day; where it held nothing, it is asked again."""
    return bool(record["listing"]) and was_asked(record, span)


def was_asked(record: Record, span: Span | None) -> bool:
    """Whether the archive answered for a part of the day, even if that there is nothing."""
    return any(_covers(one, span) for one in record["listed"])


def _covers(listed: dict[str, Any], span: Span | None) -> bool:
    if listed["from"] is None:
        return True
    if span is None:
        return False
    return parse_utc(listed["from"]) <= span[0] and span[1] <= parse_utc(listed["to"])


def add_listing(
    record: Record, chosen: list[Listed], superseded: list[Listed], listing: Listing, span: Span | None
) -> None:
    """Enter what an archive lists; a slot that is known keeps its file.

    Parameters
    ----------
    record : dict
        Changed.
    chosen, superseded : list of Listed
        Newest version of each slot, and the others.
    listing : Listing
    span : (datetime, datetime) or None
        Part of the day that was asked for.
    """
    known = {(one.slot, one.path if not one.version else "") for one in listed_files(record)}
    new = [one for one in chosen if (one.slot, one.path if not one.version else "") not in known]
    files = sorted([*listed_files(record), *new], key=lambda one: (one.slot, one.path))
    record["listing"] = [to_json(one) for one in files]
    record["superseded"] = sorted({*record["superseded"], *(one.path for one in superseded)})
    record["wide"] = max(record["wide"], listing.wide) if span is None else record["wide"] + listing.wide
    begin, end = (None, None) if span is None else map(format_utc, span)
    when = format_utc(datetime.now(UTC).replace(microsecond=0))
    entry = {"from": begin, "to": end, "asked": listing.asked, "missing": listing.missing, "when": when}
    others = [one for one in record["listed"] if (one["from"], one["to"]) != (begin, end)]
    record["listed"] = [entry] if span is None else [*others, entry]
