"""The shipped profile on a real SLURM cluster: the same results, whatever fails, is killed or is stopped.

`make test-slurm` runs this; in `make test` it is skipped, for it starts daemons and needs root.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.runs import Run, copy_checkout, digests, hourly, leftovers
from tests.slurm.cluster import CONF, ask, environment, running, throw_away_cluster, wait_for

WANTED = "MAGNETOFLOW_SLURM_TEST"
pytestmark = pytest.mark.skipif(
    os.environ.get(WANTED) != "1", reason=f"starts a SLURM cluster, as root: make test-slurm, or {WANTED}=1"
)
WITHIN_S = 900.0
MINUTES = ("2014-03-10T06:00", "2014-03-10T06:05")
MINE = {
    "mms_gmm": {"events": [hourly("first", "2017-11-03T06:20"), hourly("second", "2017-11-03T11:00")]},
    "aurora": {
        "events": [
            {"id": site, "site": site, "start": MINUTES[0], "stop": MINUTES[1]} for site in ("gill", "rank")
        ]
    },
}
SHARDS = [
    f"results/aurora/classifications/2014/03/10/20140310_{site}_themis_classifications.txt"
    for site in ("gill", "rank")
]
FEATURES = [f"results/mms_gmm/work/{event}/features.csv" for event in ("first", "second")]
TOLD = '''

_run_job = run_job


def run_job(work, snakemake):
    """Tell the test of each execution, when its outputs are written; then do what the test wants once."""
    _run_job(work, snakemake)
    folder = os.environ.get("MAGNETOFLOW_TOLD")
    if folder:
        job = "_".join([snakemake.rule, *snakemake.wildcards]).replace("/", "-")
        with (Path(folder) / job).open("a") as file:
            file.write(f"{os.getpid()} {os.environ.get('SLURM_JOB_ID')} {snakemake.resources.mem_mb}\\n")
        fault = Path(folder) / f"{job}.fault"
        if fault.exists():
            what = fault.read_text()
            fault.unlink()
            if what == "fail":
                raise RuntimeError("a test wants this job to fail once")
            time.sleep(3600)
'''


BEGUN: list[subprocess.Popen[bytes]] = []
"""Runs that tests began, to be ended when a test fails or is stopped."""


@dataclass(frozen=True)
class Execution:
    """One execution of a job: process of its script, number of its SLURM job, memory that it had [MB]."""

    process: int
    job: str
    memory_mb: int


@dataclass(frozen=True)
class SlurmRun(Run):
    """A run on the cluster, by the shipped profile."""

    def command(self, *words: object, cores: int = 2) -> list[str]:
        call = [sys.executable, "-m", "snakemake", "-s", str(self.checkout / "Snakefile")]
        call += ["--directory", str(self.folder), "--profile", str(self.checkout / "profiles" / "slurm")]
        call += ["--slurm-init-seconds-before-status-checks", "3"]
        return [*call, *mine(self.folder), *map(str, words)]

    @property
    def told(self) -> Path:
        return self.folder / "told"

    def want(self, what: str, job: str) -> None:
        """Let the next execution of a job fail, or hang, when its outputs are written."""
        self.told.mkdir(parents=True, exist_ok=True)
        (self.told / f"{job}.fault").write_text(what)

    def executions(self, job: str) -> list[Execution]:
        path = self.told / job
        rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [Execution(int(process), job, int(memory)) for process, job, memory in rows]

    def begin(self, *words: object) -> Started:
        """Start a run in a process group of its own, in which Ctrl-C is not ignored."""
        self.told.mkdir(parents=True, exist_ok=True)
        said = self.folder / f"said_{len(list(self.folder.glob('said_*')))}.txt"
        with said.open("w") as file:
            process = subprocess.Popen(
                self.command("--", *words),
                cwd=self.checkout,
                env={**environment(), "PYTHONPATH": str(self.checkout), "MAGNETOFLOW_TOLD": str(self.told)},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        BEGUN.append(process)
        return Started(process, said)

    def wait_for(self, job: str, started: Started, times: int = 1) -> Execution:
        """Wait until a job was executed some times, and return the last execution."""
        ended = started.process.poll
        wait_for(lambda: len(self.executions(job)) >= times or ended() is not None, WITHIN_S)
        found = self.executions(job)
        assert len(found) >= times, started.text
        return found[-1]

    def locks(self) -> list[str]:
        return [path.name for path in (self.folder / ".snakemake" / "locks").glob("*")]


@dataclass(frozen=True)
class Started:
    """A run that was begun, and the file of what it says."""

    process: subprocess.Popen[bytes]
    said: Path

    @property
    def text(self) -> str:
        return self.said.read_text()

    @property
    def run_id(self) -> str:
        """Name of its jobs in SLURM."""
        return re.search(r"^SLURM run ID: (\S+)$", self.text, re.MULTILINE)[1]

    def end(self) -> int:
        return self.process.wait(WITHIN_S)


def mine(folder: Path) -> list[str]:
    """Write a user's configuration; return the words that lay it over."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(MINE))
    return ["--configfile", str(path)]


