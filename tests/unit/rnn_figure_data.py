"""Made-up spacecraft for the figures of mms_rnn: the analytic crossing with noise, a gap and lost inputs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from magnetoflow.figures.mms_rnn.measured import Measured
from magnetoflow.mms_rnn.analytic import fields, reference_path, true_region
from magnetoflow.mms_rnn.burst import UNITS, Burst
from magnetoflow.mms_rnn.classes import REGIONS, UNKNOWN
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.scaling import Scaling
from magnetoflow.mms_rnn.statistics import by_region

NOTE = (
    "Source: synthetic sample data | event sample_tail_a | 10 files: mms1_dis.cdf … mms1_fgm.cdf | "
    "model analytic-gru-32, trained on an analytic model"
)
START = np.datetime64("2017-07-19T08:15:00", "ns")
SCALING = Scaling(15.0, 0.25)
NOISE = np.array([0.02, 0.02, 0.02, 0.3, 0.3, 0.3, 0.02, 0.02, 0.04, 0.04, 0.04, 0.03, 0.03, 0.03])
GAP = slice(1900, 2000)
LOST = slice(500, 600)
SAMPLES = 3000


@cache
def crossing(probe: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features with noise, and x, y of the path, of one spacecraft."""
    rng = np.random.default_rng(probe)
    x, y = reference_path(SAMPLES)
    x, y = x + 0.05 * probe, y + 0.06 * (probe - 2.5)
    features = fields(x, y) + rng.normal(size=(SAMPLES, 14)) * NOISE
    features[LOST] = np.nan
    return features, x, y


def kept() -> np.ndarray:
    return np.delete(np.arange(SAMPLES), GAP)


def times() -> np.ndarray:
    return START + kept() * np.timedelta64(30_000_000, "ns")


def segments() -> np.ndarray:
    return (kept() >= GAP.stop).astype(np.int32)


@cache
def fake_measured(probe: int = 1, frame: str = "gsm") -> Measured:
    features = crossing(probe)[0][kept()]
    gsm = {name: features[:, at : at + 3][:, [0, 2, 1]] * (1, 1, -1) for name, at in
           (("b", 0), ("e", 3), ("vi", 8), ("ve", 11))}  # fmt: skip
    n = features[:, 6] * SCALING.n0_cm3
    v_i, v_e = gsm["vi"] * SCALING.v_a_km_s, gsm["ve"] * SCALING.ve_a_km_s
    b, e = gsm["b"] * SCALING.b0_nt, gsm["e"] * SCALING.e0_mv_m
    j = 1.6e-4 * n[:, None] * (v_i - v_e)
    prime = e + 1e-3 * np.cross(v_e, b)
    along = (j * b).sum(axis=1) * (prime * b).sum(axis=1) / (b**2).sum(axis=1)
    return Measured(
        times(), segments(), frame, b, e, n, features[:, 7] * SCALING.n0_cm3, 0.1 * n, v_i, v_e, j,
        (j * prime).sum(axis=1), along,
    )  # fmt: skip


@cache
def fake_labels(probe: int = 1, event: str = "sample_tail_a") -> pd.DataFrame:
    features, x, y = crossing(probe)
    rng = np.random.default_rng(10 + probe)
    code = true_region(x, y)[kept()]
    time, lost = times(), np.isnan(features[kept(), 0])
    noisy = np.where(rng.random(len(code)) < 0.02, rng.integers(0, 6, len(code)), code)
    confidence = np.clip(1.0 - 0.2 * rng.random(len(code)) ** 20, 0, 1)
    confidence[noisy != code] = 0.45
    unsure = confidence < 0.5
    unusual = np.zeros(len(code), dtype=bool)
    unusual[1200:1260] = True
    flags = np.where(unsure, FLAGS["UNSURE"], 0) | np.where(unusual, FLAGS["UNUSUAL"], 0)
    flags |= np.where(lost, FLAGS["IONS_MISSING"], 0)
    names = np.array(REGIONS, dtype=object)
    table = pd.DataFrame(
        {
            "Predicted": np.where(lost, np.nan, noisy),
            "time": [f"{one}Z" for one in time.astype("datetime64[ns]")],
            "event": event,
            "probe": probe,
            "region": np.where(unsure | unusual | lost, UNKNOWN, names[noisy]),
            "confidence": np.where(lost, np.nan, confidence),
            "unknown": unsure | unusual | lost,
            "ood_score": np.where(lost, np.nan, 0.5 + unusual),
            "stability": np.where(lost, np.nan, np.round(6 + 2 * np.sin(np.arange(len(code)) / 60)) / 8),
            "smoothed_region": np.where(unusual | lost, UNKNOWN, names[code]),
            "segment": segments(),
            "flags": flags,
            "source": "synthetic sample data",
            "model": "analytic-gru-32",
        }
    )
    table.loc[table.index[:700], "stability"] = np.where(table["stability"][:700].isna(), np.nan, 1.0)
    return table


