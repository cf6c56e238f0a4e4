"""Configuration of ``mms_gmm``: MMS ion spectrograms to plasma regions by a Gaussian mixture."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from magnetoflow.config.base import (
    Colour,
    EventId,
    FigureOptions,
    Float,
    Folder,
    Fraction,
    Int,
    MmsTime,
    PositiveOrNull,
    Probe,
    Section,
    after_start,
    filled,
    no_repeated_ids,
    not_too_many,
    unique,
)

Region = Literal["solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere"]
Covariance = Literal["full", "tied", "diag"]


class Event(Section):
    """One interval of one spacecraft, half open: [start, stop)."""

    id: EventId
    probe: Probe
    start: MmsTime
    stop: MmsTime
    rate: Literal["fast", "brst"] = "fast"

    _order = field_validator("stop")(after_start)


class Load(Section):
    """Which spectrum is read, and which error-flag bits remove a spectrum."""

    spectrum: Literal["omni", "px", "mx", "py", "my", "pz", "mz"] = "omni"
    flag_bits: Annotated[tuple[Annotated[Int, Field(ge=0, le=31)], ...], AfterValidator(unique)] = (0, 1, 11)


class Features(Section):
    """How features are made of the minute table."""

    b_scale_nt: Annotated[Float, Field(gt=0)] = 50.0
    min_samples: Annotated[Int, Field(ge=1)] = 1


class Model(Section):
    """Which mixture labels the minutes, and how one is fitted."""

    source: Folder = "shipped"
    features: Literal["robust", "reference"] = "robust"
    components: Annotated[
        tuple[Annotated[Int, Field(ge=1, le=64)], ...], AfterValidator(filled), AfterValidator(unique)
    ] = (4, 5, 6, 7, 8, 10, 12)
    covariances: Annotated[tuple[Covariance, ...], AfterValidator(filled), AfterValidator(unique)] = (
        "full",
        "tied",
        "diag",
    )
    criterion: Literal["bic", "icl"] = "bic"
    regions: Annotated[tuple[Region, ...], AfterValidator(filled), AfterValidator(unique)] = (
        "solar_wind",
        "ion_foreshock",
        "magnetosheath",
        "magnetosphere",
    )
    n_init: Annotated[Int, Field(ge=1, le=1000)] = 10
    reg_covar: Annotated[Float, Field(gt=0)] = 1.0e-4
    min_weight: Annotated[Float, Field(ge=0, lt=1)] = 0.005
    bootstrap: Annotated[Int, Field(ge=0, le=1000)] = 10
    outlier_quantile: Annotated[Float, Field(ge=0, lt=1)] = 0.001
    max_rows: Annotated[Int, Field(ge=100)] = 200_000
    seed: Annotated[Int, Field(ge=0, le=2**32 - 1)] = 20151017


class Labels(Section):
    """When a minute is called unknown."""

    min_probability: Fraction = 0.5
    outlier_limit: PositiveOrNull = None


class Cleaning(Section):
    """Rules after the mixture; a threshold of null is not applied."""

    method: Literal["rules", "none"] = "rules"
    flip_minutes: Annotated[Int, Field(ge=0, le=60)] = 1
    jump_minutes: Annotated[Int, Field(ge=0, le=120)] = 7
    min_filled_fraction: Fraction = 0.2
    b_magnetosphere_nt: PositiveOrNull = None
    b_solar_wind_nt: PositiveOrNull = None
    b_weak_sheath_nt: PositiveOrNull = None
    width_sheath: PositiveOrNull = None


class Crossings(Section):
    """When a change of region is listed as a clean crossing."""

    stable_minutes: Annotated[Int, Field(ge=1, le=1440)] = 10
    max_unknown: Fraction = 0.2


class Lists(Section):
    """Region lists."""

    min_minutes: Annotated[Int, Field(ge=1)] = 15


class Colours(Section):
    """One colour per region, of the Okabe-Ito set, which colour-blind readers can tell apart."""

    solar_wind: Colour = "#0072B2"
    ion_foreshock: Colour = "#56B4E9"
    magnetosheath: Colour = "#E69F00"
    magnetosphere: Colour = "#D55E00"
    unknown: Colour = "#999999"


class Figures(FigureOptions):
    """Size, format and colours of the figures."""

    colours: Colours = Colours()


class MmsGmm(Section):
    """The study as a whole."""

    events: Annotated[
        tuple[Event, ...],
        AfterValidator(filled),
        BeforeValidator(not_too_many),
        AfterValidator(no_repeated_ids),
    ]
    on_damaged: Literal["fail", "gap"] = "fail"
    skip_failed: bool = False
    load: Load = Load()
    features: Features = Features()
    model: Model = Model()
    labels: Labels = Labels()
    cleaning: Cleaning = Cleaning()
    crossings: Crossings = Crossings()
    lists: Lists = Lists()
    figures: Figures = Figures()