def active() -> str:
    """Jobs of the cluster that have not ended."""
    return ask("squeue", "--noheader", "--format=%i %T %k")


@pytest.fixture(scope="module")
def cluster():
    with throw_away_cluster() as folder:
        try:
            yield folder
        finally:
            for process in BEGUN:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    assert not [name for name in ("slurmctld", "slurmd", "slurmstepd") if running(name)]
    assert not folder.exists()
    assert not CONF.exists()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = copy_checkout(tmp_path_factory.mktemp("slurm") / "checkout")
    with (folder / "magnetoflow" / "workflow" / "jobs.py").open("a") as file:
        file.write(TOLD)
    profile = folder / "profiles" / "slurm" / "config.yaml"
    text = profile.read_text()
    assert "  # slurm_partition: YOURS" in text
    profile.write_text(text.replace("  # slurm_partition: YOURS", "  slurm_partition: main"))
    return folder


@pytest.fixture(scope="module")
def local(checkout):
    """Files of the same run on this machine alone."""
    run = Run(checkout.parent / "local", checkout)
    run.make(*mine(run.folder), "--", *SHARDS, *FEATURES, env={})
    return digests(run.folder)


def test_failed_and_killed_jobs_are_tried_again_with_more_memory(cluster, checkout, local):
    run = SlurmRun(checkout.parent / "faults", checkout)
    killed, failed = "aurora_shard_gill_20140310_00", "mms_gmm_event_features_first"
    run.want("hang", killed)
    run.want("fail", failed)
    started = run.begin(*SHARDS, *FEATURES)
    os.kill(run.wait_for(killed, started).process, signal.SIGKILL)
    assert started.end() == 0, started.text
    for job, memory in ((killed, 1000), (failed, 1000)):
        first, second = run.executions(job)
        assert (first.memory_mb, second.memory_mb) == (memory, 2 * memory)
        assert first.job != second.job
    assert reserved(run.executions(killed)) == ["1000M", "2000M"]
    assert reserved(run.executions(failed)) == ["1500M", "3000M"]  # of the group that it is in
    for other in ("aurora_shard_rank_20140310_00", "mms_gmm_event_features_second"):
        assert len(run.executions(other)) == 1
    found = digests(run.folder, "results") | digests(run.folder, "data")
    assert found == {path: local[path] for path in local if path.startswith(("results/", "data/"))}
    assert leftovers(run.folder) == []
    assert not active()


def reserved(executions: list[Execution]) -> list[str]:
    """Memory that SLURM kept for the jobs of some executions."""
    return [
        ask("squeue", "--noheader", "--states=all", f"--jobs={one.job}", "--format=%m").strip()
        for one in executions
    ]


def test_stopped_and_killed_runs_resume(cluster, checkout, local):
    run = SlurmRun(checkout.parent / "stopped", checkout)
    sample, hanging, other = (
        "sample_mms_gmm_1_20171103",
        "mms_gmm_event_features_first",
        "mms_gmm_event_features_second",
    )
    run.want("hang", sample)
    started = run.begin(*FEATURES)
    run.wait_for(sample, started)
    os.killpg(started.process.pid, signal.SIGINT)
    assert started.end() == 1
    assert wait_for(lambda: not active(), 30.0), active()
    assert run.locks() == []

    run.want("hang", hanging)
    started = run.begin(*FEATURES)
    run.wait_for(hanging, started)
    run.wait_for(other, started)
    os.kill(started.process.pid, signal.SIGKILL)
    started.end()
    assert run.locks()
    assert "RUNNING" in active()  # nothing told SLURM

    ask("scancel", f"--name={started.run_id}")
    assert wait_for(lambda: not active(), 30.0), active()
    assert "Unlocked" in run.make("--unlock", env={})
    started = run.begin(*FEATURES)
    assert started.end() == 0, started.text
    assert len(run.executions(sample)) == 2  # the second run's was kept
    found = digests(run.folder, "results") | digests(run.folder, "data")
    assert {*FEATURES} <= found.keys()
    assert found == {path: local[path] for path in found}
    assert leftovers(run.folder) == []
    assert not active()
    assert run.locks() == []
