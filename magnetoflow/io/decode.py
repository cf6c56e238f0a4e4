"""Decode all of a CDF or IDL save file; run in a child process, with limits on memory and time.

``python -m magnetoflow.io.decode FILE`` exits with 0 where all of it decodes, else with 1 and a reason in the
last line of its errors.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from magnetoflow.errors import CorruptFile
from magnetoflow.io.cdf_file import CdfFile

LIMITS = {
    resource.RLIMIT_AS: 4 << 30,
    resource.RLIMIT_CPU: 240,
    resource.RLIMIT_FSIZE: 4 << 30,
    resource.RLIMIT_CORE: 0,
}
"""Bytes of memory, seconds, bytes of an unpacked file, and no core dump."""


def _limit() -> None:
    """Set the limits, or keep those of the caller where they are lower."""
    for kind, limit in LIMITS.items():
        hard = resource.getrlimit(kind)[1]
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lowest, lowest))


def decode_all(path: Path) -> None:
    """Read every variable and every attribute; of a ``.sav`` file every record.

    Raises
    ------
    CorruptFile
        It says what could not be decoded.
    """
    if path.suffix == ".sav":
        from scipy.io import readsav

        readsav(path)
        return
    file = CdfFile(path)
    file.global_attributes()
    for name in file.variables:
        file.attributes(name)
        file.values(name)


def main(arguments: list[str]) -> int:
    """Entry point."""
    _limit()
    try:
        decode_all(Path(arguments[0]))
    except CorruptFile as error:
        sys.stderr.write(f"{error.reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
