"""Which variables of a CDF file hold the distribution, its times, angles and energies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.flux_units import ANGLES, PER_ENERGY, angle_factor, energy_factor, flux_factor
from magnetoflow.io.integrity import brief
from magnetoflow.io.pad_grid import decimal

OTHER_PARTICLES = ("proton", "ions", "alpha particle", "helium", "oxygen")
AXIS_TOLERANCE = 1e-3
"""Relative change over the records of a file above which an axis is not one for all of them."""


@dataclass(frozen=True)
class Axis:
    """One axis of the distribution.

    Attributes
    ----------
    name : str
    values : (n,) ndarray [deg or MeV]
    position : int
        Of the array: 1 or 2, after time.
    """

    name: str
    values: NDArray[np.float64]
    position: int


@dataclass(frozen=True)
class Located:
    """The variable of the distribution, and what belongs to it; `factor` takes it to per MeV."""

    flux: str
    epoch: str
    angle: Axis
    energy: Axis
    factor: float


def text_of(file: CdfFile, name: str, key: str) -> str:
    """Text of an attribute, empty where it is not there."""
    return str(file.attributes(name).get(key, "")).strip()


def find(file: CdfFile, name: str) -> str | None:
    """Name of a variable as the file spells it: exactly, or in other capitals; None where it has none."""
    if name in file.variables:
        return name
    alike = [one for one in file.variables if one.lower() == name.lower()]
    return alike[0] if name and len(alike) == 1 else None


def locate(file: CdfFile, variable: str, flux_unit: str = "") -> Located:
    """Find the distribution of a file.

    Parameters
    ----------
    file : CdfFile
    variable : str
        By that name; else the only flux of electrons by pitch angle and energy.
    flux_unit : str
        Where the file states none.

    Raises
    ------
    VariableError
        There is none or more than one, or its unit or an axis is not what it must be.
    """
    name = find(file, variable)
    if name is not None:
        return _located(file, name, flux_unit)
    found, refused = [], []
    for one in file.variables:
        if len(file.shape(one)) != 2 or not file.varies(one) or _other_particle(file, one):
            continue
        try:
            found.append(_located(file, one, flux_unit))
        except VariableError as error:
            refused.append(f"{brief(one)}: {error.what}")
    if len(found) == 1:
        return found[0]
    several = f"more than one distribution: {', '.join(one.flux for one in found)}"
    raise VariableError(
        "no variable of the distribution",
        where=f"{file.path}, {brief(variable)}",
        why=several if found else brief("; ".join(refused) or f"holds {', '.join(file.variables)}", 400),
        todo="set load.variable to the differential flux by pitch angle and energy",
    )


def _other_particle(file: CdfFile, name: str) -> bool:
    words = " ".join([name, *(text_of(file, name, key) for key in ("CATDESC", "FIELDNAM", "LABLAXIS"))])
    return name.upper().startswith("FP") or any(one in words.lower() for one in OTHER_PARTICLES)


def _located(file: CdfFile, name: str, flux_unit: str) -> Located:
    where = f"{file.path}, {name}"
    sizes = file.shape(name)
    if len(sizes) != 2 or not file.varies(name):
        raise VariableError(
            "variable is not a distribution",
            where=where,
            why=f"a record has the shape {tuple(sizes)}, expected pitch angle and energy",
            todo="set load.variable to the differential flux by pitch angle and energy",
        )
    factor = flux_factor(text_of(file, name, "UNITS") or flux_unit, where)
    axes: dict[str, Axis] = {}
    for position, size in enumerate(sizes, start=1):
        axis_name = _axis_name(file, name, position)
        kind, to_ours = _kind(file, axis_name)
        axes[kind] = Axis(axis_name, _axis_values(file, axis_name, size, where) * to_ours, position)
    if len(axes) != 2:
        raise VariableError(
            "axes of the distribution are not pitch angle and energy",
            where=where,
            why=f"both axes are of the kind {next(iter(axes))}",
        )
    epoch = text_of(file, name, "DEPEND_0") or find(file, "Epoch") or "Epoch"
    return Located(name, epoch, axes["angle"], axes["energy"], factor)


def _axis_name(file: CdfFile, name: str, position: int) -> str:
    """Name of an axis by DEPEND_1 or DEPEND_2; where none is stated, by the names of the product."""
    stated = text_of(file, name, f"DEPEND_{position}")
    found = find(file, stated)
    if not stated:
        usual = [one for one in (f"{name}_Alpha", f"{name}_Energy") if one in file.variables]
        size = file.shape(name)[position - 1]
        fitting = [one for one in usual if file.values(one).shape[-1:] == (size,)]
        found = fitting[0] if len(fitting) == 1 else None
    if found is None:
        raise VariableError(
            "axis of the distribution not in the file",
            where=f"{file.path}, {name}",
            why=f"DEPEND_{position} is {brief(stated)!r}, expected a variable of pitch angles or energies",
        )
    return found


def _kind(file: CdfFile, name: str) -> tuple[str, float]:
    """Whether an axis is of angles or energies, by its unit, and the factor to degrees or MeV."""
    where = f"{file.path}, {name}"
    unit = text_of(file, name, "UNITS")
    plain = unit.lower().strip("[](). ")
    if plain in PER_ENERGY:
        return "energy", energy_factor(unit, where)
    if plain in ANGLES:
        return "angle", angle_factor(unit, where)
    raise VariableError(
        "axis has another unit",
        where=where,
        why=f"found {brief(unit)!r}, expected degrees for pitch angles, or keV or MeV for energies",
    )


def _axis_values(file: CdfFile, name: str, size: int, flux: str) -> NDArray[np.float64]:
    """Values of an axis, which may be repeated in each record but must not change."""
    values: NDArray[Any] = file.values(name)
    if values.dtype.kind not in "iuf" or values.shape[-1:] != (size,) or values.ndim > 2 or not values.size:
        raise VariableError(
            "axis does not fit the distribution",
            where=f"{file.path}, {name}",
            why=f"{values.dtype} of the shape {values.shape}, expected {size} numbers for {flux}",
            todo="replace the file by a good copy",
        )
    rows = np.atleast_2d(values)
    first: NDArray[np.float64] = decimal(rows[0])
    if not np.allclose(rows, first, rtol=AXIS_TOLERANCE, equal_nan=True):
        raise VariableError(
            "axis changes with time",
            where=f"{file.path}, {name}",
            why="the records of one file must share their pitch angles and energies",
            todo="split the file where they change",
        )
    return first
