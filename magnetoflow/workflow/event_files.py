"""Which manifests an event needs, and which of their files: what starts its jobs again. No numpy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from magnetoflow.archive import layout, manifests
from magnetoflow.archive.source import REMOTE, SAMPLE
from magnetoflow.archive.spans import DAY, part_of
from magnetoflow.errors import ConfigError
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

E = TypeVar("E")
SHOWN = 4
"""Events in a message, where none has a near name."""


def manifests_of(archive: Archive, product: str, probe: int, start: datetime, stop: datetime) -> list[str]:
    """Paths of the manifests of one product and probe for [start, stop).

    Of the remote archives a manifest holds only the part of the day that the interval asks for, where files
    cover less than a day: an event of minutes does not bring a day of bursts, and another event on that day
    leaves this one as it is.
    """
    partly = archive.source == REMOTE and layout.product_of(product).reach < DAY
    return [
        str(
            manifests.manifest_path(
                archive.data,
                archive.source,
                product,
                f"mms{probe}",
                day,
                part_of(day, start, stop) if partly else "",
            )
        )
        for day in layout.days_of(product, start, stop)
    ]


def event_of(events: Mapping[str, E], name: str, study: str) -> E:
    """Look up the event of a wildcard.

    Raises
    ------
    ConfigError
        There is none of that name; near names are given.
    """
    if name not in events:
        near = get_close_matches(name, events) or [*events][:SHOWN]
        raise ConfigError(
            f"{name} is no event of {study}",
            why=f"near names of its {len(events)} events: {', '.join(near)}",
            todo=f"correct the name, or add it to {study}.events",
        )
    return events[name]


def made(paths: list[str]) -> list[str]:
    """Stamps of manifests, plain inputs beside the ancient manifests.

    Measured: a job below a job that runs is not asked for its own changes, not even for its missing output;
    only an input that is not ancient starts it. Without the stamps a manifest that is made again (after a
    kill, or of a rewritten sample) would end the run there, as a success.
    """
    return [str(Path(path).with_suffix(".made")) for path in paths]


def files(archive: Archive, paths: Mapping[str, list[str]], start: datetime, stop: datetime) -> str:
    """Canonical list of the sha256s of the file slots that an event uses, by quantity.

    Measured: Snakemake records the list as it was when the run was planned, so that a manifest which the same
    run makes again would start the event once more in the next run. Sample files change only with their
    stamps, which start the event by themselves, so the sample has no list.
    """
    if archive.source == SAMPLE:
        return canonical({})
    return canonical({name: manifests.file_hashes(some, start, stop) for name, some in paths.items()})
