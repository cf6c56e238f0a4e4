"""Units of distributions as files write them, to those of the study: MeV, degrees, hours, per MeV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from magnetoflow.errors import VariableError
from magnetoflow.io.integrity import brief

PER_ENERGY = {"ev": 1e6, "kev": 1e3, "mev": 1.0, "gev": 1e-3}
"""Flux per that energy to flux per MeV; the energy itself in MeV is the inverse."""
ANGLES = {"deg": 1.0, "degs": 1.0, "degree": 1.0, "degrees": 1.0, "°": 1.0, "rad": 57.29577951308232,
          "radian": 57.29577951308232, "radians": 57.29577951308232}  # fmt: skip
HOURS = {"h": 1.0, "hr": 1.0, "hrs": 1.0, "hour": 1.0, "hours": 1.0, "deg": 1 / 15, "degrees": 1 / 15}
FIELDS = {"nt": 1.0, "t": 1e9, "g": 1e5, "gauss": 1e5}
IDL_FONT = re.compile(r"![A-Za-z]")
"""The archive writes powers as IDL draws them: ``cm!E-2!N``."""
COUNTED = {"e", "el", "electron", "electrons", "particles", "counts", "count"}
SAME = {"sec": "s", "second": "s", "seconds": "s", "ster": "sr", "steradian": "sr"}


def flux_factor(text: str, where: str | Path) -> float:
    """Factor from a differential flux to one per cm^2 s sr MeV.

    Parameters
    ----------
    text : str
        ``cm^-2 s^-1 sr^-1 MeV^-1``, ``1/(cm^2 s sr keV)``, ``cm!E-2!Ns!E-1!Nsr!E-1!NMeV!E-1!N``.
    where : str
        File and variable, for the message.

    Raises
    ------
    VariableError
        It is no such flux.
    """
    plain = IDL_FONT.sub(" ", text)
    words = [one.lower() for one in re.findall(r"[A-Za-z]+", plain)]
    words = sorted(SAME.get(one, one) for one in words if one not in COUNTED)
    energies = [one for one in words if one in PER_ENERGY]
    others = [one for one in words if one not in PER_ENERGY]
    if len(energies) == 1 and others == ["cm", "s", "sr"] and set(re.findall(r"\d+", plain)) <= {"1", "2"}:
        return PER_ENERGY[energies[0]]
    raise VariableError(
        "variable has another unit",
        where=where,
        why=f"found {brief(text)!r}, expected a flux per cm^2, s, sr and MeV (or keV)",
        todo="name the variable of the differential flux, or where the file states no unit set flux_unit",
    )


def energy_factor(text: str, where: str | Path) -> float:
    """Factor from an energy to MeV; see :func:`flux_factor`."""
    return 1.0 / _factor(text, where, PER_ENERGY, "eV, keV, MeV or GeV")


def angle_factor(text: str, where: str | Path) -> float:
    """Factor from an angle to degrees; see :func:`flux_factor`."""
    return _factor(text, where, ANGLES, "degrees or radians")


def hour_factor(text: str, where: str | Path) -> float:
    """Factor from a local time to hours; see :func:`flux_factor`."""
    return _factor(text, where, HOURS, "hours or degrees")


def field_factor(text: str, where: str | Path) -> float:
    """Factor from a magnetic field to nT; see :func:`flux_factor`."""
    return _factor(text, where, FIELDS, "nT, T or G")


def _factor(text: str, where: str | Path, known: Mapping[str, float], expected: str) -> float:
    words = {known[one] for one in re.findall(r"[a-z°]+", text.lower()) if one in known}
    if len(words) != 1:
        raise VariableError(
            "variable has another unit",
            where=where,
            why=f"found {brief(text)!r}, expected {expected}",
            todo="name another variable, or where it can be missing none by an empty name",
        )
    return words.pop()
