"""What reruns after which edit of aurora, and its other ways to run: predictions, training, periods."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from magnetoflow.io.tables import read_csv
from magnetoflow.sample.aurora_plan import UPDATED_SHEET
from tests.rerun_edits import asked, events_of, later, line, named, planned, write_otherwise
from tests.runs import Run, copy_checkout

EVENTS = events_of("aurora")
DAYS = (
    "gill, 20140310",
    "rank, 20140310",
    "gill, 20161230",
    "rank, 20161230",
    "gill, 20180130",
    "rank, 20180130",
)
NEW = {
    "id": "more",
    "site": "gill",
    "start": "2014-03-11T06:00",
    "stop": "2014-03-11T06:20",
    "required": False,
}


@pytest.fixture(scope="module")
def finished(aurora_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return aurora_run.copy(tmp_path_factory.mktemp("aurora_reruns") / "run")


@pytest.fixture
def edited(finished, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(finished.folder, copy_checkout(tmp_path / "checkout", finished.checkout), "aurora")


def test_r04_r11_r12_r13_r18_r23_r24_r25_r26_what_changes_no_result_reruns_nothing(edited):
    write_otherwise(edited.checkout, "aurora", "magnetoflow/aurora/clahe.py", "scripts/aurora/in_time.py")
    assert planned(edited, *edited.overlay(events=EVENTS[::-1])) == {}


def test_r01_an_edited_event_reruns_its_shard_and_what_is_below(finished):
    """Labels in time are of all nights of a site, and so are its figures."""
    plan = finished.plan(*finished.overlay(events=[*EVENTS[1:], {**EVENTS[0], "stop": "2014-03-10T06:15"}]))
    assert plan.rules == line("R01", "aurora")
    assert named(plan, DAYS) == {DAYS[0]}


def test_r02_a_new_camera_day_is_classified_alone(finished):
    plan = finished.plan(*finished.overlay(events=[NEW, *EVENTS]))
    assert plan.rules == line("R02", "aurora") + Counter(manifest=1)
    assert named(plan, [*DAYS, "gill, 20140311"]) == {"gill, 20140311"}


def test_r03_a_removed_camera_day_smooths_its_site_anew(finished):
    plan = finished.plan(*finished.overlay(events=EVENTS[:-1]))
    assert plan.rules == line("R03", "aurora")
    assert named(plan, DAYS) == set()


def test_r06_r46_a_colour_redraws_figures_only(finished):
    words = finished.overlay(figures={"colours": {"pulsating": "#CC79A7"}})
    assert planned(finished, *words) == line("R06", "aurora")


def test_r38_touched_files_rerun_nothing(finished, tmp_path):
    run = finished.copy(tmp_path / "run")
    for path in [*run.folder.glob("results/aurora/**/*.*"), *run.folder.glob("data/manifests/**/*.*")]:
        if path.is_file() and path.stat().st_size < 1e6:  # R44: of larger ones Snakemake looks at the time
            later(path)
    for path in run.folder.glob("results/aurora/work/*/*/*/*"):
        later(path, 9)
    assert run.plan().rules == {}


def test_r10_a_limit_of_intervals_reruns_what_is_in_time(finished):
    assert planned(finished, *finished.overlay(intervals={"min_probability": 0.6})) == asked(
        "aurora", "in_time"
    )


def test_r29_an_edited_label_spreadsheet_scores_anew(finished):
    sheet = finished.folder / "data/sample" / UPDATED_SHEET
    before = sheet.read_bytes()
    sheet.write_bytes(before + b" ")
    rules = planned(finished)
    sheet.write_bytes(before)
    assert rules == asked("aurora", "scores")


def test_published_text_files_stand_for_images(finished, tmp_path):
    """The rest of the chain, with scores, from text files alone; their rows are not in time order."""
    run = Run(tmp_path / "run", finished.checkout, "aurora")
    sample = finished.folder / "data/sample/themis"
    sheets = [str(path) for path in sorted((sample / "labels").iterdir())]
    words = run.overlay(
        events="predictions",
        predictions=str(sample / "classifications"),
        labels={"files": sheets},
        smoothing={"source": "mean"},  # the shipped one knows nights of hours, these are minutes
    )
    figure = "results/aurora/figures/camera_days/20140310_gill.png"
    run.make(*words, "--", figure, "results/aurora/evaluation.csv", "results/aurora/intervals.csv")
    scores = read_csv(run.results / "evaluation.csv").set_index(["stage", "camera_day"])
    assert scores.loc[("in_time", "all"), "accuracy"] > scores.loc[("frames", "all"), "accuracy"]
    assert scores.loc[("in_time", "all"), "flicker"] < 0.3 * scores.loc[("frames", "all"), "flicker"]
    smoothed = read_csv(run.results / "smoothed/gill.csv")
    assert smoothed["time"].is_monotonic_increasing
    assert set(smoothed["source"]) == {"folder"}
    assert len(read_csv(run.results / "pulsation.csv")) == 0
    assert (run.folder / figure).stat().st_size > 5000


def test_a_network_is_trained_on_labelled_camera_days(finished, tmp_path):
    """Sets in the published naming, progress in the log, weights with a card: two nights, one epoch."""
    run = finished.copy(tmp_path / "run")
    sheet = str(run.folder / "data/sample" / UPDATED_SHEET)
    words = run.overlay(
        model={"source": "fit", "epochs": 1, "per_class": 16, "block_minutes": 2, "blocks_per_interval": 1},
        labels={"files": [sheet]},
    )
    run.make(*words, "--", "results/aurora/model/network/model.json")
    names = sorted(path.name for path in (run.results / "training").iterdir())
    assert names == ["all-images-2014-03-10-gill.h5", "all-images-2014-03-10-rank.h5"]
    model = json.loads((run.results / "model/network/model.json").read_text())
    assert model["trained_on"] == "synthetic sample data, 2 labelled camera-days"
    assert "epoch 1 of 1" in (run.results / "logs/model.log").read_text()
    assert "synthetic sample data" in (run.results / "model/network/card.md").read_text()
    assert run.plan(*words, "--", "results/aurora/model/network/model.json").rules == {}


def test_a_dry_run_of_a_period_lists_its_shards(aurora_checkout, tmp_path):
    (tmp_path / "mirror").mkdir()
    period = ["--start", "2014-03-10", "--stop", "2014-03-12", "--sites", "gill", "rank"]
    done = subprocess.run(
        [sys.executable, "-m", "magnetoflow", "aurora", *period, "--archive", "mirror", "-n"],
        cwd=tmp_path,
        env=Run(tmp_path, aurora_checkout).environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Classifying images of rank, 20140311 from 00 h" in said
    assert "mms_gmm" not in said.replace("config/mms_gmm.yaml", "")
