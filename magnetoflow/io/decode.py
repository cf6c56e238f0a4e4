"""Decode every variable of a CDF file; run in a child process, with limits on memory and time.

``python -m magnetoflow.io.decode FILE`` exits with 0 where all variables decode, else with 1 and one line of
reason.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from magnetoflow.errors import CorruptFile
from magnetoflow.io.cdf import CdfFile

MEMORY_BYTES = 4 << 30
CPU_SECONDS = 240


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def decode_all(path: Path) -> None:
    """Read every variable and every attribute; CorruptFile says which one failed."""
    file = CdfFile(path)
    file.global_attributes()
    for name in file.variables:
        file.attributes(name)
        file.values(name)


def main(arguments: list[str]) -> int:
    """Entry point."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _limit()
    try:
        decode_all(Path(arguments[0]))
    except CorruptFile as error:
        sys.stderr.write(f"{error.reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
