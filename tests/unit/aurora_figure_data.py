"""Stand-in tables and keograms for the tests of the aurora figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from magnetoflow.aurora.best_examples import Example
from magnetoflow.aurora.classes import CLASSES, Flag
from magnetoflow.aurora.keogram import Cut, Keogram
from magnetoflow.aurora.occurrence import daily_table, hourly_table
from magnetoflow.figures.style import source_note

NOTE = source_note(
    "synthetic sample data",
    events=["sample_gill"],
    files=["20140310_0600_gill_themis19_full.pgm.gz", "x", "20140310_0629_gill_themis19_full.pgm.gz"],
    model="m1",
    trained_on="synthetic sample data",
)
START = np.datetime64("2014-03-10T05:30", "ns")
STEP = np.timedelta64(3_000_000_000, "ns")


def labels(count: int) -> np.ndarray:
    """Classes in turn, a quarter each."""
    return np.repeat(np.arange(4), -(-count // 4))[:count]


def fake_frames(count: int = 1200, gap: slice = slice(500, 640)) -> pd.DataFrame:
    """Rows of the smoothed table with a gap; single frames flicker."""
    rng = np.random.default_rng(3)
    label = labels(count)
    raw = np.where(rng.random(count) < 0.3, rng.integers(0, 4, count), label)
    table = pd.DataFrame({"time": START + np.arange(count) * STEP, "site": "gill"})
    table["label"], table["raw_label"] = np.array(CLASSES)[label], np.array(CLASSES)[raw]
    for k, name in enumerate(CLASSES):
        table[f"p_{name}"] = np.where(label == k, 0.7, 0.1)
    table["flags"] = np.where(np.arange(count) < 200, int(Flag.MOON_UP), 0)
    table.loc[gap.stop, "flags"] |= int(Flag.GAP_BEFORE)
    keep = np.delete(np.arange(count), gap)
    return table.iloc[keep].reset_index(drop=True)


def cut(zenith: int = 128, ends: tuple[str, str] = ("N", "S")) -> Cut:
    """Through a lens of 120 pixels radius."""
    away = np.arange(256) - zenith
    angle = np.where(np.abs(away) <= 120, 90 + 90 * away / 120, np.nan)
    return Cut(zenith, angle.astype(np.float32), ends)


def fake_lines(frames: pd.DataFrame) -> Keogram:
    """Patches come and go on a sky that an arc crosses."""
    time = frames["time"].to_numpy()
    rng = np.random.default_rng(1)
    second = (time - time[0]) / np.timedelta64(1, "s")
    row = np.arange(256)[None]
    arc = 4000 * np.exp(-((row - 60 - 0.02 * second[:, None]) ** 2) / 80)
    blink = 1500 * (0.5 + 0.5 * np.cos(second / 2.2))[:, None] * np.exp(-((row - 170) ** 2) / 300)
    lines = 6000 + arc + blink + rng.normal(0, 60, (len(time), 256))
    lines[:, np.abs(np.arange(256) - 128) > 120] = 3300
    lines = lines.astype(np.float32)
    return Keogram(time, lines, lines[:, ::-1].copy(), cut(), cut(ends=("E", "W")))


def fake_patches(count: int = 5) -> pd.DataFrame:
    """Patches of the last quarter hour."""
    rng = np.random.default_rng(2)
    start = START + np.repeat(np.arange(15, 20), count) * np.timedelta64(180, "s")
    period = rng.normal(14, 2.5, len(start))
    return pd.DataFrame(
        {
            "start": start,
            "stop": start + np.timedelta64(180, "s"),
            "period_s": period,
            "period_error_s": rng.uniform(0.02, 0.4, len(start)),
        }
    )


def fake_occurrence(days: int = 9) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Daily and hourly tables of two cameras; one day of one of them is cloudy throughout."""
    time, site, label, mlt = [], [], [], []
    rng = np.random.default_rng(6)
    for day in range(days):
        for name in ("gill", "rank"):
            own = np.datetime64("2014-03-10T02:00", "ns") + day * np.timedelta64(1, "D")
            own = own + np.arange(0, 600) * np.timedelta64(60, "s")
            hour = np.arange(600) / 60
            kind = np.where(rng.random(600) < np.clip((hour - 3) / 8, 0, 1), 3, rng.integers(0, 3, 600))
            if (day, name) == (2, "gill"):
                kind[:] = 0
            time.append(own)
            site.append(np.full(600, name))
            label.append(kind)
            mlt.append((hour + 19.6) % 24)
    joined = [np.concatenate(part) for part in (time, site, label, mlt)]
    daily = daily_table(*joined[:3])
    return daily, hourly_table(*joined[:3], np.full(len(joined[0]), -94.0), joined[3])


def fake_intervals() -> pd.DataFrame:
    """Three intervals, one across midnight."""
    return pd.DataFrame(
        {
            "site": ["gill", "rank", "gill"],
            "start": ["2014-03-10T06:00:00Z", "2014-03-12T07:30:00Z", "2014-03-13T23:00:00Z"],
            "stop": ["2014-03-10T09:00:00Z", "2014-03-12T07:50:00Z", "2014-03-14T01:00:00Z"],
            "confidence": [0.95, 0.6, 0.8],
        }
    )


def fake_examples(count: int = 3) -> list[Example]:
    """Disks with a spot, more of them for later classes; none of the last class at count 0."""
    rng = np.random.default_rng(4)
    y, x = np.indices((256, 256))
    mask = np.hypot(y - 128, x - 124) < 100
    made = []
    for index in range(4):
        for number in range(count):
            light = 6000 + rng.normal(0, 80, (256, 256))
            for _ in range(3 * index):
                row, column = rng.integers(60, 200, 2)
                light = light + 2500 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 250)
            time = START + (100 * index + number) * STEP
            image = np.clip(light, 0, 65535).astype(np.uint16)
            made.append(Example("gill", time, index, 0.99 - 0.1 * number, image, mask, "left"))
    return made


def fake_reliability() -> pd.DataFrame:
    """Over-confident single frames, calibrated labels in time; the lowest bins empty."""
    edges = np.linspace(0, 1, 16)
    rows = []
    for stage, factor in (("frames", 0.7), ("in_time", 0.98)):
        for k in range(15):
            middle = (edges[k] + edges[k + 1]) / 2
            count = 0 if k < 3 else 100 * k
            right = middle * factor if count else np.nan
            rows.append((stage, edges[k], edges[k + 1], count, middle if count else np.nan, right))
    return pd.DataFrame(rows, columns=["stage", "low", "high", "frames", "confidence", "accuracy"])


def fake_confusion(days: int = 6) -> pd.DataFrame:
    """Matrices of camera-days and their sum; the first day has no pulsating frame."""
    rng = np.random.default_rng(5)
    matrices = {}
    for day in range(days):
        matrix = rng.integers(0, 60, (4, 4)) + np.diag(rng.integers(100, 900, 4))
        if day == 0:
            matrix[3] = 0
        matrices[f"gill_201403{10 + day:02d}"] = matrix
    matrices["all"] = sum(matrices.values())
    return pd.DataFrame(
        [
            {
                "stage": stage,
                "camera_day": day,
                "labelled": name,
                **{f"as_{other}": int(matrix[k, j]) for j, other in enumerate(CLASSES)},
            }
            for stage in ("frames", "in_time")
            for day, matrix in matrices.items()
            for k, name in enumerate(CLASSES)
        ]
    )
