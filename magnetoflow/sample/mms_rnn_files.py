"""Write the tail events of one spacecraft as MMS burst files in the archives' layout, and their truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import write_text
from magnetoflow.mms_rnn.analytic import Site, true_region
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS
from magnetoflow.sample import mms_rnn_plasma as plasma
from magnetoflow.sample import mms_rnn_records as records
from magnetoflow.sample import mms_rnn_variables as variables
from magnetoflow.sample.cdf import tt2000, write_cdf
from magnetoflow.sample.mms_rnn_plan import DAY, MARGIN_S, TailEvent, events_of, is_sample_day
from magnetoflow.sample.mms_variables import SYNTHETIC

FPI_VERSION, FGM_VERSION, EDP_VERSION = "3.3.0", "5.99.0", "2.1.0"
PACKING = 2
"""Level of gzip: for the electric field a fifth of the time of the usual 6, and 4 % larger."""
NOTES = (
    "features are those of the analytic site, without noise; labels of a network need not equal region",
    "region is geometry: exhaust below 1.05 half widths, inflow beyond 1.75, separatrix between",
    "rows of electron records that a fault leaves out of the files stay in the table",
    "the site solves no equations of motion: its magnetic field has a divergence",
    "e n (V_i - V_e) is not curl B / mu0; out of the plane, in the sheet, they have one sign",
    "where frozen is true, E + V_e x B vanishes in the outflow; else E is that of the reference crossing",
    "plasma and magnetic pressure add up to 1.05 B0^2 / 2 mu0 wherever |B| < B0",
    "noise of ions is added before radiation",
)


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
        The sample has no such probe-day, or the disk is full.
    """
    if not is_sample_day(probe, day):
        raise ArchiveError(
            f"the sample has no tail event of mms{probe} on {day}", todo=f"choose mms1 to mms4 on {DAY}"
        )
    events = events_of(day)
    files = [path for event in events for path in write_burst_files(root, event, probe)]
    files.append(write_fast_file(root, events, probe))
    write_truth(root, events, probe, files)


def burst_path(product: str, probe: int, slot: np.datetime64, version: str) -> Path:
    """Path of a burst file below the root, for ``dis``, ``des``, ``fgm`` or ``edp``."""
    kind = {
        "dis": ("fpi", "dis-moms"), "des": ("fpi", "des-moms"), "fgm": ("fgm", ""), "edp": ("edp", "dce"),
    }[product]  # fmt: skip
    stamp = str(slot.astype("datetime64[s]"))
    digits = "".join(one for one in stamp if one.isdigit())
    name = "_".join(one for one in (f"mms{probe}", kind[0], "brst_l2", kind[1], digits, f"v{version}") if one)
    folder = Path("mms", f"mms{probe}", kind[0], "brst", "l2", kind[1])
    return folder / stamp[:4] / stamp[5:7] / stamp[8:10] / f"{name}.cdf"


def write_burst_files(root: Path, event: TailEvent, probe: int) -> Iterator[Path]:
    """Write the burst files of one event; their paths below the root."""
    state = records.position(event, probe)
    products = {
        "dis": records.ions(event, probe),
        "des": records.electrons(event, probe),
        "fgm": records.field(event, probe),
        "edp": records.electric(event, probe, "brst"),
    }
    edges = [-MARGIN_S, *map(float, event.slots_s), 1e6]
    for first, last in pairwise(edges):
        slot = _after(event, first)
        for product, found in products.items():
            part = found.between(
                slot - np.timedelta64(1, "ms"), _after(event, last) - np.timedelta64(1, "ms")
            )
            yield _write_part(root, product, probe, slot, part, state)


def _write_part(
    root: Path,
    product: str,
    probe: int,
    slot: np.datetime64,
    part: records.Records,
    state: records.Records,
) -> Path:
    """Write one burst file."""
    if product in ("dis", "des"):
        path = burst_path(product, probe, slot, FPI_VERSION)
        values, attributes = _moments(product, probe, part), variables.moments(probe, product)
        about = variables.moments_globals(probe, product, path.stem)
    elif product == "fgm":
        path = burst_path(product, probe, slot, FGM_VERSION)
        values, attributes = _field(probe, part, state), variables.fgm(probe)
        about = variables.fgm_globals(probe, path.stem)
    else:
        path = burst_path(product, probe, slot, EDP_VERSION)
        values, attributes = _electric(probe, "brst", part), variables.edp(probe, "brst")
        about = variables.edp_globals(probe, "brst", path.stem)
    write_cdf(root / path, values, attributes, about, PACKING)
    return path


def write_fast_file(root: Path, events: Sequence[TailEvent], probe: int) -> Path:
    """Write the survey electric field of the day, a minute around each event; its path below the root."""
    parts = [records.electric(event, probe, "fast") for event in events]
    names = parts[0].values
    joined = records.Records(
        np.concatenate([one.time for one in parts]),
        {name: np.concatenate([one.values[name] for one in parts]) for name in names},
    )
    day = events[0].day
    folder = Path("mms", f"mms{probe}", "edp", "fast", "l2", "dce", f"{day:%Y}", f"{day:%m}")
    path = folder / f"mms{probe}_edp_fast_l2_dce_{day:%Y%m%d}000000_v{EDP_VERSION}.cdf"
    about = variables.edp_globals(probe, "fast", path.stem)
    write_cdf(root / path, _electric(probe, "fast", joined), variables.edp(probe, "fast"), about, PACKING)
    return path


