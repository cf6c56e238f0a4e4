"""Read pitch-angle distributions of any mission from one labelled array file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from magnetoflow.rept_pad.data import Distributions


@dataclass(frozen=True)
class ArrayOptions:
    """Names of the arrays in the file, and units where the file states none; an empty name is not there."""

    file: str = ""
    flux: str = "flux"
    time: str = "time"
    angle: str = "pitch_angle"
    energy: str = "energy"
    l: str = "L"  # noqa: E741 (the field's own name)
    l_star: str = "L_star"
    mlt: str = "MLT"
    mlat: str = "MLAT"
    b: str = "B"
    b_eq: str = "B_eq"
    b_ratio: str = ""
    flux_unit: str = ""
    time_unit: str = ""
    angle_unit: str = ""
    energy_unit: str = ""


def read_array(
    path: Path, options: ArrayOptions | None = None, *, start: datetime, stop: datetime
) -> Distributions:
    """Read the distributions in [start, stop)."""
    raise NotImplementedError
