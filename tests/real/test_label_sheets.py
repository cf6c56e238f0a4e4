"""The published label spreadsheets: rows and frames of each code."""

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from magnetoflow.aurora.label_codes import normal_code
from magnetoflow.aurora.labels import label_frames
from magnetoflow.io.label_sheets import camera_days, joined, read_label_sheet
from magnetoflow.io.pgm import read_minute
from magnetoflow.io.training_reading import read_blocks, read_training_set
from magnetoflow.io.training_sets import new_training_set
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
LABELS = REAL / "themis/labels"
pytestmark = pytest.mark.skipif(not LABELS.is_dir(), reason="no real files beside the checkout")

FILES = {
    "classification-09092022 updated.xlsx": (156, {"np": 207_025, "p": 67_587, "bv": 234_904}, 10),
    "classification-10012022.xlsx": (
        45,
        {"s": 2150, "bv": 3840, "sub": 3769, "p": 3085, "diff": 2011, "dis": 2924, "co": 1285, "cm": 2454,
         "co,cm": 1238, "cs": 3648},
        0,
    ),
    "classification-11202022.xlsx": (13, {"pa": 10_484}, 0),
    "classification-02012023.xlsx": (
        34,
        {"cl": 18_303, "dis-sub": 2902, "bv": 1434, "cs": 1209, "p": 868, "diff": 76},
        0,
    ),
    "New ML Batch 1 updated.xlsx": (
        270,
        {"no aurora": 52_021, "pulsating": 29_231, "patchy aurora": 9136, "discrete": 2777, "diffuse": 812,
         "diffuse,discrete": 5774, "substorm": 1097, "clouds": 11_160, "sunrise": 951, "sunset": 811},
        0,
    ),
    "New ML Batch 2 updated.xlsx": (
        327,
        {"no aurora": 55_742, "pulsating": 15_272, "pulasting": 1050, "patchy aurora": 8697, "discrete": 958,
         "diffuse": 111, "diffuse,discrete": 1961, "substorm": 160, "clouds": 12_162, "sunrise": 5002,
         "sunsrise": 255, "sunset": 4759},
        0,
    ),
    "human_intervals.csv": (
        193,
        {"cl": 133_044, "dis-sub": 120_483, "pa": 93_316, "cs": 132_375, "bv": 21_982},
        0,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    return {name: read_label_sheet(LABELS / name) for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_rows_and_frames_of_each_code(tables, name):
    rows, frames, set_aside = FILES[name]
    found = Counter()
    for row in tables[name].rows:
        found[normal_code(row.code)] += row.n_frames
    assert len(tables[name]) == rows
    assert dict(found) == frames
    assert sum("frames are used" in remark for remark in tables[name].remarks) == set_aside


def test_the_sheet_themis_of_10012022_alone_has_the_published_number_of_frames(tables):
    rows = [row for row in tables["classification-10012022.xlsx"].rows if ":themis:" in row.where]
    assert (len(rows), sum(row.n_frames for row in rows)) == (30, 21_876)


def test_camera_days(tables):
    training = joined(table for name, table in tables.items() if name.endswith("xlsx"))
    themis = [day for day in camera_days(training) if day[0] != "pfrr"]
    assert (len(themis), len({site for site, _ in themis})) == (64, 17)
    assert (min(day for _, day in themis), max(day for _, day in themis)) == (
        date(2012, 12, 17),
        date(2022, 3, 5),
    )
    assert len(camera_days(tables["human_intervals.csv"])) == 38


def test_frames_of_the_published_outputs_get_the_human_labels(tables):
    """Counts of section 7 of the page: 476,641 frames, their shares, and the accuracy of the outputs."""
    human, outputs, excess = [], [], {}
    for path in sorted(REAL.glob("themis/classifications/*/*/*/*_classifications.txt")):
        if path.stat().st_size < 1000:  # snkq 2019-11-13 holds no frames
            continue
        day, site = path.name.split("_")[:2]
        table = pd.read_csv(path, comment="#", dtype={"date": str}, usecols=["date", "time", "prediction"])
        time = pd.to_datetime(table["date"] + table["time"], format="%Y%m%d%H:%M:%S").to_numpy()
        found = label_frames(
            tables["human_intervals.csv"].rows, time, site=site, date=date.fromisoformat(day)
        )
        assert (found.report.rows_by_time, found.report.n_contradictory) == (0, 0)
        if found.report.excess:
            excess[site, day] = found.report.excess
        human.append(found.label)
        outputs.append(table["prediction"].to_numpy())
    label, output = np.concatenate(human), np.concatenate(outputs)
    known = label >= 0
    assert (len(label), known.sum()) == (477_653, 476_641)
    assert np.round(np.bincount(label[known]) / known.sum(), 3).tolist() == [0.293, 0.264, 0.247, 0.196]
    assert np.mean(label[known] == output[known]) == pytest.approx(0.616, abs=5e-4)
    assert excess == {
        ("gill", "20200118"): 10,
        ("gill", "20200221"): 1000,
        ("gill", "20200319"): -9242,
        ("fsmi", "20200414"): 1,
        ("gill", "20200414"): 1,
    }


def test_real_frames_with_sheet_labels_go_through_a_training_set(tables, tmp_path):
    """No sheet labels the sample minutes of gill; a row by times as the sheets have them stands in."""
    paths = sorted((REAL / "themis/asi/stream0/2014/03/10/gill_themis19/ut06").glob("*.pgm.gz"))
    row = replace(
        tables["classification-11202022.xlsx"].rows[0],
        site="gill",
        date=date(2014, 3, 10),
        start_time=datetime(2014, 3, 10, 6, 1, 3, tzinfo=UTC),
        end_time=datetime(2014, 3, 10, 6, 2, 0, tzinfo=UTC),
    )
    minutes = [read_minute(path) for path in paths]
    with new_training_set(tmp_path / "a.h5", "gill", sources=[row.where]) as writer:
        for frames in minutes:
            found = label_frames([row], frames.time, site="gill", date=date(2014, 3, 10))
            writer.append(frames, found.label, found.source)
    [(frames, label)] = read_blocks(tmp_path / "a.h5")
    np.testing.assert_array_equal(frames.images, np.concatenate([part.images for part in minutes]))
    np.testing.assert_array_equal(frames.time, np.concatenate([part.time for part in minutes]))
    assert label.tolist() == [-1] * 21 + [3] * 20 + [-1] * 39
    assert read_training_set(tmp_path / "a.h5").sources == ("classification-11202022.xlsx:themis:2",)
