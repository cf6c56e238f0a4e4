"""What reruns after which edit of mms_mp, and one event from the command line."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from magnetoflow.io.mp_event_files import read_event
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_mp.figure_names import CAPTIONS
from tests.rerun_edits import LEFT_OUT, asked, events_of, later, line, named, planned, write_otherwise
from tests.runs import Run, copy_checkout
from tests.warm.calls import with_warm_scripts

EVENTS = events_of("mms_mp")
IDS = [event["id"] for event in EVENTS]
NEW = {**EVENTS[0], "id": "second_look", "probes": [1, 2], "start": "2018-01-15T05:58:00"}
ONE = {"load": 1, "analysis": 1, "figures": 1, "viewer": 1}
FIGURES = [name for name in CAPTIONS if not name.startswith("spectrograms_")]


@pytest.fixture(scope="module")
def run(mp_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return mp_run.copy(tmp_path_factory.mktemp("mms_mp_reruns") / "run")


@pytest.fixture
def edited(run, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(run.folder, copy_checkout(tmp_path / "checkout", run.checkout), "mms_mp")


def test_r04_r11_r12_r13_r18_r23_r24_r25_r26_what_changes_no_result_reruns_nothing(edited):
    write_otherwise(edited.checkout, "mms_mp", "magnetoflow/mms_mp/timing.py", "scripts/mms_mp/load.py")
    assert planned(edited, *edited.overlay(events=EVENTS[::-1])) == {}


def test_r01_another_interval_of_one_event_reads_that_event_anew(run):
    plan = run.plan(*run.overlay(events=[*EVENTS[1:], {**EVENTS[0], "stop": "2018-01-15T06:02:00"}]))
    assert plan.rules - LEFT_OUT["mms_mp"] == line("R01", "mms_mp")
    assert named(plan, IDS) == {IDS[0]}


def test_r02_a_new_event_runs_alone(run):
    plan = run.plan(*run.overlay(events=[NEW, *EVENTS]))
    assert plan.rules - LEFT_OUT["mms_mp"] == line("R02", "mms_mp")
    assert named(plan, [*IDS, NEW["id"]]) == {NEW["id"]}


def test_r03_a_removed_event_reruns_what_lists_all(run):
    assert planned(run, *run.overlay(events=EVENTS[1:])) == line("R03", "mms_mp")


def test_r06_r46_a_colour_redraws_figures_and_viewers_only(run):
    words = run.overlay(figures={"colours": {"sheath": "#888888"}})
    assert planned(run, *words) == line("R06", "mms_mp")


def test_r44_a_touched_file_of_more_than_1_mb_reruns_what_reads_it(run):
    """Snakemake compares the content of smaller files only."""
    path = run.results / "work/sample_mp_d/event.nc"
    times = path.stat()
    assert times.st_size > 1_000_000
    later(path)
    rules = planned(run)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert rules == asked("mms_mp", "analysis", **ONE)


def test_one_event_from_the_command_line(run, tmp_path):
    """Two spacecraft of a folder archive, part of an event, coarser plasma, figures and page."""
    for probe in ("mms1", "mms3"):
        place = tmp_path / "mirror/mms" / probe
        shutil.copytree(run.folder / "data/sample/mms" / probe, place, copy_function=os.link)
    span = ["--start", "2018-01-15T03:19:10", "--end", "2018-01-15T03:21:10", "--probes", "1", "3"]
    more = ["--cadence", "600ms", "--edp", "none", "--archive", "mirror", "--plot"]
    more += ["--set", "mms_mp.figures.dpi=60", "--set", "mms_mp.load.ephemeris=mec"]
    more += [f"--set=mms_mp.spectrograms.{name}=false" for name in ("grids", "combined")]
    done = subprocess.run(
        [sys.executable, "-m", "magnetoflow", "mms_mp", *span, *more],
        cwd=tmp_path,
        env=with_warm_scripts(Run(tmp_path, run.checkout).environment()),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results/mms_mp"
    (row,) = read_csv(results / "events.csv").to_dict("records")
    assert row["source"] == "folder"
    folder = results / row["event"]
    found = json.loads((folder / "mp_analysis.json").read_text())
    assert found["status"] == "ok"
    assert list(found["crossings_sec"]) == ["1", "3"]
    assert abs(found["phase_speed_km_s"] - 70) < 3 * found["phase_speed_sigma"]
    whole = json.loads((run.results / "sample_mp_e/mp_analysis.json").read_text())
    for probe, at in found["crossings_sec"].items():
        assert abs(at - whole["crossings_sec"][probe]) < 0.05
    assert all((folder / f"figures/{name}.png").stat().st_size > 1000 for name in FIGURES)
    for probe in (1, 3):
        for suffix in ("png", "csv"):
            assert len(list((folder / "viewer").glob(f"mms{probe}_summary_*.{suffix}"))) == 1
    assert "Data: folder" in (folder / "index.html").read_text()
    event = read_event(results / "work" / row["event"] / "event.nc", spectra=False)
    assert event.start == np.datetime64("2018-01-15T03:19:10")
    assert event.spacecraft[1].ephemeris == "mec"
