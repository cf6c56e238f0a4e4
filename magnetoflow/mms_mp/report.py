"""Result of one event as plain values: ``mp_analysis.json``, summary of the boundary, row of the table.

NaN becomes None. Probes are text keys, as JSON has no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from itertools import combinations
from typing import Any

import numpy as np

from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.passages import REGIONS, Crossing, Layer, Pass
from magnetoflow.mms_mp.passes import normal_of
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import FULL_WIDTH, along_n_km, utc

UNIX = np.datetime64("1970-01-01", "ns")
EVENT_ROW = (
    *("event", "start", "stop", "probes", "status", "passes", "type", "formation", "normal_method"),
    *("normal_reliable", "n_x", "n_y", "n_z", "l_x", "l_y", "l_z", "n_error_deg", "b_n_nt", "b_n_error_nt"),
    *("vn_km_s", "vn_error_km_s", "speed_method"),
    *(
        f"{name}_mms{probe}"
        for probe in range(1, 5)
        for name in (
            *("crossing", "crossing_error_s", "half_width_km", "half_width_error_km"),
            *("walen_slope", "walen_slope_error"),
        )
    ),
    *("notes", "source"),
)
"""Columns of the table over all events."""


def analysis_json(analysis: Analysis, source: str) -> dict[str, Any]:
    """Turn the result of one event into what ``mp_analysis.json`` holds.

    Parameters
    ----------
    analysis : Analysis
    source : str
        Where the data are from.

    Returns
    -------
    dict
        The published keys (``crossings_sec``: Unix seconds, ``positions_km``, ``boundary_normal``,
        ``phase_speed_km_s``: positive away from the Earth, ``phase_speed_sigma``, ``layer_thickness_km``:
        of the stay nearest to the crossing), which describe the main passage; then errors, methods,
        intervals, all passages, all normals and all layers.
    """
    lmn, main = analysis.orientation.lmn, analysis.main_pass
    normal, nearest = normal_of(lmn), main_layers(analysis)
    crossed = main.crossings if main else {}
    moved = {} if main is None else {
        "phase_speed_km_s": main.speed_km_s,
        "phase_speed_sigma": main.speed_error_km_s,
        "phase_speed_method": main.speed_method,
    }  # fmt: skip
    content = {
        "event": analysis.event,
        "start": analysis.start,
        "stop": analysis.stop,
        "rate": analysis.rate,
        "frame": analysis.frame,
        "frame_time": analysis.time0,
        "probes": analysis.probes,
        "status": analysis.status,
        "notes": analysis.notes,
        "source": source,
        "crossings_sec": {
            p: unix_s(analysis, crossed[p].time_s) if p in crossed else None for p in analysis.probes
        },
        "crossings_error_sec": {p: crossed[p].error_s if p in crossed else None for p in analysis.probes},
        "positions_km": analysis.position_km,
        "velocities_km_s": analysis.v_sc_km_s,
        "boundary_normal": lmn.matrix[2],
        "boundary_normal_method": lmn.method,
        "boundary_normal_reason": lmn.reason,
        "boundary_normal_reliable": lmn.reliable,
        "boundary_normal_error_deg": normal.error_deg,
        "boundary_normal_covariance_rad2": normal.covariance,
        "phase_speed_km_s": None,
        "phase_speed_sigma": None,
        "phase_speed_method": "",
        **moved,
        "layer_thickness_km": _by_region(analysis, nearest, "thickness_km"),
        "layer_thickness_error_km": _by_region(analysis, nearest, "error_km"),
        "layers": [_layer(analysis, one) for one in analysis.layers],
        "current_layer": _current_layer(main),
        "lmn": _lmn(lmn),
        "lmn_by_probe": {probe: _lmn(one) for probe, one in analysis.orientation.variance.items()},
        "nested_intervals": analysis.orientation.nested,
        "normals": [_normal(lmn, one) for one in analysis.orientation.normals],
        "main_pass": analysis.main or None,
        "passes": [_pass(analysis, one) for one in analysis.passes],
        "crossings": [_crossing(analysis, one) for found in analysis.crossings.values() for one in found],
        "hoffmann_teller": analysis.hoffmann_teller,
        "formation": analysis.formation,
        "shear": [{"time": utc(analysis, one.time_s), **plain(one)} for one in analysis.shears],
    }
    result: dict[str, Any] = plain(content)
    return result


def boundary_summary(analysis: Analysis) -> dict[str, Any]:
    """Delays, speeds and thicknesses of the main passage, as ``boundary_summary.json`` holds them.

    Returns
    -------
    dict
        ``delays_s`` of the second less the first of each of ``pairs``; ``vn_km_per_s`` along the chosen N;
        ``pair_vn_km_per_s`` what each pair alone says of it; ``crossing_duration_s`` 2 w and
        ``thickness_km`` 2 h by spacecraft; empty without a passage.
    """
    main = analysis.main_pass
    crossed = dict(sorted(main.crossings.items())) if main else {}
    pairs = {f"{a}-{b}": (crossed[a], crossed[b]) for a, b in combinations(crossed, 2)}
    thickness = main.thickness if main else {}
    content = {
        "pairs": list(pairs),
        "delays_s": {name: b.time_s - a.time_s for name, (a, b) in pairs.items()},
        "delays_error_s": {name: np.hypot(a.error_s, b.error_s) for name, (a, b) in pairs.items()},
        "vn_km_per_s": main.speed_km_s if main else None,
        "vn_error_km_per_s": main.speed_error_km_s if main else None,
        "pair_vn_km_per_s": {name: _pair_speed(analysis, *pair) for name, pair in pairs.items()},
        "crossing_duration_s": {probe: 2 * one.fit.w_s for probe, one in crossed.items()},
        "thickness_km": {probe: 2 * one.half_width_km for probe, one in thickness.items()},
        "thickness_error_km": {probe: 2 * one.half_width_error_km for probe, one in thickness.items()},
        "crossings": {probe: utc(analysis, one.time_s) for probe, one in crossed.items()},
    }
    result: dict[str, Any] = plain(content)
    return result


def metrics(analysis: Analysis) -> dict[str, float]:
    """Numbers that judge the event, by name with unit; NaN where there is nothing to judge."""
    lmn, main = analysis.orientation.lmn, analysis.main_pass
    normals = [one for one in analysis.orientation.normals if one.reliable and np.isfinite(one.n).all()]
    told = [one for one in analysis.predictions if np.isfinite(one.error_s)]
    errors = np.array([one.error_s for one in told])
    scaled = errors / np.array([one.expected_error_s for one in told])
    result = {
        "crossings": float(sum(map(len, analysis.crossings.values()))),
        "passes": float(len(analysis.passes)),
        "normal_error_deg": normal_of(lmn).error_deg,
        "largest_angle_to_chosen_deg": max(
            (angle_deg(one.n, lmn.matrix[2]) for one in normals), default=np.nan
        ),
        "b_n_nt": lmn.b_n_nt,
        "b_n_error_nt": lmn.b_n_error_nt,
        "vn_km_s": main.speed_km_s if main else np.nan,
        "vn_error_km_s": main.speed_error_km_s if main else np.nan,
        "predictions": float(len(told)),
        "prediction_mean_error_s": float(errors.mean()) if told else np.nan,
        "prediction_rms_error_s": float(np.sqrt(np.mean(errors**2))) if told else np.nan,
        "prediction_rms_over_expected": float(np.sqrt(np.mean(scaled**2))) if told else np.nan,
    }
    for probe, one in (main.thickness if main else {}).items():
        result[f"half_width_km_mms{probe}"] = one.half_width_km
    for probe, frame in analysis.hoffmann_teller.items():
        result[f"walen_slope_mms{probe}"] = frame.walen_slope
    for probe, motion in analysis.motion.items():
        known = motion.displacement_km[np.isfinite(motion.displacement_km)]
        result[f"displacement_range_km_mms{probe}"] = float(np.ptp(known)) if len(known) else np.nan
    return result


def event_row(analysis: Analysis, source: str) -> dict[str, Any]:
    """Build the row of an event in the table over all events; equal columns for every event."""
    lmn, main = analysis.orientation.lmn, analysis.main_pass
    axes = {
        f"{name}_{xyz}": lmn.matrix[k, j] for k, name in ((2, "n"), (0, "l")) for j, xyz in enumerate("xyz")
    }
    row: dict[str, Any] = {
        "event": analysis.event,
        "start": analysis.start,
        "stop": analysis.stop,
        "probes": " ".join(map(str, analysis.probes)),
        "status": analysis.status,
        "passes": len(analysis.passes),
        "type": ("out" if main.outbound else "in") if main else "",
        "formation": analysis.formation.kind,
        "normal_method": lmn.method,
        "normal_reliable": lmn.reliable,
        **axes,
        "n_error_deg": normal_of(lmn).error_deg,
        "b_n_nt": lmn.b_n_nt,
        "b_n_error_nt": lmn.b_n_error_nt,
        "vn_km_s": main.speed_km_s if main else np.nan,
        "vn_error_km_s": main.speed_error_km_s if main else np.nan,
        "speed_method": main.speed_method if main else "",
    }
    for probe in range(1, 5):
        thickness = main.thickness.get(probe) if main else None
        crossing = main.crossings.get(probe) if main else None
        frame = analysis.hoffmann_teller.get(probe)
        row[f"crossing_mms{probe}"] = utc(analysis, crossing.time_s if crossing else np.nan)
        row[f"crossing_error_s_mms{probe}"] = crossing.error_s if crossing else np.nan
        row[f"half_width_km_mms{probe}"] = thickness.half_width_km if thickness else np.nan
        row[f"half_width_error_km_mms{probe}"] = thickness.half_width_error_km if thickness else np.nan
        told = frame if frame is not None and frame.reliable else None
        row[f"walen_slope_mms{probe}"] = told.walen_slope if told else np.nan
        row[f"walen_slope_error_mms{probe}"] = told.walen_slope_error if told else np.nan
    return {**row, "notes": " ".join(analysis.notes), "source": source}


def main_layers(analysis: Analysis) -> dict[int, dict[str, Layer]]:
    """Of each spacecraft and region, the stay nearest to its crossing in the main pass, else the first."""
    crossed = analysis.main_pass.crossings if analysis.main_pass else {}

    def distance_s(one: Layer) -> float:
        if one.probe not in crossed:
            return one.start_s
        at = crossed[one.probe].time_s
        return max(one.start_s - at, at - one.stop_s, 0.0)

    result: dict[int, dict[str, Layer]] = {probe: {} for probe in analysis.probes}
    for one in sorted(analysis.layers, key=distance_s):
        result[one.probe].setdefault(one.layer, one)
    return result


def unix_s(analysis: Analysis, seconds: float) -> float:
    """Count seconds since 1970, UTC, without leap seconds."""
    return float((utc(analysis, seconds) - UNIX) / np.timedelta64(1, "ns")) / 1e9


def plain(value: Any) -> Any:
    """Turn records, arrays and times into what JSON holds; NaN into None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else f"{np.datetime_as_string(value, unit='us')}Z"
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _by_region(analysis: Analysis, nearest: Mapping[int, Mapping[str, Layer]], name: str) -> dict[int, Any]:
    return {
        probe: {region: getattr(nearest[probe].get(region), name, None) for region in REGIONS}
        for probe in analysis.probes
    }


