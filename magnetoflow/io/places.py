"""Where each record was measured: L, L*, local time, latitude, field at the equator over the one here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import VariableError
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.flux_units import angle_factor, field_factor, hour_factor
from magnetoflow.io.rept_variables import find, text_of
from magnetoflow.io.valid_values import masked

Floats = NDArray[np.float64]
Places = dict[str, Floats]
LIMITS = {"l": (1e-6, 1e3), "l_star": (1e-6, 1e3), "mlt": (0.0, 24.0), "mlat": (-90.0, 90.0),
          "b": (1e-6, 1e9), "b_eq": (1e-6, 1e9)}  # fmt: skip
"""Outside it is no value [1, 1, hour, deg, nT, nT]: some models write 0 or -1 for no drift shell."""
UNIT_FACTORS: Mapping[str, Callable[[str, str], float]] = {
    "mlt": hour_factor,
    "mlat": angle_factor,
    "b": field_factor,
    "b_eq": field_factor,
}


def read_places(
    file: CdfFile, names: Mapping[str, str], rows: NDArray[np.int64], records: int, angle_deg: Floats
) -> Places:
    """Read what the file tells of the place of its records.

    Parameters
    ----------
    file : CdfFile
    names : mapping of str to str
        Variables of ``l``, ``l_star``, ``mlt``, ``mlat``, ``b``, ``b_eq``; an empty name is not there.
    rows : (n,) ndarray of int
        Records to keep.
    records : int
        Of the file.
    angle_deg : (angle,) ndarray [deg]
        Of the distribution: a value by pitch angle is that of the angle nearest to 90 degrees.

    Returns
    -------
    dict of str to (n,) ndarray
        ``l``, ``l_star`` [1], ``mlt`` [hour], ``mlat_deg`` [deg], ``b_ratio`` [1]; NaN where missing.

    Raises
    ------
    VariableError
        A variable has another unit or shape.
    """
    found = {key: _column(file, key, name, rows, records, angle_deg) for key, name in names.items()}
    return places_of(found)


def places_of(found: Mapping[str, Floats]) -> Places:
    """Bring the columns of :data:`LIMITS` into those of the study; see :func:`read_places`."""
    valid = {key: within(found[key], *LIMITS[key]) for key in LIMITS}
    return {
        "l": valid["l"],
        "l_star": valid["l_star"],
        "mlt": valid["mlt"] % 24.0,
        "mlat_deg": valid["mlat"],
        "b_ratio": valid["b_eq"] / valid["b"],
    }


def within(values: Floats, low: float, high: float) -> Floats:
    """Values of `low` to `high`, NaN for others."""
    return np.where((values >= low) & (values <= high), values, np.nan)


def _column(
    file: CdfFile, key: str, wanted: str, rows: NDArray[np.int64], records: int, angle_deg: Floats
) -> Floats:
    name = find(file, wanted)
    if name is None:
        return np.full(len(rows), np.nan)
    where = f"{file.path}, {name}"
    values: NDArray[Any] = file.values(name)
    if not file.varies(name):
        values = np.broadcast_to(values, (records, *values.shape))
    if values.dtype.kind not in "iuf" or values.ndim > 2 or len(values) != records:
        raise VariableError(
            "variable does not fit the records of the distribution",
            where=where,
            why=f"{values.dtype} of the shape {values.shape}, expected numbers of {records} records",
            todo="replace the file by a good copy, or leave the variable out by an empty name",
        )
    if values.ndim == 2:
        values = values[:, _nearest_90(file, name, values.shape[1], angle_deg)]
    attributes = file.attributes(name)
    fill, low, high = (attributes.get(one) for one in ("FILLVAL", "VALIDMIN", "VALIDMAX"))
    column, _, _ = masked(values[rows], fill=fill, low=low, high=high)
    unit = text_of(file, name, "UNITS")
    factor = UNIT_FACTORS[key](unit, where) if unit and key in UNIT_FACTORS else 1.0
    return column.astype(np.float64) * factor


def _nearest_90(file: CdfFile, name: str, size: int, angle_deg: Floats) -> int:
    """Column of the pitch angle nearest to 90 degrees, by the variable's own angles or the distribution's."""
    own = find(file, text_of(file, name, "DEPEND_1"))
    angles = angle_deg
    if own is not None:
        values = file.values(own)
        unit = text_of(file, own, "UNITS")
        if values.dtype.kind in "iuf" and values.ndim and values.shape[-1] == size:
            factor = angle_factor(unit, f"{file.path}, {own}") if unit else 1.0
            angles = np.atleast_2d(values)[0] * factor
    if len(angles) != size:
        raise VariableError(
            "variable does not fit the pitch angles of the distribution",
            where=f"{file.path}, {name}",
            why=f"{size} values in each record, and DEPEND_1 names no pitch angles",
            todo="leave the variable out by an empty name",
        )
    return int(np.abs(angles - 90.0).argmin())
