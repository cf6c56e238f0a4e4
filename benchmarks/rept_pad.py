"""Time and memory of rept_pad beside the plain path: `python benchmarks/rept_pad.py [--records N]`.

An array file of N spins (1,000,000 when left out) x 17 angles x 12 energies is written from the sample's
generator. Then the workflow runs as a user runs it: Snakemake, two cores, the options of the study's
configuration, from the array file to tables and figures. Peaks of memory are the kernel's, of each process.
Last the plain path of scikit-learn (rept_pad_plain.py) on the same file. Both are scored against the planted
classes, records of 10 or more expected counts in the bin around 90 degrees at 3.4 MeV.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]
import pyarrow.parquet as pq
import yaml
from sklearn.metrics import adjusted_rand_score

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

from rept_pad_archive import write_archive
from rept_pad_plain import ENOUGH, PLANTED

from magnetoflow.sample.rept_pad_plan import FIRST

CORES = 2
PARTS = 4
"""At least, so that two are worked on at once; of at most 10 days, as by default."""
LEAST = 10_000
"""Records of the plain path below which a failure is not tried with fewer."""
AIM_S, AIM_MIB = 15 * 60, 2048
RULES = {
    "records": "read, prepare, write records",
    "model": "subsample, fit, compare",
    "part_labels": "label all records, sums",
    "labels": "merge csv and parquet",
    "tables": "tables",
    "series": "figure of the event in time",
    "figures": "other figures",
    "run": "run.json",
}
"""Scripts of the chain, in order."""


@dataclass
class Watch:
    """Memory [MiB] and CPU time [s] of a process and those below it, as the kernel counts them."""

    process: psutil.Process
    peak: dict[str, float] = field(default_factory=dict)
    cpu: dict[tuple[str, int], float] = field(default_factory=dict)
    together: float = 0.0

    def until(self, ended: threading.Event) -> None:
        """Look again and again."""
        while not ended.wait(0.2):
            try:
                below = self.process.children(recursive=True)
            except psutil.Error:
                continue
            sizes = [self.look(one) for one in (self.process, *below)]
            self.together = max(self.together, sum(sizes))

    def look(self, process: psutil.Process) -> float:
        """Size of a process now; its highest so far and its CPU time go to its script."""
        try:
            script = next((one for one in process.cmdline() if "/.snakemake/scripts/" in one), "")
            status = Path(f"/proc/{process.pid}/status").read_text()
            times = process.cpu_times()
        except (psutil.Error, OSError):
            return 0.0
        lines = dict(line.split(":", 1) for line in status.splitlines())
        now, most = (float(lines.get(key, "0 kB").split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        if script:
            rule = Path(script).name.split(".")[1]
            self.peak[rule] = max(self.peak.get(rule, 0.0), most)
            self.cpu[rule, process.pid] = times.user + times.system
        return now


def run_chain(folder: Path, file: Path, days: int) -> tuple[float, Watch]:
    """Run the study on the file; wall seconds, and peaks of memory."""
    start = datetime(FIRST.year, FIRST.month, FIRST.day)
    event = {"id": "spins", "probe": "a", "start": f"{start:%Y-%m-%dT%H:%M:%S}"}
    event["stop"] = f"{start + timedelta(days=days):%Y-%m-%dT%H:%M:%S}"
    study = {"events": [event], "part_days": max(1, min(10, days // PARTS)), "array": {"file": str(file)}}
    overlay = folder / "study.yaml"
    overlay.write_text(yaml.safe_dump({"rept_pad": study}))
    words = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", folder]
    words += ["--cores", CORES, "--configfile", overlay, "--", "rept_pad"]
    begin, ended = time.perf_counter(), threading.Event()
    with (folder / "snakemake.log").open("w") as log:
        job = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)
        watch = Watch(psutil.Process(job.pid))
        thread = threading.Thread(target=watch.until, args=(ended,))
        thread.start()
        job.wait()
        ended.set()
        thread.join()
    if job.returncode:
        sys.exit((folder / "snakemake.log").read_text()[-3000:])
    return time.perf_counter() - begin, watch


def jobs_of(bench: Path) -> dict[str, list[float]]:
    """Wall seconds of each job of each script, as Snakemake's benchmark tables hold them."""
    found = defaultdict(list)
    for path in bench.rglob("*.tsv"):
        rule = "part_labels" if path.stem == "labels" and path.parent != bench else path.stem
        with path.open() as stream:
            row = next(csv.DictReader(stream, delimiter="\t"))
        found[rule].append(float(row["s"]))
    return found


