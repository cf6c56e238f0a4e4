"""Tables of the study, as data frames: labels of frames, labels in time, intervals, pulsating patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.intervals import PulsatingInterval
from magnetoflow.aurora.pulsation_results import COLUMNS as PATCH
from magnetoflow.aurora.pulsation_results import Window, ground_velocity, patch_table, pulse_table

P_COLUMNS = tuple(f"p_{name}" for name in CLASSES)
FRAME_COLUMNS = (
    *("time", "site", "prediction", "prediction_str", "confidence"),
    *(*P_COLUMNS, "flags", "source", "model"),
)
SMOOTHED_COLUMNS = (
    *("time", "site", "label", "confidence", *P_COLUMNS),
    *("raw_label", "raw_confidence", "flags", "segment", "source", "model"),
)
INTERVAL_COLUMNS = (
    *("site", "start", "stop", "duration_s", "confidence", "frames", "gap_share"),
    *("source", "model"),
)
HEIGHT_KM = 110.0
"""At which drifts are mapped to the ground; skymaps hold it."""
PATCH_COLUMNS = ("site", *PATCH, "north_km_s_110", "east_km_s_110", "source")
PULSE_COLUMNS = ("site", "start", "stop", "row", "column", "window", "source")

Times = NDArray[np.datetime64]


def class_names(index: NDArray[np.integer]) -> NDArray[np.object_]:
    """Names of class indices; None for UNLABELLED."""
    names: NDArray[np.object_] = np.array([*CLASSES, None], object)[index]
    return names


def frame_table(
    site: str,
    time: Times,
    probabilities: NDArray[np.float32],
    flags: NDArray[np.uint16],
    *,
    source: str,
    model: str,
) -> pd.DataFrame:
    """One row per frame, in time order.

    Parameters
    ----------
    site : str
    time : (frame,) ndarray of datetime64[ns]
        UTC.
    probabilities : (frame, 4) ndarray of float32
    flags : (frame,) ndarray of uint16
    source, model : str

    Returns
    -------
    DataFrame
        With `FRAME_COLUMNS`.
    """
    best = probabilities.argmax(axis=1)
    columns = {
        "time": time,
        "site": site,
        "prediction": best,
        "prediction_str": class_names(best),
        "confidence": probabilities.max(axis=1, initial=0.0),
        **{name: probabilities[:, k] for k, name in enumerate(P_COLUMNS)},
        "flags": flags.astype(np.int64),
        "source": source,
        "model": model,
    }
    return pd.DataFrame(columns, columns=list(FRAME_COLUMNS))


def smoothed_table(
    site: str,
    time: Times,
    probabilities: NDArray[np.float64],
    label: NDArray[np.int8],
    raw: NDArray[np.float32],
    flags: NDArray[np.int64],
    segment: NDArray[np.int64],
    *,
    source: str,
    model: str,
) -> pd.DataFrame:
    """One row per frame of one site, labelled in time.

    Parameters
    ----------
    site : str
    time : (frame,) ndarray of datetime64[ns]
    probabilities : (frame, 4) ndarray
        Smoothed; NaN where missing.
    label : (frame,) ndarray of int8
    raw : (frame, 4) ndarray
        Probabilities of single frames.
    flags, segment : (frame,) ndarray of int
    source, model : str

    Returns
    -------
    DataFrame
        With `SMOOTHED_COLUMNS`; probabilities to four decimals.
    """
    chances = np.round(probabilities, 4)
    columns = {
        "time": time,
        "site": site,
        "label": class_names(label),
        "confidence": chances.max(axis=1, initial=-np.inf) if len(time) else chances[:, 0],
        **{name: chances[:, k] for k, name in enumerate(P_COLUMNS)},
        "raw_label": class_names(_winner(raw)),
        "raw_confidence": raw.max(axis=1, initial=-np.inf) if len(time) else raw[:, 0],
        "flags": flags.astype(np.int64),
        "segment": segment,
        "source": source,
        "model": model,
    }
    return pd.DataFrame(columns, columns=list(SMOOTHED_COLUMNS))


def day_frames(time: Times, values: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Smoothed frames as a figure takes them.

    Parameters
    ----------
    time : (frame,) ndarray of datetime64[ns]
    values : mapping of str to ndarray
        ``probabilities`` and ``raw`` (frame, 4), ``label``, ``flags``.

    Returns
    -------
    DataFrame
        ``time``, ``label``, ``raw_label``, ``p_<class>``, ``flags``.
    """
    columns = {"time": time, "label": class_names(values["label"])}
    columns["raw_label"] = class_names(_winner(values["raw"]))
    columns |= {name: values["probabilities"][:, k] for k, name in enumerate(P_COLUMNS)}
    return pd.DataFrame({**columns, "flags": values["flags"].astype(np.int64)})


def _winner(table: NDArray[np.floating]) -> NDArray[np.int64]:
    """Index of the largest value of each row; -1 where one is missing."""
    known = np.asarray(np.isfinite(table).all(axis=1))
    return np.where(known, np.where(known[:, None], table, 0).argmax(axis=1), -1)


def interval_table(
    site: str, intervals: Sequence[PulsatingInterval], *, source: str, model: str
) -> pd.DataFrame:
    """One row per interval of pulsating aurora of one site, with `INTERVAL_COLUMNS`."""
    return pd.DataFrame(
        [
            {
                "site": site,
                "start": one.start,
                "stop": one.stop,
                "duration_s": (one.stop - one.start) / np.timedelta64(1, "s"),
                "confidence": round(one.confidence, 4),
                "frames": one.frames,
                "gap_share": round(one.gap_share, 4),
                "source": source,
                "model": model,
            }
            for one in intervals
        ],
        columns=list(INTERVAL_COLUMNS),
    )


def located_patches(
    site: str,
    windows: Sequence[Window],
    ground: tuple[NDArray[np.floating], NDArray[np.floating]] | None,
    *,
    source: str,
) -> pd.DataFrame:
    """One row per pulsating patch and window, with `PATCH_COLUMNS`.

    Parameters
    ----------
    site : str
    windows : sequence of Window
    ground : ((257, 257) ndarray [deg], (257, 257) ndarray [deg]) or None
        Latitude and longitude of pixel corners at `HEIGHT_KM`; None: no velocity over ground.
    source : str

    Returns
    -------
    DataFrame
        Six significant digits: more than any error asks.
    """
    table = patch_table(windows)
    patches = [patch for window in windows for patch in window.patches]
    nowhere = (float("nan"), float("nan"))
    speeds = [ground_velocity(one, *ground, HEIGHT_KM) if ground else nowhere for one in patches]
    velocity = np.array(speeds, dtype=np.float64).reshape(-1, 2)
    table = table.assign(
        site=site, north_km_s_110=velocity[:, 0], east_km_s_110=velocity[:, 1], source=source
    )
    numbers = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].map(_rounded) for name in numbers})[list(PATCH_COLUMNS)]


def located_pulses(site: str, windows: Sequence[Window], *, source: str) -> pd.DataFrame:
    """One row per pulse of a patch, with `PULSE_COLUMNS`."""
    table = pulse_table(windows).assign(site=site, source=source)
    # an empty table has columns without a type
    whole = {name: table[name].astype("datetime64[ns]").dt.round("ms") for name in ("start", "stop")}
    near = {name: table[name].map(_rounded) for name in ("row", "column")}
    return table.assign(**whole, **near)[list(PULSE_COLUMNS)]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
