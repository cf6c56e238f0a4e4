"""Tables of one event, as data frames; the columns that users of the earlier toolkit know come first.

``set`` is the method of the chosen normal; ``type`` is ``out`` from magnetosphere to sheath, else ``in``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import Floats, Times
from magnetoflow.mms_mp.passages import Crossing, Pass
from magnetoflow.mms_mp.results import Analysis

FULL_WIDTH = 1.763
"""Full width at half maximum of the current of a tanh, in half-widths."""
DETECTORS = ("b_l", "density", "heplus", "heplus_fraction", "score")

CROSSINGS = (
    *("set", "probe", "type", "time_utc", "rN_km", "pass", "error_s", "w_s", "w_error_s", "before", "after"),
    *("jump_nt", "detector", *(f"{name}_utc" for name in DETECTORS), "fit_good", "fit_reason", "source"),
)
LAYERS = (
    *("probe", "layer", "thickness_km", "error_km", "start", "stop", "lower_bound", "method", "source"),
)
THICKNESS = (
    *("pass", "probe", "half_width_km", "half_width_error_km", "thickness_km", "fwhm_km", "w_s"),
    *("relative_speed_km_s", "relative_speed_error_km_s", "speed_method", "source"),
)
PREDICTIONS = (
    *("set", "ref", "tgt", "type", "t_ref", "t_act", "t_pred", "err_s", "Vn_ref_km_s"),
    *("expected_err_s", "speed_method", "source"),
)
SHEAR = ("set", "probe", "time_utc", "shear_deg", "sigma_deg", "window_s", "source")
WHOLE = ("probe", "pass", "points")

Row = Mapping[str, Any]


def utc(analysis: Analysis, seconds: float | Floats) -> Any:
    """UTC of times since `time0` [s], NaT for NaN."""
    at = np.asarray(seconds, dtype=np.float64)
    known = np.isfinite(at)
    whole = np.round(np.where(known, at, 0.0) * 1e9).astype("timedelta64[ns]")
    times: Times = np.where(
        known, analysis.time0.astype("datetime64[ns]") + whole, np.datetime64("NaT", "ns")
    )
    return times[()]


def crossings_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per crossing, with `CROSSINGS`; those of no passage have no ``pass``."""
    return table(
        CROSSINGS,
        source,
        (_crossing(analysis, one) for found in analysis.crossings.values() for one in found),
    )


def _crossing(analysis: Analysis, one: Crossing) -> Row:
    number = next((passage.number for passage in analysis.passes if _holds(passage, one)), None)
    return {
        "set": analysis.orientation.lmn.method,
        "probe": one.probe,
        "type": direction(one.outbound),
        "time_utc": utc(analysis, one.time_s),
        "rN_km": along_n_km(analysis, one),
        "pass": number,
        "error_s": one.error_s,
        "w_s": one.fit.w_s,
        "w_error_s": one.fit.w_error_s,
        "before": one.before,
        "after": one.after,
        "jump_nt": 2 * one.fit.c,
        "detector": one.detector,
        **{f"{name}_utc": utc(analysis, one.agrees.get(name, np.nan)) for name in DETECTORS},
        "fit_good": one.fit.good,
        "fit_reason": one.fit.reason,
    }


def along_n_km(analysis: Analysis, crossing: Crossing) -> float:
    """Place of a spacecraft along N at its crossing [km], by its velocity from that in the main pass."""
    main = analysis.main_pass
    known = main.crossings.get(crossing.probe) if main else None
    since = crossing.time_s - (known.time_s if known else 0.0)
    place = analysis.position_km[crossing.probe] + analysis.v_sc_km_s[crossing.probe] * since
    return float(analysis.orientation.lmn.matrix[2] @ place)


def layers_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per stay in a region, with `LAYERS`."""
    return table(
        LAYERS,
        source,
        (
            {
                "probe": one.probe,
                "layer": one.layer,
                "thickness_km": one.thickness_km,
                "error_km": one.error_km,
                "start": utc(analysis, one.start_s),
                "stop": utc(analysis, one.stop_s),
                "lower_bound": one.cut,
                "method": one.method,
            }
            for one in analysis.layers
        ),
    )


def thickness_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per passage and spacecraft, with `THICKNESS`: ``thickness_km`` is 2 h."""
    return table(
        THICKNESS,
        source,
        (
            {
                "pass": passage.number,
                "probe": probe,
                "half_width_km": one.half_width_km,
                "half_width_error_km": one.half_width_error_km,
                "thickness_km": 2 * one.half_width_km,
                "fwhm_km": FULL_WIDTH * one.half_width_km,
                "w_s": one.w_s,
                "relative_speed_km_s": one.relative_speed_km_s,
                "relative_speed_error_km_s": one.relative_speed_error_km_s,
                "speed_method": one.speed_method,
            }
            for passage in analysis.passes
            for probe, one in passage.thickness.items()
        ),
    )


def predictions_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per pair of spacecraft and passage, with `PREDICTIONS`; ``err_s`` is predicted less actual."""
    return table(
        PREDICTIONS,
        source,
        (
            {
                "set": analysis.orientation.lmn.method,
                "ref": one.reference,
                "tgt": one.target,
                "type": direction(one.outbound),
                "t_ref": utc(analysis, one.t_reference_s),
                "t_act": utc(analysis, one.t_actual_s),
                "t_pred": utc(analysis, one.t_predicted_s),
                "err_s": one.error_s,
                "Vn_ref_km_s": one.v_n_km_s,
                "expected_err_s": one.expected_error_s,
                "speed_method": one.method,
            }
            for one in analysis.predictions
        ),
    )


def shear_frame(analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per crossing, with `SHEAR`."""
    return table(
        SHEAR,
        source,
        (
            {
                "set": analysis.orientation.lmn.method,
                "probe": one.probe,
                "time_utc": utc(analysis, one.time_s),
                "shear_deg": one.shear_deg,
                "sigma_deg": one.sigma_deg,
                "window_s": one.window_s,
            }
            for one in analysis.shears
        ),
    )


def table(columns: tuple[str, ...], source: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Table with all columns, of no rows too; a whole number may be missing."""
    frame = pd.DataFrame([{**row, "source": source} for row in rows], columns=list(columns))
    return frame.astype({name: "Int64" for name in WHOLE if name in frame})


def direction(outbound: bool) -> str:
    """Name of the way of a crossing."""
    return "out" if outbound else "in"


def _holds(passage: Pass, crossing: Crossing) -> bool:
    one = passage.crossings.get(crossing.probe)
    return one is not None and one.time_s == crossing.time_s


def probes_of(crossings: Mapping[int, Crossing]) -> str:
    """Numbers of the spacecraft that crossed."""
    return " ".join(str(probe) for probe in sorted(crossings))
