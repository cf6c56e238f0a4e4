"""The process environment in which results do not depend on where they are made."""

from __future__ import annotations

import os
import time
from pathlib import Path

SETTINGS = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ),
        "1",
    ),
    "MPLBACKEND": "Agg",
    "TZ": "UTC",
}
"""One thread per job, so that sums have one order; no display; no local time."""


def settle(checkout: str | Path | None = None) -> None:
    """Set the environment of this process and of its children; call it before numpy is imported.

    Parameters
    ----------
    checkout : path, optional
        Children import this checkout's package before any installed one.
    """
    os.environ.update(SETTINGS)
    if checkout is not None:
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        others = [path for path in paths if path not in {"", str(checkout)}]
        os.environ["PYTHONPATH"] = os.pathsep.join([str(checkout), *others])
    time.tzset()
