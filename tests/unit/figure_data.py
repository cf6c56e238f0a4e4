"""Stand-in tables for the tests of the figures: shapes like the regions' spectra, not a model of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from magnetoflow.figures.mms_gmm.tables import MINUTE
from magnetoflow.figures.style import LABELS, REGIONS, source_note
from magnetoflow.mms_gmm.minutes import MinuteTable
from magnetoflow.mms_gmm.quality import Quality

NOTE = source_note(
    "synthetic sample data",
    events=["one"],
    files=["first_v1.cdf", "middle.cdf", "last_v2.cdf"],
    model="m1",
    trained_on="synthetic sample data",
)
# peak energy [eV], width [ln E], peak flux, background, |B| [nT] of stand-in spectra
SHAPES = {
    "solar_wind": (1100.0, 0.18, 6e7, 5e3, 6.0),
    "ion_foreshock": (1000.0, 0.25, 3e7, 8e4, 4.0),
    "magnetosheath": (600.0, 0.9, 2e7, 8e3, 15.0),
    "magnetosphere": (15000.0, 1.1, 3e6, 4e4, 50.0),
    "unknown": (3000.0, 2.0, 1e5, 1e4, 10.0),
}
FEATURES = ["log_energy", "log_width", "log_tail"]


def fake_minutes(
    names: list[str], start: str = "2015-10-17T04:55", seed: int = 1, low_ev: float = 11.3
) -> MinuteTable:
    """Minutes of stand-in spectra, one per region name; position on an outbound arc."""
    rng = np.random.default_rng(seed)
    count = len(names)
    energy = np.tile(np.geomspace(low_ev, 26600, 32), (count, 1))
    peak, width, top, background, field = np.array([SHAPES[name] for name in names]).reshape(-1, 5).T
    shape = (
        top[:, None] * np.exp(-((np.log(energy / peak[:, None]) / width[:, None]) ** 2) / 2)
        + background[:, None]
    )
    flux = shape * np.exp(rng.normal(0, 0.2, shape.shape))
    angle = np.linspace(-0.3, 0.9, count)
    radius = np.linspace(7, 15, count) * 6371.2
    return MinuteTable(
        time=np.datetime64(start, "ns") + np.arange(count) * MINUTE,
        energy_ev=energy,
        flux=flux,
        b_nt=field * np.exp(rng.normal(0, 0.15, count)),
        position_gse_km=np.column_stack([radius * np.cos(angle), radius * np.sin(angle), 0.2 * radius]),
        n_samples=np.full(count, 13),
        n_b=np.full(count, 480),
        quality=np.zeros(count, dtype=np.int64),
    )


def fake_labels(minutes: MinuteTable, names: list[str], event: str = "one") -> pd.DataFrame:
    """Rows of regions.csv: probability 0.9 for the label."""
    table = pd.DataFrame(
        {
            "event": event,
            "time": [f"{text}Z" for text in np.datetime_as_string(minutes.time, unit="s")],
            "probe": 1,
            "raw_label": names,
            "named_label": names,
        }
    )
    for region in REGIONS:
        share = np.where(np.array(names) == region, 0.9, 0.1 / 3)
        table[f"p_{region}"] = np.where(np.array(names) == "unknown", np.nan, share)
    return table


def blank(minutes: MinuteTable, rows: slice) -> MinuteTable:
    """The same minutes with no measurement in some of them."""
    for array in (minutes.energy_ev, minutes.flux, minutes.b_nt, minutes.position_gse_km):
        array[rows] = np.nan
    minutes.n_samples[rows] = 0
    minutes.quality[rows] |= Quality.NO_IONS | Quality.NO_FIELD
    return minutes


def day(count: int = 300) -> list[str]:
    order = ["magnetosphere", "magnetosheath", "solar_wind", "ion_foreshock", "solar_wind", "magnetosheath"]
    return [order[place * len(order) // count] for place in range(count)]


def fake_features(minutes: MinuteTable, names: list[str], event: str = "one") -> pd.DataFrame:
    rng = np.random.default_rng(5)
    place = np.array([LABELS.index(name) for name in names])
    values = np.column_stack([place, -0.3 * place, np.cos(place)]) + rng.normal(0, 0.1, (len(names), 3))
    return pd.DataFrame({"event": event, "time": minutes.time, **dict(zip(FEATURES, values.T, strict=True))})


def fake_components() -> list[tuple[np.ndarray, np.ndarray, str, float]]:
    covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.01, 0.0], [0.0, 0.0, 0.02]])
    return [(np.array([k, -0.3 * k, np.cos(k)]), covariance, LABELS[k], 0.25) for k in range(4)]


def fake_selection() -> pd.DataFrame:
    rows = []
    for covariance, offset in (("full", 0), ("tied", 9000), ("diag", 4000)):
        for k in (4, 5, 6, 7, 8, 10, 12):
            floor = covariance == "full" and k >= 10
            rows.append(
                {
                    "components": k,
                    "covariance": covariance,
                    "bic": 52000 + offset + 300 * (k - 8) ** 2,
                    "icl": 53000 + offset + 350 * (k - 7) ** 2,
                    "stability": 0.97 - 0.02 * (k - 4),
                    "stability_std": 0.02,
                    "min_weight": 0.01,
                    "at_floor": floor,
                    "accepted": not floor,
                    "chosen": covariance == "full" and k == 8,
                    "reason": f"component at the covariance floor {k}" if floor else "",
                }
            )
    return pd.DataFrame(rows)


def fake_crossings(labels: pd.DataFrame) -> pd.DataFrame:
    kinds = {
        frozenset({"solar_wind", "magnetosheath"}): "bow_shock",
        frozenset({"magnetosheath", "magnetosphere"}): "magnetopause",
        frozenset({"solar_wind", "ion_foreshock"}): "foreshock_boundary",
    }
    rows = []
    for event, part in labels.groupby("event", sort=False):
        names = part["named_label"].tolist()
        for place in range(1, len(names)):
            kind = kinds.get(frozenset({names[place - 1], names[place]}))
            if kind:
                rows.append(
                    (
                        event,
                        part["time"].iloc[place],
                        1,
                        kind,
                        names[place - 1],
                        names[place],
                        0.8,
                        place % 2 == 0,
                    )
                )
    columns = ["event", "time", "probe", "type", "from_region", "to_region", "confidence", "clean"]
    return pd.DataFrame(rows, columns=columns)
