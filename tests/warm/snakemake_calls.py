"""A process that has imported Snakemake and forks for each call, as importing takes longer than a dry run.

It reads one request a line, and answers with the exit status of the call. A child becomes what
``python -m snakemake`` would be: folder, environment, path of imports, streams and arguments are its own, and
nothing of magnetoflow is imported yet. It shares the seed of hashes with other calls of this process.
"""

import gc
import json
import os
import signal
import sys
import time

import nbformat  # noqa: F401
import smart_open  # noqa: F401
import snakemake.notebook
from snakemake.cli import get_argument_parser, main


def become(request: dict) -> None:
    """Make this process that of the call."""
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["folder"])
    # python -m puts the working directory first
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [request["folder"], *filter(None, paths)]
    sys.argv = [snakemake.__file__, *request["words"]]
    for number, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY),
        (2, request["stderr"], os.O_WRONLY),
    ):
        opened = os.open(name, flags)
        os.dup2(opened, number)
        os.close(opened)
    signal.alarm(request["timeout"])


def serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            become(request)
            main()  # ends the child
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    sys.path.pop(0)  # tests/
    assert not any(name.split(".")[0] == "magnetoflow" for name in sys.modules)
    get_argument_parser()  # imports plugins
    gc.freeze()  # children need not look through what they share
    serve()
