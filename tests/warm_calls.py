"""Calls of Snakemake in forks of one process per test worker; see `tests.warm_snakemake`."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

SCRIPT = Path(__file__).with_name("warm_snakemake.py")


@cache
def server() -> subprocess.Popen[str]:
    """Start the process, which ends when its input is closed; it imports nothing of a checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


def warm_call(
    command: list[str], folder: Path, environment: dict[str, str], timeout: int
) -> subprocess.CompletedProcess[str]:
    """Do what ``subprocess.run`` does with ``python -m snakemake ...``: wait, and capture both streams."""
    assert command[1:3] == ["-m", "snakemake"]
    with TemporaryDirectory() as place:
        streams = {name: Path(place) / name for name in ("stdout", "stderr")}
        for path in streams.values():
            path.touch()
        request = {
            "words": command[3:], "folder": str(folder), "env": environment, "timeout": timeout,
            **{name: str(path) for name, path in streams.items()},
        }  # fmt: skip
        process = server()
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the process that calls Snakemake has ended"
        if int(answer) == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(command, timeout)
        said = {name: path.read_text() for name, path in streams.items()}
    return subprocess.CompletedProcess(command, int(answer), **said)
