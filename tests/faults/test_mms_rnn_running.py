"""Runs of mms_rnn that meet missing or damaged files, or bad input: what the user sees, and what is left."""

import json
import os
import shutil
import signal
import time

import numpy as np
import pytest

from magnetoflow.io.burst_files import read_burst
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.tables import LABEL_COLUMNS
from tests.runs import Run, digests, leftovers

DAY = "2017/07/19"
EVENT = {
    "id": "part", "probes": [1], "start": "2017-07-19T08:15:10", "stop": "2017-07-19T08:15:40",
    "b0_nt": 15.0, "n0_cm3": 0.25,
}  # fmt: skip
LABELS = "results/mms_rnn/part_mms1/mms1_labels.csv"
FOLDERS = {
    "ions": f"fpi/brst/l2/dis-moms/{DAY}", "electrons": f"fpi/brst/l2/des-moms/{DAY}",
    "field": f"fgm/brst/l2/{DAY}", "electric": f"edp/brst/l2/dce/{DAY}", "fast": "edp/fast/l2/dce/2017/07",
}  # fmt: skip


@pytest.fixture
def folder(rnn_run, tmp_path):
    """Run on a folder archive: one spacecraft's sample files, for a test to damage; words for one event."""
    run = Run(tmp_path / "run", rnn_run.checkout, "mms_rnn")
    root = tmp_path / "mirror"
    shutil.copytree(rnn_run.folder / "data/sample/mms/mms1", root / "mms/mms1")
    return run, root, ["--config", f"archive={root}", *run.overlay(events=[EVENT])]


def first_file(root, name):
    return sorted((root / "mms/mms1" / FOLDERS[name]).iterdir())[0]


def test_an_event_without_a_product_names_it(folder):
    """One message, naming product, event and spacecraft; the other event goes on, the mirror is only read."""
    run, root, words = folder
    shutil.rmtree(root / "mms/mms1" / FOLDERS["electric"])
    before = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    said = run.refuse(*words, "--", LABELS)
    assert said.count("no electric field (EDP, burst) of the event") >= 1
    assert "event part, MMS1" in said
    assert "Traceback" not in said
    assert not (run.folder / LABELS).exists()
    assert {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()} == before
    skipping = run.overlay("skip.yaml", skip_failed=True)
    said = run.make(*words, *skipping[1:], "--", LABELS, "results/mms_rnn/failed.csv")
    assert tuple(read_csv(run.folder / LABELS).columns) == LABEL_COLUMNS
    assert len(read_csv(run.folder / LABELS)) == 0
    failed = read_csv(run.results / "failed.csv")
    assert list(failed["event"]) == ["part_mms1"]
    field = read_burst(run.results / "work/part_mms1/field.nc")
    assert len(field.time) == 1000, "field and position are there for the others"
    assert np.isfinite(field.b_gse_nt).all()
    assert np.isfinite(field.position_gse_km).all()
    assert "left out: part_mms1: MissingData" in said


def test_a_truncated_file_fails_its_event_or_leaves_a_stated_gap(folder):
    run, root, words = folder
    victim = first_file(root, "field")
    victim.write_bytes(victim.read_bytes()[:-5000])
    said = run.refuse(*words, "--", LABELS)
    assert victim.name in said
    assert "damaged file refused" in said
    gap = run.overlay("gap.yaml", on_damaged="gap")
    run.make(*words, *gap[1:], "--", LABELS)
    table = read_csv(run.folder / LABELS)
    assert ((table["flags"] & FLAGS["B_MISSING"]) > 0).all()
    assert ((table["flags"] & FLAGS["DAMAGED_FILE"]) > 0).all()
    assert table["Predicted"].isna().all()


def test_an_event_can_do_without_the_survey_electric_field(folder):
    run, root, words = folder
    shutil.rmtree(root / "mms/mms1" / FOLDERS["fast"])
    run.make(*words, "--", LABELS)
    table = read_csv(run.folder / LABELS)
    assert ((table["flags"] & FLAGS["FAST_E_MISSING"]) > 0).all()
    assert table["Predicted"].notna().all()
    fast = run.overlay("fast.yaml", work_field="fast")
    assert "no electric field (EDP, fast) of the event" in run.refuse(*words, *fast[1:], "--", LABELS)