def ari_of(labels: Path, truth: Path) -> tuple[float, int, int]:
    """Agreement with the planted classes, the number of classes that were found, and records compared."""
    planted = np.load(truth)
    table = pq.read_table(labels, columns=["time", "class_id"])
    found = np.asarray(table["class_id"])
    if not np.array_equal(
        np.asarray(table["time"]).astype("datetime64[ms]").astype(np.int64), planted["time"]
    ):
        sys.exit("the labels are not those of all records")
    bright = (planted["class_id"] > 0) & (planted["expected"] >= ENOUGH)
    ari = adjusted_rand_score(planted["class_id"][bright], found[bright])
    return ari, len(np.unique(found[found > 0])), int(bright.sum())


def run_plain(file: Path, truth: Path, count: int) -> tuple[int, dict[str, Any]]:
    """Run the plain path on all records, or on as many as memory takes."""
    while True:
        words = [sys.executable, HERE / "rept_pad_plain.py", file, truth, count]
        threads = os.environ | {"OMP_NUM_THREADS": str(CORES), "OPENBLAS_NUM_THREADS": str(CORES)}
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=threads)
        said = json.loads(done.stdout) if done.returncode == 0 else {"fits": False, "steps": []}
        if said["fits"] or count // 2 < LEAST:
            return count, said
        print(
            f"plain path: {count:,} records do not fit in memory ({done.stderr.strip()[-200:]})", flush=True
        )
        count //= 2


def print_chain(bench: Path, wall: float, watch: Watch) -> None:
    """Print the time and the memory of each step, and of all."""
    jobs = jobs_of(bench)
    for rule, what in RULES.items():
        taken = jobs[rule]
        cpu = sum(spent for (script, _), spent in watch.cpu.items() if script == rule)
        print(
            f"  {what:<32} {len(taken):3} job(s) {sum(taken):8.1f} s, CPU {cpu:8.1f} s, "
            f"peak {watch.peak.get(rule, np.nan):6.0f} MiB"
        )
    print(
        f"  whole chain on {CORES} cores {wall:8.1f} s (aim {AIM_S}), largest process "
        f"{max(watch.peak.values()):.0f} MiB (aim {AIM_MIB}), all at once {watch.together:.0f} MiB"
    )


def print_plain(count: int, said: dict[str, Any]) -> tuple[float, float]:
    """Print the steps; wall seconds to the labels and peak memory, without what was tried beside."""
    print(f"plain path of scikit-learn, one float64 array, {count:,} records")
    for one in said["steps"]:
        print(
            f"  {one['step']:<42} {one['wall_s']:8.1f} s, CPU {one['cpu_s']:8.1f} s, "
            f"peak {one['peak_mib']:6.0f} MiB {one['ended']}"
        )
    if not said["fits"]:
        return np.nan, np.nan
    aside = (
        ["all starts"]
        if said["classes"].get("binned starts") == PLANTED
        else ["all starts", f"KMeans({PLANTED})"]
    )
    needed = [one for one in said["steps"] if not any(word in one["step"] for word in aside)]
    found = ", ".join(f"{k} with {way}" for way, k in said["classes"].items())
    agreement = ", ".join(f"{ari:.4f} of KMeans({k})" for k, ari in said["ari"].items())
    print(f"  classes by mean shift: {found}; ARI {agreement}")
    return sum(one["wall_s"] for one in needed), max(one["peak_mib"] for one in said["steps"])


def main(folder: Path, count: int) -> None:
    file, truth = folder / "spins.h5", folder / "truth.npz"
    begin = time.perf_counter()
    days = write_archive(file, truth, count)
    size = file.stat().st_size / 2**20
    print(
        f"{count:,} records x 17 x 12 in {days} days, {size:.0f} MiB, written in "
        f"{time.perf_counter() - begin:.0f} s; load of the machine {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    wall, watch = run_chain(folder, file, days)
    print("rept_pad")
    print_chain(folder / "results/rept_pad/bench", wall, watch)
    ari, classes, bright = ari_of(folder / "results/rept_pad/labels.parquet", truth)
    print(f"  classes found {classes}, ARI {ari:.4f} of {bright:,} records", flush=True)
    plain, said = run_plain(file, truth, count)
    seconds, peak = print_plain(plain, said)
    most = max(watch.peak.values())
    print(
        f"rept_pad : plain, wall seconds for each record {wall / count / (seconds / plain):.2f}, "
        f"peak memory {most / peak:.2f} ({plain:,} records there, {count:,} here), "
        f"ARI {ari:.3f} : {', '.join(f'{one:.3f} (k={k})' for k, one in said.get('ari', {}).items())}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    with tempfile.TemporaryDirectory(prefix="magnetoflow_rept_") as scratch:
        main(Path(scratch), parser.parse_args().records)
