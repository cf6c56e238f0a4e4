"""What the rules of ``mms_gmm`` ask: which manifests an event needs, and which files they name. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from magnetoflow.config import Config, Event
from magnetoflow.io.model_files import check_model
from magnetoflow.workflow import event_files
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

REGIONS = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
FIGURES = ("scatter", "mean_spectra", "model_selection", "crossings", "orbit")

PRODUCTS = {
    "fast": {"ions": "mms_fpi_fast_dis-moms", "field": "mms_fgm_srvy"},
    "brst": {"ions": "mms_fpi_brst_dis-moms", "field": "mms_fgm_brst"},
}
"""Archive products by the event's rate: ion spectra, and the field, which the study can do without."""
QUANTITIES = ("ions", "field")


class Plan:
    """Inputs and parameters of the study's rules; events in time order, whatever their order in the list.

    Parameters
    ----------
    config : Config
    archive : Archive
    shipped : Path
        Folder of the model that comes with the package.

    Raises
    ------
    ModelError
        The model that the configuration names cannot be used.
    """

    def __init__(self, config: Config, archive: Archive, shipped: Path) -> None:
        self.config, self.archive = config, archive
        self.study = config.mms_gmm
        events = sorted(self.study.events, key=lambda event: (event.start, event.probe, event.id))
        self.events = {event.id: event for event in events}
        self.model = check_model(self.study.model.source, self.study.model.features, shipped)

    def event(self, name: str) -> Event:
        """Event of a wildcard."""
        return event_files.event_of(self.events, name, "mms_gmm")

    def manifests(self, event: Event, quantity: str) -> list[str]:
        """Paths of the manifests that an event needs of ``ions`` or ``field``."""
        product = PRODUCTS[event.rate][quantity]
        return event_files.manifests_of(self.archive, product, event.probe, event.start, event.stop)

    def manifests_of(self, quantity: str) -> Callable[[Any], list[str]]:
        """Input function: manifests of one quantity for the event of the wildcards."""
        return lambda wildcards: self.manifests(self.event(wildcards.event), quantity)

    def all_manifests(self) -> list[str]:
        """Paths of the manifests of all events."""
        events = self.events.values()
        return sorted({path for one in events for name in QUANTITIES for path in self.manifests(one, name)})

    def made(self, wildcards: Any) -> list[str]:
        """Stamps of the event's manifests."""
        event = self.event(wildcards.event)
        return event_files.made([path for name in QUANTITIES for path in self.manifests(event, name)])

    def files(self, wildcards: Any) -> str:
        """Canonical list of the files that the event uses; of the wildcards only, else it is not tracked."""
        event = self.event(wildcards.event)
        paths = {name: self.manifests(event, name) for name in QUANTITIES}
        return event_files.files(self.archive, paths, event.start, event.stop)

    def event_config(self, *sections: str, **more: str) -> Callable[[Any], str]:
        """Parameter function: the event of the wildcards, sections of the study, and what else is given."""
        chosen = {name: getattr(self.study, name) for name in sections} | more
        return lambda wildcards: canonical(
            {"event": self.event(wildcards.event), "source": self.archive.text, **chosen}
        )

    def study_config(self, *sections: str) -> str:
        """Canonical ids of the events, and the sections of the study that a rule uses."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"events": list(self.events), "source": self.archive.text, **chosen})

    def model_config(self) -> str:
        """Canonical section of a fit, or what names a model that is copied, with its hash."""
        used = {"source", "features"} if self.model else None
        model = self.study.model.model_dump(include=used)
        return canonical({"model": model, "source": self.archive.text, **self.model})

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python", include={"archive", "results", "data", "mms_gmm"})
        values["mms_gmm"]["events"] = list(self.events.values())
        del values["mms_gmm"]["figures"]
        return canonical(values)
