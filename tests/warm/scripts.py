"""A process that has imported what scripts of rules import, and forks for each script that it is given.

Importing takes most jobs of the sample longer than their work. A child becomes what ``python script.py``
would be: folder, environment, path of imports and streams are its own, and nothing of magnetoflow is imported
yet. It ends when its client does. Children share the seed of hashes.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import types
from pathlib import Path

IMPORTED = (
    "cdflib", "h5netcdf", "h5py", "isal.igzip", "matplotlib.backends.backend_agg", "matplotlib.pyplot",
    "numba", "pandas", "pydantic", "scipy.constants", "scipy.fft", "scipy.linalg", "scipy.ndimage",
    "scipy.optimize", "scipy.sparse", "scipy.spatial", "scipy.special",
    "snakemake.iocontainers", "snakemake.logging", "yaml",
)  # fmt: skip
SETTLED = {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
"""What libraries have read when they were imported."""


def received(client):
    """Request of a client; its streams are among what it names."""
    size, streams, _, _ = socket.recv_fds(client, 8, 3)
    content = b""
    while len(content) < int.from_bytes(size, "big"):
        content += client.recv(1 << 20)
    return json.loads(content), streams


def become(request, streams):
    """Make this process that of the script."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["folder"])
    script = request["script"]
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [str(Path(script).parent), *filter(None, paths)]
    sys.argv, sys.orig_argv = [script], [sys.executable, script]


def run(script):
    """Run a script as the main module."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.__file__ = script
    exec(compile(Path(script).read_bytes(), script, "exec"), main.__dict__)


def attend(client):
    """Start the script in a child; return its request in the child, and end with it otherwise."""
    request, streams = received(client)
    if any(request["env"].get(name) != value for name, value in SETTLED.items()):
        client.sendall(b"other settings")
        os._exit(0)
    child = os.fork()
    if child == 0:
        client.close()
        become(request, streams)
        return request["script"]
    ended = os.pidfd_open(child)
    if ended not in select.select([client, ended], [], [])[0]:
        os.kill(child, signal.SIGKILL)  # whoever asked is gone
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        client.sendall(str(status).encode())
    finally:
        os._exit(0)


def reap(how):
    """Take notice of children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def serve(place):
    """Wait for clients until standard input is closed; return the script in the process that runs it."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen(16)
        print("ready", flush=True)
        while sys.stdin not in (ready := select.select([server, sys.stdin], [], [])[0]):
            assert server in ready
            client, _ = server.accept()
            if os.fork() == 0:
                server.close()
                return attend(client)
            client.close()
            reap(os.WNOHANG)
    reap(0)
    return None


if __name__ == "__main__":
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    for name in IMPORTED:
        importlib.import_module(name)
    assert not any(name.split(".")[0] == "magnetoflow" for name in sys.modules)
    gc.freeze()  # children need not look through what they share
    if script := serve(sys.argv[1]):
        run(script)
