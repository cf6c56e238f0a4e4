"""Runs of aurora that meet bad input, broken nights, or are killed: what the user sees, and what is left."""

import os
import shutil
import signal
import time

import pytest

from magnetoflow.io.tables import read_csv
from tests.runs import Run, digests, leftovers

NIGHT = "themis/asi/stream0/2014/03/10"
SHORT = {"start": "2014-03-10T06:00", "stop": "2014-03-10T06:04"}
TABLE = "results/aurora/frames/2014/03/10/20140310_{}_frames.csv"


@pytest.fixture(scope="module")
def mirror(aurora_run, tmp_path_factory):
    """A folder archive with the first four minutes of one night of two cameras; tests damage copies of it."""
    root = tmp_path_factory.mktemp("mirror")
    sample = aurora_run.folder / "data/sample"
    shutil.copytree(sample / "themis/asi/skymaps", root / "themis/asi/skymaps")
    for path in sorted((sample / NIGHT).rglob("*_060[0-3]_*")):
        target = root / path.relative_to(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return root


@pytest.fixture
def folder(mirror, aurora_checkout, tmp_path):
    """Run on a copy of the mirror, and words for its events."""
    shutil.copytree(mirror, tmp_path / "mirror")
    run = Run(tmp_path / "run", aurora_checkout, "aurora")
    events = [{"id": site, "site": site, **SHORT} for site in ("gill", "rank")]
    return (
        run,
        tmp_path / "mirror",
        ["--config", f"archive={tmp_path / 'mirror'}", *run.overlay(events=events)],
    )


def test_a_killed_shard_runs_again_to_the_same_bytes(folder):
    run, _, words = folder
    target = [*words, "--", TABLE.format("gill")]
    log = run.results / "logs/gill/20140310_00.log"
    for pause in (0.5, 2.0, 3.0):
        process = run.start(*target)
        end = time.monotonic() + 60
        while not log.exists():
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(pause)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        log.unlink(missing_ok=True)
        run.make("--unlock", *words)
    run.make(*target)
    assert leftovers(run.folder) == []
    mine = digests(run.folder)
    shutil.rmtree(run.results)
    run.make(*target)
    assert digests(run.folder) == mine


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


def test_skip_failed_lists_the_broken_night(folder):
    run, root, words = folder
    for path in sorted((root / NIGHT / "gill_themis19").rglob("*.pgm.gz")):
        path.write_bytes(b"<html>503</html>")
    more = run.overlay("skip.yaml", skip_failed=True)
    run.make(*words, *more[1:], "--", "results/aurora/failed.csv")
    table = read_csv(run.results / "failed.csv")
    assert table["event"].tolist() == ["gill_20140310_00"]
    assert "no images" in table["reason"][0]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda root: shutil.rmtree(root / "themis/asi/stream0"), "no image of gill on that day"),
        (lambda root: shutil.rmtree(root / "themis/asi/skymaps/gill"), "aurora.preprocess.mask: skymap"),
    ],
    ids=["no images", "no skymap"],
)
def test_bad_archives_give_one_clear_message(folder, spoil, expected):
    run, root, words = folder
    spoil(root)
    said = run.refuse(*words, "--", TABLE.format("gill"))
    assert expected in said
    assert "Traceback" not in said.split("RuleException")[0]


def test_without_a_skymap_every_pixel_is_used_where_asked_for(folder):
    run, root, words = folder
    shutil.rmtree(root / "themis/asi/skymaps")
    more = run.overlay("nomask.yaml", preprocess={"mask": "none"})
    run.make(*words, *more[1:], "--", TABLE.format("gill"))
    assert (read_csv(run.folder / TABLE.format("gill"))["flags"] & 128 == 128).all()


def test_damage_fails_the_shard_where_asked_for(folder):
    run, root, words = folder
    victim = sorted((root / NIGHT / "gill_themis19").rglob("*_0601_*.gz"))[0]
    victim.write_bytes(victim.read_bytes()[:-20])
    said = run.refuse(*words, *run.overlay("fail.yaml", on_damaged="fail")[1:], "--", TABLE.format("gill"))
    assert victim.name in said
    assert "damaged file refused" in said


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
