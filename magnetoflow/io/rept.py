"""Read the pitch-angle distributions of REPT level 3 files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, MissingData, VariableError
from magnetoflow.io.cdf_epochs import good_epochs, read_epoch, warn_of_leap_seconds
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.cdf_times import to_utc
from magnetoflow.io.integrity import brief
from magnetoflow.io.pad_grid import (
    Floats,
    Times,
    as_flux,
    checked_angles,
    checked_energies,
    first_of_each,
    picked,
    utc,
)
from magnetoflow.io.places import Places, read_places
from magnetoflow.io.rept_variables import Located, locate
from magnetoflow.io.valid_values import masked
from magnetoflow.rept_pad.data import Distributions, Singles
from magnetoflow.rept_pad.quality import FLAGS
from magnetoflow.times import format_utc

GRID_TOLERANCE = 1e-3
"""Relative difference above which the angles or energies of two files are not the same."""
PROBE = re.compile(r"rbsp[-_ ]?([ab])(?![a-z0-9])", re.IGNORECASE)
PROBE_NAMES = ("Logical_file_id", "Logical_source", "Source_name")


@dataclass(frozen=True)
class LoadOptions:
    """Names of the variables, and the unit of the flux where a file states none.

    Attributes
    ----------
    variable : str
        Differential flux by pitch angle and energy; found by its attributes where no variable has that name.
    l, l_star, mlt, mlat, b, b_eq : str
        What is not in the file, or has no name, is NaN.
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

    Returns
    -------
    Distributions
        All records with a good time, those without any data too. ``counts`` tells ``records``, ``bad_epoch``
        (in the files, whatever the interval), ``out_of_order``, ``duplicates`` (left out), values that were
        masked as ``fill`` and ``out_of_range`` (of negative flux too), and records without a place:
        ``no_l``, ``no_l_star``, ``no_mlt``, ``no_mlat_deg``, ``no_b_ratio``. ``quality`` holds the flags
        ``out_of_range``, ``time_out_of_order`` and ``no_l_star``.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        No record lies in the interval.
    VariableError
        A variable is missing or has another unit, shape or probe, or the files differ in their grid.
    CorruptFile
        A file cannot be decoded.
    """
    chosen = options or LoadOptions()
    span = f"{format_utc(start)} to {format_utc(stop)}"
    if not paths:
        raise MissingData(
            "no file of pitch-angle distributions",
            where=f"rbsp{probe[-1:]}, {span}",
            why=why or "none was given",
            todo="choose another interval or archive, or set skip_failed: true",
        )
    parts = [_read_file(path, probe[-1:].lower(), utc(start), utc(stop), chosen) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        _check_same_grid(paths[0], parts[0], path, part)
    if not sum(len(part.time) for part in parts):
        raise InsufficientData(
            "no record in the interval",
            where=", ".join(map(str, paths)),
            why=f"the files hold none of {span}",
            todo="choose another interval, or set skip_failed: true",
        )
    return _joined(parts)


@dataclass(frozen=True)
class _Part:
    """Records of one file within the interval, in order, with the flux on the ascending grid."""

    time: Times
    flux: Singles
    angle_deg: Floats
    energy_mev: Floats
    places: Places
    outside: NDArray[np.bool_]
    odd: NDArray[np.bool_]
    counts: Mapping[str, int]


def _read_file(
    path: Path, probe: str, start: np.datetime64, stop: np.datetime64, options: LoadOptions
) -> _Part:
    file = CdfFile(path)
    _check_probe(file, probe)
    located = locate(file, options.variable, options.flux_unit)
    epoch = read_epoch(file, located.epoch)
    warn_of_leap_seconds(file)
    good = np.flatnonzero(good_epochs(epoch, file.attributes(located.epoch)))
    rows, odd, out_of_order, duplicates = first_of_each(epoch[good])
    time = to_utc(epoch[good][rows])
    inside = slice(*np.searchsorted(time, np.array([start, stop])))
    rows, odd, time = good[rows][inside], odd[inside], time[inside]
    flux, angle, energy, fill, outside = _flux(file, located, rows, len(epoch))
    names = {name: getattr(options, name) for name in ("l", "l_star", "mlt", "mlat", "b", "b_eq")}
    counts = {
        "bad_epoch": len(epoch) - len(good),
        "out_of_order": out_of_order,
        "duplicates": duplicates,
        "fill": int(fill.sum()),
        "out_of_range": int(outside.sum()),
    }
    places = read_places(file, names, rows, len(epoch), angle)
    return _Part(time, flux, angle, energy, places, np.asarray(outside.any(axis=(1, 2))), odd, counts)


def _check_probe(file: CdfFile, probe: str) -> None:
    attributes = file.global_attributes()
    said = " ".join([file.path.name, *(brief(attributes.get(name, "")) for name in PROBE_NAMES)])
    found = {one.lower() for one in PROBE.findall(said)}
    if found and found != {probe}:
        raise VariableError(
            "file of another probe",
            where=file.path,
            why=f"its name or attributes say {', '.join(f'rbsp{one}' for one in sorted(found))}, "
            f"expected rbsp{probe}",
        )


def _flux(
    file: CdfFile, located: Located, rows: NDArray[np.int64], records: int
) -> tuple[Singles, Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Flux (t, angle, energy) per MeV on the ascending grid, with the grid and what was masked."""
    where = f"{file.path}, {located.flux}"
    values = file.values(located.flux)
    if len(values) != records or values.dtype.kind not in "iuf":
        raise VariableError(
            "variable does not fit its times",
            where=where,
            why=f"{len(values)} records of {values.dtype}, expected numbers of {records} records",
            todo="replace the file by a good copy",
        )
    attributes = file.attributes(located.flux)
    fill, low, high = (attributes.get(key) for key in ("FILLVAL", "VALIDMIN", "VALIDMAX"))
    found, missing, outside = masked(picked(values, rows), fill=fill, low=low, high=high)
    flux, negative = as_flux(found, located.factor)
    angle, energy = located.angle.values, located.energy.values
    by_angle = checked_angles(angle, f"{file.path}, {located.angle.name}", symmetric=True)
    by_energy = checked_energies(energy, f"{file.path}, {located.energy.name}")
    axes = (0, located.angle.position, located.energy.position)
    ordered = picked(picked(flux.transpose(axes), by_angle, 1), by_energy, 2)
    outside |= negative
    return np.ascontiguousarray(ordered), angle[by_angle], energy[by_energy], missing, outside


