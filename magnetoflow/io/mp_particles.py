"""Read moments and energy spectra of a magnetopause event: FPI ions and electrons, HPCA species."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.io.cdf import Records, Wanted, read_records
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.fpi_moments import Moments, check_shape, read_moments, require
from magnetoflow.io.integrity import brief
from magnetoflow.io.mp_options import FLAG_BITS
from magnetoflow.mms_mp.data import Plasma, Spectrogram
from magnetoflow.times import format_utc

Floats = NDArray[np.float64]
SPECIES = {"ion": "dis", "electron": "des"}
HPCA_SPECIES = ("hplus", "heplus", "heplusplus", "oplus")
MAX_T_EV = 30000.0
"""VALIDMAX of the temperature tensors; for temppara and tempperp the files state 1e30."""
UNIT_S = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "ns": 1e-9}
HPCA_MARGIN = timedelta(seconds=60)
FLUX_UNIT = "keV/(cm^2 s sr keV)"


def read_fpi(
    paths: Sequence[Path],
    *,
    species: str,
    probe: int,
    rate: str,
    start: datetime,
    stop: datetime,
    flag_bits: Sequence[int] = FLAG_BITS,
    spectra: bool = True,
) -> tuple[Plasma, Spectrogram | None]:
    """Read FPI moments, and the omnidirectional spectra beside them.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    species : str
        ``ion`` or ``electron``.
    probe : int
        1 to 4.
    rate : str
        ``brst`` or ``fast``.
    start, stop : datetime
        UTC, half open; of the centres of measurements.
    flag_bits : sequence of int
        A record with any of these error-flag bits, or without flags, is masked.
    spectra : bool

    Returns
    -------
    Plasma
        Vectors in GSE. Masked records stay, as NaN: those flagged, and those with density or velocity missing
        or out of the valid range, or with a density that is not positive. ``counts`` tells ``flagged``,
        ``unusable`` and, where only temperatures and pressure were masked, ``temperature``.
    Spectrogram or None
        None where the files have no spectra.

    Raises
    ------
    MissingData
        There is no file.
    InsufficientData
        No record lies in the interval.
    VariableError
        A variable is missing, or has another unit, frame or shape.
    """
    base = f"mms{probe}_{SPECIES[species]}"
    require(paths, f"{base}_numberdensity_{rate}")
    wanted = _wanted(base, rate, _held(paths), spectra)
    moments = read_moments(paths, base, wanted, start, stop, rate=rate)
    if not len(moments.time):
        raise InsufficientData(
            f"no {species} record in the interval",
            where=f"{', '.join(map(str, paths))}, {base}_numberdensity_{rate}",
            why=f"{moments.counts['records']} records, none of {format_utc(start)} to {format_utc(stop)}",
            todo="choose another interval",
        )
    flagged = moments.flagged(flag_bits)
    spectrogram = _spectrogram(f"{base}_energyspectr_omni_{rate}", moments, flagged)
    return _plasma(species, moments, flagged), spectrogram


def _held(paths: Sequence[Path]) -> set[str]:
    """Variables that every file has."""
    return set.intersection(*(set(CdfFile(path).variables) for path in paths))


def _wanted(
    base: str, rate: str, held: set[str], spectra: bool
) -> dict[str, tuple[Wanted, tuple[int, ...] | None]]:
    """Variables to read; those behind the first two only where the files have them."""
    wanted: dict[str, tuple[Wanted, tuple[int, ...] | None]] = {
        "n": (Wanted(f"{base}_numberdensity_{rate}", "cm^-3"), ()),
        "v": (Wanted(f"{base}_bulkv_gse_{rate}", "km/s", "GSE"), (3,)),
        "p": (Wanted(f"{base}_prestensor_gse_{rate}", "nPa", "GSE"), (3, 3)),
        "t_para": (Wanted(f"{base}_temppara_{rate}", "eV"), ()),
        "t_perp": (Wanted(f"{base}_tempperp_{rate}", "eV"), ()),
        "n_error": (Wanted(f"{base}_numberdensity_err_{rate}", "cm^-3"), ()),
        "v_error": (Wanted(f"{base}_bulkv_err_{rate}", "km/s", "DBCS"), (3,)),
    }
    if spectra:
        wanted["flux"] = (Wanted(f"{base}_energyspectr_omni_{rate}", FLUX_UNIT), None)
        wanted["energy"] = (Wanted(f"{base}_energy_{rate}", "eV"), None)
    return {key: one for key, one in wanted.items() if key in ("n", "v") or one[0].name in held}


def _plasma(species: str, moments: Moments, flagged: NDArray[np.bool_]) -> Plasma:
    given = {key: one for key, one in moments.values.items() if key not in ("flux", "energy")}
    unusable = ~(given["n"] > 0) | np.isnan(given["v"]).any(axis=1)
    for values in given.values():
        values[flagged | unusable] = np.nan
    thermal = [given[key] for key in ("t_para", "t_perp") if key in given]
    absurd = np.zeros(len(moments.time), dtype=bool)
    for values in thermal:
        absurd |= ~((values > 0) & (values <= MAX_T_EV))
    for values in [*thermal, *([given["p"]] if "p" in given else [])]:
        values[absurd] = np.nan
    error = given.get("v_error")
    return Plasma(
        species,
        moments.time,
        given["n"],
        given["v"],
        moments.cadence_s,
        "GSE",
        given.get("p"),
        given.get("t_para"),
        given.get("t_perp"),
        given.get("n_error"),
        None if error is None else np.sqrt(np.mean(error**2, axis=1)),
        {
            **moments.counts,
            "flagged": int(flagged.sum()),
            "unusable": int((unusable & ~flagged).sum()),
            "temperature": int((absurd & ~unusable & ~flagged).sum()),
        },
    )


def _spectrogram(name: str, moments: Moments, flagged: NDArray[np.bool_]) -> Spectrogram | None:
    if "flux" not in moments.values or "energy" not in moments.values:
        return None
    flux, energy = moments.values["flux"], moments.values["energy"]
    if flux.shape != energy.shape or flux.ndim != 2:
        raise VariableError(
            "spectra and energies differ in shape",
            where=name,
            why=f"spectra {flux.shape[1:]}, energies {energy.shape[1:]}",
            todo="replace the file by a good copy",
        )
    if not (np.diff(energy, axis=1) > 0).all():
        order = np.argsort(energy, axis=1, kind="stable")
        flux, energy = (np.take_along_axis(one, order, axis=1) for one in (flux, energy))
    flux[flagged] = np.nan
    flux[~np.isfinite(energy)] = np.nan
    return Spectrogram(name, moments.time, flux, energy)


def read_hpca(paths: Sequence[Path], *, species: str, probe: int, start: datetime, stop: datetime) -> Plasma:
    """Read HPCA moments of one species by their exact names.

    Parameters
    ----------
    paths : sequence of Path
        Checked files.
    species : str
        One of `HPCA_SPECIES`; ``heplus`` is He+, ``heplusplus`` is He++.
    probe : int
        1 to 4.
    start, stop : datetime
        UTC, half open; of the centres of measurements.

    Returns
    -------
    Plasma
        Velocity in GSE: as the files state it in GSE, else turned from GSM; NaN where they state neither (a
        name without frame is in the axes of the spacecraft), which ``counts["no_velocity"]`` tells. Masked
        are densities below zero, and velocities where the density is not positive.

    Raises
    ------
    MissingData, InsufficientData, VariableError
        As for :func:`read_fpi`.
    """
    base = f"mms{probe}_hpca_{species}"
    density = Wanted(f"{base}_number_density", "cm^-3")
    require(paths, density.name)
    held = _held(paths)
    frame = next((one for one in ("GSE", "GSM") if f"{base}_ion_bulk_velocity_{one}" in held), None)
    velocity = Wanted(f"{base}_ion_bulk_velocity_{frame}", "km/s", frame)
    spans = _spans(CdfFile(paths[0]), density.name)
    records = read_records(
        paths,
        [density, *([velocity] if frame else []), *spans],
        start=start - HPCA_MARGIN,
        stop=stop + HPCA_MARGIN,
    )
    before, after = (_seconds(records, one, str(paths[0])) for one in spans)
    time = records.time + np.rint((after - before) * 5e8).astype("timedelta64[ns]")
    begin, end = (np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "ns") for one in (start, stop))
    rows = (time >= begin) & (time < end)
    if not rows.any():
        raise InsufficientData(
            f"no record of {species} in the interval",
            where=f"{', '.join(map(str, paths))}, {density.name}",
            why=f"{records.counts['records']} records, none of {format_utc(start)} to {format_utc(stop)}",
            todo="choose another interval",
        )
    n = records.columns[density.name][rows]
    check_shape(n, (), f"{paths[0]}, {density.name}")
    v = np.full((len(n), 3), np.nan)
    if frame:
        v = records.columns[velocity.name][rows]
        check_shape(v, (3,), f"{paths[0]}, {velocity.name}")
        if frame == "GSM":
            v = rotate(np.swapaxes(gse_to_gsm(time[rows]), 1, 2), v)
    negative = n < 0
    n[negative] = np.nan
    v[~(n > 0) | np.isnan(v).any(axis=1)] = np.nan
    counts = {
        **records.counts,
        "unusable": int((negative | np.isnan(n)).sum()),
        "no_velocity": 0 if frame else len(n),
    }
    cadence = float(np.median((before + after)[rows]))
    if cadence == 0:
        raise VariableError("measurements take no time", where=f"{paths[0]}, {spans[1].name}", why="0 s")
    return Plasma(species, time[rows], n, v, cadence, "GSE", counts=counts)


def _spans(file: CdfFile, name: str) -> tuple[Wanted, Wanted]:
    """Variables that state how far a measurement reaches before and after its time."""
    about = file.attributes(name) if name in file.variables else {}
    epoch = str(about.get("DEPEND_0", "Epoch")).strip()
    said = file.attributes(epoch) if epoch in file.variables else {}
    found = []
    for sign in ("MINUS", "PLUS"):
        given = str(said.get(f"DELTA_{sign}_VAR", f"Epoch_{sign}")).strip()
        where = f"{file.path}, {brief(given, 60)}"
        if given not in file.variables:
            raise VariableError(
                "the file does not say how long a measurement takes",
                where=where,
                why=f"neither DELTA_{sign}_VAR of {epoch} nor Epoch_{sign} is there",
                todo="set hpca: false to read the event without HPCA",
            )
        unit = str(file.attributes(given).get("UNITS", "")).strip()
        if unit not in UNIT_S:
            raise VariableError(
                "variable has another unit",
                where=where,
                why=f"found {brief(unit)!r}, expected one of {', '.join(UNIT_S)}",
            )
        found.append(Wanted(given, unit))
    return found[0], found[1]


def _seconds(records: Records, span: Wanted, where: str) -> Floats:
    """Seconds of each record."""
    values = records.columns[span.name]
    seconds = values.reshape(len(values), -1)[:, :1].ravel() * UNIT_S[span.unit]
    if len(seconds) and not ((seconds >= 0) & (seconds <= 60)).all():
        raise VariableError(
            "length of a measurement is not a number of seconds",
            where=f"{where}, {span.name}",
            why=f"{np.nanmin(seconds)} to {np.nanmax(seconds)} s",
        )
    return np.asarray(seconds)