def test_scales_that_cannot_be_derived_are_said_to_be_missing(folder):
    """The lobe has no sheet: its n0 cannot be found."""
    run, _, words = folder
    event = {**EVENT, "stop": "2017-07-19T08:15:14", "n0_cm3": "auto"}
    words = ["--config", words[1], *run.overlay(events=[event])]
    said = run.refuse(*words, "--", LABELS)
    assert "n0 cannot be derived from the data" in said
    assert "give n0" in said
    skipping = run.overlay("skip.yaml", skip_failed=True)
    names = ("failed.csv", "figures/part_mms1.png")
    run.make(*words, *skipping[1:], "--", LABELS, *(f"results/mms_rnn/{name}" for name in names))
    assert "n0 cannot be derived" in read_csv(run.results / "failed.csv")["reason"].iloc[0]


def test_a_killed_job_runs_again_to_the_same_bytes(folder, rnn_run):
    run, _, words = folder
    target = [*words, "--", LABELS]
    log = run.results / "logs/part_mms1/load.log"
    process = run.start(*target)
    end = time.monotonic() + 180
    while not log.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (run.folder / LABELS).exists()
    run.make("--unlock", *words)
    run.make(*target)
    assert leftovers(run.folder) == []
    mine = digests(run.folder, "results/mms_rnn/part_mms1")
    assert len(mine) == 5
    shutil.rmtree(run.results / "work")
    shutil.rmtree(run.results / "part_mms1")
    run.make(*target)
    assert digests(run.folder, "results/mms_rnn/part_mms1") == mine
    status = json.loads((run.results / "work/part_mms1/status.json").read_text())
    assert not status["failed"]


BAD = {
    "n0 of zero": (
        {"events": [{**EVENT, "n0_cm3": 0}]},
        "above 0 and below 1e+06, or auto",
    ),
    "negative B0": (
        {"events": [{**EVENT, "b0_nt": -5.0}]},
        "above 0 and below 1e+06, or auto",
    ),
    "a folder's name": ({"events": [{**EVENT, "id": "model"}]}, "the results have folders of these names"),
    "probe 5": ({"events": [{**EVENT, "probes": [1, 5]}]}, "probes"),
    "no probe": ({"events": [{**EVENT, "probes": []}]}, "the list is empty"),
    "an hour too long": ({"events": [{**EVENT, "stop": "2017-07-19T10:15"}]}, "split the interval"),
    "before the launch": (
        {"events": [{**EVENT, "start": "2014-07-19T08:00", "stop": "2014-07-19T08:01"}]},
        "before the launch of MMS",
    ),
    "not in the sample": (
        {"events": [{**EVENT, "start": "2017-07-20T08:00", "stop": "2017-07-20T08:01"}]},
        "the sample archive has no burst data of an event",
    ),
    "no such model": ({"model": {"source": "nowhere"}}, "no folder or file 'nowhere'"),
    "weights of another hash": ({"model": {"source": "weights.bin"}}, "sha256"),
    "no such cuts": ({"model": {"source": "fit", "training": {"cuts": "cuts.csv"}}}, "no file 'cuts.csv'"),
    "cuts without a fit": ({"model": {"training": {"cuts": "cuts.csv"}}}, "training.cuts is for source: fit"),
    "window": ({"model": {"window": 0}}, "window"),
    "factors": ({"labels": {"b0_factors": [0.8, -1]}}, "b0_factors"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration_is_refused_before_any_job(name, rnn_checkout, tmp_path):
    run = Run(tmp_path, rnn_checkout, "mms_rnn")
    section, expected = BAD[name]
    (tmp_path / "weights.bin").write_bytes(b"PK\x03\x04 not weights")
    said = run.refuse("-n", *run.overlay(**section))
    assert expected in said
    assert "Traceback" not in said
    assert not run.results.exists()
