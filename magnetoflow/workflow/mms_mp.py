"""What the rules of ``mms_mp`` ask: which manifests an event needs, which files it makes. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from magnetoflow.archive.mp_products import products_of
from magnetoflow.archive.source import SAMPLE
from magnetoflow.config import Config, MagnetopauseEvent
from magnetoflow.errors import ConfigError
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.overlay_json import read_published
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.sample.mms_mp_plan import is_sample_interval
from magnetoflow.workflow import event_files
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

EVENT_TABLES = (
    "crossings",
    "layer_thickness",
    "thickness",
    "thickness_methods",
    "predictions",
    "shear",
    "normals",
    "angles",
    "nested",
    "timing",
    "formation",
    "hoffmann_teller",
    "summary_metrics",
    "overlay",
    "event",
    "spectrogram_inventory",
    "spectrogram_diagnostics",
    "spectrogram_diagnostics_filtered",
    "quality",
    "gaps",
)
"""CSV tables of each event, beside ``mp_analysis.json``."""

ANALYSIS = (
    *("lmn", "detection", "timing", "motion", "hoffmann_teller", "formation", "gradients"),
    "skip_failed",
)
"""Sections that the analysis uses."""

GRIDS = ("spectrograms_ion", "spectrograms_electron")
COMBINED = ("spectrograms_combined",)
TABLES = ("events", "remarks", "failed")
FIGURES = ("events",)


class Plan:
    """Inputs and parameters of the study's rules; events in time order, whatever their order in the list.

    Parameters
    ----------
    config : Config
    archive : Archive

    Raises
    ------
    MagnetoflowError
        An event, or the file of published normals, cannot be used.
    """

    def __init__(self, config: Config, archive: Archive) -> None:
        self.config, self.archive = config, archive
        self.study = config.mms_mp
        events = sorted(self.study.events, key=lambda event: (event.start, event.id))
        self.events = {event.id: event for event in events}
        if archive.source == SAMPLE:
            self._check_sample()
        if self.study.overlay is not None:
            read_published(self.study.overlay)

    def _check_sample(self) -> None:
        """Refuse intervals that the sample archive does not hold."""
        lacking = [
            one.id
            for one in self.events.values()
            if one.rate != "brst" or not is_sample_interval(one.probes, one.start, one.stop)
        ]
        if lacking:
            raise ConfigError(
                "the sample archive has no burst data of an event and its spacecraft",
                where="mms_mp.events",
                why=f"not in it: {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}",
                todo="set archive: to a folder with MMS data, or take the sample's events",
            )

    def figures(self) -> list[str]:
        """Names of the figures of an event."""
        shown = self.study.spectrograms
        left = [*(() if shown.grids else GRIDS), *(() if shown.combined else COMBINED)]
        return [name for name in CAPTIONS if name not in left]

    def event(self, name: str) -> MagnetopauseEvent:
        """Event of a wildcard."""
        return event_files.event_of(self.events, name, "mms_mp")

    def products(self, event: MagnetopauseEvent) -> dict[str, str]:
        """Archive products by quantity; all but the field may be missing."""
        load = self.study.load
        asked = {name: getattr(load, name) for name in ("ephemeris", "electric", "hpca", "potential")}
        return products_of(event.rate, **asked)

    def manifests(self, event: MagnetopauseEvent) -> dict[str, dict[int, list[str]]]:
        """Paths of the manifests that an event needs, by quantity and spacecraft."""
        return {
            name: {
                probe: event_files.manifests_of(self.archive, product, probe, event.start, event.stop)
                for probe in event.probes
            }
            for name, product in self.products(event).items()
        }

    def _paths(self, event: MagnetopauseEvent) -> list[str]:
        return [
            path for of_probe in self.manifests(event).values() for some in of_probe.values() for path in some
        ]

    def manifests_of(self, wildcards: Any) -> list[str]:
        """Input function: manifests of all quantities and spacecraft of the event."""
        return self._paths(self.event(wildcards.event))

    def all_manifests(self) -> list[str]:
        """Paths of the manifests of all events."""
        return sorted({path for event in self.events.values() for path in self._paths(event)})

    def made(self, wildcards: Any) -> list[str]:
        """Stamps of the manifests."""
        return event_files.made(self.manifests_of(wildcards))

    def files(self, wildcards: Any) -> str:
        """Canonical list of the files in use; of the wildcards only, else it is not tracked."""
        event = self.event(wildcards.event)
        paths = {
            f"{name} mms{probe}": some
            for name, of_probe in self.manifests(event).items()
            for probe, some in of_probe.items()
        }
        return event_files.files(self.archive, paths, event.start, event.stop)

    def every(self, pattern: str) -> list[str]:
        """One file of each event."""
        return [pattern.format(event=name) for name in self.events]

    def load_config(self, wildcards: Any) -> str:
        """Canonical event and options of loading."""
        event = self.event(wildcards.event)
        return canonical(
            {
                "event": event,
                "products": self.products(event),
                "root": self.archive.root,
                **{name: getattr(self.study, name) for name in ("load", "on_damaged", "skip_failed")},
            }
        )

    def event_config(self, *sections: str, **more: Any) -> Callable[[Any], str]:
        """Parameter function: event of the wildcards, sections of the study, and more."""

        def config(wildcards: Any) -> str:
            chosen = {name: getattr(self.study, name) for name in sections}
            event = self.event(wildcards.event)
            return canonical({"event": event, "source": self.archive.text, **chosen, **more})

        return config

    def kept(self) -> dict[str, Any]:
        """Rows that the filtered table of spectrograms keeps."""
        return self.study.spectrograms.model_dump(include={"species", "probes", "status"})

    def drawn(self) -> dict[str, Any]:
        """Energies that spectrograms show; which of them there are is known by their outputs."""
        return self.study.spectrograms.model_dump(include={"ion_emax_ev", "electron_emax_ev"})

    def overlay(self) -> dict[str, str | None]:
        """Path of the file of published normals, with its hash: a new content draws again."""
        path = self.study.overlay
        return {"path": path, "sha256": None if path is None else sha256(Path(path))}

    def study_config(self, *sections: str, **more: Any) -> str:
        """Canonical ids of the events, sections of the study that a rule uses, and more."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"events": list(self.events), "source": self.archive.text, **chosen, **more})

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python", include={"archive", "results", "data", "mms_mp"})
        values["mms_mp"]["events"] = list(self.events.values())
        del values["mms_mp"]["figures"]
        return canonical(values)
