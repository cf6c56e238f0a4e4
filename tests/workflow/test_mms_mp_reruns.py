"""What reruns after which edit of mms_mp, and one event from the command line."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml

from magnetoflow.io.mp_event_files import read_event
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_mp.figure_names import CAPTIONS
from tests.drawn import MP_LEFT_OUT
from tests.runs import ROOT, Run, copy_checkout

EVENTS = yaml.safe_load((ROOT / "config" / "mms_mp.yaml").read_text())["mms_mp"]["events"]
BELOW = {"mms_mp_tables": 1, "mms_mp_overview": 1, "mms_mp_all_figures": 1, "mms_mp_run": 1, "front_page": 1}
ONE_EVENT = {"mms_mp_analysis": 1, "mms_mp_figures": 1, "mms_mp_viewer": 1, **BELOW}
ALL = {"mms_mp_analysis": 6, "mms_mp_figures": 3, "mms_mp_viewer": 3, **BELOW}
FIGURES = [name for name in CAPTIONS if not name.startswith("spectrograms_")]


@pytest.fixture(scope="module")
def run(mp_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return mp_run.copy(tmp_path_factory.mktemp("mp_reruns") / "run")


@pytest.fixture
def edited(run, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(run.folder, copy_checkout(tmp_path / "checkout", run.checkout), "mms_mp")


def edit(path, old, new):
    text = path.read_text()
    assert old in text, f"{old!r} not in {path}"
    path.write_text(text.replace(old, new, 1))


def planned(run, *words):
    """Jobs by rule, but for figures and pages that the sample run has left out."""
    return run.plan(*words).rules - MP_LEFT_OUT


def test_a_finished_run_has_nothing_to_do_and_order_and_comments_change_nothing(run, edited):
    edit(edited.checkout / "config/mms_mp.yaml", "mms_mp:\n", "mms_mp:  # a comment\n")
    edit(edited.checkout / "magnetoflow/mms_mp/timing.py", "import annotations", "import annotations  # why")
    assert planned(edited, *run.overlay(events=EVENTS[::-1])) == {}


def test_a_colour_redraws_figures_and_viewers_only(run):
    words = run.overlay(figures={"colours": {"sheath": "#888888"}})
    drawn = {"mms_mp_figures": 3, "mms_mp_viewer": 3, "mms_mp_all_figures": 1}
    assert planned(run, *words) == drawn


def test_another_interval_of_one_event_reads_that_event_anew(run):
    words = run.overlay(events=[{**EVENTS[0], "stop": "2018-01-15T06:02:00"}, *EVENTS[1:]])
    assert planned(run, *words) == {"mms_mp_load": 1, **ONE_EVENT}


def test_another_method_of_the_normal_analyses_anew_and_reads_nothing(run):
    assert planned(run, *run.overlay(lmn={"method": "mva"})) == ALL


def test_an_edit_of_code_reruns_what_uses_it(edited):
    edit(edited.checkout / "magnetoflow/mms_mp/timing.py", "import annotations", "import annotations\nV = 1")
    rules = edited.plan().rules
    assert rules["mms_mp_analysis"] == 6
    assert not {"mms_mp_load", "manifest", "sample_mms_mp"} & set(rules)


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
        env=Run(tmp_path, run.checkout).environment(),
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
    assert "Data: folder" in (folder / "index.html").read_text()
    event = read_event(results / "work" / row["event"] / "event.nc", spectra=False)
    assert event.start == np.datetime64("2018-01-15T03:19:10")
    assert event.spacecraft[1].ephemeris == "mec"
