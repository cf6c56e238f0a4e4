"""What reruns after which edit of rept_pad; days and files of the user's own, labelled by a saved model."""

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from magnetoflow.io.tables import read_csv
from tests.runs import ROOT, Run, copy_checkout

STUDY = yaml.safe_load((ROOT / "config" / "rept_pad.yaml").read_text())["rept_pad"]
EVENTS = STUDY["events"]
FIGURES = {"rept_pad_figures": 1, "rept_pad_series": 2}
MERGED = ("rept_pad_labels", "rept_pad_tables", "rept_pad_overview", "rept_pad_run", "front_page")
AFTER_LABELS = {**dict.fromkeys(MERGED, 1), **FIGURES}
AFTER_MODEL = {"rept_pad_part_labels": 4, **AFTER_LABELS}


@pytest.fixture(scope="module")
def run(rept_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return rept_run.copy(tmp_path_factory.mktemp("rept_reruns") / "run")


def edit(path, old, new):
    text = path.read_text()
    assert old in text, f"{old!r} not in {path}"
    path.write_text(text.replace(old, new, 1))


def test_order_of_events_and_comments_rerun_nothing_and_an_edited_module_what_reaches_it(run, tmp_path):
    edited = Run(run.folder, copy_checkout(tmp_path / "checkout", run.checkout), "rept_pad")
    edit(edited.checkout / "config/rept_pad.yaml", "rept_pad:\n", "rept_pad:  # a comment\n")
    module = edited.checkout / "magnetoflow/rept_pad/naming.py"
    edit(module, "import annotations", "import annotations  # why")
    assert edited.plan(*run.overlay(events=EVENTS[::-1])).rules == {}
    edit(module, "import annotations", "import annotations\nV = 1")
    rules = edited.plan().rules
    assert rules == {"rept_pad_model": 1, **AFTER_MODEL}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"figures": {"dpi": 100}}, FIGURES),
        ({"outputs": {"mlt_hours": 3}}, AFTER_MODEL),
        ({"cluster": {"classes": 5}}, {"rept_pad_model": 1, **AFTER_MODEL}),
        (
            {"prepare": {"fold": False, "equator": False}},
            {"rept_pad_records": 4, "rept_pad_model": 1, **AFTER_MODEL},
        ),
    ],
)
def test_a_change_reruns_what_depends_on_it(run, change, rules):
    assert run.plan(*run.overlay(**change)).rules == rules


def test_a_shorter_event_reads_its_last_part_anew(run):
    words = run.overlay(events=[EVENTS[0], {**EVENTS[1], "stop": "2013-03-22T00:00:00"}])
    assert run.plan(*words).rules["rept_pad_records"] == 1


def test_new_days_from_the_command_line_get_the_ids_of_an_earlier_model(rept_run, tmp_path):
    """Two days of a folder archive, labelled by the model folder of the sample run."""
    shutil.copytree(rept_run.folder / "data/sample/rbsp", tmp_path / "mirror/rbsp")
    span = ["--probe", "RBSPb", "--start", "2013-03-18", "--stop", "2013-03-20", "--archive", "mirror"]
    done = subprocess.run(
        [sys.executable, "-m", "magnetoflow", "rept_pad", *span, "--model", str(rept_run.results / "model"),
         "labels.csv", "classes.csv"],
        cwd=tmp_path,
        env=Run(tmp_path, rept_run.checkout).environment(),
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
