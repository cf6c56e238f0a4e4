"""A SLURM cluster of two nodes on this host, for tests: started, and removed with everything it wrote.

SLURM's commands in a job read ``/etc/slurm/slurm.conf`` only: the executor's job step removes ``SLURM_CONF``.
So the file is written there, and nothing is started where another one lies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

CONF = Path("/etc/slurm/slurm.conf")
MARK = "# Test cluster of magnetoflow (make test-slurm), in "
DAEMONS = ("slurmctld", "slurmd", "munged")
PROGRAMS = (*DAEMONS, "sbatch", "srun", "squeue", "scancel", "sinfo", "scontrol")
INSTALL = "apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
NODES = ("n1", "n2")
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 20.0


class ClusterError(RuntimeError):
    """No test cluster can be started here."""


@dataclass(frozen=True)
class Ports:
    """TCP ports of the daemons."""

    controller: int
    base: int
    nodes: tuple[int, int]


def config_text(folder: Path, host: str, ports: Ports, memory_mb: int) -> str:
    """Return ``slurm.conf``: root, no accounting database, no cgroups; the first line names the folder."""
    nodes = [
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=4 "
        f"RealMemory={memory_mb} State=UNKNOWN\n"
        for name, port in zip(NODES, ports.nodes, strict=True)
    ]
    return f"""{MARK}{folder}
ClusterName=magnetoflow
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0,defer_batch=0
SlurmctldPort={ports.controller}
SlurmdPort={ports.base}
SlurmdParameters=config_overrides
DefMemPerCPU=500
ReturnToService=2
KillWait=5
InactiveLimit=0
MinJobAge=3600
MaxArraySize=1001
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/slurmd_%n.pid
SlurmdLogFile={folder}/slurmd_%n.log
SlurmdSpoolDir={folder}/spool_%n
{"".join(nodes)}PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=10 State=UP
"""


def missing_programs() -> list[str]:
    """Programs of SLURM and munge that are not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


def running(name: str) -> list[int]:
    """Processes of a program, by its name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            number = int(path.parent.name)
            if path.read_text().strip() == name and alive(number):
                found.append(number)
    return sorted(found)


def environment() -> dict[str, str]:
    """Process environment without settings of another cluster."""
    foreign = ("SLURM", "SBATCH", "SRUN", "SQUEUE", "SINFO", "SALLOC", "SCANCEL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "PATH": os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])}


def ask(*words: object, timeout: float = 30.0) -> str:
    """Run a command of SLURM, return what it prints.

    Raises
    ------
    ClusterError
        It fails, or does not answer.
    """
    call = [str(word) for word in words]
    try:
        done = subprocess.run(call, env=environment(), capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise ClusterError(f"{call[0]} does not answer") from None
    if done.returncode:
        raise ClusterError(f"{' '.join(call)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait_for(what: Callable[[], bool], within_s: float, step_s: float = 0.1) -> bool:
    """Wait until something holds; say whether it does."""
    end = time.monotonic() + within_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(step_s)
    return True


@contextmanager
def throw_away_cluster(conf: Path = CONF) -> Iterator[Path]:
    """Start a cluster; remove it at the end, whatever happens.

    What a killed test left is removed first. SIGTERM ends the test like Ctrl-C, so that nothing stays.

    Yields
    ------
    Path
        Folder of its state and logs.

    Raises
    ------
    ClusterError
        SLURM is not installed, this is not root, another cluster is configured or runs here, or this one
        does not start.
    """
    refuse(conf)
    made_folder = not conf.parent.is_dir()
    conf.parent.mkdir(exist_ok=True)
    with ended_by_sigterm():
        # not below TMPDIR: the path of a socket is at most 107 bytes
        folder = Path(mkdtemp(prefix="magnetoflow-slurm-", dir="/tmp"))
        try:
            with conf.open("x", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # held while this process lives
                file.write(config_text(folder, socket.gethostname().split(".")[0], free_ports(), memory()))
                file.flush()
                try:
                    start(folder)
                    yield folder
                finally:
                    stop(folder)
                    conf.unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if made_folder:
                conf.parent.rmdir()


def refuse(conf: Path) -> None:
    """Raise where no cluster may be started; clear what a killed test left."""
    missing = missing_programs()
    if missing:
        raise ClusterError(f"not installed: {', '.join(missing)}. As root: {INSTALL}")
    if os.geteuid() != 0:
        raise ClusterError(f"it needs root: SLURM reads its configuration from {conf}")
    if conf.exists():
        clear_leftover(conf)
    others = {name: running(name) for name in ("slurmctld", "slurmd")}
    if any(others.values()):
        told = ", ".join(f"{name} {numbers}" for name, numbers in others.items() if numbers)
        raise ClusterError(f"another cluster runs on this host: {told}")


def clear_leftover(conf: Path) -> None:
    """Remove the cluster of a test that was killed.

    Raises
    ------
    ClusterError
        The configuration is not that of a test, or its test still runs.
    """
    with conf.open(encoding="utf-8", errors="replace") as file:
        first = file.readline().rstrip("\n")
        if not first.startswith(MARK):
            raise ClusterError(f"{conf} belongs to a cluster that this test did not make")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(f"{conf}: another run of this test is using it") from None
        folder = Path(first.removeprefix(MARK))
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
        conf.unlink()


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt, as SIGINT does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_ports() -> Ports:
    """TCP ports that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    numbers = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return Ports(numbers[0], numbers[1], (numbers[2], numbers[3]))


def memory() -> int:
    """Memory of a node [MB]: that of this host, less what the daemons take."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 - 512


def start(folder: Path) -> None:
    """Start the daemons and wait until both nodes are idle."""
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    (folder / "state").mkdir()
    files = {name: folder / f"munge.{name}" for name in ("socket", "pid", "log", "seed")}
    given = [f"--{name}{'' if name == 'socket' else '-file'}={path}" for name, path in files.items()]
    ask("munged", "--force", f"--key-file={key}", *given)
    ask("slurmctld")
    for node in NODES:
        ask("slurmd", "-N", node)
    if not wait_for(idle, STARTS_WITHIN_S):
        tails = [path.read_text(errors="replace")[-1500:] for path in sorted(folder.glob("slurm*.log"))]
        raise ClusterError("the nodes are not idle\n" + "\n".join(tails))


def idle() -> bool:
    """Say whether the controller answers and both nodes are idle."""
    with suppress(ClusterError):
        return ask("sinfo", "-h", "-N", "-o", "%N %t").split() == ["n1", "idle", "n2", "idle"]
    return False


def stop(folder: Path) -> None:
    """Cancel the jobs, and end the daemons that the pid files in a folder name."""
    with suppress(ClusterError):
        if pid_of(folder / "slurmctld.pid"):
            ask("scancel", "--quiet", "--user=root")
            wait_for(lambda: not ask("squeue", "-h"), STOPS_WITHIN_S)
    for path in sorted(folder.glob("*.pid"), key=lambda one: one.name.startswith("munge")):
        end(pid_of(path))


def pid_of(path: Path) -> int | None:
    """Process that a daemon's pid file names, if it is one of the daemons."""
    with suppress(OSError, ValueError):
        number = int(path.read_text())
        if Path(f"/proc/{number}/comm").read_text().strip() in DAEMONS:
            return number
    return None


def end(number: int | None) -> None:
    """End a process, and wait for its end."""
    for told in (signal.SIGTERM, signal.SIGKILL):
        if number is None or not alive(number):
            return
        with suppress(ProcessLookupError):
            os.kill(number, told)
        wait_for(lambda: not alive(number), STOPS_WITHIN_S)


def alive(number: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