def _moments(instrument: str, probe: int, part: records.Records) -> dict[str, NDArray[Any]]:
    """Variables of an FPI file."""
    name = f"mms{probe}_{instrument}_"
    return {
        "Epoch": tt2000(part.time),
        "Epoch_plus_var": np.array(variables.CADENCE_S[instrument], dtype=np.float32),
        "Epoch_minus_var": np.array(0.0, dtype=np.float32),
        f"{name}bulkv_gse_label_brst": np.array(["Vx_GSE", "Vy_GSE", "Vz_GSE"]),
        f"{name}cartrep_brst": np.array(["x", "y", "z"]),
        **{f"{name}{key}_brst": one for key, one in part.values.items()},
    }


def _field(probe: int, part: records.Records, state: records.Records) -> dict[str, NDArray[Any]]:
    """Variables of an FGM file, with positions from two before it to two after it."""
    name, reach = f"mms{probe}_fgm_", np.timedelta64(60, "s")
    near = state.between(part.time[0] - reach, part.time[-1] + reach)
    labels = {
        f"label_{one}_{frame}": np.array([f"{one.upper()}{axis} {frame.upper()}" for axis in "xyzt"])
        for one in "br"
        for frame in ("gse", "gsm")
    }
    return {
        "Epoch": tt2000(part.time),
        "Epoch_state": tt2000(near.time),
        **{f"{name}{key}_brst_l2": one for key, one in {**part.values, **near.values}.items()},
        **labels,
        "represent_vec_tot": np.array(["x", "y", "z", "r"]),
    }


def _electric(probe: int, rate: str, part: records.Records) -> dict[str, NDArray[Any]]:
    """Variables of an EDP file."""
    name = f"mms{probe}_edp_"
    return {
        f"{name}epoch_{rate}_l2": tt2000(part.time),
        f"{name}label1_{rate}_l2": np.array(["Ex_GSE", "Ey_GSE", "Ez_GSE"]),
        **{f"{name}{key}_{rate}_l2": one for key, one in part.values.items()},
    }


def write_truth(root: Path, events: Sequence[TailEvent], probe: int, files: Iterable[Path]) -> None:
    """Write the truth table of a probe-day, and what its files are and hold."""
    stem = root / "truth" / "mms_rnn" / f"mms{probe}_{events[0].day:%Y%m%d}"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "event", "probe", "region", "x", "y", *FEATURES, "b0_nt", "n0_cm3", "source"])
    for event in events:
        writer.writerows(truth_rows(event, probe))
    write_text(stem.with_suffix(".csv"), text.getvalue())
    listed = [
        {"path": one.as_posix(), "sha256": hashlib.sha256((root / one).read_bytes()).hexdigest()}
        for one in sorted(files)
    ]
    about = {
        "source": SYNTHETIC, "probe": probe, "day": events[0].day.isoformat(), "notes": NOTES,
        "files": listed, "events": [_about(event, probe) for event in events],
    }  # fmt: skip
    write_text(stem.with_suffix(".json"), json.dumps(about, indent=1, sort_keys=True) + "\n")


def truth_times(event: TailEvent, probe: int) -> NDArray[np.datetime64]:
    """Centres of the electron measurements in the event, those left out of the files too."""
    centres = records.record_times(event, probe, "des") + np.timedelta64(15, "ms")
    start = plasma.start_of(event)
    return centres[(centres >= start) & (centres < _after(event, (event.stop - event.start).total_seconds()))]


def truth_rows(event: TailEvent, probe: int) -> Iterator[list[Any]]:
    """Rows of the truth table: time, region, place in the site [d_i], features without noise."""
    time = truth_times(event, probe)
    x, y = plasma.path(event, probe, time)
    region = true_region(x, y, Site(**dict(event.site)))
    values = plasma.features_at(event, x, y)
    places = np.column_stack([x, y, values])
    for at, number, row in zip(time.astype("datetime64[ms]"), region, places, strict=True):
        cells = [f"{one:.8g}" for one in row]
        yield [f"{at}Z", event.id, probe, REGIONS[number], *cells, event.b0_nt, event.n0_cm3, SYNTHETIC]


def _about(event: TailEvent, probe: int) -> Mapping[str, Any]:
    """Numbers of an event, and the faults planted in this spacecraft's files."""
    planted = [
        {
            "kind": one.kind,
            "start": f"{_after(event, one.start_s).astype('datetime64[ms]')}Z",
            "stop": f"{_after(event, one.stop_s).astype('datetime64[ms]')}Z",
        }
        for one in event.faults
        if one.probe == probe
    ]
    return {
        "id": event.id, "start": event.start.isoformat(), "stop": event.stop.isoformat(),
        "scales": asdict(plasma.scales(event)), "site": asdict(Site(**dict(event.site))),
        "lmn_rows_gsm": plasma.lmn(event).round(9).tolist(), "frozen": event.frozen,
        "offset_gsm_km": plasma.offset_km(event, probe).round(6).tolist(), "noise": event.noise,
        "e_turbulence_e0": event.e_turbulence, "n_bg_cm3": event.n_bg_cm3, "faults": planted,
    }  # fmt: skip


def _after(event: TailEvent, seconds: float) -> np.datetime64:
    return plasma.start_of(event) + np.timedelta64(round(1e9 * seconds), "ns")
