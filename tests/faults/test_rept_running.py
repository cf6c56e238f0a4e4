"""Runs of rept_pad that meet missing or damaged files, bad input, or a kill: what the user sees."""

import os
import shutil
import signal
import time

import pandas as pd
import pytest

from magnetoflow.io.tables import read_csv
from tests.runs import Run, digests, leftovers

EVENT = {"id": "part", "probe": "a", "start": "2013-03-18", "stop": "2013-03-20"}
LABELS, TABLES = "results/rept_pad/labels.csv", "results/rept_pad/remarks.csv"


@pytest.fixture
def folder(rept_run, tmp_path):
    """Run on a folder archive: four days of one probe, labelled by the model of the sample run."""
    run = Run(tmp_path / "run", rept_run.checkout, "rept_pad")
    root = tmp_path / "mirror"
    shutil.copytree(rept_run.folder / "data/sample/rbsp/rbspa", root / "rbsp/rbspa")
    shutil.copytree(rept_run.results / "model", tmp_path / "model")
    study = {"events": [EVENT], "model": {"source": str(tmp_path / "model")}}
    return run, root, study


def file_of(root, day):
    (path,) = root.rglob(f"*_{day}_v5.0.0.cdf")
    return path


def words_of(run, root, study, **more):
    return ["--config", f"archive={root}", *run.overlay(**study, **more), "--"]


def remarks_of_event(run):
    """What is said of the event, not of the classes that two days show."""
    table = read_csv(run.folder / TABLES)
    return list(table.loc[table["event"] == "part", "remark"])


def test_a_day_without_a_file_is_listed_or_refused_by_name(folder):
    run, root, study = folder
    file_of(root, "20130319").unlink()
    said = run.make(*words_of(run, root, study), LABELS, TABLES)
    labels = read_csv(run.folder / LABELS)
    assert labels["time"].max() < pd.Timestamp("2013-03-19")
    assert remarks_of_event(run) == ["no file of 2013-03-19"]
    assert "no file of 2013-03-19" in said, "said at the end of the run"
    said = run.refuse(*words_of(run, root, study, on_missing="fail"), LABELS)
    assert "days without distributions" in said
    assert "2013-03-19: no file of that day in rbsp/rbspa/l3/ect/rept" in said
    file_of(root, "20130318").unlink()
    shutil.rmtree(run.folder / "data")
    said = run.refuse(*words_of(run, root, study), LABELS)
    assert "no distributions of the event" in said
    assert "2013-03-18 2013-03-19" in said
    said = run.make(*words_of(run, root, study, skip_failed=True), LABELS, "results/rept_pad/failed.csv")
    assert len(read_csv(run.folder / LABELS)) == 0
    assert list(read_csv(run.results / "failed.csv")["event"]) == ["part"]


def test_a_damaged_file_fails_its_part_or_leaves_its_day_missing(folder):
    run, root, study = folder
    victim = file_of(root, "20130319")
    victim.write_bytes(victim.read_bytes()[:-4096])
    before = victim.read_bytes()
    said = run.refuse(*words_of(run, root, study), LABELS)
    assert victim.name in said
    assert "damaged file refused" in said
    run.make(*words_of(run, root, study, on_damaged="gap"), LABELS, TABLES)
    assert read_csv(run.folder / LABELS)["time"].max() < pd.Timestamp("2013-03-19")
    assert remarks_of_event(run) == ["damaged file of 2013-03-19"]
    assert victim.read_bytes() == before, "a folder archive is only read"


def test_a_killed_job_runs_again_to_the_same_bytes(folder):
    run, root, study = folder
    target = [*words_of(run, root, study), LABELS]
    process = run.start(*target)
    log = run.results / "logs/part/20130318/records.log"
    end = time.monotonic() + 120
    while not log.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (run.folder / LABELS).exists()
    run.make("--unlock", *target[:-2])
    run.make(*target)
    assert leftovers(run.folder) == []
    mine = digests(run.folder, "results/rept_pad/work")
    shutil.rmtree(run.results / "work")
    (run.folder / LABELS).unlink()
    run.make(*target)
    assert digests(run.folder, "results/rept_pad/work") == mine


BAD = {
    "probe": ({"events": [{**EVENT, "probe": "c"}]}, "no such spacecraft: 'c'; allowed: a, b"),
    "before the mission": (
        {"events": [{**EVENT, "start": "2011-03-18"}]}, "outside the mission, 2012-09-01 to 2019-10-19"
    ),
    "day that the sample lacks": (
        {"events": [{**EVENT, "stop": "2013-04-01"}]}, "the sample archive has no distributions of a day"
    ),
    "storm out of order": (
        {"storms": [{"id": "s", "onset": "2013-03-18", "minimum": "2013-03-17", "end": "2013-03-20"}]},
        "onset, minimum and end must follow one another",
    ),
    "edges that fall": ({"outputs": {"l_edges": [3, 2, 4]}}, "the numbers must rise"),
    "a model that ships": ({"model": {"source": "shipped"}}, "rept_pad ships no model"),
    "a pickle": ({"model": {"source": "model.joblib"}}, "allowed: fit, an existing model folder"),
    "k-means of weighted scores": ({"cluster": {"method": "kmeans"}}, "kmeans knows no errors of scores"),
    "an array file that is not there": ({"array": {"file": "mine.nc"}}, "no file 'mine.nc'"),
    "a table of activity": ({"activity": {"file": "kp.csv"}}, "no file 'kp.csv'"),
    "angles that cannot be mapped": ({"prepare": {"fold": False}}, "set fold: true, or equator: false"),
    "number of classes": ({"cluster": {"classes": "six"}}, "expected a whole number from 1 to 40, or auto"),
    "fluxes of counts": ({"prepare": {"counts": ["a"]}}, "expected geometry, data, or a list of fluxes"),
    "no edges": ({"activity": {"edges": []}}, "the list is empty"),
    "normalisation": ({"reduce": {"normalise": "sum"}}, "'max', 'energy-max', '90' or 'log'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration_is_refused_before_any_job(name, rept_checkout, tmp_path):
    run = Run(tmp_path, rept_checkout, "rept_pad")
    section, text = BAD[name]
    said = run.refuse("-n", *run.overlay(**section))
    assert text in said
    assert "Traceback" not in said
    assert "mine.yaml:" in said or "rept_pad" in said


def test_a_model_that_the_run_would_write_over_is_refused(rept_checkout, tmp_path):
    """Snakemake deletes outputs before it makes them: the model would be lost."""
    run = Run(tmp_path, rept_checkout, "rept_pad")
    (run.results / "model").mkdir(parents=True)
    for key in ("source", "match"):
        said = run.refuse("-n", *run.overlay(model={key: str(run.results / "model")}))
        assert "is where this run writes its model" in said


def test_a_model_of_other_preparation_is_refused_naming_both(rept_run, tmp_path):
    """W1, before any job."""
    run = Run(tmp_path, rept_run.checkout, "rept_pad")
    model = {"source": str(rept_run.results / "model")}
    said = run.refuse("-n", *run.overlay(model=model, prepare={"equator": False}))
    assert "the model was fitted with another rept_pad.prepare.equator" in said
    assert "model: True; configuration: False" in said
