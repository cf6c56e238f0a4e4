"""Prepared distributions as NetCDF-4: written in one piece, read whole or in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from magnetoflow.rept_pad.data import Prepared


def write_prepared(path: str | Path, prepared: Prepared, attrs: Mapping[str, str] | None = None) -> None:
    """Write prepared distributions; equal ones give equal bytes."""
    raise NotImplementedError


def read_prepared(path: str | Path) -> Prepared:
    """Read what `write_prepared` wrote."""
    raise NotImplementedError


def read_prepared_chunks(path: str | Path, rows: int) -> Iterator[Prepared]:
    """Read what `write_prepared` wrote in chunks of `rows` records."""
    raise NotImplementedError


def read_attrs(path: str | Path) -> dict[str, str]:
    """Global attributes."""
    raise NotImplementedError
