"""Which files an event used, and what was missing or damaged, from the manifests. No numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from magnetoflow.archive.layout import days_of
from magnetoflow.archive.manifests import Entry, Manifest, read_manifest, select
from magnetoflow.archive.spans import part_of
from magnetoflow.times import days_between


@dataclass
class Used:
    """What the manifests of an event say.

    Attributes
    ----------
    files, damaged : list of (manifest, entry)
        Good files and refused ones whose time overlaps the event.
    missing : list of (manifest, str)
        Products, spacecraft and days without a file of that time, with the reason.
    """

    files: list[tuple[Manifest, Entry]] = field(default_factory=list)
    damaged: list[tuple[Manifest, Entry]] = field(default_factory=list)
    missing: list[tuple[Manifest, str]] = field(default_factory=list)

    def remarks(self) -> list[str]:
        """Sentences on what was missing or damaged."""
        lost = [f"no {one['product']} of {one['probe']}, {one['day']}" for one, _ in self.missing]
        return lost + [
            f"{Path(entry['path']).name} is damaged: {entry['reason']}" for _, entry in self.damaged
        ]


class Shelf:
    """Manifests of a study, found by product, spacecraft and day; each is read once.

    Parameters
    ----------
    paths : iterable of path
        ``.../<product>/<probe>/<day>[_<part>].json``.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self._paths = {(path.parts[-3], path.parts[-2], path.stem): path for path in map(Path, paths)}
        self._read: dict[Path, Manifest] = {}

    def of(
        self, products: Sequence[str], probes: Sequence[str], start: datetime, stop: datetime
    ) -> list[Path]:
        """Paths of the manifests that an event needs."""
        return [
            path
            for product in products
            for probe in probes
            for day in days_of(product, start, stop)
            for name in (f"{day:%Y%m%d}_{part_of(day, start, stop)}", f"{day:%Y%m%d}")
            if (path := self._paths.get((product, probe, name))) is not None
        ]

    def read(self, path: Path) -> Manifest:
        """Read a manifest."""
        if path not in self._read:
            self._read[path] = read_manifest(path)
        return self._read[path]

    def used(self, products: Sequence[str], probes: Sequence[str], start: datetime, stop: datetime) -> Used:
        """Look up what an event used.

        Parameters
        ----------
        products, probes : sequence of str
            ``mms_fgm_srvy``; ``mms1``, as in paths of manifests.
        start, stop : datetime
            UTC, half open.
        """
        found = Used()
        days = {str(day) for day in days_between(start, stop)}
        for path in self.of(products, probes, start, stop):
            manifest = self.read(path)
            selection = select([manifest], start, stop)
            found.files += [(manifest, entry) for entry in selection.files]
            found.damaged += [(manifest, entry) for entry in selection.damaged]
            if manifest["day"] in days and not selection.files and not selection.damaged:
                found.missing.append((manifest, manifest["missing"] or "no file of that time"))
        return found
