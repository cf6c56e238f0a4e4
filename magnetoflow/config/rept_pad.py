"""Configuration of ``rept_pad``: pitch-angle distributions of relativistic electrons to named classes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from magnetoflow.config.base import (
    UTC_TEXT,
    EventId,
    FigureOptions,
    Float,
    Folder,
    Fraction,
    Int,
    Section,
    Text,
    after_start,
    filled,
    no_repeated_ids,
    not_too_many,
    null_or_text,
    read_time,
    whole_number,
)
from magnetoflow.sample.rept_pad_plan import DAYS, EVENTS, STORM
from magnetoflow.times import days_between

FIRST_DAY = date(2012, 9, 1)
"""From this day on parts are counted: the instrument was switched on."""

SEED = Annotated[Int, Field(ge=0, le=2**32 - 1)]
ReptTime = Annotated[datetime, BeforeValidator(read_time), UTC_TEXT]
Positive = Annotated[Float, Field(gt=0)]


def _probe(value: Any) -> Any:
    """Read ``a``, ``A`` and ``rbspa`` alike."""
    return value.strip().lower().removeprefix("rbsp") if isinstance(value, str) else value


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(right <= left for left, right in pairwise(values)):
        raise ValueError("the numbers must rise")
    return values


def _number_or_auto(most: int) -> BeforeValidator:
    """Read a whole number from 1, or ``auto``: one message where pydantic has one for each alternative."""

    def read(value: Any) -> Any:
        text = str(value).strip()
        if text == "auto" or (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            return text if text == "auto" else int(text)
        raise ValueError(f"expected a whole number from 1 to {most}, or auto")

    return BeforeValidator(read)


def _fluxes_or(*words: str) -> BeforeValidator:
    """Read one of some words, or a flux for each energy."""

    def read(value: Any) -> Any:
        if isinstance(value, str) and value in words:
            return value
        listed = value if isinstance(value, (list, tuple)) else [value]
        with suppress(TypeError, ValueError, OverflowError):
            fluxes = tuple(float(one) for one in listed if not isinstance(one, bool))
            if len(fluxes) == len(listed) > 0 and all(0 <= one < float("inf") for one in fluxes):
                return fluxes
        raise ValueError(f"expected {', '.join(words)}, or a list of fluxes, one per energy, none below 0")

    return BeforeValidator(read)


Probe = Annotated[Text, BeforeValidator(_probe), Field(pattern=r"^[a-z0-9]{1,20}$")]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
NameOrNone = Annotated[
    Text, BeforeValidator(lambda value: "" if value is None else value), Field(max_length=200)
]
"""Empty: not in the file."""
Edges = Annotated[tuple[Float, ...], Field(min_length=2), AfterValidator(_ascending)]


class Event(Section):
    """Records of one spacecraft, half open: [start, stop)."""

    id: EventId
    probe: Probe
    start: ReptTime
    stop: ReptTime

    _order = field_validator("stop")(after_start)


class Storm(Section):
    """One geomagnetic storm: onset, time of the least Dst, and end of the recovery."""

    id: EventId
    onset: ReptTime
    minimum: ReptTime
    end: ReptTime

    @model_validator(mode="after")
    def _in_order(self) -> Storm:
        if not self.onset < self.minimum < self.end:
            raise ValueError(f"storm {self.id}: onset, minimum and end must follow one another")
        return self


class Load(Section):
    """Names of the variables in REPT level 3 files."""

    variable: Name = "FEDU"
    l: Name = "L"  # noqa: E741 (the field's own name)
    l_star: Name = "L_star"
    mlt: Name = "MLT"
    mlat: Name = "MLAT"
    b: Name = "B_Calc"
    b_eq: Name = "B_Eq"
    flux_unit: NameOrNone = ""


class Array(Section):
    """One labelled file of any mission instead of REPT files: time, angle and energy with their axes."""

    file: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    flux: Name = "flux"
    time: Name = "time"
    angle: Name = "pitch_angle"
    energy: Name = "energy"
    l: NameOrNone = "L"  # noqa: E741
    l_star: NameOrNone = "L_star"
    mlt: NameOrNone = "MLT"
    mlat: NameOrNone = "MLAT"
    b: NameOrNone = "B"
    b_eq: NameOrNone = "B_eq"
    b_ratio: NameOrNone = ""
    flux_unit: NameOrNone = ""
    time_unit: NameOrNone = ""
    angle_unit: NameOrNone = ""
    energy_unit: NameOrNone = ""


class Prepare(Section):
    """How records are cleaned, folded about 90 degrees, mapped, and told from background."""

    fold: bool = True
    equator: bool = True
    min_valid_bins: Fraction = 0.5
    counts: Annotated[str | tuple[float, ...], _fluxes_or("geometry", "data")] = "geometry"
    geometric_factor_cm2_sr: Positive = 0.2
    bin_seconds: Positive = 0.32
    relative_width: Positive = 0.25
    background: Annotated[str | tuple[float, ...], _fluxes_or("rept", "none")] = "rept"
    signal_sigma: Positive = 5.0
    min_counts: Positive = 1.0
    proton_l: Annotated[Float, Field(ge=0)] = 2.5
    block: Literal["orbit", "hours"] = "orbit"
    block_hours: Positive = 9.0


class Reduce(Section):
    """From a distribution to a few scores."""

    method: Literal["weighted", "pca", "autoencoder"] = "weighted"
    normalise: Literal["max", "energy-max", "90", "log"] = "log"
    log_floor: Positive = 1.0e-4
    components: Annotated[int | str, _number_or_auto(30)] = "auto"
    error_floor: Annotated[Float, Field(gt=0, lt=1)] = 0.05
    rows: Annotated[Int, Field(ge=200, le=2_000_000)] = 20_000
    validation: Annotated[Float, Field(gt=0, lt=0.5)] = 0.2
    test: Annotated[Float, Field(gt=0, lt=0.5)] = 0.2
    hidden: Annotated[Int, Field(ge=1, le=4096)] = 102
    epochs: Annotated[Int, Field(ge=1, le=10_000)] = 200
    batch: Annotated[Int, Field(ge=1, le=65_536)] = 256
    rate: Positive = 5.0e-4
    patience: Annotated[Int, Field(ge=1)] = 5


class Cluster(Section):
    """How many classes, and which records belong to each."""

    method: Literal["mixture", "kmeans"] = "mixture"
    classes: Annotated[int | str, _number_or_auto(40)] = "auto"
    most: Annotated[Int, Field(ge=2, le=40)] = 12
    quantiles: Annotated[
        tuple[Annotated[Float, Field(gt=0, lt=1)], ...], AfterValidator(filled), AfterValidator(_ascending)
    ] = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3)
    shift_rows: Annotated[Int, Field(ge=200, le=20_000)] = 4000
    bootstrap: Annotated[Int, Field(ge=0, le=1000)] = 5
    seeds: Annotated[Int, Field(ge=2, le=1000)] = 20
    n_init: Annotated[Int, Field(ge=1, le=1000)] = 10
    outlier_quantile: Annotated[Float, Field(ge=0, lt=1)] = 0.001


class Naming(Section):
    """When a class has a name at an energy, and which energies make up its own."""

    min_counts: Positive = 10.0


class Model(Section):
    """Fit a model, or label with one that was fitted; whose ids a fit keeps."""

    source: Folder = "fit"
    match: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    compare: bool = True
    seed: SEED = 20130317

    @model_validator(mode="after")
    def _possible(self) -> Model:
        if self.source == "shipped":
            raise ValueError("rept_pad ships no model: set source: fit, or the path of a model folder")
        return self


class Outputs(Section):
    """Energy of the per-record numbers, and grids of the tables."""

    energy_mev: Positive = 2.1
    l_edges: Edges = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0)
    mlt_hours: Annotated[Literal[1, 2, 3, 4, 6], BeforeValidator(whole_number)] = 2
    epoch_hours: Positive = 6.0
    epoch_before_h: Positive = 72.0
    epoch_after_h: Positive = 168.0
    use_l_star: bool = False


class Activity(Section):
    """Activity by storm phases, or by an index from a table of your own."""

    file: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    column: Name = "kp"
    edges: Annotated[tuple[Float, ...], AfterValidator(filled), AfterValidator(_ascending)] = (2.0, 4.0)


class Figures(FigureOptions):
    """Size and format of the figures."""

    max_points: Annotated[Int, Field(ge=100, le=1_000_000)] = 4000


def sample_events() -> tuple[Event, ...]:
    """Events of the synthetic sample, one per probe."""
    start = datetime(DAYS[0].year, DAYS[0].month, DAYS[0].day, tzinfo=UTC)
    stop = start + timedelta(days=len(DAYS))
    return tuple(Event(id=name, probe=probe, start=start, stop=stop) for name, probe in EVENTS.items())


def sample_storms() -> tuple[Storm, ...]:
    """Storm of the synthetic sample."""
    return (Storm(id=STORM.id, onset=STORM.onset, minimum=STORM.minimum, end=STORM.end),)


class ReptPad(Section):
    """The study as a whole."""

    events: Annotated[
        tuple[Event, ...],
        AfterValidator(filled),
        BeforeValidator(not_too_many),
        AfterValidator(no_repeated_ids),
    ] = Field(default_factory=sample_events)
    on_damaged: Literal["fail", "gap"] = "fail"
    on_missing: Literal["fail", "gap"] = "gap"
    skip_failed: bool = False
    part_days: Annotated[Int, Field(ge=1, le=366)] = 10
    load: Load = Load()
    array: Array = Array()
    prepare: Prepare = Prepare()
    reduce: Reduce = Reduce()
    cluster: Cluster = Cluster()
    naming: Naming = Naming()
    model: Model = Model()
    outputs: Outputs = Outputs()
    activity: Activity = Activity()
    storms: Annotated[tuple[Storm, ...], AfterValidator(no_repeated_ids)] = Field(
        default_factory=sample_storms
    )
    figures: Figures = Figures()


def parts(event: Event, days: int) -> list[tuple[str, datetime, datetime]]:
    """Cut an event into parts of so many UTC dates, counted from a fixed day.

    Equal dates are cut alike whatever the event's start, so that a longer event reuses what is there.

    Returns
    -------
    list of (name, start, stop)
        The name is the first date, YYYYMMDD; half open.
    """
    cut: list[tuple[str, datetime, datetime]] = []
    for day in days_between(event.start, event.stop):
        begin = datetime(day.year, day.month, day.day, tzinfo=event.start.tzinfo)
        start, stop = max(begin, event.start), min(begin + timedelta(days=1), event.stop)
        if cut and (day - FIRST_DAY).days % days:
            cut[-1] = (cut[-1][0], cut[-1][1], stop)
        else:
            cut.append((f"{day:%Y%m%d}", start, stop))
    return cut
