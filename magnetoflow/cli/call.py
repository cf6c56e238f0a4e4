"""The call of Snakemake, in a process group of its own, to which signals are passed on."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from magnetoflow.cli import mms_mp
from magnetoflow.config import Config
from magnetoflow.config.load import REPOSITORY
from magnetoflow.errors import ConfigError

PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def snakemake_command(options: Namespace, config: Config, configfiles: Sequence[Path]) -> list[str]:
    """Words of the command that a call runs.

    Raises
    ------
    ConfigError
        The Snakefile is not beside the package.
    """
    words = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile())]
    # with an executor, --cores would bound the processors that are asked of the cluster
    words += ["--workflow-profile", options.profile] if options.profile else ["--cores", options.cores]
    words += ["--configfile", *map(str, configfiles)]
    switches = ("dry_run", "keep_going", "unlock")
    words += [f"--{name.replace('_', '-')}" for name in switches if getattr(options, name)]
    if getattr(options, "debug", False):
        words.append("--show-failed-logs")
    targets = [target_path(target, config, options.command) for target in options.targets]
    if options.command == "mms_mp" and not targets:
        targets = mms_mp.default_targets(options, config)
    return [*words, "--", *(targets or [options.command])]


def snakefile() -> Path:
    """Path of the workflow.

    Raises
    ------
    ConfigError
        It is not beside the package.
    """
    path = REPOSITORY / "Snakefile"
    if not path.is_file():
        raise ConfigError(
            "no Snakefile beside the package",
            where=path,
            todo="run from a clone of the repository: pip install --editable <clone>",
        )
    return path


def target_path(target: str, config: Config, study: str) -> str:
    """Path of a target: ``features.csv`` is ``<results>/mms_gmm/features.csv``; without a dot, a rule."""
    below = Path(target).is_relative_to(config.results)
    if below or Path(target).is_absolute() or ("/" not in target and "." not in target):
        return target
    return f"{config.results}/{study}/{target}"


def call(words: Sequence[str]) -> int:
    """Run a command and wait for it, passing signals on.

    Parameters
    ----------
    words : sequence of str
        Program and arguments.

    Returns
    -------
    int
        Its exit status; 128 + n where signal n ended it, or was passed on before it failed.

    Notes
    -----
    The child has its own process group, so that Ctrl-C reaches it and its jobs once, through this process.
    """
    with _forwarding() as attach:
        child = subprocess.Popen(words, process_group=0, preexec_fn=_end_with_parent)  # noqa: S603
        passed = attach(child)
        status = child.wait()
    if status and passed:
        return 128 + passed[-1]
    return status if status >= 0 else 128 - status


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed, so that no run goes on unseen."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def _forwarding() -> Iterator[Callable[[subprocess.Popen[bytes]], list[int]]]:
    """Pass signals on to a child's group, and note them; one that arrives before there is a child waits.

    A signal that this process was started to ignore stays ignored.
    """
    children: list[subprocess.Popen[bytes]] = []
    passed: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        passed.append(number)
        for child in children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, number)

    def attach(child: subprocess.Popen[bytes]) -> list[int]:
        early = list(passed)
        children.append(child)
        for number in early:
            forward(number, None)
        return passed

    previous = {number: signal.getsignal(number) for number in FORWARDED}
    handled = [number for number in FORWARDED if previous[number] != signal.SIG_IGN]
    for number in handled:
        signal.signal(number, forward)
    try:
        yield attach
    finally:
        for number in handled:
            signal.signal(number, previous[number])