def fake_statistics() -> pd.DataFrame:
    """Statistics of two events and two spacecraft."""
    parts = [(fake_labels(probe, event), fake_measured(probe)) for event in ("a", "b") for probe in (1, 2)]
    total = np.concatenate([one.work_nw_m3 for _, one in parts])
    along = np.concatenate([one.work_para_nw_m3 for _, one in parts])
    labels = pd.concat([one for one, _ in parts], ignore_index=True)
    total = total * np.where(labels["event"] == "a", 1.0, 1.6)
    values = {
        "j_dot_e_prime": total,
        "j_dot_e_prime_para": along,
        "j_dot_e_prime_perp": total - along,
    }
    return by_region(labels, values, draws=100)


def fake_confusion() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Confusion and scores of two sets at two noise levels; the last region of one set has no sample."""
    rng = np.random.default_rng(3)
    rows, scores = [], []
    for name in ("held_out_families", "sample"):
        for noise in (0.3, 0.5):
            counts = rng.integers(0, int(200 * noise), (6, 6)) + np.diag(rng.integers(5000, 9000, 6))
            if name == "sample":
                counts[5] = 0
            rows += [
                {"set": name, "noise_e0": noise, "truth": truth, "predicted": found, "samples": counts[k, j]}
                for k, truth in enumerate(REGIONS)
                for j, found in enumerate(REGIONS)
            ]
            scores += [
                {"set": name, "noise_e0": noise, "metric": metric, "value": value}
                for metric, value in (
                    ("macro_f1", 0.951),
                    ("false_separatrix", 0.012),
                    ("calibration_error", 0.02),
                )
            ]
    return pd.DataFrame(rows), pd.DataFrame(scores)


def fake_burst(count: int = 50) -> Burst:
    """A burst of random numbers, the right shapes."""
    rng = np.random.default_rng(5)
    shapes = {"gse_nt": (3,), "mv_m": (3,), "km_s": (3,), "npa": (3, 3), "km": (3,)}
    values = {
        name: rng.normal(size=(count, *next((shapes[end] for end in shapes if name.endswith(end)), ())))
        for name in UNITS
        if name not in ("segment", "flags")
    }
    blank = np.zeros(count, dtype=np.int32)
    return Burst(time=times()[:count], segment=blank, flags=blank, **values)


def fake_summary() -> pd.DataFrame:
    """Scales of four events with two spacecraft each; one has derived scales, one nothing from the data."""
    events = pd.DataFrame(
        {
            "event": ["A", "B", "C", "D"],
            "b0_nt": [21.3, 26.5, 16.1, 14.8],
            "b0_method": ["given", "given", "given", "lobe pressure"],
            "n0_cm3": [0.14, 1.03, 0.44, 0.31],
            "n0_method": ["given", "given", "given", "sheet centre"],
            "b0_from_data_nt": [20.1, 27.0, np.nan, 14.8],
            "b0_from_data_error_nt": [1.2, 0.9, np.nan, 1.1],
            "n0_from_data_cm3": [0.16, 0.8, np.nan, 0.31],
            "n0_from_data_error_cm3": [0.04, 0.2, np.nan, 0.08],
        }
    )
    return pd.concat([events.assign(probe=probe) for probe in (1, 2)], ignore_index=True)
