"""What the workflow costs beside its work: `python benchmarks/workflow.py` (20 minutes on two cores).

1. Planning: a dry run of camera-days of `aurora`, beside Snakefiles of as many jobs with the same
   dependencies: a bare one (one output, a shell line), and one whose rules state what ours state (log,
   benchmark, conda, resources, params, message, script), as constants.
2. A run with nothing to be done.
3. Shards of half a minute on one core and on two: overhead = 1 - sum of the scripts' time / (wall time x
   cores), the start of Snakemake included; and the same with the imports of scripts counted as overhead.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
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
SITE, NETWORK = "gill", "aurora/model/network/model.json"
MOST_RATIO, MOST_OVERHEAD, LEAST_FASTER, NOOP_AIM_S = 1.5, 5, 1.8, 5.0

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


def write_period(folder: Path, days: int, hours: int) -> Path:
    """Write the overlay of so many days of all cameras."""
    first = date(2010, 1, 1)
    stop = first + timedelta(days=days)
    overlay = folder / f"period_{days}_{hours}.yaml"
    overlay.write_text(
        f"archive: {folder / 'archive'}\nstudies: [aurora]\naurora:\n  shard_hours: {hours}\n"
        f"  events: {{start: {first}, stop: {stop}, sites: [{', '.join(SITES)}]}}\n"
        "  figures: {camera_days: false}\n"
    )
    return overlay


def line(name: str, jobs: int, spent: Spent) -> str:
    """One measurement as text."""
    return (
        f"  {name:22s} {jobs:7d} jobs: {spent.wall_s:7.1f} s, CPU {spent.cpu_s:6.1f} s, "
        f"{spent.memory_mb:5.0f} MB"
    )


def count_jobs(folder: Path, days: int, hours: int) -> int:
    """Jobs of a plan: --quiet alone, which is timed, does not say; each day has as many as another."""
    counts = []
    for few in (1, 2):
        words = ("--snakefile", ROOT / "Snakefile", "--configfile", write_period(folder, few, hours))
        said = call(folder, "--dry-run", "--quiet", "rules", *words).said
        total = re.search(r"^total +(\d+)", said, re.MULTILINE)
        assert total is not None, said[-500:]
        counts.append(int(total[1]))
    return counts[0] + (days - 1) * (counts[1] - counts[0])


def planning(folder: Path, shards: int, hours: int) -> None:
    """Time a dry run of ours, and of the bare Snakefiles with as many jobs."""
    print(f"planning {shards} shards of {hours} h", flush=True)
    quiet = ("--dry-run", "--quiet")  # builds the graph, and prints no jobs
    days = round(shards * hours / 24 / len(SITES))
    jobs = count_jobs(folder, days, hours)
    overlay = write_period(folder, days, hours)
    ours = call(folder, *quiet, "--snakefile", ROOT / "Snakefile", "--configfile", overlay)
    print(line("magnetoflow", jobs, ours), flush=True)
    for name, snakefile in write_bare(folder).items():
        bare = ("--snakefile", snakefile, "--config", f"shards={jobs // len(CHAIN)}")
        spent = call(folder, *quiet, *bare)
        print(
            f"{line(name, jobs, spent)}; ours is {ours.wall_s / spent.wall_s:.2f} times that, "
            f"by CPU {ours.cpu_s / spent.cpu_s:.2f}",
            flush=True,
        )


def write_images(root: Path, days: int, blocks: int) -> list[date]:
    """Write a camera-day of the sample, and copies of its minutes at other hours and dates; gives the dates.

    The times in headers and names change, not the pixels.
    """
    day = date(2014, 3, 10)
    write_camera_day(root, SITE, day)
    first = sorted((root / f"themis/asi/stream0/{day:%Y/%m/%d}").rglob("*_full.pgm.gz"))
    hour = int(first[0].name[9:11])
    dates = [day + timedelta(days=k) for k in range(days)]
    for path in first:
        content, name = igzip.decompress(path.read_bytes()), path.relative_to(root).as_posix()
        for other in dates:
            for now in range(blocks):
                moved = name.replace(f"{day:%Y/%m/%d}", f"{other:%Y/%m/%d}")
                moved = moved.replace(f"/ut{hour:02}/", f"/ut{now:02}/")
                target = root / moved.replace(f"{day:%Y%m%d}_{hour:02}", f"{other:%Y%m%d}_{now:02}")
                target.parent.mkdir(parents=True, exist_ok=True)
                shifted = content.replace(f"{day} {hour:02}:".encode(), f"{other} {now:02}:".encode())
                target.write_bytes(igzip.compress(shifted, compresslevel=1))
    return dates


def script_seconds(folder: Path, results: str) -> list[float]:
    """Seconds of the shards' scripts with the start of Python and imports, from Snakemake's tables."""
    tables = (folder / results / "aurora" / "bench" / SITE).glob("*_00.tsv")
    return [float(path.read_text().splitlines()[1].split("\t")[0]) for path in tables]


def work_seconds(folder: Path, results: str) -> list[float]:
    """Seconds that the scripts of the shards worked after their imports, from their logs."""
    texts = [path.read_text() for path in (folder / results / "aurora" / "logs").rglob("*_00.log")]
    return [
        float(found[1]) for text in texts if (found := re.search(r"INFO done, process \d+, ([\d.]+) s", text))
    ]


def efficiency(folder: Path, days: int, blocks: int) -> None:
    """Time shards on one core and on two; print overhead, speed-up and a run with nothing to be done."""
    root = folder / "archive"
    dates = write_images(root, days, blocks)
    overlay = folder / "nights.yaml"
    overlay.write_text(
        f"archive: {root}\nstudies: [aurora]\naurora:\n"
        f"  events: {{start: {dates[0]}, stop: {dates[-1] + timedelta(days=1)}, sites: [{SITE}]}}\n"
    )
    common = ("--snakefile", ROOT / "Snakefile", "--configfile", overlay, "--config")
    images = f"data/manifests/{source_name(str(root))}/themis_asi/{SITE}"
    manifests = [f"{images}/{day:%Y%m%d}.json" for day in dates]
    taken = {}
    for cores in (1, 2):
        results = f"results_{cores}"
        call(folder, *common, f"results={results}", "--", *manifests, f"{results}/{NETWORK}")
        shards = [f"{results}/aurora/work/{SITE}/{day:%Y%m%d}/00/status.json" for day in dates]
        words = (*common, f"results={results}", "--", *shards)
        spent = call(folder, *words, cores=cores)
        taken[cores] = spent.wall_s
        work = work_seconds(folder, results)
        assert len(work) == len(dates), work
        whole = spent.wall_s * cores
        outside = [100 * (1 - sum(some) / whole) for some in (script_seconds(folder, results), work)]
        print(
            f"{cores} core(s): {len(work)} shards of {min(work):.1f} to {max(work):.1f} s of work in "
            f"{spent.wall_s:.1f} s; overhead {outside[0]:.1f} % (must hold for shards of 30 s: "
            f"{MOST_OVERHEAD} %), with the imports of scripts {outside[1]:.1f} %",
            flush=True,
        )
    print(f"two cores are {taken[1] / taken[2]:.2f} times as fast as one (must hold: {LEAST_FASTER})")
    spent = call(folder, *words)
    assert "Nothing to be done" in spent.said, spent.said[-500:]
    print(f"run with nothing to be done, {len(dates)} shards: {spent.wall_s:.1f} s (aim: {NOOP_AIM_S:.0f})")


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
    parser.add_argument("--days", type=int, default=4, help="shards that are run; 0: none")
    parser.add_argument("--blocks", type=int, default=24, help="hours with 19 minutes of images in a shard")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magnetoflow_workflow_") as temporary:
        folder = Path(temporary)
        (folder / "archive" / "themis").mkdir(parents=True)
        if options.days:
            sample_noop(folder)
            efficiency(folder, options.days, options.blocks)
        for shards in options.sizes:
            planning(folder, shards, 24)
        if 10_000 in options.sizes:
            planning(folder, 10_000, 1)
    print(f"planning must hold: at most {MOST_RATIO} times the bare Snakefile")


if __name__ == "__main__":
    main()