def _layer(analysis: Analysis, one: Layer) -> dict[str, Any]:
    return {**plain(one), "start": utc(analysis, one.start_s), "stop": utc(analysis, one.stop_s)}


def _current_layer(main: Pass | None) -> dict[int, Any]:
    """Thickness of the current layer, of which the half-width is that of the tanh."""
    return {
        probe: {
            **plain(one),
            "thickness_km": 2 * one.half_width_km,
            "fwhm_km": FULL_WIDTH * one.half_width_km,
        }
        for probe, one in (main.thickness if main else {}).items()
    }


def _lmn(lmn: Lmn) -> dict[str, Any]:
    turns = np.sqrt(np.diag(lmn.covariance))
    errors = dict(zip(("turn_l_deg", "turn_m_deg", "turn_n_deg"), np.rad2deg(turns), strict=True))
    return {**dict(zip("LMN", lmn.matrix, strict=True)), **plain(lmn), **errors}


def _normal(lmn: Lmn, one: Normal) -> dict[str, Any]:
    return {
        **plain(one),
        "error_deg": one.error_deg,
        "angle_to_chosen_deg": angle_deg(one.n, lmn.matrix[2]),
    }


def _crossing(analysis: Analysis, one: Crossing) -> dict[str, Any]:
    return {
        **plain(one),
        "time": utc(analysis, one.time_s),
        "unix_s": unix_s(analysis, one.time_s),
        "r_n_km": along_n_km(analysis, one),
    }


def _pass(analysis: Analysis, one: Pass) -> dict[str, Any]:
    times = {probe: utc(analysis, crossing.time_s) for probe, crossing in one.crossings.items()}
    return {**plain(one), "crossings": times, "type": "out" if one.outbound else "in"}


def _pair_speed(analysis: Analysis, a: Crossing, b: Crossing) -> float:
    """Speed along N from one pair: way between the places of the two crossings over the delay."""
    delay = b.time_s - a.time_s
    return (along_n_km(analysis, b) - along_n_km(analysis, a)) / delay if delay else np.nan
