"""What reruns after which edit of mms_rnn, and its other ways to run."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from magnetoflow.io.tables import read_csv
from magnetoflow.io.time_series import read_series
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.generator import trajectories
from tests.rerun_edits import LEFT_OUT, act, asked, events_of, line, named, planned, write_otherwise
from tests.rerun_table import MODULES
from tests.runs import Run, copy_checkout
from tests.warm.calls import with_warm_scripts

EVENTS = events_of("mms_rnn")
IDS = [event["id"] for event in EVENTS]
NEW = {**EVENTS[0], "id": "second_look", "probes": [1, 2], "start": "2017-07-19T08:15:20"}
ONE = {"load": 4, "scaling": 1, "regions": 4, "page": 4, "event_figures": 1}
QUICK = {"hidden": 6, "layers": 1, "epochs": 1, "steps": 4, "families": 30}


@pytest.fixture(scope="module")
def run(rnn_run, tmp_path_factory):
    """A finished run that dry runs of this file share."""
    return rnn_run.copy(tmp_path_factory.mktemp("mms_rnn_reruns") / "run")


@pytest.fixture
def edited(run, tmp_path):
    """The finished run under a checkout that may be edited."""
    return Run(run.folder, copy_checkout(tmp_path / "checkout", run.checkout), "mms_rnn")


def test_r04_r11_r12_r13_r18_r23_r24_r25_r26_what_changes_no_result_reruns_nothing(edited):
    write_otherwise(edited.checkout, "mms_rnn", "magnetoflow/averaging.py", "scripts/mms_rnn/page.py")
    assert planned(edited, *edited.overlay(events=EVENTS[::-1])) == {}


def test_r01_another_interval_of_one_event_reads_that_event_anew(run):
    plan = run.plan(*run.overlay(events=[EVENTS[0], {**EVENTS[1], "stop": "2017-07-19T11:43:30"}, EVENTS[2]]))
    assert plan.rules - LEFT_OUT["mms_rnn"] == line("R01", "mms_rnn")
    assert named(plan, IDS) == {IDS[1]}


def test_r01_another_scale_of_one_event_reads_nothing_anew(run):
    plan = run.plan(*run.overlay(events=[EVENTS[0], {**EVENTS[1], "b0_nt": 21.0}, EVENTS[2]]))
    assert plan.rules - LEFT_OUT["mms_rnn"] == asked("mms_rnn", "scaling", **ONE)
    assert named(plan, IDS) == {IDS[1]}


def test_r02_a_new_event_runs_alone(run):
    plan = run.plan(*run.overlay(events=[NEW, *EVENTS]))
    assert plan.rules - LEFT_OUT["mms_rnn"] == line("R02", "mms_rnn")
    assert named(plan, [*IDS, NEW["id"]]) == {NEW["id"]}


def test_r03_a_removed_event_reruns_what_lists_all(run):
    assert planned(run, *run.overlay(events=EVENTS[1:])) == line("R03", "mms_rnn")


def test_r06_r46_a_colour_redraws_figures_only(run):
    words = run.overlay(figures={"colours": {"unknown": "#888888"}})
    assert planned(run, *words) == line("R06", "mms_rnn")


def test_r10_the_window_labels_anew(run):
    assert planned(run, *run.overlay(model={"window": 32})) == asked("mms_rnn", "regions")


def test_r20_an_edited_module_reruns_exactly_the_rules_that_reach_it(edited):
    act(edited.checkout / "magnetoflow/mms_rnn/location.py")
    assert planned(edited) == asked("mms_rnn", *MODULES["magnetoflow.mms_rnn.location"]["mms_rnn"])


def test_scales_are_derived_where_auto_is_asked(run, tmp_path):
    """B0 and n0 agree with what the sample was made of, within the errors that are stated."""
    copy = run.copy(tmp_path / "run")
    events = [{**event, "b0_nt": "auto", "n0_cm3": "auto"} for event in EVENTS]
    targets = [f"results/mms_rnn/{event['id']}/scaling.json" for event in EVENTS]
    copy.make(*copy.overlay(events=events), "--", *targets)
    distances = []
    for event, target in zip(EVENTS, targets, strict=True):
        found = json.loads((copy.folder / target).read_text())["scaling"]
        assert "total pressure" in found["b0_method"]
        for name, unit in (("b0", "nt"), ("n0", "cm3")):
            value, error = found[f"{name}_{unit}"], found[f"{name}_error_{unit}"]
            assert 0 < error < 0.5 * value
            distances.append((value - event[f"{name}_{unit}"]) / error)
    assert np.max(np.abs(distances)) < 3, distances
    assert np.sqrt(np.mean(np.square(distances))) < 1.7, distances


def test_local_axes_recover_a_tilted_sheet(run, tmp_path):
    """Event c is tilted by about 30 degrees: features in local axes are nearer to the truth than in GSM."""
    event = EVENTS[2]["id"]
    copy = run.copy(tmp_path / "run")
    name = f"results/mms_rnn/{event}_mms1/mms1_nndata.csv"
    in_gsm = read_features(copy.folder / name)
    copy.make(*copy.overlay(frame="lmn"), "--", name)
    in_lmn = read_features(copy.folder / name)
    scales = json.loads((copy.results / event / "scaling.json").read_text())
    assert scales["lmn"]["reliable"]
    truth = truth_of(copy, event, 1)
    error = [
        np.sqrt(np.nanmean((table.loc[truth.index, truth.columns] - truth).to_numpy() ** 2))
        for table in (in_gsm, in_lmn)
    ]
    assert error[1] < 0.5 * error[0], error


def read_features(path):
    table = read_csv(path)
    first = table.columns[0]
    table[first] = table[first].str.removesuffix("Z").astype("datetime64[ns]")
    return table.set_index(first)


def truth_of(run, event, probe):
    """Noise-free features of a spacecraft in one event."""
    table = read_csv(run.folder / f"data/sample/truth/mms_rnn/mms{probe}_20170719.csv")
    table = table[table["event"] == event].set_index("time")
    return table[["Bx", "By", "Ey", "vix"]]


def test_r31_a_network_is_trained_on_the_analytic_model_and_on_cuts_of_a_user(run, tmp_path):
    copy = run.copy(tmp_path / "run")
    words = copy.overlay(model={"source": "fit", "training": QUICK})
    target = "results/mms_rnn/model/model.json"
    copy.make(*words, "--", target)
    about = json.loads((copy.folder / target).read_text())
    assert "analytic" in about["trained_on"]
    assert "epoch 1 of 1" in (copy.results / "logs/model.log").read_text()
    assert len(read_csv(copy.results / "model/confusion.csv"))
    assert copy.plan(*words, "--", target).rules == {}
    table = tmp_path / "cuts.csv"
    write_cuts(table)
    words = copy.overlay(model={"source": "fit", "training": {**QUICK, "cuts": str(table)}})
    copy.make(*words, "--", target)
    assert json.loads((copy.folder / target).read_text())["trained_on"].startswith("cuts.csv, sha256 ")
    table.write_text(table.read_text() + "\n")
    assert copy.plan(*words, "--", target).rules == {"mms_rnn_model": 1}, "other cuts train anew"


def write_cuts(path):
    """Cuts as a user would give them: features and regions of fourteen paths through analytic sites."""
    rows = []
    for cut in trajectories(3, 14, "training"):
        table = pd.DataFrame(cut.features[::4], columns=list(FEATURES))
        rows.append(table.assign(cut=cut.name or cut.family, family=cut.family, region=cut.region[::4]))
    pd.concat(rows).to_csv(path, index=False)


def test_tplot_files_are_written_where_asked(run, tmp_path):
    pytest.importorskip("pyspedas")
    copy = run.copy(tmp_path / "run")
    name = f"results/mms_rnn/{EVENTS[0]['id']}_mms1/mms1_vars_norm.tplot"
    copy.make(*copy.overlay(tplot=True), "--", name)
    assert (copy.folder / name).stat().st_size > 10_000


def test_one_event_from_the_command_line(run, tmp_path):
    """Two spacecraft of a folder archive, part of an event, scales from the data."""
    mirror = tmp_path / "mirror"
    for probe in (1, 2):
        shutil.copytree(run.folder / f"data/sample/mms/mms{probe}", mirror / f"mms/mms{probe}")
    span = ["--start", "2017-07-19T08:15:20", "--stop", "2017-07-19T08:16:10", "--probes", "1", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "magnetoflow", "mms_rnn", *span, "--archive", "mirror", "summary.csv"],
        cwd=tmp_path,
        env=with_warm_scripts(Run(tmp_path, run.checkout).environment()),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    table = read_csv(tmp_path / "results/mms_rnn/summary.csv")
    assert list(table["probe"]) == [1, 2]
    assert set(table["source"]) == {"folder"}
    assert (table["n0_error_cm3"] > 0).all()
    time, values, about = read_series(
        tmp_path / "results/mms_rnn/tail_20170719T081520_20170719T081610_mms1/mms1_vars.nc", ("b_gse_nt",)
    )
    assert about["source"] == "folder"
    assert time[0] >= np.datetime64("2017-07-19T08:15:20")
    assert np.isfinite(values["b_gse_nt"]).all()
    _, curl, _ = read_series(
        tmp_path / "results/mms_rnn/tail_20170719T081520_20170719T081610/curlometer.nc", ("j_gse_ua_m2",)
    )
    assert len(curl["j_gse_ua_m2"]) == 0
