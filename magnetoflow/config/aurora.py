"""Configuration of ``aurora``: THEMIS all-sky images to pulsating aurora, frame by frame and in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from magnetoflow.aurora.sites import SITES
from magnetoflow.config.base import (
    UTC_TEXT,
    Colour,
    EventId,
    FigureOptions,
    Float,
    Folder,
    Fraction,
    Int,
    IntOrNull,
    PositiveOrNull,
    Section,
    Text,
    after_start,
    filled,
    no_repeated_ids,
    not_before,
    not_too_many,
    null_or_text,
    read_time,
    unique,
    whole_number,
)
from magnetoflow.sample.aurora_plan import NIGHTS

FIRST_LIGHT = datetime(2004, 1, 1, tzinfo=UTC)
"""No camera of the network recorded before this year."""

HOURS = (1, 2, 3, 4, 6, 8, 12, 24)


def _known_site(site: str) -> str:
    if site not in SITES:
        raise ValueError(f"no such camera; known are {', '.join(sorted(SITES))}")
    return site


def _divides_a_day(hours: int) -> int:
    if hours not in HOURS:
        raise ValueError(f"allowed are {', '.join(map(str, HOURS))}")
    return hours


SiteName = Annotated[Text, AfterValidator(_known_site)]
AuroraTime = Annotated[
    datetime, BeforeValidator(read_time), not_before(FIRST_LIGHT, "the first cameras"), UTC_TEXT
]
Seed = Annotated[Int, Field(ge=0, le=2**32 - 1)]


class Event(Section):
    """Images of one camera, half open: [start, stop)."""

    id: EventId
    site: SiteName
    start: AuroraTime
    stop: AuroraTime
    required: bool = True

    _order = field_validator("stop")(after_start)


class Period(Section):
    """Every UTC date of some cameras: what ``events`` may be instead of a list."""

    start: AuroraTime
    stop: AuroraTime
    sites: Annotated[tuple[SiteName, ...], AfterValidator(filled), AfterValidator(unique)]

    _order = field_validator("stop")(after_start)


class Preprocess(Section):
    """What is made of a frame before the network sees it."""

    chain: Literal["fast", "compatible"] = "fast"
    variant: Literal["themis", "pfrr"] = "themis"
    mask: Literal["skymap", "compatible", "none"] = "skymap"
    min_elevation_deg: Annotated[Float, Field(ge=0, lt=90)] = 15.0
    clip: PositiveOrNull = None
    tiles: IntOrNull = None
    size: IntOrNull = None

    @model_validator(mode="after")
    def _possible(self) -> Preprocess:
        if self.chain == "fast" and self.size not in {None, 32, 64, 128}:
            raise ValueError(f"size {self.size}: the fast chain makes 32, 64 or 128 pixels")
        if self.chain == "compatible" and self.size not in {None, *range(128, 257, 4)}:
            raise ValueError(f"size {self.size}: the compatible chain makes 128, 132, … 256 pixels")
        if self.tiles not in {None, 2, 4, 8, 16}:
            raise ValueError(f"tiles {self.tiles}: allowed are 2, 4, 8, 16")
        if self.variant == "pfrr" and self.chain == "fast":
            raise ValueError("variant pfrr is one of the compatible chain: set chain: compatible")
        return self

    def resolved(self) -> Preprocess:
        """Fill null with the default of chain and variant, so that equal work has equal parameters."""
        clip, tiles = (300.0, 4) if self.variant == "pfrr" else (3.0, 8)
        size = 64 if self.chain == "fast" else 224
        defaults = {"clip": clip, "tiles": tiles, "size": size}
        missing = {name: value for name, value in defaults.items() if getattr(self, name) is None}
        return self.model_copy(update=missing)


class Model(Section):
    """Which network labels the frames, and how one is trained."""

    source: Folder = "shipped"
    device: Literal["cpu", "cuda"] = "cpu"
    epochs: Annotated[Int, Field(ge=1, le=1000)] = 24
    batch: Annotated[Int, Field(ge=1, le=4096)] = 64
    per_class: Annotated[Int, Field(ge=1)] = 1500
    blocks_per_interval: Annotated[Int, Field(ge=1)] = 6
    block_minutes: Annotated[Int, Field(ge=2, le=60)] = 3
    seed: Seed = 20140310


class Labels(Section):
    """Human label spreadsheets, for training and for scores."""

    files: Annotated[
        tuple[Folder, ...] | Literal["auto"],
        BeforeValidator(
            lambda value: value if isinstance(value, (list, tuple)) or value == "auto" else [value]
        ),
    ] = "auto"
    exclude: tuple[Text, ...] = ()


class Smoothing(Section):
    """How the labels of frames become labels in time."""

    source: Folder = "shipped"
    frames: Annotated[Int, Field(ge=1, le=10000)] = 20


class Intervals(Section):
    """When smoothed probabilities make an interval of pulsating aurora."""

    min_probability: Fraction = 0.5
    min_length_s: Annotated[Float, Field(ge=0)] = 120.0
    merge_break_s: Annotated[Float, Field(ge=0)] = 60.0
    max_gap_s: Annotated[Float, Field(ge=3)] = 60.0


class Pulsation(Section):
    """Search for pulsating patches in the pixels."""

    window_s: Annotated[Float, Field(ge=90, le=1800)] = 180.0
    false_alarms: Annotated[Float, Field(gt=0, lt=1)] = 1.0e-3
    least_area_px: Annotated[Float, Field(ge=0)] = 80.0


class Flags(Section):
    """Limits of the flags for sun and moon."""

    sun_elevation_deg: Annotated[Float, Field(ge=-30, le=30)] = -10.0
    moon_lit: Fraction = 0.5


class Movie(Section):
    """Optional movies, one per camera-day."""

    make: bool = False
    fps: Annotated[Literal[20, 30], BeforeValidator(whole_number)] = 20


class Colours(Section):
    """One colour per class, of the Okabe-Ito set, which colour-blind readers can tell apart."""

    bad_viewing: Colour = "#999999"
    no_aurora: Colour = "#0072B2"
    other_aurora: Colour = "#009E73"
    pulsating: Colour = "#D55E00"


class Figures(FigureOptions):
    """Size, format and colours of the figures."""

    camera_days: bool = True
    colours: Colours = Colours()


def sample_events() -> tuple[Event, ...]:
    """Events of the synthetic sample, one per night and camera."""
    return tuple(
        Event(
            id=f"sample_{night.site}_{night.start:%Y%m%d}",
            site=night.site,
            start=night.start,
            stop=night.stop,
        )
        for night in NIGHTS
    )


class Aurora(Section):
    """The study as a whole."""

    events: Annotated[
        tuple[Event, ...],
        AfterValidator(filled),
        BeforeValidator(not_too_many),
        AfterValidator(no_repeated_ids),
    ] = Field(default_factory=sample_events)
    on_damaged: Literal["gap", "fail"] = "gap"
    skip_failed: bool = False
    shard_hours: Annotated[Int, AfterValidator(_divides_a_day)] = 24
    predictions: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    preprocess: Preprocess = Preprocess()
    model: Model = Model()
    labels: Labels = Labels()
    smoothing: Smoothing = Smoothing()
    intervals: Intervals = Intervals()
    pulsation: Pulsation = Pulsation()
    flags: Flags = Flags()
    movie: Movie = Movie()
    figures: Figures = Figures()
