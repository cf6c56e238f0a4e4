"""Calls of Snakemake, and scripts of their jobs, in forks of processes of each test worker.

See `tests.warm.snakemake_calls` and `tests.warm.scripts`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from magnetoflow.workflow.environment import SETTINGS

FOLDER = Path(__file__).parent


@cache
def server() -> subprocess.Popen[str]:
    """Start the process, which ends when its input is closed; it imports nothing of a checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / "snakemake_calls.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


@contextmanager
def warm_scripts(checkout: Path | str, **more: str) -> Iterator[dict[str, str]]:
    """Environment in which scripts of jobs run in forks of a process that is started here, and ended."""
    path = {"PYTHONPATH": f"{checkout}{os.pathsep}{FOLDER}"}
    with TemporaryDirectory() as folder:
        place = f"{folder}/scripts"
        process = subprocess.Popen(
            [sys.executable, str(FOLDER / "scripts.py"), place],
            env={**os.environ, **SETTINGS, **more, "PYTHONPATH": str(FOLDER)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n", "the process that runs scripts has ended"
        try:
            yield {**path, **more, "WARM_SCRIPTS": place}
        finally:
            process.communicate()


@cache
def scripts_of_worker() -> str:
    """Where a process for scripts of this worker listens."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(warm_scripts(""))["WARM_SCRIPTS"]


def with_warm_scripts(environment: dict[str, str]) -> dict[str, str]:
    """Environment in which scripts of jobs run in forks of this worker's process."""
    path = os.pathsep.join([environment["PYTHONPATH"], str(FOLDER)])
    return {**environment, "PYTHONPATH": path, "WARM_SCRIPTS": scripts_of_worker()}


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
