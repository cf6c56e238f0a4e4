"""Truth of the magnetopause sample: what each spacecraft saw every second without noise, and each passage."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.io.atomic import write_text
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample import mms_mp_passage as passage
from magnetoflow.sample import mms_mp_records as records
from magnetoflow.sample.mms_mp_noise import NOISE
from magnetoflow.sample.mms_mp_plan import CrossingEvent
from magnetoflow.sample.mms_variables import SYNTHETIC

Floats = NDArray[np.float64]

COLUMNS = (
    "time", "event", "probe", "distance_km", "v_n_boundary_km_s", "b_l_nt", "b_m_nt", "b_n_nt", "n_cm3",
    "heplus_cm3", "v_l_km_s", "v_m_km_s", "v_n_km_s", "e_l_mv_m", "e_m_mv_m", "e_n_mv_m", "x_gse_km",
    "y_gse_km", "z_gse_km", "source",
)  # fmt: skip
NOTES = (
    "distance_km is along the true normal from the centre of the layer, positive in the sheath",
    "v_* are of the ions in the frame of the Earth; electrons carry the current: V_e = V_i - J/(e n)",
    "the electric field is -V_e x B, so it holds the Hall term",
    "the frame of an event is GSM at its middle, turned from GSE by one matrix; n is fixed in it",
    "rows of the table are instants; files hold averages over each measurement, noise, offsets and faults",
    "where rotational is true, V - V_HT is parallel or antiparallel to the Alfven velocity of protons alone",
)


def write_truth(root: Path, events: Sequence[CrossingEvent], probe: int, files: Iterable[Path]) -> None:
    """Write the truth table of a probe-day, and what its files are and hold."""
    stem = root / "truth" / "mms_mp" / f"mms{probe}_{events[0].day:%Y%m%d}"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for event in events:
        writer.writerows(truth_rows(event, probe))
    write_text(stem.with_suffix(".csv"), text.getvalue())
    listed = [
        {"path": one.as_posix(), "sha256": hashlib.sha256((root / one).read_bytes()).hexdigest()}
        for one in sorted(files)
    ]
    about = {
        "source": SYNTHETIC, "probe": probe, "day": events[0].day.isoformat(), "notes": NOTES,
        "noise_white_and_1_over_f": {name: list(one) for name, one in NOISE.items()},
        "b_offset_gse_nt": records.offset_nt(probe).round(6).tolist(),
        "e_offset_dsl_mv_m": records.offset_mv_m(probe).round(6).tolist(), "files": listed,
        "events": [about_event(event, probe) for event in events],
    }  # fmt: skip
    write_text(stem.with_suffix(".json"), json.dumps(about, indent=1, sort_keys=True) + "\n")


def truth_rows(event: CrossingEvent, probe: int) -> Iterator[list[Any]]:
    """Rows of the truth table, one a second."""
    time = orbit.utc(event) + np.arange(event.duration_s) * np.timedelta64(1, "s")
    boundary, t = passage.boundary_of(event), passage.seconds(event, time)
    x = passage.distance_km(event, probe, time)
    e_lmn = passage.electric_mv_m(event, probe, time) @ orbit.rotation(event).T @ boundary.axes.T
    values = np.column_stack(
        [
            x,
            boundary.speed_km_s(t),
            boundary.b_lmn_nt(x),
            boundary.density_cm3(x),
            boundary.heplus_density_cm3(x),
            boundary.v_lmn_km_s(t, x),
            e_lmn,
            orbit.position_gse_km(probe, time),
        ]
    )
    for at, row in zip(time.astype("datetime64[s]"), values.tolist(), strict=True):
        yield [f"{at}Z", event.id, probe, *(f"{one:.9g}" for one in row), SYNTHETIC]


def about_event(event: CrossingEvent, probe: int) -> Mapping[str, Any]:
    """Numbers of an event and of each passage over this spacecraft, and the faults in its files."""
    boundary = passage.boundary_of(event)
    planted = [
        {"kind": one.kind, "start": _iso(event, one.start_s), "stop": _iso(event, one.stop_s)}
        for one in event.faults
        if one.probe == probe
    ]
    passages = [
        {
            "time": f"{one.time}Z",
            "direction": "outbound" if one.outbound else "inbound",
            "v_n_km_s": round(one.v_n_km_s, 6),
            "v_sc_n_km_s": round(one.v_sc_n_km_s, 6),
            "width_s": round(one.width_s, 6),
            "position_km": one.position_km.round(6).tolist(),
        }
        for one in passage.true_passages(event, probe)
    ]
    return {
        "id": event.id, "start": event.start.isoformat(), "stop": event.stop.isoformat(),
        "probes": event.probes, "centre": _iso(event, event.centre_s), "boundary": asdict(boundary),
        "lmn_rows": boundary.axes.round(12).tolist(),
        "gse_to_frame": orbit.rotation(event).round(12).tolist(),
        "offset_km": orbit.offset_km(event, probe).round(6).tolist(), "array": event.array,
        "passages": passages, "faults": planted,
    }  # fmt: skip


def _iso(event: CrossingEvent, seconds: float) -> str:
    return f"{orbit.utc(event, seconds).astype('datetime64[ms]')}Z"
