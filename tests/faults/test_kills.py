"""F13: runs that are killed at random moments; what they leave is locked, whole, and gone on with.

``make torture`` kills ten times as often. The moments of a failure are printed; each round has its own seed.
"""

import csv
import os
import signal
import time

import numpy as np
import pytest
import yaml

from tests.archive_faults import drip
from tests.archive_server import ArchiveServer
from tests.runs import EVENTS, Run, digests, leftovers

ROUNDS = range(10) if os.environ.get("MAGNETOFLOW_TORTURE") else range(1)
NAME = "sample_mms4_20181219"
FEATURES = f"results/mms_gmm/work/{NAME}/features.csv"
ON_SAMPLE = [
    "mms_gmm/logs/sample/mms4_20181219.log",
    "archive/logs/sample/mms_fpi_fast_dis-moms/mms4/20181219.log",
]
JOBS = [f"mms_gmm/logs/{NAME}/{job}.log" for job in ("minutes", "features", "figure")]
BROUGHT = [f"archive/logs/remote/{product}/mms4" for product in ("mms_fpi_fast_dis-moms", "mms_fgm_srvy")]


def stop(process):
    """Kill the process group of a call."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.communicate(timeout=60)


def kill_at(run, words, moment, delay):
    """Start a run and kill it some time after a log appeared; whether it still ran."""
    process = run.start(*words)
    end = time.monotonic() + 600
    try:
        while process.poll() is None and not (run.folder / "results" / moment).exists():
            assert time.monotonic() < end, f"did not come to {moment}"
            time.sleep(0.02)
        time.sleep(delay)
    finally:
        running = process.poll() is None
        stop(process)
    partial = [path for path in run.folder.rglob("*.csv") if not path.read_bytes().endswith(b"\n")]
    assert [path for path in partial if ".part" not in path.name] == []
    return running


def kill_often(run, words, moments, rng, longest=1.5):
    """Kill a run once near each of some moments, which come in this order, and unlock it each time."""
    for number, moment in enumerate(moments):
        delay = round(rng.uniform(0, longest), 2)
        print(f"killed {delay} s after {moment}")
        assert kill_at(run, words, moment, delay), f"the run ended before {moment} + {delay} s"
        if number == 0:
            assert "--unlock" in run.refuse(*words), "the lock of the killed run holds"
        run.make("--unlock", *words[: words.index("--")])
    run.make(*words)
    assert "Nothing to be done" in run.make(*words)
    assert leftovers(run.folder) == []


def chosen(rng, moments, number):
    """Some of the moments, in their order."""
    return [moments[at] for at in sorted(rng.choice(len(moments), number, replace=False))]


@pytest.mark.parametrize("seed", ROUNDS)
def test_f13_a_run_that_is_killed_three_times_gives_the_same_bytes(sample_run, tmp_path, seed):
    run, rng = Run(tmp_path / "killed", sample_run.checkout), np.random.default_rng([13, seed])
    figure = f"results/mms_gmm/figures/{NAME}_regions.png"
    words = [*run.overlay(events=[EVENTS[NAME]]), "--", "results/mms_gmm/regions.csv", figure]
    # a figure takes a second, other jobs less
    kill_often(run, words, [*chosen(rng, [*ON_SAMPLE, *JOBS[:2]], 2), JOBS[2]], rng, 0.8)
    whole, mine = digests(sample_run.folder), digests(run.folder)
    same = [path for path in mine if path.startswith("data/") or NAME in path or "/model/" in path]
    assert len(same) >= 20
    assert {path: mine[path] for path in same} == {path: whole[path] for path in same}


def rows(run):
    """Cells of the features, without the source of the files."""
    with (run.folder / FEATURES).open(newline="") as stream:
        return [{key: cell for key, cell in row.items() if key != "source"} for row in csv.DictReader(stream)]


@pytest.mark.parametrize("seed", ROUNDS)
def test_f13_downloads_that_are_killed_twice_give_the_same_files(sample_run, tmp_path, seed):
    run, rng = Run(tmp_path / "killed", sample_run.checkout), np.random.default_rng([14, seed])
    sample = sample_run.folder / "data/sample"
    with ArchiveServer(sample) as server:
        server.fault(".cdf", drip(100_000, 0.1))
        path = run.folder / "remote.yaml"
        path.parent.mkdir()
        section = server.section(total_s=60.0)
        content = {"archive": "remote", "remote": section, "mms_gmm": {"events": [EVENTS[NAME]]}}
        path.write_text(yaml.safe_dump(content))
        kill_often(run, ["--configfile", str(path), "--", FEATURES], BROUGHT, rng)
    brought = [path for path in (run.folder / "data/archive").rglob("*.cdf") if path.is_file()]
    assert len(brought) >= 7
    for path in brought:
        assert path.read_bytes() == (sample / path.relative_to(run.folder / "data/archive")).read_bytes()
    assert rows(run) == rows(sample_run)