def _check_same_grid(first_path: Path, first: _Part, path: Path, part: _Part) -> None:
    for name, unit in (("angle_deg", "deg"), ("energy_mev", "MeV")):
        ours, other = getattr(first, name), getattr(part, name)
        if len(ours) != len(other) or not np.allclose(ours, other, rtol=GRID_TOLERANCE):
            raise VariableError(
                "files of one event differ in their grid",
                where=path,
                why=f"{len(other)} values of {other[0]:g} to {other[-1]:g} {unit}, "
                f"but {len(ours)} of {ours[0]:g} to {ours[-1]:g} {unit} in {first_path}",
                todo="split the event where the files change",
            )


def _joined(parts: Sequence[_Part]) -> Distributions:
    """Put the records of all files in one order of time."""
    time = np.concatenate([part.time for part in parts])
    rows, odd, out_of_order, duplicates = first_of_each(time)
    whole = {name: sum(part.counts[name] for part in parts) for name in parts[0].counts}

    def column(get: Any) -> NDArray[Any]:
        found = [get(part) for part in parts]
        return picked(found[0] if len(found) == 1 else np.concatenate(found), rows)

    places = {name: column(lambda part, name=name: part.places[name]) for name in parts[0].places}
    odd |= column(lambda part: part.odd)
    quality = np.zeros(len(rows), dtype=np.uint16)
    quality[column(lambda part: part.outside)] |= FLAGS["out_of_range"]
    quality[odd] |= FLAGS["time_out_of_order"]
    quality[np.isnan(places["l_star"])] |= FLAGS["no_l_star"]
    counts = {
        "records": len(rows),
        **whole,
        "out_of_order": whole["out_of_order"] + out_of_order,
        "duplicates": whole["duplicates"] + duplicates,
        **{f"no_{name}": int(np.isnan(one).sum()) for name, one in places.items()},
    }
    return Distributions(
        time=time[rows],
        flux=column(lambda part: part.flux),
        angle_deg=parts[0].angle_deg,
        energy_mev=parts[0].energy_mev,
        quality=quality,
        counts=counts,
        **places,
    )
