"""Tables of normals, timing, shape of the array and deHoffmann-Teller frames of one event, as data frames."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import Floats
from magnetoflow.mms_mp.normal_choice import angle_matrix
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.passages import Pass
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import Row, direction, probes_of, table

NORMALS = (
    *("method", "probe", "n_x", "n_y", "n_z", "error_deg", "angle_to_chosen_deg", "speed_km_s"),
    *(
        "speed_error_km_s",
        "points",
        "start",
        "stop",
        "reliable",
        "chosen",
        "reason",
        "quality",
        "frame",
        "source",
    ),
)
TIMING = (
    *("pass", "type", "method", "kind", "degenerate", "n_x", "n_y", "n_z", "tilt_1_deg", "tilt_2_deg"),
    *(
        "angle_to_chosen_deg",
        "speed_km_s",
        "speed_error_km_s",
        "elongation",
        "planarity",
        "condition",
        "chi2",
    ),
    *("probes", "reason", "source"),
)
ANGLES = ("normal_1", "normal_2", "angle_deg", "sigma_deg", "source")
NESTED = (
    *("probe", "half_window_s", "points", "ratio_12", "ratio_23", "angle_deg", "error_deg", "b_n_nt"),
    *("b_n_error_nt", "source"),
)
FORMATION = (
    *("time", "kind", "timing", "a_km", "b_km", "c_km", "elongation", "planarity", "linearity", "flatness"),
    *(
        "sphericity",
        "volume_km3",
        "condition",
        *(f"r{a}{b}_km" for a in range(1, 5) for b in range(a + 1, 5)),
    ),
    *("order_x_gsm", "order_n", "order_radial", "order_velocity", "reason", "source"),
)
HOFFMANN_TELLER = (
    *("probe", "species", "start", "stop", "points", "v_x_km_s", "v_y_km_s", "v_z_km_s", "speed_km_s"),
    *("speed_error_km_s", "correlation", "slope", "ratio", "walen_slope", "walen_slope_error"),
    *("walen_correlation", "anisotropy_used", "reliable", "reason", "source"),
)


def normals_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per method and spacecraft, with `NORMALS`; angles to the chosen N keep its sign."""
    return table(NORMALS, source, (_normal(analysis, one) for one in analysis.orientation.normals))


def _normal(analysis: Analysis, one: Normal) -> Row:
    lmn = analysis.orientation.lmn
    return {
        "method": one.method,
        "probe": one.probe,
        **_vector("n", one.n),
        "error_deg": one.error_deg,
        "angle_to_chosen_deg": angle_deg(one.n, lmn.matrix[2]),
        "speed_km_s": one.speed_km_s,
        "speed_error_km_s": one.speed_error_km_s,
        "points": one.points,
        "start": one.start,
        "stop": one.stop,
        "reliable": one.reliable,
        "chosen": bool(np.array_equal(one.n, lmn.matrix[2])),
        "reason": one.reason,
        "quality": "; ".join(f"{name}={value:.6g}" for name, value in sorted(one.quality.items())),
        "frame": one.frame,
    }


def nested_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per spacecraft (none: all together) and length of the window, with `NESTED`."""
    rows = ({**one, "probe": int(one["probe"]) or None} for one in analysis.orientation.nested)
    return table(NESTED, source, rows)


def angles_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per pair of normals, with `ANGLES`; ``sigma_deg`` is that of both errors together."""
    normals = analysis.orientation.normals
    labels, angles = angle_matrix(normals)
    rows = (
        {
            "normal_1": labels[i],
            "normal_2": labels[j],
            "angle_deg": angles[i, j],
            "sigma_deg": float(np.hypot(normals[i].error_deg, normals[j].error_deg)),
        }
        for i, j in combinations(range(len(normals)), 2)
    )
    return table(ANGLES, source, rows)


def timing_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per passage and method, with `TIMING`.

    ``timing`` is by times and positions alone, ``given`` the speed along a normal of another method,
    ``chosen`` the speed along the chosen N that thickness and summary use.
    """
    return table(TIMING, source, (row for one in analysis.passes for row in _timing(analysis, one)))


def _timing(analysis: Analysis, one: Pass) -> list[Row]:
    n, timing = analysis.orientation.lmn.matrix[2], one.timing
    common = {"pass": one.number, "type": direction(one.outbound), "probes": probes_of(one.crossings)}

    def row(method: str, normal: Floats, speed: float, error: float, reason: str) -> dict[str, Any]:
        estimate = {
            "speed_km_s": speed,
            "speed_error_km_s": error,
            "angle_to_chosen_deg": angle_deg(normal, n),
        }
        return {**common, "method": method, **_vector("n", normal), **estimate, "reason": reason}

    found = timing.normal
    rows: list[Row] = [
        {
            **row("timing", found.n, found.speed_km_s, found.speed_error_km_s, timing.reason or found.reason),
            "kind": timing.kind,
            "degenerate": timing.degenerate,
            "tilt_1_deg": timing.tilt_deg[0],
            "tilt_2_deg": timing.tilt_deg[1],
            "elongation": timing.elongation,
            "planarity": timing.planarity,
            "condition": timing.condition,
            "chi2": found.quality.get("chi2", np.nan),
        }
    ]
    if timing.given is not None:
        speed, error = timing.speed_given_km_s, timing.speed_given_error_km_s
        rows.append(row("given", timing.given.n, speed, error, f"along the normal by {timing.given.method}"))
    rows += [row(e.method, e.n, e.speed_km_s, e.speed_error_km_s, e.reason) for e in one.estimates]
    return [*rows, row("chosen", n, one.speed_km_s, one.speed_error_km_s, f"speed by {one.speed_method}")]


def formation_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """Shape of the array, one row with `FORMATION`."""
    one = analysis.formation
    row = {
        "time": one.time,
        **dict(zip(("a_km", "b_km", "c_km"), one.axes_km, strict=True)),
        **{name: getattr(one, name) for name in FORMATION if name != "source" and hasattr(one, name)},
        **{f"r{pair.replace('-', '')}_km": value for pair, value in one.separations_km.items()},
        **{f"order_{name}": order for name, order in one.orders.items()},
    }
    return table(FORMATION, source, [row])


def hoffmann_teller_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per spacecraft, with `HOFFMANN_TELLER`."""
    return table(
        HOFFMANN_TELLER,
        source,
        (
            {
                **{name: getattr(one, name) for name in HOFFMANN_TELLER if hasattr(one, name)},
                **dict(zip(("v_x_km_s", "v_y_km_s", "v_z_km_s"), one.v_km_s, strict=True)),
            }
            for one in analysis.hoffmann_teller.values()
        ),
    )


def _vector(name: str, values: Floats) -> dict[str, float]:
    return {f"{name}_{axis}": float(value) for axis, value in zip("xyz", values, strict=True)}
