"""Configuration of ``mms_mp``: magnetopause crossings with one to four spacecraft."""

from __future__ import annotations

from typing import Annotated, Literal

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
    PositiveOrNull,
    Probes,
    Section,
    after_start,
    filled,
    no_repeated_ids,
    not_too_many,
    null_or_text,
    number_or_null,
)
from magnetoflow.sample.mms_mp_plan import EVENTS

LONGEST_S = {"brst": 7200, "fast": 86400}
"""An hour of burst data of four spacecraft takes about 1 GB in memory."""

FEWEST_MEANS = 20
FOLDERS = ("figures", "work", "logs", "bench")
"""Folders of the results, which events have beside them."""

Method = Literal[
    "auto", "mva", "mva_bn0", "shue1997", "shue1998", "mdd", "hybrid", "timing", "curlometer", "given"
]
Positive = Annotated[Float, Field(gt=0)]
NotNegative = Annotated[Float, Field(ge=0)]


def _no_folder(name: str) -> str:
    if name.lower() in FOLDERS:
        raise ValueError(f"not {', '.join(FOLDERS)}: the results have folders of these names")
    return name


class Event(Section):
    """One interval around a magnetopause crossing, half open: [start, stop)."""

    id: Annotated[EventId, AfterValidator(_no_folder)]
    probes: Probes = (1, 2, 3, 4)
    start: MmsTime
    stop: MmsTime
    rate: Literal["brst", "fast"] = "brst"

    _order = field_validator("stop")(after_start)

    @model_validator(mode="after")
    def _not_too_long(self) -> Event:
        longest = LONGEST_S[self.rate]
        if (self.stop - self.start).total_seconds() > longest:
            raise ValueError(f"longer than {longest} s of {self.rate} data: split the interval")
        return self


class Load(Section):
    """Which products and records are used."""

    ephemeris: Literal["auto", "mec", "defeph", "fgm"] = "auto"
    electric: Literal["none", "fast", "brst"] = "fast"
    hpca: bool = True
    potential: bool = False
    ion_flag_bits: FlagBits = (0, 1, 11)
    electron_flag_bits: FlagBits = (0, 1, 11)
    min_e_quality: Annotated[Int, Field(ge=0, le=3)] = 1
    missing_probe: Literal["fail", "leave_out"] = "fail"


class Axes(Section):
    """How the LMN axes are found and chosen."""

    method: Method = "auto"
    n: tuple[Float, Float, Float] | None = None
    n_error_deg: NotNegative = 0.0
    window_s: PositiveOrNull = None
    pressure_npa: Positive = 2.0
    bz_nt: Float = 0.0
    model_error_deg: Positive = 15.0
    offset_error_nt: NotNegative = 0.1
    largest_error_deg: Positive = 20.0
    largest_model_angle_deg: Positive = 60.0
    largest_l_dot_n: Fraction = 0.5
    nested: Annotated[tuple[Positive, ...], AfterValidator(filled)] = (0.25, 0.5, 0.75, 1.5)
    resamples: Annotated[Int, Field(ge=0, le=1_000_000)] = 1000
    seed: Annotated[Int, Field(ge=0, le=2**32 - 1)] = 20180115

    @model_validator(mode="after")
    def _given_has_a_normal(self) -> Axes:
        if self.method == "given" and self.n is None:
            raise ValueError("method: given needs n, a normal in GSM such as [0.8, 0.5, -0.33]")
        if self.method != "given" and self.n is not None:
            raise ValueError(f"n is for method: given, and method is {self.method}")
        return self


