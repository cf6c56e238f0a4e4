"""What the rules of ``mms_rnn`` ask: which manifests an event and spacecraft need, which jobs. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from magnetoflow.archive.source import SAMPLE
from magnetoflow.config import Config, TailEvent
from magnetoflow.errors import ConfigError
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rnn_model_files import check_model
from magnetoflow.sample.mms_rnn_plan import is_sample_interval
from magnetoflow.workflow import event_files
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

PRODUCTS = {
    "ions": "mms_fpi_brst_dis-moms",
    "electrons": "mms_fpi_brst_des-moms",
    "field": "mms_fgm_brst",
    "electric": "mms_edp_brst",
    "electric_fast": "mms_edp_fast",
}
"""Archive products; an event can do without the last, unless ``work_field`` is fast."""

TABLES = ("intervals", "statistics", "summary", "remarks", "failed")
FIGURES = ("statistics", "scales", "confusion")
EVENT_FIGURES = ("comparison", "trajectory")
PROBE_FILES = ("vars.nc", "vars_norm.nc", "nndata.csv", "labels.csv", "probs.csv")


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
    MagnetoflowError
        The model or an event cannot be used, or an option needs a package that is not installed.
    """

    def __init__(self, config: Config, archive: Archive, shipped: Path) -> None:
        self.config, self.archive = config, archive
        self.study = config.mms_rnn
        events = sorted(self.study.events, key=lambda event: (event.start, event.id))
        self.events = {event.id: event for event in events}
        self.model: dict[str, str] = {}
        if self.study.model.source != "fit":
            self.model = check_model(self.study.model.source, self.study.model.sha256, shipped)
        if self.study.tplot and find_spec("pyspedas") is None:
            raise ConfigError(
                "mms_rnn.tplot: true needs pyspedas",
                why="the package is not installed",
                todo='pip install -c constraints.txt -e ".[tplot]", or set mms_rnn.tplot: false',
            )
        if archive.source == SAMPLE:
            self._check_sample()

    def _check_sample(self) -> None:
        """Refuse intervals that the sample archive does not hold."""
        lacking = [one.id for one in self.events.values() if not is_sample_interval(one.start, one.stop)]
        if lacking:
            raise ConfigError(
                "the sample archive has no burst data of an event",
                where="mms_rnn.events",
                why=f"not in it: {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}",
                todo="set archive: to a folder with burst data, or take the sample's events",
            )

    @property
    def pairs(self) -> list[tuple[str, int]]:
        """Event and spacecraft of each job."""
        return [(name, probe) for name, event in self.events.items() for probe in event.probes]

    def event(self, name: str) -> TailEvent:
        """Event of a wildcard."""
        return event_files.event_of(self.events, name, "mms_rnn")

    def manifests(self, event: TailEvent, probe: int, quantity: str) -> list[str]:
        """Paths of the manifests that an event and spacecraft need of one quantity."""
        return event_files.manifests_of(self.archive, PRODUCTS[quantity], probe, event.start, event.stop)

    def manifests_of(self, quantity: str) -> Callable[[Any], list[str]]:
        """Input function: manifests of one quantity for the event and spacecraft of the wildcards."""
        return lambda wildcards: self.manifests(self.event(wildcards.event), int(wildcards.probe), quantity)

    def all_manifests(self) -> list[str]:
        """Paths of the manifests of all events."""
        return sorted(
            {
                path
                for name, probe in self.pairs
                for quantity in PRODUCTS
                for path in self.manifests(self.events[name], probe, quantity)
            }
        )

    def made(self, wildcards: Any) -> list[str]:
        """Stamps of the manifests."""
        event, probe = self.event(wildcards.event), int(wildcards.probe)
        return event_files.made([path for name in PRODUCTS for path in self.manifests(event, probe, name)])

    def files(self, wildcards: Any) -> str:
        """Canonical list of the files in use; of the wildcards only, else it is not tracked."""
        event, probe = self.event(wildcards.event), int(wildcards.probe)
        paths = {name: self.manifests(event, probe, name) for name in PRODUCTS}
        return event_files.files(self.archive, paths, event.start, event.stop)

    def of_event(self, pattern: str) -> Callable[[Any], list[str]]:
        """Input function: one file of each spacecraft of the event."""
        return lambda wildcards: [
            pattern.format(event=wildcards.event, probe=probe) for probe in self.event(wildcards.event).probes
        ]

    def every(self, pattern: str) -> list[str]:
        """One file of each event and spacecraft."""
        return [pattern.format(event=name, probe=probe) for name, probe in self.pairs]

    def every_event(self, pattern: str) -> list[str]:
        """One file of each event."""
        return [pattern.format(event=name) for name in self.events]

    def load_config(self, wildcards: Any) -> str:
        """Canonical interval, spacecraft and options of loading: not the scales, which load nothing anew."""
        event = self.event(wildcards.event)
        return canonical(
            {
                "event": {"id": event.id, "start": event.start, "stop": event.stop},
                "probe": int(wildcards.probe),
                "root": self.archive.root,
                "needs_fast": self.study.work_field == "fast",
                **{name: getattr(self.study, name) for name in ("load", "on_damaged", "skip_failed")},
            }
        )

    def event_config(self, *sections: str, **more: Any) -> Callable[[Any], str]:
        """Parameter function: event and spacecraft of the wildcards, sections of the study, and more."""

        def config(wildcards: Any) -> str:
            event = self.event(wildcards.event)
            chosen = {name: getattr(self.study, name) for name in sections}
            probe = {"probe": int(wildcards.probe)} if "probe" in wildcards.keys() else {}  # noqa: SIM118
            return canonical({"event": event, "source": self.archive.text, **probe, **chosen, **more})

        return config

    def spans(self) -> dict[str, float]:
        """Length of each event [s]."""
        return {name: (one.stop - one.start).total_seconds() for name, one in self.events.items()}

    def labelled(self) -> str:
        """Labelled data on which the scores of the network were made."""
        model = self.study.model
        if model.source == "fit" and model.training.cuts is not None:
            return f"held-out cuts of {Path(model.training.cuts).name}"
        if self.model.get("kind") == "folder":
            return "labelled cuts that came with the model, or cuts through the analytic model of magnetoflow"
        return "cuts through the analytic model of magnetoflow"

    def study_config(self, *sections: str, **more: Any) -> str:
        """Canonical ids of the events, sections of the study that a rule uses, and more."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"events": list(self.events), "source": self.archive.text, **chosen, **more})

    def model_config(self) -> str:
        """Canonical section of the model, with the hash of one that is copied, or of cuts to train on."""
        model = self.study.model.model_dump(exclude={"window"})
        if model["source"] != "fit":
            del model["training"]
        elif model["training"]["cuts"] is not None:
            model["training"]["cuts_sha256"] = sha256(Path(model["training"]["cuts"]))
        return canonical({"model": model, "files": self.model})

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python", include={"archive", "results", "data", "mms_rnn"})
        values["mms_rnn"]["events"] = list(self.events.values())
        del values["mms_rnn"]["figures"]
        return canonical(values)
