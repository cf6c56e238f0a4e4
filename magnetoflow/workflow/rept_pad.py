"""What the rules of ``rept_pad`` ask: which parts an event has, and which manifests they need. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from magnetoflow.archive import layout, manifests
from magnetoflow.archive.source import SAMPLE
from magnetoflow.config import Config
from magnetoflow.config.common import SAMPLE_ID
from magnetoflow.config.rept_pad import Array, Event, Load, parts
from magnetoflow.errors import ConfigError
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.rept_model_files import check_model
from magnetoflow.sample.rept_pad_plan import is_sample_day
from magnetoflow.times import days_between
from magnetoflow.workflow import event_files
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.canonical import canonical

PRODUCT = "rbsp_rept_l3"
TABLES = ("classes", "class_shapes", "pads", "occurrence", "storms", "daily", "quality", "remarks")
REPORT = ("selection", "number", "methods", "reconstruction", "examples", "scores", "stability")
"""Tables of the fit, beside the model."""
DRAWN = ("classes", "class_shapes", "pads", "occurrence", "storms", "daily", "quality")
FIGURES = (
    "classes",
    "mean_pads",
    "scores",
    "occurrence",
    "storm",
    "selection",
    "reconstruction",
    "methods",
)


class Plan:
    """Inputs and parameters of the study's rules; events in time order, whatever their order in the list.

    Parameters
    ----------
    config : Config
    archive : Archive

    Raises
    ------
    MagnetoflowError
        The model or an event cannot be used.
    """

    def __init__(self, config: Config, archive: Archive) -> None:
        self.config, self.archive = config, archive
        self.study = config.rept_pad
        if archive.source != SAMPLE or self.study.array.file is not None:
            storms = tuple(one for one in self.study.storms if not one.id.startswith(SAMPLE_ID))
            self.study = self.study.model_copy(update={"storms": storms})
        events = sorted(self.study.events, key=lambda event: (event.start, event.probe, event.id))
        self.events = {event.id: event for event in events}
        self.array = self.study.array.file
        # keys of the other source are not read, so they start nothing
        unread = {"array": Array()} if self.array is None else {"load": Load()}
        self.study = self.study.model_copy(update=unread)
        self.spans = {
            (event.id, name): (start, stop)
            for event in events
            for name, start, stop in parts(event, self.study.part_days)
        }
        self.model = check_model(self.study.model.source, {"prepare": self.prepared()})
        self.match = check_model(self.study.model.match or "fit", {"prepare": self.prepared()})
        self.array_hash = "" if self.array is None else sha256(Path(self.array))
        activity = self.study.activity.file
        self.activity_hash = "" if activity is None else sha256(Path(activity))
        if archive.source == SAMPLE and self.array is None:
            self._check_sample()

    def _check_sample(self) -> None:
        """Refuse days that the sample archive does not hold."""
        lacking = [
            f"{event.id} {day}"
            for event in self.events.values()
            for day in days_between(event.start, event.stop)
            if not is_sample_day(event.probe, day)
        ]
        if lacking:
            raise ConfigError(
                "the sample archive has no distributions of a day",
                where="rept_pad.events",
                why=f"not in it: {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}",
                todo="set archive: to a folder with REPT files, or take the sample's events",
            )

    def prepared(self) -> dict[str, Any]:
        """Options of preparation that a model keeps: records that it labels must be prepared alike."""
        return self.study.prepare.model_dump(mode="json", exclude={"block", "block_hours"})

    def span(self, wildcards: Any) -> tuple[Event, datetime, datetime]:
        """Event, start and stop of the part of the wildcards.

        Raises
        ------
        ConfigError
            There is no such part.
        """
        key = (wildcards.event, wildcards.part)
        if key not in self.spans:
            raise ConfigError(
                f"{' '.join(key)} is no part of an event of rept_pad",
                todo=f"known are {', '.join(self.events)}",
            )
        return (self.events[wildcards.event], *self.spans[key])

    def _manifests(self, probe: str, start: datetime, stop: datetime) -> list[str]:
        if self.array is not None:
            return []
        return [
            str(manifests.manifest_path(self.archive.data, self.archive.source, PRODUCT, f"rbsp{probe}", day))
            for day in layout.days_of(PRODUCT, start, stop)
        ]

    def manifests(self, wildcards: Any) -> list[str]:
        """Input function: manifests of the days of a part."""
        event, start, stop = self.span(wildcards)
        return self._manifests(event.probe, start, stop)

    def all_manifests(self) -> list[str]:
        """Paths of the manifests of all events."""
        events = self.events.values()
        return sorted({path for one in events for path in self._manifests(one.probe, one.start, one.stop)})

    def made(self, wildcards: Any) -> list[str]:
        """Stamps of the manifests."""
        return event_files.made(self.manifests(wildcards))

    def files(self, wildcards: Any) -> str:
        """Canonical list of the files in use; of the wildcards only, else it is not tracked."""
        if self.array is not None:
            return canonical({"array": self.array_hash})
        _, start, stop = self.span(wildcards)
        return event_files.files(self.archive, {"rept": self.manifests(wildcards)}, start, stop)

    def every_part(self, pattern: str) -> list[str]:
        """One file of each part of all events."""
        return [pattern.format(event=event, part=part) for event, part in self.spans]

    def parts_of(self, pattern: str) -> Callable[[Any], list[str]]:
        """Input function: one file of each part of the event of the wildcards."""
        return lambda wildcards: [
            pattern.format(event=event, part=part) for event, part in self.spans if event == wildcards.event
        ]

    def part_config(self, *sections: str, **more: Any) -> Callable[[Any], str]:
        """Parameter function: the part of the wildcards, sections of the study, and what else is given."""
        chosen = {name: getattr(self.study, name) for name in sections}

        def config(wildcards: Any) -> str:
            event, start, stop = self.span(wildcards)
            part = {"event": event.id, "probe": event.probe, "start": start, "stop": stop}
            return canonical({**part, "source": self.archive_text, **chosen, **more})

        return config

    def study_config(self, *sections: str, **more: Any) -> str:
        """Canonical ids of the events, sections of the study that a rule uses, and more."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"events": list(self.events), "source": self.archive_text, **chosen, **more})

    def series_config(self) -> str:
        """Canonical sections that the figure of one event uses: it knows nothing of other events."""
        style = self.study.figures.model_dump(include={"dpi", "width_mm"})
        energy = self.study.outputs.model_dump(include={"energy_mev"})
        storms = self.study.storms
        return canonical({"figures": style, "outputs": energy, "storms": storms, "shown": self.shown})

    @property
    def archive_text(self) -> str:
        """Source of the data, as tables state it."""
        return self.archive.text if self.array is None else "folder"

    @property
    def shown(self) -> str:
        """Source of the data, as figures state it: with the path of a folder or file."""
        if self.array is not None:
            return f"file {self.array}"
        return (
            f"{self.archive.text} {self.archive.root}" if self.archive.text == "folder" else self.archive.text
        )

    def model_config(self) -> str:
        """Canonical sections of the fit, or the hash of a model that is copied."""
        if self.model:
            return canonical({"files": self.model})
        return self.study_config(
            "reduce", "cluster", "naming", "model", files={}, match=self.match, prepare=self.prepared()
        )

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python", include={"archive", "results", "data", "rept_pad"})
        values["rept_pad"]["events"] = list(self.events.values())
        del values["rept_pad"]["figures"]
        return canonical(values)
