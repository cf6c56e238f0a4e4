"""Write the REPT files of one probe of the sample, and their truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import write_text
from magnetoflow.sample import rept_pad_variables as variables
from magnetoflow.sample.cdf import tt2000, write_cdf
from magnetoflow.sample.mms_variables import FILL, SYNTHETIC
from magnetoflow.sample.rept_pad_classes import BACKGROUND, CLASSES, EMPTY, SHAPES
from magnetoflow.sample.rept_pad_levels import ENERGY_MEV, ONE_COUNT
from magnetoflow.sample.rept_pad_plan import DAYS, EPOCH_TYPES, STORM, SWAPPED_DAY, is_sample_day
from magnetoflow.sample.rept_pad_records import FAULTS, Records, records
from magnetoflow.sample.rept_pad_shapes import ANGLE_DEG
from magnetoflow.sample.rept_pad_storm import PHASES

PACKING = 2
"""Level of gzip."""
NOTES = (
    "class_id: 0 background only, -1 nothing measured; else the number in classes",
    "shape of the actual curve at each energy, whatever its counts",
    "n, d, w_deg at 3.4 MeV; n_above at 5.2 MeV",
    "expected: counts in the bin around 90 degrees, background in them, without protons inside L 2.5",
    "records of a gap are in this table and in no file",
    "means of long times are taken as the flux at 90 degrees at the equator",
    "the orbit is a Kepler orbit with its apogee at dusk, the field a centred dipole",
)
TURN, ABOVE = 3, 5
"""Energies of the table's columns of parameters."""


def write_probe(root: Path, probe: str, days: Sequence[date] = DAYS) -> None:
    """Write the files and the truth of one probe.

    Parameters
    ----------
    root : Path
        Root of the sample archive.
    probe : str
        ``a`` or ``b``.
    days : sequence of date
        UTC; all days of the sample when left out. A day has the same bytes whatever the others.

    Raises
    ------
    ArchiveError
        The sample has no such probe-day, or the disk is full.
    """
    for day in days:
        if not is_sample_day(probe, day):
            raise ArchiveError(
                f"the sample has no REPT data of rbsp{probe} on {day}",
                todo=f"choose probe a or b, {DAYS[0]} to {DAYS[-1]}",
            )
    made = records(probe)
    dates = made.time.astype("datetime64[D]")
    for day in days:
        rows = np.flatnonzero(dates == np.datetime64(day))
        path = write_day(root, probe, day, made, rows)
        write_truth(root, probe, day, made, rows, path)


def file_path(probe: str, day: date) -> Path:
    """Path of a file below the root."""
    name = f"rbsp{probe}_rel03_ect-rept-sci-l3_{day:%Y%m%d}_v{variables.VERSION}.cdf"
    return Path("rbsp", f"rbsp{probe}", "l3", "ect", "rept", "sectors", "rel03", f"{day:%Y}", name)


def write_day(root: Path, probe: str, day: date, made: Records, rows: NDArray[np.int64]) -> Path:
    """Write the file of a day; its path below the root."""
    path = file_path(probe, day)
    epoch_type, swapped = EPOCH_TYPES[probe], (probe, day) == SWAPPED_DAY
    kept = rows[~made.has("gap")[rows]]
    values = _values(made, kept, epoch_type, swapped)
    axes = [name for name, one in values.items() if one.ndim == 1 and name.endswith(("Alpha", "Energy"))]
    write_cdf(
        root / path,
        values,
        variables.names(epoch_type, swapped),
        variables.about(probe, path.stem),
        PACKING,
        epochs=["Epoch"] if epoch_type == "CDF_EPOCH" else [],
        fixed=axes,
    )
    return path


