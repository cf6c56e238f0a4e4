"""What the workflow costs beside its work: `python benchmarks/workflow.py` (20 minutes on two cores).

1. Planning: a dry run of camera-days of `aurora`, beside Snakefiles of as many jobs with the same
   dependencies: a bare one (one output, a shell line), and one whose rules state what ours state (log,
   benchmark, conda, resources, params, message, script), as constants.
2. A run with nothing to be done.
3. Shards of half a minute and more on one core and on two: overhead = 1 - sum of work / (wall time x cores).
   Work is counted from the first to the last line of a script; starting Python and imports are overhead.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from isal import igzip

from magnetoflow.archive.source import source_name
from magnetoflow.sample.aurora_files import write_camera_day

SITES: tuple[str, ...] = ("atha", "chbg", "ekat", "fsim", "fsmi", "fykn", "gako", "gbay", "gill", "inuv")
SITES += ("kapu", "kian", "kuuj", "mcgr", "pgeo", "pina", "rank", "snkq", "tpas", "whit")
SIZES = (1_000, 10_000, 50_000)
MOST_RATIO, NOOP_AIM_S = 1.5, 5.0

HEAD = """\
rule all:
    input: "all.txt"
rule merge:
    input: expand("days/{i}.txt", i=range(int(config["shards"])))
    output: "all.txt"
    shell: "cat {input} > {output}"
"""
CHAIN = (("manifest", ""), ("shard", "manifest"), ("days", "shard"))
STATED = """\
    log: "logs/NAME_{i}.log"
    benchmark: "bench/NAME_{i}.tsv"
    conda: "env.yaml"
    threads: 1
    resources: mem_mb=1000, runtime=60
    params: config="{}", code="none"
    message: "Making {wildcards.i}"
    script: "none.py"
"""


@dataclass(frozen=True)
class Spent:
    """One call of Snakemake: seconds of wall time and CPU, memory at most [MB], and what it said."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    said: str

    @property
    def jobs(self) -> int:
        """Number of jobs of a dry run."""
        total = re.search(r"^total +(\d+)", self.said, re.MULTILINE)
        return int(total[1]) if total else 0


