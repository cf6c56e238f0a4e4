"""How much faster two cores classify a set of camera-days than one: the workflow as a user runs it.

One synthetic night is written, and copied to other dates (the times in its headers change, not the pixels).
Manifests and network are made first; then the shards alone are timed, in fresh results folders, one core and
two cores in turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from isal import igzip

from magnetoflow.archive.source import source_name
from magnetoflow.sample.aurora_files import write_camera_day

DAYS = 14
SITE, DAY = "gill", date(2014, 3, 10)


def write_archive(root: Path) -> None:
    """Write one camera-day, and its copies on the dates that follow."""
    write_camera_day(root, SITE, DAY)
    folder = root / f"themis/asi/stream0/{DAY:%Y/%m/%d}"
    for path in sorted(folder.rglob("*_full.pgm.gz")):
        content = igzip.decompress(path.read_bytes())
        for k in range(1, DAYS):
            day = date(DAY.year, DAY.month, DAY.day + k)
            name = path.relative_to(root).as_posix()
            name = name.replace(f"{DAY:%Y/%m/%d}", f"{day:%Y/%m/%d}").replace(
                f"{DAY:%Y%m%d}", f"{day:%Y%m%d}"
            )
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            moved = content.replace(f"{DAY}".encode(), f"{day}".encode())
            target.write_bytes(igzip.compress(moved, compresslevel=1))


def call(folder: Path, cores: int, results: str, *targets: str) -> float:
    """Run Snakemake; seconds from begin to end."""
    stop = date(DAY.year, DAY.month, DAY.day + DAYS)
    overlay = folder / "events.yaml"
    overlay.write_text(f"aurora:\n  events: {{start: {DAY}, stop: {stop}, sites: [{SITE}]}}\n")
    words = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        ROOT / "Snakefile",
        "--directory",
        folder,
        "--cores",
        cores,
    ]
    words += [
        "--configfile",
        overlay,
        "--config",
        f"archive={folder / 'archive'}",
        f"results={results}",
        "--",
    ]
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in (*words, *targets)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return time.perf_counter() - begin


def shard_seconds(folder: Path, results: str) -> float:
    """Sum of the run times of the shards, as Snakemake's benchmark tables hold them."""
    tables = sorted((folder / results / "aurora" / "bench" / SITE).glob("*_00.tsv"))
    return sum(float(path.read_text().splitlines()[1].split("\t")[0]) for path in tables)


def manifests(folder: Path) -> list[str]:
    """Targets of the manifests: the source's name is that of the archive folder."""
    source = source_name(str(folder / "archive"))
    return [
        f"data/manifests/{source}/themis_asi/{SITE}/{DAY.year}{DAY.month:02}{DAY.day + k:02}.json"
        for k in range(DAYS)
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="magnetoflow_cores_") as temporary:
        folder = Path(temporary)
        write_archive(folder / "archive")
        days = [f"{DAY.year}{DAY.month:02}{DAY.day + k:02}" for k in range(DAYS)]
        ratios = []
        for turn in range(2):
            taken = {}
            for cores in (1, 2):
                results = f"results_{turn}_{cores}"
                shards = [f"{results}/aurora/work/{SITE}/{day}/00/status.json" for day in days]
                network = f"{results}/aurora/model/network/model.json"
                call(folder, 2, results, network, *manifests(folder))
                taken[cores] = call(folder, cores, results, *shards)
                alone = shard_seconds(folder, results)
                print(
                    f"{cores} core(s): {taken[cores]:6.1f} s for {DAYS} shards of 19 minutes; "
                    f"the shards' own times sum to {alone:.1f} s",
                    flush=True,
                )
            ratios.append(taken[1] / taken[2])
            print(f"two cores are {ratios[-1]:.2f} times as fast as one", flush=True)
        print(f"aurora_cores: {max(ratios):.2f} at best, {min(ratios):.2f} at least (must hold: 1.8)")


if __name__ == "__main__":
    main()
