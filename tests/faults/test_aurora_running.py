"""Runs of aurora that meet bad input, broken nights, or are killed: what the user sees, and what is left."""

import hashlib
import json
import os
import shutil
import signal
import time

import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.io.tables import read_csv
from tests.runs import Run, digests, leftovers

NIGHT = "themis/asi/stream0/2014/03/10"
SHORT = {"start": "2014-03-10T06:00", "stop": "2014-03-10T06:03"}
SHARD = "results/aurora/work/{}/20140310/00/status.json"
TABLE = "results/aurora/frames/2014/03/10/20140310_{}_frames.csv"


@pytest.fixture(scope="module")
def mirror(aurora_run, tmp_path_factory):
    """A folder archive: the first three minutes of one night of two cameras; tests damage copies."""
    root = tmp_path_factory.mktemp("mirror")
    sample = aurora_run.folder / "data/sample"
    shutil.copytree(sample / "themis/asi/skymaps", root / "themis/asi/skymaps")
    for path in sorted((sample / NIGHT).rglob("*_060[0-2]_*")):
        target = root / path.relative_to(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return root


@pytest.fixture
def folder(mirror, aurora_run, tmp_path):
    """Run on a copy of the mirror, with a network that is there already, and words for its events."""
    root = tmp_path / "mirror"
    shutil.copytree(mirror, root)
    run = Run(tmp_path / "run", aurora_run.checkout, "aurora")
    shutil.copytree(aurora_run.results / "model/network", run.results / "model/network")
    shutil.copytree(aurora_run.folder / ".snakemake/metadata", run.folder / ".snakemake/metadata")
    events = [{"id": site, "site": site, **SHORT} for site in ("gill", "rank")]
    return run, root, ["--config", f"archive={root}", *run.overlay(events=events)]


def test_a_killed_shard_runs_again_to_the_same_bytes(folder):
    run, _, words = folder
    target = [*words, "--", TABLE.format("gill")]
    log = run.results / "logs/gill/20140310_00.log"
    process = run.start(*target)
    end = time.monotonic() + 120
    while not log.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (run.folder / TABLE.format("gill")).exists()
    run.make("--unlock", *words)
    run.make(*target)
    assert leftovers(run.folder) == []
    mine = digests(run.folder, "results/aurora/work")
    assert len(mine) >= 7
    for name in ("work", "frames", "classifications"):
        shutil.rmtree(run.results / name)
    run.make(*target)
    assert digests(run.folder, "results/aurora/work") == mine


def test_a_broken_night_does_not_stop_the_others(folder):
    """One camera fails by name, the other goes on; the mirror is only read."""
    run, root, words = folder
    for path in sorted((root / NIGHT / "gill_themis19").rglob("*.pgm.gz")):
        path.write_bytes(path.read_bytes()[:1000])
    before = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    said = run.refuse("--keep-going", *words, "--", TABLE.format("gill"), TABLE.format("rank"))
    assert "no images of a camera-day" in said
    assert "gzip stream is truncated" in said
    assert (run.folder / TABLE.format("rank")).is_file()
    assert not (run.folder / TABLE.format("gill")).exists()
    assert {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()} == before
    more = run.overlay("skip.yaml", skip_failed=True)
    said = run.make(*words, *more[1:], "--", SHARD.format("gill"))
    assert "aurora/gill_20140310: left out: MissingData: no images of a camera-day" in said
    assert "log: results/aurora/logs/gill/20140310_00.log (" in said
    status = json.loads((run.folder / SHARD.format("gill")).read_text())
    assert status["failed"]
    assert "no images" in status["reason"]
    refused = read_csv((run.folder / SHARD.format("gill")).with_name("refused.csv"))
    place = (run.folder / SHARD.format("gill")).parent
    others = [path for path in place.iterdir() if path.name != "status.json"]
    assert status["files"] == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in others}
    images = [path for path in before if "gill_themis19" in path.parts and "wide" not in path.name]
    assert len(refused) == status["counts"]["refused"] == len(images) > 0


def test_bad_archives_give_one_clear_message_each(folder):
    """No images of one camera, no skymap of the other, and damage where damage is to fail."""
    run, root, words = folder
    shutil.rmtree(root / NIGHT / "gill_themis19")
    shutil.rmtree(root / "themis/asi/skymaps/rank")
    said = run.refuse("--keep-going", *words, "--", TABLE.format("gill"), TABLE.format("rank"))
    assert "no image of gill on that day" in said
    assert "aurora.preprocess.mask: skymap" in said
    assert "no skymap in themis/asi/skymaps/rank" in said
    victim = sorted((root / NIGHT).rglob("*_0601_rank*.gz"))[0]
    victim.write_bytes(victim.read_bytes()[:-20])
    more = run.overlay("other.yaml", preprocess={"mask": "none"}, on_damaged="fail")
    said = run.refuse(*words, *more[1:], "--", TABLE.format("rank"))
    assert victim.name in said
    assert "damaged file refused" in said
    more = run.overlay("other.yaml", preprocess={"mask": "none"})
    run.make(*words, *more[1:], "--", TABLE.format("rank"))
    table = read_csv(run.folder / TABLE.format("rank"))
    assert (table["flags"] & int(Flag.NO_SKYMAP) > 0).all()
    assert not table["time"].astype(str).str.contains("06:01:").any()


BAD = {
    "unknown site": ({"events": [{"id": "a", "site": "oslo", **SHORT}]}, "no such camera; known are"),
    "day that the sample lacks": (
        {"events": [{"id": "a", "site": "gill", "start": "2015-01-01", "stop": "2015-01-02"}]},
        "the sample archive has no images of a camera-day",
    ),
    "label sheet that is none": ({"labels": {"files": ["labels.csv"]}}, "labels.csv"),
    "label sheet for events": ({"events": "labels.csv"}, "allowed"),
    "predictions": ({"predictions": "nowhere"}, "no folder 'nowhere'"),
    "size": ({"preprocess": {"size": 100}}, "the fast chain makes 32, 64 or 128 pixels"),
    "other preprocessing": ({"preprocess": {"size": 32}}, "trained on images of another preprocessing"),
    "model": ({"model": {"source": "network.pkl"}}, "allowed: shipped, fit, an existing model folder"),
    "shard": ({"shard_hours": 5}, "allowed are 1, 2, 3, 4, 6, 8, 12, 24"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration_is_refused_before_any_job(name, aurora_checkout, tmp_path):
    run = Run(tmp_path, aurora_checkout, "aurora")
    section, expected = BAD[name]
    (tmp_path / "labels.csv").write_text(
        "camera,date,start_frame,end_frame,classification\ngill,20140310,0,9,zz\n"
    )
    said = run.refuse("-n", *run.overlay(**section))
    assert expected in said
    assert "Traceback" not in said
    assert not run.results.exists()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("work/gill/20150101/00/status.json", "gill 20150101 is no camera-day of the events"),
        ("frames/2015/01/01/20150101_gill_frames.csv", "gill 20150101 is no camera-day of the events"),
        ("work/gill/20161231/07/status.json", "gill 20161231 07 is no shard of the events"),
    ],
)
def test_a_target_that_is_in_no_event_is_refused_before_any_job(target, expected, aurora_checkout, tmp_path):
    run = Run(tmp_path, aurora_checkout, "aurora")
    days = [f"{site}/{day}" for site in ("gill", "rank") for day in ("20140310", "20161230", "20180130")]
    others = [f"results/aurora/work/{one}/00/status.json" for one in days]
    assert expected in run.refuse("--", *others, f"results/aurora/{target}")
    assert not run.results.exists()
