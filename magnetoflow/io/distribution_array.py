"""Read pitch-angle distributions of any mission from one labelled array file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.io.cf_times import decoded_times
from magnetoflow.io.flux_units import angle_factor, energy_factor, flux_factor
from magnetoflow.io.integrity import brief
from magnetoflow.io.labelled_arrays import Arrays, Opened
from magnetoflow.io.pad_grid import (
    Floats,
    as_flux,
    checked_angles,
    checked_energies,
    decimal,
    first_of_each,
    picked,
    utc,
)
from magnetoflow.io.places import LIMITS, UNIT_FACTORS, places_of, within
from magnetoflow.io.valid_values import masked
from magnetoflow.rept_pad.data import Distributions
from magnetoflow.rept_pad.quality import FLAGS
from magnetoflow.times import format_utc


@dataclass(frozen=True)
class ArrayOptions:
    """Names of the arrays in the file, and units where the file states none.

    Attributes
    ----------
    file : str
        Path of the file, for who calls :func:`read_array`.
    flux, time, angle, energy : str
        Flux with those three axes in any order, and the values along each.
    l, l_star, mlt, mlat, b, b_eq, b_ratio : str
        Over time; what is not in the file, or has no name, is NaN. `b_ratio` is used before `b` and `b_eq`.
    flux_unit, time_unit, angle_unit, energy_unit : str
        Only where the file states none: ``cm^-2 s^-1 sr^-1 MeV^-1``, ``seconds since 1970-01-01``, ``deg``,
        ``MeV``.
    """

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
    """Read the distributions in [start, stop).

    Parameters
    ----------
    path : Path
        NetCDF-4 or HDF5, or npz, where ``<flux>_dims`` may name the dimensions; nothing is unpickled.
    options : ArrayOptions, optional
    start, stop : datetime
        UTC, half open.

    Returns
    -------
    Distributions
        ``counts`` and ``quality`` as of :func:`magnetoflow.io.rept.read_rept`.

    Raises
    ------
    VariableError
        An array is missing or has another unit or shape, or its axes cannot be told apart.
    InsufficientData
        No record lies in the interval.
    CorruptFile
        The file cannot be read.
    """
    chosen = options or ArrayOptions()
    with Opened(Path(path)) as file:
        stored = file.read(_required(file, chosen.time, "time"))
        time = _times(file, chosen, stored)
        good = ~np.isnat(time)
        rows, odd, out_of_order, duplicates = first_of_each(time[good])
        rows = np.flatnonzero(good)[rows]
        inside = slice(*np.searchsorted(time[rows], np.array([utc(start), utc(stop)])))
        rows, odd = rows[inside], odd[inside]
        if not len(rows):
            raise InsufficientData(
                "no record in the interval",
                where=path,
                why=f"{len(time)} records, none of {format_utc(start)} to {format_utc(stop)}",
                todo="choose another interval, or set skip_failed: true",
            )
        read = _Rows(slice(int(rows.min()), int(rows.max()) + 1), rows - rows.min(), len(time))
        angle = _axis(file, chosen.angle, "angle", chosen.angle_unit)
        energy = _axis(file, chosen.energy, "energy", chosen.energy_unit)
        flux, fill, outside = _flux(file, chosen, read, angle, energy)
        places = _places(file, chosen, read, angle)
    by_angle = checked_angles(angle, f"{path}, {chosen.angle}", symmetric=False)
    by_energy = checked_energies(energy, f"{path}, {chosen.energy}")
    quality = np.zeros(len(rows), dtype=np.uint16)
    quality[outside.any(axis=(1, 2))] |= FLAGS["out_of_range"]
    quality[odd] |= FLAGS["time_out_of_order"]
    quality[np.isnan(places["l_star"])] |= FLAGS["no_l_star"]
    counts = {
        "records": len(rows),
        "bad_epoch": int((~good).sum()),
        "out_of_order": out_of_order,
        "duplicates": duplicates,
        "fill": int(fill.sum()),
        "out_of_range": int(outside.sum()),
        **{f"no_{name}": int(np.isnan(one).sum()) for name, one in places.items()},
    }
    return Distributions(
        time=time[rows],
        flux=np.ascontiguousarray(picked(picked(flux, by_angle, 1), by_energy, 2)),
        angle_deg=angle[by_angle],
        energy_mev=energy[by_energy],
        quality=quality,
        counts=counts,
        **places,
    )


@dataclass(frozen=True)
class _Rows:
    """Records to read: a span of the file, and which of it in which order."""

    span: slice
    order: NDArray[np.int64]
    records: int


def _required(file: Arrays, name: str, what: str) -> str:
    names = file.names()
    if name not in names:
        raise VariableError(
            "array not in the file",
            where=f"{file.path}, {brief(name)}",
            why=f"the file holds {brief(', '.join(names), 400)}",
            todo=f"set array.{what} to its name",
        )
    return name


def _attribute(file: Arrays, name: str, *keys: str) -> Any:
    attributes = {key.lower(): value for key, value in file.attributes(name).items()}
    return next((attributes[key] for key in keys if key in attributes), None)


def _unit(file: Arrays, name: str, given: str) -> str:
    stated = _attribute(file, name, "units", "unit")
    stated = next(iter(np.asarray("" if stated is None else stated).ravel().tolist()), "")
    text = (stated.decode("latin-1") if isinstance(stated, bytes) else str(stated)).strip()
    return text or given


def _times(file: Arrays, options: ArrayOptions, stored: NDArray[Any]) -> NDArray[np.datetime64]:
    where = f"{file.path}, {options.time}"
    if stored.ndim != 1:
        raise VariableError("times are not one in each record", where=where, why=f"shape {stored.shape}")
    time = decoded_times(stored, _unit(file, options.time, options.time_unit), where)
    fill = _attribute(file, options.time, "_fillvalue", "missing_value", "fillval")
    if fill is not None and stored.dtype.kind in "iuf":
        time[stored == np.asarray(fill).ravel()[:1]] = np.datetime64("NaT")
    return time


def _axis(file: Arrays, name: str, what: str, unit: str) -> Floats:
    """Values along one axis [deg or MeV]."""
    values = file.read(_required(file, name, what))
    where = f"{file.path}, {name}"
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise VariableError(
            "axis is not a list of numbers", where=where, why=f"{values.dtype} of the shape {values.shape}"
        )
    factor = angle_factor if what == "angle" else energy_factor
    return decimal(values) * factor(_unit(file, name, unit), where)


def _flux(
    file: Arrays, options: ArrayOptions, rows: _Rows, angle: Floats, energy: Floats
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Flux (t, angle, energy) per MeV as the file orders its axes, with what was masked."""
    name = _required(file, options.flux, "flux")
    where = f"{file.path}, {name}"
    factor = flux_factor(_unit(file, name, options.flux_unit), where)
    lengths = {options.time: rows.records, options.angle: len(angle), options.energy: len(energy)}
    axes = _axes(file, name, lengths)
    values = picked(file.read(name, axis=axes[0], rows=rows.span).transpose(axes), rows.order)
    values, missing, outside = _valid(file, name, values)
    flux, negative = as_flux(values, factor)
    return flux, missing, outside | negative


