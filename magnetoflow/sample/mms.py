"""Write a sample probe-day as MMS files in the archives' layout, and its truth tables."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import write_text
from magnetoflow.sample import faults, instrument, mms_variables
from magnetoflow.sample.cdf import tt2000, write_cdf
from magnetoflow.sample.plan import PROBE_DAYS, ProbeDay, sample_day
from magnetoflow.sample.plasma import SampleDay, day_seed, simulate
from magnetoflow.sample.sequence import MAGNETOSHEATH, waves
from magnetoflow.sample.truth import crossing_truth, minute_truth

Floats = NDArray[np.float64]

DIS_VERSION, OLD_DIS_VERSION, FGM_VERSION = "3.4.0", "3.3.0", "5.99.0"
PROTON_EV_PER_KM2_S2 = 0.5 * 1.67262192e-27 * 1e6 / 1.602176634e-19
BEAM_BROADENING = 0.035  # width of the angular response, as temperature over the beam's energy
FAST_FLOW_BIT = 6
_AXES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)


def write_probe_day(root: Path, probe: int, day: date) -> None:
    """Write the files and the truth of one probe-day.

    Parameters
    ----------
    root : Path
        Root of the sample archive.
    probe : int
        1 to 4.
    day : date
        UTC.

    Raises
    ------
    ArchiveError
        The sample has no such probe-day.
    """
    plan = sample_day(probe, day)
    if plan is None:
        known = ", ".join(f"mms{one.probe} {one.day}" for one in PROBE_DAYS if one.role == "demo")
        raise ArchiveError(f"the sample has no data of mms{probe} on {day}", todo=f"choose one of {known}")
    simulated = simulate(plan)
    files = [*write_dis_files(root, simulated), write_fgm_file(root, simulated)]
    write_truth(root, simulated, files)


def face_spectra(day: SampleDay, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Omnidirectional spectrum and those of six directions of flow, whose mean it is.

    Notes
    -----
    Each counted ion belongs to one face. For what moves with the flow, faces off the flow get
    ``exp(-k (1 - cos 45 deg))``, the share of a drifting Maxwellian of ``k = 2 sqrt(E E_V)/T`` that lies more
    than 45 degrees off its drift; the rest is isotropic.
    """
    drift_ev = PROTON_EV_PER_KM2_S2 * day.speed_km_s**2
    narrow = 2.0 * np.sqrt(day.energy_ev * drift_ev[:, None]) / day.temperature_ev[:, None]
    cosine = np.einsum("td,ad->ta", flow_directions(day), _AXES)
    weight = np.exp(0.29 * narrow[:, :, None] * (cosine - cosine.max(axis=1, keepdims=True))[:, None, :])
    weight /= weight.sum(axis=2, keepdims=True)
    share = day.beam_share[:, :, None] * weight + (1.0 - day.beam_share[:, :, None]) / 6.0
    split = rng.multinomial(day.counts, share / share.sum(axis=2, keepdims=True))
    spectra = {"omni": day.flux.astype(np.float32)}
    for number, name in enumerate(mms_variables.FACES[1:]):
        spectra[name] = (split[:, :, number] * (6.0 * day.quantum)).astype(np.float32)
    return spectra


def flow_directions(day: SampleDay) -> Floats:
    """Direction of the bulk flow, (time, 3) ndarray [GSE]: anti-sunward, in the sheath around the Earth."""
    seconds = (day.time - day.position_time[0]).astype(np.float64) / 1e9
    state_s = (day.position_time - day.position_time[0]).astype(np.float64) / 1e9
    y = np.interp(seconds, state_s, day.position_gse_km[:, 1])
    turn = np.where(day.region >= MAGNETOSHEATH, 0.35 * np.pi * np.tanh(y / 60000.0), 0.0)
    return np.column_stack([-np.cos(turn), np.sin(turn), np.zeros(turn.size)])


