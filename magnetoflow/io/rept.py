"""Read the pitch-angle distributions of REPT level 3 files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from magnetoflow.rept_pad.data import Distributions


@dataclass(frozen=True)
class LoadOptions:
    """Names of the variables, and the unit of the flux where a file states none.

    Attributes
    ----------
    variable : str
        Differential flux by pitch angle and energy; found by its attributes where no variable has that name.
    l, l_star, mlt, mlat, b, b_eq : str
        Missing ones are NaN.
    flux_unit : str
        Only where the file states none.
    """

    variable: str = "FEDU"
    l: str = "L"  # noqa: E741 (the field's own name)
    l_star: str = "L_star"
    mlt: str = "MLT"
    mlat: str = "MLAT"
    b: str = "B_Calc"
    b_eq: str = "B_Eq"
    flux_unit: str = ""


def read_rept(
    paths: Sequence[Path],
    *,
    probe: str,
    start: datetime,
    stop: datetime,
    options: LoadOptions | None = None,
    why: str = "",
) -> Distributions:
    """Read the distributions of one probe in [start, stop).

    Parameters
    ----------
    paths : sequence of Path
        Checked files, in order of preference: of records with equal times the first is kept.
    probe : str
        ``a`` or ``b``.
    start, stop : datetime
        UTC, half open.
    options : LoadOptions, optional
    why : str
        What the archive has instead, for the message where there is no file.
    """
    raise NotImplementedError
