"""Magnetopause events as NetCDF-4: one group per spacecraft and product, each with its own times."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.mms_mp.data import EventData, Plasma, Spacecraft, Spectrogram
from magnetoflow.series import Series

SERIES = ("b", "position", "velocity", "e", "potential")
MOMENTS = {
    "n_cm3": "cm^-3", "v_km_s": "km/s", "p_npa": "nPa", "t_para_ev": "eV", "t_perp_ev": "eV",
    "n_error_cm3": "cm^-3", "v_error_km_s": "km/s",
}  # fmt: skip
SPECTRA = {"flux": "keV/(cm^2 s sr keV)", "energy_ev": "eV"}
PACKED = 1000
"""Arrays of more numbers are compressed."""
EPOCH_UNIT = "nanoseconds since 1970-01-01"


def write_event(path: str | Path, event: EventData) -> None:
    """Write an event; equal events give equal bytes.

    Parameters
    ----------
    path : path
    event : EventData
    """
    content = io.BytesIO()  # made in memory: where the disk is full, HDF5 may crash at exit
    with h5netcdf.File(content, "w") as file:
        file.attrs["about"] = _json(_about(event))
        for probe, one in event.spacecraft.items():
            group = file.create_group(f"mms{probe}")
            group.attrs["about"] = _json({"ephemeris": one.ephemeris, "files": one.files, "notes": one.notes})
            for name in SERIES:
                series = getattr(one, name)
                if series is not None:
                    _write_series(group.create_group(name), series)
            for species, plasma in one.plasma.items():
                _write_plasma(group.create_group(f"plasma_{species}"), plasma)
            for species, spectrogram in one.spectra.items():
                part = group.create_group(f"spectrum_{species}")
                part.attrs["about"] = _json({"name": spectrogram.name})
                _write_time(part, spectrogram.time)
                for name, unit in SPECTRA.items():
                    _write_values(part, name, getattr(spectrogram, name), unit)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.getvalue())


def read_event(path: str | Path, *, spectra: bool = True) -> EventData:
    """Read what :func:`write_event` wrote.

    Parameters
    ----------
    path : path
    spectra : bool
        Read the spectra too, most of the file.

    Returns
    -------
    EventData

    Raises
    ------
    MagnetoflowError
        Not such a file.
    """
    try:
        with h5netcdf.File(path, "r") as file:
            about = json.loads(file.attrs["about"])
            found = {
                int(name.removeprefix("mms")): _spacecraft(int(name.removeprefix("mms")), group, spectra)
                for name, group in sorted(file.groups.items())
            }
        start, stop, time0 = (np.datetime64(about[name], "ns") for name in ("start", "stop", "time0"))
        left_out = {int(probe): reason for probe, reason in about["left_out"].items()}
        rotation = np.array(about["rotation"], dtype=np.float64)
        return EventData(
            about["id"], start, stop, time0, about["rate"], rotation, found, about["frame"], left_out
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise MagnetoflowError(
            "event cannot be read", where=path, why=f"{type(error).__name__} {error}", todo="load it again"
        ) from error


def _about(event: EventData) -> dict[str, Any]:
    return {
        "id": event.id,
        **{name: int(_ns(getattr(event, name))) for name in ("start", "stop", "time0")},
        "rate": event.rate,
        "rotation": event.rotation.tolist(),
        "frame": event.frame,
        "left_out": {str(probe): reason for probe, reason in event.left_out.items()},
    }


def _ns(time: Any) -> Any:
    return time.astype("datetime64[ns]").astype(np.int64)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _write_time(group: Any, time: NDArray[np.datetime64]) -> None:
    group.dimensions["time"] = len(time)
    variable = group.create_variable("time", ("time",), data=_ns(time))
    variable.attrs["units"] = EPOCH_UNIT


def _write_values(group: Any, name: str, values: NDArray[Any], unit: str) -> None:
    dims = ["time", *(f"{axis}{size}" for axis, size in zip("nm", values.shape[1:], strict=False))]
    for dim, size in zip(dims[1:], values.shape[1:], strict=True):
        if dim not in group.dimensions:
            group.dimensions[dim] = size
    packing = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if values.size > PACKED else {}
    variable = group.create_variable(name, tuple(dims), data=np.ascontiguousarray(values), **packing)
    variable.attrs["units"] = unit


def _write_series(group: Any, series: Series) -> None:
    about = {"name": series.name, "unit": series.unit, "frame": series.frame, "counts": dict(series.counts)}
    group.attrs["about"] = _json(about)
    _write_time(group, series.time)
    _write_values(group, "values", series.values, series.unit)
    for key, at in series.marks.items():
        _write_time(group.create_group(f"mark_{key}"), at)


def _write_plasma(group: Any, plasma: Plasma) -> None:
    about = {"cadence_s": plasma.cadence_s, "frame": plasma.frame, "counts": dict(plasma.counts)}
    group.attrs["about"] = _json(about)
    _write_time(group, plasma.time)
    for name, unit in MOMENTS.items():
        values = getattr(plasma, name)
        if values is not None:
            _write_values(group, name, values, unit)


def _spacecraft(probe: int, group: Any, spectra: bool) -> Spacecraft:
    about = json.loads(group.attrs["about"])
    parts = dict(group.groups.items())
    series = {name: _series(parts[name]) for name in SERIES if name in parts}
    return Spacecraft(
        probe,
        ephemeris=about["ephemeris"],
        plasma={name: _plasma(name, part) for name, part in _named(parts, "plasma_")},
        spectra={name: _spectrum(part) for name, part in _named(parts, "spectrum_") if spectra},
        files=tuple(about["files"]),
        notes=tuple(about["notes"]),
        **series,
    )


def _named(parts: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    return [(name.removeprefix(prefix), part) for name, part in parts.items() if name.startswith(prefix)]


def _times(stored: Any) -> NDArray[np.datetime64]:
    return np.asarray(stored, dtype=np.int64).astype("datetime64[ns]")


def _series(group: Any) -> Series:
    about = json.loads(group.attrs["about"])
    return Series(
        about["name"],
        _times(group["time"][...]),
        np.asarray(group["values"][...], dtype=np.float64),
        about["unit"],
        about["frame"],
        about["counts"],
        {key: _times(part["time"][...]) for key, part in _named(dict(group.groups.items()), "mark_")},
    )


def _plasma(species: str, group: Any) -> Plasma:
    about = json.loads(group.attrs["about"])
    held = {name: np.asarray(group[name][...]) for name in MOMENTS if name in group.variables}
    return Plasma(
        species,
        _times(group["time"][...]),
        cadence_s=about["cadence_s"],
        frame=about["frame"],
        counts=about["counts"],
        **held,
    )


def _spectrum(group: Any) -> Spectrogram:
    name = json.loads(group.attrs["about"])["name"]
    return Spectrogram(
        name, _times(group["time"][...]), *(np.asarray(group[one][...], np.float64) for one in SPECTRA)
    )
