"""What the rules of ``mms_gmm`` ask: which manifests an event needs, and which files they name. No numpy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from magnetoflow.archive import layout
from magnetoflow.archive import manifests as written
from magnetoflow.config import Config, Event
from magnetoflow.workflow.canonical import canonical

REGIONS = ["solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere"]
FIGURES = ["scatter", "mean_spectra", "model_selection", "crossings", "orbit"]
SOURCES = {"sample": "synthetic sample data", "remote": "remote"}

PRODUCTS = {
    "fast": {"ions": "mms_fpi_fast_dis-moms", "field": "mms_fgm_srvy"},
    "brst": {"ions": "mms_fpi_brst_dis-moms", "field": "mms_fgm_brst"},
}
"""Archive products by the event's rate: ion spectra, and the field, which the study can do without."""


def source_text(source: str) -> str:
    """Word the archive as tables and figures do: ``synthetic sample data``, ``remote`` or ``folder``."""
    return SOURCES.get(source, "folder")


def manifests(event: Event, quantity: str, data: str, source: str) -> list[Path]:
    """Paths of the manifests that an event needs of ``ions`` or ``field``."""
    product = PRODUCTS[event.rate][quantity]
    return [
        written.manifest_path(data, source, product, f"mms{event.probe}", day)
        for day in layout.days_of(product, event.start, event.stop)
    ]


def all_manifests(event: Event, data: str, source: str) -> list[Path]:
    """Paths of every manifest that an event needs."""
    return [path for quantity in ("ions", "field") for path in manifests(event, quantity, data, source)]


def days(event: Event) -> list[date]:
    """UTC dates whose files an event may use."""
    return sorted(
        {
            day
            for product in PRODUCTS[event.rate].values()
            for day in layout.days_of(product, event.start, event.stop)
        }
    )


def files(event: Event, data: str, source: str) -> str:
    """Canonical list of the sha256s of the file slots that an event uses, by quantity."""
    return canonical(
        {
            quantity: written.file_hashes(manifests(event, quantity, data, source), event.start, event.stop)
            for quantity in ("ions", "field")
        }
    )


def recorded(config: Config) -> dict[str, Any]:
    """Return the configuration as ``run.json`` records it: everything but the style of the figures."""
    values = config.model_dump(mode="python")
    del values["mms_gmm"]["figures"]
    return values