class Detection(Section):
    """When a spacecraft is in the magnetosphere, the layer or the sheath."""

    detector: Literal["b_l", "density", "heplus", "heplus_fraction", "score"] = "b_l"
    levels: Literal["auto", "plateaus", "fixed"] = "auto"
    smoothing_s: NotNegative = 1.35
    dwell_s: NotNegative = 2.7
    layer_dwell_s: NotNegative = 0.75
    enter: Fraction = 0.7
    leave: Fraction = 0.5
    min_jump_nt: NotNegative = 6.0
    min_contrast: NotNegative = 4.0
    weak_contrast: NotNegative = 3.0
    flip_nt: NotNegative = 6.0
    tolerance_nt: NotNegative = 3.0
    min_density_ratio: Annotated[Float, Field(ge=1)] = 1.8
    heplus_in_cm3: NotNegative = 0.25
    heplus_out_cm3: NotNegative = 0.12
    heplus_sigma_cm3: NotNegative = 0.03
    fraction_in: Fraction = 0.07
    fraction_out: Fraction = 0.03
    fraction_sigma: Fraction = 0.01
    flip_sigma_nt: Positive = 1.2
    gradient_nt_s: Positive = 0.06
    gradient_sigma_nt_s: Positive = 0.02
    jump_ratio: Annotated[Float, Field(ge=1)] = 1.8
    jump_sigma: Positive = 0.12
    jump_scale_s: Positive = 20.0
    margin: NotNegative = 0.05
    max_gap_s: NotNegative = 2.7
    bridge_s: NotNegative = 10.0
    agree_s: NotNegative = 30.0

    @model_validator(mode="after")
    def _hysteresis(self) -> Detection:
        for low, high in (
            ("leave", "enter"),
            ("tolerance_nt", "flip_nt"),
            ("weak_contrast", "min_contrast"),
            ("heplus_out_cm3", "heplus_in_cm3"),
            ("fraction_out", "fraction_in"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} must not be above {high}")
        return self


class Timing(Section):
    """How crossings are matched and timed."""

    max_elongation: Fraction = 0.9
    max_planarity: Fraction = 0.9
    max_tilt_deg: Annotated[Float, Field(gt=0, le=90)] = 45.0
    reliable_tilt_deg: Annotated[Float, Field(gt=0, le=90)] = 15.0
    reliable_speed_error: Positive = 0.3
    position_error_km: NotNegative = 0.0
    min_speed_km_s: Positive = 10.0
    min_lag_s: NotNegative = 2.0
    cta_order: Annotated[Annotated[int, Field(ge=0, le=3)] | None, BeforeValidator(number_or_null)] = None


class Motion(Section):
    """How speed along N and the path of the boundary are found."""

    blend: Literal["prefer_bulk", "prefer_exb", "average", "bulk", "exb"] = "prefer_bulk"
    integration: Literal["trapezoid", "simpson", "rectangle"] = "trapezoid"
    cadence_s: PositiveOrNull = None
    max_step_s: PositiveOrNull = None
    bridge_s: NotNegative = 10.0
    b_min_nt: NotNegative = 0.5
    calibration_km_s: NotNegative = 2.0
    e_offset_mv_m: NotNegative = 0.5
    potential_mv_m_per_v: Float = 0.0
    parallel: bool = True


class HoffmannTeller(Section):
    """How the deHoffmann-Teller frame and the Walen test are made."""

    species: Literal["ion", "electron", "hplus"] = "ion"
    field: Literal["convection", "measured"] = "convection"
    anisotropy: bool = True
    ion_mass: Positive = 1.0
    min_correlation: Fraction = 0.9
    max_ratio: Positive = 0.2
    min_determined: NotNegative = 1e-3
    calibration_km_s: NotNegative = 2.0


class Formation(Section):
    """What an array of spacecraft is called."""

    string_linearity: Fraction = 0.85
    string_sphericity: Fraction = 0.10
    string_angle_deg: Annotated[Float, Field(ge=0, le=90)] = 12.0
    linear_linearity: Fraction = 0.75
    linear_sphericity: Fraction = 0.20
    planar_flatness: Fraction = 0.90
    planar_sphericity: Fraction = 0.15
    tetrahedral_sphericity: Fraction = 0.15
    tetrahedral_ratio: Fraction = 0.10
    min_volume_km3: NotNegative = 0.0
    collapsed_km: NotNegative = 0.0
    most_elongated: Fraction = 0.9
    most_planar: Fraction = 0.9


class Gradients(Section):
    """How gradients between four spacecraft are made."""

    bins: Annotated[Int, Field(ge=20, le=100_000)] = 200
    offsets: Literal["quiet", "none"] = "quiet"
    quiet_s: NotNegative = 120.0
    min_quiet_s: NotNegative = 5.0
    offset_error_nt: NotNegative = 0.1
    min_bins: Annotated[Int, Field(ge=3)] = 20
    most_elongated: Fraction = 0.9
    most_planar: Fraction = 0.9
    min_ratio: Annotated[Float, Field(ge=1)] = 3.0


class Spectrograms(Section):
    """What spectrograms show, and which rows their filtered table keeps (null: all)."""

    ion_emax_ev: PositiveOrNull = None
    electron_emax_ev: PositiveOrNull = None
    grids: bool = True
    combined: bool = True
    species: tuple[Literal["ion", "electron"], ...] | None = None
    probes: Probes | None = None
    status: tuple[Literal["ok", "missing"], ...] | None = None


class Colours(Section):
    """Colours of spacecraft and regions, of the Okabe-Ito set, which colour-blind readers can tell apart."""

    mms1: Colour = "#000000"
    mms2: Colour = "#D55E00"
    mms3: Colour = "#009E73"
    mms4: Colour = "#0072B2"
    magnetosphere: Colour = "#56B4E9"
    mp_layer: Colour = "#CC79A7"
    sheath: Colour = "#E69F00"


class Figures(FigureOptions):
    """Size, format and colours of the figures."""

    colours: Colours = Colours()


def sample_events() -> tuple[Event, ...]:
    """Events of the synthetic sample."""
    return tuple(Event(id=one.id, probes=one.probes, start=one.start, stop=one.stop) for one in EVENTS)


class MmsMp(Section):
    """The study as a whole."""

    events: Annotated[
        tuple[Event, ...],
        AfterValidator(filled),
        BeforeValidator(not_too_many),
        AfterValidator(no_repeated_ids),
    ] = Field(default_factory=sample_events)
    on_damaged: Literal["fail", "gap"] = "fail"
    skip_failed: bool = False
    load: Load = Load()
    lmn: Axes = Axes()
    detection: Detection = Detection()
    timing: Timing = Timing()
    motion: Motion = Motion()
    hoffmann_teller: HoffmannTeller = HoffmannTeller()
    formation: Formation = Formation()
    gradients: Gradients = Gradients()
    overlay: Annotated[Folder | None, BeforeValidator(null_or_text)] = None
    spectrograms: Spectrograms = Spectrograms()
    figures: Figures = Figures()

    @model_validator(mode="after")
    def _cadence_fits(self) -> MmsMp:
        shortest = min((one.stop - one.start).total_seconds() for one in self.events)
        if self.motion.cadence_s and self.motion.cadence_s > shortest / FEWEST_MEANS:
            raise ValueError(
                f"motion.cadence_s of {self.motion.cadence_s:g} s leaves fewer than {FEWEST_MEANS} means of "
                f"{shortest:g} s"
            )
        return self

    @model_validator(mode="after")
    def _potential_is_read(self) -> MmsMp:
        if self.motion.potential_mv_m_per_v and not self.load.potential:
            raise ValueError("motion.potential_mv_m_per_v needs load.potential: true")
        return self
