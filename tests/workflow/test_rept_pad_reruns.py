"""What reruns after which edit of rept_pad; days and files of the user's own, labelled by a saved model."""

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from magnetoflow.io.tables import read_csv
from tests.rerun_edits import asked, events_of, line, planned, write_otherwise
from tests.rerun_table import full
from tests.rule_params import params, shipped, with_value
from tests.runs import Run, copy_checkout
from tests.warm.calls import with_warm_scripts

EVENTS = events_of("rept_pad")
IDS = [event["id"] for event in EVENTS]
NEW = {"id": "second_look", "probe": "a", "start": "2013-03-14T00:00:00", "stop": "2013-03-16T00:00:00"}


@pytest.fixture(scope="module")
def run(rept_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return rept_run.copy(tmp_path_factory.mktemp("rept_pad_reruns") / "run")


@pytest.fixture
def edited(run, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(run.folder, copy_checkout(tmp_path / "checkout", run.checkout), "rept_pad")


def test_r04_r11_r12_r13_r18_r23_r24_r25_r26_what_changes_no_result_reruns_nothing(edited):
    write_otherwise(
        edited.checkout, "rept_pad", "magnetoflow/rept_pad/naming.py", "scripts/rept_pad/records.py"
    )
    assert planned(edited, *edited.overlay(events=EVENTS[::-1])) == {}


def test_r01_a_shorter_event_reads_its_last_part_anew_and_fits_the_model_of_all(run):
    plan = run.plan(*run.overlay(events=[{**EVENTS[1], "stop": "2013-03-22T00:00:00"}, EVENTS[0]]))
    assert plan.rules == line("R01", "rept_pad")
    assert [job for job in plan.jobs if job.startswith("Reading")] == [
        f"Reading and preparing distributions of {IDS[1]} from 20130320"
    ]


def test_r02_a_new_event_is_read_alone(run):
    plan = run.plan(*run.overlay(events=[NEW, *EVENTS]))
    assert plan.rules == line("R02", "rept_pad")


def test_r02_with_a_saved_model_a_new_event_leaves_the_others_as_they_are(rept_run):
    base = with_value(shipped(), ("rept_pad", "model", "source"), str(rept_run.results / "model"))
    before = params("rept_pad", base)
    after = params("rept_pad", with_value(base, ("rept_pad", "events"), [*EVENTS, NEW]))
    for rule in ("records", "model", "part_labels", "series"):
        of_old = {job: after[full("rept_pad", rule)][job] for job in before[full("rept_pad", rule)]}
        assert of_old == before[full("rept_pad", rule)], rule


def test_r03_a_removed_event_fits_the_model_of_the_others(run):
    plan = run.plan(*run.overlay(events=EVENTS[1:]))
    assert plan.rules == line("R03", "rept_pad")


def test_r06_r46_a_figure_setting_redraws_figures_only(run):
    assert planned(run, *run.overlay(figures={"dpi": 100})) == line("R06", "rept_pad")


def test_r30_another_list_of_storms_sums_anew_and_fits_nothing(run):
    (storm,) = shipped()["rept_pad"]["storms"]
    words = run.overlay(storms=[{**storm, "onset": "2013-03-17T05:00:00"}])
    assert planned(run, *words) == asked("rept_pad", "part_labels", "tables", "series")


def test_new_days_from_the_command_line_get_the_ids_of_an_earlier_model(rept_run, tmp_path):
    """Two days of a folder archive, labelled by the model folder of the sample run."""
    shutil.copytree(rept_run.folder / "data/sample/rbsp", tmp_path / "mirror/rbsp")
    span = ["--probe", "RBSPb", "--start", "2013-03-18", "--stop", "2013-03-20", "--archive", "mirror"]
    done = subprocess.run(
        [sys.executable, "-m", "magnetoflow", "rept_pad", *span, "--model", str(rept_run.results / "model"),
         "labels.csv", "classes.csv"],
        cwd=tmp_path,
        env=with_warm_scripts(Run(tmp_path, rept_run.checkout).environment()),
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = read_csv(tmp_path / "results/rept_pad/labels.csv")
    whole = read_csv(rept_run.results / "labels.csv")
    whole = whole[(whole["probe"] == "b") & whole["time"].between("2013-03-18", "2013-03-20", "left")]
    shared = [name for name in whole if name not in ("event", "source")]
    pd.testing.assert_frame_equal(found[shared], whole[shared].reset_index(drop=True))
    assert set(found["source"]) == {"folder"}
    assert set(found["event"]) == {"rept_b_20130318T0000_20130320T0000"}


def test_an_array_file_of_any_mission_goes_the_same_way(rept_run, tmp_path):
    """The flux of one day, axes in another order under other names, and no L*."""
    from magnetoflow.io.rept import read_rept
    from magnetoflow.times import parse_utc

    name = "rbspa_rel03_ect-rept-sci-l3_20130318_v5.0.0.cdf"
    (path,) = (rept_run.folder / "data/sample/rbsp").rglob(name)
    day = read_rept([path], probe="a", start=parse_utc("2013-03-18"), stop=parse_utc("2013-03-19"))
    xr.Dataset(
        {
            "j": (("e", "when", "pa"), day.flux.transpose(2, 0, 1), {"units": "cm^-2 s^-1 sr^-1 MeV^-1"}),
            "ratio": ("when", day.b_ratio),
            "L": ("when", day.l),
            "MLT": ("when", day.mlt),
        },
        coords={
            "e": ("e", day.energy_mev * 1000, {"units": "keV"}),
            "pa": ("pa", day.angle_deg, {"units": "degrees"}),
            "when": day.time,
        },
    ).to_netcdf(tmp_path / "mine.nc", engine="h5netcdf")
    run = Run(tmp_path, rept_run.checkout, "rept_pad")
    names = {"flux": "j", "time": "when", "angle": "pa", "energy": "e", "b_ratio": "ratio", "l_star": ""}
    event = {"id": "mine", "probe": "x", "start": "2013-03-18", "stop": "2013-03-19"}
    words = run.overlay(
        array={"file": str(tmp_path / "mine.nc"), **names},
        events=[event],
        model={"source": str(rept_run.results / "model")},
    )
    run.make(*words, "--", "results/rept_pad/labels.csv", "results/rept_pad/run.json")
    found = read_csv(run.results / "labels.csv")
    whole = read_csv(rept_run.results / "labels.csv")
    whole = whole[(whole["probe"] == "a") & whole["time"].between("2013-03-18", "2013-03-19", "left")]
    np.testing.assert_array_equal(found["class_id"], whole["class_id"])
    np.testing.assert_allclose(found["flux_90"], whole["flux_90"], rtol=1e-3)
    assert found["L_star"].isna().all()