def call(folder: Path, *words: object, cores: int = 2) -> Spent:
    """Run Snakemake to its end, and measure its process without its children's memory."""
    command = [sys.executable, "-m", "snakemake", "--directory", folder, "--cores", cores, *words]
    begin = time.perf_counter()
    with (folder / "said.txt").open("w+") as said:
        child = subprocess.Popen([str(word) for word in command], stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if child.returncode:
        sys.exit(text[-3000:])
    return Spent(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def write_bare(folder: Path) -> dict[str, Path]:
    """Write the Snakefiles that are measured beside ours; gives them by name."""
    written = {}
    for name, stated in (("bare", '    shell: "touch {output}"\n'), ("bare, same directives", STATED)):
        text = HEAD
        for rule, before in CHAIN:
            needs = f'    input: "{before}/{{i}}.txt"\n' if before else ""
            text += f'rule {rule}:\n{needs}    output: "{rule}/{{i}}.txt"\n{stated.replace("NAME", rule)}'
        written[name] = folder / f"{name.replace(', ', '_').replace(' ', '_')}.smk"
        written[name].write_text(text)
    (folder / "none.py").touch()
    (folder / "env.yaml").write_text((ROOT / "envs" / "aurora.yaml").read_text())
    return written


def write_period(folder: Path, shards: int, hours: int) -> Path:
    """Write the overlay of a period of all cameras with so many shards."""
    first = date(2010, 1, 1)
    stop = first + timedelta(days=round(shards * hours / 24 / len(SITES)))
    overlay = folder / f"period_{shards}_{hours}.yaml"
    overlay.write_text(
        f"archive: {folder / 'archive'}\nstudies: [aurora]\naurora:\n  shard_hours: {hours}\n"
        f"  events: {{start: {first}, stop: {stop}, sites: [{', '.join(SITES)}]}}\n"
        "  figures: {camera_days: false}\n"
    )
    return overlay


def line(name: str, spent: Spent) -> str:
    """One measurement as text."""
    return (
        f"  {name:24s} {spent.jobs:7d} jobs {spent.wall_s:7.1f} s, CPU {spent.cpu_s:6.1f} s, "
        f"{spent.memory_mb:5.0f} MB"
    )


def planning(folder: Path, shards: int, hours: int) -> None:
    """Time a dry run of ours, and of the bare Snakefiles with as many jobs."""
    print(f"planning {shards} shards of {hours} h", flush=True)
    words = ("--dry-run", "--quiet")
    overlay = write_period(folder, shards, hours)
    ours = call(folder, *words, "--snakefile", ROOT / "Snakefile", "--configfile", overlay)
    print(line("magnetoflow", ours), flush=True)
    for name, snakefile in write_bare(folder).items():
        spent = call(
            folder, *words, "--snakefile", snakefile, "--config", f"shards={ours.jobs // len(CHAIN)}"
        )
        print(f"{line(name, spent)}; ours is {ours.wall_s / spent.wall_s:.2f} times that", flush=True)


def write_images(root: Path, sites: Sequence[str], blocks: int) -> date:
    """Write one camera-day of the sample, and copies of its minutes at other hours and other cameras.

    The times in headers and names change, not the pixels.
    """
    site, day = "gill", date(2014, 3, 10)
    write_camera_day(root, site, day)
    first = sorted((root / f"themis/asi/stream0/{day:%Y/%m/%d}").rglob("*_full.pgm.gz"))
    hour = int(first[0].name[9:11])
    for path in first:
        content, name = igzip.decompress(path.read_bytes()), path.relative_to(root).as_posix()
        for other in sites:
            for k in range(blocks):
                now = (hour + k) % 24
                moved = name.replace(site, other).replace(f"/ut{hour:02}/", f"/ut{now:02}/")
                target = root / moved.replace(f"{day:%Y%m%d}_{hour:02}", f"{day:%Y%m%d}_{now:02}")
                target.parent.mkdir(parents=True, exist_ok=True)
                shifted = content.replace(f"{day} {hour:02}:".encode(), f"{day} {now:02}:".encode())
                target.write_bytes(igzip.compress(shifted, compresslevel=1))
    return day


def work_seconds(folder: Path, results: str) -> list[float]:
    """Seconds that the scripts of the shards worked, from their logs."""
    texts = [path.read_text() for path in (folder / results / "aurora" / "logs").rglob("*_00.log")]
    return [
        float(found[1]) for text in texts if (found := re.search(r"INFO done, process \d+, ([\d.]+) s", text))
    ]


def efficiency(folder: Path, cameras: int, blocks: int) -> None:
    """Time shards on one core and on two; print overhead, speed-up and a run with nothing to be done."""
    sites = ("gill", *[site for site in SITES if site != "gill"][: cameras - 1])
    root = folder / "archive"
    day = write_images(root, sites, blocks)
    overlay = folder / "night.yaml"
    overlay.write_text(
        f"archive: {root}\nstudies: [aurora]\naurora:\n  on_damaged: gap\n"
        f"  events: {{start: {day}, stop: {day + timedelta(days=1)}, sites: [{', '.join(sites)}]}}\n"
        "  preprocess: {mask: none}\n"
    )
    common = ("--snakefile", ROOT / "Snakefile", "--configfile", overlay, "--config")
    images = f"data/manifests/{source_name(str(root))}/themis_asi"
    taken = {}
    for cores in (1, 2):
        results = f"results_{cores}"
        before = [
            f"{results}/aurora/model/network/model.json",
            *(f"{images}/{site}/{day:%Y%m%d}.json" for site in sites),
        ]
        call(folder, *common, f"results={results}", "--", *before)
        shards = [f"{results}/aurora/work/{site}/{day:%Y%m%d}/00/frames.csv" for site in sites]
        words = (*common, f"results={results}", "--", *shards)
        spent = call(folder, *words, cores=cores)
        taken[cores] = spent.wall_s
        work = work_seconds(folder, results)
        assert len(work) == len(sites), work
        overhead = 1 - sum(work) / (spent.wall_s * cores)
        alone = spent.wall_s * cores - sum(work)
        print(
            f"{cores} core(s): {len(work)} shards of {min(work):.1f} to {max(work):.1f} s of work in "
            f"{spent.wall_s:.1f} s; overhead {100 * overhead:.1f} % (must hold for shards of 30 s: 5 %), "
            f"{alone / len(work):.1f} core-seconds a shard",
            flush=True,
        )
    print(f"two cores are {taken[1] / taken[2]:.2f} times as fast as one (must hold: 1.8)")
    spent = call(folder, *words)
    assert "Nothing to be done" in spent.said, spent.said[-500:]
    print(f"run with nothing to be done, {len(sites)} shards: {spent.wall_s:.1f} s (aim: {NOOP_AIM_S:.0f})")


def sample_noop(folder: Path) -> None:
    """Run one study of the sample, then again with nothing to be done."""
    words = ("--snakefile", ROOT / "Snakefile", "--", "mms_gmm")
    call(folder, *words)
    spent = call(folder, *words)
    assert "Nothing to be done" in spent.said, spent.said[-500:]
    print(f"run with nothing to be done, sample of mms_gmm: {spent.wall_s:.1f} s (aim: {NOOP_AIM_S:.0f})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of shards to plan")
    parser.add_argument("--cameras", type=int, default=6, help="shards that are run; 0: none")
    parser.add_argument("--blocks", type=int, default=10, help="times 19 minutes of images in a shard")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magnetoflow_workflow_") as temporary:
        folder = Path(temporary)
        (folder / "archive" / "themis").mkdir(parents=True)
        if options.cameras:
            sample_noop(folder)
            efficiency(folder, options.cameras, options.blocks)
        for shards in options.sizes:
            planning(folder, shards, 24)
        if 10_000 in options.sizes:
            planning(folder, 10_000, 1)
    print(f"planning must hold: at most {MOST_RATIO} times the bare Snakefile")


if __name__ == "__main__":
    main()
