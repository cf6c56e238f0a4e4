"""The aurora study on real files: minutes, an hour CDF, published text files with human labels."""

import os
from pathlib import Path

import pytest

from magnetoflow.io.tables import read_csv
from tests.runs import ROOT, Run

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(not (REAL / "themis").is_dir(), reason="no real files beside the checkout")

GILL = {"id": "gill", "site": "gill", "start": "2014-03-10T06:00", "stop": "2014-03-10T06:04"}
GAKO = {"id": "gako", "site": "gako", "start": "2011-01-06T17:00", "stop": "2011-01-06T18:00"}
FRAMES = "results/aurora/frames"


@pytest.fixture
def run(aurora_checkout, tmp_path):
    run = Run(tmp_path / "run", aurora_checkout, "aurora")
    run.folder.mkdir()
    return run


def test_minutes_and_an_hour_cdf_with_the_published_mask(run):
    """Every frame once: 80 of four minutes, 23 of the hour; nothing but results and data is written."""
    words = [
        "--config",
        f"archive={REAL}",
        *run.overlay(events=[GILL, GAKO], preprocess={"mask": "compatible"}),
    ]
    names = [f"{FRAMES}/2014/03/10/20140310_gill_frames.csv", f"{FRAMES}/2011/01/06/20110106_gako_frames.csv"]
    before = {path: path.stat().st_mtime_ns for path in sorted((REAL / "themis/asi").rglob("*"))}
    run.make(*words, "--", *names)
    assert [len(read_csv(run.folder / name)) for name in names] == [80, 23]
    assert {path: path.stat().st_mtime_ns for path in sorted((REAL / "themis/asi").rglob("*"))} == before


def test_a_night_before_the_first_skymap_is_refused(run):
    words = ["--config", f"archive={REAL}", *run.overlay(events=[GAKO])]
    said = run.refuse(*words, "--", f"{FRAMES}/2011/01/06/20110106_gako_frames.csv")
    assert "aurora.preprocess.mask" in said
    assert "2011-03-05" in said


def test_published_text_files_are_smoothed_and_scored(run):
    """The rest of the chain on one short and one long camera-day; the shipped smoother has seen both."""
    labels = str(REAL / "themis/labels/human_intervals.csv")
    events = [
        {"id": "a", "site": "talo", "start": "2019-11-13", "stop": "2019-11-14"},
        {"id": "b", "site": "snkq", "start": "2020-02-19", "stop": "2020-02-20"},
    ]
    words = run.overlay(
        events=events, predictions=str(REAL / "themis/classifications"), labels={"files": [labels]}
    )
    run.make(*words, "--", "results/aurora/evaluation.csv", "results/aurora/intervals.csv")
    scores = read_csv(run.results / "evaluation.csv").set_index(["stage", "camera_day"])
    assert scores.loc[("in_time", "all"), "accuracy"] > scores.loc[("frames", "all"), "accuracy"]
    assert scores.loc[("in_time", "all"), "flicker"] < 0.005
