"""Files with the results of one magnetopause event: JSON and tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from magnetoflow.io.atomic import write_json
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_mp import motion_tables, normal_tables, tables
from magnetoflow.mms_mp.report import analysis_json, boundary_summary, event_row, metrics, plain
from magnetoflow.mms_mp.results import Analysis

TABLES = {
    "crossings.csv": tables.crossings_frame,
    "layer_thickness.csv": tables.layers_frame,
    "thickness.csv": tables.thickness_frame,
    "predictions.csv": tables.predictions_frame,
    "shear.csv": tables.shear_frame,
    "normals.csv": normal_tables.normals_frame,
    "timing.csv": normal_tables.timing_frame,
    "formation.csv": normal_tables.formation_frame,
    "hoffmann_teller.csv": normal_tables.hoffmann_teller_frame,
}
JSON = ("mp_analysis.json", "boundary_summary.json", "metrics.json")
MOTION = {
    "dn_mms{}.csv": (motion_tables.displacement_frame, motion_tables.DISPLACEMENT),
    "vn_probe{}.csv": (motion_tables.speed_frame, motion_tables.SPEED),
    "mms{}_DN_segments.csv": (motion_tables.segments_frame, motion_tables.SEGMENTS),
}


def output_names(probes: tuple[int, ...]) -> list[str]:
    """Names of all files that `write_outputs` writes, for the spacecraft that were asked for."""
    motion = [name.format(probe) for probe in probes for name in MOTION]
    return [*JSON, *TABLES, "summary_metrics.csv", "event.csv", *motion]


def write_outputs(
    folder: str | Path, analysis: Analysis, source: str, probes: tuple[int, ...] | None = None
) -> None:
    """Write every table and JSON file of one event.

    Parameters
    ----------
    folder : path
    analysis : Analysis
    source : str
        Where the data are from.
    probes : tuple of int, optional
        Spacecraft that were asked for; one without motion has tables without rows.
    """
    place = Path(folder)
    numbers = metrics(analysis)
    contents = (analysis_json(analysis, source), boundary_summary(analysis), plain(numbers))
    for name, content in zip(JSON, contents, strict=True):
        write_json(place / name, content)
    for name, frame in TABLES.items():
        write_csv(place / name, frame(analysis, source))
    rows = [{"metric": name, "value": value, "source": source} for name, value in numbers.items()]
    write_csv(place / "summary_metrics.csv", pd.DataFrame(rows, columns=["metric", "value", "source"]))
    write_csv(place / "event.csv", pd.DataFrame([event_row(analysis, source)]))
    for probe in probes or analysis.probes:
        motion = analysis.motion.get(probe)
        for name, (make, columns) in MOTION.items():
            table = make(motion, source) if motion is not None else pd.DataFrame(columns=list(columns))
            write_csv(place / name.format(probe), table)