def observed_moments(day: SampleDay, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Moments as they would be published: with noise, beams broadened by the angular response."""
    size = day.time.size
    density = day.density_cm3 * (1.0 + 0.02 * rng.standard_normal(size))
    velocity = day.speed_km_s[:, None] * flow_directions(day) + 2.0 * rng.standard_normal((size, 3))
    hot = day.temperature_ev + BEAM_BROADENING * PROTON_EV_PER_KM2_S2 * day.speed_km_s**2
    para, perp = (hot * (1.0 + part + 0.02 * rng.standard_normal(size)) for part in (-0.04, 0.02))
    tensor = np.zeros((size, 3, 3))
    tensor[:, 0, 0], tensor[:, 1, 1], tensor[:, 2, 2] = perp, perp, para
    moments = {
        "spectr_bg": day.background, "numberdensity": np.maximum(density, 0.0), "bulkv_gse": velocity,
        "temppara": para, "tempperp": perp, "temptensor_gse": tensor,
    }  # fmt: skip
    return {name: values.astype(np.float32) for name, values in moments.items()}


def dis_records(day: SampleDay) -> faults.DisRecords:
    """Make the records of the ion spectrometer with the planted faults."""
    rng = np.random.default_rng([day_seed(day.probe_day), 1])
    moments = observed_moments(day, rng)
    fast = day.speed_km_s**2 * 2.0 * PROTON_EV_PER_KM2_S2 > 2.5**2 * 2.0 * day.temperature_ev
    flags = np.where(fast, 1 << FAST_FLOW_BIT, 0).astype(np.uint32)
    records = faults.DisRecords(
        day.time, day.energy_ev.astype(np.float32), face_spectra(day, rng), moments, flags
    )
    return faults.damage_spectra(day.probe_day, records)


def field_records(day: SampleDay) -> faults.FieldRecords:
    """Make the records of the magnetometer with the planted faults: a slowly turning vector."""
    rng = np.random.default_rng([day_seed(day.probe_day), 2])
    seconds = np.arange(day.b_time.size, dtype=float)
    direction = np.column_stack([waves(seconds, (60.0, 7200.0), rng) for _ in range(3)])
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    vector = np.column_stack([direction * day.b_nt[:, None], day.b_nt]).astype(np.float32)
    records = faults.FieldRecords(day.b_time, vector, np.zeros(day.b_time.size, dtype=np.uint32))
    return faults.damage_field(day.probe_day, records)


def dis_path(probe: int, slot: np.datetime64, version: str) -> Path:
    """Path of a DIS file below the archive's root."""
    stamp = str(slot.astype("datetime64[s]")).replace("-", "").replace("T", "").replace(":", "")
    name = f"mms{probe}_fpi_fast_l2_dis-moms_{stamp}_v{version}.cdf"
    return Path(f"mms/mms{probe}/fpi/fast/l2/dis-moms/{stamp[:4]}/{stamp[4:6]}") / name


def fgm_path(probe: int, day: date) -> Path:
    """Path of an FGM survey file below the archive's root."""
    name = f"mms{probe}_fgm_srvy_l2_{day:%Y%m%d}_v{FGM_VERSION}.cdf"
    return Path(f"mms/mms{probe}/fgm/srvy/l2/{day:%Y}/{day:%m}") / name


def write_dis_files(root: Path, day: SampleDay) -> list[Path]:
    """Write the two-hour DIS files; return their paths below the root."""
    plan = day.probe_day
    records = dis_records(day)
    slots = faults.slot_start(records.time)
    written = []
    for slot in np.unique(slots):
        repeated = faults.repeated_in(plan, slot, records.time)
        rows = np.concatenate([repeated, np.flatnonzero(slots == slot)])
        written.append(_write_dis(root, plan, slot, DIS_VERSION, records.take(rows)))
        if any(one.kind == "old_version" and faults.touched(one, np.array([slot]))[0] for one in plan.faults):
            older = records.take(rows)
            for name, one in older.spectra.items():
                older.spectra[name] = one * np.float32(faults.OLD_VERSION_FACTOR)
            written.append(_write_dis(root, plan, slot, OLD_DIS_VERSION, older))
    return written


def _write_dis(
    root: Path, plan: ProbeDay, slot: np.datetime64, version: str, records: faults.DisRecords
) -> Path:
    """Write one DIS file; return its path below the root."""
    path, name = dis_path(plan.probe, slot, version), f"mms{plan.probe}_dis_"
    values: dict[str, NDArray[Any]] = {
        "Epoch": tt2000(records.time),
        "Epoch_plus_var": np.array(4.5, dtype=np.float32), "Epoch_minus_var": np.array(0.0, dtype=np.float32),
        f"{name}errorflags_fast": records.flags, f"{name}energy_fast": records.energy_ev,
        f"{name}energy_delta_fast": records.energy_ev * np.float32(instrument.DELTA_SHARE),
        f"{name}bulkv_gse_label_fast": np.array(["Vx_GSE", "Vy_GSE", "Vz_GSE"]),
        f"{name}cartrep_fast": np.array(["x", "y", "z"]),
    }  # fmt: skip
    values |= {f"{name}energyspectr_{face}_fast": one for face, one in records.spectra.items()}
    values |= {f"{name}{moment}_fast": one for moment, one in records.moments.items()}
    field_file = fgm_path(plan.probe, plan.day).name
    globals_ = mms_variables.dis_globals(plan.probe, path.stem, version, field_file, plan.table)
    write_cdf(root / path, values, mms_variables.dis(plan.probe), globals_)
    return path


def write_fgm_file(root: Path, day: SampleDay) -> Path:
    """Write the FGM survey file; return its path below the root."""
    plan, records = day.probe_day, field_records(day)
    path, name = fgm_path(plan.probe, plan.day), f"mms{plan.probe}_fgm_"
    radius = np.linalg.norm(day.position_gse_km, axis=1)
    values: dict[str, NDArray[Any]] = {
        "Epoch": tt2000(records.time), f"{name}b_gse_srvy_l2": records.b_gse_nt,
        f"{name}flag_srvy_l2": records.flags, "Epoch_state": tt2000(day.position_time),
        f"{name}r_gse_srvy_l2": np.column_stack([day.position_gse_km, radius]).astype(np.float32),
        "label_b_gse": np.array(["Bx_GSE", "By_GSE", "Bz_GSE", "Bt"]),
        "label_r_gse": np.array(["X_GSE", "Y_GSE", "Z_GSE", "R"]),
        "represent_vec_tot": np.array(["x", "y", "z", "r"]),
    }  # fmt: skip
    write_cdf(
        root / path,
        values,
        mms_variables.fgm(plan.probe),
        mms_variables.fgm_globals(plan.probe, path.stem, FGM_VERSION),
    )
    return path


def write_truth(root: Path, day: SampleDay, files: Sequence[Path]) -> None:
    """Write the truth tables of a probe-day and the list of its files."""
    plan = day.probe_day
    stem = root / "truth" / "mms_gmm" / f"mms{plan.probe}_{plan.day:%Y%m%d}"
    minutes, crossings = minute_truth(day), crossing_truth(day)
    columns = [f for f in minutes.__dataclass_fields__ if f != "time"]
    rows = zip(*(_cells(getattr(minutes, name)) for name in columns), strict=True)
    times = [f"{one}:00Z" for one in minutes.time]
    _write_table(
        stem.with_suffix(".csv"), ["time", *columns], ([t, *r] for t, r in zip(times, rows, strict=True))
    )
    changes = zip(
        (f"{one}Z" for one in crossings.time.astype("datetime64[ms]")),
        crossings.before, crossings.after, _cells(crossings.observed), strict=True,
    )  # fmt: skip
    _write_table(Path(f"{stem}_crossings.csv"), ["time", "from", "to", "observed"], changes)
    listed = [
        {"path": one.as_posix(), "sha256": hashlib.sha256((root / one).read_bytes()).hexdigest()}
        for one in sorted(files)
    ]
    planted = [
        {"kind": one.kind, "start": one.start.isoformat(), "stop": one.stop.isoformat()}
        for one in plan.faults
    ]
    about = {
        "source": mms_variables.SYNTHETIC, "probe": plan.probe, "day": plan.day.isoformat(),
        "role": plan.role, "files": listed, "faults": planted,
    }  # fmt: skip
    write_text(stem.with_suffix(".json"), json.dumps(about, indent=1, sort_keys=True) + "\n")


def _cells(values: NDArray[Any]) -> list[Any]:
    """Cells of a column: whole numbers for booleans, six digits for floats."""
    if values.dtype.kind == "b":
        return [int(one) for one in values]
    if values.dtype.kind == "f":
        return ["" if np.isnan(one) else f"{one:.6g}" for one in values]
    return list(values.tolist())


def _write_table(path: Path, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table whose last column says that the data are synthetic."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, "source"])
    writer.writerows([*row, mms_variables.SYNTHETIC] for row in rows)
    write_text(path, text.getvalue())
