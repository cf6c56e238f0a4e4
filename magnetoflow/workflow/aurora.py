"""What the rules of ``aurora`` ask: which shards the events make, and what each of them needs. No numpy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from magnetoflow.archive import manifests
from magnetoflow.archive.images import COMPATIBLE_MAP
from magnetoflow.archive.source import REMOTE, SAMPLE
from magnetoflow.archive.spans import part_of
from magnetoflow.aurora.label_rows import LabelTable
from magnetoflow.config import Config
from magnetoflow.config.events import find_file
from magnetoflow.config.load import REPOSITORY
from magnetoflow.errors import ConfigError
from magnetoflow.io.aurora_model_files import check_network
from magnetoflow.io.classification_files import find_classifications
from magnetoflow.io.smoother_files import check_smoother
from magnetoflow.sample.aurora_plan import LABEL_FILES, LABELLED_DAYS, PREDICTION_FILES, is_demo_day
from magnetoflow.workflow import event_files
from magnetoflow.workflow.archive import Archive, day_of
from magnetoflow.workflow.canonical import canonical
from magnetoflow.workflow.shards import CameraDay, Shard, dated, joined, shards_of
from magnetoflow.workflow.signatures import signed

__all__ = [
    "FIGURES",
    "LABEL_FILES",
    "PREDICTION_FILES",
    "REMOTE",
    "SCORES",
    "TABLES",
    "Plan",
    "dated",
]

PRODUCT = "themis_asi"
DAY_HOURS = 24
TABLES = ("intervals", "pulsation", "pulses", "daily", "occurrence", "quality", "refused", "failed")
SCORES = ("evaluation", "confusion", "reliability", "labels")
FIGURES = ("occurrence", "calendar", "examples", "reliability", "confusion")
IN_SETS = {"blocks_per_interval", "block_minutes"}
"""Keys of the model that choose the frames of training sets."""


class Plan:
    """Inputs and parameters of the study's rules.

    Parameters
    ----------
    config : Config
    archive : Archive
    shipped : Path
        Folder of the models that come with the package.

    Raises
    ------
    MagnetoflowError
        A model, a label sheet or a camera-day that the configuration names cannot be used.
    """

    def __init__(self, config: Config, archive: Archive, shipped: Path) -> None:
        self.config, self.archive = config, archive
        preprocess = config.aurora.preprocess.resolved()
        self.study = config.aurora.model_copy(update={"preprocess": preprocess})
        parts: dict[Shard, list[tuple[datetime, datetime]]] = {}
        self.required: set[Shard] = set()
        for event in self.study.events:
            for shard, part in shards_of(event, self.study.shard_hours):
                parts.setdefault(shard, []).append(part)
                if event.required:
                    self.required.add(shard)
        self.parts = {shard: joined(parts[shard]) for shard in sorted(parts)}
        self.predicted = self._predictions()
        if self.predicted is not None:
            self.parts = {shard: part for shard, part in self.parts.items() if shard[:2] in self.predicted}
        self.hours: dict[CameraDay, list[str]] = {}
        for site, day, hour in self.parts:
            self.hours.setdefault((site, day), []).append(hour)
        self.camera_days: list[CameraDay] = sorted(self.hours)
        self.sites = sorted({site for site, _ in self.camera_days})
        self.network: dict[str, str] = {}
        if self.study.model.source == "fit" and preprocess.mask == "compatible":
            raise ConfigError(
                "aurora.model.source: fit takes aurora.preprocess.mask: skymap or none",
                why="training sets hold the camera's own skymap, not the published mask",
            )
        if self.study.model.source != "fit" and self.predicted is None:
            asked = preprocess.model_dump()
            self.network = check_network(self.study.model.source, asked, shipped / "network")
        kind = "sample" if self.predicted is None else "published"
        self.smoother = check_smoother(self.study.smoothing.source, shipped / f"smoother_{kind}.json")
        self.label_files = self._label_files()
        self.labelled = self._labelled()
        if self.study.movie.make and find_spec("imageio_ffmpeg") is None:
            raise ConfigError(
                "aurora.movie.make: true needs ffmpeg",
                why="the package imageio-ffmpeg is not installed",
                todo='pip install -c constraints.txt -e ".[movies]", or set aurora.movie.make: false',
            )
        if archive.source == SAMPLE and self.predicted is None:
            self._check_sample()

    def _predictions(self) -> dict[CameraDay, str] | None:
        """Find the text file of each camera-day, where a folder of them stands for images."""
        folder = self.study.predictions
        if folder is None:
            return None
        listed = find_classifications(folder)
        found = {(site, f"{day:%Y%m%d}"): str(path) for site, day, path in listed}
        lacking = sorted({shard[:2] for shard in self.required} - found.keys())
        if lacking:
            named = ", ".join(f"{site} {day}" for site, day in lacking[:5])
            raise ConfigError(
                "no predictions of a camera-day",
                where=folder,
                why=f"no file YYYYMMDD_<site>_themis_classifications.txt of {named}",
                todo="correct aurora.events, set events: predictions, or set required: false",
            )
        if not found.keys() & {shard[:2] for shard in self.parts}:
            raise ConfigError(
                "no predictions of any camera-day of the events",
                where=folder,
                why=f"its {len(found)} text files are of other cameras or dates",
                todo="correct aurora.events, or set events: predictions",
            )
        return found

    @staticmethod
    def _read_sheets(paths: list[Path]) -> list[LabelTable]:
        """Read label spreadsheets, so that a mistake in one is found before any job."""
        # imported here: only a run that names spreadsheets needs their reader
        from magnetoflow.io.label_sheets import read_label_sheet

        return [read_label_sheet(path) for path in paths]

    def _check_sample(self) -> None:
        """Refuse camera-days that the sample archive does not hold."""
        days = sorted({(site, date.fromisoformat(day)) for site, day, _ in self.required})
        lacking = [f"{site} {day}" for site, day in days if not is_demo_day(site, day)]
        if lacking:
            raise ConfigError(
                "the sample archive has no images of a camera-day",
                where="aurora.events",
                why=f"not in it: {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}",
                todo="set archive: to a folder with images, or required: false",
            )

    def _label_files(self) -> list[str]:
        """Label spreadsheets in use."""
        files = self.study.labels.files
        if files != "auto":
            return [str(find_file(name, [Path(), REPOSITORY])) for name in files]
        if self.archive.source != SAMPLE or self.predicted is not None:
            return []
        return [str(Path(self.archive.root, name)) for name in LABEL_FILES]

    def shard_names(self, site: str, day: str) -> list[str]:
        """First hours of the shards of one camera-day."""
        if (site, day) not in self.hours:
            raise ConfigError(
                f"{site} {day} is no camera-day of the events",
                todo="add it to aurora.events, or use magnetoflow aurora --start … --stop … --sites …",
            )
        return self.hours[site, day]

    def manifest(self, wildcards: Any) -> str:
        """Manifest of the images of the wildcards' camera-day."""
        site, day, date_ = wildcards.site, wildcards.day, day_of(wildcards.day)
        if self.archive.source != REMOTE:
            return self.manifest_of(site, date_)
        # only what the events of that date ask for is brought
        parts = [part for hour in self.shard_names(site, day) for part in self.parts[site, day, hour]]
        return self.manifest_of(site, date_, part_of(date_, parts[0][0], parts[-1][1]))

    def manifest_of(self, site: str, day: date, part: str = "") -> str:
        """Path of a manifest."""
        archive = self.archive
        return str(manifests.manifest_path(archive.data, archive.source, PRODUCT, site, day, part))

    def manifest_pattern(self) -> str:
        """Path of a manifest with wildcards, where manifests are of whole dates.

        Snakemake plans ten thousand shards 8 % faster with this and the pattern of `of_shards` than with
        functions, which would refuse a camera-day of no event: `check_shard` does.
        """
        return str(Path(self.manifest_of("{site}", date.min)).with_name("{day}.json"))

    def made(self, wildcards: Any) -> list[str]:
        """Stamp of a remote manifest: without it (images were discarded) the files are brought again."""
        return event_files.made([self.manifest(wildcards)])

    def map_manifest(self) -> list[str]:
        """Manifest that brings the skymap of the published mask, where a remote archive must be asked."""
        if self.archive.source != REMOTE or self.study.preprocess.mask != "compatible":
            return []
        site, day = COMPATIBLE_MAP
        return [self.manifest_of(site, day + timedelta(days=1), "000000_000000")]

    @property
    def discards(self) -> bool:
        """Whether images are deleted after their shards."""
        keep = self.config.remote.keep_raw or self.predicted is not None
        return self.archive.source == REMOTE and not keep

    def training_manifest(self, wildcards: Any) -> str:
        """Manifest of a training set's camera-day."""
        return self.manifest_of(wildcards.site, date.fromisoformat(wildcards.dashed))

    def of_shards(self, pattern: str) -> list[str] | Callable[[Any], list[str]]:
        """Input: each shard of the wildcards' camera-day, by a function where it may have more than one."""
        if self.study.shard_hours == DAY_HOURS:
            return [pattern.replace("{hour}", "00")]
        return signed(
            lambda wildcards: [
                pattern.format(site=wildcards.site, day=wildcards.day, hour=hour)
                for hour in self.shard_names(wildcards.site, wildcards.day)
            ]
        )

    def every_shard(self, pattern: str) -> list[str]:
        """Each shard of all camera-days."""
        if self.predicted is not None:
            return []
        return [pattern.format(site=site, day=day, hour=hour) for site, day, hour in self.parts]

    def every_day(self, pattern: str) -> list[str]:
        """One file of each camera-day; ``{dated}`` is its YYYY/MM/DD."""
        return [dated(pattern, site, day) for site, day in self.camera_days]

    def _tables(self, pattern: str, camera_days: list[CameraDay]) -> list[str]:
        """Frame tables, or predictions, of camera-days."""
        if self.predicted is not None:
            return [self.predicted[one] for one in camera_days]
        return [dated(pattern, *one) for one in camera_days]

    def days_of_site(self, pattern: str) -> Callable[[Any], list[str]]:
        """Input function: frame tables, or predictions, of all camera-days of the wildcards' site."""

        def of_site(wildcards: Any) -> list[str]:
            days = [one for one in self.camera_days if one[0] == wildcards.site]
            if not days:
                raise ConfigError(
                    f"{wildcards.site} is no camera of the events", todo=f"known are {', '.join(self.sites)}"
                )
            return self._tables(pattern, days)

        return of_site

    def tables_of_all(self, pattern: str) -> list[str]:
        """Frame tables, or predictions, of all camera-days."""
        return self._tables(pattern, self.camera_days)

    def _labelled(self) -> set[CameraDay]:
        """Camera-days of which the sheets in use have labels."""
        if self.study.labels.files == "auto":
            days = LABELLED_DAYS if self.label_files else ()
            return {(site, f"{day:%Y%m%d}") for site, day in days}
        sheets = self._read_sheets([Path(file) for file in self.label_files])
        return {(row.site, f"{row.date:%Y%m%d}") for sheet in sheets for row in sheet.rows}

    def labelled_shards(self, pattern: str) -> list[str]:
        """Each shard whose camera-day has labels."""
        if self.predicted is not None:
            return []
        return [
            pattern.format(site=one[0], day=one[1], hour=one[2])
            for one in self.parts
            if one[:2] in self.labelled
        ]

    def labelled_tables(self, pattern: str) -> list[str]:
        """Frame tables, or predictions, of the camera-days with labels."""
        return self._tables(pattern, [one for one in self.camera_days if one in self.labelled])

    def training_days(self) -> list[CameraDay]:
        """Labelled camera-days from which a network is trained."""
        if self.study.model.source != "fit":
            return []
        chosen = sorted(one for one in self.labelled if "_".join(one) not in self.study.labels.exclude)
        if not chosen:
            raise ConfigError(
                "no labelled camera-day to train from",
                where="aurora.labels.files",
                why="aurora.model.source is fit",
                todo="name label spreadsheets, or set aurora.model.source: shipped",
            )
        return chosen

    def check_shard(self, wildcards: Any) -> None:
        """Refuse a shard that is in no event."""
        if wildcards.hour not in self.shard_names(wildcards.site, wildcards.day):
            raise ConfigError(
                f"{wildcards.site} {wildcards.day} {wildcards.hour} is no shard of the events",
                why=f"with aurora.shard_hours: {self.study.shard_hours} the date has "
                f"{', '.join(self.shard_names(wildcards.site, wildcards.day))}",
                todo="correct the hour, or aurora.events",
            )

    def shard_config(self, wildcards: Any) -> str:
        """Canonical configuration of one shard."""
        self.check_shard(wildcards)
        shard = (wildcards.site, wildcards.day, wildcards.hour)
        sections = {name: getattr(self.study, name) for name in ("preprocess", "flags", "pulsation")}
        return canonical(
            {
                "site": wildcards.site,
                "day": wildcards.day,
                "intervals": self.parts[shard],
                "required": shard in self.required,
                "on_damaged": self.study.on_damaged,
                "skip_failed": self.study.skip_failed,
                "root": self.archive.root,
                "source": self.text,
                **sections,
            }
        )

    def config_of(self, *sections: str, **more: Any) -> str:
        """Canonical sections of the study that a rule uses, and what else is given."""
        chosen = {name: getattr(self.study, name) for name in sections}
        return canonical({"source": self.text, **chosen, **more})

    @property
    def text(self) -> str:
        """Source of the data, as tables state it."""
        return self.archive.text if self.predicted is None else "folder"

    @property
    def shown(self) -> str:
        """Source of the data, as figures state it: with the folder's path."""
        if self.predicted is not None:
            return f"{self.text} {self.study.predictions}"
        return f"{self.text} {self.archive.root}" if self.text == "folder" else self.text

    def model_config(self) -> str:
        """Canonical section of a training, or what names a network that is copied, with its hash."""
        model = self.study.model
        left = IN_SETS if model.source == "fit" else type(model).model_fields.keys() - {"source"}
        return self.config_of("preprocess", model=model.model_dump(exclude=set(left)), files=self.network)

    def set_config(self) -> str:
        """Canonical options of a training set."""
        model = self.study.model.model_dump(include=IN_SETS)
        return self.config_of("on_damaged", model=model, root=self.archive.root)

    def figure_config(self) -> str:
        """Canonical style of figures: not whether camera-days have one, as each is an output of its own."""
        style = self.study.figures.model_dump(exclude={"camera_days"})
        return self.config_of(figures=style, shown=self.shown)

    def smoother_config(self) -> str:
        """Canonical section of the smoother, with the hash of one that is copied."""
        kind = "sample" if self.predicted is None else "published"
        used = self.study.smoothing
        smoothing = used.model_dump() if used.source in {"mean", "fit"} else {"source": used.source}
        return self.config_of(smoothing=smoothing, files=self.smoother, kind=kind)

    def recorded_config(self) -> str:
        """Canonical configuration for ``run.json``: everything but the style of the figures."""
        values = self.config.model_dump(mode="python", include={"archive", "results", "data", "aurora"})
        values["aurora"]["events"] = sorted(self.study.events, key=lambda one: (one.start, one.site, one.id))
        del values["aurora"]["figures"]
        return canonical(values)
