"""Stand-in tables for the tests of the figures of pitch-angle distributions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from magnetoflow.figures.style import source_note

NOTE = source_note(
    "synthetic sample data",
    events=["sample_rept_a", "sample_rept_b"],
    model="rept-1a2b3c",
    trained_on="synthetic sample data",
)
ENERGIES = (1.8, 2.1, 2.6, 3.4, 4.2, 5.2, 6.3, 7.7, 9.9, 12.3, 15.2, 20.0)
ANGLE = tuple((np.arange(9) + 0.5) * 180 / 17)
NAMES = (
    "flattop A",
    "pancake A",
    "pancake B",
    "butterfly",
    "butterfly to pancake",
    "flattop to pancake to field-aligned",
)
START = np.datetime64("2013-03-16T00:00", "ns")
MINUTE = np.timedelta64(60_000_000_000, "ns")
BACKGROUND_FROM = 6.0
UNSEEN = (1, ANGLE[0])
"""Class and angle that no record shows."""


def shape_of(k: int, energy: float) -> str:
    """Shape planted in a class at an energy."""
    if energy > BACKGROUND_FROM:
        return "background"
    first, _, rest = NAMES[k - 1].partition(" to ")
    return (rest.split(" to ")[0] if rest and energy > 3.5 else first).split(" ")[0]


def curve(shape: str) -> np.ndarray:
    """Flux over angle; the greatest is not 1."""
    sine = np.sin(np.radians(ANGLE))
    off = (90 - np.array(ANGLE)) / 22
    power = {"pancake": 2.0, "flattop": 0.3, "butterfly": 0.8}.get(shape, 0.0)
    return 2 * sine**power * (1 - (0.5 if shape == "butterfly" else 0) * np.exp(-(off**2)))


def fake_classes(count: int = 6) -> pd.DataFrame:
    """Classes with their shares, then background and no data."""
    k = np.arange(1, count + 1)
    names = [NAMES[(one - 1) % 6] for one in k]
    share = 2 * k / (count * (count + 1))
    table = pd.DataFrame({"class_id": k, "class_name": names, "records": 1000 * k, "share": share})
    table["share_error"] = 0.004
    states = pd.DataFrame({"class_id": [0, -1], "class_name": ["background", "no data"], "records": [70, 20]})
    return pd.concat([table, states], ignore_index=True)


def fake_shapes(count: int = 6, energies: tuple[float, ...] = ENERGIES) -> pd.DataFrame:
    """Shape of each class and energy."""
    rows = [(k, e, shape_of((k - 1) % 6 + 1, e)) for k in range(1, count + 1) for e in energies]
    return pd.DataFrame(rows, columns=["class_id", "energy_mev", "shape"])


def fake_pads(count: int = 6, energies: tuple[float, ...] = ENERGIES) -> pd.DataFrame:
    """Mean and quantiles of each class, energy and angle."""
    rows = []
    for k in range(1, count + 1):
        for energy in energies:
            shape = shape_of((k - 1) % 6 + 1, energy)
            mean = curve(shape) * energy**-3
            for angle, one in zip(ANGLE, mean, strict=True):
                value = np.nan if (k, angle) == UNSEEN else one
                rows.append(
                    (k, energy, angle, shape, value, 0.05 * value, 0.7 * value, 0.97 * value, 1.35 * value)
                )
    names = ["class_id", "energy_mev", "angle_deg", "shape", "mean", "mean_error", "q10", "q50", "q90"]
    return pd.DataFrame(rows, columns=names)


def fake_scores(count: int = 3000) -> pd.DataFrame:
    """Six clouds of scores and some background."""
    rng = np.random.default_rng(1)
    k = np.arange(count) % 7
    middle = rng.normal(0, 4, (7, 3))
    table = pd.DataFrame(
        middle[k] + rng.normal(0, 0.6, (count, 3)), columns=["score_1", "score_2", "score_3"]
    )
    return table.assign(class_id=k)


def shares(total: float, weights: np.ndarray) -> np.ndarray:
    """Records of each class out of a total."""
    return np.floor(total * weights / weights.sum())


def fake_occurrence(activities: tuple[str, ...] = ("quiet", "main", "all"), count: int = 6) -> pd.DataFrame:
    """Maps in which class k sits at hour 4 k; the ring L < 3 has few records, L > 6 at night none."""
    rows = []
    for activity in activities:
        for shell in np.arange(2.5, 6.5, 0.5):
            for hour in np.arange(0, 24, 2.0):
                total = 4 if shell < 3 else 0 if shell >= 6 and hour < 4 else 100
                near = np.cos((hour + 1 - 4 * np.arange(1, count + 1)) * np.pi / 12)
                own = shares(total, np.exp(2 * near))
                for k in range(1, count + 1):
                    if total:
                        part = own[k - 1] / total
                        error = np.sqrt(part * (1 - part) / total)
                        cell = (shell, shell + 0.5, hour, hour + 2)
                        rows.append((activity, *cell, k, own[k - 1], total, part, error))
    names = ["activity", "l_low", "l_high", "mlt_low", "mlt_high", "class_id", "records", "total"]
    return pd.DataFrame(rows, columns=[*names, "share", "share_error"])


def fake_storms(storms: tuple[str, ...] = ("all", "storm_1", "storm_2"), count: int = 6) -> pd.DataFrame:
    """Class k prevails at hour -36 + 24 (k - 1), background at L < 3.25; no record at L > 5 for a day."""
    rows = []
    for storm in storms:
        for hour in np.arange(-48, 24 * count - 24, 6.0):
            for shell in np.arange(3, 6.0, 0.25):
                total = 0 if shell >= 5 and 0 <= hour < 24 else 50 if storm == "storm_2" else 40
                near = np.exp(-(((hour + 36 - 24 * np.arange(count)) / 25) ** 2))
                own = shares(total, np.array([3.0 * (shell < 3.25), *near]))
                cell = (storm, hour, hour + 6, shell, shell + 0.25)
                rows += [(*cell, k, own[k], total, own[k] / total) for k in range(count + 1) if total]
    names = ["storm", "epoch_low_h", "epoch_high_h", "l_low", "l_high", "class_id", "records", "total"]
    return pd.DataFrame(rows, columns=[*names, "share"])


def fake_selection() -> pd.DataFrame:
    """Rows of a sweep of the bandwidth."""
    width = np.geomspace(0.2, 4, 12)
    k = np.array([19, 14, 10, 8, 6, 6, 6, 6, 5, 3, 2, 1])
    stability = np.array([0.4, 0.5, 0.7, 0.8, 0.97, 0.98, 0.99, 0.98, 0.8, 0.9, 1, np.nan])
    table = pd.DataFrame({"quantile": np.geomspace(0.01, 0.4, 12), "bandwidth": width, "k": k})
    return table.assign(stability=stability, stability_error=0.02)


def fake_number() -> pd.DataFrame:
    """Rows of criteria by number of classes; 6 is chosen."""
    k = np.arange(2, 11)
    bic = 40000 + 800 * np.abs(k - 6.0) ** 1.5
    table = pd.DataFrame({"k": k, "bic": bic, "icl": bic + 300 * np.maximum(k - 6, 0)})
    return table.assign(stability=1 - 0.03 * np.maximum(k - 6, 0), chosen=k == 6)


def fake_methods() -> pd.DataFrame:
    """Our way, the reference and some between."""
    names = [
        "weighted + mixture",
        "weighted + k-means",
        "PCA (energy-max) + mixture",
        "reference: max, AE + PCA(3)",
    ]
    table = pd.DataFrame({"method": names, "k": [6, 6, 6, 8], "stability": [0.99, 0.97, 0.93, 0.71]})
    table["stability_error"] = 0.01
    table["agreement"] = [1.0, 0.94, 0.9, 0.62]
    table["explained_variance"] = [0.97, 0.97, 0.91, np.nan]
    table["reconstruction_error"] = [0.05, 0.05, 0.08, 0.21]
    return table.assign(chosen=["true", "false", "false", "false"])


def fake_examples(records: int = 6, energies: tuple[float, ...] = ENERGIES) -> pd.DataFrame:
    """Measured and reconstructed fluxes of some records; 5.2 MeV of the first has no count at 90 degrees."""
    rng = np.random.default_rng(2)
    rows = []
    for record in range(records):
        for energy in energies:
            model = 3e5 * energy**-5 * curve(shape_of(record % 6 + 1, min(energy, 5.0)))
            one = 40.0 / energy
            counts = rng.poisson(model / one).astype(float)
            if (record, energy) == (0, 5.2):
                counts[-1] = 0
            for angle, true, seen in zip(ANGLE, model, counts, strict=True):
                row = (record, START + 700 * record * MINUTE, record % 6 + 1, 4.5, energy, angle)
                rows.append((*row, seen * one, np.sqrt(max(seen, 1)) * one, true))
    names = [
        "record",
        "time",
        "class_id",
        "L",
        "energy_mev",
        "angle_deg",
        "flux",
        "flux_error",
        "reconstructed",
    ]
    return pd.DataFrame(rows, columns=names)


def fake_errors(energies: tuple[float, ...] = ENERGIES) -> pd.DataFrame:
    """Error of three methods at each energy."""
    methods = {"weighted": 0.05, "PCA": 0.08, "autoencoder": 0.2}
    rows = [(e, name, size * e**0.8) for name, size in methods.items() for e in energies]
    return pd.DataFrame(rows, columns=["energy_mev", "method", "error"])


def fake_labels(days: int = 10) -> pd.DataFrame:
    """Records of one event, a minute apart, orbits of 9 h; no data on one day, background beyond L 5.6."""
    count = 1440 * days
    rng = np.random.default_rng(3)
    minute = np.arange(count)
    shell = 1.1 + 4.9 * np.abs(np.sin(np.pi * minute / 540)) ** 0.8
    k = np.clip(((shell - 2.5) * 2).astype(int), 0, 5) + 1
    k = np.where(minute < count // 2, k, 7 - k)
    k = np.where((shell > 5.6) | (shell < 2.5), 0, k)
    k[1440 * 4 : 1440 * 5] = -1
    table = pd.DataFrame(
        {"event": "sample_rept_a", "time": START + minute * MINUTE, "L": shell, "class_id": k}
    )
    for one in range(1, 7):
        table[f"p_{one}"] = np.where(k > 0, np.where(k == one, 0.9, 0.02), np.nan)
    flux = 1e6 * np.exp(-(((shell - 4.3) / 0.8) ** 2)) * rng.lognormal(0, 0.2, count)
    table["flux_90"] = np.where(k >= 0, flux, np.nan)
    table["anisotropy"] = np.where(k > 0, 0.2 * k + rng.normal(0, 0.05, count), np.nan)
    return table
