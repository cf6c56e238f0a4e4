"""What the rules of ``mms_gmm`` ask: which manifests an event needs, and which files they name. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from magnetoflow.archive import layout, manifests
from magnetoflow.archive.source import SAMPLE
from magnetoflow.config import Config, Event
from magnetoflow.io.model_files import check_model
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

REGIONS = ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
FIGURES = ("scatter", "mean_spectra", "model_selection", "crossings", "orbit")

PRODUCTS = {
    "fast": {"ions": "mms_fpi_fast_dis-moms", "field": "mms_fgm_srvy"},
    "brst": {"ions": "mms_fpi_brst_dis-moms", "field": "mms_fgm_brst"},
}
"""Archive products by the event's rate: ion spectra, and the field, which the study can do without."""


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

    def manifests(self, event: Event, quantity: str) -> list[str]:
        """Paths of the manifests that an event needs of ``ions`` or ``field``."""
        product, archive = PRODUCTS[event.rate][quantity], self.archive
        return [
            str(manifests.manifest_path(archive.data, archive.source, product, f"mms{event.probe}", day))
            for day in layout.days_of(product, event.start, event.stop)
        ]

    def manifests_of(self, quantity: str) -> Callable[[Any], list[str]]:
        """Input function: manifests of one quantity for the event of the wildcards."""
        return lambda wildcards: self.manifests(self.events[wildcards.event], quantity)

    def all_manifests(self) -> list[str]:
        """Paths of the manifests of all events."""
        events = self.events.values()
        return sorted(
            {path for one in events for name in ("ions", "field") for path in self.manifests(one, name)}
        )

    def made(self, wildcards: Any) -> list[str]:
        """Stamps of the event's manifests, plain inputs beside the ancient manifests.

        Measured: a job below a job that runs is not asked for its own changes, not even for its missing
        output; only an input that is not ancient starts it. Without the stamps a manifest that is made again
        (after a kill, or of a rewritten sample) would end the run there, as a success.
        """
        event = self.events[wildcards.event]
        return [
            str(Path(path).with_suffix(".made"))
            for quantity in ("ions", "field")
            for path in self.manifests(event, quantity)
        ]

    def files(self, wildcards: Any) -> str:
        """Canonical list of the sha256s of the file slots that the event uses.

        Of the wildcards only: a function that takes the input is not tracked. Measured: Snakemake records the
        list as it was when the run was planned, so that a manifest which the same run makes again would start
        the event once more in the next run. Sample files change only with their stamps, which start the event
        by themselves, so the sample has no list.
        """
        if self.archive.source == SAMPLE:
            return canonical({})
        event = self.events[wildcards.event]
        return canonical(
            {
                quantity: manifests.file_hashes(self.manifests(event, quantity), event.start, event.stop)
                for quantity in ("ions", "field")
            }
        )

    def event_config(self, *sections: str, **more: str) -> Callable[[Any], str]:
        """Parameter function: the event of the wildcards, sections of the study, and what else is given."""
        chosen = {name: getattr(self.study, name) for name in sections} | more
        return lambda wildcards: canonical(
            {"event": self.events[wildcards.event], "source": self.archive.text, **chosen}
        )

    def study_config(self, *sections: str) -> str:
        """Canonical ids of the events, and the sections of the study that a rule uses."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"events": list(self.events), "source": self.archive.text, **chosen})

    def model_config(self) -> str:
        """Canonical section of the model, with the hash of a model that is copied."""
        return canonical({"model": self.study.model, "source": self.archive.text, **self.model})

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python")
        values["mms_gmm"]["events"] = list(self.events.values())
        del values["mms_gmm"]["figures"]
        return canonical(values)
