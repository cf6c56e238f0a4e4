"""Bring and check 200 files of 2 MB, beside pyspedas: `python benchmarks/archive.py`.

Both take the same files from the same server in the same run, in turn; the server is a process of its own.
Ours reads the listing, chooses versions, checks every file (size, MD5, structure, times of records), notes
its sha256, and has it on the disk before it gets its name; pyspedas is told the names, and opens each file.
What our checks cost is seen by leaving them out.
"""

from __future__ import annotations

import hashlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import magnetoflow.archive.remote.fetch as fetching
from magnetoflow.archive.layout import product_of
from magnetoflow.archive.remote.client import Client
from magnetoflow.archive.remote.discover import discover
from magnetoflow.archive.remote.gates import gate_of
from magnetoflow.archive.remote.listed import newest
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.io.integrity import sha256_of
from magnetoflow.sample.cdf import tt2000, write_cdf

FILES = 200
ROUNDS = 5
RECORDS, CHANNELS = 16_600, 32
"""Noise of single precision, which packs to 2 MB."""
PRODUCT, PROBE = "mms_fpi_brst_dis-moms", "mms1"
FIRST = datetime(2017, 7, 11)
FOLDER = product_of(PRODUCT).folder_of(PROBE, FIRST.date())
NUMBER = b"file 00000"
fsync = os.fsync


class Clock:
    """Seconds spent in functions, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function and count its time."""

        def timed(*values: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*values, **options)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

        return timed


def write_files(folder: Path) -> list[str]:
    """Write files that differ in an attribute, and thus in their MD5."""
    folder.mkdir(parents=True)
    values = np.random.default_rng(7).standard_normal((RECORDS, CHANNELS)).astype("f4")
    start = tt2000(np.datetime64(FIRST, "ns"))
    variables = {"Epoch": start + 30_000_000 * np.arange(RECORDS), "noise": values}
    attributes = {"Epoch": {}, "noise": {"DEPEND_0": "Epoch"}}
    first = folder / "first.cdf"
    write_cdf(first, variables, attributes, {"Source": NUMBER.decode()}, packing=1)
    content = first.read_bytes()[:-16]
    first.unlink()
    assert content.count(NUMBER) == 1
    names = []
    for k in range(FILES):
        slot = FIRST + timedelta(minutes=k)
        names.append(f"mms1_fpi_brst_l2_dis-moms_{slot:%Y%m%d%H%M%S}_v3.4.0.cdf")
        body = content.replace(NUMBER, b"file %05d" % k)
        (folder / names[-1]).write_bytes(body + hashlib.md5(body, usedforsecurity=False).digest())
    return names


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Serve a folder by a process of its own; gives its address."""
    words = [
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--protocol",
        "HTTP/1.1",
        "-d",
        str(folder),
    ]
    with subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            port = re.search(r"port (\d+)", process.stdout.readline())
            assert port is not None
            yield f"http://127.0.0.1:{port[1]}"
        finally:
            process.terminate()


def ours(address: str, root: Path, clock: Clock, checked: bool = True) -> list[Path]:
    """Bring the files as a run does, from the listing on; without the checks for comparison only."""
    settings = Settings(mms="spdf", spdf=address)
    steps = {"gate": gate_of(PRODUCT, PROBE), "sha256": sha256_of, "fsync": fsync}
    if not checked:
        steps = {"gate": lambda _: (None, None), "sha256": lambda _: "", "fsync": lambda _: None}
    steps = {name: clock.around(name, step) for name, step in steps.items()}
    fetching.sha256_of, os.fsync = steps["sha256"], steps["fsync"]
    with Client(settings) as client:
        chosen, _ = newest(discover(client, settings, PRODUCT, PROBE, FIRST.date()).files)
        done, failures = fetching.fetch_all(client, chosen, root, steps["gate"])
    assert not failures
    return [one.path for _, one in done]


def theirs(address: str, root: Path, names: list[str]) -> list[Path]:
    """Bring the files by pyspedas."""
    from pyspedas import download

    done = download(remote_path=f"{address}/{FOLDER}/", remote_file=names, local_path=f"{root}/{FOLDER}/")
    return [Path(one) for one in done]


def measure(bring: Callable[[], list[Path]], served: Path) -> tuple[float, float]:
    """Seconds, and seconds of this process' CPU; what came must be what is served, and is removed."""
    cpu, begin = time.process_time(), time.perf_counter()
    came = bring()
    taken = time.perf_counter() - begin, time.process_time() - cpu
    assert len(came) == FILES
    for path in came:
        assert path.read_bytes() == (served / path.name).read_bytes(), path
        path.unlink()
    return taken


def compare(address: str, scratch: Path, names: list[str]) -> None:
    served = scratch / "served" / FOLDER
    clock = Clock()
    calls = {
        "ours": partial(ours, address, scratch / "ours", clock),
        "unchecked": partial(ours, address, scratch / "ours", Clock(), checked=False),
        "pyspedas": partial(theirs, address, scratch / "theirs", names),
    }
    rounds = []
    for turn in range(ROUNDS):
        clock.seconds.clear()
        order = list(calls)[turn % 3 :] + list(calls)[: turn % 3]
        taken = {name: measure(calls[name], served) for name in order}
        (mine, cpu), (bare, bare_cpu), (other, other_cpu) = (taken[name] for name in calls)
        rounds.append((mine, bare, other, other / mine, mine - bare, cpu, bare_cpu, other_cpu))
        parts = ", ".join(f"{name} {value:.2f} s" for name, value in sorted(clock.seconds.items()))
        print(
            f"  ours {mine:5.2f} s (CPU {cpu:.2f} s; {parts}), without checks {bare:5.2f} s "
            f"(CPU {bare_cpu:.2f} s), pyspedas {other:5.2f} s (CPU {other_cpu:.2f} s)",
            flush=True,
        )
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    mine, bare, other, ratio, cost, cpu, bare_cpu, other_cpu = medians
    print(
        f"  medians {mine:.2f}, {bare:.2f} and {other:.2f} s (CPU {cpu:.2f}, {bare_cpu:.2f} and "
        f"{other_cpu:.2f} s); the checks cost {cost / mine:.0%} of our time, {1000 * cost / FILES:.0f} ms "
        f"a file (CPU {(cpu - bare_cpu) / cpu:.0%}, {1000 * (cpu - bare_cpu) / FILES:.0f} ms)"
    )
    ratios = [one[3] for one in rounds]
    print(
        f"archive: {ratio:.2f} times as fast as pyspedas, which opens each file "
        f"({min(ratios):.2f} to {max(ratios):.2f}); without the checks {other / bare:.2f}"
    )


def main(scratch: Path) -> None:
    # pyspedas and spacepy make folders in the home folder where these do not say otherwise
    names = ("HOME", "SPACEPY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SPEDAS_DATA_DIR")
    os.environ.update(dict.fromkeys(names, str(scratch)))
    os.environ["PYSPEDAS_LOGGING_LEVEL"] = "error"
    import pyspedas  # noqa: F401 (its import is not what is measured)

    files = write_files(scratch / "served" / FOLDER)
    size = (scratch / "served" / FOLDER / files[0]).stat().st_size
    print(f"{FILES} files of {size / 1e6:.2f} MB from loopback")
    with server(scratch / "served") as address:
        compare(address, scratch, files)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="magnetoflow_archive_") as temporary:
        main(Path(temporary))
