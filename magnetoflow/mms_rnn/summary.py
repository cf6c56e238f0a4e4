"""One row per event and spacecraft: what was found where, with which scale, and what was converted there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from magnetoflow.errors import VariableError
from magnetoflow.mms_rnn.classes import REGIONS, UNKNOWN
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.statistics import (
    BLOCK_S,
    MISSING,
    block_numbers,
    mean_error,
    region_names,
    sample_seconds,
    utc_ns,
)

Floats = NDArray[np.float64]
STABLE = 0.8
"""A label that at least this share of the repeats with other B0 and n0 gives again is stable."""
SCALE = (
    "b0_nt",
    "b0_error_nt",
    "b0_method",
    "n0_cm3",
    "n0_error_cm3",
    "n0_method",
    "v_a_km_s",
    "v_a_error_km_s",
    "e0_mv_m",
    "e0_error_mv_m",
    "d_i_km",
    "d_i_error_km",
)
"""Attributes of :class:`magnetoflow.mms_rnn.scaling.Scaling` that the row repeats."""


def summary(
    labels: pd.DataFrame,
    j_dot_e_prime_nw_m3: ArrayLike,
    scaling: object,
    facts: Mapping[str, object],
    *,
    block_s: float = BLOCK_S,
    seed: int = 0,
) -> pd.DataFrame:
    """Summarise one spacecraft in one event.

    Parameters
    ----------
    labels : DataFrame
        Its table of labels, not empty: ``time``, ``event``, ``probe``, ``segment``, ``flags``, ``region``,
        ``smoothed_region``, ``confidence``, ``stability``, ``unknown``, ``Predicted``, ``source``, ``model``.
    j_dot_e_prime_nw_m3 : (row,) array_like [nW/m^3]
        NaN where missing.
    scaling : object
        With the attributes :data:`SCALE`; one that it lacks is left empty.
    facts : mapping of str to value
        Further columns, for instance ``frame``, ``window``.
    block_s : float [s]
        Of the error of the mean.
    seed : int

    Returns
    -------
    DataFrame
        One row. ``seconds_<region>`` and ``share_<region>`` are of the smoothed regions; a share is of the
        time with all inputs. ``switches`` counts changes between regions of unsmoothed labels within
        segments. ``unsure_seconds`` is time with all inputs and yet unknown. ``work_nj_m3`` integrates
        J . E' over the time where it is known.

    Raises
    ------
    VariableError
        No row, more than one event or spacecraft, or arrays do not fit.
    """
    work = np.asarray(j_dot_e_prime_nw_m3, dtype=np.float64)
    if len(labels) == 0 or work.shape != (len(labels),):
        raise VariableError(
            "no sample to summarise, or J . E' does not fit", why=f"{work.shape}, {len(labels)}"
        )
    if len(labels[["event", "probe"]].drop_duplicates()) != 1:
        raise VariableError("a summary is of one event and spacecraft", todo="pass the tables one by one")
    time, seconds = utc_ns(labels["time"]), sample_seconds(labels)
    half = round(float(seconds[0]) * 0.5e9)
    given = labels["Predicted"].notna().to_numpy()
    row: dict[str, object] = {
        "event": labels["event"].iloc[0],
        "probe": labels["probe"].iloc[0],
        "start": np.datetime64(int(time[0]) - half, "ns"),
        "stop": np.datetime64(int(time[-1]) + half, "ns"),
        "samples": len(labels),
        "seconds": float(seconds.sum()),
        "seconds_missing_input": float(seconds[~given].sum()),
        "segments": int(labels["segment"].nunique()),
    }
    row |= _regions(labels, given, seconds) | _certainty(labels, given)
    row |= _flag_counts(labels["flags"].to_numpy(dtype=np.int64))
    row |= {name: getattr(scaling, name, None) for name in SCALE} | dict(facts)
    block = block_numbers(labels["time"], labels["event"].astype(str), block_s)
    mean, error, _ = mean_error(work, block, seed=seed)
    row |= {
        "mean_j_dot_e_prime_nw_m3": mean,
        "error_j_dot_e_prime_nw_m3": error,
        "work_nj_m3": float(np.nansum(work * seconds)) if np.isfinite(work).any() else np.nan,
        "source": labels["source"].iloc[0],
        "model": labels["model"].iloc[0],
    }
    return pd.DataFrame([row])


def _regions(labels: pd.DataFrame, given: NDArray[np.bool_], seconds: Floats) -> dict[str, float]:
    """Time in each region, and its share of the time with all inputs."""
    region = region_names(labels, "smoothed_region")
    spent = {name: float(seconds[region == name].sum()) for name in (*REGIONS, UNKNOWN)}
    total = float(seconds[given].sum())
    row = {f"seconds_{name}": spent[name] for name in REGIONS} | {"unsure_seconds": spent[UNKNOWN]}
    shares = {f"share_{name}": spent[name] / total if total else np.nan for name in (*REGIONS, UNKNOWN)}
    return row | shares


def _certainty(labels: pd.DataFrame, given: NDArray[np.bool_]) -> dict[str, float]:
    """Switches of the unsmoothed labels, and how sure and stable they are."""
    region, segment = region_names(labels, "region"), labels["segment"].to_numpy()
    named = (region != UNKNOWN) & (region != MISSING)
    pair = named[1:] & named[:-1] & (segment[1:] == segment[:-1])
    confidence = labels["confidence"].to_numpy(dtype=np.float64)[given]
    stability = labels["stability"].to_numpy(dtype=np.float64)[given]
    stability = stability[np.isfinite(stability)]
    return {
        "switches": int((pair & (region[1:] != region[:-1])).sum()),
        "median_confidence": float(np.median(confidence)) if len(confidence) else np.nan,
        "mean_stability": float(stability.mean()) if len(stability) else np.nan,
        "share_stable": float((stability >= STABLE).mean()) if len(stability) else np.nan,
    }


def _flag_counts(flags: NDArray[np.int64]) -> dict[str, int]:
    counts = {f"samples_{name.lower()}": int(((flags & bit) != 0).sum()) for name, bit in FLAGS.items()}
    return counts | {"samples_flagged": int((flags != 0).sum())}
