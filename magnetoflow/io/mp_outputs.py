"""Files with the results of one magnetopause event: JSON and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from magnetoflow.io.atomic import write_json
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_mp import motion_tables, normal_tables, quality, spectrogram_tables, tables
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.overlay import OVERLAY, Overlay, overlay_frame
from magnetoflow.mms_mp.report import EVENT_ROW, analysis_json, boundary_summary, event_row, metrics, plain
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.thickness_table import METHODS, thickness_methods_frame

Table = Callable[[Analysis, str], pd.DataFrame]

TABLES: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "crossings": (tables.crossings_frame, tables.CROSSINGS),
    "layer_thickness": (tables.layers_frame, tables.LAYERS),
    "thickness": (tables.thickness_frame, tables.THICKNESS),
    "predictions": (tables.predictions_frame, tables.PREDICTIONS),
    "shear": (tables.shear_frame, tables.SHEAR),
    "normals": (normal_tables.normals_frame, normal_tables.NORMALS),
    "angles": (normal_tables.angles_frame, normal_tables.ANGLES),
    "nested": (normal_tables.nested_frame, normal_tables.NESTED),
    "timing": (normal_tables.timing_frame, normal_tables.TIMING),
    "formation": (normal_tables.formation_frame, normal_tables.FORMATION),
    "hoffmann_teller": (normal_tables.hoffmann_teller_frame, normal_tables.HOFFMANN_TELLER),
}
OTHERS: Mapping[str, tuple[str, ...]] = {
    "summary_metrics": ("metric", "value", "source"),
    "event": EVENT_ROW,
    "overlay": OVERLAY,
    "thickness_methods": METHODS,
    "spectrogram_inventory": spectrogram_tables.INVENTORY,
    "spectrogram_diagnostics": spectrogram_tables.DIAGNOSTICS,
    "spectrogram_diagnostics_filtered": spectrogram_tables.DIAGNOSTICS,
    "quality": quality.QUALITY,
    "gaps": quality.GAPS,
}
DIGITS = 9
JSON = ("mp_analysis", "boundary_summary", "metrics")
MOTION = {
    "dn_mms{}": (motion_tables.displacement_frame, motion_tables.DISPLACEMENT),
    "vn_probe{}": (motion_tables.speed_frame, motion_tables.SPEED),
    "mms{}_DN_segments": (motion_tables.segments_frame, motion_tables.SEGMENTS),
}
"""Tables in the folder ``series``, one per spacecraft."""


def write_outputs(
    folder: str | Path,
    event: EventData,
    analysis: Analysis,
    source: str,
    probes: Sequence[int] | None = None,
    *,
    overlay: Overlay | None = None,
    keep: Mapping[str, Sequence[object] | None] | None = None,
) -> None:
    """Write every table and JSON file of one event.

    Parameters
    ----------
    folder : path
    event : EventData
    analysis : Analysis
    source : str
        Where the data are from.
    probes : sequence of int, optional
        Spacecraft that were asked for; one without motion has tables without rows.
    overlay : Overlay, optional
        Published normals and speeds.
    keep : mapping, optional
        Rows that the filtered table of spectrograms keeps.
    """
    place = Path(folder)
    numbers = metrics(analysis)
    contents = (analysis_json(analysis, source), boundary_summary(analysis), plain(numbers))
    for name, content in zip(JSON, contents, strict=True):
        write_json(place / f"{name}.json", content)
    for name, (frame, _) in TABLES.items():
        _write(place / f"{name}.csv", frame(analysis, source))
    diagnostics = spectrogram_tables.diagnostics_frame(event, analysis, source)
    rows = [{"metric": name, "value": value, "source": source} for name, value in numbers.items()]
    others = {
        "summary_metrics": pd.DataFrame(rows, columns=list(OTHERS["summary_metrics"])),
        "event": pd.DataFrame([event_row(analysis, source)]),
        "overlay": overlay_frame(overlay, analysis, source) if overlay else _empty(OVERLAY),
        "thickness_methods": thickness_methods_frame(event, analysis, source),
        "spectrogram_inventory": spectrogram_tables.inventory_frame(event, source),
        "spectrogram_diagnostics": diagnostics,
        "spectrogram_diagnostics_filtered": spectrogram_tables.filtered(diagnostics, keep or {}),
        "quality": quality.quality_frame(event, source),
        "gaps": quality.gap_list_frame(event, source),
    }
    for name, table in others.items():
        _write(place / f"{name}.csv", table)
    for probe in probes or analysis.probes:
        motion = analysis.motion.get(probe)
        for name, (make, columns) in MOTION.items():
            table = make(motion, source) if motion is not None else _empty(columns)
            _write(place / "series" / f"{name.format(probe)}.csv", table)


def write_nothing(
    folder: str | Path, event: str, probes: Sequence[int], source: str, reason: str | None
) -> None:
    """Write the files of an event that failed for its data: its reason, and tables without rows."""
    place = Path(folder)
    content = {"event": event, "status": "failed", "reason": reason, "source": source}
    for name in JSON:
        write_json(place / f"{name}.json", content)
    for name, columns in {**{name: one[1] for name, one in TABLES.items()}, **OTHERS}.items():
        _write(place / f"{name}.csv", _empty(columns))
    for probe in probes:
        for name, (_, columns) in MOTION.items():
            _write(place / "series" / f"{name.format(probe)}.csv", _empty(columns))


def _write(path: Path, table: pd.DataFrame) -> None:
    """Write a table with the digits that mean something."""
    numbers = table.select_dtypes("floating").columns
    short = {name: [float(f"{one:.{DIGITS}g}") for one in table[name]] for name in numbers}
    write_csv(path, table.assign(**short))


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))