def _values(made: Records, rows: NDArray[np.int64], epoch_type: str, swapped: bool) -> dict[str, Any]:
    """Variables of a file."""
    time, flux, where = made.time[rows], _filled(made.flux[rows]), made.places
    milliseconds = time.astype("datetime64[ms]").astype(np.int64) + variables.YEAR_0_MS
    unbinned = np.ascontiguousarray(flux[:, 1::2])  # a decoy: every other bin, as sectors of one half spin
    sectors = np.broadcast_to(ANGLE_DEG[1::2].astype(np.float32), (len(rows), variables.SECTORS))
    protons = np.zeros((len(rows), len(ANGLE_DEG), len(variables.PROTON_MEV)), dtype=np.float32)
    protons[where.l[rows] < 2.0] = 100.0
    return {
        "Epoch": milliseconds if epoch_type == "CDF_EPOCH" else tt2000(time),
        "FEDU": np.ascontiguousarray(flux.transpose(0, 2, 1)) if swapped else flux,
        "FEDU_Alpha": ANGLE_DEG.astype(np.float32),
        "FEDU_Energy": ENERGY_MEV.astype(np.float32),
        "FEDU_Unbinned_0to180": unbinned,
        "FEDU_Unbinned_0to180_Alpha": np.ascontiguousarray(sectors),
        "FPDU": protons,
        "FPDU_Alpha": ANGLE_DEG.astype(np.float32),
        "FPDU_Energy": np.array(variables.PROTON_MEV, dtype=np.float32),
        "L": _filled(where.l[rows]),
        "L_star": _filled(made.l_star[rows]),
        "I": _filled(where.i_re[rows]),
        "MLT": _filled(where.mlt[rows]),
        "MLAT": _filled(where.mlat_deg[rows]),
        "B_Eq": _filled(where.b_eq_nt[rows]),
        "B_Calc": _filled(where.b_nt[rows]),
        "Position": _filled(where.geo_km[rows]),
    }


def _filled(values: NDArray[Any]) -> NDArray[np.float32]:
    """Single precision, with the fill value where a value is missing."""
    return np.where(np.isnan(values), FILL, values).astype(np.float32)


def write_truth(
    root: Path, probe: str, day: date, made: Records, rows: NDArray[np.int64], path: Path
) -> None:
    """Write the truth table of a day, and what its file is and holds."""
    stem = root / "truth" / "rept_pad" / f"rbsp{probe}_{day:%Y%m%d}"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(truth_columns())
    writer.writerows(_truth_rows(probe, made, rows))
    write_text(stem.with_suffix(".csv"), text.getvalue())
    digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
    about = {
        "source": SYNTHETIC, "probe": f"rbsp{probe}", "day": day.isoformat(), "notes": NOTES,
        "files": [{"path": path.as_posix(), "sha256": digest}],
        "classes": {str(number): one.id for number, one in enumerate(CLASSES, start=1)},
        "faults": {name: int(made.has(name)[rows].sum()) for name in FAULTS},
        "energy_mev": ENERGY_MEV.tolist(), "one_count": ONE_COUNT.round(6).tolist(),
        "storm": {name: getattr(STORM, name).isoformat() for name in ("onset", "minimum", "end")},
    }  # fmt: skip
    write_text(stem.with_suffix(".json"), json.dumps(about, indent=1, sort_keys=True) + "\n")


def truth_columns() -> list[str]:
    """Give the columns of the truth table."""
    energies = [f"{one:.1f}" for one in ENERGY_MEV]
    return [
        "time", "probe", "class_id", "class_name", "phase", "L", "MLT", "MLAT", "b_ratio", "n", "d", "w_deg",
        "n_above", "e0_mev", "amplitude", "dropout", "asymmetry", "offset_deg", "fault",
        *(f"shape_{one}" for one in energies), *(f"expected_{one}" for one in energies), "source",
    ]  # fmt: skip


def _truth_rows(probe: str, made: Records, rows: NDArray[np.int64]) -> Any:
    """Rows of the truth table."""
    truth, where = made.truth, made.places
    n, d, w = truth.parameters.n, truth.parameters.d, truth.parameters.w_deg
    ids = {BACKGROUND: "background", EMPTY: "empty", **{k: one.id for k, one in enumerate(CLASSES, start=1)}}
    numbers = np.column_stack(
        [where.l, where.mlt, where.mlat_deg, truth.b_ratio, n[:, TURN], d[:, TURN], w[:, TURN], n[:, ABOVE],
         truth.e0_mev, truth.amplitude, made.asymmetry, made.offset_deg, truth.expected_90]
    )[rows].tolist()  # fmt: skip
    times = np.datetime_as_string(made.time[rows].astype("datetime64[ms]"), timezone="UTC").tolist()
    for at, time, row in zip(rows.tolist(), times, numbers, strict=True):
        cells = [f"{one:.6g}" for one in row]
        kind = int(truth.class_id[at])
        faults = "+".join(name for name, bit in FAULTS.items() if made.fault[at] & bit)
        yield [
            time, f"rbsp{probe}", kind, ids[kind], PHASES[made.phase[at]], *cells[:10],
            int(made.dropout[at]), *cells[10:12], faults, *(SHAPES[one] for one in truth.shape[at].tolist()),
            *cells[12:], SYNTHETIC,
        ]  # fmt: skip
