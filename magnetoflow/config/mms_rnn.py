"""Configuration of ``mms_rnn``: tail reconnection regions from burst data by a recurrent network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from magnetoflow.config.base import (
    Colour,
    EventId,
    FigureOptions,
    FlagBits,
    Float,
    Folder,
    Fraction,
    Int,
    MmsTime,
    Probes,
    Section,
    Text,
    after_start,
    filled,
    no_repeated_ids,
    not_too_many,
    null_or_text,
    number_or_null,
    unique,
)
from magnetoflow.sample.mms_rnn_plan import EVENTS

AUTO: Literal["auto"] = "auto"
LONGEST_S = 3600
"""An hour of burst data takes about 2 GB in memory; the published events last 4 minutes at most."""

LARGEST = 1e6
FOLDERS = ("model", "figures", "work", "logs", "bench")
"""Folders of the results, which events have beside them."""

Factors = Annotated[tuple[Annotated[Float, Field(gt=0)], ...], AfterValidator(filled), AfterValidator(unique)]


def _measure(value: Any) -> Any:
    """Read a number above 0, or ``auto``."""
    if isinstance(value, str) and value.strip().lower() == AUTO:
        return AUTO
    if isinstance(value, bool):
        raise ValueError("expected a number above 0, or auto")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("expected a number above 0, or auto") from None
    if not 0 < number < LARGEST:
        raise ValueError(f"expected a number above 0 and below {LARGEST:g}, or auto")
    return number


def _no_folder(name: str) -> str:
    if name.lower() in FOLDERS:
        raise ValueError(f"not {', '.join(FOLDERS)}: the results have folders of these names")
    return name


Measure = Annotated[float | Literal["auto"], BeforeValidator(_measure)]


class Event(Section):
    """One interval of burst data, half open: [start, stop), with the scales of its current sheet."""

    id: Annotated[EventId, AfterValidator(_no_folder)]
    probes: Probes = (1, 2, 3, 4)
    start: MmsTime
    stop: MmsTime
    b0_nt: Measure = AUTO
    n0_cm3: Measure = AUTO

    _order = field_validator("stop")(after_start)

    @field_validator("stop")
    @classmethod
    def _not_too_long(cls, stop: Any, info: Any) -> Any:
        start = info.data.get("start")
        if start is not None and (stop - start).total_seconds() > LONGEST_S:
            raise ValueError(f"longer than {LONGEST_S} s: split the interval")
        return stop


class Load(Section):
    """Which records are used, and how fields come to the times of the electrons."""

    ion_flag_bits: FlagBits = (0, 1, 11)
    electron_flag_bits: FlagBits = (0, 1, 11)
    min_e_quality: Annotated[Int, Field(ge=0, le=3)] = 1
    averaging: Literal["mean", "point"] = "mean"


class Scaling(Section):
    """How B0 and n0 are derived where an event says ``auto``."""

    balance_error: Annotated[Float, Field(ge=0, lt=1)] = 0.05
    centre_share: Annotated[Float, Field(gt=0, le=1)] = 0.45
    centre_share_error: Annotated[Float, Field(ge=0, lt=1)] = 0.25


class Training(Section):
    """How a network is trained (``model.source: fit``)."""

    cuts: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    architecture: Literal["gru", "elman"] = "gru"
    hidden: Annotated[Int, Field(ge=2, le=512)] = 24
    layers: Annotated[Int, Field(ge=1, le=4)] = 2
    epochs: Annotated[Int, Field(ge=1, le=1000)] = 20
    steps: Annotated[Int, Field(ge=1, le=100_000)] = 60
    families: Annotated[Int, Field(ge=10, le=100_000)] = 1600
    seed: Annotated[Int, Field(ge=0, le=2**32 - 1)] = 20170711


class Model(Section):
    """Which network labels the samples."""

    source: Folder = "shipped"
    sha256: Annotated[
        Annotated[Text, Field(pattern=r"^[0-9a-f]{64}$")] | None, BeforeValidator(null_or_text)
    ] = None
    window: Annotated[Annotated[int, Field(ge=1, le=1_000_000)] | None, BeforeValidator(number_or_null)] = (
        None
    )
    training: Training = Training()

    @model_validator(mode="after")
    def _cuts_are_used(self) -> Model:
        if self.training.cuts is not None and self.source != "fit":
            raise ValueError("training.cuts is for source: fit")
        return self


class Labels(Section):
    """When a sample is called unknown, how labels are smoothed, and for which scales they are tried again."""

    min_probability: Fraction = 0.5
    outlier_limit: Annotated[Float, Field(gt=0)] = 1.0
    smoothing: Literal["none", "majority", "hmm"] = "majority"
    smoothing_s: Annotated[Float, Field(gt=0, le=60)] = 0.5
    b0_factors: Factors = (0.8, 1.2)
    n0_factors: Factors = (0.5, 2.0)


class Intervals(Section):
    """Which visits to a region are listed."""

    min_duration_s: Annotated[Float, Field(ge=0)] = 0.15


class Statistics(Section):
    """Errors of means over correlated samples."""

    block_s: Annotated[Float, Field(gt=0)] = 1.0
    resamples: Annotated[Int, Field(ge=0, le=100_000)] = 400
    seed: Annotated[Int, Field(ge=0, le=2**32 - 1)] = 20170711


class Colours(Section):
    """One colour per region, of the Okabe-Ito set, which colour-blind readers can tell apart."""

    inflow_north: Colour = "#0072B2"
    outflow_earthward: Colour = "#D55E00"
    inflow_south: Colour = "#56B4E9"
    separatrix_north: Colour = "#009E73"
    outflow_tailward: Colour = "#E69F00"
    separatrix_south: Colour = "#F0E442"
    unknown: Colour = "#DDDDDD"


class Figures(FigureOptions):
    """Size, format and colours of the figures."""

    colours: Colours = Colours()


def sample_events() -> tuple[Event, ...]:
    """Events of the synthetic sample."""
    return tuple(
        Event(id=one.id, start=one.start, stop=one.stop, b0_nt=one.b0_nt, n0_cm3=one.n0_cm3) for one in EVENTS
    )


class MmsRnn(Section):
    """The study as a whole."""

    events: Annotated[
        tuple[Event, ...],
        AfterValidator(filled),
        BeforeValidator(not_too_many),
        AfterValidator(no_repeated_ids),
    ] = Field(default_factory=sample_events)
    on_damaged: Literal["fail", "gap"] = "fail"
    skip_failed: bool = False
    frame: Literal["gsm", "lmn"] = "gsm"
    work_field: Literal["brst", "fast"] = "brst"
    load: Load = Load()
    scaling: Scaling = Scaling()
    model: Model = Model()
    labels: Labels = Labels()
    intervals: Intervals = Intervals()
    statistics: Statistics = Statistics()
    tplot: bool = False
    figures: Figures = Figures()