def _axes(file: Arrays, name: str, lengths: Mapping[str, int]) -> tuple[int, ...]:
    """Positions of time, angle and energy, by names of dimensions, or by lengths where these tell."""
    shape, dims = file.shape(name), file.dims(name)
    wanted = list(lengths.values())
    own = [{axis} | set().union(*file.dims(axis)[:1]) for axis in lengths]
    fitting = [
        one for one in permutations(range(3)) if len(shape) == 3 and [shape[at] for at in one] == wanted
    ]
    named = [sum(bool(dims[at] & names) for at, names in zip(one, own, strict=True)) for one in fitting]
    found = [one for one, count in zip(fitting, named, strict=True) if count == max(named)]
    if len(found) == 1:
        return found[0]
    raise VariableError(
        "axes of the distribution cannot be told apart" if fitting else "axes do not fit the distribution",
        where=f"{file.path}, {name}",
        why=f"its shape is {shape}; {', '.join(f'{one} has {size}' for one, size in lengths.items())}",
        todo=f"name its dimensions in the file; in npz by an array {name}_dims" if fitting else None,
    )


def _valid(
    file: Arrays, name: str, values: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
    """Values with NaN for missing ones, unpacked."""
    if values.dtype.kind not in "iuf":
        raise VariableError("array is not numeric", where=f"{file.path}, {name}", why=f"type {values.dtype}")
    span = np.asarray(_attribute(file, name, "valid_range")).ravel()
    low, high = span if span.size == 2 and span.dtype.kind in "iuf" else (None, None)
    low = _attribute(file, name, "valid_min", "validmin") if low is None else low
    high = _attribute(file, name, "valid_max", "validmax") if high is None else high
    fill = _attribute(file, name, "_fillvalue", "missing_value", "fillval")
    found, missing, outside = masked(values, fill=fill, low=low, high=high)
    scale, offset = (_attribute(file, name, key) for key in ("scale_factor", "add_offset"))
    for number, operation in ((scale, np.multiply), (offset, np.add)):
        if number is not None and np.asarray(number).dtype.kind in "iuf":
            found = operation(found, found.dtype.type(np.asarray(number).ravel()[0]))
    return found, missing, outside


def _places(file: Arrays, options: ArrayOptions, rows: _Rows, angle: Floats) -> dict[str, Floats]:
    names = file.names()
    keys = {key: getattr(options, key) for key in (*LIMITS, "b_ratio")}
    found = {
        key: _place(file, key, name, rows, angle) if name in names else np.full(len(rows.order), np.nan)
        for key, name in keys.items()
    }
    ratio = within(found.pop("b_ratio"), 1e-9, 1e9)
    places = places_of(found)
    return {**places, "b_ratio": ratio if options.b_ratio in names else places["b_ratio"]}


def _place(file: Arrays, key: str, name: str, rows: _Rows, angle: Floats) -> Floats:
    """Read one column over time; of one by pitch angle that of the angle nearest to 90 degrees."""
    shape = file.shape(name)
    where = f"{file.path}, {name}"
    if shape not in ((rows.records,), (rows.records, len(angle)), (len(angle), rows.records)):
        raise VariableError(
            "array does not fit the records of the distribution",
            where=where,
            why=f"shape {shape}, expected {rows.records} records",
            todo=f"name another array.{key}, or none by an empty name",
        )
    axis = shape.index(rows.records)
    values = np.moveaxis(file.read(name, axis=axis, rows=rows.span), axis, 0)[rows.order]
    values = values[:, np.abs(angle - 90.0).argmin()] if values.ndim == 2 else values
    column, _, _ = _valid(file, name, values)
    unit = _unit(file, name, "")
    factor = UNIT_FACTORS[key](unit, where) if unit and key in UNIT_FACTORS else 1.0
    return np.asarray(column.astype(np.float64) * factor)
